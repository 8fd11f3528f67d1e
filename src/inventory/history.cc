#include "lines.h"

#include <fondaco/base/json.h>
#include <fondaco/base/log.h>
#include <fondaco/events/inventory.h>

#include <algorithm>
#include <unordered_map>

namespace fondaco::inventory {
namespace {

constexpr storage::Sql kIndex{"inventory.index.batch", R"sql(
  INSERT INTO inventory_movement_index (shard, stock_id, movement_id, on_hand, reserved)
  VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (stock_id, movement_id, shard)
  DO UPDATE SET on_hand = excluded.on_hand, reserved = excluded.reserved)sql",
                              R"sql(
  INSERT INTO inventory_movement_index (shard, stock_id, movement_id, on_hand, reserved)
  SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
  ON CONFLICT (stock_id, movement_id, shard)
  DO UPDATE SET on_hand = excluded.on_hand, reserved = excluded.reserved)sql"};

constexpr storage::Sql kById{"inventory.movement_by_id.batch", R"sql(
  SELECT id, lines FROM inventory_movement WHERE shard = $1 AND id = $2)sql",
                             R"sql(
  SELECT m.id, m.lines FROM unnest($1::bigint[], $2::bigint[]) AS k (shard, id)
    JOIN inventory_movement m ON m.shard = k.shard AND m.id = k.id)sql"};
constexpr storage::Sql kByRef{"inventory.movement_by_ref.batch", R"sql(
  SELECT id, lines FROM inventory_movement WHERE ref = $2 AND shard = $1)sql",
                              R"sql(
  SELECT m.id, m.lines FROM unnest($1::bigint[], $2::bigint[]) AS k (shard, ref)
    JOIN inventory_movement m ON m.ref = k.ref AND m.shard = k.shard)sql"};
constexpr storage::Sql kDetails{"inventory.movement_details.batch", R"sql(
  SELECT id, at, reason, ref, actor FROM inventory_movement WHERE shard = $1 AND id = $2)sql",
                                R"sql(
  SELECT m.id, m.at, m.reason, m.ref, m.actor
    FROM unnest($1::bigint[], $2::bigint[]) AS k (shard, id)
    JOIN inventory_movement m ON m.shard = k.shard AND m.id = k.id)sql"};

// Sums of a row's movements, and of those not older than $3.
constexpr storage::Sql kSums{"inventory.index_sums", R"sql(
  SELECT CAST(COALESCE(SUM(on_hand), 0) AS BIGINT),
         CAST(COALESCE(SUM(reserved), 0) AS BIGINT),
         CAST(COALESCE(SUM(CASE WHEN movement_id >= $3 THEN on_hand ELSE 0 END), 0) AS BIGINT),
         CAST(COALESCE(SUM(CASE WHEN movement_id >= $3 THEN reserved ELSE 0 END), 0) AS BIGINT)
    FROM inventory_movement_index WHERE stock_id = $2 AND shard = $1)sql"};
constexpr storage::Sql kPage{"inventory.index_page", R"sql(
  SELECT movement_id, on_hand, reserved FROM inventory_movement_index
   WHERE stock_id = $2 AND shard = $1 AND movement_id < $3
   ORDER BY movement_id DESC LIMIT $4)sql"};

constexpr storage::Sql kAll{"inventory.movements_after.batch", R"sql(
  SELECT id, shard, lines FROM inventory_movement WHERE id > $2 AND $1 >= 0
   ORDER BY id LIMIT 100)sql",
                            R"sql(
  SELECT id, shard, lines FROM inventory_movement WHERE (shard, id) > ($1, $2)
   ORDER BY shard, id LIMIT 100)sql"};

using Found = std::vector<std::pair<MovementId, std::vector<Taking>>>;

void take(Found& found, const storage::Row& row, int lines_column) {
  std::vector<Taking> lines;
  const bool good = each_line(row.text(lines_column), [&](Taking t) { lines.push_back(t); });
  FONDACO_CHECK(good);
  found.emplace_back(row.id<MovementId>(0), summed(lines));
}

/// In the order of the index, so that neighbours meet the same page.
void write_index(storage::Tx& derived, const Found& found) {
  std::vector<std::pair<Taking, MovementId>> rows;
  for (const auto& [movement, lines] : found) {
    for (const Taking& t : lines) rows.emplace_back(t, movement);
  }
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first.stock, a.second) < std::pair(b.first.stock, b.second);
  });
  const auto insert = derived.batch(kIndex);
  for (const auto& [t, movement] : rows) {
    insert->add({t.stock.shard(), t.stock, movement, t.on_hand_delta, t.reserved_delta});
  }
  insert->finish();
}

