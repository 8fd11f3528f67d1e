// Double entry in many currencies: accounts with a balance, and journals that are never changed.
// Depends on base and storage.
//
// Sign: CREDIT IS POSITIVE. What we owe or have earned (wallet, escrow, merchant_payable,
// commission_revenue, tax_payable, shipping_revenue) is positive; what we hold or are owed
// (platform_cash, provider_receivable, wallet_funding) is negative. A payment of 100 by a
// provider: provider_receivable -100, escrow +100. By wallet: wallet -100, escrow +100. Release
// to the merchant: escrow -100, merchant_payable +90, commission_revenue +10.
// Invariants: the postings of every journal sum to zero in its one currency; the balance of
// every account is the sum of its postings; wallet, store_credit, escrow, merchant_deposit and
// merchant_reserve are never below zero.
#pragma once

#include <fondaco/base/ids.h>
#include <fondaco/base/money.h>
#include <fondaco/base/result.h>
#include <fondaco/storage/findings.h>
#include <fondaco/storage/store.h>

#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace fondaco::ledger {

std::vector<storage::Migration> migrations();

// ---- accounts

/// Stored as numbers: a released number keeps its meaning.
enum class AccountKind {
  platform_cash = 1,          // Our bank account; owner 0.
  provider_receivable = 2,    // Captured by the payment provider, not paid out to us yet; owner 0.
  wallet_funding = 3,         // Where test and promotional wallet money comes from; owner 0.
  refund_clearing = 4,        // Refunds on their way back through the provider; owner 0.
  payout_clearing = 5,        // Payouts on their way to banks; owner 0.
  chargeback_receivable = 6,  // Taken by a provider while a chargeback is argued; owner 0.
  goodwill = 7,               // What the platform pays for: discounts, rebates; owner 0.
  provider_fees = 8,          // What providers keep of what they take: our cost; owner 0.
  escrow = 10,                // Paid by buyers, held for the merchant; owner merchant.
  merchant_payable = 11,      // Released, to be paid out; below zero after a late refund.
  merchant_deposit = 12,      // Frozen security of a merchant; owner merchant.
  merchant_reserve = 13,      // Kept back from payouts for a while; owner merchant.
  vendor_payable = 14,        // Owed by a multi-brand flagship; owner vendor.
  wallet = 20,                // Of a person.
  store_credit = 21,          // Of a person; can only be spent here.
  commission_revenue = 30,    // Ours; owner 0.
  tax_payable = 31,           // Collected for the tax office; owner 0, or a merchant's own.
  shipping_revenue = 32,      // Owner merchant.
  payment_fee_revenue = 33,   // Ours; owner 0.
  annual_fee_revenue = 34,    // Ours; owner 0.
};
std::string_view name_of(AccountKind kind);

/// What an account is for: the unique key by which it is found. The account lies in the shard of
/// its owner, in shard 0 without one.
struct AccountRef {
  AccountKind kind = AccountKind::platform_cash;
  std::int64_t owner = 0;  // Merchant or person; 0: the platform itself.
  Currency currency;
  friend bool operator==(const AccountRef&, const AccountRef&) = default;
  friend auto operator<=>(const AccountRef&, const AccountRef&) = default;
};

