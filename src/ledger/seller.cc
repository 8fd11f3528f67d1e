#include "postings.h"
#include "seller_index.h"

#include <fondaco/base/text.h>

#include <algorithm>

namespace fondaco::ledger {
namespace {

constexpr std::int64_t kEpochMs = 1'577'836'800'000;  // Of ids: 2020-01-01.
constexpr std::int64_t kDayMs = 86'400'000;

constexpr storage::Sql kSums{"ledger.seller_sums", R"sql(
  SELECT number,
         CAST(COALESCE(SUM(CASE WHEN day < $3 THEN amount ELSE 0 END), 0) AS BIGINT),
         CAST(COALESCE(SUM(CASE WHEN day >= $3 AND day < $4 THEN amount ELSE 0 END), 0)
              AS BIGINT),
         CAST(COALESCE(SUM(CASE WHEN day >= $3 AND day < $4 THEN entries ELSE 0 END), 0)
              AS BIGINT),
         CAST(COALESCE(SUM(amount), 0) AS BIGINT)
    FROM ledger_seller_day WHERE account_id = $2 AND shard = $1 GROUP BY number)sql"};
constexpr storage::Sql kLines{"ledger.seller_lines", R"sql(
  SELECT journal_id, amount FROM ledger_seller_line
   WHERE account_id = $2 AND number = $3 AND shard = $1 AND journal_id >= $4 AND journal_id < $5
   ORDER BY journal_id DESC LIMIT $6)sql"};
constexpr storage::Sql kDetails{"ledger.seller_details.batch", R"sql(
  SELECT id, at, kind, ref FROM ledger_journal WHERE shard = $1 AND id = $2)sql",
                                R"sql(
  SELECT j.id, j.at, j.kind, j.ref FROM unnest($1::bigint[], $2::bigint[]) AS k (shard, id)
    JOIN ledger_journal j ON j.shard = k.shard AND j.id = k.id)sql"};
constexpr storage::Sql kDays{"ledger.seller_days", R"sql(
  SELECT day, CAST(SUM(amount) AS BIGINT) FROM ledger_seller_day
   WHERE account_id = $2 AND shard = $1 GROUP BY day ORDER BY day)sql"};
constexpr storage::Sql kSellers{"ledger.sellers_between", R"sql(
  SELECT DISTINCT account_id FROM ledger_seller_day
   WHERE account_id > $1 AND day >= $2 AND day < $3 ORDER BY account_id LIMIT $4)sql"};

/// The smallest id that a journal of that day can have.
std::int64_t first_id(std::int64_t day) {
  return std::max<std::int64_t>(0, day * kDayMs - kEpochMs) << 22;
}

/// Days since 1970 of a date of the Gregorian calendar.
std::optional<std::int64_t> day_of_date(std::int64_t year, std::int64_t month, std::int64_t day) {
  if (year < 2020 || year > 2089 || month < 1 || month > 12) return std::nullopt;
  const std::string text = std::to_string(year) + (month < 10 ? "-0" : "-") +
                           std::to_string(month) + (day < 10 ? "-0" : "-") + std::to_string(day);
  const auto at = parse_rfc3339(text + "T00:00:00Z");
  if (!at || format_date(*at) != text) return std::nullopt;
  return day_of(*at);
}

std::optional<Account> payable_of(storage::Read& main, MerchantId merchant, Currency currency) {
  for (const Account& a : accounts_of(main, AccountKind::merchant_payable, merchant.value)) {
    if (a.ref.currency == currency) return a;
  }
  return std::nullopt;
}

}  // namespace

std::int64_t day_of(Instant at) { return at.us / (kDayMs * 1000); }
std::int64_t day_of(JournalId id) { return ((id.value >> 22) + kEpochMs) / kDayMs; }
std::string day_name(std::int64_t day) { return format_date({day * kDayMs * 1000}); }

