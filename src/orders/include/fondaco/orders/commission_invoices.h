// Commission invoices: what the platform charges each merchant for a month, read from the ledger.
// Depends on ledger's statements. The document itself is made by whoever prints documents.
//
// Invariants: numbers of the platform are 1, 2, 3 … without a gap, in the transaction that writes
// the invoice; one invoice for each merchant, month and currency; commission, fees and tax are the
// numbers of the merchant's statement with their sign turned, to the cent.
#pragma once

#include <fondaco/base/ids.h>
#include <fondaco/base/money.h>
#include <fondaco/base/result.h>
#include <fondaco/storage/findings.h>
#include <fondaco/storage/jobs.h>
#include <fondaco/storage/settings.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fondaco::orders {

struct CommissionInvoice {
  InvoiceId id;
  std::int64_t number = 0;
  MerchantId merchant;
  std::string period;  // "2026-11"
  Currency currency;
  std::int64_t commission = 0;  // Minor units; below zero: given back, the month is a credit note.
  std::int64_t payment_fee = 0;
  std::int64_t annual_fees = 0;
  std::int64_t tax = 0;
  bool reverse_charge = false;
  Instant issued_at;
  std::int64_t net() const { return commission + payment_fee + annual_fees; }
  std::int64_t gross() const { return net() + tax; }
  bool is_credit_note() const { return gross() < 0; }
  /// "P-000042"
  std::string name() const;
};

enum class InvoiceRefusal { bad_period, month_not_over };

struct CommissionInvoices {
  storage::Store& store;
  storage::Settings& settings;

  /// Registers the job. Before Store::start().
  void wire(storage::Jobs& jobs) const;
  /// Issues what is missing for a month that is over, as a job.
  Result<JobId, InvoiceRefusal> start(storage::Tx& tx, std::string_view period) const;
  /// The job's work, from `after` on: 100 merchants a transaction. Repeating it changes nothing.
  int issue(std::string_view period) const;
};

/// Newest first, before the number `before` (0: from the newest).
std::vector<CommissionInvoice> commission_invoices_of(storage::Read& read, MerchantId merchant,
                                                      std::int64_t before, int limit);
/// Of all merchants, by number, after `after`.
std::vector<CommissionInvoice> commission_invoices(storage::Read& read, std::int64_t after,
                                                   int limit);

/// Numbers have no gap.
void verify_commission_invoices(storage::Read& read, storage::Findings& findings);

}  // namespace fondaco::orders
