// What orders tells the house. Depends on base ids and json (lines are JSON already).
// The entity is the order. Additive only: a released member stays.
#pragma once

#include <fondaco/base/ids.h>
#include <fondaco/base/json.h>
#include <fondaco/base/money.h>

#include <boost/describe.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fondaco::events {

/// An order exists; from here it can be rebuilt byte for byte, the sealed contact included.
struct OrderPlaced {
  static constexpr std::string_view kType = "order.placed";
  static constexpr int kVersion = 1;
  OrderId order;
  OrderGroupId group;
  MerchantId merchant;
  PersonId person;
  std::int64_t state = 0;  // As stored: 1 waits for payment, 2 is paid.
  Currency currency;
  std::int64_t items = 0;
  std::int64_t shipping = 0;
  std::int64_t tax = 0;
  bool tax_included = true;
  std::int64_t total = 0;
  std::int64_t commission = 0;
  std::string shipping_method;
  std::string country;
  JsonText lines;
  KeyId key;
  std::string contact;  // Sealed bytes, base 64.
  std::int64_t placed_at = 0;
  std::int64_t discount = 0;
  std::int64_t platform_discount = 0;
  std::int64_t payment_fee = 0;
  std::int64_t fee_version = 0;
  std::string details;  // JSON of promotions and special taxes; empty for none.

  static constexpr std::size_t kFirstMembers = 18;  // Events of before the market have only these.
};
BOOST_DESCRIBE_STRUCT(OrderPlaced, (),
                      (order, group, merchant, person, state, currency, items, shipping, tax,
                       tax_included, total, commission, shipping_method, country, lines, key,
                       contact, placed_at, discount, platform_discount, payment_fee, fee_version,
                       details))

/// A promotion was made or changed: who keeps it reads it again. The entity is the promotion.
struct PromotionChanged {
  static constexpr std::string_view kType = "orders.promotion_changed";
  static constexpr int kVersion = 1;
  PromotionId promotion;
  MerchantId merchant;  // 0: the platform's.
};
BOOST_DESCRIBE_STRUCT(PromotionChanged, (), (promotion, merchant))

/// A merchant's shipping zone was made, changed or deleted. The entity is the zone.
struct ShippingChanged {
  static constexpr std::string_view kType = "orders.shipping_changed";
  static constexpr int kVersion = 1;
  ShippingZoneId zone;
  MerchantId merchant;
  bool deleted = false;
};
BOOST_DESCRIBE_STRUCT(ShippingChanged, (), (zone, merchant, deleted))

/// A person asks to buy without tax, or an operator has decided it: asked, confirmed, refused.
struct TaxExemptionChanged {
  static constexpr std::string_view kType = "orders.tax_exemption_changed";
  static constexpr int kVersion = 1;
  PersonId person;
  std::string country;
  std::string state;
};
BOOST_DESCRIBE_STRUCT(TaxExemptionChanged, (), (person, country, state))

/// Lines of a paid order were added, removed or changed before anything of it left.
struct OrderEdited {
  static constexpr std::string_view kType = "order.edited";
  static constexpr int kVersion = 1;
  OrderId order;
  OrderGroupId group;
  MerchantId merchant;
  PersonId person;
  Money before;  // What it cost, and costs now: the difference was paid or went back.
  Money total;
  JsonText lines;
};
BOOST_DESCRIBE_STRUCT(OrderEdited, (), (order, group, merchant, person, before, total, lines))

/// The payment of a waiting order has come.
struct OrderPaid {
  static constexpr std::string_view kType = "order.paid";
  static constexpr int kVersion = 1;
  OrderId order;
  OrderGroupId group;
  MerchantId merchant;
  PersonId person;
  Money total;
};
BOOST_DESCRIBE_STRUCT(OrderPaid, (), (order, group, merchant, person, total))

/// An order will not be delivered; `reason` is one of payment_failed, payment_expired, sold_out,
/// by_request. A refund of what was paid is on its way.
struct OrderCancelled {
  static constexpr std::string_view kType = "order.cancelled";
  static constexpr int kVersion = 1;
  OrderId order;
  OrderGroupId group;
  MerchantId merchant;
  PersonId person;
  std::string reason;
  Money total;
  bool was_paid = false;
};
BOOST_DESCRIBE_STRUCT(OrderCancelled, (), (order, group, merchant, person, reason, total, was_paid))

/// What an event says of one line of an order; `line` counts from 0 as in order.placed.
struct OrderUnits {
  std::int64_t line = 0;
  std::int64_t quantity = 0;
  std::string sku;
  std::string title;
};
BOOST_DESCRIBE_STRUCT(OrderUnits, (), (line, quantity, sku, title))

