#include "rows.h"

namespace fondaco::webhooks {
namespace {

constexpr storage::Sql kFind{"webhooks.delivery", R"sql(
  SELECT id, endpoint_id, node, seq, type, entity, state, behind, next_at, attempts, status,
         created_at, ended_at
    FROM webhooks_delivery WHERE shard = $1 AND id = $2)sql"};

constexpr storage::Sql kOf{"webhooks.deliveries_of", R"sql(
  SELECT id, endpoint_id, node, seq, type, entity, state, behind, next_at, attempts, status,
         created_at, ended_at
    FROM webhooks_delivery
   WHERE shard = $1 AND endpoint_id = $2 AND id < $3 AND ($4 = 0 OR state = $4)
   ORDER BY id DESC LIMIT $5)sql"};

constexpr storage::Sql kAttempts{"webhooks.attempts_of", R"sql(
  SELECT at, status, latency_us, error, answer FROM webhooks_attempt
   WHERE shard = $1 AND delivery_id = $2 ORDER BY id)sql"};

constexpr storage::Sql kOld{"webhooks.old_deliveries", R"sql(
  SELECT id FROM webhooks_delivery WHERE open = 0 AND ended_at < $1 LIMIT 500)sql"};

constexpr storage::Sql kForgetAttempts{"webhooks.forget_attempts", R"sql(
  DELETE FROM webhooks_attempt WHERE shard = $1 AND delivery_id = $2)sql"};

constexpr storage::Sql kForget{"webhooks.forget_delivery", R"sql(
  DELETE FROM webhooks_delivery WHERE shard = $1 AND id = $2)sql"};

}  // namespace

std::optional<Delivery> find_delivery(storage::Read& read, DeliveryId id) {
  return read.first(kFind, {id.shard(), id}, delivery_from);
}

std::vector<Delivery> deliveries_of(storage::Read& read, WebhookId endpoint, DeliveryId before,
                                    int limit, std::optional<DeliveryState> only) {
  const std::int64_t end = before ? before.value : INT64_MAX;
  const std::int64_t state = only ? static_cast<std::int64_t>(*only) : 0;
  return read.all(kOf, {endpoint.shard(), endpoint, end, state, limit}, delivery_from);
}

std::vector<Attempt> attempts_of(storage::Read& read, DeliveryId id) {
  return read.all(kAttempts, {id.shard(), id}, [](const storage::Row& row) {
    return Attempt{row.instant(0), row.integer(1), {row.integer(2)}, row.str(3), row.str(4)};
  });
}

std::int64_t purge(storage::Tx& tx, Instant until) {
  const auto old =
      tx.all(kOld, {until}, [](const storage::Row& row) { return row.id<DeliveryId>(0); });
  for (const DeliveryId id : old) {
    tx.exec(kForgetAttempts, {id.shard(), id});
    tx.exec(kForget, {id.shard(), id});
  }
  return static_cast<std::int64_t>(old.size());
}

}  // namespace fondaco::webhooks
