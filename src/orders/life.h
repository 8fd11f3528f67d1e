// Rows of what comes after payment: lives and refunds. Private to orders.
#pragma once

#include "shares.h"

#include <fondaco/orders/aftersale.h>

#include <span>
#include <vector>

namespace fondaco::orders {

/// As an order begins, without a look at the table.
Life new_life(const Order& order);
std::optional<Life> stored_life(storage::Read& read, OrderId order);
std::vector<Life> stored_lives(storage::Read& read, std::span<const OrderId> orders);
/// Inserts or updates; the stored version must be the one read, else GuardFailed.
void save_life(storage::Tx& tx, Life& life);

/// Units of a line that have not left and were not given up.
std::int64_t unsent_of(const LifePart& part);
/// Units that were sent and not refunded since.
std::int64_t kept_units_of(const LifePart& part);
/// Nothing more can happen to its money by itself.
bool settled(const LifePart& part);
Share share_of_part(const LifePart& part);

void insert_refund(storage::Tx& tx, const Refund& refund);
/// Version + 1; the stored version must be the one read, else GuardFailed.
void update_refund(storage::Tx& tx, Refund& refund);
std::vector<Refund> refunds_of_orders(storage::Read& read, std::span<const OrderId> orders);
void publish_refund(storage::Tx& tx, const Refund& refund, Side by);

}  // namespace fondaco::orders