/// A parcel has left; `state` is the order's after it: shipped_part or shipped.
struct OrderShipped {
  static constexpr std::string_view kType = "order.shipped";
  static constexpr int kVersion = 1;
  OrderId order;
  OrderGroupId group;
  MerchantId merchant;
  PersonId person;
  ShipmentId shipment;
  std::string carrier;
  std::string tracking;
  std::string state;
  std::vector<OrderUnits> lines;
};
BOOST_DESCRIBE_STRUCT(OrderShipped, (),
                      (order, group, merchant, person, shipment, carrier, tracking, state, lines))

/// A parcel has reached the buyer, as its carrier or merchant says.
struct OrderDelivered {
  static constexpr std::string_view kType = "order.delivered";
  static constexpr int kVersion = 1;
  OrderId order;
  OrderGroupId group;
  MerchantId merchant;
  PersonId person;
  ShipmentId shipment;
  std::int64_t delivered_at = 0;
};
BOOST_DESCRIBE_STRUCT(OrderDelivered, (), (order, group, merchant, person, shipment, delivered_at))

/// Money of an order has left escrow for its merchant. merchant + commission + payment_fee is what
/// escrow held for these lines; `lines` counts from 0, -1 is the shipping. `by`: buyer, timer or
/// refund (the last open line was refunded, so that the shipping was due).
struct OrderReleased {
  static constexpr std::string_view kType = "order.released";
  static constexpr int kVersion = 1;
  OrderId order;
  OrderGroupId group;
  MerchantId merchant;
  PersonId person;
  std::vector<std::int64_t> lines;
  Money to_merchant;
  Money commission;
  Money payment_fee;
  std::string by;
};
BOOST_DESCRIBE_STRUCT(OrderReleased, (),
                      (order, group, merchant, person, lines, to_merchant, commission, payment_fee,
                       by))

/// Everything of an order is released or has gone back; the sums of its whole life until now.
/// `state`: finished, or refunded when nothing was released.
struct OrderFinished {
  static constexpr std::string_view kType = "order.finished";
  static constexpr int kVersion = 1;
  OrderId order;
  OrderGroupId group;
  MerchantId merchant;
  PersonId person;
  std::string state;
  Money to_merchant;
  Money commission;
  Money payment_fee;
  Money refunded;
};
BOOST_DESCRIBE_STRUCT(OrderFinished, (),
                      (order, group, merchant, person, state, to_merchant, commission, payment_fee,
                       refunded))

/// Somebody of the merchant's or the platform's staff has written a note; its text is sealed.
struct OrderNoted {
  static constexpr std::string_view kType = "order.noted";
  static constexpr int kVersion = 1;
  OrderId order;
  MerchantId merchant;
};
BOOST_DESCRIBE_STRUCT(OrderNoted, (), (order, merchant))

struct RefundUnits {
  std::int64_t line = 0;
  std::int64_t quantity = 0;
  std::int64_t amount = 0;  // Minor units.
};
BOOST_DESCRIBE_STRUCT(RefundUnits, (), (line, quantity, amount))

/// A refund, return, exchange or claim was opened or moved on. The entity is the refund,
/// entity_version its refund_version. No free text: what people wrote is sealed.
struct RefundChanged {
  static constexpr std::string_view kType = "refund.changed";
  static constexpr int kVersion = 1;
  RefundId refund;
  OrderId order;
  OrderGroupId group;
  MerchantId merchant;
  PersonId person;
  std::string kind;    // refund_only, return_goods, exchange, reship
  std::string reason;  // no_reason, withdrawal, not_received, damaged, …
  std::string state;   // wait_seller_agree, …, success, closed
  std::string phase;   // onsale, aftersale: had the money been released when it began?
  std::string payout;  // none, asked, done, failed: the buyer's money once it is a success
  std::vector<RefundUnits> lines;
  Money amount;  // All of it, shipping included.
  std::int64_t shipping = 0;
  std::int64_t due = 0;     // When the present state ends by itself, µs; 0: it does not.
  std::int64_t opened = 0;  // µs; of a withdrawal: the time that the receipt must name.
  std::string by;           // buyer, merchant, platform, timer, provider
};
BOOST_DESCRIBE_STRUCT(RefundChanged, (),
                      (refund, order, group, merchant, person, kind, reason, state, phase, payout,
                       lines, amount, shipping, due, opened, by))

/// Money of an order is back with the buyer: in the wallet, or with the payment's provider.
struct OrderRefunded {
  static constexpr std::string_view kType = "order.refunded";
  static constexpr int kVersion = 1;
  OrderId order;
  OrderGroupId group;
  Money amount;
  RefundId refund;
  MerchantId merchant;
  PersonId person;

  static constexpr std::size_t kFirstMembers = 3;  // Events of before refunds had rows.
};
BOOST_DESCRIBE_STRUCT(OrderRefunded, (), (order, group, amount, refund, merchant, person))

}  // namespace fondaco::events
