#include <fondaco/logistics.h>
#include <fondaco/storage/testing.h>

#include <gtest/gtest.h>

namespace fondaco::logistics {
namespace {

class Logistics : public testing::TestWithParam<storage::Engine> {
 protected:
  Logistics()
      : store(GetParam(),
              storage::join({storage::migrations(), inventory::migrations(), migrations()})) {
    store->start();
    stock = store->main().write([this](storage::Tx& tx) {
      const auto place = *inventory::create_place(tx, {merchant, {}, "Shelf"});
      const VariantId variant = tx.next_id<VariantId>(1);
      const inventory::StockSetting setting{variant, place, 5, {}, {}};
      inventory::set_stock(tx, {&setting, 1});
      return inventory::find(tx, variant, place)->id;
    });
    order = store->main().write([](storage::Tx& tx) { return tx.next_id<OrderId>(1); });
  }
  ~Logistics() override { store->stop(); }

  Result<Shipment, Refusal> parcel(std::int64_t units, RefundId refund = {}) {
    return store->main().write([&](storage::Tx& tx) {
      Shipment s;
      s.order = order;
      s.merchant = merchant;
      s.refund = refund;
      s.carrier = "DHL";
      s.lines = {{0, stock.value, units}};
      return send(tx, s);
    });
  }
  inventory::StockLevel level() {
    return inventory::load(*store->main().read(), {&stock, 1}).at(0);
  }

  storage::TestStore store;
  MerchantId merchant{std::int64_t{1} << 14};
  StockId stock;
  OrderId order;
};
INSTANTIATE_TEST_SUITE_P(Engines, Logistics, testing::ValuesIn(storage::test_engines()),
                         [](const auto& p) { return storage::engine_name(p.param); });

// Promised units leave the shelf with their parcel, a replacement takes units that are free, and
// no more than those.
TEST_P(Logistics, UnitsLeaveWithTheParcel) {
  store->main().write([&](storage::Tx& tx) {
    const inventory::Taking promise{stock, 0, 3};
    inventory::apply(tx, {&promise, 1});
    inventory::Movement m{
        tx.next_id<MovementId>(1), inventory::Reason::order_placed, order.value, {promise}};
    inventory::record(tx, {&m, 1});
  });
  ASSERT_TRUE(parcel(2).ok());
  EXPECT_EQ(level().on_hand, 3);
  EXPECT_EQ(level().reserved, 1);
  EXPECT_EQ(parcel(3, RefundId{1}).refusal(), Refusal::not_enough_stock);
  ASSERT_TRUE(parcel(2, RefundId{1}).ok());
  EXPECT_EQ(level().available(), 0);
  storage::Findings findings;
  auto read = store->main().read();
  inventory::verify(read, findings);
  verify(read, findings);
  EXPECT_TRUE(findings.differences.empty());
  EXPECT_EQ(findings.checked["shipments"], 2);
}

// A parcel arrives once; one that was never sent does not.
TEST_P(Logistics, ArrivesOnce) {
  const auto sent = parcel(1, RefundId{1});
  ASSERT_TRUE(sent.ok());
  const auto arrive = [&](ShipmentId id) {
    return store->main().write(
        [&](storage::Tx& tx) { return deliver(tx, id, tx.now() + hours(2)); });
  };
  const auto arrived = arrive(sent->id);
  ASSERT_TRUE(arrived.ok());
  EXPECT_EQ(arrived->state, ShipmentState::delivered);
  EXPECT_EQ(arrive(sent->id).refusal(), Refusal::already_delivered);
  EXPECT_EQ(arrive(ShipmentId{17}).refusal(), Refusal::unknown_shipment);
  const auto all = shipments_of(*store->main().read(), order);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].delivered_at, arrived->delivered_at);
}

}  // namespace
}  // namespace fondaco::logistics
