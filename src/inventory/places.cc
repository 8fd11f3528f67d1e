#include <fondaco/events/inventory.h>
#include <fondaco/inventory.h>
#include <fondaco/storage/publish.h>

namespace fondaco::inventory {
namespace {

constexpr storage::Sql kCount{"inventory.count_places", R"sql(
  SELECT COUNT(*) FROM inventory_place WHERE shard = $1 AND merchant_id = $2)sql"};
constexpr storage::Sql kCreate{"inventory.create_place", R"sql(
  INSERT INTO inventory_place (id, shard, merchant_id, kind, name, active, version)
  VALUES ($1, $2, $3, $4, $5, 1, 1))sql"};
constexpr storage::Sql kPlace{"inventory.place", R"sql(
  SELECT id, merchant_id, kind, name, active FROM inventory_place
   WHERE shard = $1 AND id = $2)sql"};
constexpr storage::Sql kPlacesOf{"inventory.places_of", R"sql(
  SELECT id, merchant_id, kind, name, active FROM inventory_place
   WHERE shard = $1 AND merchant_id = $2 AND id > $3 ORDER BY id LIMIT $4)sql"};
constexpr storage::Sql kFirstWarehouse{"inventory.first_warehouse", R"sql(
  SELECT id FROM inventory_place
   WHERE shard = $1 AND merchant_id = $2 AND kind = $3 AND active = 1
   ORDER BY id LIMIT 1)sql"};

Place place_of(const storage::Row& row) {
  return {row.id<PlaceId>(0), row.id<MerchantId>(1), static_cast<PlaceKind>(row.integer(2)),
          row.str(3), row.flag(4)};
}

std::string name_of_kind(PlaceKind kind) {
  switch (kind) {
    case PlaceKind::warehouse:
      return "warehouse";
    case PlaceKind::store:
      return "store";
    case PlaceKind::pickup_point:
      return "pickup_point";
    case PlaceKind::locker:
      return "locker";
    case PlaceKind::in_transit:
      return "in_transit";
  }
  return "unknown";
}

}  // namespace

Result<PlaceId, Refusal> create_place(storage::Tx& tx, const NewPlace& wanted) {
  FONDACO_CHECK(wanted.merchant && !wanted.name.empty() && wanted.name.size() <= 200);
  const std::int64_t shard = wanted.merchant.shard();
  if (tx.scalar(kCount, {shard, wanted.merchant}).value_or(0) >= kMostPlaces) {
    return Refused{Refusal::too_many_places};
  }
  const auto id = tx.next_id<PlaceId>(shard);
  tx.exec(kCreate, {id, shard, wanted.merchant, wanted.kind, wanted.name});
  storage::publish(tx, id.value, 1,
                   events::PlaceCreated{id, wanted.merchant, name_of_kind(wanted.kind)});
  return id;
}

std::optional<Place> place(storage::Read& read, PlaceId id) {
  return read.first(kPlace, {id.shard(), id}, place_of);
}

std::vector<Place> places_of(storage::Read& read, MerchantId merchant, PlaceId after, int limit) {
  return read.all(kPlacesOf, {merchant.shard(), merchant, after, limit}, place_of);
}

std::optional<PlaceId> first_warehouse(storage::Read& read, MerchantId merchant) {
  const auto id = read.scalar(kFirstWarehouse, {merchant.shard(), merchant, PlaceKind::warehouse});
  return id ? std::optional(PlaceId{*id}) : std::nullopt;
}

}  // namespace fondaco::inventory
