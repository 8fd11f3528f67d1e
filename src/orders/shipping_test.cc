#include "fixture.h"

#include <fondaco/orders/shipping.h>

namespace fondaco::orders {
namespace {

const Currency kEuro = Currency::of("EUR");

ShippingRate rate(std::string method, std::int64_t price) {
  ShippingRate r;
  r.method = std::move(method);
  r.title = "By " + r.method;
  r.bands = {{0, {price, kEuro}}};
  return r;
}

ShippingZone zone(std::string name, ShippingTerms terms) {
  ShippingZone z;
  z.name = std::move(name);
  z.terms = std::move(terms);
  return z;
}

// The most exact place counts: postcode before region before country before everywhere.
TEST(Shipping, TheMostExactZoneCounts) {
  const std::vector<ShippingZone> zones{
      zone("world", {{}, {}, {}, {rate("post", 1500)}}),
      zone("germany", {{"DE"}, {}, {}, {rate("post", 500)}}),
      zone("islands", {{"DE"}, {}, {"25", "26 5"}, {rate("post", 900)}}),
      zone("bavaria", {{"DE"}, {"Bayern", "BY"}, {}, {rate("post", 400)}})};
  const auto name = [&](Destination to) {
    const auto* found = zone_of(zones, to);
    return found ? found->name : "";
  };
  EXPECT_EQ(name({"DE", "", "10115"}), "germany");
  EXPECT_EQ(name({"DE", "bayern", "80331"}), "bavaria");
  EXPECT_EQ(name({"DE", "", "265 71"}), "islands");
  EXPECT_EQ(name({"FR", "", ""}), "world");
  EXPECT_EQ(zone_of(std::span(zones).subspan(1), {"FR", "", ""}), nullptr);
}

// By weight: 4.90 up to 2 kg, 6.90 from 2 kg, 16.90 from 10 kg, nothing above 31.5 kg; free from
// 50.00; the cheapest stands first.
TEST(Shipping, BandsLimitsAndFreeFrom) {
  ShippingRate parcel = rate("parcel", 490);
  parcel.by = ShippingBy::weight;
  parcel.bands.push_back({10'000, {1690, kEuro}});
  parcel.bands.push_back({2'000, {690, kEuro}});
  parcel.grams_most = 31'500;
  parcel.free_from = {{5000, kEuro}};
  ShippingRate courier = rate("courier", 900);
  courier.by = ShippingBy::worth;
  courier.bands.push_back({10'000, {0, kEuro}});
  const ShippingZone z = zone("all", {{}, {}, {}, {courier, parcel}});
  const auto price = [&](std::string method, Parcel p) {
    const auto options = options_of(z, kEuro, p);
    for (const auto& o : options) {
      if (o.method == method) return o.price.minor;
    }
    return std::int64_t{-1};
  };
  EXPECT_EQ(price("parcel", {1000, 1999}), 490);
  EXPECT_EQ(price("parcel", {1000, 2000}), 690);
  EXPECT_EQ(price("parcel", {1000, 31'500}), 1690);
  EXPECT_EQ(price("parcel", {1000, 31'501}), -1);
  EXPECT_EQ(price("parcel", {5000, 2000}), 0);
  EXPECT_EQ(price("courier", {9999, 0}), 900);
  EXPECT_EQ(price("courier", {10'000, 0}), 0);
  EXPECT_EQ(options_of(z, kEuro, {1000, 1}).front().method, "parcel");
  EXPECT_TRUE(options_of(z, Currency::of("JPY"), {1000, 1}).empty());
  const auto options = options_of(z, kEuro, {1000, 1});
  EXPECT_EQ(chosen_of(options, "courier")->method, "courier");
  EXPECT_EQ(chosen_of(options, "standard")->method, "parcel");
  EXPECT_EQ(chosen_of(options, "drone"), nullptr);
}

class ShippingTest : public MarketTest {
 protected:
  ShippingZone make(ShippingZone wanted) {
    return store->main().write([&](storage::Tx& tx) {
      auto made = create_zone(tx, std::move(wanted));
      EXPECT_TRUE(made.ok());
      return *made;
    });
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, ShippingTest, testing::ValuesIn(storage::test_engines()),
                         [](const auto& p) { return storage::engine_name(p.param); });

// One basket, two merchants: one has rates of its own, the other the platform's; each its own way.
TEST_P(ShippingTest, EachMerchantHasHisOwn) {
  offer(bikes, bike_store, "B-1", 2000, 50);
  offer(phones, phone_store, "P-1", 2000, 50);
  ShippingZone germany =
      zone("Germany", {{"DE"}, {}, {}, {rate("bike-post", 700), rate("van", 1900)}});
  germany.merchant = bikes;
  germany.terms.rates[0].days_least = 2;
  germany.terms.rates[0].days_most = 4;
  make(germany);
  store->outbox().drain();
  Purchase p = purchase({{"bikes", "B-1", {}, 1}, {"phones", "P-1", {}, 1}});
  const Outcome usual = place(p);
  ASSERT_TRUE(usual.ok());
  EXPECT_EQ(order(usual, 0).shipping, 700);
  EXPECT_EQ(order(usual, 0).shipping_method, "bike-post");
  EXPECT_EQ(order(usual, 0).details.shipping_title, "By bike-post");
  EXPECT_EQ(order(usual, 0).details.days_most, 4);
  EXPECT_EQ(order(usual, 1).shipping, 490);
  p.shippings = {{"bikes", "van"}, {"phones", "express"}};
  const Outcome chosen = place(p);
  ASSERT_TRUE(chosen.ok());
  EXPECT_EQ(order(chosen, 0).shipping, 1900);
  EXPECT_EQ(order(chosen, 1).shipping, 1290);
  p.shippings = {{"bikes", "express"}};
  const Outcome unknown = place(p);
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.refusal().reason, Refusal::unknown_shipping);
  p.shippings.clear();
  p.contact.country = "FR";
  const Outcome nowhere = place(p);
  ASSERT_FALSE(nowhere.ok());
  EXPECT_EQ(nowhere.refusal().reason, Refusal::not_deliverable);
  const auto quote = checkout->quote(*store->main().read(),
                                     purchase({{"bikes", "B-1", {}, 1}, {"phones", "P-1", {}, 1}}));
  ASSERT_TRUE(quote.ok());
  EXPECT_EQ(quote->shipping[0].size(), 2U);
  EXPECT_EQ(quote->shipping[1].size(), 3U);
  expect_books_agree();
}

// Every refusal of a change has an input that triggers it; the last zone gone, the default counts.
TEST_P(ShippingTest, ChangesAndTheirRefusals) {
  const auto create = [&](ShippingZone z) {
    return store->main().write([&](storage::Tx& tx) {
      const auto made = create_zone(tx, std::move(z));
      return made.ok() ? std::optional<ZoneRefusal>() : made.refusal();
    });
  };
  ShippingZone z = zone("Germany", {{"DE"}, {}, {}, {rate("post", 500)}});
  z.merchant = bikes;
  ShippingZone bad = z;
  bad.name = " ";
  EXPECT_EQ(create(bad), ZoneRefusal::bad_name);
  bad = z;
  bad.terms.countries = {"Germany"};
  EXPECT_EQ(create(bad), ZoneRefusal::bad_place);
  bad = z;
  bad.terms.rates.push_back(rate("post", 1));
  EXPECT_EQ(create(bad), ZoneRefusal::bad_rate);
  bad.terms.rates = {rate("post", -1)};
  EXPECT_EQ(create(bad), ZoneRefusal::bad_rate);
  const ShippingZone made = make(z);
  const auto update = [&](ShippingZone next, std::int64_t version) {
    return store->main().write([&](storage::Tx& tx) {
      const auto done = update_zone(tx, next, version);
      return done.ok() ? std::optional<ZoneRefusal>() : done.refusal();
    });
  };
  EXPECT_EQ(update(made, 7), ZoneRefusal::stale_version);
  ShippingZone other = made;
  other.id = {1};
  EXPECT_EQ(update(other, 1), ZoneRefusal::unknown_zone);
  EXPECT_EQ(update(made, 1), std::nullopt);
  for (int i = 0; i < 99; ++i) make(z);
  EXPECT_EQ(create(z), ZoneRefusal::too_many);
  ShippingBook book;
  book.load(*store->main().read());
  EXPECT_EQ(book.zones(bikes)->size(), 100U);
  EXPECT_EQ(book.zones(phones), nullptr);
  store->main().write([&](storage::Tx& tx) {
    for (const auto& gone : zones_of(tx, bikes)) {
      EXPECT_TRUE(delete_zone(tx, gone.id, gone.version).ok());
    }
  });
  book.refresh(*store->main().read(), bikes);
  EXPECT_EQ(book.zones(bikes), nullptr);
}

}  // namespace
}  // namespace fondaco::orders
