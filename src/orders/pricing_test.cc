#include <fondaco/base/random.h>
#include <fondaco/orders/pricing.h>

#include <gtest/gtest.h>

namespace fondaco::orders {
namespace {

const Instant kNow = *parse_rfc3339("2026-11-22T10:00:00Z");

Order order_of(bool included, std::vector<std::pair<std::int64_t, std::int64_t>> lines,
               std::int64_t bp) {
  Order o;
  o.currency = Currency::of("EUR");
  o.tax_included = included;
  for (const auto& [price, quantity] : lines) {
    Line line;
    line.price = price;
    line.quantity = quantity;
    line.tax_bp = bp;
    o.lines.push_back(line);
  }
  return o;
}

// 19 % is inside an inclusive price and on top of an exclusive one.
TEST(Pricing, InclusiveAndExclusive) {
  Order inside = order_of(true, {{11'900, 1}}, 1900);
  price_order(inside, {0, inside.currency}, 1900);
  charge_fees(inside, {{500}});
  EXPECT_EQ(inside.tax, 1'900);
  EXPECT_EQ(inside.total, 11'900);
  EXPECT_EQ(inside.commission, 595);
  Order on_top = order_of(false, {{10'000, 1}}, 1900);
  price_order(on_top, {490, on_top.currency}, 1900);
  EXPECT_EQ(on_top.tax, 1'900 + 93);
  EXPECT_EQ(on_top.total, 10'000 + 490 + 1'993);
}

// The example of the fee engine: 200.00 and 10.00 of freight at 5 % and 1 % leave 197.90.
TEST(Pricing, FeesOfTheExample) {
  Order o = order_of(true, {{20'000, 1}}, 1900);
  price_order(o, {1'000, o.currency}, 1900);
  charge_fees(o, {{500}, 100, FeeScheduleId{7}});
  EXPECT_EQ(o.commission, 1'000);
  EXPECT_EQ(o.payment_fee, 210);
  EXPECT_EQ(o.total - o.commission - o.payment_fee, 19'790);
  EXPECT_EQ(o.fee_version, FeeScheduleId{7});
}

// Each line pays the rate of its own category, of what is left after the merchant's own discount.
TEST(Pricing, EachLineHasItsRate) {
  Order o = order_of(true, {{10'000, 1}, {10'000, 2}}, 0);
  o.lines[0].discount = 3'000;
  o.lines[0].platform_discount = 1'000;
  price_order(o, {0, o.currency}, 0);
  charge_fees(o, {{500, 200}});
  EXPECT_EQ(o.lines[0].commission, 400);
  EXPECT_EQ(o.lines[1].commission, 400);
  EXPECT_EQ(o.commission, 800);
}

// Whatever the basket, the total is the sum of its parts and tax never exceeds what it is of.
TEST(Pricing, PartsSumToTheTotal) {
  SeededRandom random(3);
  for (int round = 0; round < 3000; ++round) {
    std::vector<std::pair<std::int64_t, std::int64_t>> lines;
    for (std::uint64_t i = 0; i <= random.below(6); ++i) {
      lines.emplace_back(static_cast<std::int64_t>(random.below(10'000'000)),
                         static_cast<std::int64_t>(1 + random.below(100)));
    }
    const auto bp = static_cast<std::int64_t>(random.below(3'000));
    Order o = order_of(random.below(2) == 0, lines, bp);
    price_order(o, {static_cast<std::int64_t>(random.below(2'000)), o.currency}, bp);
    charge_fees(o, {{1'500}, 100});
    std::int64_t amounts = 0;
    for (const Line& line : o.lines) {
      amounts += line.amount;
      EXPECT_LE(line.tax, line.amount);
    }
    EXPECT_EQ(o.items, amounts);
    EXPECT_EQ(o.total, amounts + o.shipping + (o.tax_included ? 0 : o.tax));
    EXPECT_LE(o.commission, o.items);
    std::int64_t commissions = 0;
    for (const Line& line : o.lines) commissions += line.commission;
    EXPECT_EQ(o.commission, commissions);
  }
}

// The table knows its dates: Finland raised its rate in September 2024.
TEST(Pricing, RatesAreDated) {
  EXPECT_EQ(tax_rate("FI", "standard", *parse_rfc3339("2024-08-31T12:00:00Z")), 2400);
  EXPECT_EQ(tax_rate("FI", "standard", kNow), 2550);
  EXPECT_EQ(tax_rate("DE", "reduced", kNow), 700);
  EXPECT_EQ(tax_rate("DE", "zero", kNow), 0);
  EXPECT_EQ(tax_rate("US", "standard", kNow), 0);
  EXPECT_TRUE(deliverable("CN"));
  EXPECT_FALSE(deliverable("AQ"));
}

// Flat rates exist in every currency, in its own digits.
TEST(Pricing, ShippingFollowsTheCurrency) {
  EXPECT_EQ(shipping_price("standard", Currency::of("EUR"))->minor, 490);
  EXPECT_EQ(shipping_price("standard", Currency::of("JPY"))->minor, 784);
  EXPECT_EQ(shipping_price("pickup", Currency::of("EUR"))->minor, 0);
  EXPECT_FALSE(shipping_price("drone", Currency::of("EUR")));
}

}  // namespace
}  // namespace fondaco::orders
