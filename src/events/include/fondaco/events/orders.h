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

  static constexpr std::size_t kFirstMembers = 18;  // Events of before the market have only these.
};
BOOST_DESCRIBE_STRUCT(OrderPlaced, (),
                      (order, group, merchant, person, state, currency, items, shipping, tax,
                       tax_included, total, commission, shipping_method, country, lines, key,
                       contact, placed_at, discount, platform_discount, payment_fee, fee_version))

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

/// What was paid for a cancelled order is back with the buyer's provider.
struct OrderRefunded {
  static constexpr std::string_view kType = "order.refunded";
  static constexpr int kVersion = 1;
  OrderId order;
  OrderGroupId group;
  Money amount;
};
BOOST_DESCRIBE_STRUCT(OrderRefunded, (), (order, group, amount))

}  // namespace fondaco::events
