#include "work.h"

#include "rows.h"

#include <fondaco/base/check.h>
#include <fondaco/events/orders.h>
#include <fondaco/storage/publish.h>

#include <algorithm>

namespace fondaco::orders {

MaybeRefused Aftersale::Work::load(OrderId id) {
  lock_order(tx, id);
  auto found = find_order(tx, id);
  if (!found) return refusing(AftersaleRefusal::unknown_order);
  order = std::move(*found);
  const OrderState s = order.state;
  if (s != OrderState::paid && s != OrderState::shipped_part && s != OrderState::shipped &&
      s != OrderState::finished) {
    return refusing(AftersaleRefusal::not_open, word(s));
  }
  auto of = find_group(tx, order.group);
  FONDACO_CHECK(of.has_value());
  group = std::move(*of);
  life = life_of(tx, order);
  ++order.version;  // As finish() stores it.
  return std::nullopt;
}

MaybeRefused Aftersale::Work::load(RefundId id, std::int64_t version,
                                   std::initializer_list<RefundState> states) {
  auto found = find_refund(tx, id);
  if (!found) return refusing(AftersaleRefusal::unknown_refund);
  lock_order(tx, found->order);
  refund = *find_refund(tx, id);
  if (version != 0 && refund.version != version) {
    return refusing(AftersaleRefusal::version_changed, {}, version, refund.version);
  }
  if (std::find(states.begin(), states.end(), refund.state) == states.end()) {
    return refusing(AftersaleRefusal::wrong_state, word(refund.state));
  }
  return load(refund.order);
}

void Aftersale::Work::freeze() {
  const auto hold = [&](LifePart& p) {
    p.refund = refund.id;
    if (p.due == 0) return;
    p.left = std::max<std::int64_t>(1, p.due - tx.now().us);
    p.due = 0;
  };
  for (const RefundLine& line : refund.lines) hold(part(line.line));
  if (refund.shipping > 0) hold(life.parts.back());
}

void Aftersale::Work::thaw() {
  for (LifePart& p : life.parts) {
    if (p.refund != refund.id) continue;
    p.refund = {};
    start_timer(p);
  }
}

void Aftersale::Work::start_timer(LifePart& p) {
  if (p.line == kShippingLine || p.released || p.refund || p.due != 0) return;
  if (unsent_of(p) > 0 || kept_units_of(p) == 0 || settled(p)) return;
  const auto kind = static_cast<DeliveryKind>(p.delivery);
  p.due = tx.now().us + (p.left > 0 ? p.left : time_for(confirm_of(kind), tx.now()).us);
  p.left = 0;
  dues_.insert(p.due);
}

void Aftersale::Work::move_to(RefundState state, Side by, Duration time) {
  refund.state = state;
  refund.due = time.us > 0 ? tx.now() + time : Instant{};
  if (refund_is_new) {
    insert_refund(tx, refund);
    refund_is_new = false;
  } else {
    update_refund(tx, refund);
  }
  if (time.us > 0) tx.schedule("orders.refund_waits", refund.due, refund.id.value);
  publish_refund(tx, refund, by);
}

void Aftersale::Work::free_unsent_units() {
  std::vector<inventory::Taking> takings;
  std::vector<inventory::Movement> movements;
  for (const bool restock : {true, false}) {
    inventory::Movement m;
    m.reason = restock ? inventory::Reason::order_cancelled : inventory::Reason::damaged;
    m.ref = order.id.value;
    for (const RefundLine& line : refund.lines) {
      if (line.unsent == 0 || line.restock != restock) continue;
      part(line.line).withdrawn += line.unsent;
      const auto stock = StockId{order.lines[static_cast<std::size_t>(line.line)].stock};
      m.lines.push_back({stock, restock ? 0 : -line.unsent, -line.unsent});
    }
    if (m.lines.empty()) continue;
    m.id = tx.next_id<MovementId>(order.id.shard());
    takings.insert(takings.end(), m.lines.begin(), m.lines.end());
    movements.push_back(std::move(m));
  }
  if (movements.empty()) return;
  inventory::apply(tx, takings, &parts.availability);
  inventory::record(tx, movements);
}

bool Aftersale::Work::nothing_sent() const {
  return std::all_of(life.parts.begin(), life.parts.end(),
                     [](const LifePart& p) { return p.shipped == 0; });
}

void Aftersale::Work::succeed(Side by) {
  free_unsent_units();
  for (const RefundLine& line : refund.lines) {
    const bool gone =
        refund.kind == RefundKind::refund_only || refund.kind == RefundKind::return_goods;
    if (gone) part(line.line).returned += line.quantity - line.unsent;
  }
  const bool all_given_up =
      nothing_sent() && std::all_of(life.parts.begin(), life.parts.end(),
                                    [](const LifePart& p) { return unsent_of(p) == 0; });
  LifePart& shipping = life.parts.back();
  if (all_given_up && (!shipping.refund || shipping.refund == refund.id)) {
    // Nothing is sent any more: what was paid for sending goes back as well.
    refund.amount.minor += shipping.gross - shipping.refunded - refund.shipping;
    refund.shipping = shipping.gross - shipping.refunded;
  }
  const auto asked = pay_back(tx, money(), group, order, life, refund);
  if (asked) to_ask_.operations.push_back(*asked);
  thaw();
  move_to(RefundState::success, by);
}

void Aftersale::Work::agreed(Side by) {
  switch (refund.kind) {
    case RefundKind::refund_only:
      return succeed(by);
    case RefundKind::return_goods:
    case RefundKind::exchange:
      return move_to(RefundState::wait_return, by, time_for(Waiting::buyer_returns, tx.now()));
    case RefundKind::reship:
      return move_to(RefundState::wait_reship, by, time_for(Waiting::seller_reships, tx.now()));
  }
}

OrderState Aftersale::Work::next_state() const {
  if (order.state == OrderState::cancelled || order.state == OrderState::finished) {
    return order.state;
  }
  bool all_settled = true, any_released = false, all_sent = true;
  for (const LifePart& p : life.parts) {
    all_settled = all_settled && settled(p);
    any_released = any_released || p.released;
    if (p.line != kShippingLine && !settled(p) && unsent_of(p) > 0) all_sent = false;
  }
  if (all_settled) return any_released ? OrderState::finished : OrderState::refunded;
  if (nothing_sent()) return OrderState::paid;
  return all_sent ? OrderState::shipped : OrderState::shipped_part;
}

void Aftersale::Work::tell_end(OrderState state) {
  events::OrderFinished e;
  e.order = order.id;
  e.group = order.group;
  e.merchant = order.merchant;
  e.person = order.person;
  e.state = word(state);
  Kept sum;
  std::int64_t refunded = 0;
  for (const LifePart& p : life.parts) {
    refunded += p.refunded;
    if (!p.released) continue;
    const Kept kept = kept_of(p);
    sum.to_merchant += kept.to_merchant;
    sum.commission += kept.commission;
    sum.payment_fee += kept.payment_fee;
  }
  e.to_merchant = order.money(sum.to_merchant);
  e.commission = order.money(sum.commission);
  e.payment_fee = order.money(sum.payment_fee);
  e.refunded = order.money(refunded);
  storage::publish(tx, order.id.value, order.version, e);
}

void Aftersale::Work::finish() {
  // What the buyer has neither got nor can get any more waits for nobody.
  std::vector<std::size_t> idle;
  for (std::size_t i = 0; i + 1 < life.parts.size(); ++i) {
    const LifePart& p = life.parts[i];
    if (settled(p) || p.refund || unsent_of(p) > 0 || kept_units_of(p) > 0) continue;
    idle.push_back(i);
  }
  const bool lines_settled = std::all_of(life.parts.begin(), life.parts.end() - 1, settled);
  if (!idle.empty() || (lines_settled && !settled(life.parts.back()))) {
    release_parts(tx, money(), order, life, idle, "refund");
  }
  const OrderState state = next_state();
  const bool ends =
      state != order.state && (state == OrderState::finished || state == OrderState::refunded);
  set_order_states(tx, {&order.id, 1}, state);
  order.state = state;
  if (ends) tell_end(state);
  save_life(tx, life);
  for (const std::int64_t due : dues_) tx.schedule("orders.confirm", {due}, order.id.value);
  parts.checkout.send_refunds(tx, std::move(to_ask_.operations));
}

}  // namespace fondaco::orders
