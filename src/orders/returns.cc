#include "work.h"

#include <fondaco/base/check.h>

#include <algorithm>
#include <map>

namespace fondaco::orders {

Aftercome<Refund> Aftersale::send_back(storage::Tx& tx, RefundId id, std::int64_t version,
                                       std::string carrier, std::string tracking) {
  Work w(tx, parts_);
  if (auto no = w.load(id, version, {RefundState::wait_return})) return Refused{std::move(*no)};
  w.refund.carrier = std::move(carrier);
  w.refund.tracking = std::move(tracking);
  Duration time = time_for(Waiting::seller_receives, tx.now());
  if (w.refund.reason == RefundReason::withdrawal) {
    // The law wants the money back a fortnight after the withdrawal once the goods are on the way.
    const Market market = market_of(w.order.country, tx.now());
    const Duration left = w.refund.opened_at + days(market.repay_days) - tx.now();
    time = std::min(time, std::max(left, minutes(1)));
  }
  w.move_to(RefundState::wait_seller_receive, Side::buyer, time);
  w.finish();
  return std::move(w.refund);
}

/// Units of a return on a shelf again, or written off: then they came and went.
void Aftersale::Work::shelve(std::span<const ArrivedLine> arrived) {
  std::vector<inventory::Taking> takings;
  inventory::Movement back, off;
  back.reason = inventory::Reason::order_returned;
  off.reason = inventory::Reason::damaged;
  back.ref = off.ref = order.id.value;
  for (RefundLine& line : refund.lines) {
    const std::int64_t units = line.quantity - line.unsent;
    if (units == 0) continue;
    const Line& bought = order.lines[static_cast<std::size_t>(line.line)];
    StockId stock{bought.stock};
    for (const ArrivedLine& a : arrived) {
      if (a.line != line.line) continue;
      line.restock = a.restock;
      if (a.place) stock = inventory::ensure_stock(tx, VariantId{bought.variant}, a.place);
    }
    back.lines.push_back({stock, units, 0});
    if (!line.restock) off.lines.push_back({stock, -units, 0});
  }
  for (inventory::Movement* m : {&back, &off}) {
    if (m->lines.empty()) continue;
    m->id = tx.next_id<MovementId>(order.id.shard());
    takings.insert(takings.end(), m->lines.begin(), m->lines.end());
    inventory::record(tx, {m, 1});
  }
  if (!takings.empty()) inventory::apply(tx, takings, &parts.availability);
}

void Aftersale::Work::goods_are_back(Side by, std::span<const ArrivedLine> arrived) {
  shelve(arrived);
  if (refund.kind == RefundKind::exchange) {
    move_to(RefundState::wait_reship, by, time_for(Waiting::seller_reships, tx.now()));
  } else {
    succeed(by);
  }
}

Aftercome<Refund> Aftersale::arrive(storage::Tx& tx, RefundId id, std::int64_t version, bool intact,
                                    std::span<const ArrivedLine> lines, std::string text) {
  Work w(tx, parts_);
  const auto states = {RefundState::wait_return, RefundState::wait_seller_receive};
  if (auto no = w.load(id, version, states)) return Refused{std::move(*no)};
  for (const ArrivedLine& line : lines) {
    const auto& all = w.refund.lines;
    const bool known = std::any_of(all.begin(), all.end(),
                                   [&](const RefundLine& r) { return r.line == line.line; });
    const auto place = line.place ? inventory::place(tx, line.place) : std::nullopt;
    if (!known || (line.place && (!place || place->merchant != w.order.merchant))) {
      return Refused{refusing(AftersaleRefusal::unknown_line, std::to_string(line.line))};
    }
  }
  if (!text.empty()) w.refund.merchant_text = std::move(text);
  if (intact) {
    w.goods_are_back(Side::merchant, lines);
  } else {
    w.move_to(RefundState::arbitration, Side::merchant);
  }
  w.finish();
  return std::move(w.refund);
}

}  // namespace fondaco::orders
