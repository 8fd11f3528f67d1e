#include "fixture.h"

#include <algorithm>
#include <array>

namespace fondaco::orders {
namespace {

using ledger::AccountKind;
using storage::engine_name;
using storage::test_engines;

class AftersaleTest : public MarketTest {
 protected:
  /// One order at the bicycle shop, lines of these prices, by wallet.
  Order buy(std::vector<std::int64_t> prices, std::int64_t quantity = 1) {
    std::vector<WantedLine> lines;
    for (const std::int64_t price : prices) {
      const std::string sku = "S-" + std::to_string(++skus_);
      goods.push_back(offer(bikes, bike_store, sku, price, 10));
      lines.push_back({"bikes", sku, {}, quantity});
    }
    Purchase p = purchase(std::move(lines));
    p.shipping = "pickup";  // Costs nothing: the numbers are those of the requirements.
    const Outcome outcome = place(std::move(p));
    EXPECT_TRUE(outcome.ok());
    return outcome->orders.at(0);
  }
  Aftercome<logistics::Shipment> ship(OrderId order, std::vector<ParcelLine> lines = {},
                                      DeliveryKind kind = DeliveryKind::express) {
    return act(
        [&](storage::Tx& tx) { return aftersale->ship(tx, {order, "DHL", "00340", kind, lines}); });
  }
  Aftercome<Order> confirm(OrderId order, std::vector<std::int64_t> lines = {}) {
    return act([&](storage::Tx& tx) { return aftersale->confirm(tx, order, lines); });
  }
  Aftercome<Refund> open(OrderId order, std::vector<WantedRefund> lines = {},
                         RefundReason reason = RefundReason::damaged) {
    NewRefund wanted;
    wanted.order = order;
    wanted.reason = reason;
    wanted.lines = std::move(lines);
    return act([&](storage::Tx& tx) { return aftersale->open(tx, wanted); });
  }
  OrderState state(OrderId id) { return find_order(*store->main().read(), id)->state; }
  LifePart part(OrderId id, std::size_t i) {
    auto read = store->main().read();
    return life_of(read, *find_order(read, id)).parts.at(i);
  }

  std::vector<OfferId> goods;

