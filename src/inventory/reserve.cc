#include "lines.h"

namespace fondaco::inventory {
namespace {

constexpr storage::Sql kInsert{"inventory.insert_reservation", R"sql(
  INSERT INTO inventory_reservation (id, shard, stock_id, quantity, ref, expires_at)
  VALUES ($1, $2, $3, $4, $5, $6))sql"};
constexpr storage::Sql kDelete{"inventory.delete_reservation", R"sql(
  DELETE FROM inventory_reservation WHERE shard = $1 AND id = $2
  RETURNING stock_id, quantity, ref)sql"};
constexpr storage::Sql kKnown{"inventory.stock_exists", R"sql(
  SELECT 1 FROM inventory_stock WHERE shard = $1 AND id = $2)sql"};
constexpr storage::Sql kExpires{"inventory.reservation_expiry", R"sql(
  SELECT expires_at FROM inventory_reservation WHERE shard = $1 AND id = $2)sql"};

struct Held {
  StockId stock;
  std::int64_t quantity;
  std::int64_t ref;
};

/// Ends a reservation: its row goes, its units go back or leave.
Result<Unit, Refusal> end(storage::Tx& tx, ReservationId id, Reason reason, bool hand_over,
                          Availability* counters) {
  const auto held = tx.first(kDelete, {id.shard(), id}, [](const storage::Row& row) {
    return Held{row.id<StockId>(0), row.integer(1), row.integer(2)};
  });
  if (!held) return Refused{Refusal::unknown_reservation};
  const Taking taking{held->stock, hand_over ? -held->quantity : 0, -held->quantity};
  const auto after = move_one(tx, taking);
  FONDACO_CHECK(after.has_value());  // What is promised is always there to be given back.
  settle(tx, reason, held->ref, {taking}, {&*after, 1});
  if (counters) counters->changed(tx, {&taking, 1});
  return Unit{};
}

}  // namespace

Result<ReservationId, Refusal> reserve(storage::Tx& tx, const NewReservation& wanted,
                                       Availability* counters) {
  FONDACO_CHECK(wanted.quantity > 0 && wanted.quantity <= kMostUnits);
  const std::int64_t shard = wanted.stock.shard();
  const Taking taking{wanted.stock, 0, wanted.quantity};
  const auto after = move_one(tx, taking);
  if (!after) {
    const bool known = tx.scalar(kKnown, {shard, wanted.stock}).has_value();
    return Refused{known ? Refusal::not_enough_stock : Refusal::unknown_stock};
  }
  const auto id = tx.next_id<ReservationId>(shard);
  tx.exec(kInsert, {id, shard, wanted.stock, wanted.quantity, wanted.ref, wanted.expires_at});
  settle(tx, Reason::reserved, wanted.ref, {taking}, {&*after, 1});
  tx.schedule(kReservationTimer, wanted.expires_at, id.value);
  if (counters) counters->changed(tx, {&taking, 1});
  return id;
}

Result<Unit, Refusal> release(storage::Tx& tx, ReservationId id, Availability* counters) {
  return end(tx, id, Reason::reservation_released, false, counters);
}

Result<Unit, Refusal> use_reservation(storage::Tx& tx, ReservationId id, Availability* counters) {
  return end(tx, id, Reason::reservation_used, true, counters);
}

void expire_reservation(storage::Tx& tx, ReservationId id, Availability* counters) {
  const auto expires = tx.scalar(kExpires, {id.shard(), id});
  if (!expires || Instant{*expires} > tx.now()) return;  // Ended before, or prolonged.
  FONDACO_CHECK(end(tx, id, Reason::reservation_expired, false, counters).ok());
}

}  // namespace fondaco::inventory
