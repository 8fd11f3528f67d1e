// Reconciliation: a provider's settlement report against what we booked, line by line. Depends on
// payments, ledger, chargebacks.h. Formats: docs/settlement-reports.md.
//
// Each line is matched (booked: provider_receivable to platform_cash, less the provider's fee),
// different (we know it with another amount, or it was settled before) or unknown (we do not know
// it); what we booked in the report's time and the report lacks is missing. Only matched lines are
// posted, as one journal for each currency; the others are for people.
// Invariants: a file is taken once (by its hash); a payment, refund or dispute is matched once.
#pragma once

#include <fondaco/base/ids.h>
#include <fondaco/base/money.h>
#include <fondaco/base/result.h>
#include <fondaco/ledger.h>
#include <fondaco/storage/findings.h>
#include <fondaco/storage/tx.h>

#include <boost/describe/enum.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fondaco::orders {

enum class ReportFormat { own, stripe };
BOOST_DESCRIBE_ENUM(ReportFormat, own, stripe)

/// Stored as numbers: a released number keeps its meaning.
enum class LineKind { payment = 1, refund, dispute, dispute_won, transfer, fee, payout };
BOOST_DESCRIBE_ENUM(LineKind, payment, refund, dispute, dispute_won, transfer, fee, payout)
enum class LineOutcome { matched = 1, missing, different, unknown };
BOOST_DESCRIBE_ENUM(LineOutcome, matched, missing, different, unknown)

struct ReportLine {
  std::int64_t number = 0;  // In the file, from 1 with the heading; 0: missing in it.
  LineKind kind = LineKind::payment;
  LineOutcome outcome = LineOutcome::unknown;
  std::string ref;    // The provider's name of it.
  PaymentId payment;  // 0: none.
  PayoutId payout;    // Of a transfer.
  Money gross;        // What it adds to the balance with the provider; below zero: takes from it.
  std::int64_t fee = 0;
  std::int64_t expected = 0;  // What we have booked, where that differs.
  Instant at;
};

enum class ReportRefusal {
  bad_heading,  // A column that the format needs is missing.
  bad_line,     // `line` says which.
  too_many_lines,
  taken_before,
};
inline constexpr std::size_t kMostReportLines = 50'000;

struct ReportProblem {
  ReportRefusal reason = ReportRefusal::bad_heading;
  std::int64_t line = 0;
  std::string what;
};
/// Pure; before any transaction.
Result<std::vector<ReportLine>, ReportProblem> read_report(std::string_view text,
                                                           ReportFormat format);

struct Report {
  SettlementReportId id;
  std::string provider;
  std::string file_hash;
  std::int64_t matched = 0;
  std::int64_t missing = 0;
  std::int64_t different = 0;
  std::int64_t unknown = 0;
  Instant from;
  Instant to;
  Instant created_at;
};
/// Compares, stores and books. `lines` as read_report() gave them. Refuses taken_before.
Result<Report, ReportProblem> take_report(storage::Tx& tx, ledger::AccountBook& book,
                                          std::string_view provider, std::string_view file_hash,
                                          std::vector<ReportLine> lines);
std::optional<Report> find_report(storage::Read& read, SettlementReportId id);
std::vector<Report> list_reports(storage::Read& read, SettlementReportId before, int limit);
/// In the file's order after line `after`, missing ones first.
std::vector<ReportLine> report_lines(storage::Read& read, SettlementReportId id,
                                     std::optional<LineOutcome> only, std::int64_t after,
                                     int limit);

/// Each report's counts against its lines.
void verify_reports(storage::Read& read, storage::Findings& findings);

}  // namespace fondaco::orders
