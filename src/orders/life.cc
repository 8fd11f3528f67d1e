#include "life.h"

#include <fondaco/base/check.h>
#include <fondaco/base/json.h>

#include <algorithm>

namespace fondaco::orders {
namespace {

constexpr storage::Sql kLoad{"orders.life_load.batch", R"sql(
  SELECT id, merchant_id, parts, version FROM orders_life WHERE shard = $1 AND id = $2)sql",
                             R"sql(
  SELECT l.id, l.merchant_id, l.parts, l.version
    FROM unnest($1::bigint[], $2::bigint[]) q(shard, id)
    JOIN orders_life l ON l.shard = q.shard AND l.id = q.id)sql"};
constexpr storage::Sql kInsert{"orders.life_insert", R"sql(
  INSERT INTO orders_life (shard, id, merchant_id, parts, version)
  VALUES ($1, $2, $3, $4, $5))sql"};
constexpr storage::Sql kUpdate{"orders.life_update", R"sql(
  UPDATE orders_life SET parts = $3, version = $4 + 1
   WHERE shard = $1 AND id = $2 AND version = $4)sql"};

Life life_from(const storage::Row& row) {
  Life life;
  life.order = row.id<OrderId>(0);
  life.merchant = row.id<MerchantId>(1);
  auto parts = read_json<std::vector<LifePart>>(row.text(2));
  FONDACO_CHECK(parts.ok());
  life.parts = std::move(*parts);
  life.version = row.integer(3);
  return life;
}

}  // namespace

Life new_life(const Order& order) {
  Life life;
  life.order = order.id;
  life.merchant = order.merchant;
  for (const Share& s : shares_of(order)) {
    LifePart& part = life.parts.emplace_back();
    part.line = s.line;
    part.quantity = s.quantity;
    part.gross = s.gross;
    part.platform = s.platform;
    part.commission = s.commission;
    part.fee = s.fee;
  }
  return life;
}

std::vector<Life> stored_lives(storage::Read& read, std::span<const OrderId> orders) {
  std::vector<Life> out;
  const auto look = read.lookup(kLoad);
  for (const OrderId id : orders) look->add({id.shard(), id});
  look->run([&](const storage::Row& row) { out.push_back(life_from(row)); });
  std::sort(out.begin(), out.end(), [](const Life& a, const Life& b) { return a.order < b.order; });
  return out;
}

std::optional<Life> stored_life(storage::Read& read, OrderId order) {
  auto found = stored_lives(read, {&order, 1});
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

Life life_of(storage::Read& read, const Order& order) {
  auto stored = stored_life(read, order.id);
  return stored ? std::move(*stored) : new_life(order);
}

void save_life(storage::Tx& tx, Life& life) {
  const std::string parts = json_of(life.parts);
  if (life.version == 0) {
    tx.exec(kInsert, {life.order.shard(), life.order, life.merchant, parts, 1});
  } else if (tx.exec(kUpdate, {life.order.shard(), life.order, parts, life.version}) != 1) {
    throw storage::GuardFailed(kUpdate.name);
  }
  ++life.version;
}

std::int64_t unsent_of(const LifePart& part) {
  return part.quantity - part.shipped - part.withdrawn;
}

std::int64_t kept_units_of(const LifePart& part) { return part.shipped - part.returned; }

bool settled(const LifePart& part) {
  if (part.released || part.given_back) return true;
  if (part.line == kShippingLine) return part.refunded == part.gross;
  if (part.refunded != part.gross) return false;
  return part.gross > 0 || (unsent_of(part) == 0 && kept_units_of(part) == 0);
}

Share share_of_part(const LifePart& part) {
  return {part.line, part.quantity, part.gross, part.platform, part.commission, part.fee};
}

std::int64_t held_of(const LifePart& part) {
  if (part.released || part.given_back) return 0;
  const HandedBack back = handed_back(share_of_part(part), part.refunded);
  return part.gross - part.refunded + part.platform - back.platform;
}

Kept kept_of(const LifePart& part) {
  if (part.given_back) return {};
  const HandedBack back = handed_back(share_of_part(part), part.refunded);
  Kept kept;
  kept.commission = part.commission - back.commission;
  kept.payment_fee = part.fee - back.fee;
  kept.to_merchant = part.gross - part.refunded + part.platform - back.platform - kept.commission -
                     kept.payment_fee;
  return kept;
}

}  // namespace fondaco::orders
