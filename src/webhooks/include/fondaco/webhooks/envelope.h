// An event as others get it, and whose it is. Depends on storage/outbox.h.
// The same text goes to webhooks, to the event stream and to whoever reads GET /events.
#pragma once

#include <fondaco/base/ids.h>
#include <fondaco/storage/outbox.h>

#include <optional>
#include <string>
#include <string_view>

namespace fondaco::webhooks {

/// CloudEvents 1.0 in JSON. Members that hold sealed personal data (contact and its key) are left
/// out: they are for rebuilding orders, not for others.
std::string cloud_event(const storage::StoredEvent& event);

/// The merchant that may see it; nothing: operators only. Takes the payload apart, 5 to 20 µs.
std::optional<MerchantId> merchant_of(const storage::StoredEvent& event);

}  // namespace fondaco::webhooks
