#include "testing_fixture.h"

namespace fondaco::inventory {
namespace {

constexpr storage::Sql kSteal{"inventory.test_steal", R"sql(
  UPDATE inventory_stock SET on_hand = on_hand + 1 WHERE shard = $1 AND id = $2)sql"};
constexpr storage::Sql kPromise{"inventory.test_promise", R"sql(
  UPDATE inventory_stock SET reserved = reserved + 1 WHERE shard = $1 AND id = $2)sql"};
constexpr storage::Sql kLose{"inventory.test_lose", R"sql(
  DELETE FROM inventory_stock WHERE shard = $1 AND id = $2)sql"};

class InvariantsTest : public InventoryTest {};
INSTANTIATE_TEST_SUITE_P(Engines, InvariantsTest, testing::ValuesIn(storage::test_engines()),
                         engine_label);

/// What the rows should be, kept beside the database by the plainest arithmetic.
struct Model {
  std::int64_t on_hand = 0;
  std::int64_t reserved = 0;
  bool oversell = false;
};

class Walk {
 public:
  Walk(storage::TestStore& store, Availability& counters, std::uint64_t seed)
      : store_(store), counters_(counters), random_(seed) {}

  void add(StockId id, Model m) { rows_.emplace_back(id, m); }
  void step() {
    auto& [id, m] = rows_[random_.below(rows_.size())];
    const auto n = static_cast<std::int64_t>(random_.below(12)) + 1;
    switch (random_.below(6)) {
      case 0:
        return take(id, m, -n, 0);
      case 1:
        return take(id, m, 0, n);
      case 2:
        return take(id, m, -n, -n);
      case 3:
        return count_row(id, m, n);
      case 4:
        return hold(id, m, n);
      default:
        return end_one();
    }
  }
  const std::vector<std::pair<StockId, Model>>& rows() const { return rows_; }

 private:
  static bool fits(const Model& m, std::int64_t on_hand, std::int64_t reserved) {
    const std::int64_t r = m.reserved + reserved;
    return r >= 0 && (m.oversell || m.on_hand + on_hand >= r);
  }
  template <class F>
  auto write(F&& f) {
    return store_->main().write(std::forward<F>(f));
  }
  void take(StockId id, Model& m, std::int64_t on_hand, std::int64_t reserved) {
    if (m.reserved + reserved < held_of(id)) return;  // Reservations own their promises.
    const auto run = [&] {
      write([&](storage::Tx& tx) {
        const Taking line{id, on_hand, reserved};
        inventory::apply(tx, {&line, 1}, &counters_);
        const Movement move{tx.next_id<MovementId>(77), Reason::order_placed, 0, {line}};
        record(tx, {&move, 1});
      });
    };
    if (!fits(m, on_hand, reserved)) {
      EXPECT_THROW(run(), storage::GuardFailed);
      return;
    }
    run();
    m.on_hand += on_hand;
    m.reserved += reserved;
  }
  void count_row(StockId id, Model& m, std::int64_t to) {
    const bool good = write([&](storage::Tx& tx) { return count(tx, id, to).ok(); });
    EXPECT_EQ(good, to == m.on_hand || fits(m, to - m.on_hand, 0));
    if (good) m.on_hand = to;
  }
  void hold(StockId id, Model& m, std::int64_t n) {
    const auto held =
        write([&](storage::Tx& tx) { return reserve(tx, {id, n, 0, tx.now() + minutes(5)}); });
    EXPECT_EQ(held.ok(), fits(m, 0, n));
    if (!held.ok()) return;
    m.reserved += n;
    held_.push_back({held.value(), id, n});
  }
  void end_one() {
    if (held_.empty()) return;
    const Held held = held_.back();
    held_.pop_back();
    const bool use = random_.below(2) == 0;
    const bool good = write([&](storage::Tx& tx) {
      return use ? use_reservation(tx, held.id).ok() : release(tx, held.id).ok();
    });
    EXPECT_TRUE(good);
    for (auto& [id, m] : rows_) {
      if (id != held.stock) continue;
      m.reserved -= held.quantity;
      if (use) m.on_hand -= held.quantity;
    }
  }
  std::int64_t held_of(StockId id) const {
    std::int64_t sum = 0;
    for (const Held& h : held_) sum += h.stock == id ? h.quantity : 0;
    return sum;
  }

  struct Held {
    ReservationId id;
    StockId stock;
    std::int64_t quantity;
  };
  storage::TestStore& store_;
  Availability& counters_;
  SeededRandom random_;
  std::vector<std::pair<StockId, Model>> rows_;
  std::vector<Held> held_;
};

// After any sequence of takings, promises, counts, reservations and refusals each row is what
// plain arithmetic says, the CHECKs held, and verify finds no difference.
TEST_P(InvariantsTest, RandomOperations) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Walk walk(store, counters, seed);
    for (int i = 0; i < 4; ++i) walk.add(stocked(20, i == 3), {20, 0, i == 3});
    for (int i = 0; i < 150; ++i) walk.step();
    for (const auto& [id, m] : walk.rows()) {
      EXPECT_EQ(level(id).on_hand, m.on_hand) << "seed " << seed;
      EXPECT_EQ(level(id).reserved, m.reserved) << "seed " << seed;
    }
  }
  expect_silent();
  EXPECT_EQ(verified().checked["stock_rows"], 20);
}

// A row that somebody changed beside its movements is found, with both numbers.
TEST_P(InvariantsTest, VerifyFindsWrongRows) {
  const StockId a = stocked(10);
  const StockId b = stocked(10);
  stocked(10);
  write([&](storage::Tx& tx) {
    tx.exec(kSteal, {a.shard(), a});
    tx.exec(kPromise, {b.shard(), b});
  });
  const auto found = verified();
  ASSERT_EQ(found.differences.size(), 2u);
  EXPECT_EQ(found.differences[0].what, "stock on hand");
  EXPECT_EQ(found.differences[0].id, to_text(a));
  EXPECT_EQ(found.differences[0].ledger, 10);
  EXPECT_EQ(found.differences[0].balance, 11);
  EXPECT_EQ(found.differences[1].what, "stock reserved");
  EXPECT_EQ(found.differences[1].ledger, 0);
  EXPECT_EQ(found.differences[1].balance, 1);
}

// A row that is gone while its movements stay is found too.
TEST_P(InvariantsTest, VerifyFindsLostRows) {
  const StockId a = stocked(10);
  write([&](storage::Tx& tx) { tx.exec(kLose, {a.shard(), a}); });
  const auto found = verified();
  ASSERT_EQ(found.differences.size(), 1u);
  EXPECT_EQ(found.differences[0].what, "movement lines with a stock row");
}

}  // namespace
}  // namespace fondaco::inventory
