#include <fondaco/events/marketplace.h>
#include <fondaco/marketplace/fees.h>
#include <fondaco/storage/store.h>

#include <algorithm>

namespace fondaco::marketplace {

const FeeRate& rate_of(const FeeTable& table, CategoryId category, MerchantKind kind) {
  const FeeRate* best = nullptr;
  int closest = -1;
  for (const FeeRate& rate : table.rates) {
    if (rate.category && *rate.category != category) continue;
    if (rate.kind && *rate.kind != kind) continue;
    const int fits = (rate.category ? 2 : 0) + (rate.kind ? 1 : 0);
    if (fits <= closest) continue;
    best = &rate;
    closest = fits;
  }
  FONDACO_CHECK(best != nullptr);  // A stored table has a rate for every other case.
  return *best;
}

Fees fees_by(const FeeSchedule& schedule, CategoryId category, MerchantKind kind) {
  return {.commission_bp = rate_of(schedule.table, category, kind).commission_bp,
          .payment_fee_bp = schedule.table.payment_fee_bp,
          .schedule = schedule.id};
}

std::int64_t deposit_due(const FeeTable& table, MerchantKind kind, Mark mark) {
  std::int64_t due = 0;
  for (const DepositRate& rate : table.deposits) {
    if (rate.kind == kind && rate.mark.value_or(mark) == mark) due = std::max(due, rate.amount);
  }
  return due;
}

void FeeBook::load() {
  auto lease = main_.read();
  List published;
  for (FeeSchedule& s : list_fees(*lease)) {
    if (s.state == FeeState::published) published.push_back(std::move(s));
  }
  auto list = std::make_shared<const List>(std::move(published));
  const std::scoped_lock lock(mutex_);
  list_ = std::move(list);
}

std::vector<std::string> FeeBook::types() {
  return {std::string(events::FeeScheduleChanged::kType)};
}

Fees FeeBook::fees_for(const MerchantInfo& merchant, CategoryId category, Instant when) const {
  if (!merchant.agreed) {
    std::shared_ptr<const List> list;
    {
      const std::scoped_lock lock(mutex_);
      list = list_;
    }
    const FeeSchedule* in_force = nullptr;
    for (const FeeSchedule& s : *list) {
      if (s.table.currency != merchant.currency || s.valid_from > when) continue;
      if (!in_force || s.valid_from > in_force->valid_from) in_force = &s;
    }
    if (in_force) return fees_by(*in_force, category, merchant.kind);
  }
  return {.commission_bp = merchant.commission_bp, .payment_fee_bp = 0, .schedule = {}};
}

}  // namespace fondaco::marketplace
