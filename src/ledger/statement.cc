#include "postings.h"
#include "seller_index.h"

#include <fondaco/events/ledger.h>

#include <algorithm>
#include <unordered_map>

namespace fondaco::ledger {
namespace {

constexpr storage::Sql kIndex{"ledger.index.batch", R"sql(
  INSERT INTO ledger_posting_index (shard, account_id, journal_id, amount)
  VALUES ($1, $2, $3, $4)
  ON CONFLICT (account_id, journal_id, shard) DO UPDATE SET amount = excluded.amount)sql",
                              R"sql(
  INSERT INTO ledger_posting_index (shard, account_id, journal_id, amount)
  SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])
  ON CONFLICT (account_id, journal_id, shard) DO UPDATE SET amount = excluded.amount)sql"};

constexpr storage::Sql kById{"ledger.journal_by_id.batch", R"sql(
  SELECT id, postings, kind FROM ledger_journal WHERE shard = $1 AND id = $2)sql",
                             R"sql(
  SELECT j.id, j.postings, j.kind FROM unnest($1::bigint[], $2::bigint[]) AS k (shard, id)
    JOIN ledger_journal j ON j.shard = k.shard AND j.id = k.id)sql"};
constexpr storage::Sql kByRef{"ledger.journal_by_ref.batch", R"sql(
  SELECT id, postings, kind FROM ledger_journal WHERE ref = $2 AND shard = $1)sql",
                              R"sql(
  SELECT j.id, j.postings, j.kind FROM unnest($1::bigint[], $2::bigint[]) AS k (shard, ref)
    JOIN ledger_journal j ON j.ref = k.ref AND j.shard = k.shard)sql"};
constexpr storage::Sql kDetails{"ledger.journal_details.batch", R"sql(
  SELECT id, at, kind, ref FROM ledger_journal WHERE shard = $1 AND id = $2)sql",
                                R"sql(
  SELECT j.id, j.at, j.kind, j.ref FROM unnest($1::bigint[], $2::bigint[]) AS k (shard, id)
    JOIN ledger_journal j ON j.shard = k.shard AND j.id = k.id)sql"};

// Sum of an account's postings, and of those not older than $3.
constexpr storage::Sql kSums{"ledger.index_sums", R"sql(
  SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT),
         CAST(COALESCE(SUM(CASE WHEN journal_id >= $3 THEN amount ELSE 0 END), 0) AS BIGINT)
    FROM ledger_posting_index WHERE account_id = $2 AND shard = $1)sql"};
constexpr storage::Sql kPage{"ledger.index_page", R"sql(
  SELECT journal_id, amount FROM ledger_posting_index
   WHERE account_id = $2 AND shard = $1 AND journal_id < $3
   ORDER BY journal_id DESC LIMIT $4)sql"};

constexpr storage::Sql kAll{"ledger.journals_after.batch", R"sql(
  SELECT id, postings, kind, shard FROM ledger_journal WHERE id > $2 AND $1 >= 0
   ORDER BY id LIMIT 1000)sql",
                            R"sql(
  SELECT id, postings, kind, shard FROM ledger_journal WHERE (shard, id) > ($1, $2)
   ORDER BY shard, id LIMIT 1000)sql"};

using Found = std::vector<IndexedJournal>;

void take(Found& found, const storage::Row& row) {
  std::vector<Posting> postings;
  const bool good = each_posting(row.text(1), [&](Posting p) { postings.push_back(p); });
  FONDACO_CHECK(good);
  found.push_back({row.id<JournalId>(0), static_cast<Kind>(row.integer(2)), summed(postings)});
}

void write_index(storage::Tx& derived, storage::Read& main, const Found& found) {
  index_sellers(derived, main, found);  // Before the index that tells what is known.
  const auto insert = derived.batch(kIndex);
  for (const IndexedJournal& j : found) {
    for (const Posting& p : j.postings) {
      insert->add({p.account.shard(), p.account, j.id, p.minor});
    }
  }
  insert->finish();
}

