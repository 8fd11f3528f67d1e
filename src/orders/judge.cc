#include "work.h"

#include <fondaco/base/check.h>

#include <algorithm>

namespace fondaco::orders {

/// Units that the line still has for a refund of this kind.
static std::int64_t refundable_units(const LifePart& p, RefundKind kind) {
  const std::int64_t sent = kept_units_of(p);
  return kind == RefundKind::refund_only ? sent + unsent_of(p) : sent;
}

std::optional<marketplace::OfferRow> offer_for(storage::Read& read, const Order& order,
                                               VariantId variant) {
  for (const auto& offer : marketplace::offers_of(read, {&variant, 1})) {
    if (offer.merchant != order.merchant) continue;
    auto rows = marketplace::load(read, {&offer.id, 1}, order.currency);
    if (!rows.empty() && rows.front().active) return std::move(rows.front());
  }
  return std::nullopt;
}

MaybeRefused Aftersale::Work::judge_line(const WantedRefund& wanted, RefundKind kind) {
  const std::string name = std::to_string(wanted.line);
  if (!has_line(wanted.line)) return refusing(AftersaleRefusal::unknown_line, name);
  for (const RefundLine& other : refund.lines) {
    if (other.line == wanted.line) return refusing(AftersaleRefusal::unknown_line, name);
  }
  const LifePart& p = part(wanted.line);
  if (p.refund && p.refund != refund.id) return refusing(AftersaleRefusal::in_refund, name);
  const std::int64_t units = refundable_units(p, kind);
  if (wanted.quantity < 0 || wanted.quantity > units) {
    return refusing(AftersaleRefusal::bad_quantity, name, wanted.quantity, units);
  }
  const bool pays = kind == RefundKind::refund_only || kind == RefundKind::return_goods;
  const bool money_only = wanted.amount && kind == RefundKind::refund_only;
  if (wanted.quantity == 0 && !money_only) {
    return refusing(AftersaleRefusal::bad_quantity, name, 0, units);
  }
  const std::int64_t left = p.gross - p.refunded;
  RefundLine& line = refund.lines.emplace_back();
  line.line = wanted.line;
  line.quantity = wanted.quantity;
  line.restock = wanted.restock;
  if (wanted.amount) {
    line.amount = *wanted.amount;
  } else if (pays) {
    const std::int64_t gone = p.withdrawn + p.returned;
    const std::int64_t due = gone + wanted.quantity == p.quantity
                                 ? left
                                 : share_of(p.gross, gone + wanted.quantity, p.quantity) -
                                       share_of(p.gross, gone, p.quantity);
    line.amount = std::min(due, left);
  }
  if (line.amount < 0 || line.amount > left || (line.quantity == 0 && line.amount == 0)) {
    return refusing(AftersaleRefusal::bad_amount, name, line.amount, left);
  }
  // Who gets all of the money back keeps no claim on units.
  if (pays && left > 0 && line.amount == left) line.quantity = units;
  line.unsent = kind == RefundKind::refund_only ? std::min(line.quantity, unsent_of(p)) : 0;
  return std::nullopt;
}

std::optional<Instant> Aftersale::Work::received_at(const LifePart& p, const Market& market) const {
  if (!market.from_last) return p.received ? std::optional(Instant{p.received}) : std::nullopt;
  std::int64_t last = 0;
  for (const LifePart& other : life.parts) {
    if (other.line == kShippingLine || (other.shipped == 0 && unsent_of(other) == 0)) continue;
    if (unsent_of(other) > 0 || other.received == 0) return std::nullopt;
    last = std::max(last, other.received);
  }
  return Instant{last};
}

/// A return without a reason needs the law behind it; for what was not sent none is needed.
MaybeRefused Aftersale::Work::judge_reason(const NewRefund& wanted) {
  const bool without =
      wanted.reason == RefundReason::no_reason || wanted.reason == RefundReason::withdrawal;
  if (wanted.side != Side::buyer || !without) return std::nullopt;
  const Market market = market_of(order.country, tx.now());
  if (wanted.reason == RefundReason::withdrawal && !market.withdrawal_function) {
    return refusing(AftersaleRefusal::no_withdrawal, order.country);
  }
  for (const RefundLine& line : refund.lines) {
    if (line.unsent == line.quantity && line.quantity > 0) continue;
    const Line& bought = order.lines[static_cast<std::size_t>(line.line)];
    const ReturnVerdict verdict =
        may_return(order.country, return_class_named(bought.returns), bought.no_return_agreed,
                   received_at(part(line.line), market), tx.now());
    if (verdict.right == ReturnRight::excluded) {
      return refusing(AftersaleRefusal::not_returnable, std::string(verdict.ground));
    }
    // Keeping the goods is no return: that needs a reason whatever the day is.
    if (verdict.right == ReturnRight::reason_needed || wanted.kind != RefundKind::return_goods) {
      return refusing(AftersaleRefusal::reason_needed, std::to_string(line.line));
    }
  }
  return std::nullopt;
}

MaybeRefused Aftersale::Work::judge_shipping(const NewRefund& wanted) {
  const LifePart& p = life.parts.back();
  const std::int64_t left = p.gross - p.refunded;
  const bool frozen = p.refund && p.refund != refund.id;
  if (wanted.shipping) {
    refund.shipping = *wanted.shipping;
    if (refund.shipping < 0 || refund.shipping > left) {
      return refusing(AftersaleRefusal::bad_amount, "shipping", refund.shipping, left);
    }
    if (refund.shipping > 0 && frozen) return refusing(AftersaleRefusal::in_refund, "shipping");
    return std::nullopt;
  }
  const bool pays =
      wanted.kind == RefundKind::refund_only || wanted.kind == RefundKind::return_goods;
  const bool without =
      wanted.reason == RefundReason::no_reason || wanted.reason == RefundReason::withdrawal;
  std::int64_t asked = 0, all = 0;
  for (const RefundLine& line : refund.lines) asked += line.quantity;
  for (const LifePart& other : life.parts) all += unsent_of(other) + kept_units_of(other);
  const bool whole = pays && asked == all;
  const bool by_law = without && market_of(order.country, tx.now()).shipping_back;
  if (whole && !frozen && (nothing_sent() || by_law)) refund.shipping = left;
  return std::nullopt;
}

MaybeRefused Aftersale::Work::judge_exchange(const NewRefund& wanted) {
  if (wanted.kind != RefundKind::exchange || !wanted.variant) return std::nullopt;
  if (refund.lines.size() != 1) return refusing(AftersaleRefusal::unknown_line, "more than one");
  RefundLine& line = refund.lines.front();
  const Line& bought = order.lines[static_cast<std::size_t>(line.line)];
  refund.variant = wanted.variant;
  if (wanted.variant.value == bought.variant) return std::nullopt;
  const auto offer = offer_for(tx, order, wanted.variant);
  if (!offer) return refusing(AftersaleRefusal::unknown_variant, to_text(wanted.variant));
  const std::int64_t paid = share_of(bought.paid(), line.quantity, bought.quantity);
  const std::int64_t costs = times(offer->price, line.quantity).minor;
  if (costs > paid) return refusing(AftersaleRefusal::dearer, {}, costs, paid);
  if (!wanted.lines.empty() && wanted.lines.front().amount) return std::nullopt;
  const LifePart& p = part(line.line);
  const std::int64_t gross = share_of(p.gross, line.quantity, p.quantity);
  line.amount = std::min(share_of(gross, paid - costs, paid), p.gross - p.refunded);
  return std::nullopt;
}

MaybeRefused Aftersale::Work::judge(const NewRefund& wanted) {
  refund.order = order.id;
  refund.group = order.group;
  refund.merchant = order.merchant;
  refund.person = order.person;
  refund.kind = wanted.kind;
  refund.reason = wanted.reason;
  refund.lines.clear();
  refund.shipping = 0;
  refund.variant = {};
  std::vector<WantedRefund> lines = wanted.lines;
  if (lines.empty() && !wanted.shipping) {
    for (const LifePart& p : life.parts) {
      if (p.line == kShippingLine || (p.refund && p.refund != refund.id)) continue;
      const std::int64_t units = refundable_units(p, wanted.kind);
      if (units > 0) lines.push_back({p.line, units, {}, true});
    }
    if (lines.empty()) return refusing(AftersaleRefusal::nothing_left);
  }
  for (const WantedRefund& line : lines) {
    if (auto no = judge_line(line, wanted.kind)) return no;
  }
  if (auto no = judge_reason(wanted)) return no;
  if (auto no = judge_shipping(wanted)) return no;
  if (auto no = judge_exchange(wanted)) return no;
  refund.amount = order.money(refund.shipping);
  refund.after_release = false;
  for (const RefundLine& line : refund.lines) {
    refund.amount.minor += line.amount;
    refund.after_release = refund.after_release || part(line.line).released;
  }
  const bool pays =
      wanted.kind == RefundKind::refund_only || wanted.kind == RefundKind::return_goods;
  const bool free_goods = !refund.lines.empty() && refund.lines.front().quantity > 0;
  if (pays && refund.amount.minor == 0 && !free_goods) {
    return refusing(AftersaleRefusal::bad_amount, {}, 0, life.parts.back().gross);
  }
  return std::nullopt;
}

}  // namespace fondaco::orders
