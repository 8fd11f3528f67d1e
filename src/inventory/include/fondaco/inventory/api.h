// Routes of inventory. Depends on inventory.h; implemented in library fondaco_inventory_api.
#pragma once

#include <fondaco/inventory.h>

namespace fondaco::http {
class Router;
}

namespace fondaco::inventory {

struct Services {
  storage::Store& store;
  Availability& counters;
};
/// Scopes inventory.read and inventory.write, owner merchant.
void mount(http::Router& router, Services services);

}  // namespace fondaco::inventory
