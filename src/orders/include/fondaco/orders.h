// Orders: a basket becomes one payment and one order per merchant, nothing lost, nothing sold
// twice. Depends on base, storage, catalog, inventory, ledger, marketplace, payments, shoppers.
//
// Invariants: total = items - discount + shipping + tax on top; the totals of a group's orders sum
// to the group's; a paid order's total and what the platform adds for its discounts lie in escrow
// until they are released or go back (ledger, ref = order); the promised units of an open order
// are reserved (inventory movements, ref = order).
#pragma once

#include <fondaco/base/ids.h>
#include <fondaco/base/money.h>
#include <fondaco/base/result.h>
#include <fondaco/storage/findings.h>
#include <fondaco/storage/migration.h>
#include <fondaco/storage/tx.h>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fondaco::orders {

inline constexpr std::size_t kMostLines = 100;         // Of one basket.
inline constexpr std::int64_t kMostQuantity = 10'000;  // Of one line.
inline constexpr std::size_t kMostCodes = 10;          // Promotions that a basket names.
inline constexpr Duration kPaymentTime = minutes(30);  // Then an unpaid order expires.

/// Stored as numbers: a released number keeps its meaning.
enum class OrderState {
  pending_payment = 1,
  paid = 2,  // Waits to be sent.
  cancelled = 3,
  expired = 4,
  shipped_part = 5,
  shipped = 6,   // Waits for the buyer, or for the time to be over.
  finished = 7,  // All of its money is released or has gone back.
  refunded = 8,  // All of it has gone back.
};
BOOST_DESCRIBE_ENUM(OrderState, pending_payment, paid, cancelled, expired, shipped_part, shipped,
                    finished, refunded)
/// It was paid, whatever has become of it since.
constexpr bool was_paid(OrderState s) {
  return s == OrderState::paid || s >= OrderState::shipped_part;
}

/// What was bought, as it was when it was bought: later changes of the catalogue do not reach it.
struct Line {
  std::int64_t offer = 0;
  std::int64_t variant = 0;
  std::int64_t product = 0;
  std::int64_t stock = 0;
  std::string sku;
  std::string title;
  std::int64_t quantity = 0;
  std::int64_t price = 0;   // Of one, minor units, as the merchant states prices.
  std::int64_t amount = 0;  // price × quantity.
  std::int64_t tax = 0;     // In the amount (inclusive) or on top of it (exclusive).
  std::int64_t tax_bp = 0;
  bool late = false;          // Units are reserved at payment, not when the order is placed.
  std::int64_t discount = 0;  // Taken off the amount, whoever pays for it.
  std::int64_t platform_discount = 0;  // The part of it that the platform pays for.
  std::int64_t commission = 0;         // The platform's share of this line.
  std::int64_t category = 0;           // Top category that decided the share; 0: unknown.
  std::string returns;                 // What the product said of returns; empty: normal goods.
  bool no_return_agreed = false;       // The buyer confirmed in a step of its own that it stays.

  static constexpr std::size_t kFirstMembers = 12;  // Rows of before the market have only these.

  /// What the buyer pays for the line, tax as in `amount`.
  std::int64_t paid() const { return amount - discount; }
};
BOOST_DESCRIBE_STRUCT(Line, (),
                      (offer, variant, product, stock, sku, title, quantity, price, amount, tax,
                       tax_bp, late, discount, platform_discount, commission, category, returns,
                       no_return_agreed))

/// A promotion that took something off an order.
struct AppliedPromotion {
  std::int64_t promotion = 0;
  std::string code;  // Empty: applied by itself.
  std::string title;
  std::string title_zh;
  std::int64_t discount = 0;    // Off this order's lines.
  std::int64_t shipping = 0;    // Off its freight.
  bool by_platform = false;     // Who pays for it.
  std::int64_t per_person = 0;  // The limit that was in force; 0: uses of persons not counted.
  friend bool operator==(const AppliedPromotion&, const AppliedPromotion&) = default;
};
BOOST_DESCRIBE_STRUCT(AppliedPromotion, (),
                      (promotion, code, title, title_zh, discount, shipping, by_platform,
                       per_person))

