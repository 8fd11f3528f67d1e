#include "seller_index.h"

#include <fondaco/base/check.h>

#include <set>

namespace fondaco::ledger {
namespace {

constexpr storage::Sql kKnown{"ledger.seller_known.batch", R"sql(
  SELECT account_id, journal_id FROM ledger_posting_index
   WHERE account_id = $2 AND journal_id = $3 AND shard = $1)sql",
                              R"sql(
  SELECT i.account_id, i.journal_id
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS k (shard, account_id, journal_id)
    JOIN ledger_posting_index i ON i.account_id = k.account_id AND i.journal_id = k.journal_id
     AND i.shard = k.shard)sql"};
constexpr storage::Sql kLine{"ledger.seller_line.batch", R"sql(
  INSERT INTO ledger_seller_line (shard, account_id, number, journal_id, amount)
  VALUES ($1, $2, $3, $4, $5))sql",
                             R"sql(
  INSERT INTO ledger_seller_line (shard, account_id, number, journal_id, amount)
  SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[],
                       $5::bigint[]))sql"};
constexpr storage::Sql kDay{"ledger.seller_day.batch", R"sql(
  INSERT INTO ledger_seller_day (shard, account_id, day, number, amount, entries)
  VALUES ($1, $2, $3, $4, $5, $6)
  ON CONFLICT (account_id, day, number, shard) DO UPDATE
    SET amount = ledger_seller_day.amount + excluded.amount,
        entries = ledger_seller_day.entries + excluded.entries)sql",
                            R"sql(
  INSERT INTO ledger_seller_day (shard, account_id, day, number, amount, entries)
  SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[],
                       $6::bigint[])
  ON CONFLICT (account_id, day, number, shard) DO UPDATE
    SET amount = ledger_seller_day.amount + excluded.amount,
        entries = ledger_seller_day.entries + excluded.entries)sql"};

}  // namespace

SellerNumber seller_number(Kind kind, const AccountRef& other) {
  switch (other.kind) {
    case AccountKind::commission_revenue:
      return SellerNumber::commission;
    case AccountKind::payment_fee_revenue:
      return SellerNumber::payment_fee;
    case AccountKind::annual_fee_revenue:
      return SellerNumber::annual_fees;
    case AccountKind::merchant_reserve:
      return SellerNumber::reserve;
    case AccountKind::payout_clearing:
      return SellerNumber::payouts;
    case AccountKind::chargeback_receivable:
      return SellerNumber::chargebacks;
    case AccountKind::tax_payable:
      if (other.owner == 0) return SellerNumber::tax_on_commission;
      break;
    default:
      break;
  }
  switch (kind) {
    case Kind::payment:
    case Kind::release:
      return SellerNumber::sales;
    case Kind::refund:
      return SellerNumber::refunds;
    case Kind::payout:
      return SellerNumber::payouts;
    case Kind::chargeback:
      return SellerNumber::chargebacks;
    default:
      return SellerNumber::adjustments;
  }
}

void AccountRefs::load(std::span<const IndexedJournal> journals) {
  std::vector<AccountId> missing;
  for (const IndexedJournal& j : journals) {
    for (const Posting& p : j.postings) {
      if (!refs_.contains(p.account)) missing.push_back(p.account);
    }
  }
  for (const Account& a : balances(main_, missing)) refs_.emplace(a.id, a.ref);
}

const AccountRef* AccountRefs::find(AccountId id) const {
  const auto found = refs_.find(id);
  return found == refs_.end() ? nullptr : &found->second;
}

std::vector<SellerPart> seller_parts(const IndexedJournal& journal, const AccountRefs& refs) {
  std::vector<const Posting*> sellers;
  for (const Posting& p : journal.postings) {
    const AccountRef* ref = refs.find(p.account);
    if (ref && ref->kind == AccountKind::merchant_payable) sellers.push_back(&p);
  }
  if (sellers.empty()) return {};
  std::map<SellerNumber, std::int64_t> sums;
  std::vector<SellerPart> parts;
  if (sellers.size() > 1) {  // Between sellers: nothing tells which posting is whose.
    for (const Posting* p : sellers) {
      parts.push_back({p->account, SellerNumber::adjustments, p->minor});
    }
    return parts;
  }
  for (const Posting& p : journal.postings) {
    if (&p == sellers.front()) continue;
    const AccountRef* ref = refs.find(p.account);
    const SellerNumber number = ref ? seller_number(journal.kind, *ref) : SellerNumber::adjustments;
    sums[number] -= p.minor;
  }
  for (const auto& [number, amount] : sums) {
    parts.push_back({sellers.front()->account, number, amount});
  }
  return parts;
}

void index_sellers(storage::Tx& derived, storage::Read& main,
                   std::span<const IndexedJournal> journals) {
  AccountRefs refs(main);
  refs.load(journals);
  std::vector<std::pair<JournalId, SellerPart>> parts;
  const auto known = derived.lookup(kKnown);
  for (const IndexedJournal& j : journals) {
    for (const SellerPart& p : seller_parts(j, refs)) {
      parts.emplace_back(j.id, p);
      known->add({p.account.shard(), p.account, j.id});
    }
  }
  if (parts.empty()) return;
  // A journal that was told twice must not count twice.
  std::set<std::pair<std::int64_t, std::int64_t>> there;
  known->run([&](const storage::Row& row) { there.emplace(row.integer(0), row.integer(1)); });
  struct Key {
    AccountId account;
    std::int64_t day;
    SellerNumber number;
    auto operator<=>(const Key&) const = default;
  };
  std::map<Key, SellerSum> days;
  const auto lines = derived.batch(kLine);
  for (const auto& [journal, p] : parts) {
    if (there.contains({p.account.value, journal.value})) continue;
    lines->add({p.account.shard(), p.account, p.number, journal, p.amount});
    SellerSum& sum = days[{p.account, day_of(journal), p.number}];
    sum.amount += p.amount;
    ++sum.entries;
  }
  lines->finish();
  const auto sums = derived.batch(kDay);
  for (const auto& [key, sum] : days) {
    sums->add({key.account.shard(), key.account, key.day, key.number, sum.amount, sum.entries});
  }
  sums->finish();
}

}  // namespace fondaco::ledger
