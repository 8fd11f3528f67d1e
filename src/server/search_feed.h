// Feeds the search index: from the tables at start, from events after. Depends on the modules.
// The index may lag behind the tables by a second or so, never for good: what an event names is
// read again from the tables.
#pragma once

#include "search_documents.h"

#include <fondaco/catalog.h>
#include <fondaco/marketplace/offer_book.h>
#include <fondaco/matching.h>
#include <fondaco/storage/store.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <span>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace fondaco::server {

class SearchFeed {
 public:
  struct Parts {
    storage::Store& store;
    marketplace::OfferBook& offers;
    matching::MemorySearch& search;
  };
  explicit SearchFeed(Parts parts) : parts_(parts), maker_(parts.offers) {}
  ~SearchFeed();

  /// Before Store::start().
  void subscribe();
  /// Begins to build the index in the background; answers are `stale` until it is built.
  void start();
  void stop();
  /// Waits until the index is built, at most so long.
  void wait_built(std::chrono::milliseconds most);

 private:
  using Ids = std::unordered_set<ProductId>;
  void take(std::span<const storage::StoredEvent> events);
  void want(Ids& wanted, std::span<const ProductId> ids);
  void loop();
  void build();
  void follow();
  void refresh(std::span<const ProductId> ids);
  void refresh_stock(std::span<const ProductId> ids);
  std::vector<ProductId> some_of(Ids& wanted, std::size_t most);

  Parts parts_;
  SearchDocuments maker_;  // Of the feed's thread.
  std::mutex mutex_;
  std::condition_variable wake_;
  bool built_ = false;  // Or given up. Guarded by mutex_.
  Ids changed_;         // To be read and indexed again. Guarded by mutex_.
  Ids moved_;           // Stock moved: is it still in stock? Guarded by mutex_.
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace fondaco::server
