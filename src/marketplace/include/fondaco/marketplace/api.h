// The REST face of marketplace. Depends on http (library fondaco_marketplace_api).
#pragma once

namespace fondaco::http {
class Router;
}
namespace fondaco::shoppers {
class IdentityCache;
class Keyring;
}  // namespace fondaco::shoppers
namespace fondaco::marketplace {

class FeeBook;
class OfferBook;
class Onboarding;

struct Services {
  OfferBook& book;
  FeeBook& fees;
  Onboarding& gates;
  shoppers::Keyring& keyring;
  /// Who has applied is an owner from the answer on, not from when the event is heard.
  shoppers::IdentityCache* identities = nullptr;
};
/// All must outlive the router.
void mount(http::Router& router, Services services);

}  // namespace fondaco::marketplace
