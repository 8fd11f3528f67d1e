#include "lines.h"

#include <algorithm>
#include <unordered_map>

namespace fondaco::inventory {
namespace {

constexpr storage::Sql kLoad{"inventory.load.batch", R"sql(
  SELECT id, variant_id, place_id, on_hand, reserved, deduct_on, oversell
    FROM inventory_stock WHERE shard = $1 AND id = $2)sql",
                             R"sql(
  SELECT s.id, s.variant_id, s.place_id, s.on_hand, s.reserved, s.deduct_on, s.oversell
    FROM unnest($1::bigint[], $2::bigint[]) AS k (shard, id)
    JOIN inventory_stock s ON s.shard = k.shard AND s.id = k.id)sql"};

constexpr storage::Sql kFind{"inventory.find", R"sql(
  SELECT id, variant_id, place_id, on_hand, reserved, deduct_on, oversell
    FROM inventory_stock WHERE variant_id = $1 AND place_id = $2 AND shard = $3)sql"};

// A variant may lie at places of many merchants: this one question goes to every shard.
constexpr storage::Sql kOfVariant{"inventory.levels_of.batch", R"sql(
  SELECT s.id, s.variant_id, s.place_id, s.on_hand, s.reserved, s.deduct_on, s.oversell
    FROM inventory_stock s
    JOIN inventory_place p ON p.id = s.place_id AND p.shard = s.shard
   WHERE s.variant_id = $1 AND p.active = 1)sql",
                                  R"sql(
  SELECT s.id, s.variant_id, s.place_id, s.on_hand, s.reserved, s.deduct_on, s.oversell
    FROM unnest($1::bigint[]) AS k (variant_id)
    JOIN inventory_stock s ON s.variant_id = k.variant_id
    JOIN inventory_place p ON p.id = s.place_id AND p.shard = s.shard
   WHERE p.active = 1)sql"};

constexpr storage::Sql kAtPlace{"inventory.levels_at", R"sql(
  SELECT id, variant_id, place_id, on_hand, reserved, deduct_on, oversell
    FROM inventory_stock WHERE shard = $1 AND place_id = $2 AND id > $3
   ORDER BY id LIMIT $4)sql"};

}  // namespace

StockLevel level_of(const storage::Row& row) {
  return {row.id<StockId>(0), row.id<VariantId>(1), row.id<PlaceId>(2), row.integer(3),
          row.integer(4),     row.flag(5),          row.flag(6)};
}

std::vector<StockLevel> load(storage::Read& read, std::span<const StockId> ids) {
  std::vector<StockId> wanted(ids.begin(), ids.end());
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  const auto lookup = read.lookup(kLoad);
  for (const StockId id : wanted) lookup->add({id.shard(), id});
  std::vector<StockLevel> out;
  out.reserve(wanted.size());
  lookup->run([&](const storage::Row& row) { out.push_back(level_of(row)); });
  std::sort(out.begin(), out.end(),
            [](const StockLevel& a, const StockLevel& b) { return a.id < b.id; });
  return out;
}

std::optional<StockLevel> find(storage::Read& read, VariantId variant, PlaceId place) {
  return read.first(kFind, {variant, place, place.shard()}, level_of);
}

std::vector<VariantLevels> levels_of(storage::Read& read, std::span<const VariantId> variants) {
  std::unordered_map<VariantId, VariantLevels> found;
  for (const VariantId v : variants) found[v].variant = v;
  const auto lookup = read.lookup(kOfVariant);
  for (const auto& [variant, levels] : found) lookup->add({variant});
  lookup->run([&](const storage::Row& row) {
    const StockLevel level = level_of(row);
    VariantLevels& of = found[level.variant];
    of.available += std::max<std::int64_t>(0, level.available());
    of.oversell = of.oversell || level.oversell;
    of.levels.push_back(level);
  });
  for (auto& [variant, of] : found) {
    std::sort(of.levels.begin(), of.levels.end(),
              [](const StockLevel& a, const StockLevel& b) { return a.id < b.id; });
  }
  std::vector<VariantLevels> out;
  out.reserve(variants.size());
  for (const VariantId v : variants) out.push_back(found[v]);
  return out;
}

std::vector<StockLevel> levels_at(storage::Read& read, PlaceId place, StockId after, int limit) {
  return read.all(kAtPlace, {place.shard(), place, after, limit}, level_of);
}

}  // namespace fondaco::inventory
