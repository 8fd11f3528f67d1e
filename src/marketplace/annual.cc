#include "onboarding_rows.h"

#include <fondaco/base/text.h>
#include <fondaco/events/marketplace.h>
#include <fondaco/marketplace/annual.h>
#include <fondaco/marketplace/ratings.h>
#include <fondaco/storage/publish.h>

#include <algorithm>

namespace fondaco::marketplace {
namespace {

constexpr storage::Sql kInsert{"marketplace.insert_annual_fee", R"sql(
  INSERT INTO marketplace_annual_fee (shard, id, merchant_id, year, schedule_id, category_id,
    currency, sales, fee, rebate, state, because, at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13))sql"};

constexpr storage::Sql kCharged{"marketplace.annual_fee_charged", R"sql(
  SELECT id FROM marketplace_annual_fee
   WHERE merchant_id = $1 AND year = $2 AND shard = $3)sql"};

constexpr storage::Sql kList{"marketplace.annual_fees", R"sql(
  SELECT year, schedule_id, category_id, currency, sales, fee, rebate, state, because, at
    FROM marketplace_annual_fee WHERE merchant_id = $1 AND shard = $2
   ORDER BY year DESC LIMIT 100)sql"};

/// Twelfths of the year that the shop was open; the month in which it opened counts.
std::int64_t months_open(const std::optional<Gate>& gate, int year) {
  if (!gate || gate->opened_at < start_of_year(year)) return 12;
  const std::string day = format_date(gate->opened_at);
  return 13 - ((day[5] - '0') * 10 + (day[6] - '0'));
}

struct Owed {
  std::int64_t fee = 0;
  std::int64_t rebate = 0;
  CategoryId category;
  std::int64_t sales = 0;
  std::string because;
};

Owed owed_by(const FeeTable& table, MerchantKind kind, std::span<const CategorySales> sales,
             std::int64_t months, const Scores& scores) {
  Owed out;
  std::int64_t most = -1;
  std::int64_t fee = sales.empty() ? rate_of(table, {}, kind).annual_fee : 0;
  for (const CategorySales& s : sales) {
    out.sales += s.amount;
    fee = std::max(fee, rate_of(table, s.category, kind).annual_fee);
    if (s.amount <= most) continue;
    most = s.amount;
    out.category = s.category;
  }
  out.fee = mul_div(fee, months, 12, Round::half_up);
  std::int64_t share_bp = 0;
  for (const RebateTier& tier : rate_of(table, out.category, kind).rebates) {
    if (out.sales >= tier.sales) share_bp = tier.share_bp;
  }
  if (share_bp == 0) {
    out.because = "sales";
  } else if (!scores.all_at_least(kRebateScore)) {
    out.because = "scores";
  } else {
    out.rebate = share(Money{out.fee, table.currency}, share_bp, Round::half_up).minor;
  }
  return out;
}

/// The fee and, as a fact of its own, the rebate.
void post(storage::Tx& tx, ledger::AccountBook& accounts, const AnnualFee& f) {
  const AccountId merchant = accounts.resolve(
      tx, {ledger::AccountKind::merchant_payable, f.merchant.value, f.fee.currency});
  const AccountId ours =
      accounts.resolve(tx, {ledger::AccountKind::annual_fee_revenue, 0, f.fee.currency});
  std::vector<ledger::Journal> journals;
  for (const std::int64_t minor : {f.fee.minor, -f.rebate.minor}) {
    if (minor == 0) continue;
    journals.push_back({.id = tx.next_id<JournalId>(f.merchant.shard()),
                        .kind = ledger::Kind::adjustment,
                        .ref = f.merchant.value,
                        .currency = f.fee.currency,
                        .postings = {{merchant, -minor}, {ours, minor}}});
  }
  ledger::post(tx, journals);
}

std::int64_t payable(storage::Read& read, MerchantId merchant, Currency currency) {
  for (const auto& a :
       ledger::accounts_of(read, ledger::AccountKind::merchant_payable, merchant.value)) {
    if (a.ref.currency == currency) return a.balance;
  }
  return 0;
}

}  // namespace

Instant start_of_year(int year) {
  const auto t = parse_rfc3339(std::to_string(year) + "-01-01T00:00:00Z");
  FONDACO_CHECK(t.has_value());
  return *t;
}

bool is_charged(storage::Read& read, MerchantId merchant, int year) {
  return read.scalar(kCharged, {merchant, year, merchant.shard()}).has_value();
}

std::optional<AnnualFee> charge_year(storage::Tx& tx, ledger::AccountBook& accounts, MerchantId id,
                                     int year, std::span<const CategorySales> sales) {
  const Instant end = start_of_year(year + 1);
  const auto m = find_merchant(tx, id);
  if (!m || tx.now() < end || m->agreed || is_charged(tx, id, year)) return std::nullopt;
  const auto gate = find_gate(tx, id);
  const bool opened = gate ? gate->opened_at.us && gate->opened_at < end : !sales.empty();
  if (!opened) return std::nullopt;
  const auto schedule = fees_in_force(tx, m->currency, end - milliseconds(1));
  if (!schedule) return std::nullopt;
  const Owed owed =
      owed_by(schedule->table, m->kind, sales, months_open(gate, year), scores_of(tx, id, end));
  if (owed.fee == 0) return std::nullopt;
  const bool covered = payable(tx, id, m->currency) >= owed.fee - owed.rebate;
  const AnnualFee out{.merchant = id,
                      .year = year,
                      .schedule = schedule->id,
                      .category = owed.category,
                      .sales = {owed.sales, m->currency},
                      .fee = {owed.fee, m->currency},
                      .rebate = {owed.rebate, m->currency},
                      .state = covered ? AnnualState::charged : AnnualState::invoiced,
                      .because = owed.because,
                      .at = tx.now()};
  if (covered) post(tx, accounts, out);
  const auto row = tx.next_id<JournalId>(id.shard());
  tx.exec(kInsert, {id.shard(), row, id, year, out.schedule, out.category, m->currency, owed.sales,
                    owed.fee, owed.rebate, out.state, out.because, out.at});
  storage::publish(tx, id.value, row.value,
                   events::AnnualFeeCharged{id, year, out.fee, out.rebate,
                                            covered ? "charged" : "invoiced", out.because});
  return out;
}

std::vector<AnnualFee> annual_fees_of(storage::Read& read, const Merchant& m) {
  return read.all(kList, {m.id, m.id.shard()}, [&](const storage::Row& row) {
    const Currency currency = row.currency(3);
    return AnnualFee{.merchant = m.id,
                     .year = static_cast<int>(row.integer(0)),
                     .schedule = row.id<FeeScheduleId>(1),
                     .category = row.id<CategoryId>(2),
                     .sales = {row.integer(4), currency},
                     .fee = {row.integer(5), currency},
                     .rebate = {row.integer(6), currency},
                     .state = static_cast<AnnualState>(row.integer(7)),
                     .because = row.str(8),
                     .at = row.instant(9)};
  });
}

}  // namespace fondaco::marketplace
