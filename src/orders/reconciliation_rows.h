// Rows of settlement reports. Private to orders.
#pragma once

#include <fondaco/orders/reconciliation.h>

#include <set>
#include <span>

namespace fondaco::orders {

bool report_taken(storage::Read& read, std::string_view file_hash);
void insert_report(storage::Tx& tx, const Report& report, std::span<const ReportLine> lines);
/// How many lines of that kind earlier reports have matched for a payment.
std::int64_t matched_before(storage::Read& read, PaymentId payment, LineKind kind);
std::int64_t payout_matched_before(storage::Read& read, PayoutId payout);

}  // namespace fondaco::orders
