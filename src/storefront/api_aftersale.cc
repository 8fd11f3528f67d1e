#include "api_aftersale.h"

#include <boost/describe/enum_to_string.hpp>

#include <algorithm>
#include <array>

namespace fondaco::storefront {
namespace {

using http::WritePlan;
using orders::LifePart;
using orders::Order;
using orders::Refund;
using orders::RefundKind;
using orders::RefundReason;

template <class E>
std::string word(E e) {
  return boost::describe::enum_to_string(e, "");
}
std::string said(std::string_view locale, std::string_view key) {
  return std::string(say(locale, key));
}

/// What people may give as a reason on the page.
constexpr std::array kReasons = {RefundReason::no_reason,  RefundReason::not_received,
                                 RefundReason::damaged,    RefundReason::missing,
                                 RefundReason::wrong_item, RefundReason::not_as_described,
                                 RefundReason::too_late,   RefundReason::other};
constexpr std::array kKinds = {RefundKind::refund_only, RefundKind::return_goods,
                               RefundKind::exchange, RefundKind::reship};

std::vector<View> parcel_views(const std::vector<logistics::Shipment>& parcels,
                               std::string_view locale) {
  std::vector<View> out;
  for (const auto& p : parcels) {
    const bool arrived = p.state == logistics::ShipmentState::delivered;
    View& v = out.emplace_back();
    v.set("carrier", p.carrier).maybe("tracking", p.tracking);
    v.set("when", show_time(arrived ? p.delivered_at : p.sent_at, locale));
    v.set("state", say(locale, arrived ? "parcel.delivered" : "parcel.sent"));
  }
  return out;
}

std::vector<View> refund_views(const Shop& shop, const std::vector<Refund>& refunds,
                               const Order& order, std::string_view locale) {
  std::vector<View> out;
  for (const Refund& r : refunds) {
    const bool back = r.state == orders::RefundState::wait_return;
    const bool refused = r.state == orders::RefundState::seller_refused;
    View& v = out.emplace_back();
    v.set("refund", to_text(r.id)).set("version", std::to_string(r.version));
    v.set("kind", say(locale, "refund.kind." + word(r.kind)));
    v.set("reason", say(locale, "refund.reason." + word(r.reason)));
    v.set("state", say(locale, "refund.state." + word(r.state)));
    v.set("amount", show_money(r.amount, locale)).set("opened", show_time(r.opened_at, locale));
    v.maybe("due", r.open() && r.due.us != 0 ? show_time(r.due, locale) : "");
    v.maybe("return_to", r.return_to.empty()
                             ? ""
                             : shop.s.shoppers.keyring().open(order.key, r.return_to).value_or(""));
    v.set("sends_back", back).set("may_appeal", refused);
    v.set("may_close", back || refused || r.state == orders::RefundState::wait_seller_agree);
  }
  return out;
}

std::vector<View> timeline_views(const std::vector<orders::TimelineEntry>& entries,
                                 std::string_view locale) {
  std::vector<View> out;
  for (const auto& e : entries) {
    if (e.type == "order.noted") continue;
    View& v = out.emplace_back();
    v.set("when", show_time(e.at, locale)).set("text", say(locale, "event." + e.type));
  }
  return out;
}

/// The order of the form or query, when it belongs to the group of the path.
std::optional<Order> order_of(const Shop& shop, Context& c, std::string_view text) {
  const auto group = visible_group(shop, c);
  const auto id = id_from_text<OrderId>(text);
  const bool ours =
      group && id &&
      std::find(group->orders.begin(), group->orders.end(), *id) != group->orders.end();
  return ours ? orders::find_order(c.read(), *id) : std::nullopt;
}

std::string back_to(const Order& order) { return "/o/" + to_text(order.group); }

template <class F>
WritePlan plan(const Order& order, std::string notice, F f) {
  return [back = back_to(order), notice = std::move(notice), f = std::move(f)](storage::Tx& tx) {
    const auto done = f(tx);
    if (done.ok()) return http::redirect(back + "?notice=" + notice);
    tx.refuse();
    const auto why = done.refusal().reason;
    const bool known = why == orders::AftersaleRefusal::reason_needed ||
                       why == orders::AftersaleRefusal::not_returnable;
    return http::redirect(back + "?notice=" + (known ? "reason" : "late"));
  };
}

WritePlan plan_receipt(Shop& shop, Context& c) {
  const auto order = order_of(shop, c, field(c.request(), "order"));
  if (!order) return not_found();
  return plan(*order, "received", [&shop, id = order->id](storage::Tx& tx) {
    return shop.s.aftersale.confirm(tx, id, {});
  });
}

std::vector<View> choice_views(std::span<const std::string> names, std::string_view prefix,
                               std::string_view locale) {
  std::vector<View> out;
  for (const std::string& name : names) {
    out.push_back(View().set("value", name).set("text", say(locale, std::string(prefix) + name)));
  }
  return out;
}

Response refund_page(Shop& shop, Context& c) {
  const auto order = order_of(shop, c, c.request().query_value("order").value_or(""));
  if (!order) return not_found();
  const std::string_view locale = c.locale();
  View view;
  std::vector<View> lines;
  const auto life = orders::life_of(c.read(), *order);
  for (std::size_t i = 0; i < order->lines.size(); ++i) {
    const LifePart& p = life.parts[i];
    const std::int64_t units = p.quantity - p.withdrawn - p.returned;
    if (units == 0 || p.refund) continue;
    lines.push_back(View()
                        .set("line", std::to_string(i))
                        .set("title", order->lines[i].title)
                        .set("units", std::to_string(units)));
  }
  std::vector<std::string> reasons, kinds;
  for (const auto r : kReasons) reasons.push_back(word(r));
  for (const auto k : kKinds) kinds.push_back(word(k));
  view.set("reasons", choice_views(reasons, "refund.reason.", locale));
  view.set("kinds", choice_views(kinds, "refund.kind.", locale));
  view.set("group", to_text(order->group)).set("id", to_text(order->id)).set("lines", lines);
  return page(shop, c, &c.read(), "refund", std::move(view), {.title = said(locale, "refund.ask")});
}

WritePlan plan_refund(Shop& shop, Context& c) {
  const auto order = order_of(shop, c, field(c.request(), "order"));
  if (!order) return not_found();
  orders::NewRefund wanted;
  wanted.order = order->id;
  const std::string reason = field(c.request(), "reason");
  const std::string kind = field(c.request(), "kind");
  const auto r = std::find_if(kReasons.begin(), kReasons.end(),
                              [&](RefundReason x) { return word(x) == reason; });
  const auto k =
      std::find_if(kKinds.begin(), kKinds.end(), [&](RefundKind x) { return word(x) == kind; });
  if (r == kReasons.end() || k == kKinds.end()) return not_found();
  wanted.reason = *r;
  wanted.kind = *k;
  for (std::size_t i = 0; i < order->lines.size(); ++i) {
    const auto units = parse_int(field(c.request(), "units-" + std::to_string(i)));
    if (units && *units > 0) {
      wanted.lines.push_back({static_cast<std::int64_t>(i), *units, {}, true});
    }
  }
  if (wanted.lines.empty()) {
    return http::redirect(back_to(*order) + "?notice=late");
  }
  const std::string text = shorten(field(c.request(), "text"), 2000);
  auto& keyring = shop.s.shoppers.keyring();
  if (!text.empty() && keyring.exists(order->key)) wanted.text = keyring.seal(order->key, text);
  return plan(*order, "asked", [&shop, wanted = std::move(wanted)](storage::Tx& tx) {
    return shop.s.aftersale.open(tx, wanted);
  });
}

/// First step of a withdrawal: what it means, and the button that says yes.
Response withdrawal_page(Shop& shop, Context& c) {
  const auto order = order_of(shop, c, c.request().query_value("order").value_or(""));
  if (!order) return not_found();
  View view;
  std::vector<View> lines;
  for (const auto& line : order->lines) {
    lines.push_back(View().set("title", line.title).set("units", std::to_string(line.quantity)));
  }
  const auto contact = shop.s.checkout.contact_of(*order);
  view.set("group", to_text(order->group)).set("id", to_text(order->id)).set("lines", lines);
  view.set("name", contact ? contact->name : "").set("email", contact ? contact->email : "");
  view.set("placed", show_time(order->placed_at, c.locale()));
  return page(shop, c, &c.read(), "withdrawal", std::move(view),
              {.title = said(c.locale(), "withdraw.title")});
}

WritePlan plan_withdrawal(Shop& shop, Context& c) {
  const auto order = order_of(shop, c, field(c.request(), "order"));
  if (!order) return not_found();
  return plan(*order, "withdrawn", [&shop, id = order->id](storage::Tx& tx) {
    return shop.s.aftersale.withdraw(tx, id, {});
  });
}

/// Steps of a buyer on a refund of this group.
WritePlan plan_step(Shop& shop, Context& c) {
  const auto id = id_from_text<RefundId>(field(c.request(), "refund"));
  const auto refund = id ? orders::find_refund(c.read(), *id) : std::nullopt;
  const auto order = refund ? order_of(shop, c, to_text(refund->order)) : std::nullopt;
  const auto version = parse_int(field(c.request(), "version"));
  if (!order || !version) return not_found();
  const std::string step = field(c.request(), "step");
  const std::string carrier = shorten(field(c.request(), "carrier"), 70);
  const std::string tracking = shorten(field(c.request(), "tracking"), 70);
  if (step == "send" && (carrier.empty() || tracking.empty())) {
    return http::redirect(back_to(*order) + "?notice=late");
  }
  if (step != "send" && step != "appeal" && step != "close") return not_found();
  return plan(*order, "changed",
              [&shop, id = *id, version = *version, step, carrier, tracking](storage::Tx& tx) {
                if (step == "send")
                  return shop.s.aftersale.send_back(tx, id, version, carrier, tracking);
                if (step == "appeal") return shop.s.aftersale.appeal(tx, id, version, "");
                return shop.s.aftersale.close(tx, id, version);
              });
}

}  // namespace

void add_aftersale(Shop& shop, Context& c, const Order& order, View& view) {
  const std::string_view locale = c.locale();
  const bool paid = orders::was_paid(order.state);
  bool confirmable = false, refundable = false;
  if (paid) {
    for (const LifePart& p : orders::life_of(c.read(), order).parts) {
      if (p.quantity == 0) continue;
      const bool sent = p.shipped + p.withdrawn == p.quantity && p.shipped > p.returned;
      confirmable = confirmable || (sent && !p.released && !p.refund);
      refundable = refundable || (!p.refund && p.withdrawn + p.returned < p.quantity);
    }
  }
  const auto parcels = logistics::shipments_of(c.read(), order.id);
  const auto refunds = orders::refunds_of(c.read(), order.id);
  const auto market = orders::market_of(order.country, c.now());
  auto derived = shop.s.store.derived().read();
  const auto entries = orders::timeline_of(derived, order.id);
  view.set("confirmable", confirmable).set("refundable", refundable);
  view.set("withdrawable", refundable && market.withdrawal_function);
  view.set("parcels", parcel_views(parcels, locale)).set("has_parcels", !parcels.empty());
  view.set("refunds", refund_views(shop, refunds, order, locale));
  view.set("has_refunds", !refunds.empty());
  view.set("events", timeline_views(entries, locale)).set("has_events", !entries.empty());
}

std::string_view aftersale_notice(std::string_view name, std::string_view locale) {
  for (const std::string_view known : {"received", "asked", "withdrawn", "changed"}) {
    if (name == known) return say(locale, "order.notice." + std::string(known));
  }
  return {};
}

void mount_aftersale(http::Router& router, const SharedShop& shop) {
  router.write(form_route("/o/{group}/receipt", "The buyer has what was sent"),
               [shop](Context& c) { return plan_receipt(*shop, c); });
  router.read(page_route("/o/{group}/refund", "Asks for money back, a return or a replacement"),
              [shop](Context& c) { return refund_page(*shop, c); });
  router.write(form_route("/o/{group}/refund", "Asks for money back, a return or a replacement"),
               [shop](Context& c) { return plan_refund(*shop, c); });
  router.write(form_route("/o/{group}/refund-step", "Sends back, appeals or gives up"),
               [shop](Context& c) { return plan_step(*shop, c); });
  router.read(page_route("/o/{group}/withdrawal", "Withdrawal from a contract, first step"),
              [shop](Context& c) { return withdrawal_page(*shop, c); });
  router.write(form_route("/o/{group}/withdrawal", "Withdrawal from a contract, confirmed"),
               [shop](Context& c) { return plan_withdrawal(*shop, c); });
}

}  // namespace fondaco::storefront
