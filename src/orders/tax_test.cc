#include "fixture.h"

#include <fondaco/orders/pricing.h>
#include <fondaco/orders/tax.h>

namespace fondaco::orders {
namespace {

const Instant kNow = *parse_rfc3339("2026-11-22T10:00:00Z");

TaxCase sale(std::string_view from, std::string_view to, std::string_view vat = {},
             std::string_view region = {}) {
  TaxCase c;
  c.seller_country = from;
  c.country = to;
  c.vat_id = vat;
  c.region = region;
  c.when = kNow;
  return c;
}

std::int64_t rate(const TaxCase& c) { return rate_of(c, tax_rule_of(c), "standard").value_or(-1); }

// A business of another EU state owes the tax itself; one of the seller's own state, one with
// another state's number, and a person do not.
TEST(Tax, ReverseChargeAcrossBordersOnly) {
  EXPECT_EQ(tax_rule_of(sale("DE", "AT", "ATU12345678")), TaxRule::reverse_charge);
  EXPECT_EQ(rate(sale("DE", "AT", "ATU12345678")), 0);
  EXPECT_EQ(rate(sale("DE", "DE", "DE123456789")), 1900);
  EXPECT_EQ(rate(sale("DE", "AT", "FR12345678901")), 2000);
  EXPECT_EQ(rate(sale("DE", "AT")), 2000);
  EXPECT_EQ(tax_rule_of(sale("DE", "GR", "EL123456789")), TaxRule::reverse_charge);
  EXPECT_EQ(tax_rule_of(sale("CH", "AT", "ATU12345678")), TaxRule::usual);
}

// The form of a VAT id is that of its state.
TEST(Tax, VatIdsHaveTheirStatesForm) {
  for (const auto* good : {"DE123456789", "atu 123 456 78", "NL123456789B01", "IE1234567WA",
                           "FRAB123456789", "ESX1234567A"}) {
    EXPECT_TRUE(vat_id_formed(good)) << good;
  }
  for (const auto* bad : {"", "DE", "DE12345678", "DE12345678X", "ZZ123456789", "AT12345678"}) {
    EXPECT_FALSE(vat_id_formed(bad)) << bad;
  }
}

// States with one rate have it; others are not guessed; some do not tax freight.
TEST(Tax, StatesOfTheUs) {
  EXPECT_EQ(rate(sale("US", "US", {}, "MA")), 625);
  EXPECT_EQ(rate(sale("US", "US", {}, "US-CT")), 635);
  EXPECT_EQ(rate(sale("US", "US", {}, "OR")), 0);
  EXPECT_EQ(rate(sale("US", "US", {}, "CA")), -1);
  EXPECT_FALSE(taxes_freight(sale("US", "US", {}, "MA"), TaxRule::us_state));
  EXPECT_TRUE(taxes_freight(sale("US", "US", {}, "MI"), TaxRule::us_state));
  EXPECT_EQ(rate(sale("DE", "US", {}, "CA")), 0);  // An export.
}

// Freight follows the main part of the goods, the higher rate of two equal parts.
TEST(Tax, FreightFollowsTheMainPart) {
  const auto line = [](std::int64_t price, std::int64_t bp) {
    Line l;
    l.price = price;
    l.quantity = 1;
    l.tax_bp = bp;
    return l;
  };
  EXPECT_EQ(main_rate({line(1000, 700), line(600, 1900)}), 700);
  EXPECT_EQ(main_rate({line(1000, 700), line(600, 1900), line(500, 1900)}), 1900);
  EXPECT_EQ(main_rate({line(1000, 700), line(1000, 1900)}), 1900);
}

// Books for 21.40 at 7 % and a lamp for 11.90 at 19 %, freight 4.90 at 7 %: 1.40 + 0.32 and 1.90.
TEST(Tax, ThePartsSumToTheWhole) {
  Order o;
  o.currency = Currency::of("EUR");
  o.country = "DE";
  o.placed_at = kNow;
  for (const auto& [price, bp] : {std::pair<std::int64_t, std::int64_t>{2140, 700}, {1190, 1900}}) {
    Line& l = o.lines.emplace_back();
    l.price = price;
    l.quantity = 1;
    l.tax_bp = bp;
  }
  o.details.shipping_tax_bp = main_rate(o.lines);
  price_order(o, {490, o.currency}, 700);
  const auto parts = tax_parts(o);
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].rate_bp, 1900);
  EXPECT_EQ(parts[0].tax, 190);
  EXPECT_EQ(parts[0].net, 1000);
  EXPECT_EQ(parts[1].tax, 140 + 32);
  EXPECT_EQ(parts[0].net + parts[0].tax + parts[1].net + parts[1].tax, o.total);
  EXPECT_EQ(parts[0].tax + parts[1].tax, o.tax);
}

