#include <fondaco/base/gtin.h>
#include <fondaco/base/text.h>

#include "rows.h"

#include <algorithm>
#include <unordered_map>

namespace fondaco::catalog {
namespace {

constexpr storage::Sql kProducts{"catalog.products.batch", R"sql(
  SELECT p.id, p.owner, p.handle, p.status, p.version, p.updated_at, p.title, p.description,
         p.brand_id, b.name, p.category_id, c.path, c.path_zh, p.tags, p.options, p.media,
         p.attributes, p.translations
    FROM catalog_product p
    LEFT JOIN catalog_brand b ON b.id = p.brand_id
    LEFT JOIN catalog_category c ON c.id = p.category_id
   WHERE p.shard = $1 AND p.id = $2)sql",
                                 R"sql(
  SELECT p.id, p.owner, p.handle, p.status, p.version, p.updated_at, p.title, p.description,
         p.brand_id, b.name, p.category_id, c.path, c.path_zh, p.tags, p.options, p.media,
         p.attributes, p.translations
    FROM unnest($1::bigint[], $2::bigint[]) q(shard, id)
    JOIN catalog_product p ON p.shard = q.shard AND p.id = q.id
    LEFT JOIN catalog_brand b ON b.id = p.brand_id
    LEFT JOIN catalog_category c ON c.id = p.category_id)sql"};

constexpr storage::Sql kVariants{"catalog.variants.batch", R"sql(
  SELECT id, product_id, owner, position, version, weight_grams, value1, value2, value3, sku,
         barcode, tax_class, image, unit_measure, attributes
    FROM catalog_variant WHERE shard = $1 AND product_id = $2)sql",
                                 R"sql(
  SELECT v.id, v.product_id, v.owner, v.position, v.version, v.weight_grams, v.value1, v.value2,
         v.value3, v.sku, v.barcode, v.tax_class, v.image, v.unit_measure, v.attributes
    FROM unnest($1::bigint[], $2::bigint[]) q(shard, id)
    JOIN catalog_variant v ON v.shard = q.shard AND v.product_id = q.id)sql"};

constexpr storage::Sql kHandles{"catalog.handles.batch", R"sql(
  SELECT handle, id FROM catalog_product WHERE shard = $1 AND owner = $2 AND handle = $3)sql",
                                R"sql(
  SELECT p.handle, p.id FROM unnest($1::bigint[], $2::bigint[], $3::text[]) q(shard, owner, handle)
    JOIN catalog_product p ON p.shard = q.shard AND p.owner = q.owner AND p.handle = q.handle)sql"};

constexpr storage::Sql kBriefs{"catalog.briefs.batch", R"sql(
  SELECT v.id, v.product_id, v.owner, p.status, p.handle, p.title, v.value1, v.value2, v.value3,
         v.sku, v.weight_grams, v.tax_class, p.category_id
    FROM catalog_variant v
    JOIN catalog_product p ON p.shard = v.shard AND p.id = v.product_id
   WHERE v.shard = $1 AND v.id = $2)sql",
                               R"sql(
  SELECT v.id, v.product_id, v.owner, p.status, p.handle, p.title, v.value1, v.value2, v.value3,
         v.sku, v.weight_grams, v.tax_class, p.category_id
    FROM unnest($1::bigint[], $2::bigint[]) q(shard, id)
    JOIN catalog_variant v ON v.shard = q.shard AND v.id = q.id
    JOIN catalog_product p ON p.shard = v.shard AND p.id = v.product_id)sql"};

Product product_of(const storage::Row& row) {
  Product p;
  p.id = row.id<ProductId>(0);
  p.owner = row.id<MerchantId>(1);
  p.handle = row.str(2);
  p.status = static_cast<Status>(row.integer(3));
  p.version = row.integer(4);
  p.updated_at = row.instant(5);
  p.title = row.str(6);
  p.description = row.str(7);
  p.brand_id = row.id<BrandId>(8);
  p.brand = row.str(9);
  p.category_id = row.id<CategoryId>(10);
  p.category = row.str(11);
  p.category_zh = row.str(12);
  p.tags = unpack_list(row.text(13));
  p.options = unpack_list(row.text(14));
  p.media = unpack_media(row.text(15));
  p.attributes = unpack_map(row.text(16));
  p.translations = unpack_translations(row.text(17));
  return p;
}

