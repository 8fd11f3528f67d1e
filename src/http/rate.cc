#include "rate.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace fondaco::http {
namespace {

constexpr std::int64_t kWindowUs = 60'000'000;
constexpr std::size_t kBucketsMax = 8192;  // Of each part; about 5 MB in all.

}  // namespace

std::string_view name_of(Rate rate) {
  switch (rate) {
    case Rate::read:
      return "read";
    case Rate::search:
      return "search";
    case Rate::write:
      return "write";
    case Rate::checkout:
      return "checkout";
    case Rate::sign_in:
      return "sign_in";
    case Rate::upload:
      return "upload";
    case Rate::internal:
      break;
  }
  return "internal";
}

std::string policy_header(const RateVerdict& v) {
  std::string out = "\"";
  out += name_of(v.rate);
  out += "\";q=" + std::to_string(v.quota) + ";w=60";
  return out;
}

std::string limit_header(const RateVerdict& v) {
  std::string out = "\"";
  out += name_of(v.rate);
  out += "\";r=" + std::to_string(v.remaining) + ";t=" + std::to_string(v.reset_s);
  return out;
}

RateLimiter::RateLimiter(const ServerConfig& config)
    : on_(config.rate_limits), quotas_(config.quotas) {}

RateVerdict RateLimiter::take(Rate rate, const Principal& who, std::string_view remote,
                              std::int64_t now_us) {
  RateVerdict v;
  if (!on_ || rate == Rate::internal) return v;
  const auto index = static_cast<std::size_t>(rate);
  const bool known = static_cast<bool>(who.person);
  v.limited = true;
  v.rate = rate;
  v.quota = known ? quotas_.per_person[index] : quotas_.per_address[index];
  const std::uint64_t whom =
      known ? std::hash<PersonId>()(who.person) : std::hash<std::string_view>()(remote) | 1U;
  const std::uint64_t key = (whom ^ (whom >> 29)) * 0xbf58476d1ce4e5b9ULL + index;
  auto& part = parts_[key >> 60];
  const std::lock_guard lock(part.mutex);
  if (part.buckets.size() >= kBucketsMax) make_room(part, now_us);
  auto [found, fresh] = part.buckets.try_emplace(key);
  auto& bucket = found->second;
  const double quota = v.quota;
  const double per_us = quota / static_cast<double>(kWindowUs);
  if (fresh) bucket = {quota, now_us};
  const double gained = static_cast<double>(now_us - bucket.at_us) * per_us;
  bucket.tokens = std::min(quota, bucket.tokens + gained);
  bucket.at_us = now_us;
  v.allowed = bucket.tokens >= 1;
  if (v.allowed) bucket.tokens -= 1;
  v.remaining = static_cast<int>(bucket.tokens);
  const double missing = v.allowed ? quota - bucket.tokens : 1 - bucket.tokens;
  v.reset_s = std::max(1, static_cast<int>(std::ceil(missing / per_us / 1e6)));
  return v;
}

void RateLimiter::make_room(Part& part, std::int64_t now_us) {
  // After a window a bucket is full again, so forgetting it changes nothing.
  std::erase_if(part.buckets, [&](const auto& b) { return now_us - b.second.at_us > kWindowUs; });
  if (part.buckets.size() >= kBucketsMax) part.buckets.clear();
}

}  // namespace fondaco::http
