// The figures of settlement: bench/bench_settlement.py runs them with FONDACO_BENCH=1 and the sizes
// of docs/performance.md; as tests they run small and only look whether the sums are right.
#include "testing_settlement.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

namespace fondaco::orders {
namespace {

using ledger::AccountKind;
using ledger::AccountRef;

bool measuring() { return std::getenv("FONDACO_BENCH") != nullptr; }

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds_of = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
}

double wall_seconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

class SettlementBench : public SettlementTest {
 protected:
  static constexpr int kBatch = 500;
  struct Accounts {
    AccountId receivable, escrow, payable, commission, fee, tax;
  };
  Accounts of(storage::Tx& tx, MerchantId m) {
    const auto at = [&](AccountKind kind, std::int64_t owner) {
      return accounts.resolve(tx, AccountRef{kind, owner, kEur});
    };
    return {at(AccountKind::provider_receivable, 0),    at(AccountKind::escrow, m.value),
            at(AccountKind::merchant_payable, m.value), at(AccountKind::commission_revenue, 0),
            at(AccountKind::payment_fee_revenue, 0),    at(AccountKind::tax_payable, 0)};
  }
  /// Calls each(tx, i) for all of n, kBatch in a transaction.
  template <class F>
  void batches(int n, F&& each) {
    for (int begin = 0; begin < n; begin += kBatch) {
      store->main().write([&](storage::Tx& tx) {
        std::vector<ledger::Journal> journals;
        for (int i = begin; i < std::min(n, begin + kBatch); ++i) each(tx, i, journals);
        ledger::post(tx, journals);
      });
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Sqlite, SettlementBench, testing::Values(storage::Engine::sqlite),
                         [](const auto& engine) { return storage::engine_name(engine.param); });

// Orders of a hundred merchants are released, taxed, put into statements and paid out; the sums
// are those of the orders.
TEST_P(SettlementBench, Settle) {
  const int orders = measuring() ? 100'000 : 1'000;
  constexpr int kMerchants = 100;
  std::vector<MerchantId> merchants;
  for (int i = 0; i < kMerchants; ++i) {
    merchants.push_back(store->ids().next<MerchantId>(i));
    plan(merchants.back(), PayoutSchedule::daily, "Anna");
  }
  std::vector<OrderId> ids;
  const auto merchant_of = [&](int i) {
    return merchants[static_cast<std::size_t>(i) % kMerchants];
  };
  batches(orders, [&](storage::Tx& tx, int i, auto& journals) {
    const Accounts a = of(tx, merchant_of(i));
    const OrderId id = tx.next_id<OrderId>(merchant_of(i).shard());
    ids.push_back(id);
    journals.push_back({tx.next_id<JournalId>(id.shard()),
                        ledger::Kind::payment,
                        id.value,
                        kEur,
                        {{a.receivable, -21'000}, {a.escrow, 21'000}}});
  });
  store->outbox().drain();
  const double begin = cpu_seconds();
  batches(orders, [&](storage::Tx& tx, int i, auto& journals) {
    const Accounts a = of(tx, merchant_of(i));
    const OrderId id = ids[static_cast<std::size_t>(i)];
    journals.push_back(
        {tx.next_id<JournalId>(id.shard()),
         ledger::Kind::release,
         id.value,
         kEur,
         {{a.escrow, -21'000}, {a.payable, 19'790}, {a.commission, 1'000}, {a.fee, 210}}});
    events::OrderReleased e;
    e.order = id;
    e.merchant = merchant_of(i);
    e.to_merchant = {19'790, kEur};
    e.commission = {1'000, kEur};
    e.payment_fee = {210, kEur};
    storage::publish(tx, id.value, 1, e);
  });
  store->outbox().drain();
  run();
  store->outbox().drain();
  const double spent = cpu_seconds() - begin;
  EXPECT_EQ(rail->paid().size(), static_cast<std::size_t>(kMerchants));
  EXPECT_EQ(balance(AccountKind::tax_payable), orders * std::int64_t{230});
  const auto s = statement(merchants[0], "2026-11");
  EXPECT_EQ(s.of(ledger::SellerNumber::sales).entries, orders / kMerchants);
  EXPECT_EQ(s.closing, 0);
  if (measuring()) {
    RecordProperty("cpu_ms", static_cast<int>(spent * 1000));
  }
}

// The statement of a merchant with very many postings: its numbers, and the first page behind one.
TEST_P(SettlementBench, Statement) {
  const int releases = measuring() ? 250'000 : 1'000;
  Accounts a;
  store->main().write([&](storage::Tx& tx) { a = of(tx, bikes); });
  batches(releases, [&](storage::Tx& tx, int, auto& journals) {
    const OrderId id = tx.next_id<OrderId>(bikes.shard());
    journals.push_back({tx.next_id<JournalId>(id.shard()),
                        ledger::Kind::release,
                        id.value,
                        kEur,
                        {{a.receivable, -21'000},
                         {a.payable, 19'560},
                         {a.commission, 1'000},
                         {a.fee, 210},
                         {a.tax, 230}}});
  });
  EXPECT_EQ(ledger::rebuild_posting_index(*store) >= releases, true);
  double worst = 0;
  for (int i = 0; i < 20; ++i) {
    const double begin = wall_seconds();
    auto main = store->main().read();
    auto derived = store->derived().read();
    const auto days = *ledger::period_of("2026-11");
    const auto s = ledger::seller_statement(main, derived, bikes, kEur, days);
    const auto page = ledger::seller_lines(main, derived, s->account.id,
                                           ledger::SellerNumber::commission, days, {}, 100);
    worst = std::max(worst, wall_seconds() - begin);
    EXPECT_EQ(s->of(ledger::SellerNumber::sales).amount, releases * std::int64_t{21'000});
    EXPECT_EQ(page.entries.size(), 100u);
    EXPECT_TRUE(page.has_more);
  }
  if (measuring()) {
    RecordProperty("first_page_us", static_cast<int>(worst * 1e6));
  }
}

}  // namespace
}  // namespace fondaco::orders
