// What pages keep for a while: things that may be some seconds old, and whole product pages that
// may not. Private to the API library.
#pragma once

#include <fondaco/base/ids.h>
#include <fondaco/base/time.h>

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace fondaco::storefront {

/// One value that is made again when it is older than `age`. Readers share it; one of them makes
/// the next while others go on with the old one.
template <class T>
class Timed {
 public:
  explicit Timed(Duration age) : age_(age) {}

  std::shared_ptr<const T> get(Instant now, const std::function<T()>& make) {
    {
      const std::scoped_lock lock(mutex_);
      // A clock that was set back must not keep a value for ever.
      const bool fresh = value_ && now < until_ && until_ < now + age_ + age_;
      if (fresh || (value_ && making_)) return value_;
      making_ = true;
    }
    try {
      auto made = std::make_shared<const T>(make());
      const std::scoped_lock lock(mutex_);
      value_ = made;
      until_ = now + age_;
      making_ = false;
      return made;
    } catch (...) {  // Whoever comes next tries again.
      const std::scoped_lock lock(mutex_);
      making_ = false;
      throw;
    }
  }
  /// Null when none was made yet.
  std::shared_ptr<const T> last() const {
    const std::scoped_lock lock(mutex_);
    return value_;
  }
  void forget() {
    const std::scoped_lock lock(mutex_);
    until_ = {};
  }

 private:
  const Duration age_;
  mutable std::mutex mutex_;
  std::shared_ptr<const T> value_;
  Instant until_;
  bool making_ = false;
};

/// Whole pages of products for visitors without basket and sign-in. A page names what it shows:
/// its product, products beside it, and their variants. It goes when one of them changes, and a
/// page that was rendered while anything changed is not kept. Bounded by bytes and by age; the
/// page unused for longest goes first. Thread-safe.
class PageCache {
 public:
  static constexpr Duration kAge = seconds(60);  // For names of categories and the like.

  explicit PageCache(std::size_t bytes_max = 64U << 20U) : bytes_max_(bytes_max) {}

  using Page = std::shared_ptr<const std::string>;
  struct Key {
    std::string path;
    std::string locale;
    friend bool operator==(const Key&, const Key&) = default;
  };
  /// What a page shows, as the values of product and variant ids: their kinds never share one.
  using Shown = std::vector<std::int64_t>;

  /// Null when there is none.
  Page find(const Key& key, Instant now);
  /// Take it before reading what the page will show.
  std::uint64_t generation() const { return generation_; }
  void put(const Key& key, Page page, Shown shown, std::uint64_t generation, Instant now);

  /// Drops all pages that show the product or variant.
  template <class Tag>
  void forget(Id<Tag> id) {
    forget_value(id.value);
  }
  void forget_all();
  bool empty() const { return pages_now_ == 0; }

  struct Stats {
    std::int64_t hits = 0;
    std::int64_t misses = 0;
    std::size_t pages = 0;
    std::size_t bytes = 0;
  };
  Stats stats() const;

 private:
  struct Entry {
    Key key;
    Page page;
    Shown shown;
    Instant until;
  };
  struct Hash {
    std::size_t operator()(const Key& k) const {
      return std::hash<std::string>{}(k.path) ^ std::hash<std::string>{}(k.locale);
    }
  };
  using Place = std::list<Entry>::iterator;
  void forget_value(std::int64_t value);
  void drop(Place entry);

  const std::size_t bytes_max_;
  mutable std::mutex mutex_;
  std::list<Entry> entries_;  // Most recently used first.
  std::unordered_map<Key, Place, Hash> by_key_;
  std::unordered_multimap<std::int64_t, Place> by_shown_;
  std::size_t bytes_ = 0;
  std::int64_t hits_ = 0;
  std::int64_t misses_ = 0;
  std::atomic<std::size_t> pages_now_{0};
  std::atomic<std::uint64_t> generation_{0};
};

}  // namespace fondaco::storefront