 private:
  int skus_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Engines, AftersaleTest, testing::ValuesIn(test_engines()),
                         [](const auto& p) { return engine_name(p.param); });

// Requirement M5: lines of 30, 50 and 20; the buyer confirms the first and the seller has 30 less
// fees at once; the rest is released on the tenth day.
TEST_P(AftersaleTest, PartialReleaseLineByLine) {
  const Order order = buy({3'000, 5'000, 2'000});
  ASSERT_TRUE(ship(order.id).ok());
  EXPECT_EQ(state(order.id), OrderState::shipped);
  ASSERT_TRUE(confirm(order.id, {0}).ok());
  EXPECT_EQ(payable(bikes), 3'000 - 150);
  EXPECT_EQ(balance(AccountKind::commission_revenue), 150);
  EXPECT_EQ(balance(AccountKind::escrow, bikes.value), 7'000);
  expect_books_agree();
  pass(days(10) + seconds(-1));
  EXPECT_EQ(payable(bikes), 2'850);
  pass(seconds(2));
  EXPECT_EQ(payable(bikes), 9'500);
  EXPECT_EQ(balance(AccountKind::commission_revenue), 500);
  EXPECT_EQ(state(order.id), OrderState::finished);
  expect_books_agree();
}

// Requirement M6: a refund opened on day 9 stops the clock, nothing is released on day 10; closed
// on day 12 there is one day left.
TEST_P(AftersaleTest, ARefundStopsTheClock) {
  const Order order = buy({3'000});
  ASSERT_TRUE(ship(order.id).ok());
  pass(days(9));
  const auto refund = open(order.id);
  ASSERT_TRUE(refund.ok());
  pass(days(1));
  EXPECT_EQ(payable(bikes), 0);
  EXPECT_EQ(part(order.id, 0).left, days(1).us);
  pass(days(2));
  ASSERT_TRUE(
      act([&](storage::Tx& tx) { return aftersale->close(tx, refund->id, refund->version); }).ok());
  pass(days(1) + seconds(-1));
  EXPECT_EQ(payable(bikes), 0);
  pass(seconds(2));
  EXPECT_EQ(payable(bikes), 2'850);
  expect_books_agree();
}

// Parcels carry some units each; the order is partly sent until the last one left, and units leave
// the shelf with their parcel.
TEST_P(AftersaleTest, SeveralParcels) {
  const Order order = buy({1'000, 500}, 3);
  const StockId stock = level(goods[0]).id;
  ASSERT_TRUE(ship(order.id, {{0, 2}}).ok());
  EXPECT_EQ(state(order.id), OrderState::shipped_part);
  EXPECT_EQ(level(goods[0]).on_hand, 8);
  EXPECT_EQ(level(goods[0]).reserved, 1);
  EXPECT_EQ(ship(order.id, {{0, 2}}).refusal().reason, AftersaleRefusal::bad_quantity);
  EXPECT_EQ(ship(order.id, {{7, 1}}).refusal().reason, AftersaleRefusal::unknown_line);
  ASSERT_TRUE(ship(order.id, {}, DeliveryKind::mail).ok());
  EXPECT_EQ(state(order.id), OrderState::shipped);
  EXPECT_EQ(ship(order.id).refusal().reason, AftersaleRefusal::nothing_left);
  EXPECT_EQ(level(goods[0]).reserved, 0);
  EXPECT_EQ(logistics::shipments_of(*store->main().read(), order.id).size(), 2U);
  pass(days(29));
  EXPECT_EQ(payable(bikes), 0);
  pass(days(1) + seconds(1));
  EXPECT_EQ(state(order.id), OrderState::finished);
  EXPECT_TRUE(stock.value != 0);
  expect_books_agree();
}

// What is not paid, was cancelled or is about to be refunded is not sent; what was sent is not
// cancelled; what does not exist is nobody's.
TEST_P(AftersaleTest, WhatCannotBeSent) {
  const Order order = buy({1'000, 500});
  ASSERT_TRUE(open(order.id, {{0, 1, {}, true}}, RefundReason::too_late).ok());
  EXPECT_EQ(ship(order.id, {{0, 1}}).refusal().reason, AftersaleRefusal::in_refund);
  ASSERT_TRUE(ship(order.id).ok());  // The other one.
  EXPECT_EQ(level(goods[0]).on_hand, 10);
  const auto cancelled = act([&](storage::Tx& tx) { return checkout->cancel(tx, order.id); });
  EXPECT_EQ(cancelled.refusal(), CancelRefusal::not_cancellable);
  const Order other = buy({1'000});
  ASSERT_TRUE(act([&](storage::Tx& tx) { return checkout->cancel(tx, other.id); }).ok());
  EXPECT_EQ(ship(other.id).refusal().reason, AftersaleRefusal::not_open);
  EXPECT_EQ(ship(OrderId{4711}).refusal().reason, AftersaleRefusal::unknown_order);
  expect_books_agree();
}

// Only what was wholly sent can be confirmed, once.
TEST_P(AftersaleTest, ConfirmingReceipt) {
  const Order order = buy({1'000, 500}, 2);
  EXPECT_EQ(confirm(order.id).refusal().reason, AftersaleRefusal::nothing_left);
  ASSERT_TRUE(ship(order.id, {{0, 2}, {1, 1}}).ok());
  EXPECT_EQ(confirm(order.id, {1}).refusal().reason, AftersaleRefusal::nothing_left);
  EXPECT_EQ(confirm(order.id, {9}).refusal().reason, AftersaleRefusal::unknown_line);
  ASSERT_TRUE(confirm(order.id).ok());
  EXPECT_EQ(payable(bikes), 1'900);
  EXPECT_EQ(confirm(order.id, {0}).refusal().reason, AftersaleRefusal::nothing_left);
  EXPECT_EQ(state(order.id), OrderState::shipped_part);
  expect_books_agree();
}

// A parcel arrives once, and only one that was sent.
TEST_P(AftersaleTest, Delivery) {
  const Order order = buy({1'000});
  const auto parcel = ship(order.id);
  ASSERT_TRUE(parcel.ok());
  const auto deliver = [&](ShipmentId id) {
    return act([&](storage::Tx& tx) { return aftersale->deliver(tx, id); });
  };
  pass(days(2));
  ASSERT_TRUE(deliver(parcel->id).ok());
  EXPECT_EQ(part(order.id, 0).received, store.clock().now().us);
  EXPECT_EQ(deliver(parcel->id).refusal().reason, AftersaleRefusal::already_delivered);
  EXPECT_EQ(deliver(ShipmentId{17}).refusal().reason, AftersaleRefusal::unknown_shipment);
}

// The shipping is released with the last line, not before.
TEST_P(AftersaleTest, ShippingGoesWithTheLastLine) {
  offer(bikes, bike_store, "X", 1'000, 5);
  offer(bikes, bike_store, "Y", 2'000, 5);
  const Outcome outcome = place(purchase({{"bikes", "X", {}, 1}, {"bikes", "Y", {}, 1}}, "test"));
  ASSERT_TRUE(outcome.ok());
  const OrderId id = outcome->orders[0].id;
  ASSERT_TRUE(ship(id).ok());
  ASSERT_TRUE(confirm(id, {1}).ok());
  EXPECT_EQ(payable(bikes), 1'900);
  ASSERT_TRUE(confirm(id, {0}).ok());
  EXPECT_EQ(payable(bikes), 1'900 + 950 + 490);
  EXPECT_EQ(state(id), OrderState::finished);
  expect_books_agree();
}

// What happened stands in the timeline, in order and with who did it; notes are sealed by whoever
// writes them.
TEST_P(AftersaleTest, TheTimelineTellsIt) {
  const Order order = buy({1'000});
  ASSERT_TRUE(ship(order.id).ok());
  ASSERT_TRUE(act([&](storage::Tx& tx) {
                tx.act_as(to_text(anna));
                return aftersale->confirm(tx, order.id, {});
              }).ok());
  store->main().write([&](storage::Tx& tx) { add_note(tx, order, "sealed"); });
  store->outbox().drain();
  std::vector<std::string> types;
  auto derived = store->derived().read();
  for (const auto& entry : timeline_of(derived, order.id)) types.push_back(entry.type);
  const std::vector<std::string> wanted = {"order.placed", "order.shipped", "order.released",
                                           "order.finished", "order.noted"};
  EXPECT_EQ(types, wanted);
  EXPECT_EQ(timeline_of(derived, order.id)[2].actor, to_text(anna));
  EXPECT_EQ(timeline_of(derived, order.id)[1].what, "DHL 00340");
  EXPECT_EQ(notes_of(*store->main().read(), order.id).at(0).sealed, "sealed");
}

}  // namespace
}  // namespace fondaco::orders
