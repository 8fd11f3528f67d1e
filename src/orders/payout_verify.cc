#include "payout_rows.h"

#include <fondaco/base/text.h>

#include <map>

namespace fondaco::orders {
namespace {

constexpr storage::Sql kOpen{"orders.verify_payouts_open", R"sql(
  SELECT currency, CAST(SUM(amount) AS BIGINT) FROM orders_payout
   WHERE state IN (1, 2, 3, 5) GROUP BY currency)sql"};
constexpr storage::Sql kCount{"orders.verify_payout_count", "SELECT COUNT(*) FROM orders_payout"};
constexpr storage::Sql kReserves{"orders.verify_reserves", R"sql(
  SELECT merchant_id, currency, CAST(SUM(CASE WHEN given_back = 0 THEN amount ELSE 0 END) AS BIGINT)
    FROM orders_reserve GROUP BY merchant_id, currency)sql"};
constexpr storage::Sql kFiles{"orders.verify_payout_files", R"sql(
  SELECT f.id, f.total, CAST(COALESCE(SUM(p.amount), 0) AS BIGINT)
    FROM orders_payout_file f JOIN orders_payout p ON p.file_id = f.id
   GROUP BY f.id, f.total)sql"};

}  // namespace

void verify_payouts(storage::Read& read, storage::Findings& findings) {
  std::map<Currency, std::int64_t> open;
  read.each(kOpen, {}, [&](const storage::Row& row) { open[row.currency(0)] = row.integer(1); });
  for (const auto& a : ledger::accounts_of(read, ledger::AccountKind::payout_clearing, 0)) {
    if (open[a.ref.currency] != a.balance) {
      findings.differences.push_back({"payouts on their way", std::string(a.ref.currency.code()),
                                      a.balance, open[a.ref.currency]});
    }
    open.erase(a.ref.currency);
  }
  for (const auto& [currency, amount] : open) {
    if (amount == 0) continue;
    findings.differences.push_back(
        {"payouts on their way", std::string(currency.code()), 0, amount});
  }
  read.each(kReserves, {}, [&](const storage::Row& row) {
    const auto merchant = row.id<MerchantId>(0);
    for (const auto& a :
         ledger::accounts_of(read, ledger::AccountKind::merchant_reserve, merchant.value)) {
      if (a.ref.currency != row.currency(1) || a.balance == row.integer(2)) continue;
      findings.differences.push_back(
          {"reserve of merchant", to_text(merchant), a.balance, row.integer(2)});
    }
  });
  read.each(kFiles, {}, [&](const storage::Row& row) {
    if (row.integer(1) == row.integer(2)) return;
    findings.differences.push_back(
        {"payout file", std::to_string(row.integer(0)), row.integer(2), row.integer(1)});
  });
  findings.checked["payouts"] += read.scalar(kCount, {}).value_or(0);
}

}  // namespace fondaco::orders
