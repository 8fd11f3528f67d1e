#include "api_shop.h"

#include <fondaco/base/json.h>
#include <fondaco/base/log.h>
#include <fondaco/events/catalog.h>
#include <fondaco/events/inventory.h>
#include <fondaco/events/marketplace.h>
#include <fondaco/events/orders.h>

namespace fondaco::storefront {
namespace {

using storage::StoredEvent;

/// Calls f(event) when the stored event is an E; true when it was one.
template <class E, class F>
bool with(const StoredEvent& stored, F&& f) {
  if (stored.type != E::kType) return false;
  const auto event = read_stored<E>(stored.payload);
  if (event.ok()) {
    f(*event);
  } else {
    log::error("storefront", "an event is not understood",
               {{"type", stored.type}, {"seq", stored.seq}, {"at", event.refusal().pointer}});
  }
  return true;
}

void forget_lines(Shop& shop, const std::vector<orders::Line>& lines) {
  for (const auto& line : lines) shop.pages.forget(ProductId{line.product});
}

/// Payment, cancellation and expiry move the units of an order whose event names no lines.
void forget_order(Shop& shop, OrderId id) {
  if (shop.pages.empty()) {
    shop.pages.forget_all();  // Stops the pages that are being rendered.
    return;
  }
  auto read = shop.s.store.main().read();
  if (const auto order = orders::find_order(read, id)) forget_lines(shop, order->lines);
}

void on_event(Shop& shop, const StoredEvent& e) {
  if (with<events::ProductChanged>(e, [&](const auto& p) { shop.pages.forget(p.product_id); })) {
    shop.tree.forget();
    return;
  }
  if (with<events::OfferChanged>(e, [&](const auto& changed) {
        for (const ProductId p : changed.products) shop.pages.forget(p);
      })) {
    return;
  }
  if (with<events::StockMoved>(e, [&](const auto& moved) {
        if (moved.lines.empty()) shop.pages.forget_all();
        for (const auto& line : moved.lines) shop.pages.forget(line.variant);
      })) {
    return;
  }
  if (e.type == events::OrderPlaced::kType) {
    for (const ProductId p : orders::products_told(e.payload)) shop.pages.forget(p);
    return;
  }
  if (with<events::OrderPaid>(e, [&](const auto& o) { forget_order(shop, o.order); })) return;
  if (with<events::OrderCancelled>(e, [&](const auto& o) { forget_order(shop, o.order); })) {
    return;
  }
  if (e.type == events::MerchantChanged::kType) {
    shop.pages.forget_all();
    shop.shops.forget();
  }
}

void subscribe(const SharedShop& shop) {
  const auto name = [](std::string_view type) { return std::string(type); };
  shop->s.store.outbox().every_process(
      "storefront.pages",
      {name(events::ProductChanged::kType), name(events::OfferChanged::kType),
       name(events::StockMoved::kType), name(events::OrderPlaced::kType),
       name(events::OrderPaid::kType), name(events::OrderCancelled::kType),
       name(events::MerchantChanged::kType)},
      [shop](std::span<const StoredEvent> events) {
        for (const StoredEvent& e : events) on_event(*shop, e);
      });
}

}  // namespace

void mount(http::Router& router, Services services) {
  const auto shop = std::make_shared<Shop>(std::move(services));
  subscribe(shop);
  router.problem_pages(problem_page(shop));
  mount_home(router, shop);
  mount_lists(router, shop);
  mount_product(router, shop);
  mount_cart(router, shop);
  mount_checkout(router, shop);
  mount_codes(router, shop);
  mount_orders(router, shop);
  if (shop->s.test_provider) mount_pay_test(router, shop);
  mount_account(router, shop);
  mount_sell(router, shop);
  mount_seo(router, shop);
}

}  // namespace fondaco::storefront
