// Aftersale: the life of an order after payment: parcels, receipt, release of the money line by
// line, refunds, returns, exchanges and claims. Depends on checkout.h, policy.h and logistics.
//
// Three machines beside each other (requirements 2.4), each moved only by the functions below:
//   order   paid → shipped_part → shipped → finished; or cancelled (before a parcel), refunded
//   line    held ⇄ frozen (a refund is open: its timer stands still) → released or gone back
//   refund  wait_seller_agree → success, or by way of wait_return, wait_seller_receive,
//   wait_reship;
//           seller_refused → (buyer edits) wait_seller_agree or (buyer appeals) arbitration
// A line's timer runs from when its last unit was sent; then it counts as received. The shipping
// is released with the last line. A refund that says no_reason and has the law behind it needs no
// agreement. Silence: of the seller agrees (after the release, without goods coming back, it calls
// the platform instead), of the buyer closes.
//
// Invariants: what escrow holds for an order is the sum over its parts of what is neither released
// nor gone back (verify); refunds of a part never exceed what was paid for it, commission and fee
// handed back are computed from all refunds of the part so far; an approval of another
// refund_version than the stored one is refused.
#pragma once

#include <fondaco/logistics.h>
#include <fondaco/orders/checkout.h>
#include <fondaco/orders/policy.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fondaco::orders {

enum class Side { buyer = 1, merchant = 2, platform = 3, timer = 4, provider = 5 };
BOOST_DESCRIBE_ENUM(Side, buyer, merchant, platform, timer, provider)

enum class AftersaleRefusal {
  unknown_order,
  unknown_refund,
  unknown_shipment,
  unknown_line,
  not_open,          // The order is not paid (any more).
  bad_quantity,      // None, or more units than are left; both numbers are told.
  in_refund,         // The line belongs to an open refund.
  nothing_left,      // To send, to confirm, to refund.
  not_enough_stock,  // For a replacement.
  already_delivered,
  wrong_state,      // The refund is in another state; `what` names it.
  version_changed,  // The refund was changed meanwhile.
  bad_amount,       // Zero, or more than is left; both numbers are told.
  reason_needed,    // The time for returns without a reason is over.
  not_returnable,   // `what` is the rule.
  no_withdrawal,    // The buyer's market has no such function.
  unknown_variant,  // The exchange is not for a thing on sale at this merchant.
  dearer,           // An exchange for something that costs more.
  payout_not_failed,
  no_wallet,  // A guest has none.
};

struct AftersaleRefusing {
  AftersaleRefusal reason = AftersaleRefusal::unknown_order;
  std::string what = {};
  std::int64_t wanted = 0;
  std::int64_t available = 0;
};
template <class T>
using Aftercome = Result<T, AftersaleRefusing>;

// ---- the parts of an order

/// A line, or the shipping (line -1), with all that has become of it.
struct LifePart {
  std::int64_t line = 0;
  std::int64_t quantity = 0;
  std::int64_t gross = 0;       // Paid by the buyer. These four as stored at placement.
  std::int64_t platform = 0;    // Added by the platform.
  std::int64_t commission = 0;  //
  std::int64_t fee = 0;         // Of the payment.
  std::int64_t refunded = 0;    // Of gross, in all refunds that succeeded.
  std::int64_t shipped = 0;     // Units, without replacements.
  std::int64_t withdrawn = 0;   // Units given up before they were sent.
  std::int64_t returned = 0;    // Units refunded after they were sent.
  bool released = false;        // The rest has gone to the merchant.
  RefundId refund;              // The open one that freezes it; 0: none.
  std::int64_t delivery = 1;    // DeliveryKind of its last parcel.
  std::int64_t due = 0;         // µs: then it counts as received; 0: not running.
  std::int64_t left = 0;        // µs that were left when it was frozen.
  std::int64_t received = 0;    // µs: delivered or confirmed; 0: not yet.
  bool given_back = false;      // Paid for by the platform alone, and its money is back there.
};
BOOST_DESCRIBE_STRUCT(LifePart, (),
                      (line, quantity, gross, platform, commission, fee, refunded, shipped,
                       withdrawn, returned, released, refund, delivery, due, left, received,
                       given_back))

/// What escrow still holds of a part: the buyer's and the platform's money.
std::int64_t held_of(const LifePart& part);
/// What has been or would be released of it.
struct Kept {
  std::int64_t to_merchant = 0;
  std::int64_t commission = 0;
  std::int64_t payment_fee = 0;
};
Kept kept_of(const LifePart& part);

struct Life {
  OrderId order;
  MerchantId merchant;
  std::vector<LifePart> parts;  // The lines in their order, then the shipping.
  std::int64_t version = 0;     // 0: no row yet, the order is as it was paid.
};
/// As stored, or as it begins. The order must be paid (or have been).
Life life_of(storage::Read& read, const Order& order);

