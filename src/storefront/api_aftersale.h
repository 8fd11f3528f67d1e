// What the page of an order shows and offers after payment. Private to the API library.
#pragma once

#include "api_shop.h"

#include <fondaco/orders/aftersale.h>

namespace fondaco::storefront {

/// The group of the path, when this visitor may see it.
std::optional<orders::Group> visible_group(const Shop& shop, Context& c);
/// Parcels, what can be confirmed, refunds and what happened, for one order of the page.
void add_aftersale(Shop& shop, Context& c, const orders::Order& order, View& view);
void mount_aftersale(http::Router& router, const SharedShop& shop);
/// What the page says after a form of it; empty for anything else.
std::string_view aftersale_notice(std::string_view name, std::string_view locale);

}  // namespace fondaco::storefront
