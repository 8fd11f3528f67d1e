#include <fondaco/payments/payout_rail.h>

#include <gtest/gtest.h>

namespace fondaco::payments {
namespace {

using Outcome = PayoutAnswer::Outcome;

PayoutOrder order(std::string holder) {
  return {PayoutId{7},
          MerchantId{8},
          {100, Currency::of("EUR")},
          std::move(holder),
          "DE89370400440532013000",
          "",
          "",
          "pot_7"};
}

// The test rail does what the holder's name says, and a key pays once however often it is sent.
TEST(TestRail, DoesWhatTheNameSays) {
  TestRail rail;
  EXPECT_EQ(rail.send(order("Reject me")).outcome, Outcome::rejected);
  EXPECT_EQ(rail.send(order("Slow Bank")).outcome, Outcome::accepted);
  EXPECT_TRUE(rail.paid().empty());
  TestRail lost;
  EXPECT_EQ(lost.send(order("Lost Answers")).outcome, Outcome::unreachable);
  EXPECT_EQ(lost.send(order("Lost Answers")).outcome, Outcome::paid);
  EXPECT_EQ(lost.paid().size(), 1u);
  TestRail flaky;
  EXPECT_EQ(flaky.send(order("Flaky")).outcome, Outcome::failed);
  EXPECT_EQ(flaky.send(order("Flaky")).outcome, Outcome::failed);
  EXPECT_EQ(flaky.send(order("Flaky")).outcome, Outcome::paid);
}

// A bank takes what has an account; a rail is found by its name only.
TEST(BankRail, WaitsForItsFile) {
  PayoutRails rails;
  rails.add(std::make_unique<BankRail>());
  EXPECT_EQ(rails.find("bank")->send(order("Anna")).outcome, Outcome::accepted);
  PayoutOrder none = order("Anna");
  none.iban.clear();
  EXPECT_EQ(rails.find("bank")->send(none).code, "no_iban");
  EXPECT_EQ(rails.find("stripe"), nullptr);
}

}  // namespace
}  // namespace fondaco::payments
