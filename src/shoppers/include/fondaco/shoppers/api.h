// The HTTP side of shoppers: its routes and who is asking. Depends on: shoppers, http.
#pragma once

#include <fondaco/shoppers.h>

#include <memory>

namespace fondaco::http {
class Authenticator;
class Router;
}  // namespace fondaco::http

namespace fondaco::shoppers {

struct Services {
  Shoppers& shoppers;
};

/// Session cookie or `Authorization: Bearer`. A bearer token or session that is not valid is a
/// refusal (401); a cookie that is not valid any more is anonymous, since a browser sends it with
/// the sign-in form too. Hot: about 1 µs and no look-up.
std::unique_ptr<http::Authenticator> make_authenticator(Shoppers& shoppers);

/// Accounts, sessions, the own person (/me) and staff, under /api/v1.
void mount(http::Router& router, Services services);

}  // namespace fondaco::shoppers
