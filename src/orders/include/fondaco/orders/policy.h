// What law and custom give a buyer after payment: how long things may take, and what may be sent
// back without a reason. Dated tables; pure. Depends on base.
#pragma once

#include <fondaco/base/time.h>

#include <boost/describe/enum.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace fondaco::orders {

/// How goods reach the buyer; it decides how long he has to say that something is wrong.
enum class DeliveryKind { express = 1, mail = 2, virtual_goods = 3, automatic = 4, top_up = 5 };
BOOST_DESCRIBE_ENUM(DeliveryKind, express, mail, virtual_goods, automatic, top_up)

/// Stored as numbers: a released number keeps its meaning.
enum class Waiting {
  confirm_express,       // Since all units of a line were sent; then it counts as received.
  confirm_mail,          //
  confirm_virtual,       //
  confirm_automatic,     //
  confirm_top_up,        //
  seller_agrees_unsent,  // To a refund of what was not sent; then he has agreed.
  seller_agrees,         // To any other refund; then he has agreed.
  buyer_returns,         // After a return was agreed; then the refund is closed.
  buyer_answers,         // To a refusal; then the refund is closed.
  seller_receives,       // Since a tracking number was entered; then it counts as received.
  seller_reships,        // A replacement; then the platform decides.
};
/// The time that a wait takes which begins at `when`.
Duration time_for(Waiting what, Instant when);
Waiting confirm_of(DeliveryKind kind);

/// What a product says about itself (attribute "returns"), as it was when it was bought.
enum class ReturnClass { normal, fresh, made_to_order, digital, periodical, opt_in };
BOOST_DESCRIBE_ENUM(ReturnClass, normal, fresh, made_to_order, digital, periodical, opt_in)
/// Unknown words are normal goods.
ReturnClass return_class_named(std::string_view name);

/// The rules at a buyer's place on a day.
struct Market {
  std::string_view name;             // "CN", "EU", "GB"; "-" where no rule is known.
  std::int64_t no_reason_days = 0;   // Counted from the day after receipt; 0: no such right.
  bool withdrawal_function = false;  // Two-step withdrawal must be offered (EU since 2026-06-19).
  bool shipping_back = false;        // Giving up all of it gives standard shipping back too.
  bool from_last = false;            // The days count from the last parcel of the order.
  std::int64_t repay_days = 14;      // After a withdrawal, when the goods are on their way.
  std::int64_t utc_minutes = 0;      // Where its days end.
};
Market market_of(std::string_view country, Instant when);

enum class ReturnRight { without_reason, reason_needed, excluded };

struct ReturnVerdict {
  ReturnRight right = ReturnRight::reason_needed;
  std::string_view ground;  // The rule, when excluded: "CN Consumer Protection Law art. 25 (2)".
  std::optional<Instant> until;  // End of the last day; nothing before receipt or without right.
};
/// May it go back without a reason? `confirmed`: for opt_in goods the buyer said at the purchase,
/// in a step of its own, that he knows they do not go back. Without that record they do.
ReturnVerdict may_return(std::string_view country, ReturnClass goods, bool confirmed,
                         std::optional<Instant> received, Instant now);

}  // namespace fondaco::orders
