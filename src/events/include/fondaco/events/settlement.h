// What settlement (part of orders) tells the house: payouts, reserves, chargebacks, reports.
// Depends on base ids and money. The entity is what the journals of the fact name as their ref.
#pragma once

#include <fondaco/base/ids.h>
#include <fondaco/base/money.h>

#include <boost/describe.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace fondaco::events {

/// A payout was made or reached another state: created, accepted, paid, failed, returned.
struct PayoutChanged {
  static constexpr std::string_view kType = "payout.changed";
  static constexpr int kVersion = 1;
  PayoutId payout;
  MerchantId merchant;
  Money amount;
  std::string state;
  std::string code;  // Why it failed or came back; usually empty.
};
BOOST_DESCRIBE_STRUCT(PayoutChanged, (), (payout, merchant, amount, state, code))

/// How a merchant is paid was changed by the merchant or the operator. Entity: the merchant.
struct PayoutPlanChanged {
  static constexpr std::string_view kType = "payout.plan_changed";
  static constexpr int kVersion = 1;
  MerchantId merchant;
  std::string schedule;
  std::int64_t minimum = 0;
  bool held = false;
  std::string hold_reason;
  std::int64_t reserve_bp = 0;
  std::int64_t reserve_days = 0;
  bool bank_changed = false;
};
BOOST_DESCRIBE_STRUCT(PayoutPlanChanged, (),
                      (merchant, schedule, minimum, held, hold_reason, reserve_bp, reserve_days,
                       bank_changed))

/// Money was put aside out of releases, or came back. Entity: the row of the reserve.
struct ReserveChanged {
  static constexpr std::string_view kType = "payout.reserve_changed";
  static constexpr int kVersion = 1;
  MerchantId merchant;
  Money amount;
  bool given_back = false;
};
BOOST_DESCRIBE_STRUCT(ReserveChanged, (), (merchant, amount, given_back))

/// The tax on the platform's share of an order was booked or, after a refund, given back. Entity:
/// the order.
struct CommissionTaxed {
  static constexpr std::string_view kType = "payout.commission_taxed";
  static constexpr int kVersion = 1;
  OrderId order;
  MerchantId merchant;
  Money tax;  // What was added; negative: given back.
};
BOOST_DESCRIBE_STRUCT(CommissionTaxed, (), (order, merchant, tax))

/// A chargeback was opened, got evidence, or was decided: needs_response, under_review, won, lost.
struct ChargebackChanged {
  static constexpr std::string_view kType = "chargeback.changed";
  static constexpr int kVersion = 1;
  ChargebackId chargeback;
  OrderId order;
  MerchantId merchant;
  Money amount;
  std::int64_t fee = 0;
  std::string state;
  std::int64_t due = 0;  // Evidence by then, µs; 0: none is asked for.
};
BOOST_DESCRIBE_STRUCT(ChargebackChanged, (), (chargeback, order, merchant, amount, fee, state, due))

/// A provider's settlement report was compared with our books; what matched is booked.
struct ReportTaken {
  static constexpr std::string_view kType = "settlement_report.taken";
  static constexpr int kVersion = 1;
  SettlementReportId report;
  std::string provider;
  std::int64_t matched = 0;
  std::int64_t missing = 0;
  std::int64_t different = 0;
  std::int64_t unknown = 0;
};
BOOST_DESCRIBE_STRUCT(ReportTaken, (), (report, provider, matched, missing, different, unknown))

}  // namespace fondaco::events
