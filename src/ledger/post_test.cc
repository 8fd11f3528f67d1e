#include "testing_fixture.h"

#include <fondaco/base/json.h>
#include <fondaco/events/ledger.h>

#include <atomic>
#include <thread>

namespace fondaco::ledger {
namespace {

class PostTest : public LedgerTest {};
INSTANTIATE_TEST_SUITE_P(Engines, PostTest, testing::ValuesIn(storage::test_engines()),
                         engine_label);

// A payment by provider and its release: every balance is what the sign convention says.
TEST_P(PostTest, PaymentAndRelease) {
  const OrderId order = post_one(Kind::payment, {{receivable, -10'000}, {escrow, 10'000}});
  EXPECT_EQ(balance(escrow), 10'000);
  EXPECT_EQ(balance(receivable), -10'000);
  post_one(Kind::release, {{escrow, -10'000}, {payable, 9'000}, {commission, 1'000}}, order);
  EXPECT_EQ(balance(escrow), 0);
  EXPECT_EQ(balance(payable), 9'000);
  EXPECT_EQ(balance(commission), 1'000);
  EXPECT_EQ(verified().checked["journals"], 2);
  EXPECT_EQ(verified().checked["accounts"], 5);
  expect_silent();
}

// A wallet pays what it has and not a cent more; a refusal leaves neither row nor balance.
TEST_P(PostTest, WalletHasAFloor) {
  fund(500);
  post_one(Kind::payment, {{wallet, -500}, {escrow, 500}});
  EXPECT_EQ(balance(wallet), 0);
  EXPECT_THROW(post_one(Kind::payment, {{wallet, -1}, {escrow, 1}}), storage::GuardFailed);
  EXPECT_THROW(post_one(Kind::release, {{escrow, -501}, {payable, 501}}), storage::GuardFailed);
  EXPECT_EQ(balance(escrow), 500);
  EXPECT_EQ(verified().checked["journals"], 2);
  expect_silent();
}

// Unknown accounts and accounts of another currency take no money.
TEST_P(PostTest, GuardsAccountAndCurrency) {
  const AccountId dollars = account(AccountKind::escrow, merchant.value, Currency::of("USD"));
  EXPECT_THROW(post_one(Kind::payment, {{receivable, -5}, {dollars, 5}}), storage::GuardFailed);
  const auto unknown = store->ids().next<AccountId>(0);
  EXPECT_THROW(post_one(Kind::payment, {{receivable, -5}, {unknown, 5}}), storage::GuardFailed);
  EXPECT_EQ(balance(receivable), 0);
  expect_silent();
}

// A journal that does not sum to zero, says nothing, or lies in a foreign shard is a bug.
TEST_P(PostTest, UnbalancedIsABug) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  const auto attempt = [&](Journal j) {
    try {
      write([&](storage::Tx& tx) { post(tx, {&j, 1}); });
    } catch (const Bug&) {
      std::abort();  // A release build throws where a debug build aborts.
    }
  };
  const auto id = store->ids().next<JournalId>(77);
  const std::int64_t ref = store->ids().next_value(77);
  EXPECT_DEATH(attempt({id, Kind::payment, ref, kEur, {{receivable, -10}, {escrow, 9}}}), "");
  EXPECT_DEATH(attempt({id, Kind::payment, ref, kEur, {}}), "");
  EXPECT_DEATH(attempt({id, Kind::payment, ref + (1 << 14), kEur, {{receivable, -1}, {escrow, 1}}}),
               "");
}

// Two currencies in one call stay apart.
TEST_P(PostTest, Currencies) {
  const auto yen = Currency::of("JPY");
  const AccountId in = account(AccountKind::provider_receivable, 0, yen);
  const AccountId held = account(AccountKind::escrow, merchant.value, yen);
  const OrderId order = store->ids().next<OrderId>(77);
  write([&](storage::Tx& tx) {
    const std::vector<Journal> both{
        {tx.next_id<JournalId>(77),
         Kind::payment,
         order.value,
         kEur,
         {{receivable, -7}, {escrow, 7}}},
        {tx.next_id<JournalId>(77), Kind::payment, order.value, yen, {{in, -900}, {held, 900}}}};
    post(tx, both);
  });
  const auto found = escrow_of(store->main().read(), {&order, 1});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].in(kEur), 7);
  EXPECT_EQ(found[0].in(yen), 900);
  EXPECT_EQ(found[0].in(Currency::of("USD")), 0);
  expect_silent();
}

// Escrow is kept per order although orders share the merchant's account.
TEST_P(PostTest, EscrowPerOrder) {
  const OrderId a = post_one(Kind::payment, {{receivable, -100}, {escrow, 100}});
  const OrderId b = post_one(Kind::payment, {{receivable, -50}, {escrow, 50}});
  post_one(Kind::refund, {{escrow, -30}, {receivable, 30}}, a);
  const std::vector<OrderId> asked{b, a, store->ids().next<OrderId>(77)};
  const auto found = escrow_of(store->main().read(), asked);
  EXPECT_EQ(found[0].in(kEur), 50);
  EXPECT_EQ(found[1].in(kEur), 70);
  EXPECT_TRUE(found[2].held.empty());
  EXPECT_EQ(balance(escrow), 120);
}

// Funding says what it did in one event; amounts out of range are refused and change nothing.
TEST_P(PostTest, FundWallet) {
  write([&](storage::Tx& tx) {
    EXPECT_EQ(fund_wallet(tx, book, buyer, {0, kEur}).refusal(), Refusal::amount_out_of_range);
    EXPECT_EQ(fund_wallet(tx, book, buyer, {kMostFunding + 1, kEur}).refusal(),
              Refusal::amount_out_of_range);
    const auto done = fund_wallet(tx, book, buyer, {1'234, kEur});
    EXPECT_EQ(done->balance, 1'234);
    EXPECT_EQ(done->account, wallet);
  });
  const auto told = store->outbox().after(store->outbox().node(), 0, 10);
  ASSERT_EQ(told.size(), 1u);
  const auto event = read_json<events::JournalPosted>(told[0].payload);
  ASSERT_TRUE(event.ok());
  EXPECT_EQ(event->kind, "wallet_funding");
  EXPECT_EQ(event->postings.size(), 2u);
  expect_silent();
}

/// Checkout as orders does it: decided in arrival order from the balance that the batch has read.
struct Purchase {
  std::int64_t minor = 0;
  bool paid = false;
};
class Pay final : public storage::BatchCommand {
 public:
  Pay(AccountId wallet, AccountId escrow) : wallet_(wallet), escrow_(escrow) {}
  std::string_view name() const override { return "pay"; }
  void run(storage::Tx& tx, std::span<void* const> items) override {
    std::int64_t left = balances(tx, {&wallet_, 1}).at(0).balance;
    std::vector<Journal> journals;
    for (void* item : items) {
      auto& p = *static_cast<Purchase*>(item);
      p.paid = p.minor <= left;
      if (!p.paid) continue;
      left -= p.minor;
      journals.push_back({tx.next_id<JournalId>(77),
                          Kind::payment,
                          tx.next_id<OrderId>(77).value,
                          Currency::of("EUR"),
                          {{wallet_, -p.minor}, {escrow_, p.minor}}});
    }
    post(tx, journals);
  }

 private:
  AccountId wallet_, escrow_;
};

// Eight threads spend one wallet at the same time: exactly what was in it arrives.
TEST_P(PostTest, ConcurrentSpending) {
  fund(1'000);
  Pay pay(wallet, escrow);
  std::atomic<int> paid{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 25; ++i) {
        Purchase p{10};
        store->main().writer().run_batch(pay, &p);
        paid += p.paid ? 1 : 0;
      }
    });
  }
  for (auto& t : threads) t.join();
  EXPECT_EQ(paid, 100);
  EXPECT_EQ(balance(wallet), 0);
  EXPECT_EQ(balance(escrow), 1'000);
  expect_silent();
}

// Two processes on one database: the same accounts, made at the same time, and posted to in
// opposite order, lose nothing and do not wait in a circle.
TEST_P(PostTest, TwoProcesses) {
  if (GetParam() == storage::Engine::sqlite) GTEST_SKIP() << "one process owns a directory";
  SeededRandom random(9);
  storage::StoreConfig config = store.config();
  config.data_dir += "-other";
  const auto other = storage::Store::open(
      config, {store.clock(), random, storage::join({storage::migrations(), migrations()})});
  std::vector<AccountRef> refs;
  for (int i = 0; i < 50; ++i) {
    refs.push_back({AccountKind::escrow, store->ids().next_value(77), kEur});
  }
  const auto spend = [&](storage::Store& s, bool backwards) {
    AccountBook own;
    for (std::size_t i = 0; i < refs.size(); ++i) {
      const AccountRef& ref = refs[backwards ? refs.size() - 1 - i : i];
      s.main().write([&](storage::Tx& tx) {
        const AccountId to = own.resolve(tx, ref);
        std::vector<Posting> lines{{receivable, -20}, {to, 10}, {commission, 10}};
        if (backwards) std::reverse(lines.begin(), lines.end());
        const Journal j{tx.next_id<JournalId>(77), Kind::payment, tx.next_id<OrderId>(77).value,
                        kEur, lines};
        post(tx, {&j, 1});
      });
    }
  };
  std::thread there([&] { spend(*other, true); });
  spend(*store, false);
  there.join();
  EXPECT_EQ(balance(receivable), -2'000);
  EXPECT_EQ(balance(commission), 1'000);
  expect_silent();
  EXPECT_EQ(verified().checked["accounts"], 55);
}

}  // namespace
}  // namespace fondaco::ledger
