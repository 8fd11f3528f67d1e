#include "settle.h"

#include "escrow.h"
#include "promote.h"
#include "rows.h"

#include <fondaco/base/check.h>
#include <fondaco/events/orders.h>
#include <fondaco/inventory.h>
#include <fondaco/storage/publish.h>

#include <algorithm>
#include <map>
#include <set>

namespace fondaco::orders {
namespace {

using payments::EventResult;
using payments::EventType;
using payments::PaymentState;

void publish_cancelled(storage::Tx& tx, const Order& o, std::string_view reason, bool was_paid) {
  events::OrderCancelled e;
  e.order = o.id;
  e.group = o.group;
  e.merchant = o.merchant;
  e.person = o.person;
  e.reason = reason;
  e.total = o.money(o.total);
  e.was_paid = was_paid;
  storage::publish(tx, o.id.value, o.version + 1, e);
}

/// Gives back the units that the order holds. `late` lines hold theirs only once paid.
void release_stock(storage::Tx& tx, const SettleParts& parts, std::span<const Order> orders,
                   inventory::Reason reason, bool paid) {
  std::vector<inventory::Taking> takings;
  std::vector<inventory::Movement> movements;
  for (const Order& order : orders) {
    inventory::Movement m;
    m.reason = reason;
    m.ref = order.id.value;
    for (const Line& line : order.lines) {
      if (!line.late || paid) m.lines.push_back({StockId{line.stock}, 0, -line.quantity});
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

/// Journal of one order between two accounts; positive `minor` flows from `from` to `to`.
ledger::Journal transfer(storage::Tx& tx, ledger::AccountBook& book, ledger::Kind kind,
                         const Order& order, ledger::AccountRef from, ledger::AccountRef to) {
  ledger::Journal j;
  j.id = tx.next_id<JournalId>(order.id.shard());
  j.kind = kind;
  j.ref = order.id.value;
  j.currency = order.currency;
  j.postings = {{book.resolve(tx, from), -order.total}, {book.resolve(tx, to), order.total}};
  return j;
}

ledger::AccountRef escrow_of(const Order& o) {
  return {ledger::AccountKind::escrow, o.merchant.value, o.currency};
}
ledger::AccountRef receivable(const Order& o) {
  return {ledger::AccountKind::provider_receivable, 0, o.currency};
}
ledger::AccountRef goodwill(const Order& o) {
  return {ledger::AccountKind::goodwill, 0, o.currency};
}
ledger::AccountRef clearing(const Order& o) {
  return {ledger::AccountKind::refund_clearing, 0, o.currency};
}

/// The buyer's money goes into escrow, and what the platform adds to it.
ledger::Journal into_escrow(storage::Tx& tx, ledger::AccountBook& book, const Order& order,
                            ledger::AccountRef from) {
  auto j = transfer(tx, book, ledger::Kind::payment, order, from, escrow_of(order));
  if (order.platform_discount == 0) return j;
  j.postings[1].minor += order.platform_discount;
  j.postings.push_back({book.resolve(tx, goodwill(order)), -order.platform_discount});
  return j;
}

/// One call of settle(): loads everything once, sorts the groups by what has become of them.
class Settlement {
 public:
  Settlement(storage::Tx& tx, const SettleParts& parts, Refunds& refunds)
      : tx_(tx), parts_(parts), refunds_(refunds) {}

  void run(std::span<const payments::ProviderEvent> events) {
    std::vector<payments::NewEvent> rows;
    rows.reserve(events.size());
    for (const auto& e : events) rows.push_back(payments::to_append(e));
    const auto appended = payments::append_events(tx_, rows);
    std::vector<PaymentId> changed;
    for (std::size_t i = 0; i < events.size(); ++i) {
      if (appended[i].done == payments::Appended::Done::applied) {
        changed.push_back(events[i].payment);
      }
    }
    load(changed);
    for (std::size_t i = 0; i < events.size(); ++i) {
      if (appended[i].done != payments::Appended::Done::applied) continue;
      sort_event(events[i], appended[i]);
    }
    mark_paid();
    for (const auto& [group, reason] : failed_) {
      give_up(tx_, parts_, *group, orders_of(*group), OrderState::cancelled, reason);
    }
    for (const Group* group : late_) refund_late(*group);
    for (const auto& event : refunded_) book_refund(event);
  }

 private:
  void load(std::vector<PaymentId>& ids) {
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    std::vector<OrderGroupId> groups;
    for (auto& p : payments::load(tx_, ids)) {
      groups.push_back(p.group);
      payments_.emplace(p.id, std::move(p));
    }
    std::vector<OrderId> orders;
    for (auto& g : load_groups(tx_, groups)) {
      orders.insert(orders.end(), g.orders.begin(), g.orders.end());
      groups_.emplace(g.id, std::move(g));
    }
    for (auto& o : load_orders(tx_, orders)) orders_[o.group].push_back(std::move(o));
  }

  std::vector<Order>& orders_of(const Group& g) { return orders_[g.id]; }

  void sort_event(const payments::ProviderEvent& e, const payments::Appended& done) {
    const auto payment = payments_.find(e.payment);
    if (payment == payments_.end()) return;
    const auto found = groups_.find(payment->second.group);
    if (found == groups_.end()) return;
    const Group& group = found->second;
    if (e.event.type == EventType::refund) {
      const bool told =
          e.event.result == EventResult::success || e.event.result == EventResult::failure;
      if (told) refunded_.push_back(e);
      return;
    }
    if (!seen_.insert(group.id).second) return;  // Several events of one payment in one call.
    const bool waiting = group.state == OrderState::pending_payment;
    if (done.after == PaymentState::captured) {
      if (waiting) {
        paid_.push_back(&group);
      } else if (group.state != OrderState::paid) {
        late_.push_back(&group);
      }
    } else if (waiting &&
               (done.after == PaymentState::failed || done.after == PaymentState::cancelled)) {
      failed_.emplace_back(&group, "payment_failed");
    } else if (waiting && done.after == PaymentState::requires_action) {
      set_action(tx_, group.id, e.event.note);
    }
  }

  void mark_paid() {
    if (paid_.empty()) return;
    std::vector<ledger::Journal> journals;
    std::vector<OrderId> order_ids;
    std::vector<OrderGroupId> group_ids;
    for (const Group* group : paid_) {
      group_ids.push_back(group->id);
      for (const Order& o : orders_of(*group)) {
        order_ids.push_back(o.id);
        if (o.escrowed() > 0) {
          journals.push_back(into_escrow(tx_, parts_.accounts, o, receivable(o)));
        }
      }
    }
    if (!journals.empty()) ledger::post(tx_, journals);
    set_order_states(tx_, order_ids, OrderState::paid);
    set_group_states(tx_, group_ids, OrderState::paid);
    for (const Group* group : paid_) {
      for (const Order& o : orders_of(*group)) {
        storage::publish(tx_, o.id.value, o.version + 1,
                         events::OrderPaid{o.id, o.group, o.merchant, o.person, o.money(o.total)});
      }
    }
    reserve_late_lines();
  }

  /// Lines that are deducted at payment: who pays too late for the last unit gets his money back.
  void reserve_late_lines() {
    std::vector<StockId> ids;
    for (const Group* group : paid_) {
      for (const Order& o : orders_of(*group)) {
        for (const Line& line : o.lines) {
          if (line.late) ids.push_back(StockId{line.stock});
        }
      }
    }
    if (ids.empty()) return;
    std::map<StockId, inventory::StockLevel> levels;
    for (const auto& level : inventory::load(tx_, ids)) levels.emplace(level.id, level);
    for (const Group* group : paid_) {
      for (Order& o : orders_of(*group)) reserve_late(*group, o, levels);
    }
  }

  void reserve_late(const Group& group, Order& order,
                    std::map<StockId, inventory::StockLevel>& levels) {
    inventory::Movement m;
    m.reason = inventory::Reason::order_paid;
    m.ref = order.id.value;
    std::map<StockId, std::int64_t> wanted;
    for (const Line& line : order.lines) {
      if (!line.late) continue;
      wanted[StockId{line.stock}] += line.quantity;
      m.lines.push_back({StockId{line.stock}, 0, line.quantity});
    }
    if (m.lines.empty()) return;
    for (const auto& [stock, quantity] : wanted) {
      if (levels.contains(stock) && levels.at(stock).covers(quantity)) continue;
      // The units are gone. What the order holds of other lines goes back with its money.
      order.state = OrderState::paid;
      ++order.version;
      std::vector<Order> one{order};
      release_stock(tx_, parts_, one, inventory::Reason::order_cancelled, false);
      return_uses(tx_, one, orders_of(group));
      if (auto op = refund_money(group, order, "sold_out")) refunds_.operations.push_back(*op);
      order.state = OrderState::cancelled;
      return;
    }
    for (const auto& [stock, quantity] : wanted) levels.at(stock).reserved += quantity;
    m.id = tx_.next_id<MovementId>(order.id.shard());
    inventory::apply(tx_, m.lines, &parts_.availability);
    inventory::record(tx_, {&m, 1});
  }

  std::optional<payments::Operation> refund_money(const Group& group, const Order& order,
                                                  std::string_view reason) {
    set_order_states(tx_, {&order.id, 1}, OrderState::cancelled);
    publish_cancelled(tx_, order, reason, true);
    if (order.escrowed() == 0) return std::nullopt;
    Order now = order;
    ++now.version;
    Life life = new_life(now);
    Refund refund = whole_refund(tx_, now, life, RefundReason::sold_out);
    auto asked = pay_back(tx_, parts_, group, now, life, refund);
    if (refund.amount.minor == 0) return std::nullopt;
    insert_refund(tx_, refund);
    publish_refund(tx_, refund, Side::platform);
    return asked;
  }

  /// Money for orders that were given up meanwhile: received, then on its way back.
  void refund_late(const Group& group) {
    for (const Order& o : orders_of(group)) {
      if (o.total == 0) continue;
      const auto j =
          transfer(tx_, parts_.accounts, ledger::Kind::payment, o, receivable(o), clearing(o));
      ledger::post(tx_, {&j, 1});
      Refund refund = whole_refund(tx_, o, new_life(o), RefundReason::paid_too_late);
      refunds_.operations.push_back(*ask_payout(tx_, group, o, refund, false));
      insert_refund(tx_, refund);
      publish_refund(tx_, refund, Side::platform);
    }
  }

  /// What the provider said of a refund; which one it was stands in the note of the request.
  void book_refund(const payments::ProviderEvent& e) {
    const auto& payment = payments_.at(e.payment);
    for (const auto& request : payment.events) {
      if (request.type != EventType::refund || request.result != EventResult::request ||
          request.operation != e.event.operation) {
        continue;
      }
      const auto id = id_from_text<RefundId>(request.note);
      auto refund = id ? find_refund(tx_, *id) : std::nullopt;
      if (refund) payout_answered(tx_, parts_, *refund, e.event.result == EventResult::success);
      return;
    }
  }

  storage::Tx& tx_;
  const SettleParts& parts_;
  Refunds& refunds_;
  std::map<PaymentId, payments::Payment> payments_;
  std::map<OrderGroupId, Group> groups_;
  std::map<OrderGroupId, std::vector<Order>> orders_;
  std::set<OrderGroupId> seen_;
  std::vector<const Group*> paid_, late_;
  std::vector<std::pair<const Group*, std::string_view>> failed_;
  std::vector<payments::ProviderEvent> refunded_;
};

}  // namespace

void settle(storage::Tx& tx, const SettleParts& parts,
            std::span<const payments::ProviderEvent> events, Refunds& refunds) {
  Settlement(tx, parts, refunds).run(events);
}

void give_up(storage::Tx& tx, const SettleParts& parts, const Group& group,
             std::span<const Order> orders, OrderState state, std::string_view reason) {
  release_stock(tx, parts, orders,
                state == OrderState::expired ? inventory::Reason::order_expired
                                             : inventory::Reason::order_cancelled,
                false);
  std::vector<OrderId> ids;
  for (const Order& o : orders) ids.push_back(o.id);
  set_order_states(tx, ids, state);
  set_group_states(tx, {&group.id, 1}, state);
  return_uses(tx, orders, orders);
  for (const Order& o : orders) publish_cancelled(tx, o, reason, false);
}

std::optional<payments::Operation> refund_order(storage::Tx& tx, const SettleParts& parts,
                                                const Group& group, const Order& order,
                                                std::string_view reason) {
  Life life = life_of(tx, order);
  inventory::Movement m;
  m.reason = inventory::Reason::order_cancelled;
  m.ref = order.id.value;
  for (Refund& open : refunds_of(tx, order.id)) {
    if (!open.open()) continue;
    open.state = RefundState::closed;
    open.due = {};
    update_refund(tx, open);
    publish_refund(tx, open, Side::buyer);
  }
  Refund refund = whole_refund(tx, order, life, RefundReason::cancelled);
  for (LifePart& part : life.parts) {
    part.refund = {};
    if (part.line == kShippingLine || unsent_of(part) == 0) continue;
    const auto stock = StockId{order.lines[static_cast<std::size_t>(part.line)].stock};
    m.lines.push_back({stock, 0, -unsent_of(part)});
    part.withdrawn += unsent_of(part);
  }
  if (!m.lines.empty()) {
    m.id = tx.next_id<MovementId>(order.id.shard());
    inventory::apply(tx, m.lines, &parts.availability);
    inventory::record(tx, {&m, 1});
  }
  set_order_states(tx, {&order.id, 1}, OrderState::cancelled);
  publish_cancelled(tx, order, reason, true);
  if (!order.details.promotions.empty()) return_uses(tx, {&order, 1}, orders_of(tx, group));
  Order now = order;
  ++now.version;
  const auto asked = pay_back(tx, parts, group, now, life, refund);
  if (life.version > 0) save_life(tx, life);
  if (refund.amount.minor == 0) return std::nullopt;
  insert_refund(tx, refund);
  publish_refund(tx, refund, Side::buyer);
  return asked;
}

void SettleBatch::run(storage::Tx& tx, std::span<void* const> items) {
  std::vector<payments::ProviderEvent> events;
  for (void* p : items) {
    const auto* item = static_cast<const SettleItem*>(p);
    events.insert(events.end(), item->events.begin(), item->events.end());
  }
  Refunds refunds;
  settle(tx, parts_, events, refunds);
  if (!refunds.operations.empty()) {
    tx.after_commit([after = after_, refunds] { after(refunds); });
  }
}

}  // namespace fondaco::orders
