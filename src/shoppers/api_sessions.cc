#include "api_json.h"

#include <fondaco/base/text.h>
#include <fondaco/http/server.h>

namespace fondaco::shoppers {
namespace {

using http::Context;
using http::Response;
using http::Route;
using Shared = std::shared_ptr<Context>;

// The server decides when a session ends; the browser keeps the cookie as long as it may.
constexpr Duration kCookieAge = days(400);

Response answer_of(const Context& c, const Result<OpenedSession, Refusal>& session) {
  return session.ok() ? signed_in(c, *session) : problem_of(session.refusal());
}

void sign_up(http::Router& router, Shoppers& shoppers) {
  Route route{
      .method = http::Method::post,
      .path = "/api/v1/accounts",
      .access = {"-", http::Owner::everyone, http::Rate::sign_in, http::Idempotency::natural},
      .summary = "Sign up; the answer does not tell whether the address was known",
      .request = http::schema_of<AccountIn>(),
      .response = http::schema_of<AccountOut>(),
      .success = 202,
      .refusals = {"email_malformed", "name_too_long", "locale_unknown", "password_too_short",
                   "password_too_long", "password_breached", "busy"}};
  router.detached(std::move(route), [&router, &shoppers](Shared c, http::Reply reply) {
    auto body = http::body_as<AccountIn>(*c);
    if (!body.ok()) {
      reply(std::move(body.refusal()));
      return;
    }
    SignUp wanted{body->email, body->password, body->name.value_or(""),
                  body->locale.value_or(std::string(c->locale()))};
    on_pool(router, std::move(reply), [&shoppers, wanted = std::move(wanted)] {
      const auto done = shoppers.sign_up(wanted);
      if (!done.ok()) return problem_of(done.refusal());
      return http::json(json_of(AccountOut{"accepted"}), 202);
    });
  });
}

void sign_in(http::Router& router, Shoppers& shoppers) {
  Route route{
      .method = http::Method::post,
      .path = "/api/v1/sessions",
      .access = {"-", http::Owner::everyone, http::Rate::sign_in, http::Idempotency::natural},
      .summary = "Sign in with e-mail address and password; sets the session cookie",
      .request = http::schema_of<SessionIn>(),
      .response = http::schema_of<SessionOut>(),
      .success = 201,
      .refusals = {"throttled", "wrong_credentials", "totp_needed", "totp_wrong", "busy"}};
  router.detached(std::move(route), [&router, &shoppers](Shared c, http::Reply reply) {
    auto body = http::body_as<SessionIn>(*c);
    if (!body.ok()) {
      reply(std::move(body.refusal()));
      return;
    }
    SignIn attempt{body->email, body->password, body->totp, c->request().remote,
                   std::string(c->request().header("user-agent"))};
    on_pool(router, std::move(reply), [&shoppers, c, attempt = std::move(attempt)] {
      return answer_of(*c, shoppers.sign_in(attempt));
    });
  });
}

void sign_out(http::Router& router, Shoppers& shoppers) {
  Route route{
      .method = http::Method::del,
      .path = "/api/v1/sessions/current",
      .access = {"me.write", http::Owner::self, http::Rate::write, http::Idempotency::natural},
      .summary = "Sign out: ends the session that the request came with",
      .request = http::Schema::none(),
      .response = http::Schema::none(),
      .success = 204,
      .refusals = {"unknown_session"}};
  router.write(std::move(route), [&shoppers](Context& c) -> http::WritePlan {
    const auto who = c.who().person;
    const auto session = c.who().session;
    std::string cookie = http::session_cookie(kSessionCookie, "", Duration{}, c.request());
    return [&shoppers, who, session, cookie](storage::Tx& tx) {
      const auto gone = revoke_session(tx, who, session);
      if (!gone.ok()) return problem_of(gone.refusal());
      tx.after_commit([&shoppers, who] { shoppers.identities().drop_person(who); });
      return http::no_content().with("Set-Cookie", cookie);
    };
  });
}

void passkey_challenge(http::Router& router, Shoppers& shoppers) {
  Route route{
      .method = http::Method::post,
      .path = "/api/v1/sessions/challenge",
      .access = {"-", http::Owner::everyone, http::Rate::sign_in, http::Idempotency::natural},
      .summary = "Challenge for signing in with a passkey, valid once for 5 minutes",
      .request = http::Schema::none(),
      .response = http::schema_of<PasskeyChallengeOut>(),
      .success = 201};
  router.write(std::move(route), [&shoppers](Context&) -> http::WritePlan {
    return [&shoppers](storage::Tx& tx) {
      const PasskeyChallengeOut out{make_challenge(tx, {}), shoppers.passkeys().rp_id};
      return http::json(json_of(out), 201);
    };
  });
}

std::optional<PasskeyAssertion> assertion_of(const PasskeySignInIn& in) {
  auto credential = from_base64url(in.credential_id);
  auto client = from_base64url(in.client_data);
  auto data = from_base64url(in.authenticator_data);
  auto signature = from_base64url(in.signature);
  if (!credential || !client || !data || !signature) return std::nullopt;
  return PasskeyAssertion{std::move(*credential), std::move(*client), std::move(*data),
                          std::move(*signature)};
}

void passkey_sign_in(http::Router& router, Shoppers& shoppers) {
  Route route{
      .method = http::Method::post,
      .path = "/api/v1/sessions/passkey",
      .access = {"-", http::Owner::everyone, http::Rate::sign_in, http::Idempotency::natural},
      .summary = "Sign in with a passkey; sets the session cookie",
      .request = http::schema_of<PasskeySignInIn>(),
      .response = http::schema_of<SessionOut>(),
      .success = 201,
      .refusals = {"passkey_malformed", "passkey_challenge", "passkey_origin", "passkey_unknown",
                   "passkey_signature", "passkey_unverified", "passkey_replayed", "busy"}};
  router.detached(std::move(route), [&router, &shoppers](Shared c, http::Reply reply) {
    auto body = http::body_as<PasskeySignInIn>(*c);
    if (!body.ok()) {
      reply(std::move(body.refusal()));
      return;
    }
    auto assertion = assertion_of(*body);
    if (!assertion) {
      reply(problem_of(Refusal::passkey_malformed));
      return;
    }
    std::string device(c->request().header("user-agent"));
    on_pool(router, std::move(reply),
            [&shoppers, c, assertion = std::move(*assertion), device = std::move(device)] {
              return answer_of(*c, shoppers.sign_in_with_passkey(assertion, device));
            });
  });
}

}  // namespace

Response signed_in(const Context& c, const OpenedSession& s) {
  auto response =
      http::json(json_of(SessionOut{s.id, s.person, s.staff, csrf_of(s.token), s.expires_at}), 201);
  response.with("Set-Cookie",
                http::session_cookie(kSessionCookie, s.token, kCookieAge, c.request()));
  response.with("Cache-Control", "no-store");
  return response;
}

void mount_sessions(http::Router& router, Shoppers& shoppers) {
  sign_up(router, shoppers);
  sign_in(router, shoppers);
  sign_out(router, shoppers);
  passkey_challenge(router, shoppers);
  passkey_sign_in(router, shoppers);
}

}  // namespace fondaco::shoppers
