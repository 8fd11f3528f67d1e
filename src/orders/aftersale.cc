#include "timeline.h"
#include "work.h"

#include <fondaco/base/check.h>
#include <fondaco/events/orders.h>
#include <fondaco/storage/publish.h>

#include <algorithm>

namespace fondaco::orders {
namespace {

std::vector<events::OrderUnits> units_of(const Order& order, const logistics::Shipment& s) {
  std::vector<events::OrderUnits> out;
  for (const auto& line : s.lines) {
    const Line& bought = order.lines[static_cast<std::size_t>(line.line)];
    out.push_back({line.line, line.quantity, bought.sku, bought.title});
  }
  return out;
}

void publish_shipped(storage::Tx& tx, const Order& order, const logistics::Shipment& s) {
  events::OrderShipped e;
  e.order = order.id;
  e.group = order.group;
  e.merchant = order.merchant;
  e.person = order.person;
  e.shipment = s.id;
  e.carrier = s.carrier;
  e.tracking = s.tracking;
  e.state = word(order.state);
  e.lines = units_of(order, s);
  storage::publish(tx, order.id.value, order.version, e);
}

}  // namespace

Aftercome<logistics::Shipment> Aftersale::ship(storage::Tx& tx, const NewParcel& parcel) {
  Work w(tx, parts_);
  if (auto no = w.load(parcel.order)) return Refused{std::move(*no)};
  logistics::Shipment wanted;
  wanted.order = w.order.id;
  wanted.merchant = w.order.merchant;
  wanted.carrier = parcel.carrier;
  wanted.tracking = parcel.tracking;
  std::vector<ParcelLine> lines = parcel.lines;
  if (lines.empty()) {
    for (const LifePart& p : w.life.parts) {
      if (unsent_of(p) > 0 && !p.refund) lines.push_back({p.line, unsent_of(p)});
    }
  }
  if (lines.empty()) return Refused{refusing(AftersaleRefusal::nothing_left)};
  for (const ParcelLine& line : lines) {
    const std::string name = std::to_string(line.line);
    if (!w.has_line(line.line)) return Refused{refusing(AftersaleRefusal::unknown_line, name)};
    LifePart& p = w.part(line.line);
    if (p.refund) return Refused{refusing(AftersaleRefusal::in_refund, name)};
    if (line.quantity < 1 || line.quantity > unsent_of(p)) {
      return Refused{refusing(AftersaleRefusal::bad_quantity, name, line.quantity, unsent_of(p))};
    }
    p.shipped += line.quantity;
    p.delivery = static_cast<std::int64_t>(parcel.delivery);
    w.start_timer(p);
    wanted.lines.push_back(
        {line.line, w.order.lines[static_cast<std::size_t>(line.line)].stock, line.quantity});
  }
  auto sent = logistics::send(tx, std::move(wanted), &parts_.availability);
  FONDACO_CHECK(sent.ok());  // The units were promised to this order.
  w.finish();
  publish_shipped(tx, w.order, *sent);
  return std::move(*sent);
}

Aftercome<logistics::Shipment> Aftersale::ship_replacement(storage::Tx& tx, RefundId refund,
                                                           const std::string& carrier,
                                                           const std::string& tracking) {
  Work w(tx, parts_);
  if (auto no = w.load(refund, 0, {RefundState::wait_reship})) return Refused{std::move(*no)};
  logistics::Shipment wanted;
  wanted.order = w.order.id;
  wanted.merchant = w.order.merchant;
  wanted.refund = refund;
  wanted.carrier = carrier;
  wanted.tracking = tracking;
  StockId other;
  if (w.refund.variant) {
    const auto offer = offer_for(tx, w.order, w.refund.variant);
    if (!offer || !offer->stock) return Refused{refusing(AftersaleRefusal::not_enough_stock)};
    other = offer->stock;
  }
  for (const RefundLine& line : w.refund.lines) {
    const std::int64_t own = w.order.lines[static_cast<std::size_t>(line.line)].stock;
    wanted.lines.push_back({line.line, other ? other.value : own, line.quantity});
  }
  auto sent = logistics::send(tx, std::move(wanted), &parts_.availability);
  if (!sent.ok()) return Refused{refusing(AftersaleRefusal::not_enough_stock)};
  for (const RefundLine& line : w.refund.lines) {
    LifePart& p = w.part(line.line);
    p.left = 0;  // What was sent anew is judged anew: its time begins again.
    p.received = 0;
  }
  w.succeed(Side::merchant);
  w.finish();
  publish_shipped(tx, w.order, *sent);
  return std::move(*sent);
}

Aftercome<Order> Aftersale::deliver(storage::Tx& tx, ShipmentId id) {
  const auto known = logistics::find(tx, id);
  if (!known) return Refused{refusing(AftersaleRefusal::unknown_shipment)};
  Work w(tx, parts_);
  if (auto no = w.load(known->order)) return Refused{std::move(*no)};
  const auto done = logistics::deliver(tx, id, tx.now());
  if (!done.ok()) return Refused{refusing(AftersaleRefusal::already_delivered)};
  for (const auto& line : done->lines) w.part(line.line).received = tx.now().us;
  w.finish();
  events::OrderDelivered e;
  e.order = w.order.id;
  e.group = w.order.group;
  e.merchant = w.order.merchant;
  e.person = w.order.person;
  e.shipment = id;
  e.delivered_at = tx.now().us;
  storage::publish(tx, w.order.id.value, w.order.version, e);
  return std::move(w.order);
}

Aftercome<Order> Aftersale::confirm(storage::Tx& tx, OrderId id,
                                    std::span<const std::int64_t> lines) {
  Work w(tx, parts_);
  if (auto no = w.load(id)) return Refused{std::move(*no)};
  const auto ready = [](const LifePart& p) {
    return p.line != kShippingLine && !settled(p) && unsent_of(p) == 0 && kept_units_of(p) > 0;
  };
  std::vector<std::size_t> which;
  for (const std::int64_t line : lines) {
    const std::string name = std::to_string(line);
    if (!w.has_line(line)) return Refused{refusing(AftersaleRefusal::unknown_line, name)};
    const LifePart& p = w.part(line);
    if (p.refund) return Refused{refusing(AftersaleRefusal::in_refund, name)};
    if (!ready(p)) return Refused{refusing(AftersaleRefusal::nothing_left, name)};
    which.push_back(static_cast<std::size_t>(line));
  }
  if (lines.empty()) {
    for (std::size_t i = 0; i + 1 < w.life.parts.size(); ++i) {
      if (ready(w.life.parts[i]) && !w.life.parts[i].refund) which.push_back(i);
    }
  }
  std::sort(which.begin(), which.end());
  which.erase(std::unique(which.begin(), which.end()), which.end());
  if (which.empty()) return Refused{refusing(AftersaleRefusal::nothing_left)};
  for (const std::size_t i : which) {
    if (w.life.parts[i].received == 0) w.life.parts[i].received = tx.now().us;
  }
  release_parts(tx, w.money(), w.order, w.life, which, "buyer");
  w.finish();
  return std::move(w.order);
}

void Aftersale::wire() {
  parts_.store.timers().handle("orders.confirm", [this](storage::Tx& tx, const storage::Timer& t) {
    confirm_due(tx, {t.ref});
  });
  parts_.store.timers().handle(
      "orders.refund_waits",
      [this](storage::Tx& tx, const storage::Timer& t) { refund_due(tx, {t.ref}); });
  subscribe_timeline(parts_.store);
}

/// Lines whose time is over count as received. They are looked up again: the timer may be old.
void Aftersale::confirm_due(storage::Tx& tx, OrderId id) {
  Work w(tx, parts_);
  if (w.load(id)) return;
  std::vector<std::size_t> which;
  for (std::size_t i = 0; i + 1 < w.life.parts.size(); ++i) {
    LifePart& p = w.life.parts[i];
    if (p.due == 0 || p.due > tx.now().us || p.refund) continue;
    if (p.received == 0) p.received = p.due;
    which.push_back(i);
  }
  if (which.empty()) return;
  release_parts(tx, w.money(), w.order, w.life, which, "timer");
  w.finish();
}

}  // namespace fondaco::orders
