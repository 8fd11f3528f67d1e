#include "save.h"

#include <fondaco/base/gtin.h>
#include <fondaco/base/text.h>
#include <fondaco/catalog/html.h>
#include <fondaco/events/catalog.h>
#include <fondaco/storage/publish.h>

#include "rows.h"

#include <algorithm>

namespace fondaco::catalog {
namespace {

constexpr storage::Sql kAddProduct{"catalog.add_product.batch", R"sql(
  INSERT INTO catalog_product (shard, id, owner, handle, status, version, updated_at, brand_id,
         category_id, title, description, tags, options, media, attributes, translations)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16))sql",
                                   R"sql(
  INSERT INTO catalog_product (shard, id, owner, handle, status, version, updated_at, brand_id,
         category_id, title, description, tags, options, media, attributes, translations)
  SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[],
         $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::text[], $11::text[],
         $12::text[], $13::text[], $14::text[], $15::text[], $16::text[]))sql"};

constexpr storage::Sql kSetProduct{"catalog.set_product.batch", R"sql(
  UPDATE catalog_product
     SET owner = $3, handle = $4, status = $5, version = $6, updated_at = $7, brand_id = $8,
         category_id = $9, title = $10, description = $11, tags = $12, options = $13,
         media = $14, attributes = $15, translations = $16
   WHERE shard = $1 AND id = $2)sql",
                                   R"sql(
  UPDATE catalog_product p
     SET owner = q.owner, handle = q.handle, status = q.status, version = q.version,
         updated_at = q.updated_at, brand_id = q.brand_id, category_id = q.category_id,
         title = q.title, description = q.description, tags = q.tags, options = q.options,
         media = q.media, attributes = q.attributes, translations = q.translations
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[],
         $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::text[], $11::text[],
         $12::text[], $13::text[], $14::text[], $15::text[], $16::text[])
         q(shard, id, owner, handle, status, version, updated_at, brand_id, category_id, title,
           description, tags, options, media, attributes, translations)
   WHERE p.shard = q.shard AND p.id = q.id)sql"};

constexpr storage::Sql kAddVariant{"catalog.add_variant.batch", R"sql(
  INSERT INTO catalog_variant (shard, id, product_id, owner, position, version, weight_grams,
         gtin, value1, value2, value3, sku, barcode, tax_class, image, unit_measure, attributes)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17))sql",
                                   R"sql(
  INSERT INTO catalog_variant (shard, id, product_id, owner, position, version, weight_grams,
         gtin, value1, value2, value3, sku, barcode, tax_class, image, unit_measure, attributes)
  SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[],
         $6::bigint[], $7::bigint[], $8::bigint[], $9::text[], $10::text[], $11::text[],
         $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::text[]))sql"};

constexpr storage::Sql kSetVariant{"catalog.set_variant.batch", R"sql(
  UPDATE catalog_variant
     SET product_id = $3, owner = $4, position = $5, version = $6, weight_grams = $7, gtin = $8,
         value1 = $9, value2 = $10, value3 = $11, sku = $12, barcode = $13, tax_class = $14,
         image = $15, unit_measure = $16, attributes = $17
   WHERE shard = $1 AND id = $2)sql",
                                   R"sql(
  UPDATE catalog_variant v
     SET product_id = q.product_id, owner = q.owner, position = q.position, version = q.version,
         weight_grams = q.weight_grams, gtin = q.gtin, value1 = q.value1, value2 = q.value2,
         value3 = q.value3, sku = q.sku, barcode = q.barcode, tax_class = q.tax_class,
         image = q.image, unit_measure = q.unit_measure, attributes = q.attributes
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[],
         $6::bigint[], $7::bigint[], $8::bigint[], $9::text[], $10::text[], $11::text[],
         $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::text[])
         q(shard, id, product_id, owner, position, version, weight_grams, gtin, value1, value2,
           value3, sku, barcode, tax_class, image, unit_measure, attributes)
   WHERE v.shard = q.shard AND v.id = q.id)sql"};

void add_row(storage::BatchWrite& batch, const Product& p) {
  batch.add({p.id.shard(), p.id, p.owner, p.handle, p.status, p.version, p.updated_at, p.brand_id,
             p.category_id, p.title, p.description, pack_list(p.tags), pack_list(p.options),
             pack_media(p.media), pack_map(p.attributes), pack_translations(p.translations)});
}