/// Account ids by their key, remembered so that checkout asks the database only once for each.
/// Thread-safe, bounded (the longest unused are forgotten). Only committed rows are remembered.
class AccountBook {
 public:
  explicit AccountBook(std::size_t limit = 65'536) : limit_(limit) {}

  /// Ids in the order asked; missing accounts are created. Safe against another process that
  /// creates the same account. Cost: nothing when all are known, else one batch look-up, and an
  /// INSERT for each new one.
  std::vector<AccountId> resolve(storage::Tx& tx, std::span<const AccountRef> refs);
  AccountId resolve(storage::Tx& tx, const AccountRef& ref);
  /// Nothing when there is no such account yet.
  std::optional<AccountId> find(storage::Read& read, const AccountRef& ref);
  std::size_t size() const;

 private:
  struct Hash {
    std::size_t operator()(const AccountRef& r) const noexcept;
  };
  struct Entry {
    AccountId id;
    std::list<AccountRef>::iterator use;
  };
  std::optional<AccountId> known(const AccountRef& ref);
  void remember(const AccountRef& ref, AccountId id);

  const std::size_t limit_;
  mutable std::mutex mutex_;
  std::unordered_map<AccountRef, Entry, Hash> ids_;
  std::list<AccountRef> used_;  // Newest first.
};

struct Account {
  AccountId id;
  AccountRef ref;
  std::int64_t balance = 0;  // Minor units, credit positive.
};
/// One batch look-up; accounts that do not exist are absent, each once, sorted by id.
std::vector<Account> balances(storage::Read& read, std::span<const AccountId> ids);
/// All accounts of one owner and kind (one per currency), sorted by currency.
std::vector<Account> accounts_of(storage::Read& read, AccountKind kind, std::int64_t owner);

// ---- hot path

/// Stored as numbers: a released number keeps its meaning.
enum class Kind {
  payment = 1,     // Buyer's money into escrow.
  refund = 2,      // Out of escrow or payable, back to the buyer.
  release = 3,     // Escrow to merchant, commission, tax.
  payout = 4,      // Payable to the merchant's bank.
  settlement = 5,  // Provider's receivable to our cash.
  wallet_funding = 6,
  adjustment = 7,
  chargeback = 8,  // A provider takes back what a buyer disputes, or returns it.
};
std::string_view name_of(Kind kind);

struct Posting {
  AccountId account;
  std::int64_t minor = 0;  // Credit positive; zero is left out.
};
/// One business fact, one row, one currency.
struct Journal {
  JournalId id;  // Of the shard of `ref`.
  Kind kind = Kind::adjustment;
  std::int64_t ref = 0;  // Order, order group or person that it is about; never 0.
  Currency currency;
  std::vector<Posting> postings;
};

/// Writes the journals by one batch insert and their sums per account, sorted by id, by one
/// guarded batch UPDATE. A journal that does not sum to zero, is empty, or posts one account in
/// two currencies is a bug (FONDACO_CHECK). Throws storage::GuardFailed when an account is
/// unknown, has another currency, or would fall below its floor (wallet, escrow: 0). Publishes
/// nothing: the caller's own event tells it (see subscribe()).
void post(storage::Tx& tx, std::span<const Journal> journals);

// ---- escrow

struct Escrow {
  OrderId order;
  std::vector<Money> held;  // One entry per currency ever posted; may be zero.
  /// Held in that currency, 0 without postings.
  std::int64_t in(Currency currency) const;
};
/// What the journals with ref = order have left in escrow, in the order asked. Cost: two batch
/// look-ups.
std::vector<Escrow> escrow_of(storage::Read& read, std::span<const OrderId> orders);

// ---- wallets

enum class Refusal {
  unknown_account,
  amount_out_of_range,
};
constexpr std::int64_t kMostFunding = 1'000'000'000'000;  // Minor units a funding.

struct Funding {
  JournalId journal;
  AccountId account;
  std::int64_t balance = 0;  // After it.
};
/// Puts money into a person's wallet out of wallet_funding (test money, goodwill). Publishes
/// JournalPosted. Refuses amount_out_of_range (1 to kMostFunding).
Result<Funding, Refusal> fund_wallet(storage::Tx& tx, AccountBook& book, PersonId person,
                                     Money amount);

// ---- statements

struct StatementEntry {
  JournalId journal;
  Instant at;
  Kind kind = Kind::adjustment;
  std::int64_t ref = 0;
  std::int64_t amount = 0;   // Minor units, credit positive.
  std::int64_t balance = 0;  // After it.
};
/// Newest first. balance of the newest entry plus `pending` is the account's balance; pending is
/// what was committed a moment ago and is not in the derived index yet, 0 at rest.
struct Statement {
  Account account;
  std::vector<StatementEntry> entries;
  bool has_more = false;
  std::int64_t pending = 0;
};
/// Entries before `before` (0: from the newest), at most `limit` (1..1000). Refuses
/// unknown_account.
Result<Statement, Refusal> statement_of(storage::Read& main, storage::Read& derived,
                                        AccountId account, JournalId before, int limit);

// ---- wiring

struct Wiring {
  storage::Store& store;
  /// Types of events of other modules that tell of journals, and how to get the `ref`s of these
  /// journals from one. Without a function the event's entity is the ref.
  std::vector<std::string> journal_events = {};
  std::function<std::vector<std::int64_t>(const storage::StoredEvent&)> refs_of = {};
};
/// Registers the derived posting index (`once`). Before Store::start().
void subscribe(const Wiring& wiring);
/// Writes index rows of all journals again (derived was deleted, old events are gone).
/// Transactions of at most 1,000 journals; may run beside everything else. Returns journals.
std::int64_t rebuild_posting_index(storage::Store& store);

/// Every journal sums to zero, every balance is the sum of its postings: at most 32 MB of memory
/// for a million accounts, more passes beyond that. checked: accounts, journals.
void verify(storage::Read& read, storage::Findings& findings);

}  // namespace fondaco::ledger
