// What marketplace tells the house. Depends on base ids.
#pragma once

#include <fondaco/base/ids.h>

#include <boost/describe.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fondaco::events {

/// A merchant was created or one of its fields changed. Entity: the merchant.
struct MerchantChanged {
  static constexpr std::string_view kType = "marketplace.merchant_changed";
  static constexpr int kVersion = 1;
  MerchantId merchant;
  std::string slug;   // Never changes.
  std::string state;  // pending, active, suspended, closed.
};
BOOST_DESCRIBE_STRUCT(MerchantChanged, (), (merchant, slug, state))

/// Offers of these products were created or changed: price, state, stock or SKU. Who needs the
/// values reads them again. Entity: the merchant; each event names other products, so that none
/// may be dropped because of its entity_version. At most 500 products in one event.
struct OfferChanged {
  static constexpr std::string_view kType = "marketplace.offer_changed";
  static constexpr int kVersion = 1;
  MerchantId merchant;
  std::vector<ProductId> products;
  bool listing = false;  // Some offer is new or has another SKU, so what an SKU means changed.
};
BOOST_DESCRIBE_STRUCT(OfferChanged, (), (merchant, products, listing))

}  // namespace fondaco::events
