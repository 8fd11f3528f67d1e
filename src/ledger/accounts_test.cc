#include "testing_fixture.h"

namespace fondaco::ledger {
namespace {

constexpr storage::Sql kCount{"ledger.test_accounts", "SELECT COUNT(*) FROM ledger_account"};

class AccountsTest : public LedgerTest {};
INSTANTIATE_TEST_SUITE_P(Engines, AccountsTest, testing::ValuesIn(storage::test_engines()),
                         engine_label);

// An account is made once per kind, owner and currency, lies in its owner's shard, and another
// book (another process) finds the same one.
TEST_P(AccountsTest, MadeOnce) {
  const AccountRef ref{AccountKind::wallet, buyer.value, Currency::of("USD")};
  const std::vector<AccountRef> asked{ref, {AccountKind::wallet, buyer.value, kEur}, ref};
  const auto ids = write([&](storage::Tx& tx) { return book.resolve(tx, asked); });
  EXPECT_EQ(ids[0], ids[2]);
  EXPECT_EQ(ids[1], wallet);
  EXPECT_NE(ids[0], wallet);
  EXPECT_EQ(ids[0].shard(), buyer.shard());
  AccountBook other;
  EXPECT_EQ(write([&](storage::Tx& tx) { return other.resolve(tx, ref); }), ids[0]);
  EXPECT_EQ(other.find(store->main().read(), ref), ids[0]);
  EXPECT_FALSE(other.find(store->main().read(), {AccountKind::escrow, buyer.value, kEur}));
  EXPECT_EQ(accounts_of(store->main().read(), AccountKind::wallet, buyer.value).size(), 2u);
  expect_silent();
}

// What a rolled back transaction has made is not remembered: the next one makes it again.
TEST_P(AccountsTest, ForgetsRolledBackRows) {
  const AccountRef ref{AccountKind::wallet, buyer.value, Currency::of("JPY")};
  const auto lost = write([&](storage::Tx& tx) {
    const auto id = book.resolve(tx, ref);
    tx.refuse();
    return id;
  });
  const auto kept = write([&](storage::Tx& tx) { return book.resolve(tx, ref); });
  EXPECT_NE(lost, kept);
  EXPECT_EQ(balances(store->main().read(), {&kept, 1}).size(), 1u);
  EXPECT_TRUE(balances(store->main().read(), {&lost, 1}).empty());
}

// The book is bounded; what it has forgotten it asks again and gets the same account.
TEST_P(AccountsTest, BookIsBounded) {
  AccountBook small(4);
  std::vector<AccountRef> refs;
  for (int i = 0; i < 20; ++i) {
    refs.push_back({AccountKind::wallet, store->ids().next_value(5), kEur});
  }
  const auto first = write([&](storage::Tx& tx) { return small.resolve(tx, refs); });
  EXPECT_EQ(small.size(), 4u);
  const auto rows = store->main().read()->scalar(kCount, {});
  EXPECT_EQ(write([&](storage::Tx& tx) { return small.resolve(tx, refs); }), first);
  EXPECT_EQ(store->main().read()->scalar(kCount, {}), rows);
}

}  // namespace
}  // namespace fondaco::ledger
