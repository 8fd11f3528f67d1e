#include "fixture.h"

#include <algorithm>
#include <array>
#include <map>
#include <sstream>

namespace fondaco::orders {
namespace {

/// A market in which a seed decides who buys, pays, fails, cancels, restocks and waits. Runs the
/// real modules on one engine and tells what is left, without ids, so that two engines compare.
class Simulation : public MarketTest {
 protected:
  void simulate(std::uint64_t seed, int steps) {
    SeededRandom random(seed);
    for (int i = 0; i < 6; ++i) {
      const bool bike = i % 2 == 0;
      goods_.push_back(offer(bike ? bikes : phones, bike ? bike_store : phone_store,
                             "G-" + std::to_string(i), 500 + 250 * i, 20, i == 4));
    }
    for (int step = 0; step < steps; ++step) {
      act(random, step);
      provider->drain();
      if (step % 40 == 39) expect_books_agree();
    }
    store.clock().advance(hours(1));
    provider->drain();
    store->timers().run_due();
    checkout->settle_refunds();
    expect_books_agree();
  }

  std::string what_is_left() {
    std::ostringstream out;
    for (const OfferId id : goods_) {
      const auto l = level(id);
      out << "stock " << l.on_hand << ' ' << l.reserved << '\n';
    }
    out << "wallet " << wallet() << '\n';
    for (const OrderGroupId id : groups_) {
      const auto group = find_group(*store->main().read(), id);
      const auto payment = payments::find(*store->main().read(), group->payment);
      out << "group " << group->total.minor << ' ' << static_cast<int>(payment->state);
      for (const Order& o : orders_of(*store->main().read(), *group)) {
        out << " [" << static_cast<int>(o.state) << ' ' << o.total << ' ' << o.tax << ' '
            << o.commission << ']';
      }
      out << '\n';
    }
    for (const auto& [reason, count] : refusals_)
      out << "refused " << reason << ' ' << count << '\n';
    return out.str();
  }

 private:
  void act(SeededRandom& random, int step) {
    const std::uint64_t dice = random.below(100);
    if (dice < 70) return buy(random, step);
    if (dice < 80) return cancel(random);
    if (dice < 90) return restock(random);
    store.clock().advance(seconds(static_cast<std::int64_t>(random.below(900))));
    provider->drain();
    store->timers().run_due();
    checkout->settle_refunds();
  }

  void buy(SeededRandom& random, int step) {
    constexpr std::array kTokens = {"approve", "approve",      "decline", "late",
                                    "3ds",     "out_of_order", "lost",    "duplicate"};
    std::vector<WantedLine> lines;
    for (std::uint64_t i = 0; i <= random.below(3); ++i) {
      const std::uint64_t n = random.below(goods_.size());
      lines.push_back({n % 2 == 0 ? "bikes" : "phones",
                       "G-" + std::to_string(n),
                       {},
                       static_cast<std::int64_t>(1 + random.below(3))});
    }
    const bool by_wallet = random.below(3) == 0;
    Purchase p = purchase(lines, by_wallet ? "wallet" : "test",
                          kTokens[static_cast<std::size_t>(random.below(kTokens.size()))]);
    p.key = "step-" + std::to_string(step);
    p.body = p.key;
    const Outcome outcome = place(p);
    if (outcome.ok()) {
      groups_.push_back(outcome->group.id);
      const Outcome again = place(p);  // A retry is never a second order.
      ASSERT_TRUE(again.ok());
      EXPECT_EQ(again->group.id, outcome->group.id);
    } else {
      ++refusals_[static_cast<int>(outcome.refusal().reason)];
    }
  }

  void cancel(SeededRandom& random) {
    if (groups_.empty()) return;
    const auto& id = groups_[static_cast<std::size_t>(random.below(groups_.size()))];
    const auto group = find_group(*store->main().read(), id);
    store->main().write([&](storage::Tx& tx) {
      if (!checkout->cancel(tx, group->orders.front()).ok()) tx.refuse();
    });
  }

  void restock(SeededRandom& random) {
    const OfferId id = goods_[static_cast<std::size_t>(random.below(goods_.size()))];
    const StockId stock = level(id).id;
    const auto units = static_cast<std::int64_t>(random.below(8));
    store->main().write([&](storage::Tx& tx) {
      EXPECT_TRUE(
          inventory::adjust(tx, stock, units, inventory::Reason::received, 0, &availability).ok());
    });
  }

  std::vector<OfferId> goods_;
  std::vector<OrderGroupId> groups_;
  std::map<int, int> refusals_;
};

std::map<std::uint64_t, std::string>& left_by_seed() {
  static std::map<std::uint64_t, std::string> left;
  return left;
}

INSTANTIATE_TEST_SUITE_P(Engines, Simulation, testing::ValuesIn(storage::test_engines()),
                         [](const auto& p) { return storage::engine_name(p.param); });

// Two hundred random steps keep every ledger equal to its balances, and both engines are left
// with the same goods, money and orders.
TEST_P(Simulation, BooksAgreeAndEnginesAreEqual) {
  constexpr std::uint64_t kSeed = 20'261'122;
  simulate(kSeed, 200);
  const std::string left = what_is_left();
  const auto [first, fresh] = left_by_seed().emplace(kSeed, left);
  if (!fresh) {
    EXPECT_EQ(first->second, left);
  }
}

}  // namespace
}  // namespace fondaco::orders
