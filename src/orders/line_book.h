// What an offer is, for the lines of a basket: variant, stock row, title. Kept in memory; never
// the source of a price, a state or of stock. Private to orders.
#pragma once

#include <fondaco/catalog.h>
#include <fondaco/marketplace.h>
#include <fondaco/storage/outbox.h>

#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace fondaco::orders {

struct LineInfo {
  OfferId offer;
  VariantId variant;
  ProductId product;
  StockId stock;
  std::string sku;
  std::string title;  // "Vento 3 (128 GB, black)"
  std::string tax_class;
  CategoryId category;                 // The top one; 0: none.
  std::vector<CategoryId> categories;  // Its own and those above it.
  std::int64_t weight_grams = 0;       // 0: not known.
  bool on_sale = false;                // The product is active.
  std::string returns;  // Its attribute "returns" (ReturnClass); empty: normal goods.
};

/// Thread-safe and bounded. An entry is forgotten when its product or its offers change.
class LineBook {
 public:
  /// Null when there is no such offer.
  std::shared_ptr<const LineInfo> info(storage::Read& read, OfferId offer);

  static std::vector<std::string> types();
  void on_events(std::span<const storage::StoredEvent> events);

 private:
  void forget(ProductId product);
  static constexpr std::size_t kMost = 200'000;

  std::mutex mutex_;
  std::uint64_t epoch_ = 0;  // Grows with each forget(): what was read before is not kept.
  std::unordered_map<OfferId, std::shared_ptr<const LineInfo>> infos_;
  std::unordered_multimap<ProductId, OfferId> of_product_;
};

}  // namespace fondaco::orders
