// Rows of orders: how groups and orders lie in their tables. Private to orders.
#pragma once

#include <fondaco/orders.h>

#include <span>
#include <string>
#include <vector>

namespace fondaco::orders {

/// The JSON of an order's lines, as it lies in the row and in the event.
std::string lines_text(const std::vector<Line>& lines);

struct OrderRow {
  const Order* order;
  std::string lines;  // lines_text(order->lines), made once for row and event.
};
void insert_orders(storage::Tx& tx, std::span<const OrderRow> rows);
void insert_groups(storage::Tx& tx, std::span<const Group* const> groups);

/// Keeps other processes from changing the order until this transaction ends; read it after this.
void lock_order(storage::Tx& tx, OrderId order);
/// New state and version + 1 of many orders; each must exist.
void set_order_states(storage::Tx& tx, std::span<const OrderId> orders, OrderState state);
void set_group_states(storage::Tx& tx, std::span<const OrderGroupId> groups, OrderState state);
void set_action(storage::Tx& tx, OrderGroupId group, std::string_view action);

std::vector<Group> load_groups(storage::Read& read, std::span<const OrderGroupId> ids);
std::vector<Order> load_orders(storage::Read& read, std::span<const OrderId> ids);

/// The order.placed event of a row just written.
void publish_placed(storage::Tx& tx, const OrderRow& row);

}  // namespace fondaco::orders
