// How an offer lies in its row; shared by the use cases of this folder.
#pragma once

#include <fondaco/marketplace.h>

namespace fondaco::marketplace {

inline constexpr std::int64_t kPriceMinorMax = 10'000'000'000'000;

/// Columns in the order of every SELECT of whole offers: id, merchant_id, variant_id, product_id,
/// sku, price_minor, compare_at_minor, currency, tax_class, stock_id, state, version.
inline Offer offer_from(const storage::Row& row) {
  const Currency currency = row.currency(7);
  Offer o{.id = row.id<OfferId>(0),
          .merchant = row.id<MerchantId>(1),
          .variant = row.id<VariantId>(2),
          .product = row.id<ProductId>(3),
          .sku = row.str(4),
          .price = {row.integer(5), currency},
          .compare_at = std::nullopt,
          .tax_class = row.str(8),
          .stock = row.id<StockId>(9),
          .state = static_cast<OfferState>(row.integer(10)),
          .version = row.integer(11)};
  if (!row.is_null(6)) o.compare_at = Money{row.integer(6), currency};
  return o;
}

}  // namespace fondaco::marketplace