void index_events(storage::Tx& derived, storage::Read& main,
                  std::span<const storage::StoredEvent> events, const auto& refs_of) {
  const auto by_id = main.lookup(kById);
  const auto by_ref = main.lookup(kByRef);
  for (const auto& e : events) {
    if (e.type == events::StockMoved::kType) {
      by_id->add({shard_of(e.entity), e.entity});
    } else if (refs_of) {
      for (const std::int64_t ref : refs_of(e)) by_ref->add({shard_of(ref), ref});
    } else {
      by_ref->add({shard_of(e.entity), e.entity});
    }
  }
  Found found;
  by_id->run([&](const storage::Row& row) { take(found, row, 1); });
  by_ref->run([&](const storage::Row& row) { take(found, row, 1); });
  // Two events may tell of one order: PostgreSQL refuses the same row twice in one INSERT.
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  const auto same = [](const auto& a, const auto& b) { return a.first == b.first; };
  found.erase(std::unique(found.begin(), found.end(), same), found.end());
  write_index(derived, found);
}

/// What another process moved is forgotten here; our own commits have been followed already.
void follow_others(Availability& counters, int own_node,
                   std::span<const storage::StoredEvent> events) {
  for (const auto& e : events) {
    if (e.node == own_node) continue;
    const auto moved = read_stored<events::StockMoved>(e.payload);
    if (!moved.ok() || moved->lines.empty()) {
      counters.forget_all();
      continue;
    }
    for (const auto& line : moved->lines) counters.refresh({&line.stock, 1});
  }
}

}  // namespace

Result<MovementPage, Refusal> movements_of(storage::Read& main, storage::Read& derived,
                                           StockId stock, MovementId before, int limit) {
  FONDACO_CHECK(limit >= 1 && limit <= 1000);
  const std::int64_t end = before ? before.value : INT64_MAX;
  struct Sums {
    std::int64_t on_hand, reserved, newer_on_hand, newer_reserved;
  };
  const auto sums = derived.first(kSums, {stock.shard(), stock, end}, [](const auto& row) {
    return Sums{row.integer(0), row.integer(1), row.integer(2), row.integer(3)};
  });
  const auto level = load(main, {&stock, 1});
  if (level.empty()) return Refused{Refusal::unknown_stock};
  MovementPage page;
  page.pending_on_hand = level.front().on_hand - sums->on_hand;
  page.pending_reserved = level.front().reserved - sums->reserved;
  std::int64_t on_hand = sums->on_hand - sums->newer_on_hand;
  std::int64_t reserved = sums->reserved - sums->newer_reserved;
  std::unordered_map<MovementId, std::size_t> at;
  const auto details = main.lookup(kDetails);
  derived.each(kPage, {stock.shard(), stock, end, limit + 1}, [&](const storage::Row& row) {
    if (page.entries.size() == static_cast<std::size_t>(limit)) {
      page.has_more = true;
      return;
    }
    MovementEntry& e = page.entries.emplace_back();
    e.id = row.id<MovementId>(0);
    e.on_hand_delta = row.integer(1);
    e.reserved_delta = row.integer(2);
    e.on_hand = on_hand;
    e.reserved = reserved;
    on_hand -= e.on_hand_delta;
    reserved -= e.reserved_delta;
    at[e.id] = page.entries.size() - 1;
    details->add({e.id.shard(), e.id});
  });
  details->run([&](const storage::Row& row) {
    MovementEntry& e = page.entries[at.at(row.id<MovementId>(0))];
    e.at = row.instant(1);
    e.reason = static_cast<Reason>(row.integer(2));
    e.ref = row.integer(3);
    e.actor = row.str(4);
  });
  return page;
}

void subscribe(const Wiring& wiring) {
  storage::Store& store = wiring.store;
  Availability& counters = wiring.counters;
  std::vector<std::string> types = wiring.movement_events;
  types.emplace_back(events::StockMoved::kType);
  store.outbox().once("inventory.movement_index", types, store.derived(),
                      [&store, refs_of = wiring.refs_of](storage::Tx& tx, auto events) {
                        auto main = store.main().read();
                        index_events(tx, main, events, refs_of);
                      });
  store.outbox().every_process(
      "inventory.availability", {std::string(events::StockMoved::kType)},
      [&store, &counters](auto events) { follow_others(counters, store.outbox().node(), events); });
  store.timers().handle(std::string(kReservationTimer),
                        [&counters](storage::Tx& tx, const storage::Timer& timer) {
                          expire_reservation(tx, ReservationId{timer.ref}, &counters);
                        });
}

std::int64_t rebuild_movement_index(storage::Store& store) {
  std::int64_t shard = 0;
  std::int64_t id = 0;
  std::int64_t total = 0;
  for (;;) {
    Found found;
    {
      auto main = store.main().read();
      main->each(kAll, {shard, id}, [&](const storage::Row& row) {
        take(found, row, 2);
        id = row.integer(0);
        shard = row.integer(1);
      });
    }
    if (found.empty()) return total;
    store.derived().write([&](storage::Tx& tx) { write_index(tx, found); });
    total += static_cast<std::int64_t>(found.size());
  }
}

}  // namespace fondaco::inventory
