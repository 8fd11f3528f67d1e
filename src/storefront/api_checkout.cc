// One page from basket to order. The form carries a key of its own, made when it is shown, so
// that sending it twice buys once; and the total that it shows, so that nothing else is charged.
#include "api_shop.h"

#include <fondaco/base/random.h>
#include <fondaco/ledger.h>
#include <fondaco/orders/pricing.h>

#include <boost/describe/enum_to_string.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <thread>

namespace fondaco::storefront {
namespace {

using orders::Outcome;
using Shared = std::shared_ptr<Context>;

constexpr std::string_view kCountries =
    "at be bg ch cn cy cz de dk ee es fi fr gb gr hr hu ie it jp lt lu lv mt nl no pl pt ro se si "
    "sk";
constexpr std::array<std::string_view, 4> kTestTokens{"approve", "decline", "3ds", "late"};
constexpr std::size_t kFieldMost = 200;
constexpr Duration kOrderCookieAge = days(30);
constexpr int kLooks = 20;  // At a key that is being worked on, every 100 ms.

std::string said(std::string_view locale, std::string_view key) {
  return std::string(say(locale, key));
}

/// The form as it was filled in.
struct Form {
  CartId cart;
  orders::Contact contact;
  std::string shipping = "standard";
  std::map<std::string, std::string> shippings;  // By merchant with rates of his own.
  std::string payment;                           // "wallet" or "test:approve".
  std::string key;
  std::optional<Money> expected;
};

Form form_of(const http::Request& r) {
  Form f;
  f.cart = id_from_text<CartId>(field(r, "cart")).value_or(CartId{});
  const auto optional = [&](std::string_view name) {
    std::string text = field(r, name);
    return text.empty() ? std::nullopt : std::optional(std::move(text));
  };
  f.contact = {field(r, "email"),     field(r, "name"),   field(r, "line1"),    optional("line2"),
               field(r, "city"),      optional("region"), optional("postcode"), field(r, "country"),
               optional("telephone"), optional("vat_id")};
  f.shipping = field(r, "shipping");
  if (f.shipping.empty()) f.shipping = "standard";
  f.payment = field(r, "payment");
  f.key = field(r, "key").substr(0, 64);
  const auto minor = parse_int(field(r, "expected_minor"));
  const auto currency = Currency::parse(field(r, "expected_currency"));
  if (minor && currency) f.expected = Money{*minor, *currency};
  return f;
}

/// What the key stands for: everything that was chosen, in a fixed order.
std::string body_of(const Form& f) {
  std::string out = "storefront\n" + to_text(f.cart);
  const auto& c = f.contact;
  for (const std::string& text :
       {c.email, c.name, c.line1, c.line2.value_or(""), c.city, c.region.value_or(""),
        c.postcode.value_or(""), c.country, c.telephone.value_or(""), c.vat_id.value_or(""),
        f.shipping, f.payment}) {
    out += "\n" + text;
  }
  for (const auto& [merchant, method] : f.shippings) out += "\n" + merchant + "=" + method;
  if (f.expected) out += "\n" + std::to_string(f.expected->minor);
  return out;
}

std::vector<Input> inputs_of(const Form& f, bool check, std::string_view locale) {
  const auto& c = f.contact;
  std::vector<Input> inputs{
      {"email", said(locale, "checkout.email"), c.email, "", said(locale, "checkout.email_hint"),
       "email", "email", true, true},
      {"name", said(locale, "address.name"), c.name, "", "", "text", "name", true, true},
      {"line1", said(locale, "address.line1"), c.line1, "", "", "text", "address-line1", true,
       true},
      {"line2", said(locale, "address.line2"), c.line2.value_or(""), "", "", "text",
       "address-line2", false, true},
      {"postcode", said(locale, "address.postcode"), c.postcode.value_or(""), "", "", "text",
       "postal-code", false, false},
      {"city", said(locale, "address.city"), c.city, "", "", "text", "address-level2", true, false},
      {"region", said(locale, "address.region"), c.region.value_or(""), "", "", "text",
       "address-level1", false, false},
      {"telephone", said(locale, "address.telephone"), c.telephone.value_or(""), "", "", "tel",
       "tel", false, false},
      {"vat_id", said(locale, "address.vat_id"), c.vat_id.value_or(""), "", "", "text", "off",
       false, false}};
  if (inputs.back().value.size() > 0 && !orders::vat_id_formed(inputs.back().value)) {
    inputs.back().error = say(locale, "error.vat_id");
  }
  if (!check) return inputs;
  for (Input& in : inputs) {
    if (in.required && in.value.empty()) in.error = say(locale, "error.empty");
    if (in.value.size() > kFieldMost) in.error = say(locale, "error.too_long");
  }
  if (inputs[0].error.empty() && !shoppers::parse_email(inputs[0].value)) {
    inputs[0].error = say(locale, "error.email");
  }
  return inputs;
}

std::vector<View> country_options(const std::string& chosen, std::string_view locale) {
  std::vector<std::pair<std::string, std::string>> named;
  for (const auto code : split(kCountries, ' ')) {
    std::string upper(code);
    for (char& ch : upper) ch = static_cast<char>(ch - 'a' + 'A');
    if (orders::deliverable(upper)) named.emplace_back(country_name(upper, locale), upper);
  }
  std::sort(named.begin(), named.end());
  std::vector<View> out;
  for (const auto& [name, code] : named) {
    out.push_back(View().set("value", code).set("label", name).set("selected", code == chosen));
  }
  return out;
}

constexpr std::string_view kShippingField = "shipping.";

/// What was chosen for single merchants of the basket.
void read_shippings(const http::Request& r, const orders::Cart& cart, Form& f) {
  for (const auto& line : cart.lines) {
    std::string method = field(r, std::string(kShippingField) + line.merchant);
    if (!method.empty()) f.shippings[line.merchant] = std::move(method);
  }
}

std::vector<View> option_views(const std::vector<orders::ShippingOption>& options,
                               std::string_view chosen, std::string_view locale) {
  std::vector<View> out;
  for (const auto& o : options) {
    View v;
    v.set("value", o.method).set("label", shipping_name(o.method, o.title, o.title_zh, locale));
    v.set("price", o.price.minor == 0 ? said(locale, "free") : show_money(o.price, locale));
    v.maybe("note", o.days_most == 0 ? ""
                                     : say(locale, "shipping.days",
                                           {{"least", std::to_string(o.days_least)},
                                            {"most", std::to_string(o.days_most)}}));
    v.set("checked", o.method == chosen);
    out.push_back(std::move(v));
  }
  return out;
}

/// One choice for all merchants with the platform's rates, one for each with rates of his own.
std::vector<View> shipping_groups(Shop& shop, storage::Read& read, const Form& f,
                                  const orders::Quote* quote, Currency currency,
                                  std::string_view locale) {
  std::vector<View> out;
  bool usual = !quote;
  for (std::size_t i = 0; quote && i < quote->orders.size(); ++i) {
    const auto& order = quote->orders[i];
    const auto& options = quote->shipping[i];
    if (order.details.shipping_title.empty()) {
      usual = true;
      continue;
    }
    const auto merchant = shop.s.offers.merchant(read, order.merchant);
    const std::string slug = merchant ? merchant->slug : to_text(order.merchant);
    View group;
    group.set("name", std::string(kShippingField) + slug);
    group.maybe("legend", merchant ? merchant_name(*merchant, locale) : slug);
    group.set("options", option_views(options, order.shipping_method, locale));
    out.push_back(std::move(group));
  }
  if (usual) {
    View group;
    group.set("name", "shipping").set("legend", false);
    group.set("options", option_views(orders::default_options(currency), f.shipping, locale));
    out.insert(out.begin(), std::move(group));
  }
  return out;
}

std::vector<View> payment_options(const Shop& shop, storage::Read& read, const Form& f,
                                  PersonId person, Currency currency, std::string_view locale) {
  std::vector<View> out;
  const auto add = [&](std::string value, std::string label, std::string note) {
    View v;
    const bool first = f.payment.empty() && out.empty();
    v.set("checked", first || value == f.payment).set("value", std::move(value));
    v.set("label", std::move(label)).maybe("note", std::move(note));
    out.push_back(std::move(v));
  };
  if (person) {
    Money balance{0, currency};
    for (const auto& a : ledger::accounts_of(read, ledger::AccountKind::wallet, person.value)) {
      if (a.ref.currency == currency) balance.minor = a.balance;
    }
    add("wallet", say(locale, "pay.wallet_balance", {{"amount", show_money(balance, locale)}}), "");
  }
  if (shop.s.test_provider) {
    for (const auto token : kTestTokens) {
      add("test:" + std::string(token), said(locale, "pay.test"),
          said(locale, "pay.test." + std::string(token)));
    }
  }
  return out;
}

std::string new_key() { return to_base64url(SecureRandom().bytes(16)); }

/// Everything that the form shows; used again when something was refused.
struct Shown {
  Form form;
  bool check = false;   // Say what is missing.
  std::string message;  // About the whole form.
  int status = 200;
};

/// `read` is the caller's; the cart has been found open.
Response show(Shop& shop, const Context& c, storage::Read& read, const orders::Cart& cart,
              Shown shown) {
  const std::string_view locale = c.locale();
  Form& f = shown.form;
  View view;
  orders::Purchase purchase = orders::purchase_of(cart);
  purchase.contact = f.contact;
  purchase.shipping = f.shipping;
  purchase.shippings = f.shippings;
  auto quoted = shop.s.checkout.quote(read, purchase);
  if (!quoted.ok() && quoted.refusal().reason == orders::Refusal::unknown_shipping) {
    // The way that was chosen does not lead to the new address: the usual one of each merchant.
    purchase.shipping = f.shipping = "standard";
    purchase.shippings.clear();
    quoted = shop.s.checkout.quote(read, purchase);
  }
  if (!quoted.ok() && shown.message.empty()) {
    shown.message = refusal_text(quoted.refusal(), locale);
    shown.status = 409;
  }
  const auto inputs = inputs_of(f, shown.check, locale);
  std::vector<View> address;
  for (const Input& in : inputs) {
    if (in.name == "email") {
      view.set("email", std::vector<View>{input_view(in, locale)});
    } else {
      address.push_back(input_view(in, locale));
    }
  }
  view.set("address", address);
  set_errors(view, inputs, shown.message);
  view.set("countries", country_options(f.contact.country, locale));
  view.set("shipping_groups",
           shipping_groups(shop, read, f, quoted.ok() ? &*quoted : nullptr, cart.currency, locale));
  view.set("payment_options",
           payment_options(shop, read, f, c.who().person, cart.currency, locale));
  view.set("test_payments", shop.s.test_provider != nullptr);
  view.set("quoted", quoted.ok()).set("cart", to_text(cart.id)).set("key", f.key);
  view.set("expected_minor", "").set("expected_currency", "").set("total", false);
  if (quoted.ok()) {
    Money total{0, cart.currency};
    for (const auto& order : quoted->orders) total += order.money(order.total);
    view.set("orders", order_views(shop, read, quoted->orders, locale));
    view.set("total", show_money(total, locale));
    view.set("expected_minor", std::to_string(total.minor));
    view.set("expected_currency", total.currency.code());
  }
  return own_page(shop, c, read, "checkout", std::move(view),
                  {.title = said(locale, "checkout.title")}, shown.status);
}

void prefill(Shop& shop, Context& c, Form& f) {
  f.contact.country = c.locale() == "zh" ? "CN" : "DE";
  if (!c.who().person) return;
  auto& keyring = shop.s.shoppers.keyring();
  const auto person = shoppers::find_person(c.read(), keyring, c.who().person);
  if (person && person->profile) {
    f.contact.email = person->profile->email;
    f.contact.name = person->profile->name;
  }
  const auto saved = shoppers::addresses_of(c.read(), keyring, c.who().person);
  if (saved.empty()) return;
  const auto& a = saved.front().address;
  f.contact = {f.contact.email, a.name,     a.line1,   a.line2,    a.city,
               a.region,        a.postcode, a.country, a.telephone};
}

Response first_look(Shop& shop, Context& c) {
  const auto cart = open_cart(c.read(), cart_key(c.read(), c));
  if (!cart || cart->lines.empty()) return http::redirect("/cart");
  Shown shown;
  prefill(shop, c, shown.form);
  shown.form.key = new_key();
  return show(shop, c, c.read(), *cart, std::move(shown));
}

int status_of(orders::Refusal refusal) {
  switch (refusal) {
    case orders::Refusal::sold_out:
    case orders::Refusal::total_drifted:
    case orders::Refusal::key_in_flight:
    case orders::Refusal::cart_changed:
      return 409;
    case orders::Refusal::wallet_short:
    case orders::Refusal::payment_declined:
      return 402;
    case orders::Refusal::unavailable:
      return 503;
    default:
      return 422;
  }
}

/// A declined basket was given up with its order: its lines go on in a new one.
struct Revived {
  CartId id;
  std::string secret;
};
Revived revive(Shop& shop, const orders::Cart& cart) {
  return shop.s.store.main().write([&](storage::Tx& tx) {
    const auto made = orders::create_cart(tx, cart.person, cart.currency);
    for (const auto& line : cart.lines) {
      const auto put = orders::change_line(tx, made.id, {cart.person, made.secret}, line, true);
      FONDACO_CHECK(put.ok());
    }
    return Revived{made.id, made.secret};
  });
}

class Placing : public std::enable_shared_from_this<Placing> {
 public:
  Placing(SharedShop shop, http::Router& router, Shared c, http::Reply reply, Form form)
      : shop_(std::move(shop)),
        router_(router),
        c_(std::move(c)),
        reply_(std::move(reply)),
        form_(std::move(form)) {}

