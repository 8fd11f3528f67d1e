#include "testing_fixture.h"

namespace fondaco::ledger {
namespace {

constexpr storage::Sql kForget{"ledger.test_forget", "DELETE FROM ledger_posting_index"};

class StatementTest : public LedgerTest {
 protected:
  void start() {
    subscribe({*store, {"test.order"}, {}});
    store->start();
  }
  /// A payment whose order tells of it, twice.
  void pay(std::int64_t minor) {
    const OrderId order = post_one(Kind::payment, {{receivable, -minor}, {escrow, minor}});
    write([&](storage::Tx& tx) {
      tx.publish({"test.order", 1, order.value, 1, "{}"});
      tx.publish({"test.order", 1, order.value, 2, "{}"});
    });
  }
  Result<Statement, Refusal> statement(AccountId id, JournalId before = {}, int limit = 100) {
    auto main = store->main().read();
    auto derived = store->derived().read();
    return statement_of(main, derived, id, before, limit);
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, StatementTest, testing::ValuesIn(storage::test_engines()),
                         engine_label);

// A statement lists own journals and those of orders, and its running balance ends at the
// account's balance.
TEST_P(StatementTest, EndsAtTheBalance) {
  start();
  pay(100);
  pay(250);
  fund(40);
  store->outbox().drain();
  const auto found = statement(escrow);
  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->entries.size(), 2u);
  EXPECT_EQ(found->entries[0].amount, 250);
  EXPECT_EQ(found->entries[0].balance, 350);
  EXPECT_EQ(found->entries[1].balance, 100);
  EXPECT_EQ(found->entries[0].kind, Kind::payment);
  EXPECT_EQ(found->account.balance, 350);
  EXPECT_EQ(found->pending, 0);
  const auto own = statement(wallet);
  ASSERT_EQ(own->entries.size(), 1u);
  EXPECT_EQ(own->entries[0].kind, Kind::wallet_funding);
  EXPECT_EQ(own->entries[0].ref, buyer.value);
}

// Pages join without gap or overlap.
TEST_P(StatementTest, Pages) {
  start();
  for (int i = 1; i <= 25; ++i) pay(i);
  store->outbox().drain();
  JournalId before;
  std::int64_t expected = 325;
  int pages = 0;
  for (bool more = true; more; ++pages) {
    const auto found = statement(escrow, before, 10).value();
    for (const StatementEntry& e : found.entries) {
      EXPECT_EQ(e.balance, expected);
      expected -= e.amount;
      before = e.journal;
    }
    more = found.has_more;
  }
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(expected, 0);
}

// What the index does not know yet is said as pending, and a rebuild brings it in.
TEST_P(StatementTest, PendingAndRebuild) {
  start();
  pay(100);
  store->outbox().drain();
  store->derived().write([&](storage::Tx& tx) { tx.exec(kForget, {}); });
  EXPECT_EQ(statement(escrow)->pending, 100);
  EXPECT_EQ(rebuild_posting_index(*store), 1);
  EXPECT_EQ(statement(escrow)->pending, 0);
  EXPECT_EQ(statement(escrow)->entries.size(), 1u);
}

// An account that does not exist has no statement.
TEST_P(StatementTest, UnknownAccount) {
  EXPECT_EQ(statement(store->ids().next<AccountId>(0)).refusal(), Refusal::unknown_account);
}

}  // namespace
}  // namespace fondaco::ledger
