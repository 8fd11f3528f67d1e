#include "testing_fixture.h"

#include <fondaco/base/json.h>
#include <fondaco/events/inventory.h>

namespace fondaco::inventory {
namespace {

class UseCasesTest : public InventoryTest {
 protected:
  Result<ReservationId, Refusal> reserve_units(StockId stock, std::int64_t quantity) {
    return write([&](storage::Tx& tx) {
      return reserve(tx, {stock, quantity, 0, tx.now() + minutes(15)}, &counters);
    });
  }
  std::vector<storage::StoredEvent> events_of(std::string_view type) {
    std::vector<storage::StoredEvent> out;
    for (auto& e : store->outbox().after(store->outbox().node(), 0, 1'000)) {
      if (e.type == type) out.push_back(std::move(e));
    }
    return out;
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, UseCasesTest, testing::ValuesIn(storage::test_engines()),
                         engine_label);

// Places belong to their merchant, come in the order they were made, and live in its shard.
TEST_P(UseCasesTest, Places) {
  const PlaceId shop = new_place("Corner shop", PlaceKind::store);
  EXPECT_EQ(shop.shard(), merchant.shard());
  auto read = store->main().read();
  EXPECT_EQ(first_warehouse(read, merchant), warehouse);
  const auto all = places_of(read, merchant, {}, 10);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[1].name, "Corner shop");
  EXPECT_EQ(all[1].kind, PlaceKind::store);
  EXPECT_EQ(places_of(read, merchant, warehouse, 10).size(), 1u);
  const auto stranger = store->ids().next<MerchantId>(77);
  EXPECT_TRUE(places_of(read, stranger, {}, 10).empty());
  EXPECT_FALSE(first_warehouse(read, stranger));
  EXPECT_FALSE(place(read, PlaceId{12345}));
  EXPECT_EQ(events_of(events::PlaceCreated::kType).size(), 2u);
}

// A row is made once, whoever asks first.
TEST_P(UseCasesTest, EnsureStock) {
  const VariantId v = new_variant();
  const auto make = [&](storage::Tx& tx) { return ensure_stock(tx, v, warehouse); };
  const StockId id = write(make);
  EXPECT_EQ(write(make), id);
  EXPECT_EQ(level(id).on_hand, 0);
  expect_silent();
}

// All rows of a variant are found with one question, in the order asked, also when there are none.
TEST_P(UseCasesTest, LevelsOfVariants) {
  const StockId here = stocked(5);
  const VariantId v = level(here).variant;
  const PlaceId shop = new_place("Corner shop", PlaceKind::store);
  write([&](storage::Tx& tx) {
    const StockSetting s{v, shop, 3, {}, {}};
    set_stock(tx, {&s, 1});
  });
  take({{here, 0, 1}});
  const std::vector<VariantId> asked{new_variant(), v, v};
  const auto found = levels_of(store->main().read(), asked);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].available, 0);
  EXPECT_TRUE(found[0].levels.empty());
  EXPECT_EQ(found[1].available, 7);
  EXPECT_EQ(found[2].levels.size(), 2u);
  EXPECT_EQ(found[1].variant, v);
}

// Counting sets the row, says what changed in one event, and writes nothing when it agrees.
TEST_P(UseCasesTest, Count) {
  const StockId id = stocked(10);
  const auto before = events_of(events::StockMoved::kType).size();
  const auto done = write([&](storage::Tx& tx) { return count(tx, id, 47, &counters); });
  EXPECT_EQ(done->on_hand, 47);
  EXPECT_TRUE(write([&](storage::Tx& tx) { return count(tx, id, 47, &counters); }).ok());
  const auto told = events_of(events::StockMoved::kType);
  ASSERT_EQ(told.size(), before + 1);
  const auto event = read_json<events::StockMoved>(told.back().payload);
  ASSERT_TRUE(event.ok());
  EXPECT_EQ(event->reason, "counted");
  ASSERT_EQ(event->lines.size(), 1u);
  EXPECT_EQ(event->lines[0].stock, id);
  EXPECT_EQ(event->lines[0].on_hand_delta, 37);
  EXPECT_EQ(event->lines[0].on_hand, 47);
  expect_silent();
}

// Each refusal of counting and adjusting, and that a refusal changes nothing.
TEST_P(UseCasesTest, AdjustRefusals) {
  const StockId id = stocked(10);
  take({{id, 0, 6}});
  const StockId unknown = store->ids().next<StockId>(77);
  write([&](storage::Tx& tx) {
    EXPECT_EQ(count(tx, unknown, 1).refusal(), Refusal::unknown_stock);
    EXPECT_EQ(count(tx, id, 5).refusal(), Refusal::below_reserved);
    EXPECT_EQ(adjust(tx, unknown, 1, Reason::found).refusal(), Refusal::unknown_stock);
    EXPECT_EQ(adjust(tx, id, -5, Reason::damaged).refusal(), Refusal::below_reserved);
    EXPECT_EQ(adjust(tx, id, kMostUnits, Reason::received).refusal(), Refusal::too_many_units);
    EXPECT_EQ(adjust(tx, id, -4, Reason::damaged)->available(), 0);
  });
  EXPECT_EQ(level(id).on_hand, 6);
  expect_silent();
}

// Ten units, eleven reservations of one: ten promises, one refusal.
TEST_P(UseCasesTest, ReserveUntilSoldOut) {
  const StockId id = stocked(10);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(reserve_units(id, 1).ok());
  EXPECT_EQ(reserve_units(id, 1).refusal(), Refusal::not_enough_stock);
  EXPECT_EQ(reserve_units(store->ids().next<StockId>(77), 1).refusal(), Refusal::unknown_stock);
  EXPECT_EQ(level(id).reserved, 10);
  expect_silent();
}

// A reservation ends once: released or used, never both.
TEST_P(UseCasesTest, ReservationEndsOnce) {
  const StockId id = stocked(10);
  const auto released = reserve_units(id, 4).value();
  const auto used = reserve_units(id, 3).value();
  write([&](storage::Tx& tx) {
    EXPECT_TRUE(release(tx, released, &counters).ok());
    EXPECT_EQ(release(tx, released, &counters).refusal(), Refusal::unknown_reservation);
    EXPECT_TRUE(use_reservation(tx, used, &counters).ok());
    EXPECT_EQ(use_reservation(tx, used, &counters).refusal(), Refusal::unknown_reservation);
  });
  EXPECT_EQ(level(id).on_hand, 7);
  EXPECT_EQ(level(id).reserved, 0);
  expect_silent();
}

// When its time is over the timer gives the units back; what was used before stays used.
TEST_P(UseCasesTest, ReservationExpires) {
  subscribe({*store, counters, {}, {}});
  store->start();
  const StockId id = stocked(10);
  const auto used = reserve_units(id, 3).value();
  reserve_units(id, 4).value();
  write([&](storage::Tx& tx) { EXPECT_TRUE(use_reservation(tx, used, &counters).ok()); });
  store.clock().advance(minutes(14));
  store->timers().run_due();
  EXPECT_EQ(level(id).reserved, 4);
  store.clock().advance(minutes(2));
  store->timers().run_due();
  EXPECT_EQ(level(id).reserved, 0);
  EXPECT_EQ(level(id).on_hand, 7);
  EXPECT_EQ(store->timers().open_count(), 0);
  expect_silent();
}

}  // namespace
}  // namespace fondaco::inventory
