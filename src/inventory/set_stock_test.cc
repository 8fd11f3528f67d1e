#include "testing_fixture.h"

namespace fondaco::inventory {
namespace {

constexpr storage::Sql kMovements{"inventory.test_movements",
                                  "SELECT COUNT(*) FROM inventory_movement"};

class SetStockTest : public InventoryTest {
 protected:
  std::vector<Setting> set(const std::vector<StockSetting>& settings) {
    return write(
        [&](storage::Tx& tx) { return set_stock(tx, settings, Reason::imported, 0, &counters); });
  }
  std::int64_t movements() { return store->main().read()->scalar(kMovements, {}).value(); }
};
INSTANTIATE_TEST_SUITE_P(Engines, SetStockTest, testing::ValuesIn(storage::test_engines()),
                         engine_label);

// An import makes rows, changes rows, and importing again changes nothing and writes nothing.
TEST_P(SetStockTest, ImportTwiceChangesNothing) {
  std::vector<StockSetting> settings;
  for (int i = 0; i < 500; ++i) settings.push_back({new_variant(), warehouse, i, {}, {}});
  EXPECT_EQ(set(settings), std::vector<Setting>(500, Setting::created));
  EXPECT_EQ(movements(), 1);
  EXPECT_EQ(set(settings), std::vector<Setting>(500, Setting::unchanged));
  EXPECT_EQ(movements(), 1);
  settings[7].on_hand = 1'000;
  const auto again = set(settings);
  EXPECT_EQ(again[7], Setting::updated);
  EXPECT_EQ(std::count(again.begin(), again.end(), Setting::unchanged), 499);
  EXPECT_EQ(movements(), 2);
  EXPECT_EQ(find(store->main().read(), settings[7].variant, warehouse)->on_hand, 1'000);
  EXPECT_EQ(verified().checked["stock_rows"], 500);
  expect_silent();
}

// The same row twice in one call: the later line sees what the earlier one left.
TEST_P(SetStockTest, SameRowTwice) {
  const VariantId v = new_variant();
  const auto done =
      set({{v, warehouse, 5, {}, {}}, {v, warehouse, 5, {}, {}}, {v, warehouse, 9, {}, {}}});
  EXPECT_EQ(done, (std::vector{Setting::created, Setting::unchanged, Setting::updated}));
  EXPECT_EQ(find(store->main().read(), v, warehouse)->on_hand, 9);
  expect_silent();
}

// A file that knows fewer units than are promised does not break the promise.
TEST_P(SetStockTest, KeepsPromises) {
  const StockId id = stocked(10);
  take({{id, 0, 6}});
  const VariantId v = level(id).variant;
  EXPECT_EQ(set({{v, warehouse, 5, {}, {}}}), std::vector{Setting::below_reserved});
  EXPECT_EQ(level(id).on_hand, 10);
  EXPECT_EQ(set({{v, warehouse, 5, {}, true}}), std::vector{Setting::updated});
  EXPECT_EQ(set({{v, warehouse, 5, {}, false}}), std::vector{Setting::below_reserved});
  EXPECT_EQ(set({{v, warehouse, 6, {}, false}}), std::vector{Setting::updated});
  expect_silent();
}

// Policies are kept when a setting does not name them.
TEST_P(SetStockTest, PoliciesStay) {
  const VariantId v = new_variant();
  set({{v, warehouse, 5, true, true}});
  set({{v, warehouse, 6, {}, {}}});
  const auto level = find(store->main().read(), v, warehouse).value();
  EXPECT_TRUE(level.deduct_on_payment);
  EXPECT_TRUE(level.oversell);
  EXPECT_EQ(level.on_hand, 6);
}

// What was known to be sold out is asked again after an import.
TEST_P(SetStockTest, ForgetsCounters) {
  const StockId id = stocked(0);
  write([&](storage::Tx& tx) { counters.observed(tx, id, 0); });
  EXPECT_TRUE(counters.known_sold_out(id, 1));
  set({{level(id).variant, warehouse, 4, {}, {}}});
  EXPECT_FALSE(counters.known_sold_out(id, 1));
}

}  // namespace
}  // namespace fondaco::inventory
