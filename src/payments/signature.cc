#include "signature.h"

#include <fondaco/base/text.h>

#include <sodium.h>

#include <array>

namespace fondaco::payments {
namespace {

std::string hmac(std::string_view secret, std::string_view seconds, std::string_view body) {
  const auto bytes = [](std::string_view s) {
    return reinterpret_cast<const unsigned char*>(s.data());
  };
  std::array<unsigned char, crypto_auth_hmacsha256_BYTES> out;
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, bytes(secret), secret.size());
  crypto_auth_hmacsha256_update(&state, bytes(seconds), seconds.size());
  crypto_auth_hmacsha256_update(&state, bytes("."), 1);
  crypto_auth_hmacsha256_update(&state, bytes(body), body.size());
  crypto_auth_hmacsha256_final(&state, out.data());
  return to_hex({reinterpret_cast<const char*>(out.data()), out.size()});
}

}  // namespace

std::string sign_body(std::string_view secret, std::string_view body, Instant at) {
  const std::string t = std::to_string(at.us / 1'000'000);
  return "t=" + t + ",v1=" + hmac(secret, t, body);
}

std::optional<WebhookRefusal> check_signature(std::string_view secret, std::string_view header,
                                              std::string_view body, Instant now) {
  std::string_view time;
  for (const std::string_view part : split(header, ',')) {
    if (part.starts_with("t=")) time = part.substr(2);
  }
  const auto t = parse_int(time);
  const std::string expected = hmac(secret, time, body);
  bool equal = false;
  // While a secret is being changed the provider signs with both.
  for (const std::string_view part : split(header, ',')) {
    if (!part.starts_with("v1=")) continue;
    const std::string_view given = part.substr(3);
    equal = equal || (given.size() == expected.size() &&
                      sodium_memcmp(given.data(), expected.data(), expected.size()) == 0);
  }
  if (!t || !equal) return WebhookRefusal::bad_signature;
  const std::int64_t age = now.us / 1'000'000 - *t;  // Signed by us, so no number to overflow.
  const std::int64_t allowed = kSignatureAge.us / 1'000'000;
  if (age > allowed || age < -allowed) return WebhookRefusal::stale;
  return std::nullopt;
}

std::string_view header_of(const Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (iequals_ascii(key, name)) return value;
  }
  return {};
}

}  // namespace fondaco::payments