// ---- refunds

/// Stored as numbers: a released number keeps its meaning.
enum class RefundKind {
  refund_only = 1,
  return_goods = 2,
  exchange = 3,  // Goods come back, others are sent.
  reship = 4,    // A claim: sent again, nothing comes back.
};
BOOST_DESCRIBE_ENUM(RefundKind, refund_only, return_goods, exchange, reship)

enum class RefundState {
  wait_seller_agree = 1,
  seller_refused = 2,
  wait_return = 3,
  wait_seller_receive = 4,
  wait_reship = 5,
  arbitration = 6,
  success = 7,
  closed = 8,
};
BOOST_DESCRIBE_ENUM(RefundState, wait_seller_agree, seller_refused, wait_return,
                    wait_seller_receive, wait_reship, arbitration, success, closed)

enum class RefundReason {
  no_reason = 1,
  withdrawal = 2,  // By the withdrawal function.
  not_received = 3,
  damaged = 4,
  missing = 5,
  wrong_item = 6,
  not_as_described = 7,
  too_late = 8,
  agreed = 9,      // Between the two.
  cancelled = 10,  // The order was, before anything was sent.
  sold_out = 11,
  paid_too_late = 12,
  other = 13,
};
BOOST_DESCRIBE_ENUM(RefundReason, no_reason, withdrawal, not_received, damaged, missing, wrong_item,
                    not_as_described, too_late, agreed, cancelled, sold_out, paid_too_late, other)

/// The buyer's money once a refund is a success.
enum class PayoutState {
  none = 0,
  asked = 1,  // Of the payment's provider.
  done = 2,
  failed = 3,     // The provider could not; asked again by itself a few times, then by somebody.
  to_wallet = 4,  // Then it went into the buyer's wallet instead.
};
BOOST_DESCRIBE_ENUM(PayoutState, none, asked, done, failed, to_wallet)

struct RefundLine {
  std::int64_t line = 0;
  std::int64_t quantity = 0;  // 0: money only, as for a scratch.
  std::int64_t unsent = 0;    // Of these, units that had not left.
  std::int64_t amount = 0;
  bool restock = true;  // Else the units are written off.
};
BOOST_DESCRIBE_STRUCT(RefundLine, (), (line, quantity, unsent, amount, restock))

struct Refund {
  RefundId id;  // Of the order's shard.
  OrderId order;
  OrderGroupId group;
  MerchantId merchant;
  PersonId person;
  RefundKind kind = RefundKind::refund_only;
  RefundReason reason = RefundReason::other;
  RefundState state = RefundState::wait_seller_agree;
  bool after_release = false;  // Phase aftersale: some of the money had been released.
  PayoutState payout = PayoutState::none;
  std::int64_t payout_tries = 0;
  std::vector<RefundLine> lines;
  std::int64_t shipping = 0;
  Money amount;                                          // Lines and shipping.
  VariantId variant;                                     // Wanted in exchange; 0: the same again.
  std::string carrier, tracking;                         // Of what comes back.
  std::string buyer_text, merchant_text, platform_text;  // Sealed under the order's key.
  std::string return_to;                                 // Sealed too: where goods go.
  Instant opened_at;
  Instant due;               // When the state ends by itself; 0: it does not.
  std::int64_t version = 1;  // refund_version

  bool open() const { return state != RefundState::success && state != RefundState::closed; }
};

std::optional<Refund> find_refund(storage::Read& read, RefundId id);
/// Oldest first. Cost: an index over the order.
std::vector<Refund> refunds_of(storage::Read& read, OrderId order);
/// Newest first, ids below `before` (0: the newest).
std::vector<Refund> refunds_of_merchant(storage::Read& read, MerchantId merchant, RefundId before,
                                        int limit);
/// Those that wait for the platform, oldest first.
std::vector<Refund> refunds_in_arbitration(storage::Read& read, RefundId after, int limit);

// ---- use cases

struct ParcelLine {
  std::int64_t line = 0;
  std::int64_t quantity = 0;
};
struct NewParcel {
  OrderId order;
  std::string carrier;   // At most logistics::kMostName bytes, as tracking.
  std::string tracking;  // May be empty.
  DeliveryKind delivery = DeliveryKind::express;
  std::vector<ParcelLine> lines = {};  // Empty: all that is left to send.
};

