#include "lines.h"

#include <algorithm>
#include <map>
#include <set>

namespace fondaco::inventory {
namespace {

constexpr std::size_t kMostSettings = 10'000;

constexpr storage::Sql kCurrent{"inventory.set_stock_current.batch", R"sql(
  SELECT id, variant_id, place_id, on_hand, reserved, deduct_on, oversell
    FROM inventory_stock WHERE variant_id = $1 AND place_id = $2 AND shard = $3)sql",
                                R"sql(
  SELECT s.id, s.variant_id, s.place_id, s.on_hand, s.reserved, s.deduct_on, s.oversell
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS k (variant_id, place_id, shard)
    JOIN inventory_stock s
      ON s.variant_id = k.variant_id AND s.place_id = k.place_id AND s.shard = k.shard
   ORDER BY s.id FOR UPDATE OF s)sql"};

constexpr storage::Sql kInsert{"inventory.insert_stock.batch", R"sql(
  INSERT INTO inventory_stock
    (id, shard, variant_id, place_id, on_hand, reserved, deduct_on, oversell, version)
  VALUES ($1, $2, $3, $4, $5, 0, $6, $7, 1))sql",
                               R"sql(
  INSERT INTO inventory_stock
    (id, shard, variant_id, place_id, on_hand, reserved, deduct_on, oversell, version)
  SELECT c.id, c.shard, c.variant_id, c.place_id, c.on_hand, 0, c.deduct_on, c.oversell, 1
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[],
                $6::bigint[], $7::bigint[])
      AS c (id, shard, variant_id, place_id, on_hand, deduct_on, oversell))sql"};

constexpr storage::Sql kUpdate{"inventory.set_stock.batch", R"sql(
  UPDATE inventory_stock
     SET on_hand = $3, deduct_on = $4, oversell = $5, version = version + 1
   WHERE shard = $1 AND id = $2)sql",
                               R"sql(
  UPDATE inventory_stock AS s
     SET on_hand = c.on_hand, deduct_on = c.deduct_on, oversell = c.oversell,
         version = s.version + 1
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
      AS c (shard, id, on_hand, deduct_on, oversell)
   WHERE s.shard = c.shard AND s.id = c.id)sql"};

constexpr storage::Sql kEnsure{"inventory.ensure_stock", R"sql(
  INSERT INTO inventory_stock
    (id, shard, variant_id, place_id, on_hand, reserved, deduct_on, oversell, version)
  VALUES ($1, $2, $3, $4, 0, 0, 0, 0, 1)
  ON CONFLICT (variant_id, place_id, shard) DO NOTHING)sql"};

/// A row as it was and as the settings so far want it.
struct Wanted {
  std::optional<StockLevel> before;
  StockLevel now;
  bool touched = false;
};
using Key = std::pair<VariantId, PlaceId>;
using Rows = std::map<Key, Wanted>;

Rows current_rows(storage::Tx& tx, std::span<const StockSetting> settings) {
  Rows rows;
  std::set<PlaceId> places;
  for (const StockSetting& s : settings) {
    FONDACO_CHECK(s.on_hand >= 0 && s.on_hand <= kMostUnits);
    FONDACO_CHECK(s.place.shard() == settings.front().place.shard());
    places.insert(s.place);
    rows[{s.variant, s.place}];
  }
  for (const PlaceId p : places) FONDACO_CHECK(place(tx, p).has_value());
  const auto lookup = tx.lookup(kCurrent);
  for (const auto& [key, row] : rows) lookup->add({key.first, key.second, key.second.shard()});
  lookup->run([&](const storage::Row& row) {
    const StockLevel level = level_of(row);
    Wanted& w = rows[{level.variant, level.place}];
    w.before = w.now = level;
  });
  return rows;
}

Setting want(storage::Tx& tx, const StockSetting& s, Wanted& row) {
  StockLevel next = row.now;
  next.on_hand = s.on_hand;
  next.deduct_on_payment = s.deduct_on_payment.value_or(next.deduct_on_payment);
  next.oversell = s.oversell.value_or(next.oversell);
  if (!row.now.id) {
    next.id = tx.next_id<StockId>(s.place.shard());
    next.variant = s.variant;
    next.place = s.place;
    row = {std::nullopt, next, true};
    return Setting::created;
  }
  const StockLevel& now = row.now;
  if (next.on_hand == now.on_hand && next.oversell == now.oversell &&
      next.deduct_on_payment == now.deduct_on_payment) {
    return Setting::unchanged;
  }
  if (!next.covers(0)) return Setting::below_reserved;
  row.now = next;
  row.touched = true;
  return Setting::updated;
}

/// Writes what changed; the lines of the movement and the rows after it.
std::vector<Taking> write_rows(storage::Tx& tx, const Rows& rows, std::vector<StockLevel>& after) {
  std::vector<const Wanted*> changed;
  for (const auto& [key, row] : rows) {
    if (row.touched) changed.push_back(&row);
  }
  std::sort(changed.begin(), changed.end(),
            [](const Wanted* a, const Wanted* b) { return a->now.id < b->now.id; });
  const auto insert = tx.batch(kInsert);
  const auto update = tx.batch(kUpdate);
  std::vector<Taking> lines;
  for (const Wanted* w : changed) {
    const StockLevel& n = w->now;
    if (w->before) {
      update->add({n.id.shard(), n.id, n.on_hand, n.deduct_on_payment, n.oversell});
    } else {
      insert->add(
          {n.id, n.id.shard(), n.variant, n.place, n.on_hand, n.deduct_on_payment, n.oversell});
    }
    lines.push_back({n.id, n.on_hand - (w->before ? w->before->on_hand : 0), 0});
    after.push_back(n);
  }
  insert->finish();
  update->finish();
  return lines;
}

}  // namespace

StockId ensure_stock(storage::Tx& tx, VariantId variant, PlaceId at) {
  if (const auto level = find(tx, variant, at)) return level->id;
  FONDACO_CHECK(place(tx, at).has_value());
  tx.exec(kEnsure, {tx.next_id<StockId>(at.shard()), at.shard(), variant, at});
  return find(tx, variant, at).value().id;
}

std::vector<Setting> set_stock(storage::Tx& tx, std::span<const StockSetting> settings,
                               Reason reason, std::int64_t ref, Availability* counters) {
  FONDACO_CHECK(settings.size() <= kMostSettings);
  std::vector<Setting> out;
  if (settings.empty()) return out;
  Rows rows = current_rows(tx, settings);
  out.reserve(settings.size());
  for (const StockSetting& s : settings) out.push_back(want(tx, s, rows[{s.variant, s.place}]));
  std::vector<StockLevel> after;
  auto lines = write_rows(tx, rows, after);
  if (lines.empty()) return out;
  if (counters) {
    std::vector<StockId> ids;
    for (const StockLevel& level : after) ids.push_back(level.id);
    tx.after_commit([counters, ids = std::move(ids)] { counters->refresh(ids); });
  }
  settle(tx, reason, ref, std::move(lines), after);
  return out;
}

}  // namespace fondaco::inventory
