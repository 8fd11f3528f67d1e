// A seller's statement: what moved merchant_payable, sorted into the numbers that a seller knows.
// Depends on ledger.h. Derived after the commit with the posting index, by the same subscriber.
//
// In a journal that moves one merchant_payable account by x all other postings sum to -x, so each
// of them is a part of the statement with its sign turned: escrow -210, commission +10, fee +2.10
// and payable +197.90 are sales 210.00, commission -10.00, payment fee -2.10.
// Invariant: opening + sum of the numbers = closing; closing of the last day + pending = balance.
#pragma once

#include <fondaco/ledger.h>

#include <boost/describe/enum.hpp>

#include <array>

namespace fondaco::ledger {

/// Stored as numbers: a released number keeps its meaning.
enum class SellerNumber {
  sales = 1,  // Released out of escrow, after refunds that came before.
  refunds,    // Given back after release.
  commission,
  payment_fee,
  tax_on_commission,
  annual_fees,
  adjustments,
  reserve,      // Negative: put aside; positive: back.
  chargebacks,  // With the provider's fee.
  payouts,
};
BOOST_DESCRIBE_ENUM(SellerNumber, sales, refunds, commission, payment_fee, tax_on_commission,
                    annual_fees, adjustments, reserve, chargebacks, payouts)
inline constexpr std::array kSellerNumbers{
    SellerNumber::sales,       SellerNumber::refunds,           SellerNumber::commission,
    SellerNumber::payment_fee, SellerNumber::tax_on_commission, SellerNumber::annual_fees,
    SellerNumber::adjustments, SellerNumber::reserve,           SellerNumber::chargebacks,
    SellerNumber::payouts};

/// Under which number a posting on `other` stands in a journal of `kind`.
SellerNumber seller_number(Kind kind, const AccountRef& other);

/// Days since 1970, UTC. A journal belongs to the day in its id.
std::int64_t day_of(Instant at);
std::int64_t day_of(JournalId id);
/// "2026-11-22"
std::string day_name(std::int64_t day);
/// From the first day to the one after the last.
struct DayRange {
  std::int64_t from = 0;
  std::int64_t to = 0;
};
/// "2026-11" or "2026-11-22"; nothing for another text.
std::optional<DayRange> period_of(std::string_view text);

struct SellerSum {
  std::int64_t amount = 0;   // Minor units; negative: taken from the seller.
  std::int64_t entries = 0;  // Journals behind it.
};
struct SellerStatement {
  Account account;  // merchant_payable, balance as of now.
  DayRange days;
  std::int64_t opening = 0;
  std::int64_t closing = 0;
  std::int64_t reserve_opening = 0;  // What lay in reserve then.
  std::int64_t reserve_closing = 0;
  std::array<SellerSum, kSellerNumbers.size()> numbers;  // In the order of kSellerNumbers.
  std::int64_t pending = 0;  // Committed a moment ago, in no day yet; 0 at rest.
  const SellerSum& of(SellerNumber n) const { return numbers[static_cast<std::size_t>(n) - 1]; }
};
/// Cost: one statement over the account's days, whatever number of journals lies behind them.
/// Refuses unknown_account.
Result<SellerStatement, Refusal> seller_statement(storage::Read& main, storage::Read& derived,
                                                  MerchantId merchant, Currency currency,
                                                  DayRange days);

/// The journals behind one number, newest first, before `before` (0: from the newest), at most
/// `limit` (1..1000). `balance` of an entry is not filled. Cost: what it returns.
struct SellerLines {
  std::vector<StatementEntry> entries;
  bool has_more = false;
};
SellerLines seller_lines(storage::Read& main, storage::Read& derived, AccountId account,
                         SellerNumber number, DayRange days, JournalId before, int limit);

/// Months in which something moved, newest first, with balances at both ends; at most `limit`.
struct SellerMonth {
  std::string period;  // "2026-11"
  std::int64_t opening = 0;
  std::int64_t closing = 0;
};
std::vector<SellerMonth> seller_months(storage::Read& derived, AccountId account, int limit);

/// Merchants whose payable account moved in these days, as account ids in order after `after`.
std::vector<AccountId> sellers_between(storage::Read& derived, DayRange days, AccountId after,
                                       int limit);

/// What the journals with one ref have left on accounts of these kinds.
struct RefTotals {
  std::int64_t ref = 0;
  Currency currency;
  std::int64_t commission = 0;    // commission_revenue
  std::int64_t payment_fee = 0;   // payment_fee_revenue
  std::int64_t platform_tax = 0;  // tax_payable of the platform
};
/// One for each ref and currency that has journals, in no particular order. Two batch look-ups.
std::vector<RefTotals> totals_of(storage::Read& read, std::span<const std::int64_t> refs);

/// Every day's sums are those of its journals. A journal that is not in the derived index yet is
/// counted as "seller_journals_pending", not as a difference.
void verify_sellers(storage::Read& main, storage::Read& derived, storage::Findings& findings);

}  // namespace fondaco::ledger
