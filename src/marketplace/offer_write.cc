#include "offer_rows.h"

#include <fondaco/base/check.h>
#include <fondaco/base/text.h>
#include <fondaco/events/marketplace.h>
#include <fondaco/storage/publish.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

namespace fondaco::marketplace {
namespace {

constexpr storage::Sql kKnown{"marketplace.merchant_known.batch", R"sql(
  SELECT id FROM marketplace_merchant WHERE shard = $1 AND id = $2)sql",
                              R"sql(
  SELECT m.id FROM unnest($1::bigint[], $2::bigint[]) AS k(shard, id)
    JOIN marketplace_merchant m ON m.shard = k.shard AND m.id = k.id)sql"};

constexpr storage::Sql kStored{"marketplace.stored_offer.batch", R"sql(
  SELECT id, merchant_id, variant_id, product_id, sku, price_minor, compare_at_minor, currency,
         tax_class, stock_id, state, version
    FROM marketplace_offer WHERE variant_id = $1 AND merchant_id = $2 AND shard = $3)sql",
                               R"sql(
  SELECT o.id, o.merchant_id, o.variant_id, o.product_id, o.sku, o.price_minor,
         o.compare_at_minor, o.currency, o.tax_class, o.stock_id, o.state, o.version
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS k(variant_id, merchant_id, shard)
    JOIN marketplace_offer o ON o.variant_id = k.variant_id
     AND o.merchant_id = k.merchant_id AND o.shard = k.shard)sql"};

constexpr storage::Sql kInsert{"marketplace.insert_offer.batch", R"sql(
  INSERT INTO marketplace_offer (shard, id, merchant_id, variant_id, product_id, sku, price_minor,
    compare_at_minor, currency, tax_class, stock_id, state, version)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13))sql",
                               R"sql(
  INSERT INTO marketplace_offer (shard, id, merchant_id, variant_id, product_id, sku, price_minor,
    compare_at_minor, currency, tax_class, stock_id, state, version)
  SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[],
    $6::text[], $7::bigint[], $8::bigint[], $9::text[], $10::text[], $11::bigint[],
    $12::bigint[], $13::bigint[]))sql"};

constexpr storage::Sql kUpdate{"marketplace.update_offer.batch", R"sql(
  UPDATE marketplace_offer
     SET product_id = $4, sku = $5, price_minor = $6, compare_at_minor = $7, currency = $8,
         tax_class = $9, stock_id = $10, state = $11, version = $3
   WHERE shard = $1 AND id = $2 AND version = $3 - 1)sql",
                               R"sql(
  UPDATE marketplace_offer o
     SET product_id = n.product_id, sku = n.sku, price_minor = n.price_minor,
         compare_at_minor = n.compare_at_minor, currency = n.currency, tax_class = n.tax_class,
         stock_id = n.stock_id, state = n.state, version = n.version
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[],
      $6::bigint[], $7::bigint[], $8::text[], $9::text[], $10::bigint[], $11::bigint[])
      AS n(shard, id, version, product_id, sku, price_minor, compare_at_minor, currency,
           tax_class, stock_id, state)
   WHERE o.shard = n.shard AND o.id = n.id AND o.version = n.version - 1)sql"};

constexpr storage::Sql kList{"marketplace.list_price", R"sql(
  INSERT INTO marketplace_price (shard, id, offer_id, currency, price_minor)
  VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (offer_id, currency, shard) DO UPDATE SET price_minor = excluded.price_minor)sql"};

constexpr storage::Sql kListed{"marketplace.listed_price", R"sql(
  SELECT price_minor FROM marketplace_price
   WHERE shard = $1 AND offer_id = $2 AND currency = $3)sql"};

struct PriceRowTag {
  static constexpr std::string_view prefix = "prc";
};
using PriceRowId = Id<PriceRowTag>;  // Nobody names an entry of a price list from outside.

constexpr std::size_t kRowsMax = 10'000;
constexpr std::size_t kProductsPerEvent = 500;
constexpr std::size_t kSkuBytes = 128;

bool is_price(Money m) { return m.minor >= 0 && m.minor <= kPriceMinorMax; }

std::optional<std::int64_t> minor_of(const std::optional<Money>& m) {
  return m ? std::optional(m->minor) : std::nullopt;
}

