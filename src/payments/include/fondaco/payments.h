// What was asked of and said by payment providers, as events; amounts are sums over them.
// Depends on base, storage. Invariant: the state of a payment is derive() of its events, so that
// late, repeated and disordered messages end in the same state.
// After Saleor's transaction events (saleor/payment) and Medusa's verbs.
#pragma once

#include <fondaco/base/ids.h>
#include <fondaco/base/money.h>
#include <fondaco/base/result.h>
#include <fondaco/base/time.h>
#include <fondaco/storage/findings.h>
#include <fondaco/storage/migration.h>
#include <fondaco/storage/tx.h>

#include <boost/describe/enum.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fondaco::payments {

enum class EventType { authorization = 1, charge, refund, cancel };
BOOST_DESCRIBE_ENUM(EventType, authorization, charge, refund, cancel)

enum class EventResult { request = 1, success, failure, action_required };
BOOST_DESCRIBE_ENUM(EventResult, request, success, failure, action_required)

enum class PaymentState {
  pending = 1,      // Asked, or in the provider's hands.
  requires_action,  // The shopper has to do something (3-D Secure, QR).
  authorized,       // Promised, not taken.
  captured,         // Taken.
  partially_refunded,
  refunded,
  failed,
  cancelled,
};
BOOST_DESCRIBE_ENUM(PaymentState, pending, requires_action, authorized, captured,
                    partially_refunded, refunded, failed, cancelled)

/// One message. `operation` numbers the attempts of one type within a payment, from 1: the second
/// refund is (refund, 2), whatever is said about it. `key` is the provider's event id, or ours
/// ("q" for requests); together with type, result and operation it tells repetitions apart.
struct PaymentEvent {
  EventType type = EventType::charge;
  EventResult result = EventResult::request;
  std::int64_t operation = 1;
  std::int64_t amount_minor = 0;  // In the payment's currency; >= 0.
  Instant at;
  std::string key;        // At most 64 bytes.
  std::string note = {};  // Decline code or address of the action; at most 500 bytes.
  friend bool operator==(const PaymentEvent&, const PaymentEvent&) = default;
};

/// Sums over operations; each operation counts once, however often its success is told.
struct PaymentSums {
  std::int64_t authorized = 0;
  std::int64_t charged = 0;
  std::int64_t refunded = 0;
  std::int64_t refunding = 0;  // Asked and not answered yet.
  friend bool operator==(const PaymentSums&, const PaymentSums&) = default;
};
PaymentSums sums(std::span<const PaymentEvent> events);
/// Pure: any order and any repetition of the same events gives the same state.
PaymentState derive(std::span<const PaymentEvent> events);
/// Time of the oldest request without an answer (action_required is one); nothing when all have
/// theirs.
std::optional<Instant> open_since(std::span<const PaymentEvent> events);

struct NewPayment {
  PaymentId id;  // Chosen by the caller with the shard of the group.
  OrderGroupId group;
  std::string provider;  // "test", "wallet"; at most 32 bytes.
  std::string method;    // "test", "wallet", "card"; at most 32 bytes.
  Money amount;
  std::string provider_ref = {};     // Empty until the provider has given one; at most 200 bytes.
  std::vector<PaymentEvent> events;  // At least one.
};

struct Payment {
  PaymentId id;
  OrderGroupId group;
  std::string provider;
  std::string method;
  Money amount;
  PaymentState state = PaymentState::pending;
  std::string provider_ref;
  std::int64_t version = 1;
  std::vector<PaymentEvent> events;  // As they arrived.
};

/// The request that a payment begins with.
PaymentEvent request_of(EventType type, Money amount, Instant at, std::int64_t operation = 1);
/// The single event of a payment that needs no provider (wallet), or of a one-step capture.
PaymentEvent charged(Money amount, Instant at, std::string key);

/// Writes payments, each as one row with its events inside (about 150 bytes for a captured one).
/// One write batch; no event is published: the order's own event tells of it.
void record(storage::Tx& tx, std::span<const NewPayment> payments);

struct NewEvent {
  PaymentId payment;
  PaymentEvent event;
  std::string provider_ref = {};  // Stored when the payment has none yet.
};
struct Appended {
  enum class Done {
    applied,
    repeated,  // Known already; nothing was written.
    unknown_payment,
    full,  // 500 events already: kept out, and worth an alarm.
  };
  Done done = Done::applied;
  PaymentState before = PaymentState::pending;  // As before the whole call.
  PaymentState after = PaymentState::pending;   // As after the whole call.
};
/// Appends what was heard, for many payments at once; the answer has the order of the input. One
/// look-up batch, one write batch (two when a payment has more than 16 events). Publishes
/// PaymentChanged only where a payment became failed, cancelled or refunded.
std::vector<Appended> append_events(storage::Tx& tx, std::span<const NewEvent> events);

std::optional<Payment> find(storage::Read& read, PaymentId id);
/// By Stripe's name of it ("pi_…"). One look-up in a partial index.
std::optional<PaymentId> find_by_stripe_ref(storage::Read& read, std::string_view ref);
/// Those that exist, in no particular order. One look-up batch.
std::vector<Payment> load(storage::Read& read, std::span<const PaymentId> ids);

/// Payments of a provider that were begun in [from, to) and of which something was taken, by id; at
/// most 200,000. For reports: walks the payments of that time.
std::vector<Payment> charged_between(storage::Read& read, std::string_view provider, Instant from,
                                     Instant to);

/// What a provider was asked and has not answered: enough to ask again.
struct Operation {
  PaymentId payment;
  OrderGroupId group;
  std::string provider;
  std::string provider_ref;
  EventType type = EventType::charge;
  std::int64_t number = 1;  // PaymentEvent::operation
  Money amount;
  Instant since;
  bool of_authorization = false;  // The payment was authorised first, so a charge captures it.
};
/// The provider sees each operation under this key, however often it is sent:
/// "pay_…/refund/2".
std::string idempotency_key(const Operation& operation);
/// Operations whose request is older than `before`, oldest first, at most `limit`: what a job
/// asks about after a crash or a lost webhook. Cost: an index over open payments only.
std::vector<Operation> pending(storage::Read& read, Instant before, int limit);

enum class RefundRefusal {
  unknown_payment,
  wrong_currency,
  bad_amount,       // Zero or negative.
  not_captured,     // Nothing was taken.
  exceeds_charged,  // More than was taken and is neither refunded nor being refunded.
};
/// First of three: writes the request (transaction), then the provider is called outside any
/// transaction, then its answer goes through append_events() (transaction). Between them a crash
/// is repaired by pending() and the operation's idempotency key. A wallet refund appends its
/// success in the same transaction instead.
Result<Operation, RefundRefusal> request_refund(storage::Tx& tx, PaymentId payment, Money amount,
                                                std::string_view reason);

/// Counts "payments"; a stored state that is not derive() of the events, or more refunded than
/// charged, is a difference.
void verify(storage::Read& read, storage::Findings& findings);

std::vector<storage::Migration> migrations();

}  // namespace fondaco::payments
