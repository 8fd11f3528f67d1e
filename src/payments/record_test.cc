#include "testing.h"

#include <fondaco/events/payments.h>

namespace fondaco::payments {
namespace {

class Records : public PaymentsTest {
 protected:
  RefundRefusal refund_refused(PaymentId id, Money amount) {
    return write([&](storage::Tx& tx) { return request_refund(tx, id, amount, "r"); }).refusal();
  }
  Operation refund(PaymentId id, Money amount) {
    return *write([&](storage::Tx& tx) { return request_refund(tx, id, amount, "return"); });
  }
  PaymentEvent refund_success(const Operation& o, std::string key = "evt_r") {
    return {.type = EventType::refund,
            .result = EventResult::success,
            .operation = o.number,
            .amount_minor = o.amount.minor,
            .at = now(),
            .key = std::move(key)};
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, Records, testing::ValuesIn(storage::test_engines()),
                         [](const auto& i) { return storage::engine_name(i.param); });

// A batch of payments is written and read back as it was given; nothing is told to others.
TEST_P(Records, BatchIsKept) {
  std::vector<NewPayment> all;
  for (int i = 0; i < 300; ++i) {
    all.push_back({.id = store_->ids().next<PaymentId>(i % 256),
                   .group = OrderGroupId{i + 1},
                   .provider = i % 2 ? "wallet" : "test",
                   .method = "m",
                   .amount = eur(100 + i),
                   .provider_ref = i % 2 ? "" : "tp_x",
                   .events = {charged(eur(100 + i), now(), "w")}});
  }
  write([&](storage::Tx& tx) { record(tx, all); });
  auto read = main().read();
  std::vector<PaymentId> ids;
  for (const auto& p : all) ids.push_back(p.id);
  ids.push_back(PaymentId{5});
  const auto found = load(read, ids);
  ASSERT_EQ(found.size(), 300u);
  for (const Payment& p : found) {
    EXPECT_EQ(p.state, PaymentState::captured);
    EXPECT_EQ(p.amount.minor, 99 + p.group.value);
    EXPECT_EQ(p.events.size(), 1u);
    EXPECT_EQ(p.events[0].at, now());
  }
  EXPECT_TRUE(events().empty());
  EXPECT_EQ(verified().checked["payments"], 300);
  EXPECT_TRUE(verified().differences.empty());
}

// A success heard for many payments in one call moves each; the same told again writes nothing.
TEST_P(Records, EventsAreAppendedInBatches) {
  std::vector<NewEvent> told;
  for (int i = 0; i < 50; ++i) {
    const PaymentId id = asked(eur(10 + i));
    told.push_back({id, charged(eur(10 + i), now(), "evt"), "ref-" + std::to_string(i)});
  }
  told.push_back({PaymentId{3}, charged(eur(1), now(), "evt"), ""});
  told.push_back(told[0]);
  const auto run = [&] { return write([&](storage::Tx& tx) { return append_events(tx, told); }); };
  const auto first = run();
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(first[std::size_t(i)].done, Appended::Done::applied);
    EXPECT_EQ(first[std::size_t(i)].before, PaymentState::pending);
    EXPECT_EQ(first[std::size_t(i)].after, PaymentState::captured);
  }
  EXPECT_EQ(first[50].done, Appended::Done::unknown_payment);
  EXPECT_EQ(first[51].done, Appended::Done::repeated);
  EXPECT_EQ(stored(told[7].payment).provider_ref, "ref-7");
  for (std::size_t i = 0; i < 50; ++i) EXPECT_EQ(run()[i].done, Appended::Done::repeated);
  EXPECT_EQ(stored(told[7].payment).version, 2);
  EXPECT_TRUE(events().empty());  // Orders tells of captures itself.
}

// Others hear of a failure once.
TEST_P(Records, FailureIsTold) {
  const PaymentId id = asked(eur(100));
  const PaymentEvent failure{.type = EventType::charge,
                             .result = EventResult::failure,
                             .operation = 1,
                             .amount_minor = 100,
                             .at = now(),
                             .key = "evt",
                             .note = "card_declined"};
  EXPECT_EQ(heard(id, failure).after, PaymentState::failed);
  heard(id, failure);
  ASSERT_EQ(events().size(), 1u);
  EXPECT_EQ(events()[0].type, events::PaymentChanged::kType);
  EXPECT_NE(events()[0].payload.find("failed"), std::string::npos);
}

// A payment with more events than fit its row keeps them all in order, up to its limit.
TEST_P(Records, ManyEventsAreKept) {
  const PaymentId id = captured(eur(100'000));
  for (int i = 1; i <= 20; ++i) {
    const Operation o = refund(id, eur(100));
    EXPECT_EQ(o.number, i);
    EXPECT_EQ(heard(id, refund_success(o, "evt_" + std::to_string(i))).done,
              Appended::Done::applied);
  }
  const Payment p = stored(id);
  ASSERT_EQ(p.events.size(), 42u);
  EXPECT_EQ(p.events[41].key, "evt_20");
  EXPECT_EQ(p.events[41].operation, 20);
  EXPECT_EQ(sums(p.events).refunded, 2'000);
  EXPECT_EQ(heard(id, p.events[40]).done, Appended::Done::repeated);
  EXPECT_TRUE(verified().differences.empty());

  std::vector<NewEvent> flood;
  for (int i = 0; i < 500; ++i) flood.push_back({id, charged(eur(1), now(), std::to_string(i))});
  const auto out = write([&](storage::Tx& tx) { return append_events(tx, flood); });
  EXPECT_EQ(out.front().done, Appended::Done::applied);
  EXPECT_EQ(out.back().done, Appended::Done::full);
  EXPECT_EQ(stored(id).events.size(), 500u);
}

// A refund is asked, answered and told; parts may follow until all is back.
TEST_P(Records, RefundInParts) {
  const PaymentId id = captured(eur(1'000));
  const Operation first = refund(id, eur(400));
  EXPECT_EQ(idempotency_key(first), to_text(id) + "/refund/1");
  EXPECT_EQ(stored(id).state, PaymentState::captured);
  EXPECT_EQ(refund_refused(id, eur(601)), RefundRefusal::exceeds_charged);  // 400 are on the way.
  EXPECT_EQ(heard(id, refund_success(first)).after, PaymentState::partially_refunded);
  const Operation second = refund(id, eur(600));
  EXPECT_EQ(heard(id, refund_success(second)).after, PaymentState::refunded);
  EXPECT_EQ(events().size(), 2u);
}

// Each refusal of a refund; none writes anything.
TEST_P(Records, RefusalsOfRefunds) {
  EXPECT_EQ(refund_refused(PaymentId{4}, eur(1)), RefundRefusal::unknown_payment);
  const PaymentId open = asked(eur(100));
  EXPECT_EQ(refund_refused(open, eur(1)), RefundRefusal::not_captured);
  const PaymentId id = captured(eur(100));
  EXPECT_EQ(refund_refused(id, {1, Currency::of("USD")}), RefundRefusal::wrong_currency);
  EXPECT_EQ(refund_refused(id, eur(0)), RefundRefusal::bad_amount);
  EXPECT_EQ(refund_refused(id, eur(-5)), RefundRefusal::bad_amount);
  EXPECT_EQ(refund_refused(id, eur(101)), RefundRefusal::exceeds_charged);
  EXPECT_EQ(stored(id).events.size(), 2u);
}

// A refund that failed frees its amount for another try.
TEST_P(Records, FailedRefundMayBeTriedAgain) {
  const PaymentId id = captured(eur(100));
  const Operation o = refund(id, eur(100));
  PaymentEvent failure = refund_success(o);
  failure.result = EventResult::failure;
  EXPECT_EQ(heard(id, failure).after, PaymentState::captured);
  EXPECT_EQ(refund(id, eur(100)).number, 2);
}

// Pending are requests older than asked for, oldest first, charges and refunds alike, and none
// that has its answer.
TEST_P(Records, PendingListsWhatHasNoAnswer) {
  const PaymentId first = asked(eur(100), "test", "ref");
  store_.clock().advance(seconds(10));
  const PaymentId refunding = captured(eur(200));
  refund(refunding, eur(50));
  store_.clock().advance(seconds(10));
  asked(eur(300));
  const auto open = open_before(now());
  ASSERT_EQ(open.size(), 2u);
  EXPECT_EQ(open[0].payment, first);
  EXPECT_EQ(open[0].type, EventType::charge);
  EXPECT_EQ(open[0].provider_ref, "ref");
  EXPECT_EQ(open[0].amount, eur(100));
  EXPECT_EQ(open[1].payment, refunding);
  EXPECT_EQ(open[1].type, EventType::refund);
  EXPECT_EQ(open[1].amount, eur(50));
  heard(first, charged(eur(100), now(), "evt"));
  EXPECT_EQ(open_before(now()).size(), 1u);
}

// verify names a payment whose stored state is not what its events say.
TEST_P(Records, VerifyFindsAWrongState) {
  const PaymentId id = captured(eur(100));
  EXPECT_TRUE(verified().differences.empty());
  static constexpr storage::Sql kBreak{"payments.test_break", R"sql(
    UPDATE payments_payment SET state = 7 WHERE shard = $1 AND id = $2)sql"};
  write([&](storage::Tx& tx) { tx.exec(kBreak, {id.shard(), id}); });
  const auto found = verified().differences;
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].id, to_text(id));
  EXPECT_EQ(found[0].ledger, 4);
  EXPECT_EQ(found[0].balance, 7);
}

}  // namespace
}  // namespace fondaco::payments
