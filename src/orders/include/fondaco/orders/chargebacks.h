// Chargebacks: a buyer disputes a payment with the bank, the provider takes the money back, and
// there is a deadline for evidence. Depends on orders.h, ledger, payments.
//
// One row for each order of the disputed payment; the amount is shared by the orders' totals, the
// parts sum to it. Money: opened: provider_receivable +x, chargeback_receivable -x, and the
// provider's fee from the merchant; won: back again; lost: merchant_payable -x (below zero after a
// payout: later releases make it up), chargeback_receivable +x. What is open is kept out of
// payouts. Words of the provider may repeat and come in any order: a decision is never undone by an
// older word, but lost may still become won.
// Invariant: chargeback_receivable is minus the sum of what is open.
#pragma once

#include <fondaco/base/ids.h>
#include <fondaco/base/money.h>
#include <fondaco/base/result.h>
#include <fondaco/ledger.h>
#include <fondaco/orders.h>
#include <fondaco/payments/provider.h>
#include <fondaco/storage/findings.h>
#include <fondaco/storage/store.h>

#include <boost/describe/enum.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fondaco::orders {

using ChargebackState = payments::DisputeState;

struct Chargeback {
  ChargebackId id;
  OrderId order;
  OrderGroupId group;
  PaymentId payment;
  MerchantId merchant;
  std::string provider_ref;
  Money amount;
  std::int64_t fee = 0;
  std::string reason;
  ChargebackState state = ChargebackState::needs_response;
  Instant due;  // Evidence by then; 0: none is asked for.
  Instant opened_at;
  Instant closed_at;  // 0: open.
  std::int64_t evidence = 0;
  std::int64_t version = 1;
};

enum class ChargebackRefusal {
  unknown_payment,
  unknown_chargeback,
  bad_amount,  // Not 1 to what was charged, or of another currency.
  not_paid,    // No order of the payment was ever paid.
  closed,      // Decided; no evidence is taken any more.
  bad_text,    // Reason, ref or evidence are too long or no UTF-8.
  too_many,    // 20 pieces of evidence already.
};

struct NewChargeback {
  PaymentId payment;
  payments::ProviderDispute dispute;
};
/// Opens or advances, as the provider or an operator says. The rows of the payment's dispute.
Result<std::vector<Chargeback>, ChargebackRefusal> apply_dispute(storage::Tx& tx,
                                                                 ledger::AccountBook& book,
                                                                 const NewChargeback& told);
/// The part of a provider's words that is about disputes; unknown payments are logged and left.
void on_disputes(storage::Tx& tx, ledger::AccountBook& book,
                 std::span<const payments::ProviderEvent> events);
/// An operator's decision on one row.
Result<Chargeback, ChargebackRefusal> decide(storage::Tx& tx, ledger::AccountBook& book,
                                             ChargebackId id, bool won);
/// `sealed` under the order's key, made outside the transaction.
struct NewEvidence {
  std::string kind;  // "receipt", "shipping", "message", "policy", "other"; at most 40 bytes.
  KeyId key;
  std::string sealed;
};
Result<Chargeback, ChargebackRefusal> add_evidence(storage::Tx& tx, ChargebackId id,
                                                   const NewEvidence& evidence);
struct Evidence {
  std::string kind;
  KeyId key;
  std::string sealed;
  std::string by;
  Instant at;
};
std::vector<Evidence> evidence_of(storage::Read& read, ChargebackId id);

std::optional<Chargeback> find_chargeback(storage::Read& read, ChargebackId id);
/// Newest first, before `before` (0: from the newest).
std::vector<Chargeback> chargebacks_of(storage::Read& read, MerchantId merchant,
                                       ChargebackId before, int limit);
std::vector<Chargeback> list_chargebacks(storage::Read& read, ChargebackId before, int limit);
/// Of open ones: what a payout leaves on the balance.
std::int64_t open_chargebacks(storage::Read& read, MerchantId merchant, Currency currency);

/// Registers the timer of deadlines: what is unanswered then is lost. Before Store::start().
void wire_chargebacks(storage::Store& store, ledger::AccountBook& book);
void verify_chargebacks(storage::Read& read, storage::Findings& findings);

}  // namespace fondaco::orders
