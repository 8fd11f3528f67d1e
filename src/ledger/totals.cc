#include "postings.h"

#include <fondaco/base/check.h>
#include <fondaco/ledger/seller.h>

#include <algorithm>
#include <map>
#include <unordered_map>

namespace fondaco::ledger {
namespace {

constexpr storage::Sql kJournals{"ledger.totals_of_ref.batch", R"sql(
  SELECT ref, currency, postings FROM ledger_journal WHERE ref = $2 AND shard = $1)sql",
                                 R"sql(
  SELECT j.ref, j.currency, j.postings
    FROM unnest($1::bigint[], $2::bigint[]) AS k (shard, ref)
    JOIN ledger_journal j ON j.ref = k.ref AND j.shard = k.shard)sql"};

struct Line {
  std::int64_t ref;
  Currency currency;
  Posting posting;
};

}  // namespace

std::vector<RefTotals> totals_of(storage::Read& read, std::span<const std::int64_t> refs) {
  std::vector<std::int64_t> wanted(refs.begin(), refs.end());
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  const auto lookup = read.lookup(kJournals);
  for (const std::int64_t ref : wanted) lookup->add({shard_of(ref), ref});
  std::vector<Line> lines;
  std::vector<AccountId> ids;
  lookup->run([&](const storage::Row& row) {
    const bool good = each_posting(row.text(2), [&](const Posting& p) {
      lines.push_back({row.integer(0), row.currency(1), p});
      ids.push_back(p.account);
    });
    FONDACO_CHECK(good);
  });
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  std::unordered_map<AccountId, AccountRef> accounts;
  for (const Account& a : balances(read, ids)) accounts.emplace(a.id, a.ref);
  std::map<std::pair<std::int64_t, Currency>, RefTotals> totals;
  for (const Line& line : lines) {
    RefTotals& t = totals[{line.ref, line.currency}];
    t.ref = line.ref;
    t.currency = line.currency;
    const auto account = accounts.find(line.posting.account);
    if (account == accounts.end() || account->second.owner != 0) continue;
    if (account->second.kind == AccountKind::commission_revenue) t.commission += line.posting.minor;
    if (account->second.kind == AccountKind::payment_fee_revenue) {
      t.payment_fee += line.posting.minor;
    }
    if (account->second.kind == AccountKind::tax_payable) t.platform_tax += line.posting.minor;
  }
  std::vector<RefTotals> out;
  for (auto& [key, t] : totals) out.push_back(t);
  return out;
}

}  // namespace fondaco::ledger
