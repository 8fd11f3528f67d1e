#include <fondaco/orders/history.h>
#include <fondaco/storage/testing.h>

#include <gtest/gtest.h>

namespace fondaco::orders {
namespace {

class HistoryTest : public testing::TestWithParam<storage::Engine> {
 protected:
  HistoryTest() : store_(GetParam(), storage::join({storage::migrations(), migrations()})) {}

  PastOrder order(std::string number) const {
    PastOrder o;
    o.merchant = merchant_;
    o.number = std::move(number);
    o.state = "paid / fulfilled";
    o.currency = Currency::of("EUR");
    o.items = 2000;
    o.total = 2490;
    o.shipping = 490;
    o.lines = {{"A-1", "Lamp", 2, 1000, 2000}};
    o.contact = "sealed";
    o.placed_at = *parse_rfc3339("2024-01-02T03:04:05Z");
    return o;
  }
  Result<PastDone, PastRefusal> put(const PastOrder& o) {
    return store_->main().write([&](storage::Tx& tx) { return put_past_order(tx, o); });
  }

  storage::TestStore store_;
  const MerchantId merchant_{IdSource(store_.clock(), 3).next<MerchantId>(9)};
  const PersonId anna_{4711};
};
INSTANTIATE_TEST_SUITE_P(Engines, HistoryTest, testing::ValuesIn(storage::test_engines()),
                         [](const auto& p) { return storage::engine_name(p.param); });

// Twice is once; a change is a change; a buyer who became known is added and never lost again.
TEST_P(HistoryTest, IsKeptByNumber) {
  auto o = order("#1001");
  EXPECT_EQ(put(o).value(), PastDone::created);
  EXPECT_EQ(put(o).value(), PastDone::unchanged);
  o.person = anna_;
  o.contact = "sealed for anna";
  EXPECT_EQ(put(o).value(), PastDone::updated);
  o.person = {};
  o.contact = "sealed again";
  EXPECT_EQ(put(o).value(), PastDone::unchanged);
  o.state = "refunded";
  EXPECT_EQ(put(o).value(), PastDone::updated);
  auto later = order("#1002");
  later.person = anna_;
  later.placed_at = later.placed_at + days(1);
  EXPECT_EQ(put(later).value(), PastDone::created);
  auto read = store_->main().read();
  const auto of_anna = past_orders_of_person(read, anna_, 10);
  ASSERT_EQ(of_anna.size(), 2U);
  EXPECT_EQ(of_anna[0].number, "#1002");
  EXPECT_EQ(of_anna[1].state, "refunded");
  EXPECT_EQ(of_anna[1].lines[0].title, "Lamp");
  EXPECT_EQ(of_anna[1].contact, "sealed for anna");
  EXPECT_EQ(past_orders_of_merchant(read, merchant_, "#1001", 10).size(), 1U);
  EXPECT_FALSE(past_order(read, merchant_, "#1003"));
}

// Each refusal, and that nothing was written.
TEST_P(HistoryTest, RefusesWhatCannotBe) {
  auto o = order("");
  EXPECT_EQ(put(o).refusal(), PastRefusal::bad_number);
  o = order(std::string(101, 'x'));
  EXPECT_EQ(put(o).refusal(), PastRefusal::bad_number);
  o = order("1");
  o.lines.clear();
  EXPECT_EQ(put(o).refusal(), PastRefusal::no_lines);
  o = order("1");
  o.total = -1;
  EXPECT_EQ(put(o).refusal(), PastRefusal::bad_amount);
  o = order("1");
  o.lines[0].amount = 10'000'000'000'001;
  EXPECT_EQ(put(o).refusal(), PastRefusal::bad_amount);
  EXPECT_TRUE(past_orders_of_merchant(*store_->main().read(), merchant_, "", 10).empty());
}

}  // namespace
}  // namespace fondaco::orders
