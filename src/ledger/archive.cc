#include <fondaco/ledger/archive.h>

#include "postings.h"

#include <fondaco/base/json_write.h>

#include <map>

namespace fondaco::ledger {
namespace {

constexpr int kPage = 500;

constexpr storage::Sql kLines{"ledger.archive_lines", R"sql(
  SELECT id, line FROM ledger_archive WHERE id > $1 ORDER BY id LIMIT $2)sql"};
constexpr storage::Sql kLast{"ledger.archive_last", R"sql(
  SELECT CAST(COALESCE(MAX(id), 0) AS BIGINT) FROM ledger_archive)sql"};
constexpr storage::Sql kAdd{"ledger.archive_add", R"sql(
  INSERT INTO ledger_archive (id, line) VALUES ($1, $2))sql"};
// Storage order: by id on SQLite, by shard and id on PostgreSQL, where that is the primary key.
constexpr storage::Sql kJournals{"ledger.archive_journals.batch", R"sql(
  SELECT id, at, kind, ref, currency, postings FROM ledger_journal
   WHERE id > $2 AND $1 >= -1 ORDER BY id LIMIT $3)sql",
                                 R"sql(
  SELECT id, at, kind, ref, currency, postings FROM ledger_journal
   WHERE (shard, id) > ($1, $2) ORDER BY shard, id LIMIT $3)sql"};

struct Stored {
  JournalId id;
  Instant at;
  Kind kind = Kind::adjustment;
  std::int64_t ref = 0;
  std::string currency;
  std::vector<Posting> postings;
};

std::vector<Posting> postings_of(std::string_view text) {
  std::vector<Posting> out;
  if (!each_posting(text, [&](const Posting& p) { out.push_back(p); })) {
    throw Fault("the postings of a journal are broken");
  }
  return out;
}

std::string line_of(const Stored& j, const std::map<AccountId, Account>& accounts) {
  std::string out;
  JsonWriter w(out);
  w.begin_object().member("id", j.id).member("at", j.at);
  w.member("kind", std::string(name_of(j.kind))).member("ref", j.ref);
  w.member("currency", j.currency).key("postings").begin_array();
  for (const auto& p : j.postings) {
    const auto found = accounts.find(p.account);
    if (found == accounts.end()) throw Fault("a journal names an unknown account");
    w.begin_object().member("account", std::string(name_of(found->second.ref.kind)));
    w.member("owner", found->second.ref.owner).member("minor", p.minor).end_object();
  }
  w.end_array().end_object();
  return out;
}

}  // namespace

std::int64_t export_journals(storage::Read& read,
                             const std::function<void(std::string_view line)>& write) {
  std::int64_t lines = 0;
  for (std::int64_t after = 0;;) {
    std::int64_t last = after;
    read.each(kLines, {after, kPage}, [&](const storage::Row& row) {
      write(row.text(1));
      last = row.integer(0);
      ++lines;
    });
    if (last == after) break;
    after = last;
  }
  std::int64_t shard = -1;
  for (JournalId after;;) {
    const auto page = read.all(kJournals, {shard, after, kPage}, [](const storage::Row& row) {
      return Stored{row.id<JournalId>(0), row.instant(1), static_cast<Kind>(row.integer(2)),
                    row.integer(3),       row.str(4),     postings_of(row.text(5))};
    });
    if (page.empty()) return lines;
    std::vector<AccountId> ids;
    for (const auto& j : page) {
      for (const auto& p : j.postings) ids.push_back(p.account);
    }
    std::map<AccountId, Account> accounts;
    for (const auto& a : balances(read, ids)) accounts.emplace(a.id, a);
    for (const auto& j : page) write(line_of(j, accounts));
    lines += static_cast<std::int64_t>(page.size());
    after = page.back().id;
    shard = after.shard();
  }
}

void archive_journals(storage::Tx& tx, std::span<const std::string> lines) {
  auto last = tx.scalar(kLast, {}).value_or(0);
  for (const auto& line : lines) tx.exec(kAdd, {++last, line});
}

std::int64_t archived_journals(storage::Read& read) { return read.scalar(kLast, {}).value_or(0); }

bool has_journals(storage::Read& read) {
  bool any = false;
  read.each(kJournals, {-1, 0, 1}, [&](const storage::Row&) { any = true; });
  return any;
}

}  // namespace fondaco::ledger
