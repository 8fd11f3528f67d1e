// Merchants and their offers: who sells which variant at which price. Depends on base, storage.
// Invariants: a slug never changes and names one merchant; a merchant has at most one offer of a
// variant; a price is never negative; every row of a merchant carries the merchant's shard.
#pragma once

#include <fondaco/base/ids.h>
#include <fondaco/base/money.h>
#include <fondaco/base/result.h>
#include <fondaco/storage/findings.h>
#include <fondaco/storage/migration.h>
#include <fondaco/storage/tx.h>

#include <boost/describe/enum.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fondaco::marketplace {

enum class MerchantKind {
  flagship,              // A brand's own shop.
  multi_brand_flagship,  // One shop, many brands and their vendors behind it.
  franchise,             // Sells a brand with its permission.
  specialist,            // A field, many brands.
  private_seller,        // A person.
};
BOOST_DESCRIBE_ENUM(MerchantKind, flagship, multi_brand_flagship, franchise, specialist,
                    private_seller)

/// Only an active merchant sells; a closed one never opens again. Suspended by an operator,
/// restricted because something is missing that the merchant can mend (onboarding.h).
enum class MerchantState { pending, active, suspended, closed, restricted };
BOOST_DESCRIBE_ENUM(MerchantState, pending, active, suspended, closed, restricted)

/// How a shop introduces itself. Each text at most 4,000 bytes.
struct Presentation {
  std::string tagline;
  std::string tagline_zh;
  std::string about;
  std::string about_zh;
  std::string accent;  // "#1a2b3c", or empty for the house colour.
  friend bool operator==(const Presentation&, const Presentation&) = default;
};

/// Closed for a while, for holidays: nothing is sold from `from` until `until`.
struct Closure {
  Instant from;
  Instant until;        // Not after `from`: open.
  std::string message;  // For buyers, at most 1,000 bytes.
  bool covers(Instant t) const { return from <= t && t < until; }
  friend bool operator==(const Closure&, const Closure&) = default;
};

struct NewMerchant {
  std::string slug;  // 2 to 64 of a-z, 0-9 and '-', no '-' at an end.
  std::string name;  // 1 to 200 bytes.
  std::string name_zh = {};
  MerchantKind kind = MerchantKind::specialist;
  MerchantState state = MerchantState::pending;
  Currency currency;
  std::string country;             // ISO 3166-1 alpha-2, "DE".
  std::int64_t commission_bp = 0;  // 0 to 10,000: the platform's share of a sale.
  bool agreed = true;              // False: the fee schedule counts, if there is one (fees.h).
  bool prices_include_tax = true;
  PlaceId default_place = {};  // Where it ships from; 0 until it has one.
  Presentation presentation = {};
};

struct Merchant {
  MerchantId id;
  std::string slug;
  std::string name;
  std::string name_zh;
  MerchantKind kind = MerchantKind::specialist;
  MerchantState state = MerchantState::pending;
  Currency currency;
  std::string country;
  std::int64_t commission_bp = 0;
  bool agreed = true;
  bool prices_include_tax = true;
  PlaceId default_place;
  Presentation presentation;
  Closure closure;
  std::int64_t version = 1;
};

/// What shall change; what is empty stays.
struct MerchantChange {
  std::optional<std::string> name = {};
  std::optional<std::string> name_zh = {};
  std::optional<MerchantKind> kind = {};
  std::optional<MerchantState> state = {};
  std::optional<std::string> country = {};
  std::optional<std::int64_t> commission_bp = {};
  std::optional<bool> agreed = {};
  std::optional<bool> prices_include_tax = {};
  std::optional<PlaceId> default_place = {};
  std::optional<Presentation> presentation = {};
  std::optional<Closure> closure = {};
};

enum class MerchantRefusal {
  unknown_merchant,
  slug_taken,
  bad_slug,
  bad_name,
  bad_country,
  bad_commission,
  bad_presentation,  // A text is too long or the accent is no colour.
  bad_closure,       // The message is too long, or it lasts longer than a year.
  closed,            // A closed merchant does not change any more.
  stale_version,     // Somebody else changed it since it was read.
};

/// Draws the merchant's shard, once and for all. Part of `tx`; publishes MerchantChanged.
Result<Merchant, MerchantRefusal> create_merchant(storage::Tx& tx, const NewMerchant& wanted);
/// `version`: the one the caller has read; nothing to skip the comparison. Unchanged values write
/// nothing and keep the version. Publishes MerchantChanged.
Result<Merchant, MerchantRefusal> update_merchant(storage::Tx& tx, MerchantId id,
                                                  const MerchantChange& change,
                                                  std::optional<std::int64_t> version);
std::optional<Merchant> find_merchant(storage::Read& read, MerchantId id);
std::optional<Merchant> find_merchant(storage::Read& read, std::string_view slug);
/// In order of id, after `after` (0: from the start), at most `limit`. `only`: of that state.
std::vector<Merchant> list_merchants(storage::Read& read, MerchantId after, int limit,
                                     std::optional<MerchantState> only = {});

