#include "testing.h"

#include <fondaco/community/disputes.h>

namespace fondaco::community {
namespace {

constexpr storage::Sql kOrder{"community.test_order",
                              R"sql(
  INSERT INTO orders_order  -- tidy: allow table because no checkout is tested here
    (shard, id, group_id, merchant_id, person_id, state, currency, items,
    shipping, tax, tax_included, total, commission, shipping_method, country, lines, key_id,
    contact, placed_at, version)
  VALUES ($1, $2, 5, $3, $4, 2, 'EUR', 0, 0, 0, 1, 0, 0, 'standard', 'DE', '[]', $5, $6, 0,
          1))sql"};

/// Orders and refunds are orders' own; here stands an order's row, and a court that remembers.
class DisputeTest : public CommunityTest {
 protected:
  DisputeTest()
      : disputes_({*store_, keyring(), [this](storage::Tx&, const Verdict& v) {
                     verdicts_.push_back(v);
                     return !v.amount || *v.amount <= 100;
                   }}) {
    disputes_.wire();
    key_ = keyring().take();
    write([&](storage::Tx& tx) {
      tx.exec(kOrder, {order_.shard(), order_, kBikes, anna_, key_, storage::Blob{"x"}});
    });
  }
  ~DisputeTest() override { store_->stop(); }

  Dispute opened() {
    write([&](storage::Tx& tx) { disputes_.follow(tx, {refund_, order_, true, tx.now()}); });
    return of_refund();
  }
  Dispute of_refund() {
    auto read = store_->main().read();
    return *dispute_of(read, refund_);
  }
  Result<Statement, DisputeRefusal> say(DisputeId id, Side side, std::string_view text) {
    return write([&](storage::Tx& tx) { return disputes_.say(tx, id, side, anna_, text); });
  }
  Result<Dispute, DisputeRefusal> decide(DisputeId id, bool granted,
                                         std::optional<std::int64_t> amount = {}) {
    return write(
        [&](storage::Tx& tx) { return disputes_.decide(tx, id, granted, amount, "So be it."); });
  }
  void pass(Duration time) {
    store_.clock().advance(time);
    store_->timers().run_due();
  }

  const OrderId order_{0x100001};
  const RefundId refund_{0x100002};
  KeyId key_;
  std::vector<Verdict> verdicts_;
  Disputes disputes_;
};

// Told twice of arbitration there is one dispute, and both sides are heard in it.
TEST_P(DisputeTest, OpensOnceAndHearsBoth) {
  const Dispute d = opened();
  EXPECT_EQ(opened().id, d.id);
  EXPECT_EQ(d.state, DisputeState::evidence);
  ASSERT_TRUE(say(d.id, Side::buyer, "It came broken.").ok());
  ASSERT_TRUE(say(d.id, Side::merchant, "It left whole.").ok());
  auto read = store_->main().read();
  const auto words = disputes_.statements(read, *find_dispute(read, d.id));
  ASSERT_EQ(words.size(), 2U);
  EXPECT_EQ(words[0].text, "It came broken.");
  EXPECT_EQ(words[1].side, Side::merchant);
  EXPECT_EQ(open_disputes(read, {}, 10).size(), 1U);
  EXPECT_EQ(disputes_of_merchant(read, kBikes, {}, 10).size(), 1U);
}

// A merchant who says nothing for five days has lost; the refund is granted whole.
TEST_P(DisputeTest, SilenceOfTheMerchantGrantsTheRefund) {
  store_->start();
  const Dispute d = opened();
  ASSERT_TRUE(say(d.id, Side::buyer, "It came broken.").ok());
  pass(kEvidenceTime);
  EXPECT_EQ(of_refund().state, DisputeState::decided);
  ASSERT_EQ(verdicts_.size(), 1U);
  EXPECT_TRUE(verdicts_[0].granted);
  EXPECT_FALSE(verdicts_[0].amount.has_value());
}

// When both have spoken, the platform decides after the time for evidence, and only once.
TEST_P(DisputeTest, WaitsForThePlatformWhenBothHaveSpoken) {
  store_->start();
  const Dispute d = opened();
  ASSERT_TRUE(say(d.id, Side::merchant, "It left whole.").ok());
  pass(kEvidenceTime);
  EXPECT_EQ(of_refund().state, DisputeState::waiting);
  EXPECT_TRUE(verdicts_.empty());
  EXPECT_EQ(say(d.id, Side::buyer, "One more thing").refusal(), DisputeRefusal::evidence_closed);
  EXPECT_EQ(decide(d.id, true, 101).refusal(), DisputeRefusal::bad_amount);
  EXPECT_EQ(decide(d.id, true, 60)->state, DisputeState::decided);
  EXPECT_EQ(verdicts_.back().amount, 60);
  EXPECT_EQ(decide(d.id, false).refusal(), DisputeRefusal::not_open);
}

// When the two agree after all, the dispute ends without a verdict and its timer does nothing.
TEST_P(DisputeTest, EndsWhenTheyAgree) {
  store_->start();
  const Dispute d = opened();
  write([&](storage::Tx& tx) { disputes_.follow(tx, {refund_, order_, false, tx.now()}); });
  EXPECT_EQ(of_refund().state, DisputeState::decided);
  pass(kEvidenceTime);
  EXPECT_TRUE(verdicts_.empty());
  EXPECT_EQ(say(d.id, Side::buyer, "x").refusal(), DisputeRefusal::evidence_closed);
}

// Each refusal of a statement and a decision.
TEST_P(DisputeTest, Refuses) {
  const Dispute d = opened();
  EXPECT_EQ(say(DisputeId{77}, Side::buyer, "x").refusal(), DisputeRefusal::unknown_dispute);
  EXPECT_EQ(say(d.id, Side::buyer, " ").refusal(), DisputeRefusal::empty_text);
  EXPECT_EQ(say(d.id, Side::buyer, std::string(kMostText + 1, 'a')).refusal(),
            DisputeRefusal::text_too_long);
  EXPECT_EQ(decide(DisputeId{77}, true).refusal(), DisputeRefusal::unknown_dispute);
  for (std::int64_t i = 0; i < kMostStatements; ++i) {
    EXPECT_TRUE(say(d.id, Side::buyer, "x").ok());
  }
  EXPECT_EQ(say(d.id, Side::buyer, "x").refusal(), DisputeRefusal::too_many_statements);
}

INSTANTIATE_TEST_SUITE_P(Engines, DisputeTest, testing::ValuesIn(storage::test_engines()),
                         [](const auto& engine) { return storage::engine_name(engine.param); });

}  // namespace
}  // namespace fondaco::community
