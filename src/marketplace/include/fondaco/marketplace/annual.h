// The year of a merchant: annual fee and what goes back of it; and the vendors behind a merchant.
// Depends on fees.h, ledger. Sales are counted by orders and handed in.
// Invariant: a merchant pays for a year at most once, however often the year is run.
#pragma once

#include <fondaco/ledger.h>
#include <fondaco/marketplace/fees.h>

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fondaco::marketplace {

inline constexpr std::int64_t kRebateScore = 460;  // Hundredths; each score has to reach it.

/// "2026-01-01T00:00:00Z" of a year.
Instant start_of_year(int year);

/// What a merchant sold of a top category in finished orders, minor units of its currency.
struct CategorySales {
  CategoryId category;
  std::int64_t amount = 0;
};

enum class AnnualState { charged = 1, invoiced = 2 };
BOOST_DESCRIBE_ENUM(AnnualState, charged, invoiced)

struct AnnualFee {
  MerchantId merchant;
  int year = 0;
  FeeScheduleId schedule;
  CategoryId category;  // With the largest share of the sales: its tiers count.
  Money sales;
  Money fee;
  Money rebate;
  AnnualState state = AnnualState::charged;
  std::string because;  // Why nothing went back: "scores", "sales"; else empty.
  Instant at;
};

/// Charges a year that is over: the highest annual fee of the categories that were sold, in
/// twelfths when the shop opened in that year, less the rebate of the tier that was reached when
/// every score of the six months before its end is at least kRebateScore. Taken from
/// merchant_payable when that covers it, else invoiced; a rebate is posted only with what was
/// taken. By the schedule that was in force when the year ended. Nothing: not over, charged
/// already, no fee, or an agreement. Publishes AnnualFeeCharged.
std::optional<AnnualFee> charge_year(storage::Tx& tx, ledger::AccountBook& accounts,
                                     MerchantId merchant, int year,
                                     std::span<const CategorySales> sales);
bool is_charged(storage::Read& read, MerchantId merchant, int year);
/// Newest year first, at most 100.
std::vector<AnnualFee> annual_fees_of(storage::Read& read, const Merchant& merchant);

// ---- vendors behind a multi-brand flagship

struct Vendor {
  VendorId id;
  MerchantId merchant;
  std::string name;
  std::int64_t share_bp = 0;  // Of what the merchant is paid for the vendor's lines.
  std::int64_t version = 1;
};
enum class VendorRefusal {
  unknown_merchant,
  not_multi_brand,
  unknown_vendor,
  unknown_offer,  // Or another merchant's.
  bad_name,       // Not 1 to 200 bytes.
  bad_share,
  too_many_vendors,  // 1,000.
};
Result<Vendor, VendorRefusal> create_vendor(storage::Tx& tx, MerchantId merchant,
                                            std::string_view name, std::int64_t share_bp);
/// An offer has one vendor or none; the last one set counts.
Result<Unit, VendorRefusal> set_vendor(storage::Tx& tx, VendorId vendor, OfferId offer);
std::vector<Vendor> vendors_of(storage::Read& read, MerchantId merchant);

/// A line of a finished order: what the merchant was released for it.
struct SoldLine {
  OfferId offer;
  std::int64_t released = 0;
};
/// merchant_payable → vendor_payable, each vendor's share of its lines, half up per line. Part of
/// `tx`; an order that is settled already is left alone. Answers what went to vendors together.
Money settle_vendors(storage::Tx& tx, ledger::AccountBook& accounts, OrderId order,
                     MerchantId merchant, Currency currency, std::span<const SoldLine> lines);

struct VendorEntry {
  OrderId order;
  Money sold;
  Money amount;
  Instant at;
};
/// Newest first, before `before` (0: from the newest).
std::vector<VendorEntry> vendor_statement(storage::Read& read, VendorId vendor, OrderId before,
                                          int limit);
/// Settlements whose sum is not the vendor's balance are differences.
void verify_vendors(storage::Read& read, storage::Findings& findings);

}  // namespace fondaco::marketplace
