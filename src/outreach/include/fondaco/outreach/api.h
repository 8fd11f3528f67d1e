// The HTTP side of outreach: the outbox for operators. Depends on http.
#pragma once

#include <fondaco/outreach/postman.h>

namespace fondaco::http {
class Router;
}

namespace fondaco::outreach {

struct Services {
  shoppers::Keyring& keyring;
  Postman& postman;
};
/// GET /api/v1/mails, GET /api/v1/mails/{id}, POST /api/v1/mails/{id}/send
void mount(http::Router& router, Services services);

}  // namespace fondaco::outreach
