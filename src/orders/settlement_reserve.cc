#include "payout_rows.h"

#include <fondaco/events/settlement.h>
#include <fondaco/orders/settlement.h>
#include <fondaco/storage/publish.h>

#include <map>

namespace fondaco::orders {
namespace {

using ledger::AccountKind;

constexpr std::string_view kBackTimer = "orders.reserve_back";

constexpr storage::Sql kInsert{"orders.reserve_insert", R"sql(
  INSERT INTO orders_reserve (id, shard, merchant_id, currency, amount, until, given_back)
  VALUES ($1, $2, $3, $4, $5, $6, 0))sql"};
constexpr storage::Sql kOne{"orders.reserve_one", R"sql(
  SELECT merchant_id, currency, amount, given_back FROM orders_reserve
   WHERE id = $1 AND shard = $2)sql"};
constexpr storage::Sql kGiven{"orders.reserve_given", R"sql(
  UPDATE orders_reserve SET given_back = 1 WHERE id = $1 AND shard = $2 AND given_back = 0)sql"};
constexpr storage::Sql kSum{"orders.reserve_sum", R"sql(
  SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM orders_reserve
   WHERE merchant_id = $1 AND currency = $2 AND given_back = 0)sql"};

/// Positive: put aside.
ledger::Journal moved(storage::Tx& tx, ledger::AccountBook& book, JournalId row,
                      MerchantId merchant, Money amount) {
  return {tx.next_id<JournalId>(merchant.shard()),
          ledger::Kind::adjustment,
          row.value,
          amount.currency,
          {{book.resolve(tx, {AccountKind::merchant_payable, merchant.value, amount.currency}),
            -amount.minor},
           {book.resolve(tx, {AccountKind::merchant_reserve, merchant.value, amount.currency}),
            amount.minor}}};
}

}  // namespace

void set_aside(storage::Tx& tx, ledger::AccountBook& book, std::span<const Released> released) {
  std::map<std::pair<MerchantId, Currency>, std::int64_t> sums;
  std::vector<MerchantId> merchants;
  for (const Released& r : released) {
    sums[{r.merchant, r.net.currency}] += r.net.minor;
    if (merchants.empty() || merchants.back() != r.merchant) merchants.push_back(r.merchant);
  }
  std::map<MerchantId, PayoutPlan> keeping;
  for (PayoutPlan& p : load_plans(tx, merchants)) {
    if (p.reserve_bp > 0) keeping.emplace(p.merchant, std::move(p));
  }
  if (keeping.empty()) return;
  std::vector<ledger::Journal> journals;
  for (const auto& [key, net] : sums) {
    const auto plan = keeping.find(key.first);
    if (plan == keeping.end() || net <= 0) continue;
    const Money kept = share({net, key.second}, plan->second.reserve_bp, Round::half_even);
    if (kept.minor == 0) continue;
    const auto row = tx.next_id<JournalId>(key.first.shard());
    const Instant until = tx.now() + days(plan->second.reserve_days);
    tx.exec(kInsert, {row, row.shard(), key.first, key.second, kept.minor, until});
    tx.schedule(kBackTimer, until, row.value);
    journals.push_back(moved(tx, book, row, key.first, kept));
    storage::publish(tx, row.value, 1, events::ReserveChanged{key.first, kept, false});
  }
  ledger::post(tx, journals);
}

void wire_reserves(storage::Store& store, ledger::AccountBook& book) {
  store.timers().handle(
      std::string(kBackTimer), [&book](storage::Tx& tx, const storage::Timer& timer) {
        const JournalId row{timer.ref};
        if (tx.exec(kGiven, {row, row.shard()}) == 0) return;
        tx.each(kOne, {row, row.shard()}, [&](const storage::Row& r) {
          const auto merchant = r.id<MerchantId>(0);
          const Money amount{r.integer(2), r.currency(1)};
          const auto j = moved(tx, book, row, merchant, -amount);
          ledger::post(tx, {&j, 1});
          storage::publish(tx, row.value, 2, events::ReserveChanged{merchant, amount, true});
        });
      });
}

std::int64_t reserved(storage::Read& read, MerchantId merchant, Currency currency) {
  return read.scalar(kSum, {merchant, currency}).value_or(0);
}

}  // namespace fondaco::orders
