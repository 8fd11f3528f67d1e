// The REST face of marketplace. Depends on http (library fondaco_marketplace_api).
#pragma once

namespace fondaco::http {
class Router;
}
namespace fondaco::shoppers {
class Keyring;
}
namespace fondaco::marketplace {

class FeeBook;
class OfferBook;
class Onboarding;

struct Services {
  OfferBook& book;
  FeeBook& fees;
  Onboarding& gates;
  shoppers::Keyring& keyring;
};
/// All must outlive the router.
void mount(http::Router& router, Services services);

}  // namespace fondaco::marketplace
