// How often and how fast one route answered. Depends on base. Counting costs three relaxed adds.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace fondaco::http {

class RouteStats {
 public:
  void observe(int status, std::int64_t us);
  /// Appends the samples of a histogram in seconds, one series per status class seen.
  void render(std::string& out, std::string_view name, std::string_view labels) const;

  static constexpr std::array<std::int64_t, 12> kBoundsUs = {
      100,    500,    1'000,   2'500,   5'000,     10'000,
      25'000, 50'000, 100'000, 500'000, 2'500'000, 10'000'000};

 private:
  struct Series {
    std::array<std::atomic<std::int64_t>, kBoundsUs.size() + 1> buckets{};
    std::atomic<std::int64_t> sum_us{0};
  };
  std::array<Series, 5> by_class_;  // 1xx to 5xx.
};

/// Appends "0.0025": a number as the text format wants it.
void append_number(std::string& out, double value);

}  // namespace fondaco::http