/// Which products of which merchant changed: what OfferChanged tells.
class News {
 public:
  void add(const Offer& offer, bool listing) {
    Of& of = merchants_[offer.merchant];
    of.products.insert(offer.product);
    of.listing = of.listing || listing;
  }
  void publish(storage::Tx& tx) const {
    for (const auto& [merchant, of] : merchants_) {
      events::OfferChanged event{merchant, {}, of.listing};
      for (const ProductId product : of.products) {
        event.products.push_back(product);
        if (event.products.size() < kProductsPerEvent) continue;
        send(tx, event);
        event.products.clear();
      }
      if (!event.products.empty()) send(tx, event);
    }
  }

 private:
  static void send(storage::Tx& tx, const events::OfferChanged& event) {
    storage::publish(tx, event.merchant.value, tx.now().us, event);
  }
  struct Of {
    std::set<ProductId> products;
    bool listing = false;
  };
  std::map<MerchantId, Of> merchants_;
};

using Key = std::pair<MerchantId, VariantId>;
struct KeyHash {
  std::size_t operator()(const Key& k) const noexcept {
    return std::hash<MerchantId>()(k.first) ^ (std::hash<VariantId>()(k.second) >> 1);
  }
};

/// One upsert: what is stored, what shall be, what has to be written.
class Upsert {
 public:
  Upsert(storage::Tx& tx, std::span<const OfferSetting> settings) : tx_(tx), settings_(settings) {}

  std::vector<Result<OfferOutcome, OfferRefusal>> run() {
    read_merchants();
    read_stored();
    std::vector<Result<Target*, OfferRefusal>> targets;
    targets.reserve(settings_.size());
    for (const OfferSetting& s : settings_) targets.push_back(decide(s));
    write();
    news_.publish(tx_);

    std::vector<Result<OfferOutcome, OfferRefusal>> out;
    out.reserve(targets.size());
    for (const auto& target : targets) {
      if (target.ok()) {
        out.emplace_back(OfferOutcome{(*target)->offer.id, (*target)->done()});
      } else {
        out.emplace_back(Refused{target.refusal()});
      }
    }
    return out;
  }

 private:
  struct Target {
    Offer offer;                  // As it shall be.
    std::optional<Offer> stored;  // As it is; nothing: it is new.
    bool same() const {
      const Offer& a = offer;
      const Offer& b = *stored;
      return a.product == b.product && a.sku == b.sku && a.price == b.price &&
             a.compare_at == b.compare_at && a.tax_class == b.tax_class && a.stock == b.stock &&
             a.state == b.state;
    }
    OfferOutcome::Done done() const {
      if (!stored) return OfferOutcome::Done::created;
      return same() ? OfferOutcome::Done::unchanged : OfferOutcome::Done::updated;
    }
  };

  void read_merchants() {
    std::set<MerchantId> asked;
    for (const OfferSetting& s : settings_) asked.insert(s.merchant);
    const auto lookup = tx_.lookup(kKnown);
    for (const MerchantId id : asked) lookup->add({id.shard(), id});
    lookup->run([&](const storage::Row& row) { merchants_.insert(row.id<MerchantId>(0)); });
  }

  void read_stored() {
    targets_.reserve(settings_.size());
    std::set<Key> asked;
    const auto lookup = tx_.lookup(kStored);
    for (const OfferSetting& s : settings_) {
      if (!asked.insert({s.merchant, s.variant}).second) continue;
      lookup->add({s.variant, s.merchant, s.merchant.shard()});
    }
    lookup->run([&](const storage::Row& row) {
      const Offer offer = offer_from(row);
      targets_.emplace(Key{offer.merchant, offer.variant}, Target{offer, offer});
    });
  }

  std::optional<OfferRefusal> why_not(const OfferSetting& s, const Offer* before) const {
    if (!merchants_.contains(s.merchant)) return OfferRefusal::unknown_merchant;
    if (s.sku.size() > kSkuBytes || !is_utf8(s.sku) || s.sku.find('\0') != std::string::npos) {
      return OfferRefusal::bad_sku;
    }
    if (!s.price && !before) return OfferRefusal::price_missing;
    const Money price = s.price ? *s.price : before->price;
    if (!is_price(price)) return OfferRefusal::bad_price;
    if (s.compare_at && (s.compare_at->currency != price.currency || !is_price(*s.compare_at))) {
      return OfferRefusal::bad_price;
    }
    return std::nullopt;
  }

