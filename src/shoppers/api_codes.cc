// Codes by mail: a new password without the old one, signing in without any.
#include "api_json.h"

#include <fondaco/shoppers/codes.h>

namespace fondaco::shoppers {
namespace {

using http::Context;
using http::Response;
using http::Route;
using Shared = std::shared_ptr<Context>;
using SharedCodes = std::shared_ptr<Codes>;

Response problem_of(CodeRefusal why) {
  switch (why) {
    case CodeRefusal::email_malformed:
      return problem_of(Refusal::email_malformed);
    case CodeRefusal::password_refused:
      return problem_of(Refusal::password_too_short);
    case CodeRefusal::throttled:
      return problem_of(Refusal::throttled);
    case CodeRefusal::totp_needed:
      return problem_of(Refusal::totp_needed);
    case CodeRefusal::code_wrong:
      return http::problem(401, "code_wrong", "the code is wrong, used, or older than 15 minutes");
    case CodeRefusal::totp_wrong:
      return problem_of(Refusal::totp_wrong);
  }
  return http::problem(500, "internal", "unnamed refusal");
}

Route route_of(std::string path, std::string summary, std::vector<std::string> refusals) {
  refusals.emplace_back("throttled");
  refusals.emplace_back("busy");
  return {.method = http::Method::post,
          .path = std::move(path),
          .access = {"-", http::Owner::everyone, http::Rate::sign_in, http::Idempotency::natural},
          .summary = std::move(summary),
          .request = http::Schema::none(),
          .response = http::Schema::none(),
          .refusals = std::move(refusals)};
}

void mount_ask(http::Router& router, SharedCodes codes, std::string path, CodePurpose purpose,
               std::string summary) {
  auto route = route_of(std::move(path), std::move(summary), {"email_malformed"});
  route.request = http::schema_of<EmailIn>();
  route.response = http::schema_of<AccountOut>();
  route.success = 202;
  router.detached(std::move(route), [&router, codes, purpose](Shared c, http::Reply reply) {
    auto body = http::body_as<EmailIn>(*c);
    if (!body.ok()) return reply(std::move(body.refusal()));
    on_pool(router, std::move(reply), [codes, c, purpose, email = body->email] {
      const auto asked = codes->ask(email, purpose, c->request().remote);
      if (!asked.ok()) return problem_of(asked.refusal());
      return http::json(json_of(AccountOut{"accepted"}), 202);
    });
  });
}

void mount_reset(http::Router& router, SharedCodes codes) {
  auto route = route_of(
      "/api/v1/password-resets/confirm", "Set a new password with the code; all sessions end",
      {"password_too_short", "password_too_long", "password_breached", "code_wrong"});
  route.request = http::schema_of<ResetIn>();
  route.success = 204;
  router.detached(std::move(route), [&router, codes](Shared c, http::Reply reply) {
    auto body = http::body_as<ResetIn>(*c);
    if (!body.ok()) return reply(std::move(body.refusal()));
    on_pool(router, std::move(reply), [codes, c, in = std::move(*body)] {
      const auto done =
          codes->reset_password({in.email, in.code, c->request().remote}, in.password);
      if (done.ok()) return http::no_content();
      // Only here has it more to say than one word.
      const auto why = check_new_password(in.password);
      return why.ok() ? problem_of(done.refusal()) : problem_of(why.refusal());
    });
  });
}

void mount_sign_in(http::Router& router, SharedCodes codes) {
  auto route =
      route_of("/api/v1/sessions/code/confirm", "Sign in with the code; sets the session cookie",
               {"code_wrong", "totp_needed", "totp_wrong"});
  route.request = http::schema_of<CodeSessionIn>();
  route.response = http::schema_of<SessionOut>();
  route.success = 201;
  router.detached(std::move(route), [&router, codes](Shared c, http::Reply reply) {
    auto body = http::body_as<CodeSessionIn>(*c);
    if (!body.ok()) return reply(std::move(body.refusal()));
    on_pool(router, std::move(reply), [codes, c, in = std::move(*body)] {
      const auto session = codes->sign_in({in.email, in.code, c->request().remote}, in.totp,
                                          c->request().header("user-agent"));
      return session.ok() ? signed_in(*c, *session) : problem_of(session.refusal());
    });
  });
}

}  // namespace

void mount_codes(http::Router& router, Shoppers& shoppers) {
  const auto codes = std::make_shared<Codes>(shoppers);
  mount_ask(router, codes, "/api/v1/password-resets", CodePurpose::password_reset,
            "Ask for a code by mail; the answer does not tell whether the address was known");
  mount_ask(router, codes, "/api/v1/sessions/code", CodePurpose::sign_in,
            "Ask for a code to sign in with; the answer does not tell whether it was sent");
  mount_reset(router, codes);
  mount_sign_in(router, codes);
}

}  // namespace fondaco::shoppers
