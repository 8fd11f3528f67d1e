#include <fondaco/base/text.h>
#include <fondaco/http/server.h>
#include <fondaco/shoppers/api.h>

namespace fondaco::shoppers {
namespace {

http::Principal principal_of(const Identity& i, bool by_cookie) {
  http::Principal p;
  if (i.token) {
    p.kind = http::Principal::Kind::token;
  } else {
    p.kind = i.staff ? http::Principal::Kind::staff : http::Principal::Kind::shopper;
  }
  p.person = i.person;
  p.session = i.session;
  p.scopes = i.scopes;
  p.csrf = i.csrf;
  p.by_cookie = by_cookie;
  p.grants.reserve(i.permissions.size());
  for (const auto& g : i.permissions) p.grants.push_back({g.name, g.merchant, g.place});
  return p;
}

class SessionsAndTokens final : public http::Authenticator {
 public:
  explicit SessionsAndTokens(Shoppers& shoppers) : shoppers_(shoppers) {}

  std::optional<http::Principal> authenticate(const http::Request& request,
                                              storage::Read& read) override {
    const auto authorization = request.header("authorization");
    if (!authorization.empty()) return by_bearer(authorization, read);
    if (request.header("cookie").empty()) return http::Principal{};
    const auto cookie = http::session_cookie_of(kSessionCookie, request);
    if (!cookie) return http::Principal{};
    const auto entry = look_up(*cookie, read);
    if (!entry || !entry->identity->session) return http::Principal{};
    keep_alive(*entry);
    return principal_of(*entry->identity, true);
  }

 private:
  std::optional<http::Principal> by_bearer(std::string_view header, storage::Read& read) {
    const auto blank = header.find(' ');
    if (blank == header.npos || !iequals_ascii(header.substr(0, blank), "bearer")) {
      return std::nullopt;
    }
    const auto entry = look_up(trim(header.substr(blank)), read);
    if (!entry) return std::nullopt;
    keep_alive(*entry);
    return principal_of(*entry->identity, false);
  }

  std::shared_ptr<IdentityCache::Entry> look_up(std::string_view secret, storage::Read& read) {
    auto& cache = shoppers_.identities();
    const Instant now = shoppers_.store().clock().now();
    if (auto hot = cache.find(secret, now)) return hot;
    const auto generation = cache.generation();
    auto identity = identify(read, secret, now);
    if (!identity) return nullptr;
    return cache.put(secret, std::move(*identity), now, generation);
  }

  /// The sliding expiry is written beside the answer: nobody waits for it, losing one is nothing.
  void keep_alive(IdentityCache::Entry& entry) {
    const Identity& i = *entry.identity;
    if (!i.session) return;
    const Instant now = shoppers_.store().clock().now();
    if (now < i.seen_at + kSessionTouch || entry.touched.exchange(true)) return;
    shoppers_.store().main().writer().submit(
        [id = i.session](storage::Tx& tx) { touch_session(tx, id); }, [](std::exception_ptr) {});
  }

  Shoppers& shoppers_;
};

}  // namespace

std::unique_ptr<http::Authenticator> make_authenticator(Shoppers& shoppers) {
  return std::make_unique<SessionsAndTokens>(shoppers);
}

}  // namespace fondaco::shoppers
