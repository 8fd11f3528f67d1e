// The REST face over a real store, for the tests of this folder.
#pragma once

#include "testing.h"

#include <fondaco/base/text.h>
#include <fondaco/http/server.h>
#include <fondaco/marketplace/api.h>
#include <fondaco/marketplace/fees.h>
#include <fondaco/marketplace/onboarding.h>
#include <fondaco/shoppers.h>

#include <memory>
#include <string>

namespace fondaco::marketplace {

using http::Method;

/// Knows "operator" and "owner" (of one merchant) as bearer tokens.
class Doorman final : public http::Authenticator {
 public:
  std::optional<http::Principal> authenticate(const http::Request& r, storage::Read&) override {
    const auto header = r.header("authorization");
    if (header.empty()) return http::Principal{};
    http::Principal who;
    who.kind = http::Principal::Kind::staff;
    who.person = PersonId{0x700000};
    if (header == "Bearer operator") {
      who.grants = {{"*", {}, {}}};
    } else {
      who.grants = {{"marketplace.write", owns, {}}, {"marketplace.read", owns, {}}};
    }
    return who;
  }
  MerchantId owns{1};
};

/// Calls routes without a socket.
class Api : public MarketplaceTest {
 protected:
  Api()
      : MarketplaceTest(
            storage::join({http::migrations(), shoppers::migrations(), ledger::migrations()})),
        book_(store_.clock()),
        fees_(main()),
        keyring_(*store_),
        gates_({*store_, accounts_, keyring_, book_}) {
    http::ServerConfig config;
    config.rate_limits = false;
    server_ = http::Server::create(config, {*store_, doorman_});
    mount(server_->router(), {book_, fees_, gates_, keyring_});
  }
  http::Response call(Method method, std::string path, std::string who = {}, std::string body = {},
                      std::string if_match = {}) {
    http::Request r;
    r.method = method;
    r.target = r.path = std::move(path);
    if (const auto at = r.target.find('?'); at != std::string::npos) {
      r.path = r.target.substr(0, at);
      for (const auto pair : split(std::string_view(r.target).substr(at + 1), '&')) {
        const auto parts = split(pair, '=');
        r.query.emplace_back(parts[0], parts[1]);
      }
    }
    r.body = std::move(body);
    r.remote = "127.0.0.1";
    if (!r.body.empty()) r.headers.push_back({"Content-Type", "application/json"});
    if (!who.empty()) r.headers.push_back({"Authorization", "Bearer " + who});
    if (!if_match.empty()) r.headers.push_back({"If-Match", if_match});
    return server_->handle(std::move(r));
  }
  static std::string header(const http::Response& r, std::string_view name) {
    for (const auto& h : r.headers) {
      if (iequals_ascii(h.name, name)) return h.value;
    }
    return {};
  }
  static bool says(const http::Response& r, std::string_view text) {
    return r.body.find(text) != std::string::npos;
  }

  OfferBook book_;
  FeeBook fees_;
  ledger::AccountBook accounts_;
  shoppers::Keyring keyring_;
  Onboarding gates_;
  Doorman doorman_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace fondaco::marketplace
