// kill -9 in the middle of a payout run: this program starts itself as a child that dies.
#include "testing_settlement.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <map>

namespace fondaco::orders {
namespace {

constexpr int kMerchants = 40;

/// Writes down durably what it pays, as a bank does, and kills its own process after so many calls:
/// odd ones before the payment is written, even ones after it and before the answer.
class DeadlyRail final : public payments::PayoutRail {
 public:
  DeadlyRail(std::string path, int calls) : path_(std::move(path)), left_(calls) {}
  std::string_view name() const override { return "test"; }
  payments::PayoutAnswer send(const payments::PayoutOrder& order) override {
    --left_;
    if (left_ == 0 && order.amount.minor % 2 == 1) ::raise(SIGKILL);
    const int file = ::open(path_.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
    const std::string line =
        order.idempotency_key + " " + std::to_string(order.amount.minor) + "\n";
    if (::write(file, line.data(), line.size()) < 0) std::abort();
    ::fsync(file);
    ::close(file);
    if (left_ == 0) ::raise(SIGKILL);
    return {payments::PayoutAnswer::Outcome::paid, "bank", {}};
  }

 private:
  const std::string path_;
  int left_;
};

std::vector<storage::Migration> all_migrations() {
  return storage::join({storage::migrations(), catalog::migrations(), inventory::migrations(),
                        ledger::migrations(), shoppers::migrations(), marketplace::migrations(),
                        payments::migrations(), migrations()});
}

/// A house of its own on a directory that outlives the process.
struct Small {
  explicit Small(const std::string& dir)
      : store(storage::Store::open({.data_dir = dir, .database_url = ""},
                                   {clock, random, all_migrations()})),
        keyring(*store),
        settings(*store, money_settings()) {}
  TestClock clock{*parse_rfc3339("2026-11-27T10:00:00Z")};
  SecureRandom random;
  std::unique_ptr<storage::Store> store;
  shoppers::Keyring keyring;
  storage::Settings settings;
  ledger::AccountBook accounts;
  payments::PayoutRails rails;
};

void seed(const std::string& dir) {
  Small s(dir);
  for (int i = 0; i < kMerchants; ++i) {
    const BankDetails bank{"Merchant", "DE89370400440532013000", "", ""};
    const auto sealed = s.keyring.seal_new(json_of(bank));
    s.store->main().write([&](storage::Tx& tx) {
      const auto merchant = tx.next_id<MerchantId>(i);
      change_plan(tx, merchant,
                  {PayoutSchedule::daily, 1, 0, sealed.key, sealed.bytes, masked(bank)})
          .value();
      const OrderId order = tx.next_id<OrderId>(merchant.shard());
      const auto at = [&](ledger::AccountKind kind, std::int64_t owner) {
        return s.accounts.resolve(tx, ledger::AccountRef{kind, owner, kEur});
      };
      const std::int64_t net = 1'000 + i;
      const ledger::Journal j{tx.next_id<JournalId>(merchant.shard()),
                              ledger::Kind::release,
                              order.value,
                              kEur,
                              {{at(ledger::AccountKind::provider_receivable, 0), -net},
                               {at(ledger::AccountKind::merchant_payable, merchant.value), net}}};
      ledger::post(tx, {&j, 1});
    });
  }
}

/// One run; dies after `calls` calls to the rail. Seven merchants a transaction.
void run_once(const std::string& dir, int calls) {
  Small s(dir);
  s.rails.add(std::make_unique<DeadlyRail>(dir + "/bank", calls));
  Payouts payouts({*s.store, s.accounts, s.keyring, s.rails, s.settings});
  const std::int64_t today = ledger::day_of(s.clock.now());
  MerchantId after;
  do {
    after = s.store->main().write(
        [&](storage::Tx& tx) { return payouts.make_due(tx, today, after, 7); });
  } while (after);
  payouts.send_due();
}

/// The child: only when the parent has said where and how long it shall live.
TEST(PayoutKill, Child) {
  const char* dir = std::getenv("FONDACO_KILL_DIR");
  if (!dir) GTEST_SKIP() << "run by the test below";
  run_once(dir, std::atoi(std::getenv("FONDACO_KILL_AFTER")));
}

/// The signal that ended the child, 0 when it came to its end.
int run_child(const std::string& dir, int calls) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::setenv("FONDACO_KILL_DIR", dir.c_str(), 1);
    ::setenv("FONDACO_KILL_AFTER", std::to_string(calls).c_str(), 1);
    const int quiet = ::open("/dev/null", O_WRONLY);
    ::dup2(quiet, 1);
    ::execl("/proc/self/exe", "orders_test", "--gtest_filter=PayoutKill.Child", nullptr);
    ::_exit(9);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

// A run that is killed again and again, before and after the bank has written the payment, pays
// each merchant once: the balance, the payouts and what the bank has seen by key agree.
TEST(PayoutKill, ChangesNothing) {
  storage::TestStore place(storage::Engine::sqlite, storage::migrations());  // For its directory.
  const std::string dir = place.dir() + "/house";
  seed(dir);
  int kills = 0;
  for (int calls : {1, 2, 1, 3, 5, 4, 7, 0}) {
    const int signal = run_child(dir, calls);
    kills += signal == SIGKILL ? 1 : 0;
    if (calls == 0) {
      EXPECT_EQ(signal, 0);
    }
  }
  EXPECT_GE(kills, 5);
  std::map<std::string, std::int64_t> by_key;
  std::ifstream bank(dir + "/bank");
  std::string key;
  std::int64_t amount = 0;
  int calls = 0;
  while (bank >> key >> amount) {
    ++calls;
    const auto [entry, fresh] = by_key.emplace(key, amount);
    EXPECT_TRUE(fresh || entry->second == amount);
  }
  EXPECT_EQ(by_key.size(), static_cast<std::size_t>(kMerchants));
  EXPECT_GT(calls, kMerchants);  // Some were sent twice, under the same key.
  Small s(dir);
  auto read = s.store->main().read();
  const auto all = list_payouts(read, PayoutStatus::paid, {}, 1'000);
  EXPECT_EQ(all.size(), static_cast<std::size_t>(kMerchants));
  for (const Payout& p : all) {
    EXPECT_EQ(by_key.at(to_text(p.id)), p.amount.minor);
    const auto left =
        ledger::accounts_of(read, ledger::AccountKind::merchant_payable, p.merchant.value);
    EXPECT_EQ(left.at(0).balance, 0);
  }
  storage::Findings findings;
  ledger::verify(read, findings);
  verify_payouts(read, findings);
  EXPECT_TRUE(findings.differences.empty());
}

}  // namespace
}  // namespace fondaco::orders
