#include "api_json.h"

#include <fondaco/base/text.h>
#include <fondaco/http/server.h>
#include <fondaco/orders/cart.h>
#include <fondaco/orders/pricing.h>

namespace fondaco::orders {

using http::Context;
using http::Idempotency;
using http::Method;
using http::Owner;
using http::problem;
using http::Rate;
using http::Response;
using http::Route;
using http::schema_of;

namespace {

constexpr std::string_view kCartToken = "Cart-Token";

struct NewCartIn {
  std::optional<Currency> currency;
};
BOOST_DESCRIBE_STRUCT(NewCartIn, (), (currency))

struct CartAddressIn {
  std::optional<std::string> email;
  std::string name;
  std::string line1;
  std::optional<std::string> line2;
  std::string city;
  std::optional<std::string> region;
  std::optional<std::string> postcode;
  std::string country;
  std::optional<std::string> telephone;
  std::optional<std::string> vat_id;
};
BOOST_DESCRIBE_STRUCT(CartAddressIn, (),
                      (email, name, line1, line2, city, region, postcode, country, telephone,
                       vat_id))

struct ShippingIn {
  std::string method;
  std::optional<std::string> merchant;  // Only for this one's parcel.
};
BOOST_DESCRIBE_STRUCT(ShippingIn, (), (method, merchant))

struct PromotionsIn {
  std::vector<std::string> codes;
};
BOOST_DESCRIBE_STRUCT(PromotionsIn, (), (codes))

struct CartLineIn {
  std::string merchant;
  std::optional<std::string> sku;
  std::optional<VariantId> variant;
  std::int64_t quantity = 0;
};
BOOST_DESCRIBE_STRUCT(CartLineIn, (), (merchant, sku, variant, quantity))

struct CartOut {
  CartId id;
  std::optional<std::string> token;  // Only when it is made: send it as Cart-Token.
  std::string state;
  Currency currency;
  std::vector<CartLine> lines;
  std::vector<OrderOut> orders;  // What it would cost now, one per merchant.
  std::optional<Money> total;
  std::vector<PromotionVerdictOut> promotions;  // What applies, and why others do not.
  std::vector<std::string> codes;               // As entered.
  std::optional<std::string> problem;           // Code of why it cannot be ordered as it is.
  std::string shipping;
  std::optional<std::string> country;
  std::optional<OrderGroupId> ordered_as;
  std::int64_t version = 1;
};
BOOST_DESCRIBE_STRUCT(CartOut, (),
                      (id, token, state, currency, lines, orders, total, promotions, codes, problem,
                       shipping, country, ordered_as, version))

Response refusal_response(CartRefusal refusal) {
  switch (refusal) {
    case CartRefusal::unknown_cart:
      return problem(404, "unknown_cart", "there is no such cart, or it is not yours");
    case CartRefusal::not_open:
      return problem(409, "cart_not_open", "the cart was ordered");
    case CartRefusal::too_many_lines:
      return problem(422, "too_many_lines",
                     "a basket has at most " + std::to_string(kMostLines) + " lines");
    case CartRefusal::too_many_promotions:
      return problem(422, "too_many_promotions",
                     "a basket names at most " + std::to_string(kMostCodes) + " promotions");
    case CartRefusal::bad_promotion:
      return http::invalid("/codes", "a code has 1 to 64 bytes and no comma");
    case CartRefusal::bad_quantity:
      return http::invalid("/quantity", "expected 1 to " + std::to_string(kMostQuantity));
    case CartRefusal::too_many_units:
      return http::invalid(
          "/quantity", "the line would have more than " + std::to_string(kMostQuantity) + " units");
  }
  return problem(500, "internal", "an unknown refusal");
}

CartOwner owner_of(const Context& c, CartId id) {
  CartOwner owner{c.who().person, std::string(c.request().header(kCartToken))};
  if (owner.secret.empty()) {
    owner.secret = http::session_cookie_of("cart_" + to_text(id), c.request()).value_or("");
  }
  return owner;
}

/// With the address as far as it is known: region and postcode decide about freight.
Purchase purchase_so_far(const Services& s, const Cart& cart) {
  Purchase p = purchase_of(cart);
  if (cart.key) {
    const auto text = s.keyring.open(cart.key, cart.contact);
    auto contact = text ? read_json<Contact>(*text) : Refused{JsonError{"", "erased"}};
    if (contact.ok()) p.contact = std::move(*contact);
  }
  // Before there is an address, one country stands for all.
  if (p.contact.country.empty()) p.contact.country = "DE";
  return p;
}

/// Where it goes and how must be possible; everything else may still be mended.
std::optional<Response> refused_by_quote(const Services& s, storage::Read& read,
                                         const Result<Cart, CartRefusal>& cart) {
  if (!cart.ok()) return std::nullopt;
  if (cart->lines.empty()) {
    Refusing r;
    r.reason = Refusal::unknown_shipping;
    r.what = cart->shipping;
    const bool known =
        cart->shipping == "cheapest" || shipping_price(cart->shipping, cart->currency);
    return known ? std::nullopt : std::optional(problem_of(r));
  }
  const auto quoted = s.checkout.quote(read, purchase_so_far(s, *cart));
  if (quoted.ok()) return std::nullopt;
  const Refusal reason = quoted.refusal().reason;
  if (reason != Refusal::not_deliverable && reason != Refusal::unknown_shipping)
    return std::nullopt;
  return problem_of(quoted.refusal());
}

/// The cart with its price; an empty one has none, and what stands in the way is named.
CartOut cart_out(const Services& s, storage::Read& read, const Cart& cart) {
  CartOut out;
  out.id = cart.id;
  out.state = cart.state == CartState::open      ? "open"
              : cart.state == CartState::ordered ? "ordered"
                                                 : "merged";
  out.currency = cart.currency;
  out.lines = cart.lines;
  out.codes = cart.promotions;
  out.shipping = cart.shipping;
  if (!cart.country.empty()) out.country = cart.country;
  if (cart.group) out.ordered_as = cart.group;
  out.version = cart.version;
  if (cart.lines.empty() || cart.state != CartState::open) return out;
  const auto quoted = s.checkout.quote(read, purchase_so_far(s, cart));
  if (!quoted.ok()) {
    out.problem = problem_of(quoted.refusal()).body;
    return out;
  }
  Money total{0, cart.currency};
  for (const Order& order : quoted->orders) total += order.money(order.total);
  out.orders = quote_out(s, read, *quoted);
  out.total = total;
  for (const PromotionVerdict& v : quoted->promotions) {
    out.promotions.push_back(verdict_out(v, cart.currency));
  }
  return out;
}

Response cart_response(const Services& s, storage::Read& read, const Result<Cart, CartRefusal>& r) {
  if (!r.ok()) return refusal_response(r.refusal());
  return http::json(json_of(cart_out(s, read, *r))).with("Cache-Control", "no-store");
}

std::optional<Response> check_line(const CartLineIn& line) {
  if (line.merchant.empty() || line.merchant.size() > 64) {
    return http::invalid("/merchant", "expected a slug or id");
  }
  if (!line.variant && (!line.sku || line.sku->empty())) {
    return http::invalid("/sku", "is missing (or name the variant)");
  }
  if (line.sku && line.sku->size() > 255) return http::invalid("/sku", "is longer than 255 bytes");
  return std::nullopt;
}

http::WritePlan plan_line(const Services& s, Context& c, bool set) {
  const auto id = c.id_param<CartId>("id");
  if (!id) return refusal_response(CartRefusal::unknown_cart);
  const auto in = http::body_as<CartLineIn>(c);
  if (!in.ok()) return in.refusal();
  if (auto bad = check_line(*in)) return *bad;
  const CartLine line{in->merchant, in->sku.value_or(""), in->variant, in->quantity};
  return [s, id = *id, owner = owner_of(c, *id), line, set](storage::Tx& tx) {
    return cart_response(s, tx, change_line(tx, id, owner, line, set));
  };
}

http::WritePlan plan_create(const Services& s, Context& c) {
  Currency currency = Currency::of("EUR");
  if (!c.request().body.empty()) {
    const auto in = http::body_as<NewCartIn>(c);
    if (!in.ok()) return in.refusal();
    currency = in->currency.value_or(currency);
  }
  return [s, person = c.who().person, currency, request = c.request()](storage::Tx& tx) {
    const NewCart made = create_cart(tx, person, currency);
    const auto cart = find_cart(tx, made.id, {person, made.secret});
    CartOut out = cart_out(s, tx, *cart);
    if (!person) out.token = made.secret;
    Response r = http::json(json_of(out), 201);
    if (!person) {
      r.with("Set-Cookie",
             http::session_cookie("cart_" + to_text(made.id), made.secret, days(30), request));
    }
    return r;
  };
}

http::WritePlan plan_address(const Services& s, Context& c) {
  const auto id = c.id_param<CartId>("id");
  if (!id) return refusal_response(CartRefusal::unknown_cart);
  const auto in = http::body_as<CartAddressIn>(c);
  if (!in.ok()) return in.refusal();
  const OrderAddress address{in->name,     in->line1,   in->line2,     in->city,  in->region,
                             in->postcode, in->country, in->telephone, in->vat_id};
  const Contact contact = contact_from(address, in->email);
  if (auto bad = check_contact(contact, false)) return *bad;
  CartOwner owner = owner_of(c, *id);
  const auto cart = find_cart(c.read(), *id, owner);
  if (!cart.ok()) return refusal_response(cart.refusal());
  // A basket keeps its key, so that one key opens all that was ever sealed in it. Taken before the
  // transaction: it may wait, and nothing may wait in there.
  const KeyId key = cart->key ? cart->key : s.keyring.take();
  return [s, id = *id, owner = std::move(owner), key, country = contact.country,
          sealed = s.keyring.seal(key, json_of(contact))](storage::Tx& tx) {
    const auto now = set_contact(tx, id, owner, key, sealed, country);
    if (auto bad = refused_by_quote(s, tx, now)) return *std::move(bad);
    return cart_response(s, tx, now);
  };
}

http::WritePlan plan_shipping(const Services& s, Context& c) {
  const auto id = c.id_param<CartId>("id");
  if (!id) return refusal_response(CartRefusal::unknown_cart);
  const auto in = http::body_as<ShippingIn>(c);
  if (!in.ok()) return in.refusal();
  if (in->method.empty() || in->method.size() > 32)
    return http::invalid("/method", "has 1 to 32 bytes");
  return [s, id = *id, owner = owner_of(c, *id), in = *in](storage::Tx& tx) {
    const auto cart = set_shipping(tx, id, owner, in.method, in.merchant.value_or(""));
    if (auto bad = refused_by_quote(s, tx, cart)) return *std::move(bad);
    return cart_response(s, tx, cart);
  };
}

http::WritePlan plan_promotions(const Services& s, Context& c) {
  const auto id = c.id_param<CartId>("id");
  if (!id) return refusal_response(CartRefusal::unknown_cart);
  const auto in = http::body_as<PromotionsIn>(c);
  if (!in.ok()) return in.refusal();
  return [s, id = *id, owner = owner_of(c, *id), codes = in->codes](storage::Tx& tx) {
    return cart_response(s, tx, set_promotions(tx, id, owner, codes));
  };
}

http::WritePlan plan_merge(const Services& s, Context& c) {
  const auto id = c.id_param<CartId>("id");
  if (!id) return refusal_response(CartRefusal::unknown_cart);
  const CartOwner owner = owner_of(c, *id);
  return [s, id = *id, owner](storage::Tx& tx) {
    return cart_response(s, tx, merge_cart(tx, id, owner.secret, owner.person));
  };
}

void checkout(const Services& s, const std::shared_ptr<Context>& c, const http::Reply& reply) {
  const auto in = http::body_as<CheckoutIn>(*c);
  if (!in.ok()) return reply(in.refusal());
  const auto cart = find_cart(c->read(), in->cart, owner_of(*c, in->cart));
  if (!cart.ok()) return reply(refusal_response(cart.refusal()));
  Purchase p = purchase_of(*cart);
  if (cart->key) {
    const auto text = s.keyring.open(cart->key, cart->contact);
    auto contact = text ? read_json<Contact>(*text) : Refused{JsonError{"", "erased"}};
    if (contact.ok()) p.contact = std::move(*contact);
  }
  if (in->email) p.contact.email = *in->email;
  if (auto bad = check_contact(p.contact, !c->who().person)) return reply(std::move(*bad));
  p.method = in->payment.method;
  p.token = in->payment.token.value_or("");
  if (in->promotions) p.promotions = *in->promotions;  // Instead of the cart's own.
  p.expected_total = in->expected_total;
  fill_from_context(p, *c);
  s.checkout.place(c->read(), std::move(p), [s, reply](const Outcome& outcome) {
    reply(placed_response(s, *s.store.main().read(), outcome));
  });
}

Route cart_route(Method method, std::string path, std::string summary,
                 Idempotency idempotency = Idempotency::natural) {
  Route r;
  r.method = method;
  r.path = std::move(path);
  r.access = {"orders.write", Owner::everyone, Rate::write, idempotency};
  r.summary = std::move(summary);
  r.response = schema_of<CartOut>();
  r.refusals = {"unknown_cart", "cart_not_open"};
  return r;
}

void mount_changes(http::Router& router, const Services& s) {
  Route create = cart_route(Method::post, "/api/v1/carts", "A new cart; its token is shown once",
                            Idempotency::optional);
  create.request = schema_of<NewCartIn>();
  create.success = 201;
  router.write(create, [s](Context& c) { return plan_create(s, c); });

  Route add = cart_route(Method::post, "/api/v1/carts/{id}/lines", "Adds units of one thing",
                         Idempotency::optional);
  add.request = schema_of<CartLineIn>();
  router.write(add, [s](Context& c) { return plan_line(s, c, false); });

  Route set = cart_route(Method::put, "/api/v1/carts/{id}/lines",
                         "Sets the units of one thing; 0 removes it");
  set.request = schema_of<CartLineIn>();
  router.write(set, [s](Context& c) { return plan_line(s, c, true); });

  Route address = cart_route(Method::put, "/api/v1/carts/{id}/address", "Where it goes");
  address.request = schema_of<CartAddressIn>();
  router.write(address, [s](Context& c) { return plan_address(s, c); });

  Route shipping = cart_route(Method::put, "/api/v1/carts/{id}/shipping", "How it goes");
  shipping.request = schema_of<ShippingIn>();
  router.write(shipping, [s](Context& c) { return plan_shipping(s, c); });

  Route promotions =
      cart_route(Method::put, "/api/v1/carts/{id}/promotions",
                 "Which codes the shopper has entered; the answer tells which apply");
  promotions.request = schema_of<PromotionsIn>();
  promotions.refusals.push_back("too_many_promotions");
  router.write(promotions, [s](Context& c) { return plan_promotions(s, c); });

  Route merge = cart_route(Method::post, "/api/v1/carts/{id}/merge",
                           "A guest's cart joins the signed-in person's", Idempotency::optional);
  merge.access = {"orders.write", Owner::self, Rate::write, Idempotency::optional};
  router.write(merge, [s](Context& c) { return plan_merge(s, c); });
}

}  // namespace

void mount_carts(http::Router& router, const Services& s) {
  mount_changes(router, s);

  Route get = cart_route(Method::get, "/api/v1/carts/{id}", "A cart with what it would cost now");
  get.access = {"orders.read", Owner::everyone, Rate::read, Idempotency::safe};
  router.read(get, [s](Context& c) {
    const auto id = c.id_param<CartId>("id");
    if (!id) return refusal_response(CartRefusal::unknown_cart);
    return cart_response(s, c.read(), find_cart(c.read(), *id, owner_of(c, *id)));
  });

  Route order = cart_route(Method::post, "/api/v1/checkouts", "Orders a cart", Idempotency::own);
  order.access = {"orders.write", Owner::everyone, Rate::checkout, Idempotency::own};
  order.request = schema_of<CheckoutIn>();
  order.response = schema_of<PlacedOut>();
  order.success = 201;
  order.refusals = {"unknown_cart",     "cart_changed", "sold_out",       "total_drifted",
                    "payment_declined", "unknown_sku",  "not_deliverable"};
  router.detached(
      order, [s](std::shared_ptr<Context> c, const http::Reply& reply) { checkout(s, c, reply); });
}

}  // namespace fondaco::orders