/// What is special of an order's price. Most orders have none of it and store nothing.
struct OrderDetails {
  std::vector<AppliedPromotion> promotions;
  std::int64_t shipping_discount = 0;  // Taken off the freight: `shipping` is what is left of it.
  std::int64_t shipping_platform = 0;  // The part of it that the platform pays for.
  std::string shipping_title;          // Of a merchant's own method; empty: the platform's.
  std::string shipping_title_zh;
  std::int64_t days_least = 0;        // Estimated when it was bought …
  std::int64_t days_most = 0;         // … 0: nothing was said.
  std::int64_t shipping_tax_bp = -1;  // -1: the standard rate of the country.
  std::string tax_rule;               // Name of a TaxRule (tax.h); empty: the usual one.

  static constexpr std::size_t kFirstMembers = 1;
  friend bool operator==(const OrderDetails&, const OrderDetails&) = default;
};
BOOST_DESCRIBE_STRUCT(OrderDetails, (),
                      (promotions, shipping_discount, shipping_platform, shipping_title,
                       shipping_title_zh, days_least, days_most, shipping_tax_bp, tax_rule))

struct Order {
  OrderId id;
  OrderGroupId group;
  MerchantId merchant;
  PersonId person;  // 0: guest.
  OrderState state = OrderState::pending_payment;
  Currency currency;
  std::int64_t items = 0;  // Sum of the lines' amounts.
  std::int64_t shipping = 0;
  std::int64_t tax = 0;      // Of lines and shipping.
  bool tax_included = true;  // Else it comes on top.
  std::int64_t total = 0;
  std::int64_t commission = 0;         // The platform's share, taken when escrow is released.
  std::int64_t discount = 0;           // Sum of the lines' discounts.
  std::int64_t platform_discount = 0;  // What the platform pays into escrow, for freight too.
  std::int64_t payment_fee = 0;        // For taking the money, of the total; taken at release.
  FeeScheduleId fee_version;           // That decided the fees; 0: the merchant's flat rate.
  std::string shipping_method;
  std::string country;  // Of the destination, for tax and reports.
  std::vector<Line> lines;
  KeyId key;            // Under which `contact` is sealed.
  std::string contact;  // Sealed: e-mail and address.
  Instant placed_at;
  std::int64_t version = 1;
  OrderDetails details;

  /// What lies in escrow once it is paid: the buyer's money and the platform's.
  std::int64_t escrowed() const { return total + platform_discount; }
  Money money(std::int64_t minor) const { return {minor, currency}; }
};

struct Group {
  OrderGroupId id;
  PersonId person;
  PaymentId payment;
  OrderState state = OrderState::pending_payment;
  Money total;
  std::vector<OrderId> orders;
  std::string key_hash;   // Of actor and Idempotency-Key, 16 bytes; empty for none.
  std::string body_hash;  // Of the request, 16 bytes.
  std::string action;     // Where the shopper goes to authenticate; usually empty.
  Instant placed_at;
};

/// E-mail and address as they are sealed.
struct Contact {
  std::string email;
  std::string name;
  std::string line1;
  std::optional<std::string> line2;
  std::string city;
  std::optional<std::string> region;
  std::optional<std::string> postcode;
  std::string country;
  std::optional<std::string> telephone;
  std::optional<std::string> vat_id = {};  // Of a business that buys.
};
BOOST_DESCRIBE_STRUCT(Contact, (),
                      (email, name, line1, line2, city, region, postcode, country, telephone,
                       vat_id))

std::optional<Order> find_order(storage::Read& read, OrderId id);
std::optional<Group> find_group(storage::Read& read, OrderGroupId id);
/// Those of the group, by id.
std::vector<Order> orders_of(storage::Read& read, const Group& group);
/// Newest first, before `before` (0: the newest); from the derived index, which follows within
/// moments.
std::vector<OrderId> order_ids_of_person(storage::Read& derived, PersonId person, OrderId before,
                                         int limit);
std::vector<OrderId> order_ids_of_merchant(storage::Read& derived, MerchantId merchant,
                                           OrderId before, int limit);

/// The products that an order.placed event is about, read from its payload without taking all of
/// it apart: for caches that must keep up with a rush.
std::vector<ProductId> products_told(std::string_view order_placed);

enum class CancelRefusal { unknown_order, not_cancellable };

/// Counts "orders" and "order_groups"; sums, escrow and payments that do not agree are
/// differences.
void verify(storage::Read& read, storage::Findings& findings);

std::vector<storage::Migration> migrations();

}  // namespace fondaco::orders
