// The machine's clock with a shift that a sandbox may move. Depends on base.
#pragma once

#include <fondaco/base/time.h>

#include <atomic>

namespace fondaco::server {

/// Goes on like the machine's clock; the shift is zero unless `serve --test-clock` moves it.
class ShiftedClock final : public Clock {
 public:
  Instant now() const override { return machine_.now() + Duration{shift_us_.load()}; }
  void advance(Duration by) { shift_us_.fetch_add(by.us); }

 private:
  SystemClock machine_;
  std::atomic<std::int64_t> shift_us_{0};
};

}  // namespace fondaco::server
