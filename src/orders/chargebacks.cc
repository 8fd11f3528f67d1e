#include "chargeback_rows.h"

#include <fondaco/base/log.h>
#include <fondaco/base/text.h>
#include <fondaco/events/settlement.h>
#include <fondaco/storage/publish.h>

#include <algorithm>

namespace fondaco::orders {
namespace {

using ledger::AccountKind;
using ledger::AccountRef;

constexpr std::string_view kDueTimer = "orders.chargeback_due";
constexpr std::size_t kMostText = 200;
constexpr std::size_t kMostEvidenceBytes = 2 << 20;
constexpr std::int64_t kMostEvidence = 20;

bool is_open(const Chargeback& c) {
  return c.state == ChargebackState::needs_response || c.state == ChargebackState::under_review;
}

AccountRef ours(AccountKind kind, const Chargeback& c) { return {kind, 0, c.amount.currency}; }
AccountRef payable(const Chargeback& c) {
  return {AccountKind::merchant_payable, c.merchant.value, c.amount.currency};
}

void move(storage::Tx& tx, ledger::AccountBook& book, const Chargeback& c, std::int64_t minor,
          const AccountRef& from, const AccountRef& to) {
  if (minor == 0) return;
  const ledger::Journal j{tx.next_id<JournalId>(c.id.shard()),
                          ledger::Kind::chargeback,
                          c.id.value,
                          c.amount.currency,
                          {{book.resolve(tx, from), -minor}, {book.resolve(tx, to), minor}}};
  ledger::post(tx, {&j, 1});
}

void publish(storage::Tx& tx, const Chargeback& c) {
  storage::publish(
      tx, c.id.value, c.version,
      events::ChargebackChanged{c.id, c.order, c.merchant, c.amount, c.fee,
                                boost::describe::enum_to_string(c.state, "unknown"), c.due.us});
}

/// Opened: the provider has taken the money, and its fee.
void open(storage::Tx& tx, ledger::AccountBook& book, const Chargeback& c) {
  insert_chargeback(tx, c);
  move(tx, book, c, c.amount.minor, ours(AccountKind::chargeback_receivable, c),
       ours(AccountKind::provider_receivable, c));
  move(tx, book, c, c.fee, payable(c), ours(AccountKind::provider_receivable, c));
  if (c.due.us > 0) tx.schedule(kDueTimer, c.due, c.id.value);
  publish(tx, c);
}

/// Later words count only forwards; lost may still become won.
void advance(storage::Tx& tx, ledger::AccountBook& book, Chargeback& c, ChargebackState state) {
  const bool was_open = is_open(c);
  const bool forwards = was_open
                            ? state > c.state
                            : c.state == ChargebackState::lost && state == ChargebackState::won;
  if (!forwards) return;
  const AccountRef receivable = ours(AccountKind::provider_receivable, c);
  const AccountRef argued = ours(AccountKind::chargeback_receivable, c);
  if (state == ChargebackState::won) {
    move(tx, book, c, c.amount.minor, receivable, was_open ? argued : payable(c));
  } else if (state == ChargebackState::lost) {
    move(tx, book, c, c.amount.minor, payable(c), argued);
  }
  c.state = state;
  if (!is_open(c)) c.closed_at = tx.now();
  update_chargeback(tx, c);
  publish(tx, c);
}

/// The amount over the payment's orders that were paid, by their totals.
std::vector<Chargeback> shared(storage::Tx& tx, const payments::Payment& payment,
                               const payments::ProviderDispute& d) {
  const auto group = find_group(tx, payment.group);
  std::vector<Chargeback> out;
  std::vector<std::int64_t> weights;
  if (!group) return out;
  for (const Order& order : orders_of(tx, *group)) {
    if (!was_paid(order.state) || order.total == 0) continue;
    Chargeback c;
    c.id = tx.next_id<ChargebackId>(order.merchant.shard());
    c.order = order.id;
    c.group = order.group;
    c.payment = payment.id;
    c.merchant = order.merchant;
    c.provider_ref = d.ref;
    c.reason = d.reason;
    c.due = d.due;
    c.opened_at = tx.now();
    out.push_back(std::move(c));
    weights.push_back(order.total);
  }
  if (out.empty()) return out;
  const auto amounts = allocate(d.amount, weights);
  const auto fees = allocate({d.fee, d.amount.currency}, weights);
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i].amount = amounts[i];
    out[i].fee = fees[i].minor;
  }
  std::erase_if(out, [](const Chargeback& c) { return c.amount.minor == 0; });
  return out;
}

}  // namespace

