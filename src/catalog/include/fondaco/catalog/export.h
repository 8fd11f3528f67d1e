// Gives a merchant's products out as Shopify's product CSV or as our own. Depends on catalog.h,
// money.h.
#pragma once

#include <fondaco/base/money.h>
#include <fondaco/catalog.h>

#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace fondaco::catalog {

struct ExportedOffer {
  std::optional<Money> price;
  std::optional<Money> compare_at;
  std::vector<Money> extra_prices;
  std::optional<std::int64_t> stock;
  bool active = true;      // On sale, not paused.
  bool available = false;  // Somebody who orders now gets it.
};

/// Port: prices and stock belong to modules above. One answer per variant, in order.
class ExportSource {
 public:
  virtual ~ExportSource() = default;
  virtual std::vector<ExportedOffer> offers(storage::Read& read, MerchantId owner,
                                            std::span<const VariantId> variants) = 0;
};

struct ExportResult {
  std::int64_t products = 0;
  std::int64_t variants = 0;
  std::int64_t rows = 0;  // Below the header.
};

/// Writes piece by piece: Shopify's present columns, then one for each attribute that has none,
/// translations ("title:zh") and further currencies ("price:CNY") when there are any; importing
/// the file gives the same catalogue. Walks the products twice (columns, then rows); memory holds
/// one page. Cells that a spreadsheet would run as a formula get an apostrophe in front.
ExportResult export_shopify(storage::Read& read, MerchantId owner, ExportSource& source,
                            const std::function<void(std::string_view)>& write);

/// The same in our own columns (docs of parse_columns()).
ExportResult export_own(storage::Read& read, MerchantId owner, ExportSource& source,
                        const std::function<void(std::string_view)>& write);

}  // namespace fondaco::catalog
