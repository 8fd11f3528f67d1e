// The HTTP side of webhooks: endpoints, deliveries, the event stream. Depends on http.
#pragma once

#include <fondaco/webhooks.h>

#include <functional>

namespace fondaco::http {
class Router;
}

namespace fondaco::webhooks {

struct Services {
  storage::Store& store;
  shoppers::Keyring& keyring;
  std::function<bool()> private_addresses;  // Whether the operator allows them.
};
/// …/webhooks for operators and for each merchant.
void mount(http::Router& router, Services services);

/// GET /api/v1/events for operators, GET /api/v1/merchants/{merchant}/events: server-sent events
/// after Last-Event-ID ("node-seq"); without it from now on.
void mount_streams(http::Router& router, storage::Store& store);

}  // namespace fondaco::webhooks
