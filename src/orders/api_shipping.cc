#include "api_json.h"

#include <fondaco/http/server.h>
#include <fondaco/orders/shipping.h>

namespace fondaco::orders {

using http::Context;
using http::Idempotency;
using http::Method;
using http::Owner;
using http::problem;
using http::Rate;
using http::Response;
using http::Route;
using http::schema_of;

namespace {

struct ShippingZoneIn {
  std::string name;
  std::optional<std::vector<std::string>> countries;
  std::optional<std::vector<std::string>> regions;
  std::optional<std::vector<std::string>> postcodes;
  std::vector<ShippingRate> rates;
};
BOOST_DESCRIBE_STRUCT(ShippingZoneIn, (), (name, countries, regions, postcodes, rates))

struct ShippingZoneOut {
  ShippingZoneId id;
  std::string name;
  std::vector<std::string> countries;
  std::vector<std::string> regions;
  std::vector<std::string> postcodes;
  std::vector<ShippingRate> rates;
  std::int64_t version = 1;
};
BOOST_DESCRIBE_STRUCT(ShippingZoneOut, (),
                      (id, name, countries, regions, postcodes, rates, version))

ShippingZoneOut shown(const ShippingZone& z) {
  return {z.id,          z.name,   z.terms.countries, z.terms.regions, z.terms.postcodes,
          z.terms.rates, z.version};
}

ShippingZone zone_from(const ShippingZoneIn& in, MerchantId merchant) {
  ShippingZone z;
  z.merchant = merchant;
  z.name = in.name;
  const std::vector<std::string> all;
  z.terms = {in.countries.value_or(all), in.regions.value_or(all), in.postcodes.value_or(all),
             in.rates};
  return z;
}

Response refused(ZoneRefusal refusal) {
  switch (refusal) {
    case ZoneRefusal::unknown_zone:
      return problem(404, "unknown_zone", "the merchant has no such shipping zone");
    case ZoneRefusal::bad_name:
      return http::invalid("/name", "has to be 1 to 200 bytes of UTF-8");
    case ZoneRefusal::bad_place:
      return http::invalid("/countries",
                           "countries are two capitals; each list has at most 500 entries of 1 to "
                           "64 bytes");
    case ZoneRefusal::bad_rate:
      return http::invalid("/rates",
                           "1 to 20 rates, each with a method of its own, a title and 1 to 100 "
                           "bands with a price not below zero");
    case ZoneRefusal::too_many:
      return problem(422, "too_many_zones", "a merchant has at most 100 shipping zones");
    case ZoneRefusal::stale_version:
      return problem(412, "stale_version", "somebody else changed the zone meanwhile");
  }
  return problem(500, "internal", "unnamed refusal");
}

Response answer(const ShippingZone& z, int status = 200) {
  return http::json(json_of(shown(z)), status).with("ETag", http::etag_of(z.version));
}

/// Read your own writes: the next basket knows it.
void refresh_after_commit(storage::Tx& tx, const Services& s, MerchantId merchant) {
  tx.after_commit(
      [s, merchant] { s.checkout.shipping().refresh(*s.store.main().read(), merchant); });
}

http::WritePlan plan_create(const Services& s, Context& c) {
  const auto in = http::body_as<ShippingZoneIn>(c);
  if (!in.ok()) return in.refusal();
  return [s, zone = zone_from(*in, *merchant_in_path(s, c))](storage::Tx& tx) {
    const auto made = create_zone(tx, zone);
    if (!made.ok()) return refused(made.refusal());
    refresh_after_commit(tx, s, made->merchant);
    return answer(*made, 201);
  };
}

/// The zone of the path, when it is the merchant's of the path.
std::optional<ShippingZone> named(storage::Read& read, Context& c, MerchantId merchant) {
  const auto id = c.id_param<ShippingZoneId>("id");
  auto zone = id ? find_zone(read, *id) : std::nullopt;
  return zone && zone->merchant == merchant ? std::move(zone) : std::nullopt;
}

http::WritePlan plan_put(const Services& s, Context& c) {
  const auto in = http::body_as<ShippingZoneIn>(c);
  if (!in.ok()) return in.refusal();
  return [&c, s, zone = zone_from(*in, *merchant_in_path(s, c))](storage::Tx& tx) mutable {
    const auto stored = named(tx, c, zone.merchant);
    if (!stored) return refused(ZoneRefusal::unknown_zone);
    if (auto stale = http::check_if_match(c, stored->version)) return *std::move(stale);
    zone.id = stored->id;
    const auto changed = update_zone(tx, zone, stored->version);
    if (!changed.ok()) return refused(changed.refusal());
    refresh_after_commit(tx, s, changed->merchant);
    return answer(*changed);
  };
}

http::WritePlan plan_delete(const Services& s, Context& c) {
  return [&c, s, merchant = *merchant_in_path(s, c)](storage::Tx& tx) {
    const auto stored = named(tx, c, merchant);
    if (!stored) return refused(ZoneRefusal::unknown_zone);
    if (auto stale = http::check_if_match(c, stored->version)) return *std::move(stale);
    const auto gone = delete_zone(tx, stored->id, stored->version);
    if (!gone.ok()) return refused(gone.refusal());
    refresh_after_commit(tx, s, merchant);
    return answer(*gone);
  };
}

}  // namespace

void mount_shipping(http::Router& router, const Services& s) {
  Route route;
  route.path = "/api/v1/merchants/{merchant}/shipping-zones";
  route.merchant_of = [s](Context& c) { return merchant_in_path(s, c); };
  route.response = schema_of<ShippingZoneOut>();

  Route all = route;
  all.access = {"marketplace.read", Owner::merchant, Rate::read, Idempotency::safe};
  all.summary = "A merchant's shipping zones with their rates";
  all.response = http::list_schema_of<ShippingZoneOut>();
  router.read(all, [s](Context& c) {
    std::string items;
    for (const ShippingZone& z : zones_of(c.read(), *merchant_in_path(s, c))) {
      items += (items.empty() ? "" : ",") + json_of(shown(z));
    }
    return http::json(http::list_json(items, false));
  });

  Route make = route;
  make.method = Method::post;
  make.access = {"marketplace.write", Owner::merchant, Rate::write, Idempotency::optional};
  make.summary = "A new shipping zone; with the first one the default rates end";
  make.request = schema_of<ShippingZoneIn>();
  make.success = 201;
  make.refusals = {"too_many_zones", "invalid_request"};
  router.write(make, [s](Context& c) { return plan_create(s, c); });

  route.path += "/{id}";
  Route put = route;
  put.method = Method::put;
  put.access = {"marketplace.write", Owner::merchant, Rate::write, Idempotency::natural};
  put.summary = "Replaces a shipping zone (If-Match)";
  put.request = schema_of<ShippingZoneIn>();
  put.refusals = {"unknown_zone", "stale_version", "invalid_request"};
  router.write(put, [s](Context& c) { return plan_put(s, c); });

  Route gone = route;
  gone.method = Method::del;
  gone.access = put.access;
  gone.summary = "Deletes a shipping zone (If-Match)";
  gone.refusals = {"unknown_zone", "stale_version"};
  router.write(gone, [s](Context& c) { return plan_delete(s, c); });
}

}  // namespace fondaco::orders
