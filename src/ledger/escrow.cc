#include "postings.h"

#include <algorithm>
#include <map>
#include <unordered_map>

namespace fondaco::ledger {
namespace {

constexpr storage::Sql kJournals{"ledger.journals_of_ref.batch", R"sql(
  SELECT ref, currency, postings FROM ledger_journal WHERE ref = $2 AND shard = $1)sql",
                                 R"sql(
  SELECT j.ref, j.currency, j.postings
    FROM unnest($1::bigint[], $2::bigint[]) AS k (shard, ref)
    JOIN ledger_journal j ON j.ref = k.ref AND j.shard = k.shard)sql"};

struct Line {
  std::int64_t order;
  Currency currency;
  Posting posting;
};

}  // namespace

std::int64_t Escrow::in(Currency currency) const {
  for (const Money& m : held) {
    if (m.currency == currency) return m.minor;
  }
  return 0;
}

std::vector<Escrow> escrow_of(storage::Read& read, std::span<const OrderId> orders) {
  std::vector<OrderId> wanted(orders.begin(), orders.end());
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  const auto lookup = read.lookup(kJournals);
  for (const OrderId id : wanted) lookup->add({id.shard(), id});
  std::vector<Line> lines;
  std::vector<AccountId> ids;
  lookup->run([&](const storage::Row& row) {
    const bool good = each_posting(row.text(2), [&](const Posting& p) {
      lines.push_back({row.integer(0), row.currency(1), p});
      ids.push_back(p.account);
    });
    FONDACO_CHECK(good);
  });
  std::unordered_map<AccountId, bool> is_escrow;
  for (const Account& a : balances(read, ids)) {
    is_escrow[a.id] = a.ref.kind == AccountKind::escrow;
  }
  std::unordered_map<std::int64_t, std::map<Currency, std::int64_t>> held;
  for (const Line& line : lines) {
    if (!is_escrow[line.posting.account]) continue;
    std::int64_t& sum = held[line.order][line.currency];
    sum = checked_sum(sum, line.posting.minor);
  }
  std::vector<Escrow> out;
  for (const OrderId id : orders) {
    Escrow& e = out.emplace_back(Escrow{id, {}});
    for (const auto& [currency, minor] : held[id.value]) e.held.push_back({minor, currency});
  }
  return out;
}

}  // namespace fondaco::ledger
