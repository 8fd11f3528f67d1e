#include "payout_rows.h"

#include <fondaco/base/json.h>
#include <fondaco/base/log.h>
#include <fondaco/ledger/seller.h>
#include <fondaco/orders/chargebacks.h>

#include <algorithm>

namespace fondaco::orders {
namespace {

using ledger::AccountKind;
using ledger::AccountRef;
using payments::PayoutAnswer;

constexpr std::string_view kRunJob = "orders.payout_run";
constexpr std::string_view kSendJob = "orders.payout_send";
constexpr std::string_view kDailyTimer = "orders.payout_daily";
constexpr int kMerchantsAtOnce = 100;
constexpr int kSendAtOnce = 20;
constexpr std::int64_t kMostAttempts = 6;
constexpr std::int64_t kEpochMs = 1'577'836'800'000;  // Of ids.

constexpr storage::Sql kClock{"orders.money_clock", "SELECT day FROM orders_money_clock"};
constexpr storage::Sql kClockSet{"orders.money_clock_set", R"sql(
  INSERT INTO orders_money_clock (id, day) VALUES (1, $1)
  ON CONFLICT (id) DO UPDATE SET day = excluded.day)sql"};

/// One o'clock UTC of the next day.
Instant next_run(Instant now) { return Instant{} + days(ledger::day_of(now) + 1) + hours(1); }

AccountRef payable(const Payout& p) {
  return {AccountKind::merchant_payable, p.merchant.value, p.amount.currency};
}
AccountRef clearing(const Payout& p) {
  return {AccountKind::payout_clearing, 0, p.amount.currency};
}
/// Where the money leaves from: our bank, or what the provider owes us.
AccountRef source_of(const Payout& p) {
  return {p.rail == "bank" ? AccountKind::platform_cash : AccountKind::provider_receivable, 0,
          p.amount.currency};
}

/// Whether a day on which the plan pays lies in (last, today].
bool is_due(const PayoutPlan& plan, std::int64_t today) {
  if (plan.schedule == PayoutSchedule::manual || plan.last_day >= today) return false;
  if (plan.schedule == PayoutSchedule::daily) return true;
  // A plan that nobody has looked at yet waits for its day.
  const std::int64_t first = plan.last_day == 0 ? today : std::max(plan.last_day + 1, today - 31);
  for (std::int64_t day = first; day <= today; ++day) {
    if (plan.schedule == PayoutSchedule::weekly) {
      if ((day + 3) % 7 + 1 == plan.on_day) return true;  // 1970-01-01 was a Thursday.
    } else if (std::stoll(ledger::day_name(day).substr(8)) == plan.on_day) {
      return true;
    }
  }
  return false;
}

/// 10 minutes, 40 minutes, 3 hours …, at most a day.
Duration pause_after(std::int64_t attempts) {
  Duration pause = minutes(10);
  for (std::int64_t i = 1; i < attempts; ++i) pause = std::min(pause * 4, days(1));
  return pause;
}

}  // namespace

void Payouts::wire(storage::Jobs& jobs) {
  storage::Store& store = parts_.store;
  jobs.handle({std::string(kRunJob), [this](storage::JobContext& job) { run(job); }});
  jobs.handle({std::string(kSendJob), [this](storage::JobContext& job) {
                 send_due([&job] { return job.should_stop(); });
               }});
  store.timers().handle(std::string(kDailyTimer), [this](storage::Tx& tx, const storage::Timer&) {
    const std::int64_t today = ledger::day_of(tx.now());
    // One chain of timers: a second one (two processes began at once) ends here.
    const std::int64_t last = tx.scalar(kClock, {}).value_or(0);
    if (last >= today) return;
    const std::string month = ledger::day_name(last).substr(0, 7);
    if (parts_.month_over && month != ledger::day_name(today).substr(0, 7)) {
      parts_.month_over(tx, month);
    }
    tx.exec(kClockSet, {today});
    tx.schedule(kDailyTimer, next_run(tx.now()), 1);
    start_run(tx);
  });
  store.main().write([&](storage::Tx& tx) {
    if (tx.scalar(kClock, {})) return;
    tx.exec(kClockSet, {ledger::day_of(tx.now())});
    tx.schedule(kDailyTimer, next_run(tx.now()), 1);
  });
}

JobId Payouts::start_run(storage::Tx& tx) {
  return storage::enqueue(tx, {.kind = std::string(kRunJob)});
}

void Payouts::run(storage::JobContext& job) {
  storage::Database& main = parts_.store.main();
  // What was made stands in the plans, so a run that begins again finds it done.
  const std::int64_t today = ledger::day_of(parts_.store.clock().now());
  MerchantId after;
  do {
    job.check();
    after =
        main.write([&](storage::Tx& tx) { return make_due(tx, today, after, kMerchantsAtOnce); });
  } while (after);
  const int sent = send_due([&job] { return job.should_stop(); });
  job.check();
  job.result("{\"sent\":" + std::to_string(sent) + "}");
}

MerchantId Payouts::make_due(storage::Tx& tx, std::int64_t day, MerchantId after, int limit) {
  tx.act_as("payout_run");
  const auto plans = plans_after(tx, after, limit);
  std::vector<PayoutPlan> looked_at;
  for (const PayoutPlan& plan : plans) {
    if (plan.last_day >= day) continue;
    looked_at.push_back(plan);
    if (!is_due(plan, day) || refused(plan, tx.now())) continue;
    for (const ledger::Account& a :
         ledger::accounts_of(tx, AccountKind::merchant_payable, plan.merchant.value)) {
      // Below zero: later releases make it up, nothing is paid. What is disputed stays.
      const std::int64_t free = a.balance - open_chargebacks(tx, plan.merchant, a.ref.currency);
      if (free < std::max<std::int64_t>(1, plan.minimum)) continue;
      make(tx, plan, {free, a.ref.currency});
    }
  }
  mark_looked_at(tx, looked_at, day);
  return plans.size() < static_cast<std::size_t>(limit) ? MerchantId{} : plans.back().merchant;
}

std::optional<PayoutRefusal> Payouts::refused(const PayoutPlan& plan, Instant now) const {
  if (plan.held) return PayoutRefusal::held;
  Instant until = plan.hold_until;
  if (until.us == 0) {
    const Instant created{((plan.merchant.value >> 22) + kEpochMs) * 1000};
    until = created + days(parts_.settings.integer(kNewSellerDays));
  }
  if (until > now) return PayoutRefusal::held;
  if (plan.bank.empty()) return PayoutRefusal::no_bank_details;
  if (!parts_.rails.find(rail_of(parts_.settings.text(kCustody)))) return PayoutRefusal::no_rail;
  return std::nullopt;
}

Payout Payouts::make(storage::Tx& tx, const PayoutPlan& plan, Money amount) {
  Payout p;
  p.id = tx.next_id<PayoutId>(plan.merchant.shard());
  p.merchant = plan.merchant;
  p.amount = amount;
  p.rail = rail_of(parts_.settings.text(kCustody));
  p.bank_shown = plan.bank_shown;
  p.key = plan.key;
  p.bank = plan.bank;
  p.next_at = p.created_at = tx.now();
  insert_payout(tx, p);
  move_money(tx, parts_.accounts, p, payable(p), clearing(p));
  publish_payout(tx, p);
  return p;
}

Result<Payout, PayoutRefusal> Payouts::pay_now(storage::Tx& tx, MerchantId merchant,
                                               Currency currency,
                                               std::optional<std::int64_t> amount) {
  const PayoutPlan plan = payout_plan(tx, merchant);
  if (const auto why = refused(plan, tx.now())) return Refused{*why};
  std::int64_t balance = 0;
  for (const auto& a : ledger::accounts_of(tx, AccountKind::merchant_payable, merchant.value)) {
    if (a.ref.currency == currency) balance = a.balance;
  }
  balance -= open_chargebacks(tx, merchant, currency);
  if (balance <= 0) return Refused{PayoutRefusal::nothing_to_pay};
  const std::int64_t wanted = amount.value_or(balance);
  if (wanted > balance) return Refused{PayoutRefusal::amount_too_high};
  if (wanted < std::max<std::int64_t>(1, plan.minimum)) {
    return Refused{PayoutRefusal::below_minimum};
  }
  const Payout made = make(tx, plan, {wanted, currency});
  storage::enqueue(tx, {.kind = std::string(kSendJob)});
  return made;
}

BankDetails Payouts::opened(const Payout& payout) {
  const auto text = parts_.keyring.open(payout.key, payout.bank);
  if (!text) return {};
  const auto details = read_json<BankDetails>(*text);
  return details.ok() ? *details : BankDetails{};
}

int Payouts::send_due(const std::function<bool()>& should_stop) {
  storage::Store& store = parts_.store;
  int answered = 0;
  for (;;) {
    std::vector<Payout> open;
    {
      auto read = store.main().read();
      open = payouts_to_send(read, store.clock().now(), kSendAtOnce);
    }
    if (open.empty()) return answered;
    int moved = 0;
    for (Payout& p : open) {
      if (should_stop && should_stop()) return answered;
      payments::PayoutRail* rail = parts_.rails.find(p.rail);
      const bool mine = rail && store.main().write([&](storage::Tx& tx) {
        p.state = PayoutStatus::sending;
        ++p.attempts;
        return update_payout(tx, p);
      });
      if (!mine) continue;
      ++moved;
      const BankDetails bank = opened(p);
      const PayoutAnswer answer =
          bank.holder.empty()
              ? PayoutAnswer{PayoutAnswer::Outcome::rejected, {}, "bank_details_erased"}
              : rail->send({p.id, p.merchant, p.amount, bank.holder, bank.iban, bank.bic,
                            bank.provider_account, to_text(p.id)});
      store.main().write([&](storage::Tx& tx) { book(tx, p.id, p.version, answer); });
      ++answered;
    }
    if (moved == 0) return answered;  // Others are at it, or the rail is gone.
  }
}

void Payouts::book(storage::Tx& tx, PayoutId id, std::int64_t version, const PayoutAnswer& answer) {
  tx.act_as("payout_run");
  auto found = find_payout(tx, id);
  // Somebody else has sent it under the same key meanwhile and booked what he heard.
  if (!found || found->state != PayoutStatus::sending || found->version != version) return;
  Payout& p = *found;
  if (!answer.ref.empty()) p.rail_ref = answer.ref;
  p.code = answer.code.substr(0, 200);
  const bool again = answer.outcome == PayoutAnswer::Outcome::failed ||
                     answer.outcome == PayoutAnswer::Outcome::unreachable;
  if (answer.outcome == PayoutAnswer::Outcome::rejected ||
      (answer.outcome == PayoutAnswer::Outcome::failed && p.attempts >= kMostAttempts)) {
    return give_back(tx, p, p.code);
  }
  if (again) {
    p.state = PayoutStatus::failed;
    p.next_at = tx.now() + pause_after(p.attempts);
    storage::enqueue(tx, {.kind = std::string(kSendJob), .run_at = p.next_at});
  } else if (answer.outcome == PayoutAnswer::Outcome::accepted) {
    p.state = PayoutStatus::accepted;
  } else {
    p.state = PayoutStatus::paid;
    p.ended_at = tx.now();
    move_money(tx, parts_.accounts, p, clearing(p), source_of(p));
  }
  update_payout(tx, p);
  publish_payout(tx, p);
}

void Payouts::give_back(storage::Tx& tx, Payout& p, std::string_view code) {
  const bool was_paid = p.state == PayoutStatus::paid;
  move_money(tx, parts_.accounts, p, was_paid ? source_of(p) : clearing(p), payable(p));
  p.state = PayoutStatus::returned;
  p.code = code.substr(0, 200);
  p.ended_at = tx.now();
  update_payout(tx, p);
  publish_payout(tx, p);
}

Result<Payout, PayoutRefusal> Payouts::conclude(storage::Tx& tx, PayoutId id, bool paid,
                                                std::string_view code) {
  auto found = find_payout(tx, id);
  if (!found) return Refused{PayoutRefusal::unknown_payout};
  Payout& p = *found;
  const bool waits = p.state == PayoutStatus::accepted;
  if (paid ? !waits : !(waits || p.state == PayoutStatus::paid)) {
    return Refused{PayoutRefusal::wrong_state};
  }
  if (!paid) {
    give_back(tx, p, code);
    return p;
  }
  p.state = PayoutStatus::paid;
  p.ended_at = tx.now();
  move_money(tx, parts_.accounts, p, clearing(p), source_of(p));
  update_payout(tx, p);
  publish_payout(tx, p);
  return p;
}

}  // namespace fondaco::orders
