#include "numbers.h"
#include "payout_rows.h"

#include <fondaco/base/json.h>
#include <fondaco/ledger/seller.h>
#include <fondaco/marketplace.h>
#include <fondaco/orders/commission_invoices.h>
#include <fondaco/orders/settlement.h>

#include <fmt/format.h>

namespace fondaco::orders {
namespace {

using ledger::SellerNumber;

constexpr std::string_view kJob = "orders.commission_invoices";
constexpr int kAtOnce = 100;

constexpr storage::Sql kExists{"orders.commission_invoice_exists", R"sql(
  SELECT number FROM orders_commission_invoice
   WHERE merchant_id = $1 AND period = $2 AND currency = $3 AND shard = $4)sql"};
constexpr storage::Sql kInsert{"orders.commission_invoice_insert", R"sql(
  INSERT INTO orders_commission_invoice
    (id, shard, number, merchant_id, period, currency, commission, payment_fee, annual_fees, tax,
     reverse_charge, issued_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12))sql"};
constexpr storage::Sql kOfMerchant{"orders.commission_invoices_of", R"sql(
  SELECT id, number, merchant_id, period, currency, commission, payment_fee, annual_fees, tax,
         reverse_charge, issued_at
    FROM orders_commission_invoice WHERE merchant_id = $1 AND number < $2
   ORDER BY number DESC LIMIT $3)sql"};
constexpr storage::Sql kAll{"orders.commission_invoices_all", R"sql(
  SELECT id, number, merchant_id, period, currency, commission, payment_fee, annual_fees, tax,
         reverse_charge, issued_at
    FROM orders_commission_invoice WHERE number > $1 ORDER BY number LIMIT $2)sql"};
constexpr storage::Sql kCount{"orders.commission_invoice_count", R"sql(
  SELECT CAST(COUNT(*) AS BIGINT), CAST(COALESCE(MAX(number), 0) AS BIGINT)
    FROM orders_commission_invoice)sql"};

struct Payload {
  std::string period;
};
BOOST_DESCRIBE_STRUCT(Payload, (), (period))

CommissionInvoice invoice_row(const storage::Row& row) {
  CommissionInvoice i;
  i.id = row.id<InvoiceId>(0);
  i.number = row.integer(1);
  i.merchant = row.id<MerchantId>(2);
  i.period = row.str(3);
  i.currency = row.currency(4);
  i.commission = row.integer(5);
  i.payment_fee = row.integer(6);
  i.annual_fees = row.integer(7);
  i.tax = row.integer(8);
  i.reverse_charge = row.flag(9);
  i.issued_at = row.instant(10);
  return i;
}

class Issue {
 public:
  Issue(const CommissionInvoices& parts, std::string_view period)
      : parts_(parts), period_(period), days_(*ledger::period_of(period)) {}

  /// One transaction; the last account looked at, 0 at the end.
  AccountId page(storage::Tx& tx, AccountId after) {
    tx.act_as("commission_invoices");
    auto derived = parts_.store.derived().read();
    const auto ids = ledger::sellers_between(derived, days_, after, kAtOnce);
    for (const ledger::Account& a : ledger::balances(tx, ids)) one(tx, derived, a);
    return ids.size() < static_cast<std::size_t>(kAtOnce) ? AccountId{} : ids.back();
  }
  int issued() const { return issued_; }

 private:
  void one(storage::Tx& tx, storage::Read& derived, const ledger::Account& account) {
    const MerchantId merchant{account.ref.owner};
    const Currency currency = account.ref.currency;
    if (tx.scalar(kExists, {merchant, period_, currency, merchant.shard()})) return;
    const auto s = ledger::seller_statement(tx, derived, merchant, currency, days_);
    if (!s.ok()) return;
    CommissionInvoice i;
    i.commission = -s->of(SellerNumber::commission).amount;
    i.payment_fee = -s->of(SellerNumber::payment_fee).amount;
    i.annual_fees = -s->of(SellerNumber::annual_fees).amount;
    i.tax = -s->of(SellerNumber::tax_on_commission).amount;
    if (i.net() == 0 && i.tax == 0) return;
    const InvoiceId id = tx.next_id<InvoiceId>(merchant.shard());
    tx.exec(kInsert,
            {id, id.shard(), next_number(tx, 1), merchant, period_, currency, i.commission,
             i.payment_fee, i.annual_fees, i.tax, reverse_charge(tx, merchant) ? 1 : 0, tx.now()});
    ++issued_;
  }

  bool reverse_charge(storage::Tx& tx, MerchantId merchant) const {
    const auto found = marketplace::find_merchant(tx, merchant);
    return found && commission_tax({parts_.settings.text(kPlatformCountry),
                                    parts_.settings.text(kPlatformVat)},
                                   {found->country, payout_plan(tx, merchant).vat_id}, tx.now())
                        .reverse_charge;
  }

  const CommissionInvoices& parts_;
  const std::string period_;
  const ledger::DayRange days_;
  int issued_ = 0;
};

}  // namespace

std::string CommissionInvoice::name() const { return fmt::format("P-{:06}", number); }

void CommissionInvoices::wire(storage::Jobs& jobs) const {
  jobs.handle({std::string(kJob), [parts = *this](storage::JobContext& job) {
                 const auto payload = read_json<Payload>(job.job().payload);
                 if (!payload.ok() || !ledger::period_of(payload->period)) {
                   throw storage::JobRefused("the payload names no period");
                 }
                 const int issued = parts.issue(payload->period);
                 job.result("{\"issued\":" + std::to_string(issued) + "}");
               }});
}

Result<JobId, InvoiceRefusal> CommissionInvoices::start(storage::Tx& tx,
                                                        std::string_view period) const {
  const auto days = ledger::period_of(period);
  if (!days || period.size() != 7) return Refused{InvoiceRefusal::bad_period};
  if (days->to > ledger::day_of(tx.now())) return Refused{InvoiceRefusal::month_not_over};
  return storage::enqueue(
      tx, {.kind = std::string(kJob), .payload = json_of(Payload{std::string(period)})});
}

int CommissionInvoices::issue(std::string_view period) const {
  store.outbox().drain();  // What happened in the month stands in the statements.
  Issue work(*this, period);
  AccountId after;
  do {
    after = store.main().write([&](storage::Tx& tx) { return work.page(tx, after); });
  } while (after);
  return work.issued();
}

std::vector<CommissionInvoice> commission_invoices_of(storage::Read& read, MerchantId merchant,
                                                      std::int64_t before, int limit) {
  return read.all(kOfMerchant, {merchant, before > 0 ? before : INT64_MAX, limit}, invoice_row);
}

std::vector<CommissionInvoice> commission_invoices(storage::Read& read, std::int64_t after,
                                                   int limit) {
  return read.all(kAll, {after, limit}, invoice_row);
}

void verify_commission_invoices(storage::Read& read, storage::Findings& findings) {
  read.each(kCount, {}, [&](const storage::Row& row) {
    findings.checked["commission_invoices"] += row.integer(0);
    if (row.integer(0) != row.integer(1)) {
      findings.differences.push_back(
          {"commission invoice numbers", "all", row.integer(0), row.integer(1)});
    }
  });
}

}  // namespace fondaco::orders
