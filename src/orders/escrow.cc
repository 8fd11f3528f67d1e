#include "escrow.h"

#include <fondaco/base/check.h>
#include <fondaco/events/orders.h>
#include <fondaco/storage/publish.h>

#include <algorithm>

namespace fondaco::orders {
namespace {

using ledger::AccountKind;

/// Collects what flows between accounts and posts it as one journal; zeros are left out.
class Flow {
 public:
  Flow(storage::Tx& tx, ledger::AccountBook& book, const Order& order, ledger::Kind kind)
      : tx_(tx), book_(book), order_(order) {
    journal_.kind = kind;
    journal_.ref = order.id.value;
    journal_.currency = order.currency;
  }
  void add(AccountKind kind, std::int64_t owner, std::int64_t minor) {
    if (minor == 0) return;
    journal_.postings.push_back(
        {book_.resolve(tx_, ledger::AccountRef{kind, owner, order_.currency}), minor});
  }
  void post() {
    if (journal_.postings.empty()) return;
    journal_.id = tx_.next_id<JournalId>(order_.id.shard());
    ledger::post(tx_, {&journal_, 1});
  }

 private:
  storage::Tx& tx_;
  ledger::AccountBook& book_;
  const Order& order_;
  ledger::Journal journal_;
};

/// The shipping goes with the last line.
void add_shipping(const Life& life, std::vector<std::size_t>& which) {
  const std::size_t last = life.parts.size() - 1;
  if (life.parts[last].released || life.parts[last].refund) return;
  for (std::size_t i = 0; i < last; ++i) {
    const bool now = std::find(which.begin(), which.end(), i) != which.end();
    if (!now && !settled(life.parts[i])) return;
  }
  if (std::find(which.begin(), which.end(), last) == which.end()) which.push_back(last);
}

/// The whole order, or all that was left of it, is given up.
bool gives_up_order(const Refund& r) {
  return r.reason == RefundReason::cancelled || r.reason == RefundReason::sold_out;
}

/// What the platform alone had paid for: nothing of it goes back with the buyer's money, so it
/// goes back when the order does. Its sum.
std::int64_t give_back_gifts(Life& life) {
  std::int64_t sum = 0;
  for (LifePart& part : life.parts) {
    if (part.gross > 0 || part.platform == 0 || part.released || part.given_back) continue;
    part.given_back = true;
    sum += part.platform;
  }
  return sum;
}

bool paid_by_wallet(storage::Read& read, const Group& group) {
  const auto payment = payments::find(read, group.payment);
  FONDACO_CHECK(payment.has_value());
  return payment->provider == "wallet";
}

void tell_refunded(storage::Tx& tx, const Order& order, const Refund& r) {
  storage::publish(tx, order.id.value, order.version,
                   events::OrderRefunded{r.order, r.group, r.amount, r.id, r.merchant, r.person});
}

}  // namespace

void release_parts(storage::Tx& tx, const SettleParts& parts, const Order& order, Life& life,
                   std::vector<std::size_t> which, std::string_view by) {
  add_shipping(life, which);
  if (which.empty()) return;
  Kept sum;
  events::OrderReleased e;
  for (const std::size_t i : which) {
    LifePart& part = life.parts[i];
    FONDACO_CHECK(!part.released && !part.refund);
    const Kept kept = kept_of(part);
    sum.to_merchant += kept.to_merchant;
    sum.commission += kept.commission;
    sum.payment_fee += kept.payment_fee;
    part.released = true;
    part.due = part.left = 0;
    e.lines.push_back(part.line);
  }
  Flow flow(tx, parts.accounts, order, ledger::Kind::release);
  flow.add(AccountKind::escrow, order.merchant.value,
           -(sum.to_merchant + sum.commission + sum.payment_fee));
  flow.add(AccountKind::merchant_payable, order.merchant.value, sum.to_merchant);
  flow.add(AccountKind::commission_revenue, 0, sum.commission);
  flow.add(AccountKind::payment_fee_revenue, 0, sum.payment_fee);
  flow.post();
  e.order = order.id;
  e.group = order.group;
  e.merchant = order.merchant;
  e.person = order.person;
  e.to_merchant = order.money(sum.to_merchant);
  e.commission = order.money(sum.commission);
  e.payment_fee = order.money(sum.payment_fee);
  e.by = by;
  storage::publish(tx, order.id.value, order.version, e);
}

std::optional<payments::Operation> pay_back(storage::Tx& tx, const SettleParts& parts,
                                            const Group& group, const Order& order, Life& life,
                                            Refund& refund) {
  std::int64_t escrow = 0, payable = 0, commission = 0, fee = 0, goodwill = 0;
  const auto take = [&](LifePart& part, std::int64_t amount) {
    FONDACO_CHECK(amount >= 0 && part.refunded + amount <= part.gross);
    const HandedBack before = handed_back(share_of_part(part), part.refunded);
    part.refunded += amount;
    const HandedBack after = handed_back(share_of_part(part), part.refunded);
    const std::int64_t platform = after.platform - before.platform;
    goodwill += platform;
    if (!part.released) {
      escrow += amount + platform;
      return;
    }
    commission += after.commission - before.commission;
    fee += after.fee - before.fee;
    payable +=
        amount + platform - (after.commission - before.commission) - (after.fee - before.fee);
  };
  for (const RefundLine& line : refund.lines) {
    take(life.parts[static_cast<std::size_t>(line.line)], line.amount);
  }
  take(life.parts.back(), refund.shipping);
  if (gives_up_order(refund)) {
    const std::int64_t gifts = give_back_gifts(life);
    escrow += gifts;
    goodwill += gifts;
  }
  const bool wallet = paid_by_wallet(tx, group);
  Flow flow(tx, parts.accounts, order, ledger::Kind::refund);
  flow.add(AccountKind::escrow, order.merchant.value, -escrow);
  flow.add(AccountKind::merchant_payable, order.merchant.value, -payable);
  flow.add(AccountKind::commission_revenue, 0, -commission);
  flow.add(AccountKind::payment_fee_revenue, 0, -fee);
  flow.add(AccountKind::goodwill, 0, goodwill);
  flow.add(wallet ? AccountKind::wallet : AccountKind::refund_clearing,
           wallet ? order.person.value : 0, refund.amount.minor);
  flow.post();
  if (refund.amount.minor == 0) return std::nullopt;
  return ask_payout(tx, group, order, refund, wallet);
}

Refund whole_refund(storage::Tx& tx, const Order& order, const Life& life, RefundReason reason) {
  Refund r;
  r.id = tx.next_id<RefundId>(order.id.shard());
  r.order = order.id;
  r.group = order.group;
  r.merchant = order.merchant;
  r.person = order.person;
  r.reason = reason;
  r.state = RefundState::success;
  r.opened_at = tx.now();
  r.amount = order.money(0);
  for (const LifePart& part : life.parts) {
    const std::int64_t left = part.gross - part.refunded;
    r.amount.minor += left;
    if (part.line == kShippingLine) {
      r.shipping = left;
    } else if (left > 0 || unsent_of(part) > 0) {
      r.lines.push_back({part.line, unsent_of(part), unsent_of(part), left, true});
    }
  }
  return r;
}

std::optional<payments::Operation> ask_payout(storage::Tx& tx, const Group& group,
                                              const Order& order, Refund& refund, bool wallet) {
  auto asked = payments::request_refund(tx, group.payment, refund.amount, to_text(refund.id));
  FONDACO_CHECK(asked.ok());
  ++refund.payout_tries;
  if (!wallet) {
    refund.payout = PayoutState::asked;
    return *asked;
  }
  payments::NewEvent done;
  done.payment = group.payment;
  done.event =
      payments::request_of(payments::EventType::refund, asked->amount, tx.now(), asked->number);
  done.event.result = payments::EventResult::success;
  done.event.key = "wallet";
  payments::append_events(tx, {&done, 1});
  refund.payout = PayoutState::done;
  tell_refunded(tx, order, refund);
  return std::nullopt;
}

payments::Operation ask_provider_again(storage::Tx& tx, Refund& refund) {
  const auto order = find_order(tx, refund.order);
  const auto group = find_group(tx, refund.group);
  FONDACO_CHECK(order && group);
  auto asked = ask_payout(tx, *group, *order, refund, false);
  update_refund(tx, refund);
  publish_refund(tx, refund, Side::platform);
  return *asked;
}

void pay_into_wallet(storage::Tx& tx, const SettleParts& parts, Refund& refund) {
  const auto order = find_order(tx, refund.order);
  FONDACO_CHECK(order && refund.person);
  Flow flow(tx, parts.accounts, *order, ledger::Kind::refund);
  flow.add(AccountKind::refund_clearing, 0, -refund.amount.minor);
  flow.add(AccountKind::wallet, refund.person.value, refund.amount.minor);
  flow.post();
  refund.payout = PayoutState::to_wallet;
  update_refund(tx, refund);
  publish_refund(tx, refund, Side::platform);
  tell_refunded(tx, *order, refund);
}

void payout_answered(storage::Tx& tx, const SettleParts& parts, Refund& refund, bool done) {
  const bool waiting = refund.payout == PayoutState::asked || refund.payout == PayoutState::failed;
  if (!waiting || (!done && refund.payout == PayoutState::failed)) return;
  refund.payout = done ? PayoutState::done : PayoutState::failed;
  if (done) {
    const auto order = find_order(tx, refund.order);
    FONDACO_CHECK(order.has_value());
    Flow flow(tx, parts.accounts, *order, ledger::Kind::refund);
    flow.add(AccountKind::refund_clearing, 0, -refund.amount.minor);
    flow.add(AccountKind::provider_receivable, 0, refund.amount.minor);
    flow.post();
    tell_refunded(tx, *order, refund);
  } else if (refund.payout_tries < kMostPayoutTries) {
    Duration pause = hours(1);
    for (std::int64_t i = 1; i < refund.payout_tries; ++i) pause = pause * 4;
    tx.schedule(kPayoutTimer, tx.now() + pause, refund.id.value);
  }
  update_refund(tx, refund);
  publish_refund(tx, refund, Side::provider);
}

}  // namespace fondaco::orders
