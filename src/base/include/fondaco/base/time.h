// Time as it is stored and passed: microseconds since 1970, UTC. Depends on nothing.
// Nobody reads a clock on the way: the Clock comes in as an argument, so a seed replays a run.
#pragma once

#include <atomic>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fondaco {

/// A length of time, microseconds; may be negative.
struct Duration {
  std::int64_t us = 0;
  friend constexpr auto operator<=>(Duration, Duration) = default;
  friend constexpr Duration operator*(Duration d, std::int64_t n) { return {d.us * n}; }
  friend constexpr Duration operator+(Duration a, Duration b) { return {a.us + b.us}; }
};
constexpr Duration milliseconds(std::int64_t n) { return {n * 1'000}; }
constexpr Duration seconds(std::int64_t n) { return {n * 1'000'000}; }
constexpr Duration minutes(std::int64_t n) { return seconds(n * 60); }
constexpr Duration hours(std::int64_t n) { return minutes(n * 60); }
constexpr Duration days(std::int64_t n) { return hours(n * 24); }

/// A moment, microseconds since 1970-01-01T00:00:00Z.
struct Instant {
  std::int64_t us = 0;
  friend constexpr auto operator<=>(Instant, Instant) = default;
  friend constexpr Instant operator+(Instant t, Duration d) { return {t.us + d.us}; }
  friend constexpr Instant operator-(Instant t, Duration d) { return {t.us - d.us}; }
  friend constexpr Duration operator-(Instant a, Instant b) { return {a.us - b.us}; }
};

/// "2026-11-22T10:15:30.123456Z"; the fraction is left out when it is zero.
std::string format_rfc3339(Instant t);
/// Accepts any RFC 3339 offset; nothing when the text is no time.
std::optional<Instant> parse_rfc3339(std::string_view text);
/// "2026-11-22" of the moment in UTC.
std::string format_date(Instant t);

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
};

/// The machine's clock; the only place that reads it.
class SystemClock final : public Clock {
 public:
  Instant now() const override;
};

/// A clock that tests and sandboxes move. Safe to read from any thread.
class TestClock final : public Clock {
 public:
  explicit TestClock(Instant start) : us_(start.us) {}
  Instant now() const override { return {us_.load()}; }
  void advance(Duration d) { us_.fetch_add(d.us); }
  void set(Instant t) { us_.store(t.us); }

 private:
  std::atomic<std::int64_t> us_;
};

}  // namespace fondaco
