// Routes of community. Depends on community.h; library fondaco_community_api.
#pragma once

#include <fondaco/community/disputes.h>
#include <fondaco/storage/store.h>

#include <functional>
#include <optional>
#include <string_view>

namespace fondaco::http {
class Router;
}

namespace fondaco::community {

struct Services {
  storage::Store& store;
  shoppers::Keyring& keyring;
  /// The merchant of a slug or id in a path.
  std::function<std::optional<MerchantId>(storage::Read&, std::string_view)> merchant_named;
  /// The secret by which a guest reads the orders of a group.
  std::function<std::string(OrderGroupId)> order_token;
  Disputes& disputes;
};
void mount(http::Router& router, Services services);

}  // namespace fondaco::community
