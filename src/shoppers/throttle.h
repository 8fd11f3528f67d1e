// Counts failed sign-ins per account and per address. Private, in memory, bounded.
#pragma once

#include <fondaco/base/time.h>

#include <cstdint>
#include <mutex>
#include <string_view>
#include <unordered_map>

namespace fondaco::shoppers {

/// A bucket a subject: an attempt takes one, a success gives it back, time fills it again.
/// So ten wrong guesses at once and then one a minute for an account; a hundred and ten a minute
/// for an address, since many people may share one. Texts are kept as keyed hashes only.
class Throttle {
 public:
  explicit Throttle(std::uint64_t seed) : seed_(seed) {}
  /// False, and nothing is taken, when either has none left.
  bool take(std::string_view account, std::string_view remote, Instant now);
  void give_back(std::string_view account, std::string_view remote, Instant now);

 private:
  struct Kind {
    std::int64_t capacity;
    Duration refill;
  };
  struct Bucket {
    std::int64_t left = 0;
    Instant since;
  };
  static constexpr Kind kAccount{10, seconds(60)};
  static constexpr Kind kAddress{100, seconds(6)};
  static constexpr std::size_t kBucketsMax = 65536;

  Bucket& bucket(char kind, std::string_view subject, const Kind& limits, Instant now);
  void make_room(Instant now);

  const std::uint64_t seed_;
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, Bucket> buckets_;
};

}  // namespace fondaco::shoppers
