// One use case on one order after payment: what was loaded, what changes, how it is written.
// Private to orders.
#pragma once

#include "escrow.h"

#include <fondaco/marketplace.h>

#include <boost/describe/enum_to_string.hpp>

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace fondaco::orders {

using MaybeRefused = std::optional<AftersaleRefusing>;
inline AftersaleRefusing refusing(AftersaleRefusal reason, std::string what = {},
                                  std::int64_t wanted = 0, std::int64_t available = 0) {
  return {reason, std::move(what), wanted, available};
}
template <class E>
std::string word(E e) {
  return boost::describe::enum_to_string(e, "");
}

/// What the order's merchant sells that variant for now, in the order's currency.
std::optional<marketplace::OfferRow> offer_for(storage::Read& read, const Order& order,
                                               VariantId variant);

class Aftersale::Work {
 public:
  Work(storage::Tx& now, const Parts& of) : tx(now), parts(of) {}

  /// Order, group and life. Refuses unknown_order, not_open.
  MaybeRefused load(OrderId id);
  /// As load(), for a refund in one of these states and of this version (0: any). Refuses
  /// unknown_refund, version_changed, wrong_state.
  MaybeRefused load(RefundId id, std::int64_t version, std::initializer_list<RefundState> states);

  SettleParts money() const { return {parts.availability, parts.accounts}; }
  LifePart& part(std::int64_t line) { return life.parts[static_cast<std::size_t>(line)]; }
  bool has_line(std::int64_t line) const {
    return line >= 0 && line < static_cast<std::int64_t>(order.lines.size());
  }

  /// Fills lines, shipping, amount and phase of `refund` from what is wanted; changes nothing.
  MaybeRefused judge(const NewRefund& wanted);
  /// The parts of `refund` stand still, or go on.
  void freeze();
  void thaw();
  /// Starts the timer of a line that is wholly sent, or goes on with what was left of it.
  void start_timer(LifePart& part);
  /// Moves `refund` to a state that ends by itself after `time` (0: it does not); written and told.
  void move_to(RefundState state, Side by, Duration time = {});
  /// Pays `refund` and ends it.
  void succeed(Side by);
  /// What an agreement leads to, by the refund's kind.
  void agreed(Side by);
  /// Gives unsent units of the refund's lines back to the shelf, or writes them off.
  void free_unsent_units();
  /// The goods of a return have arrived: shelf, then money or replacement.
  void goods_are_back(Side by, std::span<const ArrivedLine> arrived);
  /// Writes life and order, releases the shipping when nothing else is left, tells the end.
  void finish();

  storage::Tx& tx;
  const Parts& parts;
  Order order;
  Group group;
  Life life;
  Refund refund;
  bool refund_is_new = false;

 private:
  void shelve(std::span<const ArrivedLine> arrived);
  MaybeRefused judge_line(const WantedRefund& wanted, RefundKind kind);
  MaybeRefused judge_reason(const NewRefund& wanted);
  MaybeRefused judge_shipping(const NewRefund& wanted);
  MaybeRefused judge_exchange(const NewRefund& wanted);
  std::optional<Instant> received_at(const LifePart& part, const Market& market) const;
  bool nothing_sent() const;
  OrderState next_state() const;
  void tell_end(OrderState state);

  std::set<std::int64_t> dues_;
  Refunds to_ask_;
};

}  // namespace fondaco::orders
