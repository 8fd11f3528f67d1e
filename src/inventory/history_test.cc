#include "testing_fixture.h"

namespace fondaco::inventory {
namespace {

constexpr storage::Sql kForget{"inventory.test_forget", "DELETE FROM inventory_movement_index"};

class HistoryTest : public InventoryTest {
 protected:
  void start() {
    subscribe({*store, counters, {"test.order"}, {}});
    store->start();
  }
  Result<MovementPage, Refusal> page(StockId id, MovementId before = {}, int limit = 100) {
    auto main = store->main().read();
    auto derived = store->derived().read();
    return movements_of(main, derived, id, before, limit);
  }
  /// An order of another module: its own event tells of the movement.
  void order(StockId id, std::int64_t quantity) {
    const std::int64_t ref = store->ids().next_value(77);
    write([&](storage::Tx& tx) {
      tx.act_as("per_test");
      const Taking line{id, -quantity, 0};
      inventory::apply(tx, {&line, 1});
      const Movement m{tx.next_id<MovementId>(77), Reason::order_placed, ref, {line}};
      record(tx, {&m, 1});
      tx.publish({"test.order", 1, ref, 1, "{}"});
      tx.publish({"test.order", 1, ref, 2, "{}"});
    });
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, HistoryTest, testing::ValuesIn(storage::test_engines()),
                         engine_label);

// Why is it 47? The movements say so, newest first, and their running balance ends at 47.
TEST_P(HistoryTest, WhyIsIt47) {
  start();
  const StockId id = stocked(50);
  order(id, 2);
  write([&](storage::Tx& tx) {
    EXPECT_TRUE(adjust(tx, id, -3, Reason::damaged).ok());
    EXPECT_TRUE(adjust(tx, id, 2, Reason::found).ok());
  });
  store->outbox().drain();
  const auto found = page(id);
  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->entries.size(), 4u);
  EXPECT_EQ(found->entries[0].on_hand, 47);
  EXPECT_EQ(found->entries[0].reason, Reason::found);
  EXPECT_EQ(found->entries[1].on_hand, 45);
  EXPECT_EQ(found->entries[2].on_hand, 48);
  EXPECT_EQ(found->entries[2].reason, Reason::order_placed);
  EXPECT_EQ(found->entries[2].actor, "per_test");
  EXPECT_NE(found->entries[2].ref, 0);
  EXPECT_EQ(found->entries[3].on_hand, 50);
  EXPECT_EQ(found->pending_on_hand, 0);
  EXPECT_EQ(level(id).on_hand, 47);
  EXPECT_FALSE(found->has_more);
}

// Pages join without gap or overlap, and each carries on with the balance of the one before.
TEST_P(HistoryTest, Pages) {
  start();
  const StockId id = stocked(100);
  for (int i = 0; i < 24; ++i) order(id, 1);
  store->outbox().drain();
  MovementId before;
  std::int64_t expected = 76;
  int pages = 0;
  for (bool more = true; more; ++pages) {
    const auto found = page(id, before, 10).value();
    for (const MovementEntry& e : found.entries) {
      EXPECT_EQ(e.on_hand, expected);
      expected -= e.on_hand_delta;
      before = e.id;
    }
    more = found.has_more;
  }
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(expected, 0);
}

// What the index does not know yet is said as pending, and a rebuild brings it in.
TEST_P(HistoryTest, PendingAndRebuild) {
  start();
  const StockId id = stocked(100);
  order(id, 5);
  store->outbox().drain();
  store->derived().write([&](storage::Tx& tx) { tx.exec(kForget, {}); });
  EXPECT_EQ(page(id)->pending_on_hand, 95);
  EXPECT_EQ(rebuild_movement_index(*store), 2);
  EXPECT_EQ(rebuild_movement_index(*store), 2);
  EXPECT_EQ(page(id)->pending_on_hand, 0);
  EXPECT_EQ(page(id)->entries.size(), 2u);
}

// A row that does not exist has no history.
TEST_P(HistoryTest, UnknownStock) {
  EXPECT_EQ(page(store->ids().next<StockId>(77)).refusal(), Refusal::unknown_stock);
}

}  // namespace
}  // namespace fondaco::inventory
