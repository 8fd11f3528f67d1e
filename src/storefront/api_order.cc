#include "api_aftersale.h"

#include <fondaco/orders/pricing.h>

#include <sodium.h>

#include <algorithm>

namespace fondaco::storefront {
namespace {

using http::WritePlan;
using orders::Group;
using orders::Order;
using orders::OrderState;

std::string said(std::string_view locale, std::string_view key) {
  return std::string(say(locale, key));
}

/// The buyer, or the browser that has ordered: its cookie holds the order's secret.
bool may_see(const Shop& shop, const Context& c, const Group& group) {
  if (group.person && group.person == c.who().person) return true;
  const auto given = http::session_cookie_of(order_cookie_name(group.id), c.request());
  if (!given) return false;
  const std::string expected = shop.s.checkout.order_token(group.id);
  return given->size() == expected.size() &&
         sodium_memcmp(given->data(), expected.data(), expected.size()) == 0;
}

std::string state_name(OrderState state) {
  return boost::describe::enum_to_string(state, "pending_payment");
}

std::string headline(const Group& group, const std::vector<Order>& all, std::string_view locale) {
  const bool any_open = std::any_of(all.begin(), all.end(),
                                    [](const Order& o) { return o.state == OrderState::paid; });
  if (any_open) return said(locale, "order.paid_title");
  switch (all.empty() ? group.state : all.front().state) {
    case OrderState::paid:
      return said(locale, "order.paid_title");
    case OrderState::pending_payment:
      return said(locale, "order.pending_title");
    case OrderState::cancelled:
      return said(locale, "order.cancelled_title");
    case OrderState::expired:
      return said(locale, "order.expired_title");
    case OrderState::shipped_part:
    case OrderState::shipped:
      return said(locale, "order.shipped_title");
    case OrderState::finished:
      return said(locale, "order.finished_title");
    case OrderState::refunded:
      return said(locale, "order.refunded_title");
  }
  return said(locale, "order.title");
}

void add_contact(const Shop& shop, const std::vector<Order>& all, std::string_view locale,
                 View& view) {
  view.set("contact", false);
  if (all.empty()) return;
  const auto contact = shop.s.checkout.contact_of(all.front());
  if (!contact) return;
  std::vector<View> lines;
  const auto add = [&](const std::string& text) {
    if (!text.empty()) lines.push_back(View().set("text", text));
  };
  add(contact->name);
  add(contact->line1);
  add(contact->line2.value_or(""));
  const std::string postcode = contact->postcode.value_or("");
  add(postcode.empty() ? contact->city : postcode + " " + contact->city);
  add(contact->region.value_or(""));
  add(country_name(contact->country, locale));
  add(contact->email);
  view.set("contact", View().set("lines", lines));
}

Response order_page(Shop& shop, Context& c) {
  const auto group = visible_group(shop, c);
  if (!group) return not_found();
  const std::string_view locale = c.locale();
  const auto all = orders::orders_of(c.read(), *group);
  View view;
  auto groups = order_views(shop, c.read(), all, locale);
  for (std::size_t i = 0; i < all.size(); ++i) {
    View& v = groups[i];
    const OrderState state = all[i].state;
    const bool open = state == OrderState::paid || state == OrderState::pending_payment;
    v.set("id", to_text(all[i].id)).set("state", state_name(state));
    v.set("state_text", say(locale, "order.state." + state_name(state)));
    v.set("cancellable", open);
    add_aftersale(shop, c, all[i], v);
  }
  const bool pending = std::any_of(all.begin(), all.end(), [](const Order& o) {
    return o.state == OrderState::pending_payment;
  });
  const bool paid = std::any_of(all.begin(), all.end(),
                                [](const Order& o) { return o.state == OrderState::paid; });
  view.set("orders", groups).set("heading", headline(*group, all, locale));
  view.set("group", to_text(group->id)).set("placed", show_time(group->placed_at, locale));
  view.set("total", show_money(group->total, locale));
  view.set("pending", pending).set("paid", paid);
  view.maybe("action", pending ? group->action : "");
  view.set("guest", !group->person);
  view.set("parcels", say_count(locale, "order.parcels", static_cast<long long>(all.size())));
  const auto notice = c.request().query_value("notice").value_or("");
  view.maybe("notice", notice == "cancelled" ? said(locale, "order.cancelled_notice")
                                             : std::string(aftersale_notice(notice, locale)));
  view.maybe("warning", notice == "kept"     ? said(locale, "order.not_cancellable")
                        : notice == "reason" ? said(locale, "order.reason_needed")
                        : notice == "late"   ? said(locale, "order.too_late")
                                             : "");
  add_contact(shop, all, locale, view);
  return own_page(shop, c, c.read(), "order", std::move(view),
                  {.title = said(locale, "order.title")});
}

WritePlan plan_cancel(Shop& shop, Context& c) {
  const auto group = visible_group(shop, c);
  const auto id = id_from_text<OrderId>(field(c.request(), "order"));
  const bool of_group =
      group && id &&
      std::find(group->orders.begin(), group->orders.end(), *id) != group->orders.end();
  if (!of_group) return not_found();
  const std::string back = "/o/" + to_text(group->id);
  return [&shop, id = *id, back](storage::Tx& tx) {
    const auto cancelled = shop.s.checkout.cancel(tx, id);
    if (cancelled.ok()) return http::redirect(back + "?notice=cancelled");
    tx.refuse();
    return http::redirect(back + "?notice=kept");
  };
}

}  // namespace

std::optional<Group> visible_group(const Shop& shop, Context& c) {
  const auto id = c.id_param<OrderGroupId>("group");
  auto group = id ? orders::find_group(c.read(), *id) : std::nullopt;
  if (!group || !may_see(shop, c, *group)) return std::nullopt;
  return group;
}

std::string order_cookie_name(OrderGroupId group) { return "order_" + to_text(group); }

void mount_orders(http::Router& router, const SharedShop& shop) {
  router.read(page_route("/o/{group}", "The orders of one checkout, for whoever has bought"),
              [shop](Context& c) { return order_page(*shop, c); });
  router.write(form_route("/o/{group}/cancel", "Cancels one order"),
               [shop](Context& c) { return plan_cancel(*shop, c); });
  mount_aftersale(router, shop);
}

}  // namespace fondaco::storefront
