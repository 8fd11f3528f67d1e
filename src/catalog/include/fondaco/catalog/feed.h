// A merchant's products as a Google Merchant feed (RSS 2.0). Depends on catalog.h, export.h.
#pragma once

#include <fondaco/catalog/export.h>

#include <string>
#include <vector>

namespace fondaco::catalog {

struct FeedShipping {
  std::string country;  // "DE"
  std::string service;  // "standard"
  Money price;
};

struct FeedOptions {
  std::string title;     // Of the shop.
  std::string base_url;  // "https://shop.example", without a slash at its end.
  std::vector<FeedShipping> shipping;
  std::int64_t most_items = 1'000'000;
};

struct FeedResult {
  std::int64_t items = 0;
  std::int64_t left_out = 0;  // Variants of active products without a price or offer.
  bool cut = false;           // most_items was reached.
};

/// One item for each variant of an active product that an active offer prices: id (the SKU, else
/// the variant's id), title, description, link, image_link, availability, price and sale_price,
/// brand, gtin, product_type, item_group_id with colour, size, material and pattern, shipping,
/// shipping_weight, unit pricing. Walks once, writes piece by piece.
FeedResult export_google(storage::Read& read, MerchantId owner, ExportSource& source,
                         const FeedOptions& options,
                         const std::function<void(std::string_view)>& write);

}  // namespace fondaco::catalog