struct WantedRefund {
  std::int64_t line = 0;
  std::int64_t quantity = 0;
  std::optional<std::int64_t> amount;  // Else the units' share of what is left.
  bool restock = true;
};
struct NewRefund {
  OrderId order;
  Side side = Side::buyer;
  RefundKind kind = RefundKind::refund_only;
  RefundReason reason = RefundReason::other;
  std::vector<WantedRefund> lines;       // Empty: all that is left.
  std::optional<std::int64_t> shipping;  // Else what the rules give back.
  VariantId variant;
  std::string text;  // Sealed.
};

/// What came back, for lines of a return.
struct ArrivedLine {
  std::int64_t line = 0;
  bool restock = true;
  PlaceId place;  // 0: where it came from.
};

struct Decision {
  bool refund = false;                 // Else the request is closed.
  std::optional<std::int64_t> amount;  // At most what was asked for; taken from the lines in order.
  std::string text;                    // Sealed.
};

class Aftersale {
 public:
  struct Parts {
    storage::Store& store;
    Checkout& checkout;
    inventory::Availability& availability;
    ledger::AccountBook& accounts;
  };
  explicit Aftersale(Parts parts) : parts_(parts) {}

  /// Registers timers and the timeline's subscriber. Before Store::start().
  void wire();

  /// A parcel: promised units leave the shelf. Refuses unknown_order, not_open, unknown_line,
  /// bad_quantity, in_refund, nothing_left.
  Aftercome<logistics::Shipment> ship(storage::Tx& tx, const NewParcel& parcel);
  /// The replacement of an exchange or claim; ends the refund. Refuses unknown_refund, wrong_state,
  /// not_enough_stock.
  Aftercome<logistics::Shipment> ship_replacement(storage::Tx& tx, RefundId refund,
                                                  const std::string& carrier,
                                                  const std::string& tracking);
  Aftercome<Order> deliver(storage::Tx& tx, ShipmentId shipment);
  /// The buyer has the lines (empty: all that were sent): their money is released at once.
  Aftercome<Order> confirm(storage::Tx& tx, OrderId order, std::span<const std::int64_t> lines);

  Aftercome<Refund> open(storage::Tx& tx, const NewRefund& wanted);
  /// The withdrawal function: needs no agreement and no reason.
  Aftercome<Refund> withdraw(storage::Tx& tx, OrderId order, std::span<const WantedRefund> lines);
  /// By the buyer, while the seller has not agreed. `changed.order` is ignored.
  Aftercome<Refund> edit(storage::Tx& tx, RefundId id, std::int64_t version,
                         const NewRefund& changed);
  /// `text` and `return_to` are sealed.
  Aftercome<Refund> agree(storage::Tx& tx, RefundId id, std::int64_t version, std::string text,
                          std::string return_to);
  Aftercome<Refund> refuse(storage::Tx& tx, RefundId id, std::int64_t version, std::string text);
  Aftercome<Refund> send_back(storage::Tx& tx, RefundId id, std::int64_t version,
                              std::string carrier, std::string tracking);
  /// Goods are back; not intact: the platform decides. Lines not named go back on their shelf.
  Aftercome<Refund> arrive(storage::Tx& tx, RefundId id, std::int64_t version, bool intact,
                           std::span<const ArrivedLine> lines, std::string text);
  /// The buyer asks the platform.
  Aftercome<Refund> appeal(storage::Tx& tx, RefundId id, std::int64_t version, std::string text);
  /// The buyer gives it up: timers go on.
  Aftercome<Refund> close(storage::Tx& tx, RefundId id, std::int64_t version);
  /// The platform, in arbitration.
  Aftercome<Refund> decide(storage::Tx& tx, RefundId id, const Decision& decision);
  /// Pays a refund out again that the provider could not send: there, or into the buyer's wallet.
  Aftercome<Refund> pay_again(storage::Tx& tx, RefundId id, bool to_wallet);

 private:
  class Work;
  void confirm_due(storage::Tx& tx, OrderId order);
  void refund_due(storage::Tx& tx, RefundId refund);
  Aftercome<Refund> begin(storage::Tx& tx, const NewRefund& wanted);
  Parts parts_;
};

// ---- what happened

struct TimelineEntry {
  Instant at;
  std::string type;   // Of the event: order.placed, refund.changed …
  std::string actor;  // per_…; guest; empty: the house itself.
  std::string what;   // Words of the event: a state, a tracking number.
};
/// Oldest first, at most 500; from the derived index, which follows within moments.
std::vector<TimelineEntry> timeline_of(storage::Read& derived, OrderId order);

struct Note {
  std::int64_t id = 0;
  std::string author;  // per_…
  std::string sealed;  // Under the order's key.
  Instant at;
};
/// For the merchant's staff and the platform, never for the buyer. `sealed` by the caller.
void add_note(storage::Tx& tx, const Order& order, std::string_view sealed);
std::vector<Note> notes_of(storage::Read& read, OrderId order);

}  // namespace fondaco::orders
