#include "reconciliation_rows.h"

namespace fondaco::orders {
namespace {

constexpr storage::Sql kTaken{"orders.report_taken", R"sql(
  SELECT id FROM orders_report WHERE file_hash = $1)sql"};
constexpr storage::Sql kInsert{"orders.report_insert", R"sql(
  INSERT INTO orders_report (id, provider, file_hash, matched, missing, different, unknown, from_at,
                             to_at, created_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10))sql"};
constexpr storage::Sql kLine{"orders.report_line_insert.batch", R"sql(
  INSERT INTO orders_report_line (id, report_id, number, kind, outcome, ref, payment_id, payout_id,
                                  currency, gross, fee, expected, at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13))sql",
                             R"sql(
  INSERT INTO orders_report_line (id, report_id, number, kind, outcome, ref, payment_id, payout_id,
                                  currency, gross, fee, expected, at)
  SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[],
                       $6::text[], $7::bigint[], $8::bigint[], $9::text[], $10::bigint[],
                       $11::bigint[], $12::bigint[], $13::bigint[]))sql"};
constexpr storage::Sql kOne{"orders.report_one", R"sql(
  SELECT id, provider, file_hash, matched, missing, different, unknown, from_at, to_at, created_at
    FROM orders_report WHERE id = $1)sql"};
constexpr storage::Sql kNewest{"orders.reports_newest", R"sql(
  SELECT id, provider, file_hash, matched, missing, different, unknown, from_at, to_at, created_at
    FROM orders_report WHERE id < $1 ORDER BY id DESC LIMIT $2)sql"};
constexpr storage::Sql kLines{"orders.report_lines", R"sql(
  SELECT number, kind, outcome, ref, payment_id, payout_id, currency, gross, fee, expected, at
    FROM orders_report_line
   WHERE report_id = $1 AND number > $2 AND ($3 = 0 OR outcome = $3) ORDER BY id LIMIT $4)sql"};
constexpr storage::Sql kBefore{"orders.report_matched_before", R"sql(
  SELECT COUNT(*) FROM orders_report_line
   WHERE payment_id = $1 AND kind = $2 AND outcome = 1)sql"};
constexpr storage::Sql kPayoutBefore{"orders.report_payout_before", R"sql(
  SELECT COUNT(*) FROM orders_report_line
   WHERE payment_id = 0 AND kind = 5 AND payout_id = $1 AND outcome = 1)sql"};
constexpr storage::Sql kVerify{"orders.verify_reports", R"sql(
  SELECT r.id, r.matched + r.missing + r.different + r.unknown, CAST(COUNT(*) AS BIGINT)
    FROM orders_report r JOIN orders_report_line l ON l.report_id = r.id
   GROUP BY r.id, r.matched, r.missing, r.different, r.unknown)sql"};

Report report_row(const storage::Row& row) {
  return {row.id<SettlementReportId>(0),
          row.str(1),
          row.str(2),
          row.integer(3),
          row.integer(4),
          row.integer(5),
          row.integer(6),
          row.instant(7),
          row.instant(8),
          row.instant(9)};
}

}  // namespace

bool report_taken(storage::Read& read, std::string_view file_hash) {
  return read.scalar(kTaken, {file_hash}).has_value();
}

void insert_report(storage::Tx& tx, const Report& r, std::span<const ReportLine> lines) {
  tx.exec(kInsert, {r.id, r.provider, r.file_hash, r.matched, r.missing, r.different, r.unknown,
                    r.from, r.to, r.created_at});
  const auto batch = tx.batch(kLine);
  for (const ReportLine& l : lines) {
    batch->add({tx.next_id<SettlementReportId>(), r.id, l.number, l.kind, l.outcome, l.ref,
                l.payment, l.payout, l.gross.currency, l.gross.minor, l.fee, l.expected, l.at});
  }
  batch->finish();
}

std::optional<Report> find_report(storage::Read& read, SettlementReportId id) {
  return read.first(kOne, {id}, report_row);
}

std::vector<Report> list_reports(storage::Read& read, SettlementReportId before, int limit) {
  return read.all(kNewest, {before ? before.value : INT64_MAX, limit}, report_row);
}

std::vector<ReportLine> report_lines(storage::Read& read, SettlementReportId id,
                                     std::optional<LineOutcome> only, std::int64_t after,
                                     int limit) {
  const std::int64_t outcome = only ? static_cast<std::int64_t>(*only) : 0;
  return read.all(kLines, {id, after, outcome, limit}, [](const storage::Row& row) {
    ReportLine l;
    l.number = row.integer(0);
    l.kind = static_cast<LineKind>(row.integer(1));
    l.outcome = static_cast<LineOutcome>(row.integer(2));
    l.ref = row.str(3);
    l.payment = row.id<PaymentId>(4);
    l.payout = row.id<PayoutId>(5);
    l.gross = {row.integer(7), row.currency(6)};
    l.fee = row.integer(8);
    l.expected = row.integer(9);
    l.at = row.instant(10);
    return l;
  });
}

std::int64_t matched_before(storage::Read& read, PaymentId payment, LineKind kind) {
  return read.scalar(kBefore, {payment, kind}).value_or(0);
}

std::int64_t payout_matched_before(storage::Read& read, PayoutId payout) {
  return read.scalar(kPayoutBefore, {payout}).value_or(0);
}

void verify_reports(storage::Read& read, storage::Findings& findings) {
  read.each(kVerify, {}, [&](const storage::Row& row) {
    ++findings.checked["settlement_reports"];
    if (row.integer(1) == row.integer(2)) return;
    findings.differences.push_back({"lines of a settlement report",
                                    to_text(row.id<SettlementReportId>(0)), row.integer(2),
                                    row.integer(1)});
  });
}

}  // namespace fondaco::orders
