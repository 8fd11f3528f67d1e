// Routes of settlement: payouts, statements, commission invoices. In fondaco_orders_api.
#pragma once

#include <fondaco/orders/commission_invoices.h>
#include <fondaco/orders/payouts.h>

namespace fondaco::http {
class Router;
}

namespace fondaco::orders {

struct SettlementServices {
  storage::Store& store;
  Payouts& payouts;
  marketplace::OfferBook& offers;
  shoppers::Keyring& keyring;
  storage::Settings& settings;
  ledger::AccountBook& accounts;
  CommissionInvoices invoices;
};
void mount_settlement(http::Router& router, SettlementServices services);

}  // namespace fondaco::orders
