// Checkout: the batch that places orders, and what happens to them until they are paid or given
// up. Depends on orders.h and on the modules below, whose objects it is given.
//
// By wallet: one transaction. By provider: prepare (transaction: order rows and reservations) →
// the provider is asked (no transaction) → finalise (transaction). A crash in between is repaired
// by payments::reconcile() through on_provider_events(), or by the expiry timer.
#pragma once

#include <fondaco/inventory/availability.h>
#include <fondaco/ledger.h>
#include <fondaco/marketplace/fees.h>
#include <fondaco/orders.h>
#include <fondaco/orders/promotions.h>
#include <fondaco/orders/shipping.h>
#include <fondaco/orders/tax.h>
#include <fondaco/payments/provider.h>
#include <fondaco/shoppers/keyring.h>
#include <fondaco/storage/store.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace fondaco::orders {

enum class Refusal {
  unknown_sku,  // Or it is not unique, not on sale, or a draft.
  unknown_merchant,
  bad_quantity,
  too_many_lines,
  currency_not_offered,  // The offer has no price in it.
  not_deliverable,
  unknown_shipping,
  unknown_promotion,
  promotion_not_applicable,  // A named one; Refusing::promotion says why.
  too_many_promotions,
  unknown_method,  // Of payment.
  sign_in_needed,  // A wallet belongs to a person.
  sold_out,
  total_drifted,
  wallet_short,
  payment_declined,
  key_reused,  // Same Idempotency-Key, other request.
  key_in_flight,
  cart_changed,  // The cart was ordered or changed meanwhile.
  unavailable,   // Broken machinery, nothing is known to be written: ask again, same key.
};

/// A refusal with what it is about.
struct Refusing {
  Refusal reason = Refusal::unknown_sku;
  std::string what;  // SKU, method, decline code …
  std::int64_t wanted = 0;
  std::int64_t available = 0;
  std::optional<Money> expected;
  std::optional<Money> actual;
  std::optional<PromotionReason> promotion;  // Of the one that `what` names.
};

struct WantedLine {
  std::string merchant;  // Slug or id.
  std::string sku;
  std::optional<VariantId> variant;  // Instead of a SKU that is not unique.
  std::int64_t quantity = 0;
  bool no_return_agreed = false;  // For opt_in goods: confirmed that they do not go back.
};

struct Purchase {
  PersonId person;    // 0: guest.
  std::string actor;  // Principal::actor(), for the audit entry.
  std::string trace;
  Currency currency;
  Contact contact;
  KeyId contact_key;  // Of a guest's basket that has one: the order's contact is sealed under it.
  std::vector<WantedLine> lines;
  std::string shipping;  // A method; "cheapest" for each merchant's cheapest.
  std::map<std::string, std::string> shippings = {};  // By merchant, where it is another.
  std::string method;                                 // "wallet", or the name of a provider.
  std::string token;                                  // For the provider.
  std::vector<std::string> promotions;
  std::optional<Money> expected_total;
  std::string key;   // Idempotency-Key; empty for none.
  std::string body;  // What the key stands for: the request as it was sent.
  CartId cart;       // 0: express.
  std::int64_t cart_version = 0;
};

struct Placed {
  Group group;
  std::vector<Order> orders;
  bool replayed = false;  // The key was known: this is the first answer again.
};
using Outcome = Result<Placed, Refusing>;

/// What a basket would cost now: one Order per merchant, and what its promotions do.
struct Quote {
  std::vector<Order> orders;
  std::vector<PromotionVerdict> promotions;
  std::vector<std::vector<ShippingOption>> shipping;  // Of each order, cheapest first.
};

/// A line as it shall be; 0 units remove it. One that the order has not is added.
struct EditLine {
  std::optional<VariantId> variant;
  std::string sku;  // Where the variant is not named.
  std::int64_t quantity = 0;
};
struct EditRequest {
  std::vector<EditLine> lines;
  bool by_buyer = false;  // Only the buyer may make an order dearer.
};
struct Edited {
  Order order;    // As it would be, or is.
  Money balance;  // Above zero: the buyer pays it; below: it goes back.
};
enum class EditRefusal {
  unknown_order,
  not_editable,  // Not paid, or something of it has left, is cancelled or is coming back.
  nothing_changed,
  buyers_consent,  // It would cost more, and it is not the buyer who asks.
  payment_needed,  // Its provider would have to take or give money: only a wallet can, so far.
  stale_version,
  impossible,  // EditRefusing::about says why.
};
struct EditRefusing {
  EditRefusal reason = EditRefusal::impossible;
  Refusing about = {};
};

/// Who else has a say before an order is placed (drops, age, import limits). Answers from memory.
class PurchaseGate {
 public:
  virtual ~PurchaseGate() = default;
  virtual std::optional<Refusing> check(const Purchase& purchase, const Order& order) = 0;
};

class Checkout {
 public:
  struct Parts {
    storage::Store& store;
    marketplace::OfferBook& offers;
    marketplace::FeeBook& fees;
    inventory::Availability& availability;
    ledger::AccountBook& accounts;
    shoppers::Keyring& keyring;
    payments::Providers& providers;
    PurchaseGate* gate = nullptr;
  };
  explicit Checkout(Parts parts);
  ~Checkout();

  /// Loads recent keys, registers timers and subscribers. Before Store::start().
  void wire();

  /// Decides what it can from memory and `read`, hands the rest to the writer, calls `done` once
  /// from any thread after the answer is durable.
  void place(storage::Read& read, Purchase purchase, std::function<void(Outcome)> done);
  /// What the basket would cost now; nothing is written. A named promotion that does not apply is
  /// told in the quote; place() refuses it.
  Result<Quote, Refusing> quote(storage::Read& read, const Purchase& purchase);

  /// The sink of payments: webhooks, fetches and answers, inside one use case.
  void on_provider_events(storage::Tx& tx, std::span<const payments::ProviderEvent> events);
  /// Gives up a whole group that is not paid, or refunds one paid order: stock and money go back.
  /// Wallet refunds are done at once; provider refunds are asked for after the commit.
  Result<Order, CancelRefusal> cancel(storage::Tx& tx, OrderId order);
  /// Sends these to their providers after the commit of `tx`.
  void send_refunds(storage::Tx& tx, std::vector<payments::Operation> operations);
  /// What changing a paid order would make of it; nothing is written.
  Result<Edited, EditRefusing> preview_edit(storage::Read& read, OrderId order,
                                            const EditRequest& request);
  /// Does it: units, money, order and group in this transaction; publishes order.edited.
  /// `version`: of the order that the caller has seen.
  Result<Edited, EditRefusing> edit(storage::Tx& tx, OrderId order, const EditRequest& request,
                                    std::int64_t version);
  /// Sends refunds that were asked for and not sent; run by a timer and after each cancel.
  void settle_refunds();

  /// For whoever changes promotions: read your own writes.
  PromotionBook& promotions();
  ShippingBook& shipping();
  ExemptionBook& exemptions();

  /// The secret by which a guest reads his order; derived, never stored.
  std::string order_token(OrderGroupId group) const;
  std::optional<Contact> contact_of(const Order& order) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fondaco::orders
