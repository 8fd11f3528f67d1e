#include <fondaco/orders/shipping.h>

#include <fondaco/base/check.h>
#include <fondaco/base/json.h>
#include <fondaco/base/text.h>
#include <fondaco/events/orders.h>
#include <fondaco/orders/pricing.h>
#include <fondaco/storage/publish.h>

#include <algorithm>
#include <set>

namespace fondaco::orders {
namespace {

constexpr std::size_t kMostZones = 100;
constexpr std::size_t kMostEntries = 500;
constexpr std::size_t kMostRates = 20;
constexpr std::size_t kMostBands = 100;
constexpr std::int64_t kMostPrice = 10'000'000'000'000;

constexpr storage::Sql kInsert{"orders.zone_insert", R"sql(
  INSERT INTO orders_shipping_zone (shard, id, merchant_id, name, terms, version)
  VALUES ($1, $2, $3, $4, $5, 1))sql"};
constexpr storage::Sql kUpdate{"orders.zone_update", R"sql(
  UPDATE orders_shipping_zone SET name = $3, terms = $4, version = version + 1
   WHERE shard = $1 AND id = $2 AND version = $5)sql"};
constexpr storage::Sql kDelete{"orders.zone_delete", R"sql(
  DELETE FROM orders_shipping_zone WHERE shard = $1 AND id = $2 AND version = $3)sql"};
constexpr storage::Sql kFind{"orders.zone_find", R"sql(
  SELECT id, merchant_id, name, terms, version FROM orders_shipping_zone
   WHERE shard = $1 AND id = $2)sql"};
constexpr storage::Sql kOfMerchant{"orders.zones_of", R"sql(
  SELECT id, merchant_id, name, terms, version FROM orders_shipping_zone
   WHERE merchant_id = $1 ORDER BY id)sql"};
constexpr storage::Sql kAll{"orders.zones_all", R"sql(
  SELECT id, merchant_id, name, terms, version FROM orders_shipping_zone ORDER BY id)sql"};

ShippingZone zone_from(const storage::Row& row) {
  ShippingZone z;
  z.id = row.id<ShippingZoneId>(0);
  z.merchant = row.id<MerchantId>(1);
  z.name = row.str(2);
  auto terms = read_stored<ShippingTerms>(row.text(3));
  FONDACO_CHECK(terms.ok());
  z.terms = std::move(*terms);
  z.version = row.integer(4);
  return z;
}

/// Without spaces and case, as people write postcodes and regions in many ways.
std::string folded(std::string_view text) {
  std::string out;
  for (const char c : to_lower_ascii(text)) {
    if (c != ' ' && c != '-') out += c;
  }
  return out;
}

/// 0: not there; the more exact the place is named, the more.
int exactness(const ShippingTerms& t, const Destination& to) {
  const auto holds = [](const std::vector<std::string>& list, const std::string& value) {
    return std::any_of(list.begin(), list.end(),
                       [&](const std::string& e) { return folded(e) == value; });
  };
  int exact = 1;
  if (!t.countries.empty()) {
    if (!holds(t.countries, folded(to.country))) return 0;
    exact += 1;
  }
  if (!t.regions.empty()) {
    if (!holds(t.regions, folded(to.region))) return 0;
    exact += 10;
  }
  if (!t.postcodes.empty()) {
    const std::string postcode = folded(to.postcode);
    std::size_t longest = 0;
    for (const std::string& prefix : t.postcodes) {
      const std::string wanted = folded(prefix);
      if (postcode.starts_with(wanted)) longest = std::max(longest, wanted.size());
    }
    if (longest == 0) return 0;
    exact += 100 + static_cast<int>(longest);
  }
  return exact;
}

std::optional<Money> price_of(const ShippingRate& rate, Currency currency, const Parcel& parcel) {
  if (rate.grams_most > 0 && parcel.grams > rate.grams_most) return std::nullopt;
  for (const Money& free : rate.free_from) {
    if (free.currency == currency && parcel.worth >= free.minor) return Money{0, currency};
  }
  const std::int64_t value = rate.by == ShippingBy::weight  ? parcel.grams
                             : rate.by == ShippingBy::worth ? parcel.worth
                                                            : 0;
  const ShippingBand* best = nullptr;
  for (const ShippingBand& band : rate.bands) {
    if (band.price.currency != currency || band.from > value) continue;
    if (!best || band.from >= best->from) best = &band;
  }
  return best ? std::optional(best->price) : std::nullopt;
}

bool good_rate(const ShippingRate& r) {
  const bool named =
      !r.method.empty() && r.method.size() <= 32 && r.method != "cheapest" &&
      std::all_of(r.method.begin(), r.method.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
      });
  const auto good_title = [](const std::string& t) { return t.size() <= 200 && is_utf8(t); };
  if (!named || trim(r.title).empty() || !good_title(r.title) || !good_title(r.title_zh)) {
    return false;
  }
  if (r.bands.empty() || r.bands.size() > kMostBands || r.free_from.size() > kMostBands) {
    return false;
  }
  for (const ShippingBand& b : r.bands) {
    if (b.from < 0 || b.price.minor < 0 || b.price.minor > kMostPrice) return false;
  }
  for (const Money& m : r.free_from) {
    if (m.minor < 0) return false;
  }
  return r.grams_most >= 0 && r.days_least >= 0 && r.days_most >= r.days_least &&
         r.days_most <= 365;
}

std::optional<ZoneRefusal> check(const ShippingZone& z) {
  if (trim(z.name).empty() || z.name.size() > 200 || !is_utf8(z.name)) return ZoneRefusal::bad_name;
  const ShippingTerms& t = z.terms;
  for (const auto* list : {&t.countries, &t.regions, &t.postcodes}) {
    if (list->size() > kMostEntries) return ZoneRefusal::bad_place;
    for (const std::string& entry : *list) {
      if (entry.size() > 64 || folded(entry).empty()) return ZoneRefusal::bad_place;
    }
  }
  for (const std::string& country : t.countries) {
    const bool capitals =
        country.size() == 2 &&
        std::all_of(country.begin(), country.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    if (!capitals) return ZoneRefusal::bad_place;
  }
  if (t.rates.empty() || t.rates.size() > kMostRates) return ZoneRefusal::bad_rate;
  std::set<std::string_view> methods;
  for (const ShippingRate& rate : t.rates) {
    if (!good_rate(rate) || !methods.insert(rate.method).second) return ZoneRefusal::bad_rate;
  }
  return std::nullopt;
}

void tell(storage::Tx& tx, const ShippingZone& z, bool deleted) {
  storage::publish(tx, z.id.value, z.version, events::ShippingChanged{z.id, z.merchant, deleted});
}

}  // namespace

const ShippingZone* zone_of(std::span<const ShippingZone> zones, const Destination& to) {
  const ShippingZone* best = nullptr;
  int exact = 0;
  for (const ShippingZone& zone : zones) {
    if (const int here = exactness(zone.terms, to); here > exact) {
      exact = here;
      best = &zone;
    }
  }
  return best;
}

std::vector<ShippingOption> options_of(const ShippingZone& zone, Currency currency,
                                       const Parcel& parcel) {
  std::vector<ShippingOption> out;
  for (const ShippingRate& rate : zone.terms.rates) {
    const auto price = price_of(rate, currency, parcel);
    if (!price) continue;
    out.push_back(
        {rate.method, rate.title, rate.title_zh, *price, rate.days_least, rate.days_most});
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const auto& a, const auto& b) { return a.price.minor < b.price.minor; });
  return out;
}