void add_row(storage::BatchWrite& batch, const Variant& v, const std::string& image) {
  const auto gtin = v.gtin();
  batch.add({v.id.shard(), v.id, v.product, v.owner, v.position, v.version, v.weight_grams,
             gtin.empty() ? std::nullopt : parse_int(gtin), v.values[0], v.values[1], v.values[2],
             v.sku, v.barcode, v.tax_class, image, v.unit_measure, pack_map(v.attributes)});
}

/// Equal in everything that a merchant can set.
bool same_content(const Product& a, const Product& b) {
  return a.handle == b.handle && a.status == b.status && a.title == b.title &&
         a.description == b.description && a.brand == b.brand && a.category == b.category &&
         a.tags == b.tags && a.options == b.options && a.media == b.media &&
         a.attributes == b.attributes && a.translations == b.translations;
}

bool same_content(const Variant& a, const Variant& b) {
  return a.position == b.position && a.values == b.values && a.sku == b.sku &&
         a.barcode == b.barcode && a.weight_grams == b.weight_grams && a.tax_class == b.tax_class &&
         a.image == b.image && a.unit_measure == b.unit_measure && a.attributes == b.attributes;
}

struct Batches {
  std::unique_ptr<storage::BatchWrite> add_product;
  std::unique_ptr<storage::BatchWrite> set_product;
  std::unique_ptr<storage::BatchWrite> add_variant;
  std::unique_ptr<storage::BatchWrite> set_variant;
};

// Returns whether a row of a variant was written.
bool write_variant(storage::Tx& tx, PlannedSave& plan, std::size_t i, Batches& batches) {
  Variant& v = plan.now.variants[i];
  v.product = plan.now.id;
  v.owner = plan.now.owner;
  const auto image = pack_image(v.image, plan.now.media);
  const Variant* before = v.id && plan.before ? plan.before->find(v.id) : nullptr;
  if (!before) {
    if (!v.id) v.id = tx.next_id<VariantId>(v.owner.shard());
    v.version = 1;
    plan.variants[i] = Change::created;
    add_row(*batches.add_variant, v, image);
    return true;
  }
  v.version = before->version;
  const bool changed = !same_content(v, *before);
  plan.variants[i] = changed ? Change::updated : Change::unchanged;
  // Another order of the product's media changes what "#2" means.
  const bool moved = image != pack_image(before->image, plan.before->media);
  if (!changed && !moved) return false;
  if (changed) ++v.version;
  add_row(*batches.set_variant, v, image);
  return changed;
}

void write_one(storage::Tx& tx, PlannedSave& plan, Taxonomy& taxonomy, Batches& batches) {
  Product& p = plan.now;
  p.brand_id = taxonomy.brand(tx, p.brand);
  p.category_id = taxonomy.category(tx, p.category, p.category_zh);
  if (!plan.before) p.id = tx.next_id<ProductId>(p.owner.shard());
  plan.variants.assign(p.variants.size(), Change::unchanged);
  bool changed = !plan.before || !same_content(p, *plan.before);
  for (std::size_t i = 0; i < p.variants.size(); ++i) {
    changed = write_variant(tx, plan, i, batches) || changed;
  }
  if (!changed) return;
  p.version = plan.before ? plan.before->version + 1 : 1;
  p.updated_at = tx.now();
  plan.change = plan.before ? Change::updated : Change::created;
  add_row(plan.before ? *batches.set_product : *batches.add_product, p);
  const std::string status(name_of(p.status));
  storage::publish(tx, p.id.value, p.version,
                   events::ProductChanged{p.id, p.owner, p.version, status});
}

/// The variant of the stored product that a wanted one without id means: by option values, else
/// by SKU.
const Variant* meant(const Product& before, const Variant& wanted) {
  for (const auto& v : before.variants) {
    if (v.values == wanted.values) return &v;
  }
  for (const auto& v : before.variants) {
    if (!wanted.sku.empty() && v.sku == wanted.sku) return &v;
  }
  return nullptr;
}

