// Routes of orders: carts, checkouts, orders, parcels, refunds. Depends on aftersale.h;
// library fondaco_orders_api.
#pragma once

#include <fondaco/orders/aftersale.h>
#include <fondaco/shoppers.h>

namespace fondaco::http {
class Router;
}

namespace fondaco::orders {

struct Services {
  storage::Store& store;
  Checkout& checkout;
  marketplace::OfferBook& offers;
  shoppers::Keyring& keyring;
  shoppers::Shoppers& shoppers;
  Aftersale& aftersale;
  ledger::AccountBook& accounts;
};
void mount(http::Router& router, Services services);

}  // namespace fondaco::orders
