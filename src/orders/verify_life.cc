#include "verify_life.h"

#include <algorithm>

namespace fondaco::orders {
namespace {

/// Compares one figure of an order with what it is recomputed from.
class Comparing {
 public:
  Comparing(const Order& order, storage::Findings& findings) : order_(order), findings_(findings) {}
  void same(std::string what, std::int64_t recomputed, std::int64_t stored) {
    if (recomputed == stored) return;
    findings_.differences.push_back({std::move(what), to_text(order_.id), recomputed, stored});
  }

 private:
  const Order& order_;
  storage::Findings& findings_;
};

std::int64_t refunded_of(const LifePart& part, std::span<const Refund> refunds) {
  std::int64_t sum = 0;
  for (const Refund& r : refunds) {
    if (r.state != RefundState::success) continue;
    if (part.line == kShippingLine) sum += r.shipping;
    for (const RefundLine& line : r.lines) {
      if (line.line == part.line) sum += line.amount;
    }
  }
  return sum;
}

void compare_parts(const Order& order, const Life& life, std::span<const Refund> refunds,
                   std::span<const logistics::Shipment> parcels, Comparing& c) {
  const auto shares = shares_of(order);
  c.same("parts of order", static_cast<std::int64_t>(shares.size()),
         static_cast<std::int64_t>(life.parts.size()));
  for (std::size_t i = 0; i < std::min(shares.size(), life.parts.size()); ++i) {
    const Share& share = shares[i];
    const LifePart& part = life.parts[i];
    c.same("paid for line", share.gross, part.gross);
    c.same("commission of line", share.commission, part.commission);
    c.same("payment fee of line", share.fee, part.fee);
    c.same("platform's part of line", share.platform, part.platform);
    c.same("refunded of line", refunded_of(part, refunds), part.refunded);
    c.same("refunded above what was paid", std::max(part.refunded, part.gross), part.gross);
    std::int64_t sent = 0;
    for (const auto& parcel : parcels) {
      if (parcel.refund) continue;
      for (const auto& line : parcel.lines) {
        if (line.line == part.line) sent += line.quantity;
      }
    }
    c.same("units sent of line", sent, part.shipped);
    const bool fits = part.shipped + part.withdrawn <= part.quantity && part.withdrawn >= 0 &&
                      part.returned >= 0 && part.returned <= part.shipped;
    c.same("units of line", 1, fits ? 1 : 0);
    const auto open = std::count_if(refunds.begin(), refunds.end(), [&](const Refund& r) {
      return r.id == part.refund && r.open();
    });
    c.same("open refund of line", part.refund ? 1 : 0, open);
  }
}

/// Refunds of these reasons give back an order that is no longer counted as paid.
bool of_given_up(const Refund& r) {
  return r.reason == RefundReason::cancelled || r.reason == RefundReason::sold_out ||
         r.reason == RefundReason::paid_too_late;
}

}  // namespace

LifeFigures verify_life(storage::Read& read, const Order& order, const Life* life,
                        std::span<const Refund> refunds, storage::Findings& findings) {
  Comparing c(order, findings);
  LifeFigures out;
  const bool given_up = std::any_of(refunds.begin(), refunds.end(), of_given_up);
  const std::int64_t captured = was_paid(order.state) || given_up ? order.total : 0;
  std::int64_t refunded = 0, gone = 0;
  for (const Refund& r : refunds) {
    ++findings.checked["refunds"];
    if (r.state == RefundState::success) refunded += r.amount.minor;
    if (r.payout == PayoutState::asked || r.payout == PayoutState::done) gone += r.amount.minor;
    std::int64_t sum = r.shipping;
    for (const RefundLine& line : r.lines) sum += line.amount;
    c.same("amount of refund", sum, r.amount.minor);
  }
  c.same("refunded above what was captured", std::max(refunded, captured), captured);
  out.kept = captured - gone;
  if (!life) {
    out.held = was_paid(order.state) ? order.total + order.platform_discount : 0;
    return out;
  }
  for (const LifePart& part : life->parts) out.held += held_of(part);
  compare_parts(order, *life, refunds, logistics::shipments_of(read, order.id), c);
  return out;
}

}  // namespace fondaco::orders
