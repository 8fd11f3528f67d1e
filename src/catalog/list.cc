#include <fondaco/base/gtin.h>
#include <fondaco/base/text.h>

#include "rows.h"

#include <algorithm>

namespace fondaco::catalog {
namespace {

constexpr storage::Sql kByHandle{"catalog.by_handle", R"sql(
  SELECT id FROM catalog_product WHERE handle = $1 ORDER BY id LIMIT 100)sql"};

constexpr storage::Sql kBySku{"catalog.by_sku", R"sql(
  SELECT id, product_id, owner FROM catalog_variant
   WHERE sku = $1 AND sku <> '' ORDER BY id LIMIT 100)sql"};

constexpr storage::Sql kBySkuOf{"catalog.by_sku_of", R"sql(
  SELECT id, product_id, owner FROM catalog_variant
   WHERE shard = $1 AND owner = $2 AND sku = $3 AND sku <> '' ORDER BY id LIMIT 100)sql"};

constexpr storage::Sql kByGtin{"catalog.by_gtin", R"sql(
  SELECT id, product_id, owner FROM catalog_variant WHERE gtin = $1 ORDER BY id LIMIT 100)sql"};

// Each list is driven by one index; the other filters are tested on the way. 0 and -1: any.
// The column stands first: PostgreSQL takes a parameter's type from where it meets it first.
constexpr storage::Sql kListOwner{"catalog.list_owner", R"sql(
  SELECT id FROM catalog_product
   WHERE shard = $1 AND owner = $2 AND id > $3 AND (status = $4 OR $4 = -1)
     AND (brand_id = $5 OR $5 = 0) AND (category_id = $6 OR $6 = 0)
   ORDER BY id LIMIT $7)sql"};

constexpr storage::Sql kListCategory{"catalog.list_category", R"sql(
  SELECT id FROM catalog_product
   WHERE category_id = $1 AND status = $2 AND id > $3 AND (brand_id = $4 OR $4 = 0)
   ORDER BY id LIMIT $5)sql"};

constexpr storage::Sql kListBrand{"catalog.list_brand", R"sql(
  SELECT id FROM catalog_product
   WHERE brand_id = $1 AND status = $2 AND id > $3 ORDER BY id LIMIT $4)sql"};

constexpr storage::Sql kListAll{"catalog.list_all", R"sql(
  SELECT id FROM catalog_product WHERE status = $1 AND id > $2 ORDER BY id LIMIT $3)sql"};

constexpr storage::Sql kBelow{"catalog.category_below", R"sql(
  SELECT id FROM catalog_category
   WHERE path = $1 OR substr(path, 1, length($1) + 3) = $1 || ' > ' ORDER BY id LIMIT 1000)sql"};

// Storage order: by id on SQLite, by shard and id on PostgreSQL, where that is the primary key.
constexpr storage::Sql kScan{"catalog.scan.batch", R"sql(
  SELECT id FROM catalog_product WHERE id > $2 AND $1 >= -1 ORDER BY id LIMIT $3)sql",
                             R"sql(
  SELECT id FROM catalog_product WHERE (shard, id) > ($1, $2) ORDER BY shard, id LIMIT $3)sql"};

std::vector<VariantRef> refs(storage::Read& read, const storage::Sql& sql, storage::Args args) {
  return read.all(sql, args, [](const storage::Row& row) {
    return VariantRef{row.id<VariantId>(0), row.id<ProductId>(1), row.id<MerchantId>(2)};
  });
}

ProductId id_of(const storage::Row& row) { return row.id<ProductId>(0); }

const std::vector<Status> kAnyStatus{Status::draft, Status::active, Status::archived};

}  // namespace

std::optional<ProductId> product_by_handle(storage::Read& read, MerchantId owner,
                                           std::string_view handle) {
  const auto found = ids_by_handle(read, owner, {&handle, 1});
  if (found.empty()) return std::nullopt;
  return found.begin()->second;
}

std::vector<ProductId> products_by_handle(storage::Read& read, std::string_view handle) {
  return read.all(kByHandle, {handle}, id_of);
}

std::vector<VariantRef> variants_by_sku(storage::Read& read, MerchantId owner,
                                        std::string_view sku) {
  return refs(read, kBySkuOf, {owner.shard(), owner, sku});
}

std::vector<VariantRef> variants_by_sku(storage::Read& read, std::string_view sku) {
  return refs(read, kBySku, {sku});
}

std::vector<VariantRef> variants_by_gtin(storage::Read& read, std::string_view gtin) {
  if (!is_gtin(gtin)) return {};
  return refs(read, kByGtin, {*parse_int(gtin14(gtin))});
}

std::vector<ProductId> list_products(storage::Read& read, const Listing& l) {
  const std::int64_t limit = std::clamp(l.limit, 0, 1000);
  const auto any = l.status ? std::vector<Status>{*l.status} : kAnyStatus;
  std::vector<CategoryId> within;
  if (!l.category.empty()) {
    within = read.all(kBelow, {l.category},
                      [](const storage::Row& row) { return row.id<CategoryId>(0); });
    if (within.empty()) return {};
  }
  std::vector<ProductId> out;
  const auto take = [&](std::vector<ProductId> part) {
    out.insert(out.end(), part.begin(), part.end());
  };
  if (l.owner) {
    const std::int64_t status = l.status ? static_cast<std::int64_t>(*l.status) : -1;
    if (within.empty()) within.push_back({});
    for (const CategoryId c : within) {
      take(read.all(kListOwner, {l.owner.shard(), l.owner, l.after, status, l.brand, c, limit},
                    id_of));
    }
  } else {
    for (const Status s : any) {
      for (const CategoryId c : within) {
        take(read.all(kListCategory, {c, s, l.after, l.brand, limit}, id_of));
      }
      if (!within.empty()) continue;
      take(l.brand ? read.all(kListBrand, {l.brand, s, l.after, limit}, id_of)
                   : read.all(kListAll, {s, l.after, limit}, id_of));
    }
  }
  std::sort(out.begin(), out.end());
  if (out.size() > static_cast<std::size_t>(limit)) out.resize(static_cast<std::size_t>(limit));
  return out;
}

std::vector<Product> scan_products(storage::Read& read, Scan& position, int limit) {
  const auto ids =
      read.all(kScan, {position.shard, position.after, std::clamp(limit, 1, 1000)}, id_of);
  if (ids.empty()) return {};
  position = {ids.back().shard(), ids.back()};
  return products(read, ids);
}

}  // namespace fondaco::catalog
