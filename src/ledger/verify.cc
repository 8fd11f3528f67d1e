#include "postings.h"

#include <algorithm>

namespace fondaco::ledger {
namespace {

constexpr std::size_t kChunk = 1'000'000;  // 24 bytes each.
constexpr std::size_t kMostTold = 1'000;

// In the order of the key of each engine, so that every page costs what it holds.
constexpr storage::Sql kAccountsAfter{"ledger.verify_accounts.batch", R"sql(
  SELECT id, shard, balance, currency FROM ledger_account WHERE id > $2 AND $1 >= 0
   ORDER BY id LIMIT 10000)sql",
                                      R"sql(
  SELECT id, shard, balance, currency FROM ledger_account WHERE (shard, id) > ($1, $2)
   ORDER BY shard, id LIMIT 10000)sql"};
constexpr storage::Sql kJournalsAfter{"ledger.verify_journals.batch", R"sql(
  SELECT id, shard, postings, currency FROM ledger_journal WHERE id > $2 AND $1 >= 0
   ORDER BY id LIMIT 10000)sql",
                                      R"sql(
  SELECT id, shard, postings, currency FROM ledger_journal WHERE (shard, id) > ($1, $2)
   ORDER BY shard, id LIMIT 10000)sql"};

/// Where a walk over a table stands.
struct Position {
  std::int64_t shard = 0;
  std::int64_t id = 0;
};

/// A balance less the postings of its account: zero when they agree.
struct Rest {
  AccountId id;
  std::int64_t minor;
  Currency currency;
};

/// Calls each(row) for the next page; false at the end.
bool page(storage::Read& read, const storage::Sql& sql, Position& at, auto&& each) {
  bool any = false;
  read.each(sql, {at.shard, at.id}, [&](const storage::Row& row) {
    any = true;
    at = {row.integer(1), row.integer(0)};
    each(row);
  });
  return any;
}

std::vector<Rest> next_chunk(storage::Read& read, Position& at) {
  std::vector<Rest> rows;
  while (rows.size() < kChunk) {
    const bool more = page(read, kAccountsAfter, at, [&](const storage::Row& row) {
      rows.push_back({row.id<AccountId>(0), row.integer(2), row.currency(3)});
    });
    if (!more) break;
  }
  std::sort(rows.begin(), rows.end(), [](const Rest& a, const Rest& b) { return a.id < b.id; });
  return rows;
}

class Verification {
 public:
  Verification(storage::Read& read, storage::Findings& findings)
      : read_(read), findings_(findings) {}

  void run() {
    Position at;
    for (bool first = true;; first = false) {
      auto rows = next_chunk(read_, at);
      if (rows.empty() && !first) break;
      accounts_ += static_cast<std::int64_t>(rows.size());
      subtract_journals(rows, first);
      tell(rows);
      if (rows.empty()) break;
    }
    if (postings_ != matched_) {
      findings_.differences.push_back({"postings with an account", "", postings_, matched_});
    }
    findings_.checked["accounts"] += accounts_;
    findings_.checked["journals"] += journals_;
  }

 private:
  void subtract_journals(std::vector<Rest>& rows, bool first) {
    Position at;
    while (page(read_, kJournalsAfter, at,
                [&](const storage::Row& row) { subtract(rows, row, first); })) {
    }
  }

  void subtract(std::vector<Rest>& rows, const storage::Row& row, bool first) {
    std::int64_t sum = 0;
    const Currency currency = row.currency(3);
    const bool good = each_posting(row.text(2), [&](const Posting& p) {
      // Wraps like the machine does: a broken ledger must be told, not stop the check.
      sum = static_cast<std::int64_t>(static_cast<std::uint64_t>(sum) +
                                      static_cast<std::uint64_t>(p.minor));
      if (first) ++postings_;
      const auto found = std::lower_bound(rows.begin(), rows.end(), p.account,
                                          [](const Rest& r, AccountId id) { return r.id < id; });
      if (found == rows.end() || found->id != p.account) return;
      ++matched_;
      found->minor = static_cast<std::int64_t>(static_cast<std::uint64_t>(found->minor) -
                                               static_cast<std::uint64_t>(p.minor));
      if (found->currency != currency) {
        add("currency of a posting", to_text(row.id<JournalId>(0)), p.minor, 0);
      }
    });
    if (!first) return;
    ++journals_;
    if (!good) add("postings that can be read", to_text(row.id<JournalId>(0)), 0, 1);
    if (sum != 0) add("sum of a journal", to_text(row.id<JournalId>(0)), sum, 0);
  }

  void tell(const std::vector<Rest>& rows) {
    std::vector<AccountId> wrong;
    for (const Rest& r : rows) {
      if (r.minor != 0 && wrong.size() < kMostTold) wrong.push_back(r.id);
    }
    for (const Account& a : balances(read_, wrong)) {
      const auto r = std::lower_bound(rows.begin(), rows.end(), a.id,
                                      [](const Rest& x, AccountId id) { return x.id < id; });
      add("account balance", to_text(a.id), a.balance - r->minor, a.balance);
    }
  }

  void add(std::string what, std::string id, std::int64_t ledger, std::int64_t balance) {
    if (told_++ >= 2 * kMostTold) return;
    findings_.differences.push_back({std::move(what), std::move(id), ledger, balance});
  }

  storage::Read& read_;
  storage::Findings& findings_;
  std::size_t told_ = 0;
  std::int64_t accounts_ = 0;
  std::int64_t journals_ = 0;
  std::int64_t postings_ = 0;
  std::int64_t matched_ = 0;
};

}  // namespace

void verify(storage::Read& read, storage::Findings& findings) {
  Verification(read, findings).run();
}

}  // namespace fondaco::ledger
