#include "offer_rows.h"

#include <fondaco/base/check.h>

#include <algorithm>

namespace fondaco::marketplace {
namespace {

constexpr storage::Sql kLoad{"marketplace.load.batch", R"sql(
  SELECT id, merchant_id, variant_id, product_id, sku, price_minor, compare_at_minor, currency,
         tax_class, stock_id, state, version
    FROM marketplace_offer WHERE shard = $1 AND id = $2)sql",
                             R"sql(
  SELECT o.id, o.merchant_id, o.variant_id, o.product_id, o.sku, o.price_minor,
         o.compare_at_minor, o.currency, o.tax_class, o.stock_id, o.state, o.version
    FROM unnest($1::bigint[], $2::bigint[]) AS k(shard, id)
    JOIN marketplace_offer o ON o.shard = k.shard AND o.id = k.id)sql"};

constexpr storage::Sql kListed{"marketplace.listed_price.batch", R"sql(
  SELECT offer_id, price_minor FROM marketplace_price
   WHERE shard = $1 AND offer_id = $2 AND currency = $3)sql",
                               R"sql(
  SELECT p.offer_id, p.price_minor
    FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS k(shard, id, currency)
    JOIN marketplace_price p
      ON p.shard = k.shard AND p.offer_id = k.id AND p.currency = k.currency)sql"};

constexpr storage::Sql kFind{"marketplace.find_offer", R"sql(
  SELECT id, merchant_id, variant_id, product_id, sku, price_minor, compare_at_minor, currency,
         tax_class, stock_id, state, version
    FROM marketplace_offer WHERE shard = $1 AND id = $2)sql"};

constexpr storage::Sql kOfVariant{"marketplace.offers_of_variant.batch", R"sql(
  SELECT id, merchant_id, variant_id, product_id, sku, price_minor, compare_at_minor, currency,
         tax_class, stock_id, state, version
    FROM marketplace_offer WHERE variant_id = $1)sql",
                                  R"sql(
  SELECT id, merchant_id, variant_id, product_id, sku, price_minor, compare_at_minor, currency,
         tax_class, stock_id, state, version
    FROM marketplace_offer WHERE variant_id = ANY($1::bigint[]))sql"};

constexpr storage::Sql kOfMerchant{"marketplace.offers_of_merchant", R"sql(
  SELECT id, merchant_id, variant_id, product_id, sku, price_minor, compare_at_minor, currency,
         tax_class, stock_id, state, version
    FROM marketplace_offer
   WHERE shard = $1 AND merchant_id = $2 AND (sku, id) > ($3, $4)
   ORDER BY sku, id LIMIT $5)sql"};

constexpr storage::Sql kBySku{"marketplace.offers_by_sku", R"sql(
  SELECT id, merchant_id, variant_id, product_id, sku, price_minor, compare_at_minor, currency,
         tax_class, stock_id, state, version
    FROM marketplace_offer WHERE shard = $1 AND merchant_id = $2 AND sku = $3
   ORDER BY id LIMIT $4)sql"};

constexpr storage::Sql kPriceList{"marketplace.price_list", R"sql(
  SELECT price_minor, currency FROM marketplace_price
   WHERE shard = $1 AND offer_id = $2 ORDER BY currency)sql"};

/// Where the answer of each distinct id goes: (id, place) sorted, so that a popular offer is
/// asked for once however many lines name it.
using Places = std::vector<std::pair<OfferId, std::size_t>>;

Places places_of(std::span<const OfferId> ids) {
  Places places;
  places.reserve(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) places.emplace_back(ids[i], i);
  std::sort(places.begin(), places.end());
  return places;
}

template <class F>
void each_place(const Places& places, OfferId id, F&& f) {
  auto at = std::lower_bound(places.begin(), places.end(), std::pair(id, std::size_t{0}));
  for (; at != places.end() && at->first == id; ++at) f(at->second);
}

OfferRow row_from(const storage::Row& row, Currency asked) {
  const bool own = row.text(7) == asked.code();
  OfferRow o{.id = row.id<OfferId>(0),
             .merchant = row.id<MerchantId>(1),
             .variant = row.id<VariantId>(2),
             .product = row.id<ProductId>(3),
             .stock = row.id<StockId>(9),
             .sku = row.str(4),
             .price = {own ? row.integer(5) : 0, asked},
             .tax_class = row.str(8)};
  const bool active = static_cast<OfferState>(row.integer(10)) == OfferState::active;
  o.status = !active ? OfferStatus::paused : own ? OfferStatus::on_sale : OfferStatus::not_priced;
  o.active = o.status == OfferStatus::on_sale;
  return o;
}

}  // namespace

std::vector<OfferRow> load(storage::Read& read, std::span<const OfferId> ids, Currency currency) {
  std::vector<OfferRow> out(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    out[i].id = ids[i];
    out[i].price.currency = currency;
  }
  const Places places = places_of(ids);

  const auto offers = read.lookup(kLoad);
  for (std::size_t i = 0; i < places.size(); ++i) {
    const OfferId id = places[i].first;
    if (i == 0 || id != places[i - 1].first) offers->add({id.shard(), id});
  }
  std::vector<OfferId> elsewhere;  // Sold, but their own currency is another one.
  offers->run([&](const storage::Row& row) {
    const OfferRow found = row_from(row, currency);
    if (found.status == OfferStatus::not_priced) elsewhere.push_back(found.id);
    each_place(places, found.id, [&](std::size_t at) { out[at] = found; });
  });
  if (elsewhere.empty()) return out;

  const auto prices = read.lookup(kListed);
  for (const OfferId id : elsewhere) prices->add({id.shard(), id, currency});
  prices->run([&](const storage::Row& row) {
    each_place(places, row.id<OfferId>(0), [&](std::size_t at) {
      out[at].price.minor = row.integer(1);
      out[at].status = OfferStatus::on_sale;
      out[at].active = true;
    });
  });
  return out;
}

std::optional<Offer> find_offer(storage::Read& read, OfferId id) {
  return read.first(kFind, {id.shard(), id}, offer_from);
}

std::vector<Offer> offers_of(storage::Read& read, std::span<const VariantId> variants) {
  std::vector<VariantId> distinct(variants.begin(), variants.end());
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  std::vector<Offer> out;
  const auto lookup = read.lookup(kOfVariant);
  for (const VariantId variant : distinct) lookup->add({variant});
  lookup->run([&](const storage::Row& row) { out.push_back(offer_from(row)); });
  return out;
}

std::vector<Offer> offers_of_merchant(storage::Read& read, MerchantId merchant, OfferId after,
                                      int limit) {
  const auto last = after ? find_offer(read, after) : std::nullopt;
  if (after && (!last || last->merchant != merchant)) return {};
  const std::string sku = last ? last->sku : std::string();
  return read.all(kOfMerchant, {merchant.shard(), merchant, sku, after, limit}, offer_from);
}

std::vector<Offer> offers_by_sku(storage::Read& read, MerchantId merchant, std::string_view sku,
                                 int limit) {
  return read.all(kBySku, {merchant.shard(), merchant, sku, limit}, offer_from);
}

std::vector<Money> price_list(storage::Read& read, OfferId offer) {
  return read.all(kPriceList, {offer.shard(), offer},
                  [](const storage::Row& row) { return Money{row.integer(0), row.currency(1)}; });
}

}  // namespace fondaco::marketplace
