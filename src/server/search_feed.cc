#include "search_feed.h"

#include <fondaco/base/json.h>
#include <fondaco/base/log.h>
#include <fondaco/events/catalog.h>
#include <fondaco/events/inventory.h>
#include <fondaco/events/marketplace.h>
#include <fondaco/events/orders.h>
#include <fondaco/inventory.h>
#include <fondaco/orders.h>

#include <algorithm>
#include <chrono>

namespace fondaco::server {
namespace {

constexpr int kPage = 500;
constexpr std::size_t kChangedAtOnce = 500;
/// Stock moves with every order; looking at so few products a round costs about 1 % of a core.
constexpr std::size_t kMovedAtOnce = 200;
constexpr auto kRound = std::chrono::milliseconds(500);

}  // namespace

SearchFeed::~SearchFeed() { stop(); }

void SearchFeed::subscribe() {
  parts_.store.outbox().every_process(
      "search",
      {std::string(events::ProductChanged::kType), std::string(events::OfferChanged::kType),
       std::string(events::StockMoved::kType), std::string(events::OrderPlaced::kType),
       std::string(events::OrderCancelled::kType)},
      [this](auto stored) { take(stored); });
}

void SearchFeed::want(Ids& wanted, std::span<const ProductId> ids) {
  if (ids.empty()) return;
  const std::scoped_lock lock(mutex_);
  wanted.insert(ids.begin(), ids.end());
}

/// An import's movements without lines are about new variants, whose products changed anyway.
void SearchFeed::take(std::span<const storage::StoredEvent> stored) {
  std::vector<ProductId> changed;
  std::vector<ProductId> moved;
  std::vector<VariantId> variants;
  std::vector<OrderId> cancelled;
  for (const auto& e : stored) {
    if (e.type == events::ProductChanged::kType) {
      changed.push_back({e.entity});
    } else if (e.type == events::OfferChanged::kType) {
      if (const auto event = read_stored<events::OfferChanged>(e.payload)) {
        changed.insert(changed.end(), event->products.begin(), event->products.end());
      }
    } else if (e.type == events::StockMoved::kType) {
      if (const auto event = read_stored<events::StockMoved>(e.payload)) {
        for (const auto& line : event->lines) variants.push_back(line.variant);
      }
    } else if (e.type == events::OrderPlaced::kType) {
      const auto ids = orders::products_told(e.payload);
      moved.insert(moved.end(), ids.begin(), ids.end());
    } else {
      cancelled.push_back({e.entity});
    }
  }
  if (!variants.empty() || !cancelled.empty()) {
    auto read = parts_.store.main().read();
    for (const auto& brief : catalog::variant_briefs(read, variants)) {
      moved.push_back(brief.product);
    }
    for (const OrderId id : cancelled) {
      const auto order = orders::find_order(read, id);
      if (!order) continue;
      for (const auto& line : order->lines) moved.push_back({line.product});
    }
  }
  want(changed_, changed);
  want(moved_, moved);
}

void SearchFeed::start() {
  parts_.search.set_stale(true);
  thread_ = std::thread([this] { loop(); });
}

void SearchFeed::stop() {
  stopping_ = true;
  {
    const std::scoped_lock lock(mutex_);
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void SearchFeed::loop() {
  try {
    build();
  } catch (const std::exception& e) {
    log::error("search", "the index was not built", {{"why", e.what()}});
  }
  {
    const std::scoped_lock lock(mutex_);
    built_ = true;
  }
  wake_.notify_all();
  while (!stopping_) {
    try {
      follow();
    } catch (const std::exception& e) {
      log::error("search", "changes were not taken over", {{"why", e.what()}});
    }
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, kRound, [this] { return stopping_.load(); });
  }
}

void SearchFeed::wait_built(std::chrono::milliseconds most) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, most, [this] { return built_ || stopping_; });
}

/// A page is read in a snapshot of its own: a long one would keep the log from being emptied.
void SearchFeed::build() {
  const auto begin = std::chrono::steady_clock::now();
  catalog::Scan position;
  std::vector<matching::SearchDocument> page;
  std::size_t at = 0;
  bool ended = false;
  std::int64_t count = 0;
  parts_.search.rebuild([&](matching::SearchDocument& out) {
    while (at == page.size() && !ended && !stopping_) {
      auto read = parts_.store.main().read();
      const auto products = catalog::scan_products(read, position, kPage);
      ended = products.empty();
      page = maker_.make(read, products);
      at = 0;
    }
    if (at == page.size() || stopping_) return false;
    out = std::move(page[at++]);
    ++count;
    return true;
  });
  parts_.search.set_stale(false);
  const auto took = std::chrono::steady_clock::now() - begin;
  log::info("search", "the index is built",
            {{"products", count},
             {"ms", std::chrono::duration_cast<std::chrono::milliseconds>(took).count()}});
}

std::vector<ProductId> SearchFeed::some_of(Ids& wanted, std::size_t most) {
  const std::scoped_lock lock(mutex_);
  std::vector<ProductId> out;
  while (!wanted.empty() && out.size() < most) {
    out.push_back(*wanted.begin());
    wanted.erase(wanted.begin());
  }
  return out;
}

void SearchFeed::follow() {
  bool behind = false;
  for (;;) {
    const auto ids = some_of(changed_, kChangedAtOnce);
    if (ids.empty() || stopping_) break;
    if (ids.size() == kChangedAtOnce && !behind) {
      behind = true;
      parts_.search.set_stale(true);
    }
    refresh(ids);
  }
  if (behind) parts_.search.set_stale(false);
  const auto ids = some_of(moved_, kMovedAtOnce);
  if (!ids.empty()) refresh_stock(ids);
}

void SearchFeed::refresh(std::span<const ProductId> ids) {
  auto read = parts_.store.main().read();
  const auto documents = maker_.make(read, catalog::products(read, ids));
  parts_.search.upsert(documents);
  std::unordered_set<ProductId> shown;
  for (const auto& document : documents) shown.insert(document.product);
  for (const ProductId id : ids) {
    if (!shown.contains(id)) parts_.search.remove(id);
  }
}

void SearchFeed::refresh_stock(std::span<const ProductId> ids) {
  auto read = parts_.store.main().read();
  for (const auto& product : catalog::products(read, ids)) {
    std::vector<VariantId> variants;
    for (const auto& variant : product.variants) variants.push_back(variant.id);
    const auto levels = inventory::levels_of(read, variants);
    const bool in_stock = std::any_of(levels.begin(), levels.end(), [](const auto& level) {
      return level.oversell || level.available > 0;
    });
    parts_.search.set_in_stock(product.id, in_stock);
  }
}

}  // namespace fondaco::server
