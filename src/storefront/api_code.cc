// What is opened with a code from a mail: a new password, a guest's order in another browser. The
// code is typed: no secret is in an address.
#include "api_shop.h"

#include <fondaco/orders/guest_code.h>
#include <fondaco/shoppers/codes.h>

#include <sodium.h>

namespace fondaco::storefront {
namespace {

using shoppers::CodePurpose;
using shoppers::CodeRefusal;
using shoppers::Codes;
using Shared = std::shared_ptr<Context>;

constexpr Duration kOrderCookie = days(400);
constexpr http::Access kGuess{"-", http::Owner::everyone, http::Rate::sign_in,
                              http::Idempotency::natural};

std::string said(std::string_view locale, std::string_view key) {
  return std::string(say(locale, key));
}

struct Form {
  std::string action;
  std::string title;  // Keys of phrases.
  std::string intro;
  std::string button;
  std::vector<Input> inputs;
  std::string notice;
  std::string error;
  int status = 200;
};

Response show(Shop& shop, const Context& c, storage::Read* read, Form f) {
  const std::string_view locale = c.locale();
  View view;
  std::vector<View> fields;
  for (Input& in : f.inputs) {
    in.wide = true;
    fields.push_back(input_view(in, locale));
  }
  const std::string title = said(locale, f.title);
  view.set("fields", fields).set("heading", title).set("action", f.action);
  view.set("intro", said(locale, f.intro)).set("button", said(locale, f.button));
  view.maybe("notice", f.notice);
  set_errors(view, f.inputs, f.error);
  return page(shop, c, read, "code", std::move(view), {.title = title}, f.status);
}

Input input(std::string name, std::string label, std::string type, std::string autocomplete) {
  Input in{std::move(name), std::move(label)};
  in.type = std::move(type);
  in.autocomplete = std::move(autocomplete);
  in.required = true;
  return in;
}

Input email_input(std::string_view locale, std::string value) {
  Input in = input("email", said(locale, "checkout.email"), "email", "username");
  in.value = std::move(value);
  return in;
}

Form ask_form(std::string_view locale, std::string email) {
  return {.action = "/reset",
          .title = "reset.title",
          .intro = "reset.intro",
          .button = "reset.send",
          .inputs = {email_input(locale, std::move(email))},
          .notice = "",
          .error = ""};
}

Form set_form(std::string_view locale, std::string email) {
  Form f{.action = "/reset/confirm",
         .title = "reset.title",
         .intro = "reset.sent",
         .button = "reset.save",
         .inputs = {email_input(locale, std::move(email)),
                    input("code", said(locale, "reset.code"), "text", "one-time-code"),
                    input("password", said(locale, "reset.password"), "password", "new-password")},
         .notice = "",
         .error = ""};
  f.inputs.back().hint = said(locale, "help.password");
  return f;
}

std::string explained(CodeRefusal why, const std::string& password, std::string_view locale) {
  if (why == CodeRefusal::email_malformed) return said(locale, "error.email");
  if (why == CodeRefusal::throttled) return said(locale, "error.throttled");
  if (why != CodeRefusal::password_refused) return said(locale, "error.code");
  const auto wrong = shoppers::check_new_password(password);
  if (wrong.ok()) return said(locale, "error.code");
  switch (wrong.refusal()) {
    case shoppers::Refusal::password_too_long:
      return said(locale, "error.password_long");
    case shoppers::Refusal::password_breached:
      return said(locale, "error.password_breached");
    default:
      return said(locale, "error.password_short");
  }
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

Response ask_now(Shop& shop, Codes& codes, const Context& c) {
  const std::string email = field(c.request(), "email");
  const auto asked = codes.ask(email, CodePurpose::password_reset, c.request().remote);
  auto read = shop.s.store.main().read();
  Form f = asked.ok() ? set_form(c.locale(), email) : ask_form(c.locale(), email);
  if (!asked.ok()) {
    f.error = explained(asked.refusal(), "", c.locale());
    f.status = asked.refusal() == CodeRefusal::throttled ? 429 : 422;
  }
  return show(shop, c, &*read, std::move(f));
}

Response set_now(Shop& shop, Codes& codes, const Context& c) {
  const http::Request& r = c.request();
  const std::string email = field(r, "email");
  const std::string password = r.form_value("password").value_or("");
  const auto done = codes.reset_password({email, field(r, "code"), r.remote}, password);
  if (done.ok()) return http::redirect("/sign-in?notice=new_password");
  auto read = shop.s.store.main().read();
  Form f = set_form(c.locale(), email);
  f.error = explained(done.refusal(), password, c.locale());
  f.status = done.refusal() == CodeRefusal::throttled ? 429 : 422;
  return show(shop, c, &*read, std::move(f));
}

Form open_form(const Context& c) {
  const std::string_view locale = c.locale();
  return {.action = "/o/" + std::string(c.param("group")) + "/open",
          .title = "order.open_title",
          .intro = "order.open_intro",
          .button = "order.open",
          .inputs = {input("code", said(locale, "order.open_code"), "text", "one-time-code")},
          .notice = "",
          .error = ""};
}

/// The same form and answer whether there is such an order or not.
Response open_order(Shop& shop, Context& c) {
  const auto id = c.id_param<OrderGroupId>("group");
  const std::string given = field(c.request(), "code");
  const auto group = id ? orders::find_group(c.read(), *id) : std::nullopt;
  bool right = false;
  if (group && !group->person) {
    const std::string wanted = orders::guest_code(shop.s.shoppers.keyring(), *id);
    right = given.size() == wanted.size() &&
            sodium_memcmp(given.data(), wanted.data(), wanted.size()) == 0;
  }
  if (!right) {
    Form f = open_form(c);
    f.error = said(c.locale(), "error.code");
    f.status = 422;
    return show(shop, c, &c.read(), std::move(f));
  }
  return http::redirect("/o/" + to_text(*id))
      .with("Set-Cookie",
            http::session_cookie(order_cookie_name(*id), shop.s.checkout.order_token(*id),
                                 kOrderCookie, c.request()));
}

}  // namespace

void mount_codes(http::Router& router, const SharedShop& shop) {
  const auto codes = std::make_shared<Codes>(shop->s.shoppers);
  router.read(page_route("/reset", "The form to ask for a code for a new password"),
              [shop](Context& c) { return show(*shop, c, &c.read(), ask_form(c.locale(), "")); });
  const auto posted = [&](std::string path, std::string summary,
                          Response (*work)(Shop&, Codes&, const Context&)) {
    router.detached(form_route(std::move(path), std::move(summary), kGuess),
                    [shop, codes, &router, work](Shared c, http::Reply reply) {
                      static_cast<void>(c->locale());  // Known before another thread asks.
                      on_pool(router, reply,
                              [shop, codes, c, work] { return work(*shop, *codes, *c); });
                    });
  };
  posted("/reset", "Sends a code to an address; shows where to type it", ask_now);
  posted("/reset/confirm", "Sets a new password with the code", set_now);
  router.read(page_route("/o/{group}/open", "The form for the code of a guest's order"),
              [shop](Context& c) { return show(*shop, c, &c.read(), open_form(c)); });
  router.write(form_route("/o/{group}/open", "Opens a guest's order in this browser", kGuess),
               [shop](Context& c) -> http::WritePlan { return open_order(*shop, c); });
}

}  // namespace fondaco::storefront
