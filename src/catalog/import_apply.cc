#include "import_batch.h"

#include "rows.h"

#include <algorithm>
#include <unordered_map>

namespace fondaco::catalog {
namespace {

constexpr storage::Sql kFirstOfSku{"catalog.first_of_sku.batch", R"sql(
  SELECT sku, MIN(id) FROM catalog_variant
   WHERE shard = $1 AND owner = $2 AND sku = $3 AND sku <> '' GROUP BY sku)sql",
                                   R"sql(
  SELECT v.sku, MIN(v.id)
    FROM unnest($1::bigint[], $2::bigint[], $3::text[]) q(shard, owner, sku)
    JOIN catalog_variant v
      ON v.shard = q.shard AND v.owner = q.owner AND v.sku = q.sku AND v.sku <> ''
   GROUP BY v.sku)sql"};

using SkuOwners = std::unordered_map<std::string_view, std::int64_t>;

std::unordered_map<std::string, Product> stored_products(storage::Tx& tx, const ImportBatch& batch,
                                                         MerchantId owner) {
  std::vector<std::string_view> handles;
  for (const auto& p : batch.products) handles.push_back(p.handle);
  std::vector<ProductId> ids;
  for (const auto& [handle, id] : ids_by_handle(tx, owner, handles)) ids.push_back(id);
  std::unordered_map<std::string, Product> out;
  for (auto& p : load_products(tx, ids)) {
    auto handle = p.handle;
    out.emplace(std::move(handle), std::move(p));
  }
  return out;
}

// A SKU that an older variant of the merchant has is kept and is worth a warning.
void warn_of_skus(storage::Tx& tx, const std::vector<Merged>& merged, MerchantId owner,
                  std::vector<ImportNote>& notes) {
  SkuOwners first;  // 0: not stored, not met yet; -1: met in this batch.
  const auto look = tx.lookup(kFirstOfSku);
  const auto each = [&](auto&& f) {
    for (const auto& m : merged) {
      for (std::size_t i = 0; m.taken && i < m.sources.size(); ++i) {
        const auto& v = m.plan.now.variants[i];
        if (m.sources[i] && !v.sku.empty()) f(v, *m.sources[i]);
      }
    }
  };
  each([&](const Variant& v, const VariantPatch&) {
    if (first.emplace(v.sku, 0).second) look->add({owner.shard(), owner, v.sku});
  });
  look->run([&](const storage::Row& row) {
    if (const auto it = first.find(row.text(0)); it != first.end()) it->second = row.integer(1);
  });
  each([&](const Variant& v, const VariantPatch& source) {
    auto& holder = first[v.sku];
    const bool another = holder > 0 ? holder != v.id.value : holder < 0 || source.sku_seen_before;
    if (holder == 0) holder = -1;
    if (!another || source.seen_before) return;
    notes.push_back({false, source.at.row, "SKU",
                     "\"" + v.sku + "\" is the SKU of another variant too: kept as it is",
                     source.at.raw});
  });
}

void count(ImportCounts& counts, Change change) {
  switch (change) {
    case Change::created:
      ++counts.created;
      return;
    case Change::updated:
      ++counts.updated;
      return;
    case Change::unchanged:
      ++counts.unchanged;
      return;
  }
}

ImportedVariant imported(const Product& p, const Variant& v, const VariantPatch& source,
                         Change change) {
  ImportedVariant out;
  out.owner = p.owner;
  out.product = p.id;
  out.variant = v.id;
  out.sku = v.sku;
  out.title = p.title;
  out.tax_class = v.tax_class;
  out.weight_grams = v.weight_grams;
  out.status = p.status;
  out.price = source.price;
  out.compare_at = source.compare_at;
  out.has_compare_at = source.has_compare_at;
  out.extra_prices = source.extra_prices;
  out.stock = source.stock;
  out.stock_tracked = source.tracked;
  out.sell_when_out = source.sell_when_out;
  out.created = change == Change::created;
  return out;
}

struct Touched {
  const VariantPatch* source;
  Change change;
};

// Hands prices and stock over and counts what became of each variant as a whole.
void offer(storage::Tx& tx, const std::vector<PlannedSave>& plans,
           const std::vector<const Merged*>& of, ImportSink& sink, BatchOutcome& out) {
  std::vector<ImportedVariant> variants;
  std::vector<Touched> touched;
  for (std::size_t n = 0; n < plans.size(); ++n) {
    const auto& plan = plans[n];
    for (std::size_t i = 0; i < plan.now.variants.size(); ++i) {
      const auto* source = of[n]->sources[i];
      if (!source) continue;
      variants.push_back(imported(plan.now, plan.now.variants[i], *source, plan.variants[i]));
      touched.push_back({source, plan.variants[i]});
    }
  }
  if (variants.empty()) return;
  const auto changes = sink.apply(tx, variants);
  FONDACO_CHECK(changes.size() == variants.size());
  for (std::size_t i = 0; i < touched.size(); ++i) {
    if (touched[i].source->seen_before) continue;
    const bool same =
        touched[i].change == Change::unchanged && changes[i] == ImportChange::unchanged;
    count(out.variants, touched[i].change == Change::created ? Change::created
                        : same                               ? Change::unchanged
                                                             : Change::updated);
  }
}

}  // namespace

BatchOutcome apply_batch(storage::Tx& tx, const ImportBatch& batch, const BatchContext& context) {
  BatchOutcome out;
  auto stored = stored_products(tx, batch, context.owner);
  std::vector<Merged> merged;
  merged.reserve(batch.products.size());
  for (const auto& patch : batch.products) {
    std::optional<Product> before;
    if (const auto found = stored.find(patch.handle); found != stored.end()) {
      before = std::move(found->second);
    }
    merged.push_back(merge(patch, std::move(before), context, out.notes));
    if (merged.back().taken) out.images += static_cast<std::int64_t>(patch.images.size());
  }
  warn_of_skus(tx, merged, context.owner, out.notes);
  std::vector<PlannedSave> plans;
  std::vector<const Merged*> of;
  std::vector<const ProductPatch*> patches;
  for (std::size_t i = 0; i < merged.size(); ++i) {
    if (!merged[i].taken) continue;
    plans.push_back(std::move(merged[i].plan));
    of.push_back(&merged[i]);
    patches.push_back(&batch.products[i]);
  }
  Taxonomy taxonomy(&context.known);
  write_products(tx, plans, taxonomy);
  for (std::size_t i = 0; i < plans.size(); ++i) {
    if (!patches[i]->seen_before) count(out.products, plans[i].change);
  }
  offer(tx, plans, of, context.sink, out);
  out.fresh = std::move(taxonomy.fresh());
  return out;
}

}  // namespace fondaco::catalog
