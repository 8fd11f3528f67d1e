// Vendors: what the vendors behind a multi-brand flagship get of a finished order. Depends on
// aftersale.h, marketplace/annual.h.
//
// A subscriber (`once`, on main) hears order.finished and books, within moments, each vendor's
// share of what the merchant was released for the vendor's lines. Freight is the merchant's own. A
// refund after that is between merchant and vendor.
#pragma once

#include <fondaco/marketplace/annual.h>
#include <fondaco/orders/aftersale.h>

#include <vector>

namespace fondaco::orders {

/// Released lines with what the merchant was given for each, fees and refunds taken off.
std::vector<marketplace::SoldLine> sold_lines(const Order& order, const Life& life);
/// Registers the subscriber. Before Store::start().
void wire_vendors(storage::Store& store, ledger::AccountBook& accounts);

}  // namespace fondaco::orders
