// publish(tx, event): a described event struct into the outbox. Depends on outbox.h, base/json.h.
#pragma once

#include <fondaco/base/json.h>
#include <fondaco/storage/tx.h>

namespace fondaco::storage {

/// E has: static constexpr std::string_view kType, static constexpr int kVersion, and is
/// described. `entity` is what it happened to, `entity_version` grows with each change of it.
template <class E>
void publish(Tx& tx, std::int64_t entity, std::int64_t entity_version, const E& event) {
  tx.publish({std::string(E::kType), E::kVersion, entity, entity_version, json_of(event)});
}

}  // namespace fondaco::storage