  /// The rows of one key build on each other, so that the later one counts.
  Result<Target*, OfferRefusal> decide(const OfferSetting& s) {
    const Key key{s.merchant, s.variant};
    const auto found = targets_.find(key);
    const Offer* before = found == targets_.end() ? nullptr : &found->second.offer;
    if (const auto refusal = why_not(s, before)) return Refused{*refusal};
    Target& t = before ? found->second : targets_[key];
    Offer& o = t.offer;
    if (!before) {
      o.id = tx_.next_id<OfferId>(s.merchant.shard());
      o.merchant = s.merchant;
      o.variant = s.variant;
      created_.push_back(&t);
    }
    const bool same_currency = !s.price || s.price->currency == o.price.currency;
    const bool keeps = s.keep_compare_at && before && same_currency;
    o.product = s.product;
    o.sku = s.sku;
    if (s.price) o.price = *s.price;
    if (!keeps) o.compare_at = s.compare_at;
    o.tax_class = s.tax_class;
    if (s.stock) o.stock = s.stock;
    if (s.state) o.state = *s.state;
    return &t;
  }

  void write() {
    const auto inserts = tx_.batch(kInsert);
    for (const Target* t : created_) {
      const Offer& o = t->offer;
      inserts->add({o.id.shard(), o.id, o.merchant, o.variant, o.product, o.sku, o.price.minor,
                    minor_of(o.compare_at), o.price.currency, o.tax_class, o.stock, o.state,
                    o.version});
      news_.add(o, true);
    }
    inserts->finish();

    const auto updates = tx_.batch(kUpdate);
    for (const auto& [key, t] : targets_) {
      if (t.done() != OfferOutcome::Done::updated) continue;
      const Offer& o = t.offer;
      updates->add({o.id.shard(), o.id, o.version + 1, o.product, o.sku, o.price.minor,
                    minor_of(o.compare_at), o.price.currency, o.tax_class, o.stock, o.state});
      news_.add(o, o.sku != t.stored->sku);
      // Pages of the product that lost the offer have to change as well.
      if (o.product != t.stored->product) news_.add(*t.stored, false);
    }
    updates->finish();
  }

  storage::Tx& tx_;
  std::span<const OfferSetting> settings_;
  std::set<MerchantId> merchants_;
  std::unordered_map<Key, Target, KeyHash> targets_;  // Nodes stay where they are.
  std::vector<Target*> created_;                      // In order of arrival.
  News news_;
};

/// Reads, compares the version, lets `change` alter the offer, writes what is different.
template <class F>
Result<std::int64_t, OfferRefusal> alter(storage::Tx& tx, OfferId id,
                                         std::optional<std::int64_t> version, F&& change) {
  auto offer = find_offer(tx, id);
  if (!offer) return Refused{OfferRefusal::unknown_offer};
  if (version && *version != offer->version) return Refused{OfferRefusal::stale_version};
  if (!change(*offer)) return offer->version;
  Offer& o = *offer;
  ++o.version;
  const auto update = tx.batch(kUpdate);
  update->add({o.id.shard(), o.id, o.version, o.product, o.sku, o.price.minor,
               minor_of(o.compare_at), o.price.currency, o.tax_class, o.stock, o.state});
  update->finish();
  News news;
  news.add(o, false);
  news.publish(tx);
  return o.version;
}

}  // namespace

std::vector<Result<OfferOutcome, OfferRefusal>> upsert_offers(
    storage::Tx& tx, std::span<const OfferSetting> settings) {
  FONDACO_CHECK(settings.size() <= kRowsMax);
  return Upsert(tx, settings).run();
}

Result<std::int64_t, OfferRefusal> set_price(storage::Tx& tx, OfferId offer, Money price,
                                             std::optional<std::int64_t> version) {
  if (!is_price(price)) return Refused{OfferRefusal::bad_price};
  return alter(tx, offer, version, [&](Offer& o) {
    if (price.currency == o.price.currency) return std::exchange(o.price, price) != price;
    if (tx.scalar(kListed, {offer.shard(), offer, price.currency}) == price.minor) return false;
    tx.exec(kList, {offer.shard(), tx.next_id<PriceRowId>(offer.shard()), offer, price.currency,
                    price.minor});
    return true;
  });
}

Result<std::int64_t, OfferRefusal> set_offer_state(storage::Tx& tx, OfferId offer, OfferState state,
                                                   std::optional<std::int64_t> version) {
  return alter(tx, offer, version,
               [&](Offer& o) { return std::exchange(o.state, state) != state; });
}

Result<std::int64_t, OfferRefusal> set_stock(storage::Tx& tx, OfferId offer, StockId stock) {
  return alter(tx, offer, std::nullopt,
               [&](Offer& o) { return std::exchange(o.stock, stock) != stock; });
}

}  // namespace fondaco::marketplace
