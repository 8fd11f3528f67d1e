// Settlement: what follows when an order's money is released to its merchant. Depends on base,
// storage, ledger, marketplace.
//
// A subscriber (`once`, on main) hears order.released, order.refunded and refund.changed and books,
// within moments: the tax on what the platform has taken of the order (merchant_payable to
// tax_payable, or back after a refund: always the difference to what the whole order owes), and the
// share that the plan keeps in reserve (merchant_payable to merchant_reserve; back by a timer).
// Invariant: the tax on an order is its rate times commission and payment fee, to the cent.
#pragma once

#include <fondaco/base/ids.h>
#include <fondaco/base/money.h>
#include <fondaco/ledger.h>
#include <fondaco/storage/findings.h>
#include <fondaco/storage/settings.h>

#include <span>
#include <string>
#include <string_view>

namespace fondaco::orders {

/// What came to merchant_payable.
struct Released {
  MerchantId merchant;
  Money net;
};
/// Puts aside what the merchants' plans keep. One look-up batch; one journal, row and timer per
/// merchant and currency that keeps something.
void set_aside(storage::Tx& tx, ledger::AccountBook& book, std::span<const Released> released);
/// What the subscriber does for one batch of events: taxes the orders, then sets aside.
struct SettlementParts {
  storage::Store& store;
  ledger::AccountBook& accounts;
  storage::Settings& settings;
};
void settle_released(storage::Tx& tx, const SettlementParts& parts,
                     std::span<const storage::StoredEvent> events);
/// Registers the subscriber and the timer that gives reserves back. Before Store::start().
void wire_settlement(SettlementParts parts);
/// What a merchant has in reserve by the rows, to be compared with the ledger.
std::int64_t reserved(storage::Read& read, MerchantId merchant, Currency currency);

/// The two sides of a commission, for the tax on it.
struct TaxSide {
  std::string country;  // ISO 3166-1.
  std::string vat_id;   // Empty: no taxable person, as far as the law is concerned.
};
struct CommissionTax {
  std::int64_t basis_points = 0;
  bool reverse_charge = false;  // The merchant owes it in its own country.
  std::string_view ground;      // domestic, reverse_charge, outside, consumer, not_set
};
/// Services between taxable persons are taxed where the customer is (Directive 2006/112/EC, Art.
/// 44): at home with the platform's rate; in another EU state with a VAT number by reverse charge;
/// outside the EU not here. Without a VAT number abroad the platform's rate counts (Art. 45).
CommissionTax commission_tax(const TaxSide& platform, const TaxSide& merchant, Instant at);

/// Each order's tax against its rate, commission and payment fee as the ledger has them. An order
/// without a tax row is not looked at: its event waits.
void verify_commission_tax(storage::Read& read, storage::Findings& findings);

}  // namespace fondaco::orders
