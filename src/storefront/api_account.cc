// Sign-in, sign-up, sign-out and the own account.
#include "api_shop.h"

#include <fondaco/orders/history.h>

#include <algorithm>

namespace fondaco::storefront {
namespace {

using http::WritePlan;
using shoppers::Refusal;
using Shared = std::shared_ptr<Context>;

constexpr Duration kCookieAge = days(400);  // The server decides when a session ends.
constexpr int kOrdersShown = 50;
constexpr http::Access kSignIn{"-", http::Owner::everyone, http::Rate::sign_in,
                               http::Idempotency::natural};

std::string said(std::string_view locale, std::string_view key) {
  return std::string(say(locale, key));
}

struct SignForm {
  std::string email;
  std::string name;
  std::string next = "/account";
  std::string error;  // Beside the field `at`, or above the form when that is empty.
  std::string at;
  std::string notice;
  bool totp = false;
  int status = 200;
};

Input input(const SignForm& f, std::string name, std::string label) {
  Input in{std::move(name), std::move(label)};
  if (in.name == f.at) in.error = f.error;
  return in;
}

Response sign_page(Shop& shop, const Context& c, storage::Read& read, bool up, SignForm f) {
  const std::string_view locale = c.locale();
  std::vector<Input> inputs;
  if (up) {
    Input name = input(f, "name", said(locale, "sign_up.name"));
    name.value = f.name;
    name.autocomplete = "name";
    inputs.push_back(std::move(name));
  }
  Input email = input(f, "email", said(locale, "checkout.email"));
  email.value = f.email;
  email.type = "email";
  email.autocomplete = up ? "email" : "username";
  email.required = true;
  inputs.push_back(std::move(email));
  Input password = input(f, "password", said(locale, "password"));
  password.type = "password";
  password.autocomplete = up ? "new-password" : "current-password";
  password.hint = up ? said(locale, "help.password") : "";
  password.required = true;
  inputs.push_back(std::move(password));
  if (f.totp) {
    Input code = input(f, "totp", said(locale, "totp"));
    code.autocomplete = "one-time-code";
    code.required = true;
    inputs.push_back(std::move(code));
  }
  View view;
  std::vector<View> fields;
  for (Input& in : inputs) {
    in.wide = true;
    fields.push_back(input_view(in, locale));
  }
  view.set("fields", fields).set("next", f.next).set("up", up);
  view.set("next_query", percent_encode(f.next)).maybe("notice", f.notice);
  set_errors(view, inputs, f.at.empty() ? f.error : "");
  const std::string title = said(locale, up ? "sign_up.title" : "sign_in.title");
  view.set("heading", title);
  return page(shop, c, &read, "sign-in", std::move(view), {.title = title}, f.status);
}

/// Which field a refusal is about, and what is said there.
void explain(SignForm& f, Refusal refusal, std::string_view locale) {
  f.status = 422;
  const auto at = [&](std::string field_name, std::string_view key) {
    f.at = std::move(field_name);
    f.error = said(locale, key);
  };
  switch (refusal) {
    case Refusal::email_malformed:
      return at("email", "error.email");
    case Refusal::name_too_long:
      return at("name", "error.name_long");
    case Refusal::password_too_short:
      return at("password", "error.password_short");
    case Refusal::password_too_long:
      return at("password", "error.password_long");
    case Refusal::password_breached:
      return at("password", "error.password_breached");
    case Refusal::totp_needed:
      f.totp = true;
      return at("totp", "error.totp_needed");
    case Refusal::totp_wrong:
      f.totp = true;
      return at("totp", "error.totp");
    case Refusal::throttled:
      f.status = 429;
      return at("", "error.throttled");
    default:
      return at("", "error.wrong_credentials");
  }
}

/// On the worker pool: opens the session, and the guest's basket becomes the person's.
Response sign_in_now(Shop& shop, const Context& c, const CartKey& guest, SignForm f,
                     const shoppers::SignIn& attempt) {
  const auto session = shop.s.shoppers.sign_in(attempt);
  if (!session.ok()) {
    explain(f, session.refusal(), c.locale());
    auto read = shop.s.store.main().read();
    return sign_page(shop, c, read, false, std::move(f));
  }
  Response r = http::redirect(safe_next(f.next, "/account"));
  r.with("Set-Cookie",
         http::session_cookie(shoppers::kSessionCookie, session->token, kCookieAge, c.request()));
  r.with("Cache-Control", "no-store");
  if (guest.id && !guest.owner.secret.empty()) {
    // Unknown or ordered baskets have nothing to bring along.
    static_cast<void>(shop.s.store.main().write([&](storage::Tx& tx) {
      auto merged = orders::merge_cart(tx, guest.id, guest.owner.secret, session->person);
      if (!merged.ok()) tx.refuse();
      return merged.ok();
    }));
    r.with("Set-Cookie", no_cart_cookie(c.request()));
  }
  return r;
}

void on_pool(http::Router& router, const http::Reply& reply, std::function<Response()> work) {
  const auto job = [reply, work = std::move(work)] {
    try {
      reply(work());
    } catch (const Fault&) {  // A thread of the pool: here its work ends.
      reply(http::problem(503, "unavailable", "this could not be done now, try again"));
    }
  };
  if (!router.offload(job)) {
    reply(http::problem(503, "busy", "too many sign-ins wait, try again").with("Retry-After", "1"));
  }
}

SignForm form_of(const http::Request& r) {
  SignForm f;
  f.email = field(r, "email");
  f.name = field(r, "name");
  f.next = safe_next(field(r, "next"), "/account");
  f.totp = r.form_value("totp").has_value();
  return f;
}

shoppers::SignIn attempt_of(const http::Request& r, const SignForm& f) {
  const std::string totp = field(r, "totp");
  return {f.email, r.form_value("password").value_or(""),
          totp.empty() ? std::nullopt : std::optional(totp), r.remote,
          std::string(r.header("user-agent"))};
}

CartKey guest_cart(Context& c) { return c.who().person ? CartKey{} : cart_key(c.read(), c); }

void sign_in(const SharedShop& shop, http::Router& router, const Shared& c,
             const http::Reply& reply) {
  const SignForm f = form_of(c->request());
  static_cast<void>(c->locale());  // Known before another thread asks.
  on_pool(router, reply, [shop, c, f, guest = guest_cart(*c)] {
    return sign_in_now(*shop, *c, guest, f, attempt_of(c->request(), f));
  });
}

void sign_up(const SharedShop& shop, http::Router& router, const Shared& c,
             const http::Reply& reply) {
  const SignForm f = form_of(c->request());
  const std::string locale(c->locale());
  on_pool(router, reply, [shop, c, f, locale, guest = guest_cart(*c)] {
    const auto attempt = attempt_of(c->request(), f);
    const auto made = shop->s.shoppers.sign_up({f.email, attempt.password, f.name, locale});
    SignForm shown = f;
    if (!made.ok()) {
      explain(shown, made.refusal(), locale);
      auto read = shop->s.store.main().read();
      return sign_page(*shop, *c, read, true, std::move(shown));
    }
    // A known address was told nothing; whoever knows its password is simply signed in.
    return sign_in_now(*shop, *c, guest, shown, attempt);
  });
}

WritePlan plan_sign_out(Shop& shop, Context& c) {
  const std::string cookie =
      http::session_cookie(shoppers::kSessionCookie, "", Duration{}, c.request());
  const auto done = [cookie] {
    return http::redirect("/sign-in?notice=signed_out").with("Set-Cookie", cookie);
  };
  if (!c.who().session) return done();
  return [&shop, who = c.who().person, session = c.who().session, done](storage::Tx& tx) {
    // A session that is gone already is as good as ended.
    static_cast<void>(shoppers::revoke_session(tx, who, session));
    tx.after_commit([&shop, who] { shop.s.shoppers.identities().drop_person(who); });
    return Response(done());
  };
}

Response show_sign(Shop& shop, Context& c, bool up) {
  SignForm f;
  f.next = safe_next(c.request().query_value("next").value_or(""), "/account");
  if (c.who().person) return http::redirect(f.next);
  const auto notice = c.request().query_value("notice").value_or("");
  if (notice == "signed_out") f.notice = said(c.locale(), "signed_out");
  if (notice == "new_password") f.notice = said(c.locale(), "reset.done");
  if (notice == "first") f.notice = said(c.locale(), "sign_in_first");
  return sign_page(shop, c, c.read(), up, std::move(f));
}

/// What was bought in the shops that moved in here: for reading only, so it leads nowhere.
std::vector<View> past_orders(Shop& shop, Context& c, PersonId person) {
  std::vector<View> rows;
  for (const auto& order : orders::past_orders_of_person(c.read(), person, kOrdersShown)) {
    const auto merchant = shop.s.offers.merchant(c.read(), order.merchant);
    std::int64_t units = 0;
    for (const auto& line : order.lines) units += line.quantity;
    View v;
    v.set("number", order.number).set("state_text", order.state);
    v.set("merchant", merchant ? merchant_name(*merchant, c.locale()) : to_text(order.merchant));
    v.set("placed", show_time(order.placed_at, c.locale()));
    v.set("units", say_count(c.locale(), "cart.lines", units));
    v.set("total", show_money(order.money(order.total), c.locale()));
    rows.push_back(std::move(v));
  }
  return rows;
}

Response account(Shop& shop, Context& c) {
  const PersonId person = c.who().person;
  if (!person) return http::redirect("/sign-in?next=%2Faccount&notice=first");
  const std::string_view locale = c.locale();
  View view;
  const auto found = shoppers::find_person(c.read(), shop.s.shoppers.keyring(), person);
  view.set("profile", false);
  if (found && found->profile) {
    view.set("profile",
             View().set("email", found->profile->email).maybe("name", found->profile->name));
  }
  std::vector<View> rows;
  std::vector<OrderId> ids;
  {
    auto derived = shop.s.store.derived().read();
    ids = orders::order_ids_of_person(derived, person, {}, kOrdersShown);
  }
  for (const OrderId id : ids) {
    const auto order = orders::find_order(c.read(), id);
    if (!order) continue;
    const auto merchant = shop.s.offers.merchant(c.read(), order->merchant);
    const std::string state = boost::describe::enum_to_string(order->state, "paid");
    std::int64_t units = 0;
    for (const auto& line : order->lines) units += line.quantity;
    View v;
    v.set("url", "/o/" + to_text(order->group)).set("state", state);
    v.set("state_text", say(locale, "order.state." + state));
    v.set("merchant", merchant ? merchant_name(*merchant, locale) : to_text(order->merchant));
    v.set("placed", show_time(order->placed_at, locale));
    v.set("units", say_count(locale, "cart.lines", units));
    v.set("total", show_money(order->money(order->total), locale));
    rows.push_back(std::move(v));
  }
  view.set("orders", rows).set("has_orders", !rows.empty());
  const auto past = past_orders(shop, c, person);
  view.set("past", past).set("has_past", !past.empty());
  return own_page(shop, c, c.read(), "account", std::move(view),
                  {.title = said(locale, "account.title")});
}

}  // namespace

void mount_account(http::Router& router, const SharedShop& shop) {
  router.read(page_route("/sign-in", "The form to sign in"),
              [shop](Context& c) { return show_sign(*shop, c, false); });
  router.read(page_route("/sign-up", "The form to create an account"),
              [shop](Context& c) { return show_sign(*shop, c, true); });
  router.detached(
      form_route("/sign-in", "Signs in; a guest's basket comes along", kSignIn),
      [shop, &router](Shared c, http::Reply reply) { sign_in(shop, router, c, reply); });
  router.detached(
      form_route("/sign-up", "Creates an account and signs in", kSignIn),
      [shop, &router](Shared c, http::Reply reply) { sign_up(shop, router, c, reply); });
  router.write(form_route("/sign-out", "Ends the session"),
               [shop](Context& c) { return plan_sign_out(*shop, c); });
  router.read(page_route("/account", "The signed-in person's orders and profile"),
              [shop](Context& c) { return account(*shop, c); });
}

}  // namespace fondaco::storefront
