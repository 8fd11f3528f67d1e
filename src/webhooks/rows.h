// Rows of endpoints and deliveries. Private to webhooks.
#pragma once

#include <fondaco/webhooks.h>

namespace fondaco::webhooks {

Endpoint endpoint_from(const storage::Row& row);
Delivery delivery_from(const storage::Row& row);

/// A row for this event at this endpoint, behind an open one of its entity.
void queue(storage::Tx& tx, const Endpoint& endpoint, const storage::StoredEvent& event);
/// After one has ended: the next of its endpoint and entity may be sent.
void let_next(storage::Tx& tx, const Delivery& ended);
void announce(storage::Tx& tx, const Endpoint& endpoint, std::string_view what);
/// Whether this endpoint may be told of it and wants to.
bool is_for(const Endpoint& endpoint, const storage::StoredEvent& event);

}  // namespace fondaco::webhooks