void index_events(storage::Tx& derived, storage::Read& main,
                  std::span<const storage::StoredEvent> events, const auto& refs_of) {
  const auto by_id = main.lookup(kById);
  const auto by_ref = main.lookup(kByRef);
  for (const auto& e : events) {
    if (e.type == events::JournalPosted::kType) {
      by_id->add({shard_of(e.entity), e.entity});
    } else if (refs_of) {
      for (const std::int64_t ref : refs_of(e)) by_ref->add({shard_of(ref), ref});
    } else {
      by_ref->add({shard_of(e.entity), e.entity});
    }
  }
  Found found;
  by_id->run([&](const storage::Row& row) { take(found, row); });
  by_ref->run([&](const storage::Row& row) { take(found, row); });
  // Two events may tell of one order: PostgreSQL refuses the same row twice in one INSERT.
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  const auto same = [](const auto& a, const auto& b) { return a.id == b.id; };
  found.erase(std::unique(found.begin(), found.end(), same), found.end());
  write_index(derived, main, found);
}

}  // namespace

Result<Statement, Refusal> statement_of(storage::Read& main, storage::Read& derived,
                                        AccountId account, JournalId before, int limit) {
  FONDACO_CHECK(limit >= 1 && limit <= 1000);
  const std::int64_t end = before ? before.value : INT64_MAX;
  const auto sums = derived.first(kSums, {account.shard(), account, end}, [](const auto& row) {
    return std::pair(row.integer(0), row.integer(1));
  });
  const auto found = balances(main, {&account, 1});
  if (found.empty()) return Refused{Refusal::unknown_account};
  Statement out;
  out.account = found.front();
  out.pending = out.account.balance - sums->first;
  std::int64_t balance = sums->first - sums->second;
  std::unordered_map<JournalId, std::size_t> at;
  const auto details = main.lookup(kDetails);
  derived.each(kPage, {account.shard(), account, end, limit + 1}, [&](const storage::Row& row) {
    if (out.entries.size() == static_cast<std::size_t>(limit)) {
      out.has_more = true;
      return;
    }
    StatementEntry& e = out.entries.emplace_back();
    e.journal = row.id<JournalId>(0);
    e.amount = row.integer(1);
    e.balance = balance;
    balance -= e.amount;
    at[e.journal] = out.entries.size() - 1;
    details->add({e.journal.shard(), e.journal});
  });
  details->run([&](const storage::Row& row) {
    StatementEntry& e = out.entries[at.at(row.id<JournalId>(0))];
    e.at = row.instant(1);
    e.kind = static_cast<Kind>(row.integer(2));
    e.ref = row.integer(3);
  });
  return out;
}

void subscribe(const Wiring& wiring) {
  storage::Store& store = wiring.store;
  std::vector<std::string> types = wiring.journal_events;
  types.emplace_back(events::JournalPosted::kType);
  store.outbox().once("ledger.posting_index", types, store.derived(),
                      [&store, refs_of = wiring.refs_of](storage::Tx& tx, auto events) {
                        auto main = store.main().read();
                        index_events(tx, main, events, refs_of);
                      });
}

std::int64_t rebuild_posting_index(storage::Store& store) {
  std::int64_t shard = 0;
  std::int64_t id = 0;
  std::int64_t total = 0;
  for (;;) {
    Found found;
    {
      auto main = store.main().read();
      main->each(kAll, {shard, id}, [&](const storage::Row& row) {
        take(found, row);
        id = row.integer(0);
        shard = row.integer(3);
      });
    }
    if (found.empty()) return total;
    store.derived().write([&](storage::Tx& tx) {
      auto main = store.main().read();
      write_index(tx, main, found);
    });
    total += static_cast<std::int64_t>(found.size());
  }
}

}  // namespace fondaco::ledger
