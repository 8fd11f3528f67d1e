// The year run: what merchants sold in a year, and the annual fees that follow. Depends on orders.h
// and marketplace/annual.h.
#pragma once

#include <fondaco/marketplace/annual.h>
#include <fondaco/orders.h>

#include <string>
#include <vector>

namespace fondaco::orders {

/// Of finished orders in the merchant's currency that were placed in [from, to), by top category:
/// what buyers paid for the lines. Reads each order of that time once.
std::vector<marketplace::CategorySales> sales_of(storage::Read& main, storage::Read& derived,
                                                 const marketplace::Merchant& merchant,
                                                 Instant from, Instant to);

struct YearRun {
  std::int64_t merchants = 0;  // Looked at.
  std::vector<marketplace::AnnualFee> charged;
};
/// Charges every merchant that has not been charged for the year. One transaction a merchant: it
/// may be killed and run again. Blocks; not on a writer's or an HTTP thread.
YearRun run_year(storage::Store& store, ledger::AccountBook& accounts, int year,
                 const std::string& actor);

}  // namespace fondaco::orders
