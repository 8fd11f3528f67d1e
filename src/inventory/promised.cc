#include "lines.h"

#include <fondaco/base/check.h>

#include <map>

namespace fondaco::inventory {
namespace {

constexpr storage::Sql kOfRefs{"inventory.movements_of_ref.batch", R"sql(
  SELECT ref, lines FROM inventory_movement WHERE ref = $2 AND shard = $1)sql",
                               R"sql(
  SELECT m.ref, m.lines FROM unnest($1::bigint[], $2::bigint[]) AS k (shard, ref)
    JOIN inventory_movement m ON m.ref = k.ref AND m.shard = k.shard)sql"};

}  // namespace

std::vector<Promised> promised_for(storage::Read& read, std::span<const std::int64_t> refs) {
  std::map<std::pair<std::int64_t, StockId>, std::int64_t> sums;
  const auto look = read.lookup(kOfRefs);
  for (const std::int64_t ref : refs) look->add({shard_of(ref), ref});
  look->run([&](const storage::Row& row) {
    const std::int64_t ref = row.integer(0);
    const bool good =
        each_line(row.text(1), [&](Taking t) { sums[{ref, t.stock}] += t.reserved_delta; });
    FONDACO_CHECK(good);
  });
  std::vector<Promised> out;
  for (const auto& [key, units] : sums) {
    if (units != 0) out.push_back({key.first, key.second, units});
  }
  return out;
}

}  // namespace fondaco::inventory
