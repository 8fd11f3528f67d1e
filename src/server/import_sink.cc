#include "import_sink.h"

#include <algorithm>
#include <string>

namespace fondaco::server {

using catalog::ImportChange;
using catalog::ImportedVariant;

namespace {

/// Known variants go in pieces so small that the event names each row: search reads it. New ones
/// are named by their products' events, so one movement for all of them is enough.
constexpr std::size_t kKnownAtOnce = 100;
constexpr std::size_t kNewAtOnce = 5'000;

void mark(ImportChange& change, ImportChange what) {
  if (what == ImportChange::created || change == ImportChange::unchanged) change = what;
}

std::vector<VariantId> ids_of(std::span<const ImportedVariant> variants) {
  std::vector<VariantId> out;
  out.reserve(variants.size());
  for (const auto& v : variants) out.push_back(v.variant);
  return out;
}

marketplace::OfferSetting offer_of(const ImportedVariant& v, MerchantId merchant, StockId stock) {
  marketplace::OfferSetting out;
  out.merchant = merchant;
  out.variant = v.variant;
  out.product = v.product;
  out.sku = std::string(v.sku);
  out.price = v.price;
  out.compare_at = v.compare_at;
  out.keep_compare_at = !v.has_compare_at;
  out.tax_class = v.tax_class.empty() ? "standard" : std::string(v.tax_class);
  out.stock = stock;
  return out;
}

/// True when a price in a further currency is new or another one.
bool set_extra_prices(storage::Tx& tx, OfferId offer, std::span<const Money> prices) {
  if (prices.empty()) return false;
  const auto known = marketplace::price_list(tx, offer);
  bool changed = false;
  for (const Money price : prices) {
    if (std::find(known.begin(), known.end(), price) != known.end()) continue;
    changed = marketplace::set_price(tx, offer, price).ok() || changed;
  }
  return changed;
}

}  // namespace

std::vector<ImportChange> ImportSink::apply(storage::Tx& tx,
                                            std::span<const ImportedVariant> variants) {
  std::vector<ImportChange> changes(variants.size(), ImportChange::unchanged);
  auto known = levels(tx, variants);
  set_stock(tx, variants, known, changes);
  set_offers(tx, variants, known, changes);
  return changes;
}

ImportSink::Levels ImportSink::levels(storage::Tx& tx, std::span<const ImportedVariant> variants) {
  Levels out;
  for (const auto& of_variant : inventory::levels_of(tx, ids_of(variants))) {
    for (const auto& level : of_variant.levels) {
      if (level.place == place_) out.emplace(of_variant.variant, level);
    }
  }
  return out;
}

void ImportSink::set_stock(storage::Tx& tx, std::span<const ImportedVariant> variants,
                           Levels& known, Changes& changes) {
  std::vector<inventory::StockSetting> settings[2];
  std::vector<std::size_t> rows[2];
  std::vector<std::size_t> fresh;
  for (std::size_t i = 0; i < variants.size(); ++i) {
    const ImportedVariant& v = variants[i];
    const auto level = known.find(v.variant);
    const std::int64_t now =
        level == known.end() ? 0 : std::max<std::int64_t>(level->second.on_hand, 0);
    const bool kind = v.created;
    settings[kind].push_back({v.variant, place_, v.stock.value_or(now), std::nullopt,
                              v.sell_when_out || !v.stock_tracked});
    rows[kind].push_back(i);
    if (level == known.end()) fresh.push_back(i);
  }
  for (const bool kind : {false, true}) {
    const std::size_t most = kind ? kNewAtOnce : kKnownAtOnce;
    for (std::size_t at = 0; at < settings[kind].size(); at += most) {
      const auto part =
          std::span(settings[kind]).subspan(at, std::min(most, settings[kind].size() - at));
      const auto done = inventory::set_stock(tx, part, inventory::Reason::imported, 0, &counters_);
      for (std::size_t k = 0; k < done.size(); ++k) {
        const bool changed =
            done[k] == inventory::Setting::created || done[k] == inventory::Setting::updated;
        if (changed) mark(changes[rows[kind][at + k]], ImportChange::updated);
      }
    }
  }
  if (fresh.empty()) return;
  std::vector<ImportedVariant> made;
  for (const std::size_t i : fresh) made.push_back(variants[i]);
  known.merge(levels(tx, made));
}

void ImportSink::set_offers(storage::Tx& tx, std::span<const ImportedVariant> variants,
                            const Levels& known, Changes& changes) {
  std::vector<marketplace::OfferSetting> settings;
  settings.reserve(variants.size());
  for (const auto& v : variants) {
    const auto level = known.find(v.variant);
    settings.push_back(offer_of(v, merchant_, level == known.end() ? StockId{} : level->second.id));
  }
  const auto done = marketplace::upsert_offers(tx, settings);
  using Done = marketplace::OfferOutcome::Done;
  for (std::size_t i = 0; i < done.size(); ++i) {
    if (!done[i].ok()) continue;  // No price yet: it is known, and not for sale.
    if (done[i]->done == Done::created) mark(changes[i], ImportChange::created);
    if (done[i]->done == Done::updated) mark(changes[i], ImportChange::updated);
    if (set_extra_prices(tx, done[i]->id, variants[i].extra_prices)) {
      mark(changes[i], ImportChange::updated);
    }
  }
}

std::vector<catalog::ExportedOffer> ExportSource::offers(storage::Read& read, MerchantId owner,
                                                         std::span<const VariantId> variants) {
  std::unordered_map<VariantId, catalog::ExportedOffer> found;
  for (const auto& offer : marketplace::offers_of(read, variants)) {
    if (offer.merchant != owner) continue;
    auto& out = found[offer.variant];
    out.price = offer.price;
    out.compare_at = offer.compare_at;
    out.active = offer.state == marketplace::OfferState::active;
    out.extra_prices = marketplace::price_list(read, offer.id);
    std::sort(out.extra_prices.begin(), out.extra_prices.end(),
              [](const Money& a, const Money& b) { return a.currency < b.currency; });
  }
  for (const auto& level : inventory::levels_of(read, variants)) {
    found[level.variant].available = level.oversell || level.available > 0;
    for (const auto& row : level.levels) {
      if (place_ != row.place) continue;
      found[level.variant].stock = std::max<std::int64_t>(row.on_hand, 0);
    }
  }
  std::vector<catalog::ExportedOffer> out;
  out.reserve(variants.size());
  for (const VariantId variant : variants) out.push_back(found[variant]);
  return out;
}

std::optional<PlaceId> import_place(storage::Read& read, const marketplace::Merchant& merchant) {
  if (merchant.default_place) return merchant.default_place;
  return inventory::first_warehouse(read, merchant.id);
}

PlaceId place_for_import(storage::Tx& tx, const marketplace::Merchant& merchant) {
  if (merchant.default_place) return merchant.default_place;
  auto place = inventory::first_warehouse(tx, merchant.id);
  if (!place) {
    const auto made = inventory::create_place(
        tx, {merchant.id, inventory::PlaceKind::warehouse, merchant.name + " warehouse"});
    if (!made) throw Fault("the merchant " + merchant.slug + " has too many places");
    place = *made;
  }
  marketplace::MerchantChange change;
  change.default_place = *place;
  const auto done = marketplace::update_merchant(tx, merchant.id, change, std::nullopt);
  if (!done) throw Fault("the place of " + merchant.slug + " could not be set");
  return *place;
}

}  // namespace fondaco::server
