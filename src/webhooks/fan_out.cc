#include "rows.h"

#include <fondaco/events/webhooks.h>
#include <fondaco/webhooks/envelope.h>

namespace fondaco::webhooks {

void fan_out(storage::Tx& tx, std::span<const storage::StoredEvent> events) {
  const auto endpoints = active_endpoints(tx);
  if (endpoints.empty()) return;
  for (const auto& event : events) {
    const bool test = event.type == events::WebhookTest::kType;
    // A payload is taken apart once, and only when an endpoint of a merchant asks for its kind.
    bool known = false;
    std::optional<MerchantId> merchant;
    for (const auto& endpoint : endpoints) {
      if (test ? event.entity != endpoint.id.value : !endpoint.types.wants(event.type)) continue;
      if (endpoint.merchant && !test) {
        if (!std::exchange(known, true)) merchant = merchant_of(event);
        if (merchant != endpoint.merchant) continue;
      }
      queue(tx, endpoint, event);
    }
  }
}

}  // namespace fondaco::webhooks
