#include "api_json.h"

#include <fondaco/base/text.h>
#include <fondaco/http/server.h>
#include <fondaco/orders/privacy.h>
#include <fondaco/payments.h>
#include <fondaco/shoppers.h>

#include <sodium.h>

#include <algorithm>

namespace fondaco::orders {

using http::Context;
using http::Idempotency;
using http::Method;
using http::Owner;
using http::problem;
using http::Rate;
using http::Response;
using http::Route;
using http::Schema;
using http::schema_of;

namespace {

constexpr std::string_view kOrderToken = "Order-Token";

std::string number(std::int64_t n) { return std::to_string(n); }

Response sold_out(const Refusing& r) {
  std::string extra;
  append_json_string(extra, r.what);
  extra = "\"sku\":" + extra + ",\"wanted\":" + number(r.wanted) +
          ",\"available\":" + number(r.available);
  return problem(409, "sold_out",
                 "wanted " + number(r.wanted) + " of " + r.what + " when " + number(r.available) +
                     " can be had",
                 extra);
}

Response drifted(const Refusing& r) {
  std::string extra = "\"expected_total\":";
  JsonWriter(extra).value(*r.expected);
  extra += ",\"total\":";
  JsonWriter(extra).value(*r.actual);
  return problem(409, "total_drifted",
                 "the total is " + format_decimal(*r.actual) + " when " +
                     format_decimal(*r.expected) + " was expected",
                 extra);
}

std::string payment_state(const Group& group) {
  switch (group.state) {
    case OrderState::paid:
    case OrderState::shipped_part:
    case OrderState::shipped:
    case OrderState::finished:
      return "captured";
    case OrderState::refunded:
      return "refunded";
    case OrderState::pending_payment:
      return group.action.empty() ? "pending" : "requires_action";
    case OrderState::cancelled:
      return "failed";
    case OrderState::expired:
      return "cancelled";
  }
  return "pending";
}

bool equal_secret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

Response order_response(const Services& s, Context& c, const Order& order) {
  auto merchant = s.offers.merchant(c.read(), order.merchant);
  OrderOut out = order_out(order, merchant.get());
  if (const auto contact = s.checkout.contact_of(order)) with_contact(out, *contact);
  if (c.who().may("orders.read", order.merchant)) {
    out.fees = OrderFeesOut{order.money(order.commission), order.money(order.payment_fee),
                            order.fee_version ? std::optional(order.fee_version) : std::nullopt};
  }
  return http::json(json_of(out))
      .with("Cache-Control", "no-store")
      .with("ETag", http::etag_of(order.version));
}

Purchase purchase_from(const ExpressIn& in) {
  Purchase p;
  p.currency = in.currency;
  p.contact = contact_from(in.address, in.email);
  p.shipping = in.shipping;
  if (in.shippings) p.shippings = *in.shippings;
  p.method = in.payment.method;
  p.token = in.payment.token.value_or("");
  p.promotions = in.promotions.value_or(std::vector<std::string>{});
  p.expected_total = in.expected_total;
  for (const auto& line : in.lines) {
    p.lines.push_back({line.merchant, line.sku.value_or(""), line.variant, line.quantity,
                       line.no_return_agreed.value_or(false)});
  }
  return p;
}

void express(const Services& s, const std::shared_ptr<Context>& c, const http::Reply& reply) {
  auto in = http::body_as<ExpressIn>(*c);
  if (!in.ok()) return reply(in.refusal());
  Purchase p = purchase_from(*in);
  if (auto bad = check_contact(p.contact, !c->who().person)) return reply(std::move(*bad));
  fill_from_context(p, *c);
  s.checkout.place(c->read(), std::move(p), [s, reply](const Outcome& outcome) {
    // The answer needs merchants' names only, and these are in memory.
    reply(placed_response(s, *s.store.main().read(), outcome));
  });
}

struct OrderListOut {
  std::vector<OrderOut> data;
  bool has_more = false;
};
BOOST_DESCRIBE_STRUCT(OrderListOut, (), (data, has_more))

Response list(const Services& s, Context& c, const std::vector<OrderId>& ids, int limit) {
  OrderListOut out;
  out.has_more = ids.size() > static_cast<std::size_t>(limit);
  for (std::size_t i = 0; i < ids.size() && i < static_cast<std::size_t>(limit); ++i) {
    const auto order = find_order(c.read(), ids[i]);
    if (!order) continue;
    auto merchant = s.offers.merchant(c.read(), order->merchant);
    out.data.push_back(order_out(*order, merchant.get()));
  }
  return http::json(json_of(out));
}

std::optional<Response> page_start(const http::Page& page, OrderId& before) {
  if (!page.starting_after) return std::nullopt;
  const auto id = id_from_text<OrderId>(*page.starting_after);
  if (!id) return http::invalid("/starting_after", "expected an order's id");
  before = *id;
  return std::nullopt;
}

Response my_orders(const Services& s, Context& c) {
  const auto page = http::page_of(c);
  if (!page.ok()) return page.refusal();
  OrderId before;
  if (auto bad = page_start(*page, before)) return *bad;
  auto derived = s.store.derived().read();
  return list(s, c, order_ids_of_person(derived, c.who().person, before, page->limit + 1),
              page->limit);
}

Response merchant_orders(const Services& s, Context& c, MerchantId merchant) {
  const auto page = http::page_of(c);
  if (!page.ok()) return page.refusal();
  OrderId before;
  if (auto bad = page_start(*page, before)) return *bad;
  auto derived = s.store.derived().read();
  return list(s, c, order_ids_of_merchant(derived, merchant, before, page->limit + 1), page->limit);
}

http::WritePlan cancellation(const Services& s, Context& c) {
  const auto id = c.id_param<OrderId>("id");
  if (!id) return unknown_order();
  const auto order = find_order(c.read(), *id);
  if (!order || !may(s, c, *order, "orders.read")) return unknown_order();
  if (!may(s, c, *order, "orders.write")) {
    return problem(403, "forbidden", "this needs the right orders.write");
  }
  return [s, id = *id](storage::Tx& tx) {
    const auto cancelled = s.checkout.cancel(tx, id);
    if (!cancelled.ok()) {
      return cancelled.refusal() == CancelRefusal::unknown_order
                 ? unknown_order()
                 : problem(409, "not_cancellable",
                           "the order is sent, cancelled or expired already");
    }
    auto merchant = s.offers.merchant(tx, cancelled->merchant);
    return http::json(json_of(order_out(*cancelled, merchant.get())));
  };
}

/// Whose data it is, or the operator; a merchant's staff may not.
bool may_erase(const Services& s, const Context& c, const Order& order) {
  return is_buyer(s, c, order) || c.who().may("shoppers.write");
}

Response refusal_of(ErasureRefusal refusal) {
  switch (refusal) {
    case ErasureRefusal::unknown_order:
      return unknown_order();
    case ErasureRefusal::of_an_account:
      return problem(409, "of_an_account", "this goes with the account: DELETE /api/v1/me");
    case ErasureRefusal::order_open:
      return problem(409, "order_open", "the address is needed until the order is over");
  }
  return problem(500, "internal", "an unknown refusal");
}

void erasure(http::Router& router, const Services& s, const std::shared_ptr<Context>& c,
             const http::Reply& reply) {
  const auto id = c->id_param<OrderId>("id");
  const auto order = id ? find_order(c->read(), *id) : std::nullopt;
  if (!order || !may_erase(s, *c, *order)) return reply(unknown_order());
  const auto key = erasable_key(c->read(), *id);
  if (!key.ok()) return reply(refusal_of(key.refusal()));
  const auto work = [s, reply, key = *key, actor = c->who().actor()] {
    try {
      s.shoppers.erase_keys({key}, actor);
      reply(http::no_content());
    } catch (const Fault&) {  // A thread of the pool: here its work ends.
      reply(problem(503, "unavailable", "this could not be done now, try again"));
    }
  };
  if (!router.offload(work)) {
    reply(problem(503, "busy", "too many requests wait, try again").with("Retry-After", "1"));
  }
}

void mount_reading(http::Router& router, const Services& s) {
  Route one = order_route(Method::get, "/api/v1/orders/{id}",
                          {"orders.read", Owner::everyone, Rate::read, Idempotency::safe},
                          "An order, for its buyer, its merchant, the operator, or by Order-Token");
  one.response = schema_of<OrderOut>();
  one.refusals = {"unknown_order"};
  router.read(one, [s](Context& c) {
    const auto id = c.id_param<OrderId>("id");
    const auto order = id ? find_order(c.read(), *id) : std::nullopt;
    return order && may_read(s, c, *order) ? order_response(s, c, *order) : unknown_order();
  });

  Route mine = order_route(Method::get, "/api/v1/me/orders",
                           {"orders.read", Owner::self, Rate::read, Idempotency::safe},
                           "The signed-in person's orders, newest first");
  mine.response = schema_of<OrderListOut>();
  mine.query = {{"limit", "1 to 100", "integer"}, {"starting_after", "An order's id"}};
  router.read(mine, [s](Context& c) { return my_orders(s, c); });

  Route theirs = order_route(Method::get, "/api/v1/merchants/{merchant}/orders",
                             {"orders.read", Owner::merchant, Rate::read, Idempotency::safe},
                             "A merchant's orders, newest first");
  theirs.response = schema_of<OrderListOut>();
  theirs.query = mine.query;
  const auto merchant_of = [s](Context& c) { return merchant_in_path(s, c); };
  theirs.merchant_of = merchant_of;
  router.read(theirs,
              [s, merchant_of](Context& c) { return merchant_orders(s, c, *merchant_of(c)); });
}

}  // namespace

bool is_buyer(const Services& s, const Context& c, const Order& order) {
  if (order.person && c.who().person == order.person) return true;
  std::string given(c.request().header(kOrderToken));
  if (given.empty()) {
    given = http::session_cookie_of("order_" + to_text(order.group), c.request()).value_or("");
  }
  return !given.empty() && equal_secret(given, s.checkout.order_token(order.group));
}

bool may(const Services& s, const Context& c, const Order& order, std::string_view right) {
  return is_buyer(s, c, order) || c.who().may(right, order.merchant);
}

bool may_read(const Services& s, const Context& c, const Order& order) {
  return may(s, c, order, "orders.read");
}

Response unknown_order() {
  return problem(404, "unknown_order", "there is no such order, or it is not yours");
}

Route order_route(Method method, std::string path, http::Access access, std::string summary) {
  Route r;
  r.method = method;
  r.path = std::move(path);
  r.access = access;
  r.summary = std::move(summary);
  return r;
}

OrderOut order_out(const Order& order, const marketplace::MerchantInfo* merchant) {
  OrderOut out;
  if (order.id) out.id = order.id;
  if (order.group) out.group = order.group;
  out.merchant = merchant ? merchant->slug : to_text(order.merchant);
  out.merchant_name = merchant ? merchant->name : "";
  if (order.id) out.state = boost::describe::enum_to_string(order.state, "unknown");
  out.items = order.money(order.items);
  out.discount = order.money(order.discount);
  out.shipping_discount = order.money(order.details.shipping_discount);
  out.shipping = order.money(order.shipping);
  out.tax = order.money(order.tax);
  out.tax_included = order.tax_included;
  out.total = order.money(order.total);
  out.shipping_method = order.shipping_method;
  if (order.id) out.placed_at = order.placed_at;
  if (order.id) out.version = order.version;
  for (const Line& line : order.lines) {
    OrderLineOut l;
    if (!line.sku.empty()) l.sku = line.sku;
    l.variant = {line.variant};
    l.product = {line.product};
    l.title = line.title;
    l.quantity = line.quantity;
    l.price = order.money(line.price);
    l.amount = order.money(line.amount);
    l.discount = order.money(line.discount);
    l.tax = order.money(line.tax);
    l.tax_basis_points = line.tax_bp;
    out.lines.push_back(std::move(l));
  }
  for (const TaxPart& part : tax_parts(order)) {
    out.taxes.push_back({part.rate_bp, order.money(part.net), order.money(part.tax)});
  }
  if (!order.details.tax_rule.empty()) out.tax_rule = order.details.tax_rule;
  for (const AppliedPromotion& a : order.details.promotions) {
    out.promotions.push_back({{a.promotion},
                              a.code.empty() ? std::nullopt : std::optional(a.code),
                              a.title,
                              a.title_zh,
                              order.money(a.discount),
                              order.money(a.shipping),
                              a.by_platform});
  }
  return out;
}

std::vector<OrderOut> quote_out(const Services& s, storage::Read& read, const Quote& quote) {
  std::vector<OrderOut> out;
  for (std::size_t i = 0; i < quote.orders.size(); ++i) {
    const Order& order = quote.orders[i];
    out.push_back(order_out(order, s.offers.merchant(read, order.merchant).get()));
    auto& options = out.back().shipping_options.emplace();
    for (const ShippingOption& o : quote.shipping[i]) {
      options.push_back({o.method, o.title, o.title_zh, o.price, o.days_least, o.days_most});
    }
  }
  return out;
}

PromotionVerdictOut verdict_out(const PromotionVerdict& v, Currency currency) {
  return {v.promotion,
          v.code.empty() ? std::nullopt : std::optional(v.code),
          v.title,
          v.title_zh,
          v.reason,
          {v.discount, currency},
          {v.shipping, currency},
          v.missing};
}

std::optional<MerchantId> merchant_in_path(const Services& s, Context& c) {
  const auto found = s.offers.merchant(c.read(), c.param("merchant"));
  if (found) return found->id;
  const auto id = c.id_param<MerchantId>("merchant");
  return id && s.offers.merchant(c.read(), *id) ? id : std::nullopt;
}

void with_contact(OrderOut& out, const Contact& contact) {
  out.email = contact.email;
  out.address = OrderAddress{contact.name,    contact.line1,     contact.line2,
                             contact.city,    contact.region,    contact.postcode,
                             contact.country, contact.telephone, contact.vat_id};
}

Contact contact_from(const OrderAddress& a, const std::optional<std::string>& email) {
  return {email.value_or(""), a.name,     a.line1,   a.line2,     a.city,
          a.region,           a.postcode, a.country, a.telephone, a.vat_id};
}

std::optional<Response> check_contact(const Contact& c, bool email_needed) {
  constexpr std::size_t kMost = 200;
  const auto too_long = [&](const std::string& text) { return text.size() > kMost; };
  if (email_needed && c.email.empty()) return http::invalid("/email", "is missing");
  if (!c.email.empty() && !shoppers::parse_email(c.email)) {
    return http::invalid("/email", "is no e-mail address");
  }
  if (trim(c.name).empty()) return http::invalid("/address/name", "is empty");
  if (trim(c.line1).empty()) return http::invalid("/address/line1", "is empty");
  if (trim(c.city).empty()) return http::invalid("/address/city", "is empty");
  if (c.country.size() != 2) return http::invalid("/address/country", "expected two letters");
  if (c.vat_id && !vat_id_formed(*c.vat_id)) {
    return http::invalid("/address/vat_id", "has not the form of an EU state's VAT id");
  }
  for (const auto& [name, text] : {std::pair<const char*, const std::string&>{"name", c.name},
                                   {"line1", c.line1},
                                   {"city", c.city},
                                   {"line2", c.line2 ? *c.line2 : c.city},
                                   {"region", c.region ? *c.region : c.city},
                                   {"postcode", c.postcode ? *c.postcode : c.city},
                                   {"telephone", c.telephone ? *c.telephone : c.city}}) {
    if (!too_long(text)) continue;
    return http::invalid(std::string("/address/") + name,
                         "is " + number(static_cast<std::int64_t>(text.size())) +
                             " bytes long when " + number(kMost) + " are allowed");
  }
  return std::nullopt;
}

void fill_from_context(Purchase& p, const Context& c) {
  p.person = c.who().person;
  p.actor = c.who().actor();
  p.trace = c.request().id;
  p.key = http::idempotency_key(c.request()).value_or("");
  p.body = c.request().path + "\n" + c.request().body;
}

Response problem_of(const Refusing& r) {
  const auto about = [&](int status, std::string_view code, std::string text) {
    return problem(status, code, text);
  };
  switch (r.reason) {
    case Refusal::unknown_sku:
      return about(422, "unknown_sku", "no single offer is on sale under SKU " + r.what);
    case Refusal::unknown_merchant:
      return about(422, "unknown_merchant", "no active merchant is called " + r.what);
    case Refusal::bad_quantity:
      return about(422, "bad_quantity",
                   "quantity of " + r.what + " is " + number(r.wanted) + " when 1 to " +
                       number(kMostQuantity) + " are allowed");
    case Refusal::too_many_lines:
      return about(422, "too_many_lines",
                   "the basket has " + number(r.wanted) + " lines when 1 to " + number(kMostLines) +
                       " are allowed");
    case Refusal::currency_not_offered:
      return about(422, "currency_not_offered", r.what + " has no price in this currency");
    case Refusal::not_deliverable:
      return about(422, "not_deliverable", "we do not deliver to " + r.what);
    case Refusal::unknown_shipping:
      return about(422, "unknown_shipping", "there is no shipping method " + r.what);
    case Refusal::unknown_promotion:
      return about(422, "unknown_promotion", "there is no promotion " + r.what);
    case Refusal::promotion_not_applicable: {
      const std::string reason =
          boost::describe::enum_to_string(r.promotion.value_or(PromotionReason::no_effect), "");
      return problem(r.promotion == PromotionReason::used_up ? 409 : 422,
                     "promotion_not_applicable", "the promotion " + r.what + ": " + reason,
                     "\"reason\":\"" + reason + "\",\"missing\":" + number(r.wanted));
    }
    case Refusal::too_many_promotions:
      return about(422, "too_many_promotions",
                   "the basket names " + number(r.wanted) + " promotions when " +
                       number(kMostCodes) + " are allowed");
    case Refusal::unknown_method:
      return about(422, "unknown_payment_method", "there is no payment method " + r.what);
    case Refusal::sign_in_needed:
      return about(401, "sign_in_needed", "a wallet belongs to a person: sign in");
    case Refusal::sold_out:
      return sold_out(r);
    case Refusal::total_drifted:
      return drifted(r);
    case Refusal::wallet_short:
      return problem(
          402, "payment_declined",
          "the wallet holds " + number(r.available) + " when " + number(r.wanted) + " are needed",
          "\"decline_code\":\"insufficient_funds\"");
    case Refusal::payment_declined: {
      std::string code;
      append_json_string(code, r.what);
      return problem(402, "payment_declined", "the payment was declined",
                     "\"decline_code\":" + code);
    }
    case Refusal::key_reused:
      return about(422, "idempotency_key_reused", "the Idempotency-Key belongs to another request");
    case Refusal::key_in_flight:
      return about(409, "idempotency_in_flight",
                   "a request with this Idempotency-Key is being worked on");
    case Refusal::cart_changed:
      return about(409, "cart_changed", "the cart was ordered or changed meanwhile");
    case Refusal::unavailable:
      return about(503, "unavailable", "nothing is known to be written: ask again, same key");
  }
  return about(500, "internal", "an unknown refusal");
}

Response placed_response(const Services& s, storage::Read& read, const Outcome& outcome) {
  if (!outcome.ok()) return problem_of(outcome.refusal());
  const Placed& placed = *outcome;
  PlacedOut out;
  out.id = placed.group.id;
  out.total = placed.group.total;
  for (const Order& order : placed.orders) {
    auto merchant = s.offers.merchant(read, order.merchant);
    out.orders.push_back(order_out(order, merchant.get()));
  }
  out.payment.id = placed.group.payment;
  out.payment.state = payment_state(placed.group);
  if (!placed.group.action.empty()) out.payment.action = placed.group.action;
  out.token = s.checkout.order_token(placed.group.id);
  Response r = http::json(json_of(out), 201);
  if (placed.replayed) r.with("Idempotency-Replayed", "true");
  return r;
}

void mount(http::Router& router, Services s) {
  mount_reading(router, s);
  mount_carts(router, s);
  mount_fee_preview(router, s);
  mount_aftersale(router, s);
  mount_refunds(router, s);
  mount_promotions(router, s);
  mount_shipping(router, s);
  mount_tax(router, s);
  mount_edit(router, s);
  mount_market(router, s);
  mount_documents(router, s);

  Route express_route =
      order_route(Method::post, "/api/v1/checkouts/express",
                  {"orders.write", Owner::everyone, Rate::checkout, Idempotency::own},
                  "A whole basket in one call: all or nothing");
  express_route.request = schema_of<ExpressIn>();
  express_route.response = schema_of<PlacedOut>();
  express_route.success = 201;
  express_route.refusals = {
      "sold_out",        "total_drifted",     "payment_declined",        "unknown_sku",
      "not_deliverable", "unknown_merchant",  "idempotency_key_reused",  "idempotency_in_flight",
      "rate_limited",    "unknown_promotion", "promotion_not_applicable"};
  router.detached(express_route, [s](std::shared_ptr<Context> c, const http::Reply& reply) {
    express(s, c, reply);
  });

  Route cancel_route =
      order_route(Method::post, "/api/v1/orders/{id}/cancellation",
                  {"orders.write", Owner::everyone, Rate::write, Idempotency::optional},
                  "Gives an order up: units and money go back");
  cancel_route.response = schema_of<OrderOut>();
  cancel_route.refusals = {"unknown_order", "not_cancellable"};
  router.write(cancel_route, [s](Context& c) { return cancellation(s, c); });

  Route erase_route =
      order_route(Method::del, "/api/v1/orders/{id}/contact",
                  {"orders.write", Owner::everyone, Rate::write, Idempotency::natural},
                  "Erases e-mail and address of a guest's whole checkout for good");
  erase_route.response = Schema::none();
  erase_route.success = 204;
  erase_route.refusals = {"unknown_order", "of_an_account", "order_open"};
  router.detached(erase_route,
                  [s, &router](const std::shared_ptr<Context>& c, const http::Reply& reply) {
                    erasure(router, s, c, reply);
                  });
}

}  // namespace fondaco::orders
