// What webhooks tells the house. Depends on base ids.
#pragma once

#include <fondaco/base/ids.h>

#include <boost/describe.hpp>

#include <string>
#include <string_view>

namespace fondaco::events {

/// Somebody changed an endpoint, or its receiver answered 410. Entity: the endpoint.
struct WebhookChanged {
  static constexpr std::string_view kType = "webhooks.endpoint_changed";
  static constexpr int kVersion = 1;
  WebhookId webhook;
  MerchantId merchant;  // 0: the operator's.
  std::string what;     // created, changed, enabled, disabled, removed, gone, secret_rotated.
};
BOOST_DESCRIBE_STRUCT(WebhookChanged, (), (webhook, merchant, what))

/// Made on demand to try an endpoint; sent to it alone. Entity: the endpoint.
struct WebhookTest {
  static constexpr std::string_view kType = "webhooks.test";
  static constexpr int kVersion = 1;
  WebhookId webhook;
  MerchantId merchant;
};
BOOST_DESCRIBE_STRUCT(WebhookTest, (), (webhook, merchant))

}  // namespace fondaco::events
