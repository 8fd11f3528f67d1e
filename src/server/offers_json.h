// What is for sale of a variant, as JSON beside the catalogue's own. Depends on marketplace,
// inventory.
#pragma once

#include <fondaco/base/json_write.h>
#include <fondaco/marketplace/offer_book.h>
#include <fondaco/storage/tx.h>

namespace fondaco::server {

/// [{"id","merchant","slug","sku","price","compare_at","prices":[…],"available","in_stock"}] of
/// the active offers of active merchants. Cost: four look-ups.
void write_offers(JsonWriter& w, storage::Read& read, marketplace::OfferBook& book,
                  VariantId variant);

}  // namespace fondaco::server
