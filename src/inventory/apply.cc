#include "lines.h"

#include <fondaco/events/inventory.h>
#include <fondaco/storage/publish.h>

namespace fondaco::inventory {
namespace {

// Test and take in one statement: no gap in which two buyers see the same last unit. PostgreSQL
// locks the rows in the order of their ids first, so that two processes cannot wait in a circle.
constexpr storage::Sql kApply{"inventory.apply.batch", R"sql(
  UPDATE inventory_stock
     SET on_hand = on_hand + $3, reserved = reserved + $4, version = version + 1
   WHERE shard = $1 AND id = $2 AND reserved + $4 >= 0
     AND (oversell = 1 OR on_hand + $3 >= reserved + $4))sql",
                              R"sql(
  WITH change AS (
         SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])
             AS c (shard, id, on_hand, reserved)),
       locked AS MATERIALIZED (
         SELECT t.shard, t.id FROM inventory_stock t
           JOIN change c ON t.shard = c.shard AND t.id = c.id
          ORDER BY t.id FOR UPDATE OF t)
  UPDATE inventory_stock AS s
     SET on_hand = s.on_hand + c.on_hand, reserved = s.reserved + c.reserved,
         version = s.version + 1
    FROM change c JOIN locked l ON l.shard = c.shard AND l.id = c.id
   WHERE s.shard = c.shard AND s.id = c.id AND s.reserved + c.reserved >= 0
     AND (s.oversell = 1 OR s.on_hand + c.on_hand >= s.reserved + c.reserved))sql"};

constexpr storage::Sql kMoveOne{"inventory.move_one", R"sql(
  UPDATE inventory_stock
     SET on_hand = on_hand + $3, reserved = reserved + $4, version = version + 1
   WHERE shard = $1 AND id = $2 AND reserved + $4 >= 0
     AND (oversell = 1 OR on_hand + $3 >= reserved + $4)
  RETURNING id, variant_id, place_id, on_hand, reserved, deduct_on, oversell)sql"};

constexpr storage::Sql kRecord{"inventory.record.batch", R"sql(
  INSERT INTO inventory_movement (id, shard, at, reason, ref, actor, lines)
  VALUES ($1, $2, $3, $4, $5, $6, $7))sql",
                               R"sql(
  INSERT INTO inventory_movement (id, shard, at, reason, ref, actor, lines)
  SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[],
                       $6::text[], $7::text[]))sql"};

constexpr std::size_t kLinesToldMax = 100;

}  // namespace

void apply(storage::Tx& tx, std::span<const Taking> takings, Availability* counters) {
  const std::vector<Taking> sums = summed(takings);
  if (sums.empty()) return;
  const auto update = tx.batch(kApply);
  for (const Taking& t : sums) {
    update->add({t.stock.shard(), t.stock, t.on_hand_delta, t.reserved_delta});
  }
  update->finish();
  if (counters) counters->changed(tx, sums);
}

std::optional<StockLevel> move_one(storage::Tx& tx, const Taking& t) {
  return tx.first(kMoveOne, {t.stock.shard(), t.stock, t.on_hand_delta, t.reserved_delta},
                  level_of);
}

void record(storage::Tx& tx, std::span<const Movement> movements) {
  if (movements.empty()) return;
  const auto insert = tx.batch(kRecord);
  for (const Movement& m : movements) {
    FONDACO_CHECK(m.id && !m.lines.empty());
    FONDACO_CHECK(m.ref == 0 || shard_of(m.ref) == m.id.shard());
    for (const Taking& line : m.lines) FONDACO_CHECK(line.stock.shard() == m.id.shard());
    insert->add({m.id, m.id.shard(), tx.now(), m.reason, m.ref, tx.actor(), pack_lines(m.lines)});
  }
  insert->finish();
}

MovementId settle(storage::Tx& tx, Reason reason, std::int64_t ref, std::vector<Taking> lines,
                  std::span<const StockLevel> after) {
  FONDACO_CHECK(!lines.empty() && lines.size() == after.size());
  const auto id = tx.next_id<MovementId>(lines.front().stock.shard());
  events::StockMoved event{
      id, std::string(name_of(reason)), ref, static_cast<std::int64_t>(lines.size()), {}};
  if (lines.size() <= kLinesToldMax) {
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const StockLevel& now = after[i];
      event.lines.push_back({now.id, now.variant, now.place, lines[i].on_hand_delta,
                             lines[i].reserved_delta, now.on_hand, now.reserved});
    }
  }
  const Movement movement{id, reason, ref, std::move(lines)};
  record(tx, {&movement, 1});
  storage::publish(tx, id.value, 1, event);
  return id;
}

std::string_view name_of(Reason reason) {
  switch (reason) {
    case Reason::order_placed:
      return "order_placed";
    case Reason::order_paid:
      return "order_paid";
    case Reason::order_cancelled:
      return "order_cancelled";
    case Reason::order_expired:
      return "order_expired";
    case Reason::order_shipped:
      return "order_shipped";
    case Reason::order_returned:
      return "order_returned";
    case Reason::imported:
      return "imported";
    case Reason::counted:
      return "counted";
    case Reason::received:
      return "received";
    case Reason::damaged:
      return "damaged";
    case Reason::lost:
      return "lost";
    case Reason::found:
      return "found";
    case Reason::corrected:
      return "corrected";
    case Reason::reserved:
      return "reserved";
    case Reason::reservation_released:
      return "reservation_released";
    case Reason::reservation_expired:
      return "reservation_expired";
    case Reason::reservation_used:
      return "reservation_used";
  }
  return "unknown";
}

}  // namespace fondaco::inventory