SaveRefusal refusal(Refusal code, std::string pointer, std::string message) {
  return {code, std::move(pointer), std::move(message)};
}

// Gives wanted variants their ids and adds the stored ones that are not named.
std::optional<SaveRefusal> match_variants(const Product& before, Product& wanted) {
  std::vector<VariantId> taken;
  std::int64_t last = 0;
  for (const auto& v : before.variants) last = std::max(last, v.position);
  for (std::size_t i = 0; i < wanted.variants.size(); ++i) {
    auto& v = wanted.variants[i];
    const Variant* old = v.id ? before.find(v.id) : meant(before, v);
    const auto pointer = "/variants/" + std::to_string(i);
    if (v.id && !old) return refusal(Refusal::invalid, pointer + "/id", "is no variant of it");
    if (old && std::find(taken.begin(), taken.end(), old->id) != taken.end()) {
      return refusal(Refusal::invalid, pointer, "is the same variant as one before it");
    }
    v.id = old ? old->id : VariantId{};
    v.position = old ? old->position : ++last;
    if (old) taken.push_back(old->id);
  }
  for (const auto& v : before.variants) {
    if (std::find(taken.begin(), taken.end(), v.id) == taken.end()) wanted.variants.push_back(v);
  }
  return std::nullopt;
}

}  // namespace

void write_products(storage::Tx& tx, std::span<PlannedSave> plans, Taxonomy& taxonomy) {
  Batches batches{tx.batch(kAddProduct), tx.batch(kSetProduct), tx.batch(kAddVariant),
                  tx.batch(kSetVariant)};
  for (auto& plan : plans) write_one(tx, plan, taxonomy, batches);
  batches.add_product->finish();
  batches.set_product->finish();
  batches.add_variant->finish();
  batches.set_variant->finish();
}

Result<Saved, SaveRefusal> save_product(storage::Tx& tx, Product wanted,
                                        std::optional<std::int64_t> if_version) {
  wanted.description = clean_html(wanted.description);
  for (auto& [locale, t] : wanted.translations) t.description = clean_html(t.description);
  wanted.brand = trim(wanted.brand);
  wanted.category = tidy_path(wanted.category);
  PlannedSave plan;
  if (wanted.id) {
    plan.before = product(tx, wanted.id);
    if (!plan.before || (wanted.owner && plan.before->owner != wanted.owner)) {
      return Refused{refusal(Refusal::unknown_product, "", "there is no such product")};
    }
    wanted.owner = plan.before->owner;
    if (if_version && *if_version != plan.before->version) {
      return Refused{refusal(Refusal::version_drifted, "",
                             "is version " + std::to_string(plan.before->version) + ", not " +
                                 std::to_string(*if_version))};
    }
    if (auto bad = match_variants(*plan.before, wanted)) return Refused{std::move(*bad)};
  } else {
    for (std::size_t i = 0; i < wanted.variants.size(); ++i) {
      wanted.variants[i].id = {};
      wanted.variants[i].position = static_cast<std::int64_t>(i) + 1;
    }
  }
  if (auto bad = check_product(wanted)) return Refused{std::move(*bad)};
  const auto same_handle = product_by_handle(tx, wanted.owner, wanted.handle);
  if (same_handle && *same_handle != wanted.id) {
    return Refused{refusal(Refusal::handle_taken, "/handle",
                           "\"" + wanted.handle + "\" is another product's")};
  }
  plan.now = std::move(wanted);
  if (plan.before) plan.now.version = plan.before->version;
  Taxonomy taxonomy;
  write_products(tx, {&plan, 1}, taxonomy);
  return Saved{plan.now.id, plan.now.version, plan.change != Change::unchanged};
}

Result<Saved, SaveRefusal> set_status(storage::Tx& tx, ProductId id, Status status) {
  auto now = product(tx, id);
  if (!now) return Refused{refusal(Refusal::unknown_product, "", "there is no such product")};
  PlannedSave plan;
  plan.before = *now;
  plan.now = std::move(*now);
  plan.now.status = status;
  Taxonomy taxonomy;
  write_products(tx, {&plan, 1}, taxonomy);
  return Saved{plan.now.id, plan.now.version, plan.change != Change::unchanged};
}

}  // namespace fondaco::catalog