std::optional<DayRange> period_of(std::string_view text) {
  const auto parts = split(text, '-');
  if (text.size() != 7 && text.size() != 10) return std::nullopt;
  if (parts.size() != (text.size() == 7 ? 2u : 3u)) return std::nullopt;
  const auto year = parse_int(parts[0]);
  const auto month = parse_int(parts[1]);
  const auto day = parts.size() == 3 ? parse_int(parts[2]) : std::optional<std::int64_t>(1);
  if (!year || !month || !day || *day < 1) return std::nullopt;
  const auto from = day_of_date(*year, *month, *day);
  if (!from) return std::nullopt;
  if (parts.size() == 3) return DayRange{*from, *from + 1};
  const auto to = *month == 12 ? day_of_date(*year + 1, 1, 1) : day_of_date(*year, *month + 1, 1);
  if (!to) return std::nullopt;
  return DayRange{*from, *to};
}

Result<SellerStatement, Refusal> seller_statement(storage::Read& main, storage::Read& derived,
                                                  MerchantId merchant, Currency currency,
                                                  DayRange days) {
  // Derived first: what is committed between the two reads is pending, never counted twice.
  SellerStatement out;
  const auto before = payable_of(main, merchant, currency);
  if (!before) return Refused{Refusal::unknown_account};
  std::int64_t all = 0;
  const AccountId id = before->id;
  derived.each(kSums, {id.shard(), id, days.from, days.to}, [&](const storage::Row& row) {
    const auto number = static_cast<std::size_t>(row.integer(0));
    FONDACO_CHECK(number >= 1 && number <= out.numbers.size());
    out.opening += row.integer(1);
    out.numbers[number - 1] = {row.integer(2), row.integer(3)};
    out.closing += row.integer(1) + row.integer(2);
    all += row.integer(4);
    if (number == static_cast<std::size_t>(SellerNumber::reserve)) {
      out.reserve_opening = -row.integer(1);
      out.reserve_closing = -(row.integer(1) + row.integer(2));
    }
  });
  out.account = *before;
  out.days = days;
  out.pending = out.account.balance - all;
  return out;
}

SellerLines seller_lines(storage::Read& main, storage::Read& derived, AccountId account,
                         SellerNumber number, DayRange days, JournalId before, int limit) {
  FONDACO_CHECK(limit >= 1 && limit <= 1000);
  const std::int64_t end = before ? std::min(before.value, first_id(days.to)) : first_id(days.to);
  SellerLines out;
  std::unordered_map<JournalId, std::size_t> at;
  const auto details = main.lookup(kDetails);
  derived.each(kLines, {account.shard(), account, number, first_id(days.from), end, limit + 1},
               [&](const storage::Row& row) {
                 if (out.entries.size() == static_cast<std::size_t>(limit)) {
                   out.has_more = true;
                   return;
                 }
                 StatementEntry& e = out.entries.emplace_back();
                 e.journal = row.id<JournalId>(0);
                 e.amount = row.integer(1);
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

std::vector<SellerMonth> seller_months(storage::Read& derived, AccountId account, int limit) {
  std::vector<SellerMonth> out;
  std::int64_t balance = 0;
  derived.each(kDays, {account.shard(), account}, [&](const storage::Row& row) {
    const std::string period = day_name(row.integer(0)).substr(0, 7);
    if (out.empty() || out.back().period != period) out.push_back({period, balance, balance});
    balance += row.integer(1);
    out.back().closing = balance;
  });
  std::reverse(out.begin(), out.end());
  if (out.size() > static_cast<std::size_t>(limit)) out.resize(static_cast<std::size_t>(limit));
  return out;
}

std::vector<AccountId> sellers_between(storage::Read& derived, DayRange days, AccountId after,
                                       int limit) {
  return derived.all(kSellers, {after, days.from, days.to, limit},
                     [](const storage::Row& row) { return row.id<AccountId>(0); });
}

}  // namespace fondaco::ledger
