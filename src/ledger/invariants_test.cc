#include "testing_fixture.h"

#include <map>

namespace fondaco::ledger {
namespace {

constexpr storage::Sql kSteal{"ledger.test_steal", R"sql(
  UPDATE ledger_account SET balance = balance + 1 WHERE shard = $1 AND id = $2)sql"};
constexpr storage::Sql kRewrite{"ledger.test_rewrite", R"sql(
  UPDATE ledger_journal SET postings = $1 WHERE ref = $2)sql"};

class InvariantsTest : public LedgerTest {};
INSTANTIATE_TEST_SUITE_P(Engines, InvariantsTest, testing::ValuesIn(storage::test_engines()),
                         engine_label);

// After random batches of payments, refunds, releases and payouts, accepted and refused, every
// balance is what plain arithmetic says, floors held, all accounts sum to zero, verify is silent.
TEST_P(InvariantsTest, RandomJournals) {
  SeededRandom random(7);
  fund(5'000);
  const AccountId source = account(AccountKind::wallet_funding, 0);
  const std::vector<AccountId> all{wallet, escrow, payable, commission, receivable};
  std::map<AccountId, std::int64_t> model{{wallet, 5'000}, {source, -5'000}};
  for (int round = 0; round < 200; ++round) {
    std::vector<Journal> batch;
    auto next = model;
    for (std::uint64_t n = random.below(4) + 1; n > 0; --n) {
      Journal j{store->ids().next<JournalId>(77),
                Kind::adjustment,
                store->ids().next_value(77),
                kEur,
                {}};
      std::int64_t sum = 0;
      for (std::uint64_t legs = random.below(3) + 1; legs > 0; --legs) {
        const auto minor = static_cast<std::int64_t>(random.below(2'000)) - 999;
        j.postings.push_back({all[random.below(all.size())], minor == 0 ? 1 : minor});
        sum += j.postings.back().minor;
      }
      j.postings.push_back({all[random.below(all.size())], -sum});
      for (const Posting& p : j.postings) next[p.account] += p.minor;
      batch.push_back(std::move(j));
    }
    const auto run = [&] { write([&](storage::Tx& tx) { post(tx, batch); }); };
    if (next[wallet] < 0 || next[escrow] < 0) {
      EXPECT_THROW(run(), storage::GuardFailed) << "round " << round;
      continue;
    }
    run();
    model = next;
  }
  std::int64_t sum = 0;
  for (const auto& [id, minor] : model) {
    EXPECT_EQ(balance(id), minor);
    sum += minor;
  }
  EXPECT_EQ(sum, 0);
  expect_silent();
}

// A balance that somebody changed beside the journals is found, with both numbers.
TEST_P(InvariantsTest, VerifyFindsWrongBalances) {
  post_one(Kind::payment, {{receivable, -100}, {escrow, 100}});
  write([&](storage::Tx& tx) { tx.exec(kSteal, {escrow.shard(), escrow}); });
  const auto found = verified();
  ASSERT_EQ(found.differences.size(), 1u);
  EXPECT_EQ(found.differences[0].what, "account balance");
  EXPECT_EQ(found.differences[0].id, to_text(escrow));
  EXPECT_EQ(found.differences[0].ledger, 100);
  EXPECT_EQ(found.differences[0].balance, 101);
}

// A journal that was rewritten is found: its sum, its account, or that it cannot be read.
TEST_P(InvariantsTest, VerifyFindsWrongJournals) {
  const OrderId order = post_one(Kind::payment, {{receivable, -100}, {escrow, 100}});
  const auto differences_with = [&](const std::string& postings) {
    write([&](storage::Tx& tx) { tx.exec(kRewrite, {postings, order}); });
    std::vector<std::string> what;
    for (const auto& d : verified().differences) what.push_back(d.what);
    return what;
  };
  const std::string in = std::to_string(receivable.value);
  const std::string out = std::to_string(escrow.value);
  EXPECT_EQ(differences_with(in + ":-100;" + out + ":99;"),
            (std::vector<std::string>{"sum of a journal", "account balance"}));
  EXPECT_EQ(differences_with(in + ":-100;" + out + ":100;4:1;5:-1;"),
            std::vector<std::string>{"postings with an account"});
  EXPECT_EQ(differences_with(in + ":-100;" + out + ":100;x"),
            std::vector<std::string>{"postings that can be read"});
}

}  // namespace
}  // namespace fondaco::ledger
