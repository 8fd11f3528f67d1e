#include "api_cache.h"

namespace fondaco::storefront {

PageCache::Page PageCache::find(const Key& key, Instant now) {
  const std::scoped_lock lock(mutex_);
  const auto found = by_key_.find(key);
  // A clock that was set back must not keep a page for ever.
  const bool fresh =
      found != by_key_.end() && now < found->second->until && found->second->until <= now + kAge;
  if (!fresh) {
    ++misses_;
    return nullptr;
  }
  ++hits_;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->page;
}

void PageCache::put(const Key& key, Page page, Shown shown, std::uint64_t generation, Instant now) {
  const std::scoped_lock lock(mutex_);
  // Whoever forgets raises the number first and takes the lock then: no old page slips in.
  if (generation_ != generation || page->size() > bytes_max_ / 4) return;
  if (const auto old = by_key_.find(key); old != by_key_.end()) drop(old->second);
  bytes_ += page->size();
  entries_.push_front({key, std::move(page), std::move(shown), now + kAge});
  by_key_.emplace(key, entries_.begin());
  for (const std::int64_t value : entries_.front().shown) {
    by_shown_.emplace(value, entries_.begin());
  }
  while (bytes_ > bytes_max_) drop(std::prev(entries_.end()));
  pages_now_ = entries_.size();
}

void PageCache::drop(Place entry) {
  bytes_ -= entry->page->size();
  for (const std::int64_t value : entry->shown) {
    auto [at, end] = by_shown_.equal_range(value);
    while (at != end) {
      at = at->second == entry ? by_shown_.erase(at) : std::next(at);
    }
  }
  by_key_.erase(entry->key);
  entries_.erase(entry);
  pages_now_ = entries_.size();
}

void PageCache::forget_value(std::int64_t value) {
  ++generation_;
  const std::scoped_lock lock(mutex_);
  for (auto found = by_shown_.find(value); found != by_shown_.end();
       found = by_shown_.find(value)) {
    drop(found->second);
  }
}

void PageCache::forget_all() {
  ++generation_;
  const std::scoped_lock lock(mutex_);
  entries_.clear();
  by_key_.clear();
  by_shown_.clear();
  bytes_ = 0;
  pages_now_ = 0;
}

PageCache::Stats PageCache::stats() const {
  const std::scoped_lock lock(mutex_);
  return {hits_, misses_, entries_.size(), bytes_};
}

}  // namespace fondaco::storefront