Variant variant_of(const storage::Row& row) {
  Variant v;
  v.id = row.id<VariantId>(0);
  v.product = row.id<ProductId>(1);
  v.owner = row.id<MerchantId>(2);
  v.position = row.integer(3);
  v.version = row.integer(4);
  v.weight_grams = row.integer(5);
  v.values = {row.str(6), row.str(7), row.str(8)};
  v.sku = row.str(9);
  v.barcode = row.str(10);
  v.tax_class = row.str(11);
  v.image = row.str(12);
  v.unit_measure = row.str(13);
  v.attributes = unpack_map(row.text(14));
  return v;
}

}  // namespace

std::vector<Product> load_products(storage::Read& read, std::span<const ProductId> ids) {
  std::vector<Product> out;
  out.reserve(ids.size());
  std::unordered_map<ProductId, std::size_t> index;
  const auto products = read.lookup(kProducts);
  const auto variants = read.lookup(kVariants);
  for (const ProductId id : ids) {
    if (!index.emplace(id, 0).second) continue;
    products->add({id.shard(), id});
    variants->add({id.shard(), id});
  }
  products->run([&](const storage::Row& row) {
    out.push_back(product_of(row));
    index[out.back().id] = out.size();
  });
  if (out.empty()) return out;
  variants->run([&](const storage::Row& row) {
    const auto found = index.find(row.id<ProductId>(1));
    if (found == index.end() || found->second == 0) return;
    auto& p = out[found->second - 1];
    p.variants.push_back(variant_of(row));
    p.variants.back().image = unpack_image(p.variants.back().image, p.media);
  });
  for (auto& p : out) {
    std::sort(p.variants.begin(), p.variants.end(), [](const Variant& a, const Variant& b) {
      return std::pair(a.position, a.id) < std::pair(b.position, b.id);
    });
  }
  return out;
}

std::map<std::string, ProductId> ids_by_handle(storage::Read& read, MerchantId owner,
                                               std::span<const std::string_view> handles) {
  std::map<std::string, ProductId> out;
  const auto look = read.lookup(kHandles);
  for (const auto handle : handles) look->add({owner.shard(), owner, handle});
  look->run([&](const storage::Row& row) { out[row.str(0)] = row.id<ProductId>(1); });
  return out;
}

std::optional<Product> product(storage::Read& read, ProductId id) {
  auto found = load_products(read, {&id, 1});
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::vector<Product> products(storage::Read& read, std::span<const ProductId> ids) {
  auto found = load_products(read, ids);
  std::unordered_map<ProductId, Product*> by_id;
  for (auto& p : found) by_id[p.id] = &p;
  std::vector<Product> out;
  out.reserve(found.size());
  for (const ProductId id : ids) {
    const auto at = by_id.find(id);
    if (at == by_id.end() || !at->second) continue;
    out.push_back(std::move(*at->second));
    at->second = nullptr;  // An id asked for twice is answered once.
  }
  return out;
}

std::vector<VariantBrief> variant_briefs(storage::Read& read, std::span<const VariantId> ids) {
  std::unordered_map<VariantId, VariantBrief> found;
  const auto look = read.lookup(kBriefs);
  for (const VariantId id : ids) look->add({id.shard(), id});
  look->run([&](const storage::Row& row) {
    VariantBrief b;
    b.id = row.id<VariantId>(0);
    b.product = row.id<ProductId>(1);
    b.owner = row.id<MerchantId>(2);
    b.status = static_cast<Status>(row.integer(3));
    b.handle = row.str(4);
    b.title = row.str(5);
    b.values = {row.str(6), row.str(7), row.str(8)};
    b.sku = row.str(9);
    b.weight_grams = row.integer(10);
    b.tax_class = row.str(11);
    b.category = row.id<CategoryId>(12);
    found.insert_or_assign(b.id, std::move(b));
  });
  std::vector<VariantBrief> out;
  out.reserve(ids.size());
  for (const VariantId id : ids) {
    if (const auto at = found.find(id); at != found.end()) out.push_back(at->second);
  }
  return out;
}

}  // namespace fondaco::catalog
