#include "postings.h"

#include <algorithm>

namespace fondaco::ledger {
namespace {

constexpr storage::Sql kInsert{"ledger.post.batch", R"sql(
  INSERT INTO ledger_journal (id, shard, at, kind, ref, currency, postings)
  VALUES ($1, $2, $3, $4, $5, $6, $7))sql",
                               R"sql(
  INSERT INTO ledger_journal (id, shard, at, kind, ref, currency, postings)
  SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[],
                       $6::text[], $7::text[]))sql"};

// Tests the floor and moves in one statement. PostgreSQL locks the rows in the order of their
// ids first: two processes that post to our own accounts cannot wait in a circle.
constexpr storage::Sql kMove{"ledger.move_balance.batch", R"sql(
  UPDATE ledger_account SET balance = balance + $3, version = version + 1
   WHERE shard = $1 AND id = $2 AND currency = $4 AND balance + $3 >= min_balance)sql",
                             R"sql(
  WITH change AS (
         SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[])
             AS c (shard, id, amount, currency)),
       locked AS MATERIALIZED (
         SELECT t.shard, t.id FROM ledger_account t
           JOIN change c ON t.shard = c.shard AND t.id = c.id
          ORDER BY t.id FOR UPDATE OF t)
  UPDATE ledger_account AS a
     SET balance = a.balance + c.amount, version = a.version + 1
    FROM change c JOIN locked l ON l.shard = c.shard AND l.id = c.id
   WHERE a.shard = c.shard AND a.id = c.id AND a.currency = c.currency
     AND a.balance + c.amount >= a.min_balance)sql"};

struct Move {
  Posting posting;
  Currency currency;
};

void check(const Journal& j) {
  FONDACO_CHECK(j.id && j.ref != 0 && shard_of(j.ref) == j.id.shard());
  std::int64_t sum = 0;
  bool any = false;
  for (const Posting& p : j.postings) {
    sum = checked_sum(sum, p.minor);
    any = any || p.minor != 0;
  }
  FONDACO_CHECK(sum == 0);
  FONDACO_CHECK(any);
}

/// One entry per account, sorted by id: the order in which rows are locked.
std::vector<Move> moves_of(std::span<const Journal> journals) {
  std::vector<Move> moves;
  for (const Journal& j : journals) {
    for (const Posting& p : j.postings) moves.push_back({p, j.currency});
  }
  std::stable_sort(moves.begin(), moves.end(), [](const Move& a, const Move& b) {
    return a.posting.account < b.posting.account;
  });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < moves.size();) {
    Move sum = moves[i++];
    for (; i < moves.size() && moves[i].posting.account == sum.posting.account; ++i) {
      FONDACO_CHECK(moves[i].currency == sum.currency);
      sum.posting.minor = checked_sum(sum.posting.minor, moves[i].posting.minor);
    }
    if (sum.posting.minor != 0) moves[kept++] = sum;
  }
  moves.resize(kept);
  return moves;
}

}  // namespace

void post(storage::Tx& tx, std::span<const Journal> journals) {
  if (journals.empty()) return;
  const auto insert = tx.batch(kInsert);
  for (const Journal& j : journals) {
    check(j);
    insert->add(
        {j.id, j.id.shard(), tx.now(), j.kind, j.ref, j.currency, pack_postings(j.postings)});
  }
  insert->finish();
  const auto move = tx.batch(kMove);
  for (const Move& m : moves_of(journals)) {
    const Posting& p = m.posting;
    move->add({p.account.shard(), p.account, p.minor, m.currency});
  }
  move->finish();
}

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::payment:
      return "payment";
    case Kind::refund:
      return "refund";
    case Kind::release:
      return "release";
    case Kind::payout:
      return "payout";
    case Kind::settlement:
      return "settlement";
    case Kind::wallet_funding:
      return "wallet_funding";
    case Kind::adjustment:
      return "adjustment";
    case Kind::chargeback:
      return "chargeback";
  }
  return "unknown";
}

}  // namespace fondaco::ledger