  void place(storage::Read& read) {
    orders::Purchase p = orders::purchase_of(cart);
    p.person = c_->who().person;
    p.actor = c_->who().actor();
    p.trace = c_->request().id;
    p.contact = form_.contact;
    p.shipping = form_.shipping;
    p.shippings = form_.shippings;
    const auto colon = form_.payment.find(':');
    p.method = form_.payment.substr(0, colon);
    if (colon != std::string::npos) p.token = form_.payment.substr(colon + 1);
    p.expected_total = form_.expected;
    p.key = form_.key;
    p.body = body_of(form_);
    keep_applied(read, p);
    shop_->s.checkout.place(read, std::move(p), [self = shared_from_this()](Outcome outcome) {
      self->end(std::move(outcome));
    });
  }

  orders::Cart cart;

 private:
  /// What the page has shown as not applying is not asked for; the total that it has shown holds.
  void keep_applied(storage::Read& read, orders::Purchase& p) {
    if (p.promotions.empty()) return;
    const auto quote = shop_->s.checkout.quote(read, p);
    if (!quote.ok()) return;
    std::erase_if(p.promotions, [&](const std::string& code) {
      return !code_problem(*quote, code, "en").empty();
    });
  }

  /// Called on any thread, the writer's too: what reads or writes goes to the pool.
  void end(Outcome outcome) {
    auto self = shared_from_this();
    const auto work = [self, outcome = std::move(outcome)] {
      try {
        self->answer(outcome);
      } catch (const Fault&) {  // A thread of the pool: here its work ends.
        self->reply_(http::problem(503, "unavailable", "the page could not be made"));
      }
    };
    if (!router_.offload(work)) {
      reply_(
          http::problem(503, "busy", "too many requests wait, try again").with("Retry-After", "1"));
    }
  }

