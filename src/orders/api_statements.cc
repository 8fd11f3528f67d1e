#include "api_settlement.h"

#include <fondaco/ledger/seller.h>

#include <fmt/format.h>

namespace fondaco::orders {
namespace {

using http::Idempotency;
using http::Method;
using http::Owner;
using http::Rate;
using http::schema_of;
using ledger::SellerNumber;

constexpr std::size_t kMostCsvLines = 50'000;

struct NumberOut {
  SellerNumber number = SellerNumber::sales;
  Money amount;
  std::int64_t entries = 0;
};
BOOST_DESCRIBE_STRUCT(NumberOut, (), (number, amount, entries))

struct SellerStatementOut {
  std::string period;
  std::string from;  // First day.
  std::string to;    // Last day.
  Money opening;
  std::vector<NumberOut> numbers;
  Money closing;
  Money reserve_opening;
  Money reserve_closing;
  Money balance;  // Now.
  Money pending;  // Committed a moment ago and in no statement yet.
};
BOOST_DESCRIBE_STRUCT(SellerStatementOut, (),
                      (period, from, to, opening, numbers, closing, reserve_opening,
                       reserve_closing, balance, pending))

struct MonthOut {
  std::string period;
  Money opening;
  Money closing;
};
BOOST_DESCRIBE_STRUCT(MonthOut, (), (period, opening, closing))
struct MonthListOut {
  std::vector<MonthOut> data;
};
BOOST_DESCRIBE_STRUCT(MonthListOut, (), (data))

struct LineOut {
  JournalId id;
  Instant at;
  std::string kind;
  std::string ref;  // Order, payout, chargeback … that it is about.
  Money amount;
};
BOOST_DESCRIBE_STRUCT(LineOut, (), (id, at, kind, ref, amount))
struct LineListOut {
  std::vector<LineOut> data;
  bool has_more = false;
};
BOOST_DESCRIBE_STRUCT(LineListOut, (), (data, has_more))

struct InvoiceOut {
  InvoiceId id;
  std::string number;
  MerchantId merchant;
  std::string period;
  Money commission;
  Money payment_fee;
  Money annual_fees;
  Money net;
  Money tax;
  Money gross;
  bool reverse_charge = false;
  bool credit_note = false;
  Instant issued_at;
};
BOOST_DESCRIBE_STRUCT(InvoiceOut, (),
                      (id, number, merchant, period, commission, payment_fee, annual_fees, net, tax,
                       gross, reverse_charge, credit_note, issued_at))
struct InvoiceListOut {
  std::vector<InvoiceOut> data;
  bool has_more = false;
};
BOOST_DESCRIBE_STRUCT(InvoiceListOut, (), (data, has_more))

struct InvoiceRunIn {
  std::string period;
};
BOOST_DESCRIBE_STRUCT(InvoiceRunIn, (), (period))
struct InvoiceRunOut {
  JobId job;
};
BOOST_DESCRIBE_STRUCT(InvoiceRunOut, (), (job))

/// The account that {merchant} and ?currency name, or the response that says why there is none.
Result<ledger::Account, Response> account_of(const SettlementServices& s, Context& c) {
  const auto accounts = ledger::accounts_of(c.read(), ledger::AccountKind::merchant_payable,
                                            merchant_named(s.offers, c)->value);
  const auto code = c.request().query_value("currency");
  const Currency own = s.offers.merchant(c.read(), *merchant_named(s.offers, c))->currency;
  for (const auto& a : accounts) {
    if (a.ref.currency.code() == (code ? std::string_view(*code) : own.code())) return a;
  }
  return Refused{http::problem(404, "unknown_account", "nothing was ever released in it")};
}

std::string ref_text(SellerNumber number, std::int64_t ref) {
  switch (number) {
    case SellerNumber::payouts:
      return to_text(PayoutId{ref});
    case SellerNumber::reserve:
      return to_text(JournalId{ref});
    case SellerNumber::chargebacks:
      return to_text(ChargebackId{ref});
    case SellerNumber::annual_fees:
    case SellerNumber::adjustments:
      return std::to_string(ref);
    default:
      return to_text(OrderId{ref});
  }
}

Response months(const SettlementServices& s, Context& c) {
  const auto account = account_of(s, c);
  if (!account.ok()) return account.refusal();
  const Currency currency = account->ref.currency;
  auto derived = s.store.derived().read();
  MonthListOut out;
  for (const auto& m : ledger::seller_months(derived, account->id, 120)) {
    out.data.push_back({m.period, {m.opening, currency}, {m.closing, currency}});
  }
  return http::json(json_of(out));
}

Response period_problem() {
  return http::problem(404, "unknown_period", "a period is a month 2026-11 or a day 2026-11-22");
}

Response statement(const SettlementServices& s, Context& c) {
  const auto days = ledger::period_of(c.param("period"));
  if (!days) return period_problem();
  const auto account = account_of(s, c);
  if (!account.ok()) return account.refusal();
  const Currency currency = account->ref.currency;
  const auto money = [&](std::int64_t minor) { return Money{minor, currency}; };
  auto derived = s.store.derived().read();
  const auto found =
      ledger::seller_statement(c.read(), derived, MerchantId{account->ref.owner}, currency, *days);
  if (!found.ok()) return http::problem(404, "unknown_account", "there is no such account");
  SellerStatementOut out{.period = std::string(c.param("period")),
                         .from = ledger::day_name(days->from),
                         .to = ledger::day_name(days->to - 1),
                         .opening = money(found->opening),
                         .numbers = {},
                         .closing = money(found->closing),
                         .reserve_opening = money(found->reserve_opening),
                         .reserve_closing = money(found->reserve_closing),
                         .balance = money(found->account.balance),
                         .pending = money(found->pending)};
  for (const SellerNumber n : ledger::kSellerNumbers) {
    out.numbers.push_back({n, money(found->of(n).amount), found->of(n).entries});
  }
  return http::json(json_of(out));
}

/// Every line of every number of the period, for accountants.
Response csv(const SettlementServices& s, Context& c, const ledger::Account& account,
             ledger::DayRange days) {
  auto derived = s.store.derived().read();
  std::string out = "time,number,journal,about,amount,currency\r\n";
  std::size_t lines = 0;
  for (const SellerNumber n : ledger::kSellerNumbers) {
    JournalId before;
    for (bool more = true; more;) {
      const auto page = ledger::seller_lines(c.read(), derived, account.id, n, days, before, 1000);
      for (const auto& e : page.entries) {
        out += fmt::format("{},{},{},{},{},{}\r\n", format_rfc3339(e.at),
                           boost::describe::enum_to_string(n, "unknown"), to_text(e.journal),
                           ref_text(n, e.ref), format_decimal({e.amount, account.ref.currency}),
                           account.ref.currency.code());
        before = e.journal;
      }
      lines += page.entries.size();
      more = page.has_more;
      if (lines > kMostCsvLines) {
        return http::problem(413, "too_many_lines", "more than 50000 lines: ask day by day");
      }
    }
  }
  Response r;
  r.body = std::move(out);
  r.content_type = "text/csv; charset=utf-8";
  return r.with("Content-Disposition",
                "attachment; filename=\"statement-" + std::string(c.param("period")) + ".csv\"");
}

Response lines(const SettlementServices& s, Context& c) {
  const auto days = ledger::period_of(c.param("period"));
  if (!days) return period_problem();
  const auto account = account_of(s, c);
  if (!account.ok()) return account.refusal();
  if (c.request().query_value("format") == "csv") return csv(s, c, *account, *days);
  SellerNumber number = SellerNumber::sales;
  const std::string name = c.request().query_value("number").value_or("");
  if (!boost::describe::enum_from_string(name.c_str(), number)) {
    return http::invalid("/query/number", "is no number of a statement");
  }
  const auto page = http::page_of(c);
  if (!page.ok()) return page.refusal();
  const auto before = start_of<JournalId>(*page);
  if (!before) return http::invalid("/query/starting_after", "is no journal");
  auto derived = s.store.derived().read();
  const auto found =
      ledger::seller_lines(c.read(), derived, account->id, number, *days, *before, page->limit);
  LineListOut out;
  out.has_more = found.has_more;
  for (const auto& e : found.entries) {
    out.data.push_back({e.journal,
                        e.at,
                        std::string(ledger::name_of(e.kind)),
                        ref_text(number, e.ref),
                        {e.amount, account->ref.currency}});
  }
  return http::json(json_of(out));
}

InvoiceOut shown(const CommissionInvoice& i) {
  const auto money = [&](std::int64_t minor) { return Money{minor, i.currency}; };
  return {.id = i.id,
          .number = i.name(),
          .merchant = i.merchant,
          .period = i.period,
          .commission = money(i.commission),
          .payment_fee = money(i.payment_fee),
          .annual_fees = money(i.annual_fees),
          .net = money(i.net()),
          .tax = money(i.tax),
          .gross = money(i.gross()),
          .reverse_charge = i.reverse_charge,
          .credit_note = i.is_credit_note(),
          .issued_at = i.issued_at};
}

/// "P-000042" or 42.
std::optional<std::int64_t> number_of(const http::Page& page) {
  if (!page.starting_after) return 0;
  std::string_view text = *page.starting_after;
  if (text.starts_with("P-")) text.remove_prefix(2);
  return parse_int(text);
}

Response invoices(const SettlementServices& s, Context& c, bool of_all) {
  const auto page = http::page_of(c);
  if (!page.ok()) return page.refusal();
  const auto start = number_of(*page);
  if (!start) return http::invalid("/query/starting_after", "is no number of an invoice");
  auto rows = of_all ? commission_invoices(c.read(), *start, page->limit + 1)
                     : commission_invoices_of(c.read(), *merchant_named(s.offers, c), *start,
                                              page->limit + 1);
  return cut_list(std::move(rows), page->limit, [](const auto& i) { return shown(i); });
}

http::WritePlan invoice_run(const SettlementServices& s, Context& c) {
  auto body = http::body_as<InvoiceRunIn>(c);
  if (!body.ok()) return body.refusal();
  return [s, period = body->period](storage::Tx& tx) {
    const auto job = s.invoices.start(tx, period);
    if (job.ok()) return http::json(json_of(InvoiceRunOut{*job}), 202);
    return job.refusal() == InvoiceRefusal::bad_period
               ? http::invalid("/period", "has to be a month like 2026-11")
               : http::problem(409, "month_not_over", "the month is not over yet");
  };
}

void mount_invoices(http::Router& router, const SettlementServices& s) {
  auto theirs = of_merchant(s, Method::get, "/api/v1/merchants/{merchant}/commission-invoices",
                            {"ledger.read", Owner::merchant, Rate::read, Idempotency::safe},
                            "What the platform has charged a merchant by month, newest first");
  theirs.response = schema_of<InvoiceListOut>();
  theirs.query = {{"limit", "1 to 100", "integer"}, {"starting_after", "A number"}};
  router.read(theirs, [s](Context& c) { return invoices(s, c, false); });
  auto all = of_operators(Method::get, "/api/v1/commission-invoices", "ledger.read",
                          Idempotency::safe, "Commission invoices of all merchants by number");
  all.response = schema_of<InvoiceListOut>();
  all.query = theirs.query;
  router.read(all, [s](Context& c) { return invoices(s, c, true); });
  auto run = of_operators(Method::post, "/api/v1/commission-invoices/runs", "ledger.write",
                          Idempotency::required, "Issues what is missing for a month, as a job");
  run.request = schema_of<InvoiceRunIn>();
  run.response = schema_of<InvoiceRunOut>();
  run.success = 202;
  run.refusals = {"month_not_over"};
  router.write(run, [s](Context& c) { return invoice_run(s, c); });
}

}  // namespace

void mount_statements(http::Router& router, const SettlementServices& s) {
  const http::Access reads{"ledger.read", Owner::merchant, Rate::read, Idempotency::safe};
  const std::vector<http::Schema::Parameter> currency = {
      {"currency", "The merchant's own when left out"}};
  auto list = of_merchant(s, Method::get, "/api/v1/merchants/{merchant}/statements", reads,
                          "Months in which something moved, newest first");
  list.response = schema_of<MonthListOut>();
  list.query = currency;
  list.refusals = {"unknown_merchant", "unknown_account"};
  router.read(list, [s](Context& c) { return months(s, c); });
  auto one = of_merchant(s, Method::get, "/api/v1/merchants/{merchant}/statements/{period}", reads,
                         "Opening, numbers and closing of a month (2026-11) or day (2026-11-22)");
  one.response = schema_of<SellerStatementOut>();
  one.query = currency;
  one.refusals = {"unknown_merchant", "unknown_account", "unknown_period"};
  router.read(one, [s](Context& c) { return statement(s, c); });
  auto open = of_merchant(s, Method::get, "/api/v1/merchants/{merchant}/statements/{period}/lines",
                          reads, "The journals behind one number; format=csv: behind all");
  open.response = schema_of<LineListOut>();
  open.query = {{"number",
                 "sales, refunds, commission, payment_fee, tax_on_commission, annual_fees, "
                 "adjustments, reserve, chargebacks or payouts"},
                {"format", "csv: every line of the period as a file"},
                {"currency", "The merchant's own when left out"},
                {"limit", "1 to 100, default 20", "integer"},
                {"starting_after", "id of the last line of the page before"}};
  open.refusals = {"unknown_merchant", "unknown_account", "unknown_period", "too_many_lines"};
  router.read(open, [s](Context& c) { return lines(s, c); });
  mount_invoices(router, s);
}

}  // namespace fondaco::orders
