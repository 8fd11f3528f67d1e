#include "offers_json.h"

#include <fondaco/inventory.h>

#include <algorithm>

namespace fondaco::server {

void write_offers(JsonWriter& w, storage::Read& read, marketplace::OfferBook& book,
                  VariantId variant) {
  w.begin_array();
  const auto levels = inventory::levels_of(read, {&variant, 1});
  for (const auto& offer : marketplace::offers_of(read, {&variant, 1})) {
    if (offer.state != marketplace::OfferState::active) continue;
    const auto merchant = book.merchant(read, offer.merchant);
    if (!merchant || merchant->state != marketplace::MerchantState::active) continue;
    std::int64_t available = 0;
    bool oversell = false;
    for (const auto& level : levels.at(0).levels) {
      if (level.id != offer.stock) continue;
      available = std::max<std::int64_t>(level.available(), 0);
      oversell = level.oversell;
    }
    w.begin_object().member("id", offer.id).member("merchant", offer.merchant);
    w.member("slug", merchant->slug).member("sku", offer.sku).member("price", offer.price);
    w.key("compare_at");
    if (offer.compare_at) {
      w.value(*offer.compare_at);
    } else {
      w.null();
    }
    w.key("prices").begin_array();
    for (const Money price : marketplace::price_list(read, offer.id)) w.value(price);
    w.end_array().member("available", available);
    w.member("in_stock", oversell || available > 0).end_object();
  }
  w.end_array();
}

}  // namespace fondaco::server
