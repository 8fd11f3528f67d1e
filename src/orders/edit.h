// Changing an order before anything of it has left: what it would become, and what that costs.
// Private to orders; Checkout::preview_edit() and Checkout::edit() are its face.
#pragma once

#include "line_book.h"
#include "settle.h"

#include <fondaco/orders/checkout.h>

#include <vector>

namespace fondaco::orders {

struct EditParts {
  SettleParts settle;
  marketplace::OfferBook& offers;
  marketplace::FeeBook& fees;
  LineBook& lines;
  ShippingBook& shipping;
  ExemptionBook& exemptions;
  shoppers::Keyring& keyring;
};

struct EditPlan {
  Edited edited;
  std::vector<inventory::Taking> stock;  // What is taken (above zero) and given back.
};

/// Lines keep the price, the discount of each unit and the commission's share at which they were
/// bought; new lines have today's price and no discount; freight stays. Nothing is written.
Result<EditPlan, Refusing> plan_edit(storage::Read& read, const EditParts& parts,
                                     const Order& order, const EditRequest& request);
/// Stock, money, order and group in one transaction; the plan is of this transaction.
void apply_edit(storage::Tx& tx, const EditParts& parts, const Group& group, const Order& before,
                const EditPlan& plan);

}  // namespace fondaco::orders
