#include "fixture.h"

namespace fondaco::orders {
namespace {

class EditTest : public MarketTest {
 protected:
  EditTest() {
    bike_ = offer(bikes, bike_store, "B-1", 20'000, 5);
    bell_ = offer(bikes, bike_store, "BELL", 1000, 5);
  }
  Outcome buy(std::string method = "wallet") {
    return place(purchase({{"bikes", "B-1", {}, 2}}, std::move(method)));
  }
  EditRequest request(std::vector<std::pair<std::string, std::int64_t>> lines) {
    EditRequest r;
    r.by_buyer = true;
    for (auto& [sku, quantity] : lines) r.lines.push_back({{}, sku, quantity});
    return r;
  }
  Result<Edited, EditRefusing> edit(OrderId id, const EditRequest& r, std::int64_t version = 1) {
    return store->main().write([&](storage::Tx& tx) {
      auto done = checkout->edit(tx, id, r, version);
      if (!done.ok()) tx.refuse();
      return done;
    });
  }
  EditRefusal refused(OrderId id, const EditRequest& r, std::int64_t version = 1) {
    const auto done = edit(id, r, version);
    EXPECT_FALSE(done.ok());
    return done.ok() ? EditRefusal::impossible : done.refusal().reason;
  }
  OfferId bike_, bell_;
};
INSTANTIATE_TEST_SUITE_P(Engines, EditTest, testing::ValuesIn(storage::test_engines()),
                         [](const auto& p) { return storage::engine_name(p.param); });

// Two bikes for 404.90 become one bike and three bells for 234.90: 170.00 go back to the wallet,
// the shelf has a bike more and three bells fewer; a preview says the same and changes nothing.
TEST_P(EditTest, UnitsAndMoneyFollowTheLines) {
  const Outcome bought = buy();
  ASSERT_TRUE(bought.ok());
  const OrderId id = bought->orders[0].id;
  const EditRequest r = request({{"B-1", 1}, {"BELL", 3}});
  const auto preview = checkout->preview_edit(*store->main().read(), id, r);
  ASSERT_TRUE(preview.ok());
  EXPECT_EQ(preview->balance.minor, -17'000);
  EXPECT_EQ(level(bike_).reserved, 2);
  const auto done = edit(id, r);
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(done->balance.minor, -17'000);
  const Order now = order(bought);
  EXPECT_EQ(now.total, 23'490);
  EXPECT_EQ(now.version, 2);
  EXPECT_EQ(now.lines.size(), 2U);
  EXPECT_EQ(now.commission, 1000 + 150);  // 5 % of each.
  EXPECT_EQ(level(bike_).reserved, 1);
  EXPECT_EQ(level(bell_).reserved, 3);
  EXPECT_EQ(wallet(), 100'000 - 23'490);
  expect_books_agree();
  // Dearer again: the wallet pays the balance; cancelled, all of it is back.
  ASSERT_TRUE(edit(id, request({{"B-1", 3}}), 2).ok());
  EXPECT_EQ(wallet(), 100'000 - 63'490);
  expect_books_agree();
  store->main().write([&](storage::Tx& tx) { EXPECT_TRUE(checkout->cancel(tx, id).ok()); });
  EXPECT_EQ(wallet(), 100'000);
  EXPECT_EQ(level(bike_).reserved, 0);
  EXPECT_EQ(level(bell_).reserved, 0);
  expect_books_agree();
}

// A discount of the platform stays with each unit, and its money follows.
TEST_P(EditTest, DiscountsStayWithTheirUnits) {
  store->main().write([&](storage::Tx& tx) {
    Promotion p;
    p.title = "Tenth";
    p.terms.percent_bp = 1000;
    checkout->promotions().put(*create_promotion(tx, p));
  });
  const Outcome bought = buy();
  ASSERT_TRUE(bought.ok());
  EXPECT_EQ(bought->group.total.minor, 36'490);
  const auto done = edit(bought->orders[0].id, request({{"B-1", 1}}));
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(done->order.total, 18'490);
  EXPECT_EQ(done->order.platform_discount, 2000);
  EXPECT_EQ(done->order.details.promotions[0].discount, 2000);
  expect_books_agree();
}

// Every refusal has an input that triggers it, and leaves everything as it was.
TEST_P(EditTest, Refusals) {
  const Outcome bought = buy();
  const OrderId id = bought->orders[0].id;
  EXPECT_EQ(refused({1}, request({{"B-1", 1}})), EditRefusal::unknown_order);
  EXPECT_EQ(refused(id, request({{"B-1", 1}}), 7), EditRefusal::stale_version);
  EXPECT_EQ(refused(id, request({{"B-1", 2}})), EditRefusal::nothing_changed);
  EditRequest dearer = request({{"B-1", 3}});
  dearer.by_buyer = false;
  EXPECT_EQ(refused(id, dearer), EditRefusal::buyers_consent);
  const auto about = [&](const EditRequest& r) {
    const auto done = edit(id, r);
    EXPECT_FALSE(done.ok());
    EXPECT_EQ(done.refusal().reason, EditRefusal::impossible);
    return done.refusal().about.reason;
  };
  EXPECT_EQ(about(request({{"NONE", 1}})), Refusal::unknown_sku);
  EXPECT_EQ(about(request({{"B-1", -1}})), Refusal::bad_quantity);
  EXPECT_EQ(about(request({{"B-1", 0}})), Refusal::too_many_lines);
  EXPECT_EQ(about(request({{"BELL", 6}})), Refusal::sold_out);
  offer(bikes, bike_store, "DEAR", 9'000'000, 5);
  EXPECT_EQ(about(request({{"DEAR", 1}})), Refusal::wallet_short);
  const Outcome by_card = buy("test");
  ASSERT_TRUE(by_card.ok());
  EXPECT_EQ(refused(by_card->orders[0].id, request({{"B-1", 1}}), order(by_card).version),
            EditRefusal::payment_needed);
  store->main().write([&](storage::Tx& tx) { EXPECT_TRUE(checkout->cancel(tx, id).ok()); });
  EXPECT_EQ(refused(id, request({{"B-1", 1}}), 2), EditRefusal::not_editable);
  expect_books_agree();
}

}  // namespace
}  // namespace fondaco::orders