std::vector<ShippingOption> default_options(Currency currency) {
  std::vector<ShippingOption> out;
  for (const std::string& method : shipping_methods()) {
    if (const auto price = shipping_price(method, currency)) {
      out.push_back({method, {}, {}, *price, 0, 0});
    }
  }
  return out;
}

const ShippingOption* chosen_of(std::span<const ShippingOption> options, std::string_view method) {
  for (const ShippingOption& o : options) {
    if (o.method == method) return &o;
  }
  const bool any = method == "standard" || method == "cheapest";
  return any && !options.empty() ? &options.front() : nullptr;
}

Result<ShippingZone, ZoneRefusal> create_zone(storage::Tx& tx, ShippingZone wanted) {
  if (const auto refusal = check(wanted)) return Refused{*refusal};
  if (zones_of(tx, wanted.merchant).size() >= kMostZones) return Refused{ZoneRefusal::too_many};
  wanted.id = tx.next_id<ShippingZoneId>(wanted.merchant.shard());
  wanted.version = 1;
  tx.exec(kInsert,
          {wanted.id.shard(), wanted.id, wanted.merchant, wanted.name, json_of(wanted.terms)});
  tell(tx, wanted, false);
  return wanted;
}

Result<ShippingZone, ZoneRefusal> update_zone(storage::Tx& tx, const ShippingZone& wanted,
                                              std::int64_t version) {
  auto stored = find_zone(tx, wanted.id);
  if (!stored) return Refused{ZoneRefusal::unknown_zone};
  if (stored->version != version) return Refused{ZoneRefusal::stale_version};
  stored->name = wanted.name;
  stored->terms = wanted.terms;
  if (const auto refusal = check(*stored)) return Refused{*refusal};
  const auto changed = tx.exec(
      kUpdate, {stored->id.shard(), stored->id, stored->name, json_of(stored->terms), version});
  if (changed != 1) throw storage::Conflict("zone " + to_text(stored->id) + " changed meanwhile");
  ++stored->version;
  tell(tx, *stored, false);
  return *stored;
}

