#include "gate.h"

#include <fondaco/base/text.h>

#include <sodium.h>

#include <algorithm>

namespace fondaco::http {
namespace {

bool is_safe(Method m) { return m == Method::get || m == Method::head || m == Method::options; }

Response unauthenticated() {
  return problem(401, "unauthenticated", "this needs a sign-in").with("WWW-Authenticate", "Bearer");
}

Response forbidden(std::string_view scope) {
  return problem(403, "forbidden", "this needs the right " + std::string(scope));
}

bool signed_in(const Principal& who) {
  return who.kind != Principal::Kind::anonymous && who.kind != Principal::Kind::guest && who.person;
}

bool token_covers(const Principal& who, std::string_view scope) {
  if (who.kind != Principal::Kind::token || who.scopes.empty()) return true;
  return std::any_of(who.scopes.begin(), who.scopes.end(),
                     [&](const auto& s) { return s == "*" || s == scope; });
}

/// The header says where the form lay; a missing one decides nothing.
bool from_other_site(const Request& r) {
  const auto site = r.header("sec-fetch-site");
  if (!site.empty()) return site != "same-origin" && site != "none";
  const auto origin = r.header("origin");
  if (origin.empty()) return false;
  const auto scheme = origin.find("://");
  if (scheme == origin.npos) return true;  // "null": a sandbox or a redirect from elsewhere.
  return !iequals_ascii(origin.substr(scheme + 3), r.header("host"));
}

bool token_matches(const Request& r, const std::string& expected) {
  if (expected.empty()) return false;
  std::string given(r.header("x-csrf-token"));
  if (given.empty()) given = r.form_value("csrf").value_or("");
  return given.size() == expected.size() &&
         sodium_memcmp(given.data(), expected.data(), expected.size()) == 0;
}

}  // namespace

std::optional<Response> check_access(Call& call) {
  const auto& route = call.match_.mounted->route;
  const auto& access = route.access;
  const auto& who = call.who();
  if (access.owner == Owner::everyone) {
    if (access.scope != "-" && !token_covers(who, access.scope)) return forbidden(access.scope);
    return std::nullopt;
  }
  if (!signed_in(who)) return unauthenticated();
  if (access.owner == Owner::self) {
    if (!token_covers(who, access.scope)) return forbidden(access.scope);
    return std::nullopt;
  }
  if (access.owner == Owner::operators) {
    if (who.is_operator() && who.may(access.scope)) return std::nullopt;
    return forbidden(access.scope);
  }
  const auto merchant = route.merchant_of(call);
  std::optional<PlaceId> place{PlaceId{}};
  if (access.owner == Owner::place) place = route.place_of(call);
  // A merchant of 0 would ask for the operators' right to all of them; it is nobody's thing.
  if (!merchant || !place || !*merchant) return problem(404, "not_found", "there is no such thing");
  if (!who.may(access.scope, *merchant, *place)) return forbidden(access.scope);
  return std::nullopt;
}

std::optional<Response> check_csrf(const Call& call) {
  const auto& r = call.request();
  if (is_safe(r.method)) return std::nullopt;
  const bool signs_in = call.match_.mounted->route.access.rate == Rate::sign_in;
  // The forms of other sites come without our cookies; what they would set is refused all the same.
  const auto type = r.header("content-type");
  const bool form = type.starts_with("application/x-www-form-urlencoded") ||
                    type.starts_with("multipart/form-data");
  if (!call.who().by_cookie && !signs_in && !form) return std::nullopt;
  if (from_other_site(r)) {
    return problem(403, "csrf_refused", "the request comes from another site");
  }
  if (call.who().by_cookie && !token_matches(r, call.who().csrf)) {
    return problem(403, "csrf_refused", "X-CSRF-Token or the field csrf is not this session's");
  }
  return std::nullopt;
}

}  // namespace fondaco::http
