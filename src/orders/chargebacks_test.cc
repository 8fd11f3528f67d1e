#include "testing_settlement.h"

namespace fondaco::orders {
namespace {

using ledger::AccountKind;

class ChargebacksTest : public SettlementTest {
 protected:
  /// A paid basket of two merchants: 200.00 and 300.00, each with 4.90 for shipping.
  Placed bought() {
    offer(bikes, bike_store, "B-1", 20'000, 5);
    offer(phones, phone_store, "P-1", 30'000, 5);
    const auto outcome =
        place(purchase({{"bikes", "B-1", {}, 1}, {"phones", "P-1", {}, 1}}, "test"));
    EXPECT_TRUE(outcome.ok());
    return *outcome;
  }
  Result<std::vector<Chargeback>, ChargebackRefusal> told(PaymentId payment,
                                                          payments::ProviderDispute d) {
    return store->main().write(
        [&](storage::Tx& tx) { return apply_dispute(tx, accounts, {payment, d}); });
  }
  payments::ProviderDispute dispute(std::int64_t amount,
                                    ChargebackState state = ChargebackState::needs_response) {
    payments::ProviderDispute d;
    d.ref = "dp_1";
    d.amount = {amount, kEur};
    d.reason = "fraudulent";
    d.state = state;
    d.due = store.clock().now() + days(7);
    d.fee = 1'500;
    return d;
  }
  ChargebackState state(ChargebackId id) {
    return find_chargeback(store->main().read(), id)->state;
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, ChargebacksTest, testing::ValuesIn(storage::test_engines()),
                         [](const auto& engine) { return storage::engine_name(engine.param); });

// A dispute is shared by the orders' totals, the parts sum to it; what is won comes back, what is
// lost is the merchant's, and both books agree at every step.
TEST_P(ChargebacksTest, OpenedWonLost) {
  const Placed placed = bought();
  const PaymentId payment = placed.group.payment;
  const std::int64_t receivable = balance(AccountKind::provider_receivable);
  const auto rows = told(payment, dispute(10'001));
  ASSERT_EQ(rows->size(), 2u);
  EXPECT_EQ(rows->at(0).amount.minor + rows->at(1).amount.minor, 10'001);
  EXPECT_EQ(rows->at(0).fee + rows->at(1).fee, 1'500);
  EXPECT_EQ(balance(AccountKind::chargeback_receivable), -10'001);
  EXPECT_EQ(balance(AccountKind::provider_receivable), receivable + 10'001 + 1'500);
  EXPECT_EQ(payable(rows->at(0).merchant), -rows->at(0).fee);
  expect_silent();
  EXPECT_TRUE(told(payment, dispute(10'001)).ok());  // Told twice.
  EXPECT_EQ(balance(AccountKind::chargeback_receivable), -10'001);
  store->main().write([&](storage::Tx& tx) {
    EXPECT_TRUE(decide(tx, accounts, rows->at(0).id, true).ok());
    EXPECT_TRUE(decide(tx, accounts, rows->at(1).id, false).ok());
    EXPECT_EQ(decide(tx, accounts, rows->at(0).id, false).refusal(), ChargebackRefusal::closed);
  });
  EXPECT_EQ(balance(AccountKind::chargeback_receivable), 0);
  EXPECT_EQ(payable(rows->at(1).merchant), -rows->at(1).fee - rows->at(1).amount.minor);
  expect_silent();
  EXPECT_TRUE(
      told(payment, dispute(10'001, ChargebackState::won)).ok());  // The bank has changed its mind.
  EXPECT_EQ(state(rows->at(1).id), ChargebackState::won);
  EXPECT_EQ(payable(rows->at(1).merchant), -rows->at(1).fee);
  EXPECT_TRUE(
      told(payment, dispute(10'001, ChargebackState::under_review)).ok());  // An old word, late.
  EXPECT_EQ(state(rows->at(1).id), ChargebackState::won);
  expect_silent();
}

// The decision may be the first word that arrives.
TEST_P(ChargebacksTest, OutOfOrder) {
  const Placed placed = bought();
  const auto rows = told(placed.group.payment, dispute(5'000, ChargebackState::lost));
  ASSERT_TRUE(rows.ok());
  EXPECT_EQ(balance(AccountKind::chargeback_receivable), 0);
  EXPECT_TRUE(told(placed.group.payment, dispute(5'000)).ok());
  EXPECT_EQ(state(rows->at(0).id), ChargebackState::lost);
  payments::ProviderEvent e;
  e.payment = placed.group.payment;
  e.dispute = dispute(5'000, ChargebackState::won);
  payments::ProviderEvent foreign = e;
  foreign.payment = {};
  foreign.ref = "pi_of_somebody_else";
  const std::vector events{foreign, e, payments::ProviderEvent{}};
  store->main().write([&](storage::Tx& tx) { on_disputes(tx, accounts, events); });
  EXPECT_EQ(state(rows->at(0).id), ChargebackState::won);
  expect_silent();
}

// A chargeback after the payout leaves a negative balance, which later releases make up; what is
// open stays out of a payout.
TEST_P(ChargebacksTest, AfterThePayout) {
  plan(bikes, PayoutSchedule::daily, "Anna");
  const Placed placed = bought();
  release(bikes, 18'000);
  run();
  EXPECT_EQ(payable(bikes), 0);
  payments::ProviderDispute d = dispute(50'980);
  d.fee = 0;
  const auto rows = told(placed.group.payment, d);
  const std::int64_t disputed = rows->at(0).amount.minor;
  EXPECT_EQ(disputed, 20'490);
  release(bikes, 21'000);
  store.clock().advance(days(1));
  run();
  EXPECT_EQ(payouts_now(bikes).at(0).amount.minor, 21'000 - disputed);
  EXPECT_EQ(refusal(bikes), PayoutRefusal::nothing_to_pay);
  store.clock().advance(days(6));  // The deadline: nobody has said anything.
  store->timers().run_due();
  EXPECT_EQ(state(rows->at(0).id), ChargebackState::lost);
  EXPECT_EQ(payable(bikes), 0);
  d.ref = "dp_2";
  d.amount.minor = 1'000;
  EXPECT_TRUE(told(placed.group.payment, d).ok());
  d.state = ChargebackState::lost;
  EXPECT_TRUE(told(placed.group.payment, d).ok());
  EXPECT_EQ(payable(bikes), -402);  // 1,000 by totals 20,490 and 30,490.
  release(bikes, 500);
  EXPECT_EQ(payable(bikes), 98);
  expect_silent();
}

// Evidence before the deadline keeps the case open; each refusal is said.
TEST_P(ChargebacksTest, EvidenceAndRefusals) {
  const Placed placed = bought();
  const PaymentId payment = placed.group.payment;
  EXPECT_EQ(told(PaymentId{9}, dispute(1)).refusal(), ChargebackRefusal::unknown_payment);
  EXPECT_EQ(told(payment, dispute(0)).refusal(), ChargebackRefusal::bad_amount);
  EXPECT_EQ(told(payment, dispute(50'981)).refusal(), ChargebackRefusal::bad_amount);
  payments::ProviderDispute wordy = dispute(1);
  wordy.reason = std::string(201, 'x');
  EXPECT_EQ(told(payment, wordy).refusal(), ChargebackRefusal::bad_text);
  const ChargebackId id = told(payment, dispute(50'980))->at(0).id;
  const KeyId key = find_order(store->main().read(), placed.orders[0].id)->key;
  const auto give = [&](ChargebackId which, std::string sealed) {
    return store->main().write([&](storage::Tx& tx) {
      return add_evidence(tx, which, {"shipping", key, std::move(sealed)});
    });
  };
  EXPECT_EQ(give(ChargebackId{5}, "x").refusal(), ChargebackRefusal::unknown_chargeback);
  EXPECT_EQ(give(id, "").refusal(), ChargebackRefusal::bad_text);
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(give(id, people->keyring().seal(key, "Delivered to Anna")).ok());
  }
  EXPECT_EQ(give(id, "x").refusal(), ChargebackRefusal::too_many);
  auto read = store->main().read();
  const auto all = evidence_of(read, id);
  ASSERT_EQ(all.size(), 20u);
  EXPECT_EQ(people->keyring().open(all[0].key, all[0].sealed), "Delivered to Anna");
  store.clock().advance(days(8));
  store->timers().run_due();
  EXPECT_EQ(state(id), ChargebackState::needs_response);
  store->main().write([&](storage::Tx& tx) {
    EXPECT_TRUE(decide(tx, accounts, id, false).ok());
    EXPECT_EQ(decide(tx, accounts, ChargebackId{5}, true).refusal(),
              ChargebackRefusal::unknown_chargeback);
  });
  EXPECT_EQ(give(id, "x").refusal(), ChargebackRefusal::closed);
  const auto unpaid = place(purchase({{"bikes", "B-1", {}, 1}}, "test", "3ds"));
  ASSERT_TRUE(unpaid.ok());
  EXPECT_EQ(told(unpaid->group.payment, dispute(1)).refusal(), ChargebackRefusal::bad_amount);
  expect_silent();
}

}  // namespace
}  // namespace fondaco::orders
