// PaymentProvider: the port to whoever moves real money. Depends on payments.h.
// Called outside any transaction, from any thread; answers by callback. State moves only by what
// a provider says (answer, webhook, fetch), never by the browser's return.
#pragma once

#include <fondaco/payments.h>
#include <fondaco/storage/store.h>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fondaco::payments {

/// What a provider can do.
struct Capabilities {
  bool manual_capture = false;
  bool partial_refund = false;
  bool redirect = false;  // May answer requires_action with an address for the shopper.
};

/// A wish to be paid.
struct Intent {
  PaymentId payment;
  OrderGroupId group;
  Money amount;
  std::string token;       // What the shopper's browser got from the provider.
  bool capture = true;     // false: authorise only.
  std::string return_url;  // Where the shopper comes back to after an action.
  /// As idempotency_key(): the same key charges once.
  std::string idempotency_key;
  std::string customer = {};  // The provider's name of the shopper: `token` is a saved method.
  bool off_session = false;   // The shopper is not there and cannot authenticate.
};

struct ProviderResult {
  enum class Outcome {
    succeeded,
    requires_action,  // `action` is where the shopper goes.
    processing,       // A webhook or fetch() will tell.
    failed,           // `code` says why; final for this operation.
    unknown,          // fetch(): the provider never heard of it, so sending it again is safe.
    unreachable,      // Nothing is known; ask again later.
  };
  Outcome outcome = Outcome::unreachable;
  std::string ref;                // The provider's name of the payment.
  std::string code;               // "card_declined".
  std::string action;             // URL.
  std::int64_t amount_minor = 0;  // Of the operation, when succeeded.
};
using Done = std::function<void(ProviderResult)>;

/// A buyer disputes a payment with the bank; the provider takes the money back meanwhile.
enum class DisputeState { needs_response = 1, under_review, won, lost };
BOOST_DESCRIBE_ENUM(DisputeState, needs_response, under_review, won, lost)
struct ProviderDispute {
  std::string ref;  // The provider's name of it.
  Money amount;
  std::string reason;
  DisputeState state = DisputeState::needs_response;
  Instant due;           // Evidence by then; 0: none is asked for.
  std::int64_t fee = 0;  // What the provider charges for it, minor units.
};

/// What a provider tells by webhook, verified. A dispute names its payment by `payment` or, where
/// the provider does not know our id, by `ref`; its `event` is no event of the payment.
struct ProviderEvent {
  PaymentId payment;
  std::string ref;
  PaymentEvent event;
  std::optional<ProviderDispute> dispute = {};
};
/// As the row that append_events() takes.
NewEvent to_append(const ProviderEvent& event);
/// The answer to an operation as an event; nothing for processing, unknown and unreachable.
std::optional<ProviderEvent> answer_of(const Operation& operation, const ProviderResult& result,
                                       Instant at);

using Headers = std::vector<std::pair<std::string, std::string>>;  // Names in any case.

enum class WebhookRefusal {
  bad_signature,
  stale,      // Signed more than five minutes ago (or ahead).
  malformed,  // Signed well, but not understood.
};

class PaymentProvider {
 public:
  virtual ~PaymentProvider() = default;
  virtual std::string_view name() const = 0;  // "test": in routes and rows.
  virtual Capabilities capabilities() const = 0;
  /// `done` is called exactly once, perhaps before create() returns, from any thread.
  virtual void create(const Intent& intent, Done done) = 0;
  /// What became of a charge; `operation.provider_ref` may be empty after a crash.
  virtual void fetch(const Operation& operation, Done done) = 0;
  virtual void capture(const Operation& operation, Done done) = 0;
  virtual void cancel(const Operation& operation, Done done) = 0;
  virtual void refund(const Operation& operation, Done done) = 0;
  /// Verifies and reads. Touches no state: repetitions are dropped by append_events().
  virtual Result<std::vector<ProviderEvent>, WebhookRefusal> webhook(const Headers& headers,
                                                                     std::string_view body) = 0;
};

/// The providers of this process by name; filled at start, then only read.
class Providers {
 public:
  void add(std::unique_ptr<PaymentProvider> provider);
  /// Null when there is none.
  PaymentProvider* find(std::string_view name) const;

 private:
  std::vector<std::unique_ptr<PaymentProvider>> all_;
};

/// What orders does with what a provider said, inside one use case: append_events() and whatever
/// follows from it. Must stand repetitions.
using EventSink = std::function<void(storage::Tx&, std::span<const ProviderEvent>)>;

/// Asks providers about every operation that was requested before `before` and hands the answers
/// to `sink`, each in its own use case. Charges and authorisations are fetched, refunds, captures
/// and cancellations sent again under their key; a charge that the provider never heard of is told
/// as a failure "never_sent". Blocks until all have answered or `wait` (machine time) is over; from
/// a worker thread, never from the writer's. Returns how many operations were settled.
int reconcile(storage::Database& main, const Providers& providers, const EventSink& sink,
              Instant before, int limit = 100, Duration wait = seconds(30));

}  // namespace fondaco::payments
