// What payments tells the house. Depends on base ids and money.
#pragma once

#include <fondaco/base/ids.h>
#include <fondaco/base/money.h>

#include <boost/describe.hpp>

#include <string>
#include <string_view>

namespace fondaco::events {

/// A payment reached another state by an event that orders does not tell itself: a refund, a
/// cancellation or a failure. Captures and authorisations are part of order.* events, so that
/// checkout writes them once. Entity: the payment.
struct PaymentChanged {
  static constexpr std::string_view kType = "payments.payment_changed";
  static constexpr int kVersion = 1;
  PaymentId payment;
  OrderGroupId group;
  std::string state;  // failed, cancelled, partially_refunded, refunded.
  Money charged;
  Money refunded;
};
BOOST_DESCRIBE_STRUCT(PaymentChanged, (), (payment, group, state, charged, refunded))

}  // namespace fondaco::events