enum class OfferState { active, paused };
BOOST_DESCRIBE_ENUM(OfferState, active, paused)

/// One offer as it shall be, for imports and for the console.
struct OfferSetting {
  MerchantId merchant;
  VariantId variant;
  ProductId product;
  std::string sku;                       // May be empty and may repeat within a merchant.
  std::optional<Money> price = {};       // Empty: keeps the stored one; a new offer needs it.
  std::optional<Money> compare_at = {};  // Crossed-out price; same currency as the price.
  bool keep_compare_at = false;          // Leaves the stored compare-at price as it is.
  std::string tax_class = "standard";
  StockId stock = {};                    // What it sells from; 0 keeps the stored one.
  std::optional<OfferState> state = {};  // Empty: keeps the stored one; new ones are active.
};

enum class OfferRefusal {
  unknown_offer,
  unknown_merchant,
  price_missing,  // A new offer without a price.
  bad_price,      // Negative, above 10^13 minor units, or compare-at of another currency.
  bad_sku,        // Above 128 bytes or not UTF-8.
  stale_version,
};

struct OfferOutcome {
  enum class Done { created, updated, unchanged };
  OfferId id;
  Done done = Done::unchanged;
};

/// Sets many offers, keyed by (merchant, variant); of two for the same key the later one counts.
/// The answer has the order of the input. Part of `tx`; at most 10,000 rows. A refused row changes
/// nothing, the others are done. A change of currency makes the new one the offer's currency.
/// Cost: one look-up batch and at most two write batches for all. Publishes OfferChanged per
/// merchant and 500 products.
std::vector<Result<OfferOutcome, OfferRefusal>> upsert_offers(
    storage::Tx& tx, std::span<const OfferSetting> settings);

/// Price in the offer's currency, or an entry of its price list in any other one.
/// Answers the offer's new version. Publishes OfferChanged when something changed.
Result<std::int64_t, OfferRefusal> set_price(storage::Tx& tx, OfferId offer, Money price,
                                             std::optional<std::int64_t> version = {});
Result<std::int64_t, OfferRefusal> set_offer_state(storage::Tx& tx, OfferId offer, OfferState state,
                                                   std::optional<std::int64_t> version = {});

/// Says what an offer sells from; for wiring inventory to offers that exist already.
Result<std::int64_t, OfferRefusal> set_stock(storage::Tx& tx, OfferId offer, StockId stock);

/// Whether a line can be sold, as load() finds it.
enum class OfferStatus {
  on_sale,
  paused,
  not_priced,  // Sold, but not in the asked currency.
  unknown,     // No such offer.
};

/// What checkout needs of an offer.
struct OfferRow {
  OfferId id;
  MerchantId merchant;
  VariantId variant;
  ProductId product;
  StockId stock;
  std::string sku;
  Money price;  // In the asked currency; zero of it when not_priced or unknown.
  std::string tax_class;
  OfferStatus status = OfferStatus::unknown;
  bool active = false;  // status == on_sale
};

/// The authority on prices: inside the writer it is what the order will pay. Same size and order
/// as `ids`. Cost: one batch look-up by primary key of the distinct ids, one more on the price
/// lists only when `currency` is not an offer's own. Merchant state is not looked at: ask the
/// OfferBook.
std::vector<OfferRow> load(storage::Read& read, std::span<const OfferId> ids, Currency currency);

/// An offer as it is stored, for pages, the console and search.
struct Offer {
  OfferId id;
  MerchantId merchant;
  VariantId variant;
  ProductId product;
  std::string sku;
  Money price;
  std::optional<Money> compare_at;
  std::string tax_class;
  StockId stock;
  OfferState state = OfferState::active;
  std::int64_t version = 1;
};
std::optional<Offer> find_offer(storage::Read& read, OfferId id);
/// Offers of any merchant for these variants, in no particular order. One batch look-up.
std::vector<Offer> offers_of(storage::Read& read, std::span<const VariantId> variants);
/// In order of SKU, after the offer `after` (0: from the start), at most `limit`; nothing when
/// `after` is no offer of this merchant.
std::vector<Offer> offers_of_merchant(storage::Read& read, MerchantId merchant, OfferId after,
                                      int limit);
/// The merchant's offers with that SKU, at most `limit`.
std::vector<Offer> offers_by_sku(storage::Read& read, MerchantId merchant, std::string_view sku,
                                 int limit = 10);
/// Prices in currencies other than the offer's own.
std::vector<Money> price_list(storage::Read& read, OfferId offer);

/// Counts "merchants" and "offers"; a slug, price or shard that does not agree is a difference.
void verify(storage::Read& read, storage::Findings& findings);

std::vector<storage::Migration> migrations();

}  // namespace fondaco::marketplace
