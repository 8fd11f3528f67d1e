#include <fondaco/base/check.h>
#include <fondaco/http/server.h>

namespace fondaco::http {
namespace {

bool plain_allowed(const Request& request) { return request.loopback_listener && !request.secure; }

std::string full_name(std::string_view name, const Request& request) {
  return (plain_allowed(request) ? "" : "__Host-") + std::string(name);
}

}  // namespace

std::string session_cookie(std::string_view name, std::string_view value, Duration max_age,
                           const Request& request) {
  FONDACO_CHECK(value.find_first_of("; ,\"\\\r\n") == value.npos);
  std::string out = full_name(name, request);
  out += '=';
  out += value;
  out += "; Path=/; Max-Age=" + std::to_string(max_age.us / seconds(1).us);
  out += "; HttpOnly; SameSite=Lax";
  if (!plain_allowed(request)) out += "; Secure";
  return out;
}

std::optional<std::string> session_cookie_of(std::string_view name, const Request& request) {
  return request.cookie(full_name(name, request));
}

}  // namespace fondaco::http
