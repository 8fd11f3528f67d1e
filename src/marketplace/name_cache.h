// A bounded map in memory, striped so that threads rarely meet. Private to marketplace.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

namespace fondaco::marketplace {

/// Two generations per stripe: when the young one is full it becomes the old one, and what is
/// asked for again moves back. So what is in use stays, nothing is sorted, and the size never
/// passes the limit. `Hash` and `Equal` are transparent: a look-up builds no key.
template <class Key, class Value, class Hash, class Equal>
class NameCache {
 public:
  explicit NameCache(std::size_t limit) : half_(limit / kStripes / 2 + 1) {}

  template <class View>
  std::optional<Value> find(const View& view) {
    Stripe& s = stripe(Hash()(view));
    Map dropped;  // Freed outside the lock.
    const std::lock_guard lock(s.mutex);
    if (const auto at = s.young.find(view); at != s.young.end()) {
      ++s.hits;
      return at->second;
    }
    const auto at = s.old.find(view);
    if (at == s.old.end()) {
      ++s.misses;
      return std::nullopt;
    }
    ++s.hits;
    auto node = s.old.extract(at);
    Value value = node.mapped();
    make_room(s, dropped);
    s.young.insert(std::move(node));
    return value;
  }

  void put(Key key, Value value) {
    Stripe& s = stripe(Hash()(key));
    Map dropped;
    const std::lock_guard lock(s.mutex);
    s.old.erase(key);
    if (!s.young.contains(key)) make_room(s, dropped);
    s.young.insert_or_assign(std::move(key), std::move(value));
  }

  struct Stats {
    std::int64_t hits = 0;
    std::int64_t misses = 0;
    std::size_t entries = 0;
  };
  Stats stats() const {
    Stats out;
    for (const Stripe& s : stripes_) {
      const std::lock_guard lock(s.mutex);
      out.hits += s.hits;
      out.misses += s.misses;
      out.entries += s.young.size() + s.old.size();
    }
    return out;
  }

 private:
  static constexpr std::size_t kStripes = 16;
  using Map = std::unordered_map<Key, Value, Hash, Equal>;
  struct alignas(64) Stripe {
    mutable std::mutex mutex;
    Map young;
    Map old;
    std::int64_t hits = 0;
    std::int64_t misses = 0;
  };

  Stripe& stripe(std::size_t hash) { return stripes_[(hash >> 48) % kStripes]; }
  void make_room(Stripe& s, Map& dropped) {
    if (s.young.size() < half_) return;
    dropped = std::exchange(s.old, std::exchange(s.young, {}));
  }

  const std::size_t half_;
  std::array<Stripe, kStripes> stripes_;
};

}  // namespace fondaco::marketplace
