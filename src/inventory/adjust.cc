#include "lines.h"

namespace fondaco::inventory {
namespace {

constexpr storage::Sql kLocked{"inventory.load_locked.batch", R"sql(
  SELECT id, variant_id, place_id, on_hand, reserved, deduct_on, oversell
    FROM inventory_stock WHERE shard = $1 AND id = $2)sql",
                               R"sql(
  SELECT s.id, s.variant_id, s.place_id, s.on_hand, s.reserved, s.deduct_on, s.oversell
    FROM unnest($1::bigint[], $2::bigint[]) AS k (shard, id)
    JOIN inventory_stock s ON s.shard = k.shard AND s.id = k.id
     FOR UPDATE OF s)sql"};

/// The row, held against other processes until the commit.
std::optional<StockLevel> load_locked(storage::Tx& tx, StockId id) {
  std::optional<StockLevel> out;
  const auto lookup = tx.lookup(kLocked);
  lookup->add({id.shard(), id});
  lookup->run([&](const storage::Row& row) { out = level_of(row); });
  return out;
}

Result<StockLevel, Refusal> change(storage::Tx& tx, const Taking& taking, Reason reason,
                                   std::int64_t ref, Availability* counters) {
  const auto after = move_one(tx, taking);
  if (!after) return Refused{Refusal::below_reserved};
  settle(tx, reason, ref, {taking}, {&*after, 1});
  if (counters) counters->changed(tx, {&taking, 1});
  return *after;
}

}  // namespace

Result<StockLevel, Refusal> count(storage::Tx& tx, StockId stock, std::int64_t on_hand,
                                  Availability* counters) {
  FONDACO_CHECK(on_hand >= 0 && on_hand <= kMostUnits);
  const auto before = load_locked(tx, stock);
  if (!before) return Refused{Refusal::unknown_stock};
  if (before->on_hand == on_hand) return *before;
  return change(tx, {stock, on_hand - before->on_hand, 0}, Reason::counted, 0, counters);
}

Result<StockLevel, Refusal> adjust(storage::Tx& tx, StockId stock, std::int64_t delta,
                                   Reason reason, std::int64_t ref, Availability* counters) {
  FONDACO_CHECK(delta >= -kMostUnits && delta <= kMostUnits);
  const auto before = load_locked(tx, stock);
  if (!before) return Refused{Refusal::unknown_stock};
  if (delta == 0) return *before;
  if (before->on_hand + delta > kMostUnits) return Refused{Refusal::too_many_units};
  return change(tx, {stock, delta, 0}, reason, ref, counters);
}

}  // namespace fondaco::inventory
