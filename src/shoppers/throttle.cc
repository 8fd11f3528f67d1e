#include "throttle.h"

#include "secrets.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace fondaco::shoppers {

Throttle::Bucket& Throttle::bucket(char kind, std::string_view subject, const Kind& limits,
                                   Instant now) {
  const std::string hash = blake2b(std::string(1, kind) + std::string(subject),
                                   std::to_string(seed_) + "................");
  std::uint64_t key = 0;
  std::memcpy(&key, hash.data(), sizeof key);
  if (buckets_.size() >= kBucketsMax && !buckets_.contains(key)) make_room(now);
  auto [place, fresh] = buckets_.try_emplace(key, Bucket{limits.capacity, now});
  Bucket& b = place->second;
  const std::int64_t refilled = now < b.since ? 0 : (now - b.since).us / limits.refill.us;
  if (refilled > 0) {
    b.left = std::min(limits.capacity, b.left + refilled);
    b.since = b.since + limits.refill * refilled;
  }
  return b;
}

void Throttle::make_room(Instant now) {
  // Whoever was not seen for a quarter of an hour is full again; if nobody is that old, an
  // attacker fills the table with addresses, and all of them start anew.
  std::erase_if(buckets_, [&](const auto& b) { return b.second.since + minutes(15) < now; });
  if (buckets_.size() >= kBucketsMax) buckets_.clear();
}

bool Throttle::take(std::string_view account, std::string_view remote, Instant now) {
  const std::lock_guard lock(mutex_);
  bucket('r', remote, kAddress, now);  // First, so that no rehash moves the other one.
  Bucket& a = bucket('a', account, kAccount, now);
  Bucket& r = bucket('r', remote, kAddress, now);
  if (a.left <= 0 || r.left <= 0) return false;
  --a.left;
  --r.left;
  return true;
}

void Throttle::give_back(std::string_view account, std::string_view remote, Instant now) {
  const std::lock_guard lock(mutex_);
  Bucket& a = bucket('a', account, kAccount, now);
  a.left = kAccount.capacity;
  Bucket& r = bucket('r', remote, kAddress, now);
  r.left = std::min(kAddress.capacity, r.left + 1);
}

}  // namespace fondaco::shoppers
