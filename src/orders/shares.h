// Which part of an order's money belongs to which line. Pure; private to orders.
// The parts of what was stored at placement sum to it exactly, and so do the parts of any number
// of refunds: what is handed back is always computed from all that was refunded so far.
#pragma once

#include <fondaco/orders.h>

#include <vector>

namespace fondaco::orders {

inline constexpr std::int64_t kShippingLine = -1;

struct Share {
  std::int64_t line = 0;        // kShippingLine: the shipping.
  std::int64_t quantity = 0;    // 0 for shipping.
  std::int64_t gross = 0;       // What the buyer paid for it, tax included.
  std::int64_t platform = 0;    // What the platform added to it.
  std::int64_t commission = 0;  //
  std::int64_t fee = 0;         // Of the payment, by gross.
};
/// One for each line in their order, then one for the shipping.
std::vector<Share> shares_of(const Order& order);

/// The share of `whole` that belongs to `part` of `of`, by largest remainder against the rest; a
/// tie goes to the part. 0 <= part <= of. Grows with part; whole at part == of.
std::int64_t share_of(std::int64_t whole, std::int64_t part, std::int64_t of);

/// What goes back of one Share when `refunded` of its gross has gone back in all.
struct HandedBack {
  std::int64_t platform = 0;
  std::int64_t commission = 0;
  std::int64_t fee = 0;
};
HandedBack handed_back(const Share& share, std::int64_t refunded);

}  // namespace fondaco::orders
