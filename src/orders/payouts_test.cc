#include "testing_settlement.h"

namespace fondaco::orders {
namespace {

using ledger::AccountKind;

class PayoutsTest : public SettlementTest {};
INSTANTIATE_TEST_SUITE_P(Engines, PayoutsTest, testing::ValuesIn(storage::test_engines()),
                         [](const auto& engine) { return storage::engine_name(engine.param); });

// A daily plan pays the balance once a day; a second run of the same day pays nothing.
TEST_P(PayoutsTest, ARunPaysOnceADay) {
  plan(bikes, PayoutSchedule::daily, "Anna");
  release(bikes, 19'790);
  run();
  run();
  ASSERT_EQ(payouts_now(bikes).size(), 1u);
  EXPECT_EQ(payouts_now(bikes)[0].state, PayoutStatus::paid);
  EXPECT_EQ(payouts_now(bikes)[0].bank_shown, "DE…3000");
  EXPECT_EQ(payable(bikes), 0);
  EXPECT_EQ(balance(AccountKind::payout_clearing), 0);
  EXPECT_EQ(rail->paid().size(), 1u);
  release(bikes, 500);
  run();
  EXPECT_EQ(payable(bikes), 500);
  store.clock().advance(days(1));
  run();
  EXPECT_EQ(payable(bikes), 0);
  expect_silent();
}

// Weekly and monthly plans wait for their day, and a day that the house slept through counts;
// manual ones wait for somebody. 2026-11-22 is a Sunday.
TEST_P(PayoutsTest, SchedulesWaitForTheirDay) {
  plan(bikes, PayoutSchedule::weekly, "Anna", 0, 2);
  plan(phones, PayoutSchedule::monthly, "Bert", 0, 1);
  release(bikes, 100);
  release(phones, 200);
  run();
  EXPECT_EQ(payable(bikes), 100);
  store.clock().advance(days(1));
  run();
  EXPECT_EQ(payable(bikes), 100);
  store.clock().advance(days(2));  // Wednesday; Tuesday was missed.
  run();
  EXPECT_EQ(payable(bikes), 0);
  EXPECT_EQ(payable(phones), 200);
  store.clock().advance(days(8));  // The 3rd of December.
  run();
  EXPECT_EQ(payable(phones), 0);
  plan(bikes, PayoutSchedule::manual, "Anna");
  release(bikes, 100);
  store.clock().advance(days(40));
  run();
  EXPECT_EQ(payable(bikes), 100);
}

// Each reason not to pay is said, in its order, and a negative balance is made up, not paid out.
TEST_P(PayoutsTest, Refusals) {
  EXPECT_EQ(refusal(bikes), PayoutRefusal::no_bank_details);
  plan(bikes, PayoutSchedule::daily, "Anna", 1'000);
  EXPECT_EQ(refusal(bikes), PayoutRefusal::nothing_to_pay);
  release(bikes, 999);
  EXPECT_EQ(refusal(bikes), PayoutRefusal::below_minimum);
  EXPECT_EQ(refusal(bikes, 2'000), PayoutRefusal::amount_too_high);
  run();
  EXPECT_EQ(payable(bikes), 999);
  control(bikes, {.held = true, .hold_reason = "papers are missing"});
  EXPECT_EQ(refusal(bikes), PayoutRefusal::held);
  control(bikes, {.held = false});
  set(kNewSellerDays, "7");
  EXPECT_EQ(refusal(bikes), PayoutRefusal::held);
  control(bikes, {.hold_until = store.clock().now()});
  EXPECT_EQ(refusal(bikes), PayoutRefusal::below_minimum);
  set(kCustody, "provider");
  EXPECT_EQ(refusal(bikes), PayoutRefusal::no_rail);
  set(kCustody, "test");
  release(bikes, -5'000);
  store.clock().advance(days(1));
  run();
  EXPECT_EQ(payable(bikes), -4'001);
  EXPECT_EQ(refusal(bikes), PayoutRefusal::nothing_to_pay);
  release(bikes, 10'000);
  store.clock().advance(days(1));
  run();
  EXPECT_EQ(payable(bikes), 0);
  EXPECT_EQ(payouts_now(bikes).at(0).amount.minor, 5'999);
  const auto unknown = store->main().write(
      [&](storage::Tx& tx) { return payouts.conclude(tx, PayoutId{99}, true, ""); });
  EXPECT_EQ(unknown.refusal(), PayoutRefusal::unknown_payout);
  const PayoutId done = payouts_now(bikes).at(0).id;
  const auto again =
      store->main().write([&](storage::Tx& tx) { return payouts.conclude(tx, done, true, ""); });
  EXPECT_EQ(again.refusal(), PayoutRefusal::wrong_state);
  expect_silent();
}

// A plan refuses what cannot be kept, and a change that somebody else overtook.
TEST_P(PayoutsTest, PlanRefusals) {
  store->main().write([&](storage::Tx& tx) {
    const auto why = [&](const PlanChange& c) { return change_plan(tx, bikes, c).refusal(); };
    EXPECT_EQ(why({.schedule = PayoutSchedule::weekly, .on_day = 8}), PlanRefusal::bad_day);
    EXPECT_EQ(why({.minimum = -1}), PlanRefusal::bad_minimum);
    const auto not_so = [&](const PlanControl& c) { return control_plan(tx, bikes, c).refusal(); };
    EXPECT_EQ(not_so({.reserve_bp = 1'000}), PlanRefusal::bad_reserve);
    EXPECT_EQ(not_so({.held = true}), PlanRefusal::bad_reason);
    EXPECT_EQ(not_so({.vat_id = "123"}), PlanRefusal::bad_vat_id);
    EXPECT_TRUE(change_plan(tx, bikes, {.minimum = 5}, 0).ok());
    EXPECT_EQ(change_plan(tx, bikes, {.minimum = 6}, 0).refusal(), PlanRefusal::stale_version);
    EXPECT_EQ(control_plan(tx, bikes, {}, 0).refusal(), PlanRefusal::stale_version);
  });
}

// An account that does not exist gives the money back; a bank that is down is asked again later;
// an answer that was lost is asked for under the same key and pays once.
TEST_P(PayoutsTest, RailsThatMisbehave) {
  plan(bikes, PayoutSchedule::daily, "Reject Me");
  plan(phones, PayoutSchedule::daily, "Flaky Bank");
  release(bikes, 100);
  release(phones, 200);
  run();
  EXPECT_EQ(payouts_now(bikes)[0].state, PayoutStatus::returned);
  EXPECT_EQ(payouts_now(bikes)[0].code, "account_closed");
  EXPECT_EQ(payable(bikes), 100);
  EXPECT_EQ(payouts_now(phones)[0].state, PayoutStatus::failed);
  EXPECT_EQ(balance(AccountKind::payout_clearing), 200);
  payouts.send_due();
  EXPECT_EQ(payouts_now(phones)[0].attempts, 1);
  store.clock().advance(minutes(11));
  payouts.send_due();
  store.clock().advance(minutes(41));
  payouts.send_due();
  EXPECT_EQ(payouts_now(phones)[0].state, PayoutStatus::paid);
  EXPECT_EQ(payouts_now(phones)[0].attempts, 3);
  plan(bikes, PayoutSchedule::daily, "Lost Answers");
  store.clock().advance(days(1));
  run();
  EXPECT_EQ(payouts_now(bikes)[0].state, PayoutStatus::failed);
  store.clock().advance(minutes(11));
  payouts.send_due();
  EXPECT_EQ(payouts_now(bikes)[0].state, PayoutStatus::paid);
  EXPECT_EQ(rail->paid().size(), 2u);
  EXPECT_EQ(balance(AccountKind::payout_clearing), 0);
  expect_silent();
}

// The bank's file holds what waits, once, with the sum of its payouts; what the bank returns is
// on the merchant's balance again, also after it was told as paid.
TEST_P(PayoutsTest, TheBanksFile) {
  set(kCustody, "bank");
  set(kPlatformName, "Market & Co");
  set(kPlatformIban, "DE02120300000000202051");
  plan(bikes, PayoutSchedule::daily, "Zoë \"Bikes\", Ltd");
  plan(phones, PayoutSchedule::daily, "Bert");
  release(bikes, 12'345);
  release(phones, 655);
  run();
  const auto file =
      store->main().write([&](storage::Tx& tx) { return payouts.make_file(tx, kEur); });
  ASSERT_TRUE(file);
  EXPECT_EQ(file->total, 13'000);
  EXPECT_FALSE(store->main().write(
      [&](storage::Tx& tx) { return payouts.make_file(tx, kEur).has_value(); }));
  auto read = store->main().read();
  const std::string xml = payouts.pain001(read, *payouts.find_file(read, file->id)).value();
  EXPECT_NE(xml.find("<NbOfTxs>2</NbOfTxs><CtrlSum>130.00</CtrlSum>"), std::string::npos) << xml;
  EXPECT_NE(xml.find("<InstdAmt Ccy=\"EUR\">123.45</InstdAmt>"), std::string::npos);
  EXPECT_NE(xml.find("<Nm>Market &amp; Co</Nm>"), std::string::npos);
  EXPECT_EQ(xml, payouts.pain001(read, *file).value());
  const std::string csv = payouts.csv(read, *file);
  EXPECT_NE(csv.find("\"Zoë \"\"Bikes\"\", Ltd\",DE89370400440532013000"), std::string::npos)
      << csv;
  EXPECT_FALSE(payouts.pain001(read, {1, Currency::of("CHF"), 0, 0, {}}));
  const PayoutId one = payouts_now(bikes)[0].id;
  for (const bool paid : {true, false}) {
    store->main().write([&](storage::Tx& tx) {
      EXPECT_TRUE(payouts.conclude(tx, one, paid, paid ? "" : "AC04").ok());
    });
    EXPECT_EQ(balance(AccountKind::platform_cash), paid ? 12'345 : 0);
  }
  EXPECT_EQ(payable(bikes), 12'345);
  EXPECT_EQ(payouts_now(bikes)[0].code, "AC04");
  expect_silent();
}

// What a plan keeps in reserve leaves the payable balance with the release and comes back after
// its days, once.
TEST_P(PayoutsTest, ReserveGoesAndComesBack) {
  plan(bikes, PayoutSchedule::daily, "Anna");
  control(bikes, {.reserve_bp = 1'000, .reserve_days = 30});
  release(bikes, 10'005);
  EXPECT_EQ(payable(bikes), 9'005);
  EXPECT_EQ(balance(AccountKind::merchant_reserve, bikes.value), 1'000);
  run();
  EXPECT_EQ(payable(bikes), 0);
  expect_silent();
  store.clock().advance(days(29));
  store->timers().run_due();
  EXPECT_EQ(payable(bikes), 0);
  store.clock().advance(days(1));
  store->timers().run_due();
  store->timers().run_due();
  EXPECT_EQ(payable(bikes), 1'000);
  EXPECT_EQ(reserved(store->main().read(), bikes, kEur), 0);
  expect_silent();
}

// A process that dies after the payout was made and before the rail's answer was booked leaves
// the row with its posting; the next run sends it again under the same key and pays once.
TEST_P(PayoutsTest, ACrashInTheMiddleChangesNothing) {
  plan(bikes, PayoutSchedule::daily, "Anna");
  release(bikes, 700);
  const std::int64_t today = store.clock().now().us / days(1).us;
  store->main().write([&](storage::Tx& tx) { payouts.make_due(tx, today, {}, 100); });
  expect_silent();
  int asked = 0;
  payouts.send_due([&] { return ++asked > 1; });
  run();
  EXPECT_EQ(payouts_now(bikes).size(), 1u);
  EXPECT_EQ(payouts_now(bikes)[0].state, PayoutStatus::paid);
  EXPECT_EQ(rail->paid().size(), 1u);
  expect_silent();
}

// Bank details are judged by their check digits and shown only by their ends.
TEST(BankDetailsTest, Judged) {
  const auto why = [](BankDetails d) { return checked(std::move(d)).refusal(); };
  EXPECT_EQ(why({"", "DE89370400440532013000", "", ""}), BankRefusal::bad_holder);
  EXPECT_EQ(why({"Anna", "", "", ""}), BankRefusal::nothing_given);
  EXPECT_EQ(why({"Anna", "DE89370400440532013001", "", ""}), BankRefusal::bad_iban);
  EXPECT_EQ(why({"Anna", "DE89", "", ""}), BankRefusal::bad_iban);
  EXPECT_EQ(why({"Anna", "DE89370400440532013000", "COBA", ""}), BankRefusal::bad_bic);
  EXPECT_EQ(why({"Anna", "", "", "acct 1"}), BankRefusal::bad_account);
  EXPECT_EQ(masked(*checked({"Anna", "GB29NWBK60161331926819", "", ""})), "GB…6819");
  EXPECT_EQ(masked(*checked({"Anna", "", "", "acct_1Abc2345"})), "acct_…2345");
}

}  // namespace
}  // namespace fondaco::orders
