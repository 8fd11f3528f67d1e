// Pages for people: the shop as server-rendered HTML that works without scripts. Depends on http
// and on every module that it shows; library fondaco_storefront_api.
#pragma once

#include <fondaco/inventory/availability.h>
#include <fondaco/marketplace/onboarding.h>
#include <fondaco/matching.h>
#include <fondaco/orders/aftersale.h>
#include <fondaco/payments/test_provider.h>
#include <fondaco/shoppers.h>
#include <fondaco/storage/blobs.h>

#include <string>

namespace fondaco::http {
class Router;
}

namespace fondaco::storefront {

struct Services {
  storage::Store& store;
  matching::Search& search;
  orders::Checkout& checkout;
  orders::Aftersale& aftersale;
  marketplace::OfferBook& offers;
  inventory::Availability& availability;
  shoppers::Shoppers& shoppers;
  payments::Providers& providers;
  payments::TestProvider* test_provider = nullptr;  // Null: no test payments, no /pay/test page.
  bool demo = false;                                // Says so at the top of each page.
  /// "https://shop.example", without a slash at the end: for the sitemap and for links that must
  /// be absolute. Empty: links stay relative. Never taken from a request, which may lie.
  std::string public_url = {};
  marketplace::Onboarding* gates = nullptr;  // With blobs: people can sell. Null: no /sell.
  storage::Blobs* blobs = nullptr;
  Currency currency = Currency::of("EUR");  // Prices are shown in it where an offer has one.
};

/// Mounts all pages and subscribes to events that make cached pages old: before Store::start().
/// All references must outlive the router.
void mount(http::Router& router, Services services);

}  // namespace fondaco::storefront