class TaxTest : public MarketTest {};
INSTANTIATE_TEST_SUITE_P(Engines, TaxTest, testing::ValuesIn(storage::test_engines()),
                         [](const auto& p) { return storage::engine_name(p.param); });

// Inclusive 120.00 to Austria contain 20 %: the business there pays 100.00 and net freight of 4.08.
TEST_P(TaxTest, ABusinessAbroadPaysNet) {
  offer(bikes, bike_store, "B-1", 12'000, 5);
  Purchase p = purchase({{"bikes", "B-1", {}, 1}});
  p.contact.country = "AT";
  p.contact.vat_id = "ATU12345678";
  const Outcome outcome = place(p);
  ASSERT_TRUE(outcome.ok());
  const Order o = order(outcome);
  EXPECT_EQ(o.lines[0].price, 10'000);
  EXPECT_EQ(o.shipping, 408);
  EXPECT_EQ(o.tax, 0);
  EXPECT_FALSE(o.tax_included);
  EXPECT_EQ(o.total, 10'408);
  EXPECT_EQ(o.details.tax_rule, "reverse_charge");
  expect_books_agree();
}

// A certificate holds once an operator has confirmed it, in its country, until its day.
TEST_P(TaxTest, CertificatesAreConfirmed) {
  offer(bikes, bike_store, "B-1", 11'900, 50);
  const auto tax = [&] {
    const Outcome outcome = place(purchase({{"bikes", "B-1", {}, 1}}));
    EXPECT_TRUE(outcome.ok());
    return order(outcome).tax;
  };
  Exemption wanted;
  wanted.person = anna;
  wanted.country = "DE";
  wanted.valid_until = store.clock().now() + days(10);
  const auto asked =
      store->main().write([&](storage::Tx& tx) { return *ask_exemption(tx, wanted); });
  store->outbox().drain();
  EXPECT_GT(tax(), 0);
  EXPECT_EQ(exemptions_asked(*store->main().read(), 10).size(), 1U);
  store->main().write(
      [&](storage::Tx& tx) { EXPECT_TRUE(decide_exemption(tx, asked.id, true, 1).ok()); });
  store->outbox().drain();
  EXPECT_EQ(tax(), 0);
  store.clock().advance(days(11));
  EXPECT_GT(tax(), 0);
  expect_books_agree();
}

// Every refusal of a certificate has an input that triggers it.
TEST_P(TaxTest, CertificatesThatAreRefused) {
  const auto ask = [&](std::string country, Duration validity) {
    return store->main().write([&](storage::Tx& tx) {
      Exemption e;
      e.person = anna;
      e.country = std::move(country);
      e.valid_until = tx.now() + validity;
      return ask_exemption(tx, e);
    });
  };
  const auto decide = [&](TaxExemptionId id, std::int64_t version) {
    return store->main().write([&](storage::Tx& tx) {
      const auto done = decide_exemption(tx, id, false, version);
      return done.ok() ? std::optional<ExemptionRefusal>() : done.refusal();
    });
  };
  EXPECT_EQ(ask("Germany", days(1)).refusal(), ExemptionRefusal::bad_country);
  EXPECT_EQ(ask("DE", seconds(-1)).refusal(), ExemptionRefusal::bad_date);
  const auto asked = ask("DE", days(1));
  ASSERT_TRUE(asked.ok());
  EXPECT_EQ(decide({1}, 1), ExemptionRefusal::unknown_exemption);
  EXPECT_EQ(decide(asked->id, 2), ExemptionRefusal::stale_version);
  EXPECT_EQ(decide(asked->id, 1), std::nullopt);
  EXPECT_EQ(decide(asked->id, 2), ExemptionRefusal::decided);
}

}  // namespace
}  // namespace fondaco::orders
