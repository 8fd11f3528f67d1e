#include "payout_rows.h"

#include <fondaco/base/text.h>
#include <fondaco/events/settlement.h>
#include <fondaco/storage/publish.h>

#include <algorithm>

namespace fondaco::orders {
namespace {

using storage::SettingSpec;
using storage::SettingType;

constexpr std::int64_t kMostMinimum = 100'000'000;
constexpr std::int64_t kMostReserveDays = 365;
constexpr std::size_t kMostReason = 500;

/// Two capitals and up to 12 digits and capitals, or nothing; whether it is given out is for VIES.
bool good_vat_id(std::string_view id) {
  if (id.empty()) return true;
  const auto capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  return id.size() >= 4 && id.size() <= 14 && capital(id[0]) && capital(id[1]) &&
         std::all_of(id.begin() + 2, id.end(),
                     [&](char c) { return capital(c) || (c >= '0' && c <= '9'); });
}

std::optional<PlanRefusal> wrong(const PayoutPlan& p) {
  const std::int64_t last = p.schedule == PayoutSchedule::monthly ? 28 : 7;
  if (p.on_day < 1 || p.on_day > last) return PlanRefusal::bad_day;
  if (p.minimum < 0 || p.minimum > kMostMinimum) return PlanRefusal::bad_minimum;
  const bool keeps = p.reserve_bp > 0;
  if (p.reserve_bp < 0 || p.reserve_bp > 10'000 || p.reserve_days < (keeps ? 1 : 0) ||
      p.reserve_days > kMostReserveDays) {
    return PlanRefusal::bad_reserve;
  }
  if (p.hold_reason.size() > kMostReason || !is_utf8(p.hold_reason)) return PlanRefusal::bad_reason;
  if (p.held && trim(p.hold_reason).empty()) return PlanRefusal::bad_reason;
  if (!good_vat_id(p.vat_id)) return PlanRefusal::bad_vat_id;
  return std::nullopt;
}

Result<PayoutPlan, PlanRefusal> store(storage::Tx& tx, PayoutPlan plan, bool bank_changed) {
  if (const auto refusal = wrong(plan)) return Refused{*refusal};
  write_plan(tx, plan);
  ++plan.version;
  storage::publish(
      tx, plan.merchant.value, plan.version,
      events::PayoutPlanChanged{
          plan.merchant, boost::describe::enum_to_string(plan.schedule, "unknown"), plan.minimum,
          plan.held, plan.hold_reason, plan.reserve_bp, plan.reserve_days, bank_changed});
  return plan;
}

}  // namespace

std::vector<SettingSpec> money_settings() {
  return {
      {std::string(kCustody), SettingType::text, "test",
       "Who holds the money: provider (it holds and splits), bank (the operator), test", 4, 8},
      {std::string(kPlatformName), SettingType::text, "", "Name on payouts and invoices", 0, 70},
      {std::string(kPlatformCountry), SettingType::text, "",
       "Where the platform is taxed, two capitals; without it commission carries no tax", 0, 2},
      {std::string(kPlatformVat), SettingType::text, "", "VAT number of the platform", 0, 20},
      {std::string(kPlatformIban), SettingType::text, "",
       "Account that payouts are paid from when the operator holds the money", 0, 34},
      {std::string(kPlatformBic), SettingType::text, "", "BIC of that account", 0, 11},
      {std::string(kNewSellerDays), SettingType::integer, "0",
       "Days after a merchant was created in which nothing is paid out", 0, 365},
  };
}

std::string rail_of(std::string_view custody) {
  if (custody == "provider") return "stripe";
  return custody == "bank" || custody == "test" ? std::string(custody) : "";
}

Result<PayoutPlan, PlanRefusal> change_plan(storage::Tx& tx, MerchantId merchant,
                                            const PlanChange& change,
                                            std::optional<std::int64_t> version) {
  PayoutPlan plan = payout_plan(tx, merchant);
  if (version && *version != plan.version) return Refused{PlanRefusal::stale_version};
  if (change.schedule) plan.schedule = *change.schedule;
  if (change.on_day) plan.on_day = *change.on_day;
  if (change.minimum) plan.minimum = *change.minimum;
  if (!change.sealed.empty()) {
    plan.key = change.key;
    plan.bank = change.sealed;
    plan.bank_shown = change.shown;
  }
  return store(tx, std::move(plan), !change.sealed.empty());
}

Result<PayoutPlan, PlanRefusal> control_plan(storage::Tx& tx, MerchantId merchant,
                                             const PlanControl& control,
                                             std::optional<std::int64_t> version) {
  PayoutPlan plan = payout_plan(tx, merchant);
  if (version && *version != plan.version) return Refused{PlanRefusal::stale_version};
  if (control.held) plan.held = *control.held;
  if (control.hold_reason) plan.hold_reason = *control.hold_reason;
  if (control.held && !*control.held) plan.hold_reason.clear();
  if (control.hold_until) plan.hold_until = *control.hold_until;
  if (control.reserve_bp) plan.reserve_bp = *control.reserve_bp;
  if (control.reserve_days) plan.reserve_days = *control.reserve_days;
  if (control.vat_id) plan.vat_id = *control.vat_id;
  return store(tx, std::move(plan), false);
}

}  // namespace fondaco::orders
