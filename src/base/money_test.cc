#include <fondaco/base/money.h>

#include <gtest/gtest.h>

#include <fondaco/base/random.h>

namespace fondaco {
namespace {

Money eur(std::int64_t minor) { return {minor, Currency::of("EUR")}; }

// The parts of a shared amount sum to the amount, for any weights, also when it is negative.
TEST(Money, AllocationKeepsEveryCent) {
  SeededRandom random(7);
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::int64_t> weights(1 + random.below(9));
    for (auto& w : weights) w = static_cast<std::int64_t>(random.below(1'000'000));
    weights[0] += 1;
    const Money whole = eur(static_cast<std::int64_t>(random.below(2'000'000'001)) - 1'000'000'000);
    Money sum = eur(0);
    for (const Money part : allocate(whole, weights)) sum += part;
    EXPECT_EQ(sum, whole);
  }
}

// Ten euros among three equal shares: the first gets the odd cent.
TEST(Money, LargestRemainderBreaksTiesByOrder) {
  const std::int64_t weights[] = {1, 1, 1};
  const auto parts = allocate(eur(1000), weights);
  EXPECT_EQ(parts[0].minor, 334);
  EXPECT_EQ(parts[1].minor, 333);
  EXPECT_EQ(parts[2].minor, 333);
}

// Each rounding does what its name says at the half.
TEST(Money, RoundingIsNamed) {
  EXPECT_EQ(mul_div(5, 1, 2, Round::down), 2);
  EXPECT_EQ(mul_div(5, 1, 2, Round::half_up), 3);
  EXPECT_EQ(mul_div(5, 1, 2, Round::half_even), 2);
  EXPECT_EQ(mul_div(7, 1, 2, Round::half_even), 4);
  EXPECT_EQ(mul_div(-5, 1, 2, Round::half_up), -3);
}

// 19 % inside 119.00 is 19.00, and net plus tax is the gross again.
TEST(Money, TaxInsideGross) {
  EXPECT_EQ(tax_in_gross(eur(11900), 1900, Round::half_up).minor, 1900);
  EXPECT_EQ(tax_in_gross(eur(1), 1900, Round::half_up).minor, 0);
}

// Reading and writing decimals is exact for 0, 2 and 3 digits and refuses what the currency lacks.
TEST(Money, DecimalsAreExact) {
  EXPECT_EQ(parse_decimal("19.9", Currency::of("EUR"))->minor, 1990);
  EXPECT_EQ(parse_decimal("1200", Currency::of("JPY"))->minor, 1200);
  EXPECT_EQ(parse_decimal("1.250", Currency::of("KWD"))->minor, 1250);
  EXPECT_EQ(parse_decimal("19.900", Currency::of("EUR"))->minor, 1990);
  for (const auto* bad : {"", "-", "1,50", "1.505", "1e3", "+1", ".5", "1.", "99999999999999999"}) {
    EXPECT_FALSE(parse_decimal(bad, Currency::of("EUR"))) << bad;
  }
  EXPECT_EQ(format_decimal(eur(-5)), "-0.05");
  EXPECT_EQ(format_decimal({1250, Currency::of("KWD")}), "1.250");
  EXPECT_EQ(format_decimal({1200, Currency::of("JPY")}), "1200");
}

// Codes that ISO 4217 does not have do not become currencies.
TEST(Money, UnknownCurrencyIsRefused) {
  EXPECT_FALSE(Currency::parse("EURO"));
  EXPECT_FALSE(Currency::parse("eur"));
  EXPECT_FALSE(Currency::parse("ABC"));
  EXPECT_EQ(Currency::of("JPY").exponent(), 0);
  EXPECT_EQ(Currency::of("CLF").exponent(), 4);
}

// Mixing currencies is a bug, caught in every build.
TEST(MoneyDeathTest, MixedCurrenciesAreABug) {
#ifdef FONDACO_CHECK_ABORTS
  EXPECT_DEATH(eur(1) + Money({1, Currency::of("USD")}), "check failed");
#else
  EXPECT_THROW(eur(1) + Money({1, Currency::of("USD")}), Bug);
#endif
}

}  // namespace
}  // namespace fondaco
