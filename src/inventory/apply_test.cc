#include "testing_fixture.h"

#include <atomic>
#include <thread>

namespace fondaco::inventory {
namespace {

class ApplyTest : public InventoryTest {};
INSTANTIATE_TEST_SUITE_P(Engines, ApplyTest, testing::ValuesIn(storage::test_engines()),
                         engine_label);

// Takings of one row are summed, rows are independent, and the row says exactly what was asked.
TEST_P(ApplyTest, SumsPerRow) {
  const StockId a = stocked(10);
  const StockId b = stocked(5);
  take({{b, -1, 0}, {a, -2, 0}, {a, 0, 3}, {b, 0, 2}, {a, -1, 0}});
  EXPECT_EQ(level(a).on_hand, 7);
  EXPECT_EQ(level(a).reserved, 3);
  EXPECT_EQ(level(b).on_hand, 4);
  EXPECT_EQ(level(b).reserved, 2);
  EXPECT_EQ(level(a).available(), 4);
  expect_silent();
}

// One row too few: the whole transaction is gone, the row that had enough included.
TEST_P(ApplyTest, RefusesToOversell) {
  const StockId a = stocked(10);
  const StockId b = stocked(1);
  EXPECT_THROW(take({{a, -5, 0}, {b, -2, 0}}), storage::GuardFailed);
  EXPECT_EQ(level(a).on_hand, 10);
  EXPECT_EQ(level(b).on_hand, 1);
  EXPECT_THROW(take({{b, 0, 2}}), storage::GuardFailed);
  EXPECT_THROW(take({{b, 0, -1}}), storage::GuardFailed);  // Nothing is promised.
  const StockId unknown = store->ids().next<StockId>(77);
  EXPECT_THROW(take({{unknown, 1, 0}}), storage::GuardFailed);
  expect_silent();
}

// What is promised cannot be sold to somebody else.
TEST_P(ApplyTest, PromisedUnitsAreTaken) {
  const StockId a = stocked(3);
  take({{a, 0, 2}});
  EXPECT_THROW(take({{a, -2, 0}}), storage::GuardFailed);
  take({{a, -2, -2}});
  EXPECT_EQ(level(a).on_hand, 1);
  EXPECT_EQ(level(a).reserved, 0);
}

// A row whose merchant allows it goes below zero, and says so.
TEST_P(ApplyTest, OversellsWhereAllowed) {
  const StockId a = stocked(1, true);
  take({{a, -5, 0}});
  EXPECT_EQ(level(a).on_hand, -4);
  EXPECT_TRUE(level(a).covers(1'000));
  expect_silent();
}

// Takings that cancel each other touch no row.
TEST_P(ApplyTest, LeavesCancelledRowsAlone) {
  const StockId a = stocked(1);
  write([&](storage::Tx& tx) {
    const std::vector<Taking> lines{{a, -1, 0}, {a, 1, 0}};
    inventory::apply(tx, lines);
  });
  EXPECT_EQ(level(a).on_hand, 1);
}

/// A buyer as orders sees him: decided in arrival order from what the batch has read.
struct Buyer {
  StockId stock;
  std::int64_t wanted = 1;
  bool sold = false;
};
class Buy final : public storage::BatchCommand {
 public:
  explicit Buy(Availability& counters) : counters_(counters) {}
  std::string_view name() const override { return "buy"; }
  void run(storage::Tx& tx, std::span<void* const> items) override {
    std::vector<StockId> ids;
    for (void* item : items) ids.push_back(static_cast<Buyer*>(item)->stock);
    auto levels = load(tx, ids);
    std::vector<Taking> takings;
    std::vector<Movement> movements;
    for (void* item : items) {
      auto& buyer = *static_cast<Buyer*>(item);
      auto& level = *std::find_if(levels.begin(), levels.end(),
                                  [&](const StockLevel& l) { return l.id == buyer.stock; });
      buyer.sold = level.covers(buyer.wanted);
      if (!buyer.sold) continue;
      level.on_hand -= buyer.wanted;
      const Taking taking{buyer.stock, -buyer.wanted, 0};
      takings.push_back(taking);
      movements.push_back(
          {tx.next_id<MovementId>(buyer.stock.shard()), Reason::order_placed, 0, {taking}});
    }
    inventory::apply(tx, takings, &counters_);
    record(tx, movements);
    for (const StockLevel& level : levels) {
      if (level.available() == 0) counters_.observed(tx, level.id, 0);
    }
  }

 private:
  Availability& counters_;
};

// Eight threads with 400 buyers for 100 units: exactly 100 are sold, the rest are refused, some
// of them without the writer, and the movements explain the row.
TEST_P(ApplyTest, ConcurrentBuyersGetExactlyWhatIsThere) {
  const StockId a = stocked(100);
  Buy buy(counters);
  std::atomic<int> sold{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        if (counters.known_sold_out(a, 1)) continue;
        Buyer buyer{a};
        store->main().writer().run_batch(buy, &buyer);
        sold += buyer.sold ? 1 : 0;
      }
    });
  }
  for (auto& t : threads) t.join();
  EXPECT_EQ(sold, 100);
  EXPECT_EQ(level(a).on_hand, 0);
  EXPECT_TRUE(counters.known_sold_out(a, 1));
  expect_silent();
}

// Two connections that take the same rows in opposite order neither wait in a circle nor lose a
// unit: the second store is another process as far as PostgreSQL can tell.
TEST_P(ApplyTest, TwoProcessesShareRows) {
  if (GetParam() == storage::Engine::sqlite) GTEST_SKIP() << "one process owns a directory";
  const StockId a = stocked(400);
  const StockId b = stocked(400);
  SeededRandom random(9);
  storage::StoreConfig config = store.config();
  config.data_dir += "-other";
  const auto other = storage::Store::open(
      config, {store.clock(), random, storage::join({storage::migrations(), migrations()})});
  const auto takes = [](storage::Store& s, StockId first, StockId second) {
    for (int i = 0; i < 200; ++i) {
      s.main().write([&](storage::Tx& tx) {
        const std::vector<Taking> lines{{first, -1, 0}, {second, -1, 0}};
        inventory::apply(tx, lines);
        const Movement m{tx.next_id<MovementId>(77), Reason::order_placed, 0, lines};
        record(tx, {&m, 1});
      });
    }
  };
  std::thread there([&] { takes(*other, b, a); });
  takes(*store, a, b);
  there.join();
  EXPECT_EQ(level(a).on_hand, 0);
  EXPECT_EQ(level(b).on_hand, 0);
  expect_silent();
}

// The counter follows every later commit, forgets on demand and with time, and asks the writer
// about rows it has never seen.
TEST_P(ApplyTest, CountersErrTowardsAsking) {
  const StockId a = stocked(2);
  EXPECT_FALSE(counters.known_sold_out(a, 1'000));
  write([&](storage::Tx& tx) { counters.observed(tx, a, 2); });
  EXPECT_FALSE(counters.known_sold_out(a, 2));
  EXPECT_TRUE(counters.known_sold_out(a, 3));
  take({{a, -2, 0}});
  EXPECT_TRUE(counters.known_sold_out(a, 1));
  take({{a, 1, 0}}, Reason::order_cancelled);
  EXPECT_FALSE(counters.known_sold_out(a, 1));
  EXPECT_TRUE(counters.known_sold_out(a, 2));
  counters.refresh({&a, 1});
  EXPECT_FALSE(counters.known_sold_out(a, 2));
  write([&](storage::Tx& tx) { counters.observed(tx, a, 1); });
  store.clock().advance(seconds(1));
  EXPECT_FALSE(counters.known_sold_out(a, 2));
}

// A transaction that is rolled back leaves no trace in the counters.
TEST_P(ApplyTest, CountersSeeCommitsOnly) {
  const StockId a = stocked(2);
  write([&](storage::Tx& tx) {
    counters.observed(tx, a, 0);
    tx.refuse();
  });
  EXPECT_FALSE(counters.known_sold_out(a, 1));
}

// The counters are bounded: rows beyond the limit are asked of the writer until old ones go.
TEST_P(ApplyTest, CountersAreBounded) {
  Availability few(store.clock(), {64, seconds(1)});
  const auto fill = [&] {
    write([&](storage::Tx& tx) {
      for (int i = 0; i < 1'000; ++i) few.observed(tx, tx.next_id<StockId>(77), 0);
    });
  };
  fill();
  EXPECT_LE(few.size(), 64u);
  store.clock().advance(seconds(2));
  fill();
  EXPECT_LE(few.size(), 64u);
  EXPECT_GT(few.size(), 0u);
  few.forget_all();
  EXPECT_EQ(few.size(), 0u);
}

}  // namespace
}  // namespace fondaco::inventory