Result<ShippingZone, ZoneRefusal> delete_zone(storage::Tx& tx, ShippingZoneId id,
                                              std::int64_t version) {
  auto stored = find_zone(tx, id);
  if (!stored) return Refused{ZoneRefusal::unknown_zone};
  if (stored->version != version) return Refused{ZoneRefusal::stale_version};
  tx.exec(kDelete, {id.shard(), id, version});
  ++stored->version;
  tell(tx, *stored, true);
  return *stored;
}

std::optional<ShippingZone> find_zone(storage::Read& read, ShippingZoneId id) {
  return read.first(kFind, {id.shard(), id}, zone_from);
}

std::vector<ShippingZone> zones_of(storage::Read& read, MerchantId merchant) {
  return read.all(kOfMerchant, {merchant}, zone_from);
}

// ---- the book

void ShippingBook::load(storage::Read& read) {
  std::unordered_map<MerchantId, std::vector<ShippingZone>> all;
  for (auto& zone : read.all(kAll, {}, zone_from)) all[zone.merchant].push_back(std::move(zone));
  const std::scoped_lock lock(mutex_);
  for (auto& [merchant, zones] : all) {
    zones_[merchant] = std::make_shared<const std::vector<ShippingZone>>(std::move(zones));
  }
}

ShippingBook::Zones ShippingBook::zones(MerchantId merchant) const {
  const std::scoped_lock lock(mutex_);
  const auto found = zones_.find(merchant);
  return found == zones_.end() ? nullptr : found->second;
}

void ShippingBook::refresh(storage::Read& read, MerchantId merchant) {
  auto zones = zones_of(read, merchant);
  const std::scoped_lock lock(mutex_);
  if (zones.empty()) {
    zones_.erase(merchant);
  } else {
    zones_[merchant] = std::make_shared<const std::vector<ShippingZone>>(std::move(zones));
  }
}

std::vector<std::string> ShippingBook::types() {
  return {std::string(events::ShippingChanged::kType)};
}

void ShippingBook::on_events(storage::Read& read, std::span<const storage::StoredEvent> stored) {
  for (const auto& e : stored) {
    const auto changed = read_stored<events::ShippingChanged>(e.payload);
    if (changed.ok()) refresh(read, changed->merchant);
  }
}

}  // namespace fondaco::orders
