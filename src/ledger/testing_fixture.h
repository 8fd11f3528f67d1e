// For the tests of this module: a store, the accounts of a small market, and easy journals.
#pragma once

#include <fondaco/ledger.h>
#include <fondaco/storage/testing.h>

#include <gtest/gtest.h>

namespace fondaco::ledger {

inline const Currency kEur = Currency::of("EUR");

class LedgerTest : public testing::TestWithParam<storage::Engine> {
 protected:
  explicit LedgerTest(std::uint64_t seed = 1)
      : store(GetParam(), storage::join({storage::migrations(), migrations()}), seed) {
    merchant = store->ids().next<MerchantId>(77);
    buyer = store->ids().next<PersonId>(12);
    wallet = account(AccountKind::wallet, buyer.value);
    escrow = account(AccountKind::escrow, merchant.value);
    payable = account(AccountKind::merchant_payable, merchant.value);
    commission = account(AccountKind::commission_revenue, 0);
    receivable = account(AccountKind::provider_receivable, 0);
  }

  template <class F>
  auto write(F&& f) {
    return store->main().write(std::forward<F>(f));
  }
  AccountId account(AccountKind kind, std::int64_t owner, Currency currency = kEur) {
    return write([&](storage::Tx& tx) { return book.resolve(tx, {kind, owner, currency}); });
  }
  /// One journal about a new order of the merchant; the order.
  OrderId post_one(Kind kind, std::vector<Posting> postings, OrderId order = {},
                   Currency currency = kEur) {
    if (!order) order = store->ids().next<OrderId>(merchant.shard());
    write([&](storage::Tx& tx) {
      const Journal j{tx.next_id<JournalId>(order.shard()), kind, order.value, currency,
                      std::move(postings)};
      post(tx, {&j, 1});
    });
    return order;
  }
  void fund(std::int64_t minor) {
    write([&](storage::Tx& tx) { EXPECT_TRUE(fund_wallet(tx, book, buyer, {minor, kEur}).ok()); });
  }
  std::int64_t balance(AccountId id) {
    const auto found = balances(store->main().read(), {&id, 1});
    return found.at(0).balance;
  }
  storage::Findings verified() {
    storage::Findings findings;
    verify(store->main().read(), findings);
    return findings;
  }
  void expect_silent() {
    for (const auto& d : verified().differences) {
      ADD_FAILURE() << d.what << " " << d.id << ": " << d.ledger << " / " << d.balance;
    }
  }

  storage::TestStore store;
  AccountBook book;
  MerchantId merchant;
  PersonId buyer;
  AccountId wallet, escrow, payable, commission, receivable;
};

inline std::string engine_label(const testing::TestParamInfo<storage::Engine>& info) {
  return storage::engine_name(info.param);
}

}  // namespace fondaco::ledger
