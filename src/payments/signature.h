// Signatures of webhooks: "t=<unix seconds>,v1=<hex HMAC-SHA256 of t.body>", as Stripe signs.
// Private to payments.
#pragma once

#include <fondaco/base/time.h>
#include <fondaco/payments/provider.h>

#include <optional>
#include <string>
#include <string_view>

namespace fondaco::payments {

inline constexpr Duration kSignatureAge = minutes(5);

std::string sign_body(std::string_view secret, std::string_view body, Instant at);
/// Nothing when `header` signs exactly these bytes and is young enough. Compares in constant time.
std::optional<WebhookRefusal> check_signature(std::string_view secret, std::string_view header,
                                              std::string_view body, Instant now);
/// Case of names ignored; empty when absent.
std::string_view header_of(const Headers& headers, std::string_view name);

}  // namespace fondaco::payments
