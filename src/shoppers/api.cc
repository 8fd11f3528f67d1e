#include "api_json.h"

#include <fondaco/base/log.h>

#include <algorithm>

namespace fondaco::shoppers {
namespace {

http::Response refused(int status, std::string_view code, std::string_view detail) {
  return http::problem(status, code, detail);
}

std::optional<http::Response> problem_of_passkey(Refusal refusal) {
  switch (refusal) {
    case Refusal::passkey_malformed:
      return refused(422, "passkey_malformed", "this is not what a passkey says");
    case Refusal::passkey_challenge:
      return refused(409, "passkey_challenge", "the challenge is used or older than 5 minutes");
    case Refusal::passkey_origin:
      return refused(422, "passkey_origin", "the passkey was used on another site");
    case Refusal::passkey_unknown:
      return refused(401, "passkey_unknown", "this passkey belongs to nobody here");
    case Refusal::passkey_taken:
      return refused(409, "passkey_taken", "this passkey is registered already");
    case Refusal::passkey_signature:
      return refused(401, "passkey_signature", "the signature of the passkey is wrong");
    case Refusal::passkey_unverified:
      return refused(401, "passkey_unverified", "the device did not verify who uses it");
    case Refusal::passkey_replayed:
      return refused(401, "passkey_replayed", "the passkey's counter went back");
    default:
      return std::nullopt;  // The others have their own switch, which is exhaustive.
  }
}

std::optional<http::Response> problem_of_staff(Refusal refusal) {
  switch (refusal) {
    case Refusal::scope_unknown:
      return refused(422, "scope_unknown", "there is no such scope");
    case Refusal::scope_not_held:
      return refused(403, "scope_not_held", "a token cannot do what its person may not do");
    case Refusal::expiry_past:
      return refused(422, "expiry_past", "expires_at is in the past");
    case Refusal::unknown_role:
      return refused(422, "unknown_role", "there is no such role");
    case Refusal::role_not_here:
      return refused(422, "role_not_here", "this role is not one of this merchant");
    case Refusal::permission_unknown:
      return refused(422, "permission_unknown", "there is no such permission");
    case Refusal::permission_not_held:
      return refused(403, "permission_not_held", "nobody gives rights that he does not have");
    case Refusal::unknown_grant:
      return refused(404, "unknown_grant", "there is no such grant");
    case Refusal::last_owner:
      return refused(409, "last_owner", "a merchant keeps at least one owner");
    default:
      return std::nullopt;  // The others have their own switch, which is exhaustive.
  }
}

constexpr std::string_view kAddressWanted =
    "an address has a name, line1, city and a country of two capitals; no part has more than 200 "
    "characters";

}  // namespace

http::Response problem_of(Refusal refusal) {
  if (auto r = problem_of_passkey(refusal)) return std::move(*r);
  if (auto r = problem_of_staff(refusal)) return std::move(*r);
  switch (refusal) {
    case Refusal::throttled:
      return refused(429, "throttled", "too many failed attempts, try again in a minute")
          .with("Retry-After", "60");
    case Refusal::email_malformed:
      return refused(422, "email_malformed", "this is no e-mail address");
    case Refusal::name_too_long:
      return refused(422, "name_too_long", "a name has at most 200 characters");
    case Refusal::locale_unknown:
      return refused(422, "locale_unknown", "locales are en and zh");
    case Refusal::password_too_short:
      return refused(422, "password_too_short", "a password has at least 8 characters");
    case Refusal::password_too_long:
      return refused(422, "password_too_long", "a password has at most 256 bytes");
    case Refusal::password_breached:
      return refused(422, "password_breached", "this password is one of those tried first");
    case Refusal::email_taken:
      return refused(409, "email_taken", "somebody has this e-mail address already");
    case Refusal::wrong_credentials:
      return refused(401, "wrong_credentials", "the e-mail address or the password is wrong");
    case Refusal::totp_needed:
      return refused(401, "totp_needed", "a code of the authenticator app is needed");
    case Refusal::totp_wrong:
      return refused(401, "totp_wrong", "the code is wrong, too old or used before");
    case Refusal::totp_not_begun:
      return refused(409, "totp_not_begun", "no authenticator app is being set up");
    case Refusal::totp_active:
      return refused(409, "totp_active", "an authenticator app is set up already");
    case Refusal::unknown_person:
      return refused(404, "unknown_person", "there is no such person");
    case Refusal::unknown_address:
      return refused(404, "unknown_address", "there is no such address");
    case Refusal::address_incomplete:
      return refused(422, "address_incomplete", kAddressWanted);
    case Refusal::too_many:
      return refused(409, "too_many", "there are as many as there may be");
    case Refusal::version_changed:
      return refused(412, "version_changed", "somebody has changed it in the meantime");
    case Refusal::unknown_session:
      return refused(404, "unknown_session", "there is no such session");
    case Refusal::unknown_token:
      return refused(404, "unknown_token", "there is no such token");
    case Refusal::label_too_long:
      return refused(422, "label_too_long", "this text is missing or too long");
    case Refusal::text_version_missing:
      return refused(422, "text_version_missing", "which wording was agreed to is missing");
    case Refusal::scope_unknown:
    case Refusal::scope_not_held:
    case Refusal::expiry_past:
    case Refusal::unknown_role:
    case Refusal::role_not_here:
    case Refusal::permission_unknown:
    case Refusal::permission_not_held:
    case Refusal::unknown_grant:
    case Refusal::last_owner:
    case Refusal::passkey_malformed:
    case Refusal::passkey_challenge:
    case Refusal::passkey_origin:
    case Refusal::passkey_unknown:
    case Refusal::passkey_taken:
    case Refusal::passkey_signature:
    case Refusal::passkey_unverified:
    case Refusal::passkey_replayed:
      break;  // Answered above.
  }
  throw Bug("a refusal of shoppers has no answer");
}

void on_pool(http::Router& router, http::Reply reply, std::function<http::Response()> work) {
  auto answer = std::make_shared<http::Reply>(std::move(reply));
  const bool queued = router.offload([answer, work = std::move(work)] {
    try {
      (*answer)(work());
    } catch (const std::exception& e) {  // Beyond the request's own catch: another thread.
      log::error("shoppers", "a use case broke", {{"what", e.what()}});
      (*answer)(http::problem(503, "unavailable", "this could not be carried out, try later"));
    }
  });
  if (queued) return;
  (*answer)(
      http::problem(503, "busy", "too many sign-ins at once, try again").with("Retry-After", "2"));
}

std::vector<Permission> held_by(const http::Principal& who) {
  std::vector<Permission> out;
  const auto& scopes = who.scopes;
  const bool all = scopes.empty() || std::find(scopes.begin(), scopes.end(), "*") != scopes.end();
  for (const auto& g : who.grants) {
    if (all) out.push_back({g.permission, g.merchant, g.place});
    if (all) continue;
    // A token gives away no more than its scopes.
    for (const auto& scope : scopes) {
      const bool granted = g.permission == "*" || g.permission == scope;
      if (granted) out.push_back({scope, g.merchant, g.place});
    }
  }
  return out;
}

void mount(http::Router& router, Services services) {
  mount_sessions(router, services.shoppers);
  mount_codes(router, services.shoppers);
  mount_me(router, services.shoppers);
  mount_factors(router, services.shoppers);
  mount_staff(router, services.shoppers);
  mount_invitations(router, services.shoppers);
}

}  // namespace fondaco::shoppers
