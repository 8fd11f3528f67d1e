// The REST face of marketplace. Depends on http (library fondaco_marketplace_api).
#pragma once

namespace fondaco::http {
class Router;
}
namespace fondaco::marketplace {

class OfferBook;

struct Services {
  OfferBook& book;
};
/// Both must outlive the router.
void mount(http::Router& router, Services services);

}  // namespace fondaco::marketplace
