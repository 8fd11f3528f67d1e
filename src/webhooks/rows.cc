#include "rows.h"

#include <fondaco/events/webhooks.h>
#include <fondaco/storage/publish.h>
#include <fondaco/webhooks/envelope.h>

namespace fondaco::webhooks {
namespace {

constexpr storage::Sql kFind{"webhooks.endpoint", R"sql(
  SELECT id, merchant_id, url, types, description, state, key_id, secret, old_secret, old_until,
         created_at, version
    FROM webhooks_endpoint WHERE shard = $1 AND id = $2)sql"};

constexpr storage::Sql kOf{"webhooks.endpoints_of", R"sql(
  SELECT id, merchant_id, url, types, description, state, key_id, secret, old_secret, old_until,
         created_at, version
    FROM webhooks_endpoint WHERE merchant_id = $1 AND state <> 4 ORDER BY id)sql"};

constexpr storage::Sql kActive{"webhooks.active_endpoints", R"sql(
  SELECT id, merchant_id, url, types, description, state, key_id, secret, old_secret, old_until,
         created_at, version
    FROM webhooks_endpoint WHERE state = 1 ORDER BY id)sql"};

constexpr storage::Sql kOpen{"webhooks.open_of_entity", R"sql(
  SELECT id FROM webhooks_delivery
   WHERE shard = $1 AND endpoint_id = $2 AND open = 1 AND entity = $3 LIMIT 1)sql"};

constexpr storage::Sql kQueue{"webhooks.queue", R"sql(
  INSERT INTO webhooks_delivery (shard, id, endpoint_id, node, seq, type, entity, state, open,
    behind, next_at, lease_until, attempts, status, created_at, ended_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, 1, 1, $8, $9, 0, 0, 0, $9, 0))sql"};

constexpr storage::Sql kNext{"webhooks.next_of_entity", R"sql(
  SELECT MIN(id) FROM webhooks_delivery
   WHERE shard = $1 AND endpoint_id = $2 AND open = 1 AND entity = $3)sql"};

constexpr storage::Sql kLet{"webhooks.let_next", R"sql(
  UPDATE webhooks_delivery SET behind = 0, next_at = $3
   WHERE shard = $1 AND id = $2 AND behind = 1)sql"};

}  // namespace

Endpoint endpoint_from(const storage::Row& row) {
  Endpoint out;
  out.id = row.id<WebhookId>(0);
  out.merchant = row.id<MerchantId>(1);
  out.url = row.str(2);
  out.types = TypeFilter::parse(row.text(3)).value_or(TypeFilter{});
  out.description = row.str(4);
  out.state = static_cast<EndpointState>(row.integer(5));
  out.key = row.id<KeyId>(6);
  out.secret = std::string(row.blob(7));
  out.old_secret = std::string(row.blob(8));
  out.old_until = row.instant(9);
  out.created_at = row.instant(10);
  out.version = row.integer(11);
  return out;
}

Delivery delivery_from(const storage::Row& row) {
  return {.id = row.id<DeliveryId>(0),
          .endpoint = row.id<WebhookId>(1),
          .node = static_cast<int>(row.integer(2)),
          .seq = row.integer(3),
          .type = row.str(4),
          .entity = row.integer(5),
          .state = static_cast<DeliveryState>(row.integer(6)),
          .behind = row.flag(7),
          .next_at = row.instant(8),
          .attempts = row.integer(9),
          .status = row.integer(10),
          .created_at = row.instant(11),
          .ended_at = row.instant(12)};
}

std::optional<Endpoint> find_endpoint(storage::Read& read, WebhookId id) {
  return read.first(kFind, {id.shard(), id}, endpoint_from);
}

std::vector<Endpoint> endpoints_of(storage::Read& read, MerchantId merchant) {
  return read.all(kOf, {merchant}, endpoint_from);
}

std::vector<Endpoint> active_endpoints(storage::Read& read) {
  return read.all(kActive, {}, endpoint_from);
}

bool is_for(const Endpoint& endpoint, const storage::StoredEvent& event) {
  if (event.type == events::WebhookTest::kType) return event.entity == endpoint.id.value;
  if (!endpoint.types.wants(event.type)) return false;
  return !endpoint.merchant || merchant_of(event) == endpoint.merchant;
}

void queue(storage::Tx& tx, const Endpoint& endpoint, const storage::StoredEvent& event) {
  const bool behind =
      tx.scalar(kOpen, {endpoint.id.shard(), endpoint.id, event.entity}).has_value();
  const auto id = tx.next_id<DeliveryId>(endpoint.id.shard());
  tx.exec(kQueue, {id.shard(), id, endpoint.id, event.node, event.seq, event.type, event.entity,
                   behind, tx.now()});
}

void let_next(storage::Tx& tx, const Delivery& ended) {
  const auto next = tx.scalar(kNext, {ended.endpoint.shard(), ended.endpoint, ended.entity});
  if (next.value_or(0) != 0) tx.exec(kLet, {ended.endpoint.shard(), *next, tx.now()});
}

void announce(storage::Tx& tx, const Endpoint& endpoint, std::string_view what) {
  storage::publish(tx, endpoint.id.value, endpoint.version,
                   events::WebhookChanged{endpoint.id, endpoint.merchant, std::string(what)});
}

}  // namespace fondaco::webhooks
