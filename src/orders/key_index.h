// Recent Idempotency-Keys of checkouts in memory, so that no random key is written on the hot
// path. Rebuilt at start from the groups of the last day. Private to orders.
#pragma once

#include <fondaco/orders.h>

#include <cstring>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace fondaco::orders {

/// 16 bytes of BLAKE2b.
std::string short_hash(std::string_view a, std::string_view b);

/// Thread-safe.
class KeyIndex {
 public:
  struct Known {
    OrderGroupId group;
    std::string body_hash;
  };
  enum class Begin { fresh, in_flight, known };

  /// fresh: the key is in flight from now on, and finish() must be called.
  Begin begin(const std::string& key_hash, Known& known);
  /// `group` 0: nothing was written, the key may be used again.
  void finish(const std::string& key_hash, OrderGroupId group, const std::string& body_hash);
  void load(std::string key_hash, Known known);
  std::size_t size() const;

 private:
  struct Hash {
    std::size_t operator()(const std::string& s) const noexcept {
      std::size_t h = 0;  // The key is a hash already.
      std::memcpy(&h, s.data(), s.size() < sizeof h ? s.size() : sizeof h);
      return h;
    }
  };
  static constexpr std::size_t kMost = 2'000'000;  // About 150 bytes each; older half is dropped.

  void rotate();

  mutable std::mutex mutex_;
  std::unordered_set<std::string, Hash> in_flight_;
  // Two generations: when the young one is full it becomes the old one.
  std::unordered_map<std::string, Known, Hash> young_, old_;
};

}  // namespace fondaco::orders
