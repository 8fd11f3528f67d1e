// What comes after payment, recomputed from its rows. Private to orders.
#pragma once

#include "life.h"

#include <span>

namespace fondaco::orders {

struct LifeFigures {
  std::int64_t held = 0;  // What escrow should hold for the order.
  std::int64_t kept = 0;  // What should be left of the payment, refunds on their way taken off.
};
/// `life` is null for an order to which nothing has happened since it was paid. Parts against the
/// order, the refunds and the parcels; differences go into `findings`.
LifeFigures verify_life(storage::Read& read, const Order& order, const Life* life,
                        std::span<const Refund> refunds, storage::Findings& findings);

}  // namespace fondaco::orders