  void answer(const Outcome& outcome) {
    if (outcome.ok()) return reply_(placed(*outcome));
    const orders::Refusing& r = outcome.refusal();
    if (r.reason == orders::Refusal::key_in_flight && ++looks_ < kLooks) {
      // The same form was sent a moment ago: its order is the answer to both.
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      return place(*shop_->s.store.main().read());
    }
    refused(r);
  }

  Response placed(const orders::Placed& placed) {
    const auto& group = placed.group;
    const bool elsewhere =
        !group.action.empty() && group.state == orders::OrderState::pending_payment;
    Response r = http::redirect(elsewhere ? group.action : "/o/" + to_text(group.id));
    r.with("Set-Cookie", http::session_cookie(order_cookie_name(group.id),
                                              shop_->s.checkout.order_token(group.id),
                                              kOrderCookieAge, c_->request()));
    if (!c_->who().person) r.with("Set-Cookie", no_cart_cookie(c_->request()));
    return r;
  }

  void refused(const orders::Refusing& r) {
    Shown shown{form_, false, refusal_text(r, c_->locale()), status_of(r.reason)};
    if (r.reason == orders::Refusal::wallet_short) {
      const auto money = [&](std::int64_t minor) {
        return show_money({minor, cart.currency}, c_->locale());
      };
      shown.message = say(c_->locale(), "error.wallet_short",
                          {{"available", money(r.available)}, {"wanted", money(r.wanted)}});
    }
    std::string cookie;
    if (r.reason == orders::Refusal::payment_declined) {
      const Revived revived = revive(*shop_, cart);
      shown.form.key = new_key();
      if (!cart.person) cookie = cart_cookie(revived.id, revived.secret, c_->request());
      cart.id = revived.id;
    } else if (r.reason != orders::Refusal::key_in_flight &&
               r.reason != orders::Refusal::unavailable) {
      shown.form.key = new_key();  // The next try is another request.
    }
    if (r.reason == orders::Refusal::cart_changed) return reply_(http::redirect("/cart"));
    auto read = shop_->s.store.main().read();
    Response response = show(*shop_, *c_, read, cart, std::move(shown));
    if (!cookie.empty()) response.with("Set-Cookie", cookie);
    reply_(std::move(response));
  }

