#include "api_json.h"

#include <fondaco/base/text.h>

namespace fondaco::shoppers {
namespace {

using http::Context;
using http::Method;
using http::Response;
using http::Route;
using http::WritePlan;

constexpr http::Access kWrite{"me.write", http::Owner::self, http::Rate::sign_in,
                              http::Idempotency::natural};
constexpr http::Access kRead{"me.read", http::Owner::self, http::Rate::read,
                             http::Idempotency::safe};

Route route_of(Method method, std::string path, http::Access access, std::string summary) {
  return {.method = method,
          .path = "/api/v1/me" + path,
          .access = access,
          .summary = std::move(summary),
          .request = http::Schema::none(),
          .response = http::Schema::none()};
}

/// Second factors and passwords are a matter of a person who is there, not of a token.
std::optional<Response> refuse_token(const Context& c) {
  if (c.who().session) return std::nullopt;
  return http::problem(403, "session_needed", "this needs a sign-in, not a token");
}

void password(http::Router& router, Shoppers& shoppers) {
  auto change =
      route_of(Method::put, "/password", kWrite, "Change the password; ends all other sessions");
  change.request = http::schema_of<NewPasswordIn>();
  change.success = 204;
  change.refusals = {"throttled",
                     "wrong_credentials",
                     "password_too_short",
                     "password_too_long",
                     "password_breached",
                     "session_needed",
                     "busy"};
  router.detached(std::move(change), [&](std::shared_ptr<Context> c, http::Reply reply) {
    if (auto refused = refuse_token(*c)) {
      reply(std::move(*refused));
      return;
    }
    auto body = http::body_as<NewPasswordIn>(*c);
    if (!body.ok()) {
      reply(std::move(body.refusal()));
      return;
    }
    on_pool(router, std::move(reply), [&shoppers, c, in = *body] {
      const auto done = shoppers.change_password(c->who().person, in.password, in.new_password,
                                                 c->who().session, c->request().remote);
      return done.ok() ? http::no_content() : problem_of(done.refusal());
    });
  });
}

void totp(http::Router& router, Shoppers& shoppers) {
  auto begin = route_of(Method::post, "/totp", kWrite, "Begin to set up an authenticator app");
  begin.response = http::schema_of<TotpOut>();
  begin.success = 201;
  begin.refusals = {"totp_active", "session_needed"};
  router.write(std::move(begin), [&shoppers](Context& c) -> WritePlan {
    if (auto refused = refuse_token(c)) return std::move(*refused);
    return [&shoppers, who = c.who().person](storage::Tx& tx) {
      const auto begun = begin_totp(tx, shoppers.keyring(), who);
      if (!begun.ok()) return problem_of(begun.refusal());
      return http::json(json_of(TotpOut{begun->secret, begun->uri}), 201)
          .with("Cache-Control", "no-store");
    };
  });

  auto confirm = route_of(Method::put, "/totp", kWrite, "Confirm the app with its first code");
  confirm.request = http::schema_of<CodeIn>();
  confirm.success = 204;
  confirm.refusals = {"totp_not_begun", "totp_wrong", "session_needed"};
  router.write(std::move(confirm), [&shoppers](Context& c) -> WritePlan {
    if (auto refused = refuse_token(c)) return std::move(*refused);
    auto body = http::body_as<CodeIn>(c);
    if (!body.ok()) return std::move(body.refusal());
    return [&shoppers, who = c.who().person, code = body->code](storage::Tx& tx) {
      const auto done = confirm_totp(tx, shoppers.keyring(), who, code);
      return done.ok() ? http::no_content() : problem_of(done.refusal());
    };
  });

  auto remove = route_of(Method::del, "/totp", kWrite, "Remove the app; asks for the password");
  remove.request = http::schema_of<PasswordIn>();
  remove.success = 204;
  remove.refusals = {"throttled", "wrong_credentials", "session_needed", "busy"};
  router.detached(std::move(remove), [&](std::shared_ptr<Context> c, http::Reply reply) {
    auto body = http::body_as<PasswordIn>(*c);
    auto refused = refuse_token(*c);
    if (!refused && !body.ok()) refused = std::move(body.refusal());
    if (refused) {
      reply(std::move(*refused));
      return;
    }
    on_pool(router, std::move(reply), [&shoppers, c, secret = body->password] {
      const auto who = c->who().person;
      const auto right = shoppers.check_password(who, secret, c->request().remote);
      if (!right.ok()) return problem_of(right.refusal());
      shoppers.store().main().write([&](storage::Tx& tx) {
        tx.act_as(c->who().actor(), c->request().id);
        remove_totp(tx, who);
      });
      return http::no_content();
    });
  });
}

void add_passkeys(http::Router& router, Shoppers& shoppers) {
  auto options = route_of(Method::post, "/passkeys/challenge", kWrite,
                          "Options for registering a passkey, valid once for 5 minutes");
  options.response = http::schema_of<PasskeyOptionsOut>();
  options.success = 201;
  options.refusals = {"session_needed"};
  router.write(std::move(options), [&shoppers](Context& c) -> WritePlan {
    if (auto refused = refuse_token(c)) return std::move(*refused);
    return [&shoppers, who = c.who().person](storage::Tx& tx) {
      PasskeyOptionsOut out;
      out.challenge = make_challenge(tx, who);
      out.rp_id = shoppers.passkeys().rp_id;
      out.user_id = to_base64url(to_text(who));
      out.algorithms = {-7, -8};
      out.exclude = credentials_of(tx, who);
      return http::json(json_of(out), 201);
    };
  });

  auto add = route_of(Method::post, "/passkeys", kWrite, "Register a passkey");
  add.request = http::schema_of<PasskeyIn>();
  add.response = http::schema_of<PasskeyOut>();
  add.success = 201;
  add.refusals = {"passkey_malformed", "passkey_origin", "passkey_unverified", "label_too_long",
                  "passkey_challenge", "passkey_taken",  "too_many",           "session_needed"};
  router.write(std::move(add), [&shoppers](Context& c) -> WritePlan {
    if (auto refused = refuse_token(c)) return std::move(*refused);
    auto body = http::body_as<PasskeyIn>(c);
    if (!body.ok()) return std::move(body.refusal());
    auto client = from_base64url(body->client_data);
    auto object = from_base64url(body->attestation_object);
    if (!client || !object) return problem_of(Refusal::passkey_malformed);
    const auto checked = check_registration(shoppers.passkeys(), {*client, *object});
    if (!checked.ok()) return problem_of(checked.refusal());
    return [&shoppers, who = c.who().person, key = *checked,
            label = body->label.value_or("")](storage::Tx& tx) {
      const auto id = add_passkey(tx, shoppers.keyring(), who, key, label);
      if (!id.ok()) return problem_of(id.refusal());
      return http::json(json_of(PasskeyOut{*id, label, tx.now()}), 201);
    };
  });
}

void passkeys(http::Router& router, Shoppers& shoppers) {
  auto list = route_of(Method::get, "/passkeys", kRead, "Registered passkeys");
  list.response = http::list_schema_of<PasskeyOut>();
  router.read(std::move(list), [&shoppers](Context& c) {
    std::vector<PasskeyOut> out;
    for (const auto& p : passkeys_of(c.read(), shoppers.keyring(), c.who().person)) {
      out.push_back({p.id, p.label, p.created_at});
    }
    return list_of(out);
  });

  auto remove = route_of(Method::del, "/passkeys/{id}", kWrite, "Remove a passkey");
  remove.success = 204;
  remove.refusals = {"passkey_unknown", "session_needed"};
  router.write(std::move(remove), [](Context& c) -> WritePlan {
    if (auto refused = refuse_token(c)) return std::move(*refused);
    const auto id = c.id_param<PasskeyId>("id");
    if (!id) return http::problem(404, "not_found", "there is no such thing");
    return [who = c.who().person, id = *id](storage::Tx& tx) {
      const auto gone = remove_passkey(tx, who, id);
      return gone.ok() ? http::no_content() : problem_of(gone.refusal());
    };
  });
}

}  // namespace

void mount_factors(http::Router& router, Shoppers& shoppers) {
  password(router, shoppers);
  totp(router, shoppers);
  add_passkeys(router, shoppers);
  passkeys(router, shoppers);
}

}  // namespace fondaco::shoppers
