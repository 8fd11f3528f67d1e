#include <fondaco/orders/policy.h>

#include <gtest/gtest.h>

namespace fondaco::orders {
namespace {

Instant at(const char* text) { return *parse_rfc3339(text); }

// The seventh day after receipt in China needs no reason, the eighth does; days end at midnight
// there, not here.
TEST(Policy, SevenDaysFromTheDayAfterReceipt) {
  const Instant received = at("2026-11-01T10:00:00+08:00");
  const auto right = [&](const char* now) {
    return may_return("CN", ReturnClass::normal, false, received, at(now)).right;
  };
  EXPECT_EQ(right("2026-11-01T12:00:00+08:00"), ReturnRight::without_reason);
  EXPECT_EQ(right("2026-11-08T23:59:59+08:00"), ReturnRight::without_reason);
  EXPECT_EQ(right("2026-11-09T00:00:00+08:00"), ReturnRight::reason_needed);
}

// Fresh goods do not go back, and the answer names the rule; opt-in goods go back unless the buyer
// had confirmed that they do not.
TEST(Policy, ClassesOfGoods) {
  const Instant received = at("2026-11-01T10:00:00+08:00");
  const Instant now = at("2026-11-03T10:00:00+08:00");
  const auto fresh = may_return("CN", ReturnClass::fresh, false, received, now);
  EXPECT_EQ(fresh.right, ReturnRight::excluded);
  EXPECT_EQ(fresh.ground, "CN Consumer Protection Law art. 25 (2)");
  EXPECT_EQ(may_return("CN", ReturnClass::opt_in, false, received, now).right,
            ReturnRight::without_reason);
  EXPECT_EQ(may_return("CN", ReturnClass::opt_in, true, received, now).right,
            ReturnRight::excluded);
  EXPECT_EQ(may_return("DE", ReturnClass::fresh, false, received, now).ground,
            "Directive 2011/83/EU art. 16 (d)");
  EXPECT_EQ(may_return("CH", ReturnClass::normal, false, received, now).right,
            ReturnRight::reason_needed);
}

// A fortnight in the Union, the withdrawal function only since its law is in force.
TEST(Policy, MarketsAreDated) {
  EXPECT_FALSE(market_of("DE", at("2026-06-18T12:00:00Z")).withdrawal_function);
  EXPECT_TRUE(market_of("DE", at("2026-06-19T12:00:00Z")).withdrawal_function);
  EXPECT_FALSE(market_of("GB", at("2026-11-01T12:00:00Z")).withdrawal_function);
  EXPECT_EQ(market_of("FR", at("2026-11-01T12:00:00Z")).no_reason_days, 14);
  EXPECT_EQ(market_of("FR", at("2013-11-01T12:00:00Z")).no_reason_days, 0);
  const auto verdict = may_return("FR", ReturnClass::normal, false, at("2026-11-01T10:00:00Z"),
                                  at("2026-11-15T23:00:00Z"));
  EXPECT_EQ(verdict.right, ReturnRight::without_reason);
  EXPECT_EQ(verdict.until, at("2026-11-16T00:00:00Z"));
}

// The timers of the requirements' table.
TEST(Policy, TimesToConfirm) {
  const Instant now = at("2026-11-01T10:00:00Z");
  EXPECT_EQ(time_for(confirm_of(DeliveryKind::top_up), now), hours(0));
  EXPECT_EQ(time_for(confirm_of(DeliveryKind::automatic), now), hours(24));
  EXPECT_EQ(time_for(confirm_of(DeliveryKind::virtual_goods), now), days(3));
  EXPECT_EQ(time_for(confirm_of(DeliveryKind::express), now), days(10));
  EXPECT_EQ(time_for(confirm_of(DeliveryKind::mail), now), days(30));
}

}  // namespace
}  // namespace fondaco::orders