  SharedShop shop_;
  http::Router& router_;
  Shared c_;
  http::Reply reply_;
  Form form_;
  int looks_ = 0;
};

bool known_payment(const Shop& shop, const Form& f, bool signed_in) {
  if (f.payment == "wallet") return signed_in;
  if (!shop.s.test_provider || !f.payment.starts_with("test:")) return false;
  const std::string_view token = std::string_view(f.payment).substr(5);
  return std::find(kTestTokens.begin(), kTestTokens.end(), token) != kTestTokens.end();
}

void submit(const SharedShop& shop, http::Router& router, const Shared& c,
            const http::Reply& reply) {
  Form form = form_of(c->request());
  CartKey key = cart_key(c->read(), *c);
  // The basket of the form, open or ordered by this very form a moment ago.
  const auto cart = orders::find_cart(c->read(), form.cart, key.owner);
  if (!cart.ok() || cart->lines.empty() || cart->state == orders::CartState::merged) {
    return reply(http::redirect("/cart"));
  }
  read_shippings(c->request(), *cart, form);
  const bool update = c->request().form_value("update").has_value();
  Shown shown{form, !update, "", 200};
  const auto inputs = inputs_of(form, !update, c->locale());
  const bool wrong =
      std::any_of(inputs.begin(), inputs.end(), [](const Input& in) { return !in.error.empty(); });
  if (form.key.empty()) shown.form.key = form.key = new_key();
  if (!orders::deliverable(form.contact.country)) {
    shown.message = say(c->locale(), "error.country");
  } else if (!update && !known_payment(*shop, form, static_cast<bool>(c->who().person))) {
    shown.message = say(c->locale(), "error.sign_in_needed");
  }
  if (update || wrong || !shown.message.empty()) {
    if (!update) shown.status = 422;
    return reply(show(*shop, *c, c->read(), *cart, std::move(shown)));
  }
  auto placing = std::make_shared<Placing>(shop, router, c, reply, std::move(form));
  placing->cart = *cart;
  placing->place(c->read());
}

}  // namespace

std::string country_name(std::string_view code, std::string_view locale) {
  if (!orders::deliverable(code)) return std::string(code);
  return std::string(say(locale, "country." + to_lower_ascii(code)));
}

std::string refusal_text(const orders::Refusing& r, std::string_view locale) {
  using orders::Refusal;
  const auto number = [](std::int64_t n) { return std::to_string(n); };
  switch (r.reason) {
    case Refusal::sold_out:
      return say(
          locale, "error.sold_out",
          {{"what", r.what}, {"wanted", number(r.wanted)}, {"available", number(r.available)}});
    case Refusal::total_drifted:
      return say(locale, "error.drifted",
                 {{"actual", show_money(*r.actual, locale)},
                  {"expected", show_money(*r.expected, locale)}});
    case Refusal::wallet_short:
    case Refusal::payment_declined:
      return said(locale, "error.declined");
    case Refusal::unknown_sku:
    case Refusal::unknown_merchant:
      return say(locale, "error.unknown_sku", {{"what", r.what}});
    case Refusal::currency_not_offered:
      return say(locale, "error.currency", {{"what", r.what}});
    case Refusal::not_deliverable:
      return said(locale, "error.country");
    case Refusal::sign_in_needed:
      return said(locale, "error.sign_in_needed");
    case Refusal::key_in_flight:
      return said(locale, "error.in_flight");
    case Refusal::key_reused:
      return said(locale, "error.key_reused");
    case Refusal::cart_changed:
      return said(locale, "error.cart_changed");
    case Refusal::unavailable:
      return said(locale, "error.unavailable");
    case Refusal::bad_quantity:
      return said(locale, "error.quantity");
    case Refusal::too_many_lines:
      return said(locale, "error.many_lines");
    case Refusal::unknown_promotion:
    case Refusal::promotion_not_applicable:
      return say(
          locale, "error.promotion",
          {{"code", r.what},
           {"why",
            say(locale, "promotion." +
                            std::string(boost::describe::enum_to_string(
                                r.promotion.value_or(orders::PromotionReason::no_effect), "")))}});
    case Refusal::too_many_promotions:
      return said(locale, "error.many_promotions");
    case Refusal::unknown_shipping:
    case Refusal::unknown_method:
      return said(locale, "page_problem.other");
  }
  return said(locale, "page_problem.other");
}

void mount_checkout(http::Router& router, const SharedShop& shop) {
  router.read(page_route("/checkout", "Address, delivery, payment and total on one page"),
              [shop](Context& c) { return first_look(*shop, c); });
  // The form's own key makes it repeatable; a browser cannot send the header.
  http::Route route = form_route(
      "/checkout", "Orders the basket",
      {"orders.write", http::Owner::everyone, http::Rate::checkout, http::Idempotency::natural});
  router.detached(std::move(route),
                  [shop, &router](Shared c, http::Reply reply) { submit(shop, router, c, reply); });
}

}  // namespace fondaco::storefront