Result<std::vector<Chargeback>, ChargebackRefusal> apply_dispute(storage::Tx& tx,
                                                                 ledger::AccountBook& book,
                                                                 const NewChargeback& told) {
  const payments::ProviderDispute& d = told.dispute;
  if (d.ref.size() > kMostText || d.reason.size() > kMostText || !is_utf8(d.ref) ||
      !is_utf8(d.reason)) {
    return Refused{ChargebackRefusal::bad_text};
  }
  const auto payment = payments::find(tx, told.payment);
  if (!payment) return Refused{ChargebackRefusal::unknown_payment};
  std::vector<Chargeback> rows;
  for (Chargeback& c : chargebacks_of_payment(tx, told.payment)) {
    if (c.provider_ref == d.ref) rows.push_back(std::move(c));
  }
  if (rows.empty()) {
    const std::int64_t charged = payments::sums(payment->events).charged;
    if (d.amount.currency != payment->amount.currency || d.amount.minor < 1 ||
        d.amount.minor > charged || d.fee < 0 || d.fee > charged) {
      return Refused{ChargebackRefusal::bad_amount};
    }
    rows = shared(tx, *payment, d);
    if (rows.empty()) return Refused{ChargebackRefusal::not_paid};
    for (const Chargeback& c : rows) open(tx, book, c);
  }
  for (Chargeback& c : rows) advance(tx, book, c, d.state);
  return rows;
}

void on_disputes(storage::Tx& tx, ledger::AccountBook& book,
                 std::span<const payments::ProviderEvent> events) {
  for (const payments::ProviderEvent& e : events) {
    if (!e.dispute) continue;
    std::optional<PaymentId> payment = e.payment;
    if (!e.payment) payment = payments::find_by_stripe_ref(tx, e.ref);
    if (!payment) {
      log::warn("orders", "a dispute of a payment that is not ours", {{"dispute", e.dispute->ref}});
      continue;
    }
    const auto done = apply_dispute(tx, book, {*payment, *e.dispute});
    if (done.ok()) continue;
    log::error("orders", "a dispute cannot be booked",
               {{"dispute", e.dispute->ref}, {"payment", to_text(*payment)}});
  }
}

Result<Chargeback, ChargebackRefusal> decide(storage::Tx& tx, ledger::AccountBook& book,
                                             ChargebackId id, bool won) {
  auto found = find_chargeback(tx, id);
  if (!found) return Refused{ChargebackRefusal::unknown_chargeback};
  const std::int64_t before = found->version;
  advance(tx, book, *found, won ? ChargebackState::won : ChargebackState::lost);
  if (found->version == before) return Refused{ChargebackRefusal::closed};
  return *found;
}

Result<Chargeback, ChargebackRefusal> add_evidence(storage::Tx& tx, ChargebackId id,
                                                   const NewEvidence& evidence) {
  auto found = find_chargeback(tx, id);
  if (!found) return Refused{ChargebackRefusal::unknown_chargeback};
  if (!is_open(*found)) return Refused{ChargebackRefusal::closed};
  if (evidence.kind.empty() || evidence.kind.size() > 40 || evidence.sealed.empty() ||
      evidence.sealed.size() > kMostEvidenceBytes) {
    return Refused{ChargebackRefusal::bad_text};
  }
  if (found->evidence >= kMostEvidence) return Refused{ChargebackRefusal::too_many};
  insert_evidence(tx, *found, evidence);
  ++found->evidence;
  update_chargeback(tx, *found);
  publish(tx, *found);
  return *found;
}

void wire_chargebacks(storage::Store& store, ledger::AccountBook& book) {
  store.timers().handle(
      std::string(kDueTimer), [&book](storage::Tx& tx, const storage::Timer& timer) {
        auto found = find_chargeback(tx, ChargebackId{timer.ref});
        // Evidence was given, or somebody has decided: the bank's word is waited for.
        if (!found || found->state != ChargebackState::needs_response || found->evidence > 0) {
          return;
        }
        tx.act_as("deadline");
        advance(tx, book, *found, ChargebackState::lost);
      });
}

}  // namespace fondaco::orders
