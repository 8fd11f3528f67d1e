// Shipping: where a merchant delivers, by which methods and for how much: zones of countries,
// regions and postcodes with flat rates or rates by weight or by worth. Depends on orders.h.
// A merchant without zones has the platform's default table (pricing.h).
#pragma once

#include <fondaco/orders.h>
#include <fondaco/storage/outbox.h>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace fondaco::orders {

/// What decides the price of a rate. Stored by name.
enum class ShippingBy { flat, weight, worth };
BOOST_DESCRIBE_ENUM(ShippingBy, flat, weight, worth)

/// Price from so many grams, or from a worth in minor units of the price's currency, on.
struct ShippingBand {
  std::int64_t from = 0;
  Money price;
  friend bool operator==(const ShippingBand&, const ShippingBand&) = default;
};
BOOST_DESCRIBE_STRUCT(ShippingBand, (), (from, price))

struct ShippingRate {
  std::string method;  // 1 to 32 of a-z, 0-9, '-' and '_'.
  std::string title;
  std::string title_zh;
  ShippingBy by = ShippingBy::flat;
  std::vector<ShippingBand> bands;  // The last one that begins not above the value counts.
  std::vector<Money> free_from;     // Worth of the goods from which it costs nothing.
  std::int64_t grams_most = 0;      // Heavier baskets do not go this way; 0: no limit.
  std::int64_t days_least = 0;      // Estimated working days …
  std::int64_t days_most = 0;       // … 0: nothing is said.
  friend bool operator==(const ShippingRate&, const ShippingRate&) = default;
};
BOOST_DESCRIBE_STRUCT(ShippingRate, (),
                      (method, title, title_zh, by, bands, free_from, grams_most, days_least,
                       days_most))

/// Empty lists mean everywhere. Regions are as the shopper writes them ("CA"), without case.
struct ShippingTerms {
  std::vector<std::string> countries;
  std::vector<std::string> regions;
  std::vector<std::string> postcodes;  // Prefixes, without spaces.
  std::vector<ShippingRate> rates;
  friend bool operator==(const ShippingTerms&, const ShippingTerms&) = default;
};
BOOST_DESCRIBE_STRUCT(ShippingTerms, (), (countries, regions, postcodes, rates))

struct ShippingZone {
  ShippingZoneId id;
  MerchantId merchant;
  std::string name;
  ShippingTerms terms;
  std::int64_t version = 1;
};

struct Destination {
  std::string country;
  std::string region;
  std::string postcode;
};

/// What decides a price: goods before discounts, in the basket's currency.
struct Parcel {
  std::int64_t worth = 0;
  std::int64_t grams = 0;  // Variants without a weight weigh nothing.
};

struct ShippingOption {
  std::string method;
  std::string title;  // Empty: the platform's own method, named by its id.
  std::string title_zh;
  Money price;
  std::int64_t days_least = 0;
  std::int64_t days_most = 0;
};

/// The most exact zone that holds the destination: by postcode, then region, then country, then
/// everywhere; the earlier of two equal ones. Null: the merchant does not deliver there.
const ShippingZone* zone_of(std::span<const ShippingZone> zones, const Destination& to);
/// Cheapest first; only methods with a price in that currency for such a parcel.
std::vector<ShippingOption> options_of(const ShippingZone& zone, Currency currency,
                                       const Parcel& parcel);
/// The platform's own, for merchants without zones.
std::vector<ShippingOption> default_options(Currency currency);
/// The method of that name; "standard" also means the cheapest where there is none of that name,
/// "cheapest" always does. Null: there is no such method.
const ShippingOption* chosen_of(std::span<const ShippingOption> options, std::string_view method);

enum class ZoneRefusal {
  unknown_zone,
  bad_name,   // Not 1 to 200 bytes of UTF-8.
  bad_place,  // A country that is not two capitals, or more than 500 entries.
  bad_rate,   // No rate, a method twice, a band without price or one below zero …
  too_many,   // A merchant has at most 100 zones.
  stale_version,
};

/// Publishes ShippingChanged.
Result<ShippingZone, ZoneRefusal> create_zone(storage::Tx& tx, ShippingZone wanted);
Result<ShippingZone, ZoneRefusal> update_zone(storage::Tx& tx, const ShippingZone& wanted,
                                              std::int64_t version);
Result<ShippingZone, ZoneRefusal> delete_zone(storage::Tx& tx, ShippingZoneId id,
                                              std::int64_t version);
std::optional<ShippingZone> find_zone(storage::Read& read, ShippingZoneId id);
/// In order of id.
std::vector<ShippingZone> zones_of(storage::Read& read, MerchantId merchant);

/// Zones of all merchants that have any, in memory. Thread-safe.
class ShippingBook {
 public:
  using Zones = std::shared_ptr<const std::vector<ShippingZone>>;

  void load(storage::Read& read);
  /// Null: the merchant has none, the default table counts.
  Zones zones(MerchantId merchant) const;
  /// Reads the merchant's zones again.
  void refresh(storage::Read& read, MerchantId merchant);

  static std::vector<std::string> types();
  void on_events(storage::Read& read, std::span<const storage::StoredEvent> events);

 private:
  mutable std::mutex mutex_;
  std::unordered_map<MerchantId, Zones> zones_;
};

}  // namespace fondaco::orders
