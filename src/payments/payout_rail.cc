#include <fondaco/base/check.h>
#include <fondaco/payments/payout_rail.h>

namespace fondaco::payments {

using Outcome = PayoutAnswer::Outcome;

void PayoutRails::add(std::unique_ptr<PayoutRail> rail) {
  FONDACO_CHECK(!find(rail->name()));
  all_.push_back(std::move(rail));
}

PayoutRail* PayoutRails::find(std::string_view name) const {
  for (const auto& rail : all_) {
    if (rail->name() == name) return rail.get();
  }
  return nullptr;
}

PayoutAnswer BankRail::send(const PayoutOrder& order) {
  if (order.iban.empty()) return {Outcome::rejected, {}, "no_iban"};
  return {Outcome::accepted, {}, {}};
}

PayoutAnswer TestRail::send(const PayoutOrder& order) {
  const std::scoped_lock lock(mutex_);
  const int tries = ++tries_[order.idempotency_key];
  if (order.holder.starts_with("Reject")) return {Outcome::rejected, {}, "account_closed"};
  if (order.holder.starts_with("Flaky") && tries < 3) return {Outcome::failed, {}, "bank_down"};
  const std::string ref = "test-" + order.idempotency_key;
  if (order.holder.starts_with("Slow")) return {Outcome::accepted, ref, {}};
  paid_.emplace(order.idempotency_key, order.amount);
  if (order.holder.starts_with("Lost") && tries < 2) return {Outcome::unreachable, {}, {}};
  return {Outcome::paid, ref, {}};
}

std::map<std::string, Money> TestRail::paid() const {
  const std::scoped_lock lock(mutex_);
  return paid_;
}

}  // namespace fondaco::payments
