#include "postings.h"
#include "seller_index.h"

#include <set>

namespace fondaco::ledger {
namespace {

constexpr storage::Sql kJournals{"ledger.seller_verify.batch", R"sql(
  SELECT id, shard, kind, postings FROM ledger_journal WHERE id > $2 AND $1 >= 0
   ORDER BY id LIMIT 2000)sql",
                                 R"sql(
  SELECT id, shard, kind, postings FROM ledger_journal WHERE (shard, id) > ($1, $2)
   ORDER BY shard, id LIMIT 2000)sql"};
constexpr storage::Sql kIndexed{"ledger.seller_indexed.batch", R"sql(
  SELECT account_id, journal_id FROM ledger_posting_index
   WHERE account_id = $2 AND journal_id = $3 AND shard = $1)sql",
                                R"sql(
  SELECT i.account_id, i.journal_id
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS k (shard, account_id, journal_id)
    JOIN ledger_posting_index i ON i.account_id = k.account_id AND i.journal_id = k.journal_id
     AND i.shard = k.shard)sql"};
constexpr storage::Sql kDays{"ledger.seller_verify_days", R"sql(
  SELECT account_id, day, number, amount, entries FROM ledger_seller_day)sql"};

struct Key {
  AccountId account;
  std::int64_t day;
  std::int64_t number;
  auto operator<=>(const Key&) const = default;
};
using Days = std::map<Key, SellerSum>;  // About 100 bytes for each day and number of a seller.

class SellerVerification {
 public:
  SellerVerification(storage::Read& main, storage::Read& derived, storage::Findings& findings)
      : main_(main), derived_(derived), findings_(findings), refs_(main) {}

  void run() {
    std::int64_t shard = 0;
    std::int64_t id = 0;
    for (;;) {
      std::vector<IndexedJournal> page;
      main_.each(kJournals, {shard, id}, [&](const storage::Row& row) {
        id = row.integer(0);
        shard = row.integer(1);
        std::vector<Posting> postings;
        each_posting(row.text(3), [&](Posting p) { postings.push_back(p); });
        page.push_back({row.id<JournalId>(0), static_cast<Kind>(row.integer(2)), summed(postings)});
      });
      if (page.empty()) break;
      take(page);
    }
    compare();
    findings_.checked["seller_journals"] += journals_;
    findings_.checked["seller_journals_pending"] += pending_;
    findings_.checked["seller_days"] += days_;
  }

 private:
  void take(std::span<const IndexedJournal> page) {
    refs_.load(page);
    std::vector<std::pair<JournalId, SellerPart>> parts;
    const auto indexed = derived_.lookup(kIndexed);
    for (const IndexedJournal& j : page) {
      const auto of_journal = seller_parts(j, refs_);
      if (of_journal.empty()) continue;
      ++journals_;
      for (const SellerPart& p : of_journal) {
        parts.emplace_back(j.id, p);
        indexed->add({p.account.shard(), p.account, j.id});
      }
    }
    if (parts.empty()) return;
    std::set<std::pair<std::int64_t, std::int64_t>> there;
    indexed->run([&](const storage::Row& row) { there.emplace(row.integer(0), row.integer(1)); });
    JournalId late;
    for (const auto& [journal, p] : parts) {
      if (!there.contains({p.account.value, journal.value})) {
        if (late != journal) ++pending_;
        late = journal;
        continue;
      }
      SellerSum& sum = expected_[{p.account, day_of(journal), static_cast<std::int64_t>(p.number)}];
      sum.amount += p.amount;
      ++sum.entries;
    }
  }

  void compare() {
    derived_.each(kDays, {}, [&](const storage::Row& row) {
      ++days_;
      const Key key{row.id<AccountId>(0), row.integer(1), row.integer(2)};
      const SellerSum sum = expected_[key];
      if (sum.amount != row.integer(3))
        differ("statement of a day", key, sum.amount, row.integer(3));
      if (sum.entries != row.integer(4)) {
        differ("entries of a day", key, sum.entries, row.integer(4));
      }
      expected_.erase(key);
    });
    for (const auto& [key, sum] : expected_) {
      differ("day without a statement", key, sum.amount, 0);
    }
  }

  void differ(std::string what, const Key& key, std::int64_t ledger, std::int64_t derived) {
    findings_.differences.push_back(
        {std::move(what),
         to_text(key.account) + " " + day_name(key.day) + " number " + std::to_string(key.number),
         ledger, derived});
  }

  storage::Read& main_;
  storage::Read& derived_;
  storage::Findings& findings_;
  AccountRefs refs_;
  Days expected_;
  std::int64_t journals_ = 0;
  std::int64_t pending_ = 0;
  std::int64_t days_ = 0;
};

}  // namespace

void verify_sellers(storage::Read& main, storage::Read& derived, storage::Findings& findings) {
  SellerVerification(main, derived, findings).run();
}

}  // namespace fondaco::ledger
