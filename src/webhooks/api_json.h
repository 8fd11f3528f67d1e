// Bodies of the webhooks routes. Private to the api library.
#pragma once

#include <fondaco/http/router.h>
#include <fondaco/webhooks/api.h>

#include <boost/describe.hpp>

#include <optional>
#include <string>
#include <vector>

namespace fondaco::webhooks {

struct WebhookIn {
  std::string url;
  std::optional<std::vector<std::string>> types;
  std::optional<std::string> description;
};
BOOST_DESCRIBE_STRUCT(WebhookIn, (), (url, types, description))

struct WebhookPatch {
  std::optional<std::string> url;
  std::optional<std::vector<std::string>> types;
  std::optional<std::string> description;
  std::optional<bool> enabled;
};
BOOST_DESCRIBE_STRUCT(WebhookPatch, (), (url, types, description, enabled))

/// `secret` only in the answers that made it.
struct WebhookOut {
  WebhookId id;
  std::optional<MerchantId> merchant;
  std::string url;
  std::vector<std::string> types;
  std::string description;
  EndpointState state = EndpointState::active;
  std::optional<std::string> secret;
  std::optional<Instant> old_secret_until;
  Instant created_at;
};
BOOST_DESCRIBE_STRUCT(WebhookOut, (),
                      (id, merchant, url, types, description, state, secret, old_secret_until,
                       created_at))

struct DeliveryOut {
  DeliveryId id;
  WebhookId webhook;
  std::string event;
  std::string type;
  DeliveryState state = DeliveryState::waiting;
  bool behind_an_earlier_one = false;
  std::int64_t attempts = 0;
  std::int64_t last_status = 0;
  std::optional<Instant> next_attempt_at;
  Instant created_at;
  std::optional<Instant> ended_at;
};
BOOST_DESCRIBE_STRUCT(DeliveryOut, (),
                      (id, webhook, event, type, state, behind_an_earlier_one, attempts,
                       last_status, next_attempt_at, created_at, ended_at))

struct AttemptOut {
  Instant at;
  std::int64_t status = 0;
  std::int64_t latency_ms = 0;
  std::string error;
  std::string answer;
};
BOOST_DESCRIBE_STRUCT(AttemptOut, (), (at, status, latency_ms, error, answer))

struct DeliveryDetailOut {
  DeliveryOut delivery;
  std::vector<AttemptOut> attempts;
  JsonText body;  // The event as it is sent; null when it is no longer kept.
};
BOOST_DESCRIBE_STRUCT(DeliveryDetailOut, (), (delivery, attempts, body))

/// Either one event, or those of a time; `after` goes on from an answer's `next`.
struct ReplayIn {
  std::optional<std::string> event;
  std::optional<Instant> from;
  std::optional<Instant> to;
  std::optional<std::string> after;
};
BOOST_DESCRIBE_STRUCT(ReplayIn, (), (event, from, to, after))

struct ReplayOut {
  std::int64_t queued = 0;
  std::optional<std::string> next;
};
BOOST_DESCRIBE_STRUCT(ReplayOut, (), (queued, next))

}  // namespace fondaco::webhooks
