// What the checkout batch needs of carts. Private to orders.
#pragma once

#include <fondaco/orders.h>

#include <span>
#include <unordered_map>

namespace fondaco::orders {

/// Versions of those that are open. One batch look-up.
std::unordered_map<CartId, std::int64_t> open_carts(storage::Read& read,
                                                    std::span<const CartId> ids);

struct ClosedCart {
  CartId cart;
  OrderGroupId group;
};
/// Marks carts as ordered; each must be open (GuardFailed otherwise). One batch write.
void close_carts(storage::Tx& tx, std::span<const ClosedCart> carts);

}  // namespace fondaco::orders
