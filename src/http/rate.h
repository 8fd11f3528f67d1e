// Token buckets in memory: how many requests of a class somebody may make. Depends on rights.h.
#pragma once

#include <fondaco/http/server.h>

#include <array>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace fondaco::http {

struct RateVerdict {
  bool limited = false;  // Limits are on, so the headers are to be sent.
  bool allowed = true;
  Rate rate = Rate::read;
  int quota = 0;  // Per window of 60 s.
  int remaining = 0;
  int reset_s = 0;  // Until the bucket is full again; when refused, until one token.
};

class RateLimiter {
 public:
  explicit RateLimiter(const ServerConfig& config);
  /// Takes one token of the person's bucket, or of the peer's when nobody is signed in.
  /// `now_us` is any steady count of microseconds.
  RateVerdict take(Rate rate, const Principal& who, std::string_view remote, std::int64_t now_us);

 private:
  struct Bucket {
    double tokens = 0;
    std::int64_t at_us = 0;
  };
  struct Part {
    std::mutex mutex;
    std::unordered_map<std::uint64_t, Bucket> buckets;
  };
  void make_room(Part& part, std::int64_t now_us);
  const bool on_;
  const RateQuotas quotas_;
  std::array<Part, 16> parts_;
};

std::string_view name_of(Rate rate);
/// RateLimit-Policy and RateLimit of draft-ietf-httpapi-ratelimit-headers-11.
std::string policy_header(const RateVerdict& v);
std::string limit_header(const RateVerdict& v);

}  // namespace fondaco::http
