#include "fixture.h"

#include <fondaco/orders/annual.h>

namespace fondaco::orders {
namespace {

constexpr storage::Sql kFinish{"orders.test_finish", R"sql(
  UPDATE orders_order SET state = 7 WHERE shard = $1 AND id = $2)sql"};

using Annual = MarketTest;
INSTANTIATE_TEST_SUITE_P(Engines, Annual, testing::ValuesIn(storage::test_engines()),
                         [](const auto& i) { return storage::engine_name(i.param); });

// Only finished orders of the time asked for are sales, by category; the run charges a merchant
// without an agreement once, and one with an agreement never.
TEST_P(Annual, SalesAreWhatWasFinished) {
  offer(bikes, bike_store, "B-1", 1'000, 50);
  const Outcome first = place(purchase({{"bikes", "B-1", {}, 2}}));
  const Outcome second = place(purchase({{"bikes", "B-1", {}, 1}}));
  ASSERT_TRUE(first.ok() && second.ok());
  store->main().write([&](storage::Tx& tx) {
    const OrderId id = first->orders[0].id;
    tx.exec(kFinish, {id.shard(), id});
    marketplace::FeeTable t;
    t.name = "2026";
    t.currency = Currency::of("EUR");
    t.rates.emplace_back();
    t.rates[0].annual_fee = 120;
    const auto s = *marketplace::draft_fees(tx, t);
    const Instant tomorrow = Instant{} + days(tx.now().us / days(1).us + 1);
    ASSERT_TRUE(marketplace::publish_fees(tx, s.id, tomorrow, s.version).ok());
    ASSERT_TRUE(marketplace::update_merchant(tx, bikes, {.agreed = false}, {}).ok());
  });
  store->outbox().drain();
  const Instant from = marketplace::start_of_year(2026);
  const Instant to = marketplace::start_of_year(2027);
  {
    auto read = store->main().read();
    auto derived = store->derived().read();
    const auto m = *marketplace::find_merchant(*read, bikes);
    const auto sales = sales_of(*read, *derived, m, from, to);
    ASSERT_EQ(sales.size(), 1u);
    EXPECT_EQ(sales[0].amount, 2'000);
    EXPECT_TRUE(sales_of(*read, *derived, m, to, marketplace::start_of_year(2028)).empty());
  }
  EXPECT_EQ(run_year(*store, accounts, 2026, "test").merchants, 0);  // It is not over.
  store.clock().set(to);
  const YearRun run = run_year(*store, accounts, 2026, "test");
  EXPECT_EQ(run.merchants, 2);
  ASSERT_EQ(run.charged.size(), 1u);
  EXPECT_EQ(run.charged[0].merchant, bikes);
  EXPECT_EQ(run.charged[0].sales.minor, 2'000);
  EXPECT_TRUE(run_year(*store, accounts, 2026, "test").charged.empty());
}

}  // namespace
}  // namespace fondaco::orders
