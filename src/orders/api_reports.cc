#include "api_settlement.h"

#include <fondaco/orders/reconciliation.h>
#include <fondaco/storage/blobs.h>

namespace fondaco::orders {
namespace {

using http::Idempotency;
using http::Method;
using http::schema_of;

struct ReportOut {
  SettlementReportId id;
  std::string provider;
  std::string file_hash;
  std::int64_t matched = 0;
  std::int64_t missing = 0;
  std::int64_t different = 0;
  std::int64_t unknown = 0;
  Instant from;
  Instant to;
  Instant created_at;
};
BOOST_DESCRIBE_STRUCT(ReportOut, (),
                      (id, provider, file_hash, matched, missing, different, unknown, from, to,
                       created_at))
struct ReportListOut {
  std::vector<ReportOut> data;
  bool has_more = false;
};
BOOST_DESCRIBE_STRUCT(ReportListOut, (), (data, has_more))

struct ReportLineOut {
  std::int64_t number = 0;  // In the file; 0: missing in it.
  LineKind kind = LineKind::payment;
  LineOutcome outcome = LineOutcome::unknown;
  std::string ref;
  std::optional<PaymentId> payment;
  std::optional<PayoutId> payout;
  Money gross;
  Money fee;
  Money expected;
  Instant at;
};
BOOST_DESCRIBE_STRUCT(ReportLineOut, (),
                      (number, kind, outcome, ref, payment, payout, gross, fee, expected, at))
struct ReportLineListOut {
  std::vector<ReportLineOut> data;
  bool has_more = false;
};
BOOST_DESCRIBE_STRUCT(ReportLineListOut, (), (data, has_more))

Response refused(const ReportProblem& p) {
  const std::string line = "line " + std::to_string(p.line);
  switch (p.reason) {
    case ReportRefusal::bad_heading:
      return http::problem(422, "bad_heading", "the heading lacks the column " + p.what);
    case ReportRefusal::bad_line:
      return http::problem(422, "bad_line", line + ": " + p.what + " is not understood");
    case ReportRefusal::too_many_lines:
      return http::problem(413, "too_many_lines", "more than 50000 lines: send it in parts");
    case ReportRefusal::taken_before:
      return http::problem(409, "taken_before", "this file has been taken before");
  }
  return http::problem(500, "internal", "unnamed refusal");
}

ReportOut shown(const Report& r) {
  return {r.id,        r.provider, r.file_hash, r.matched, r.missing,
          r.different, r.unknown,  r.from,      r.to,      r.created_at};
}

ReportLineOut shown(const ReportLine& l) {
  return {.number = l.number,
          .kind = l.kind,
          .outcome = l.outcome,
          .ref = l.ref,
          .payment = l.payment ? std::optional(l.payment) : std::nullopt,
          .payout = l.payout ? std::optional(l.payout) : std::nullopt,
          .gross = l.gross,
          .fee = {l.fee, l.gross.currency},
          .expected = {l.expected, l.gross.currency},
          .at = l.at};
}

http::WritePlan take(const SettlementServices& s, Context& c) {
  const std::string provider = c.request().query_value("provider").value_or("");
  if (provider.empty() || provider.size() > 32) {
    return http::invalid("/query/provider", "is missing: stripe, test …");
  }
  ReportFormat format = ReportFormat::own;
  if (const auto name = c.request().query_value("format")) {
    if (!boost::describe::enum_from_string(name->c_str(), format)) {
      return http::invalid("/query/format", "is not one of: own, stripe");
    }
  }
  auto lines = read_report(c.request().body, format);
  if (!lines.ok()) return refused(lines.refusal());
  return [s, provider, hash = storage::sha256_of(c.request().body),
          lines = std::move(*lines)](storage::Tx& tx) {
    const auto taken = take_report(tx, s.accounts, provider, hash, lines);
    return taken.ok() ? http::json(json_of(shown(*taken)), 201) : refused(taken.refusal());
  };
}

Response list(Context& c) {
  const auto page = http::page_of(c);
  if (!page.ok()) return page.refusal();
  const auto before = start_of<SettlementReportId>(*page);
  if (!before) return http::invalid("/query/starting_after", "is no report");
  return cut_list(list_reports(c.read(), *before, page->limit + 1), page->limit,
                  [](const Report& r) { return shown(r); });
}

Response lines(Context& c) {
  const auto page = http::page_of(c);
  if (!page.ok()) return page.refusal();
  const auto id = c.id_param<SettlementReportId>("report");
  if (!id || !find_report(c.read(), *id)) {
    return http::problem(404, "unknown_report", "there is no such report");
  }
  std::optional<LineOutcome> only;
  if (const auto name = c.request().query_value("outcome")) {
    if (!boost::describe::enum_from_string(name->c_str(), only.emplace())) {
      return http::invalid("/query/outcome", "is not one of: matched, missing, different, unknown");
    }
  }
  const auto after =
      page->starting_after ? parse_int(*page->starting_after) : std::optional<std::int64_t>(-1);
  if (!after) return http::invalid("/query/starting_after", "is no number of a line");
  return cut_list(report_lines(c.read(), *id, only, *after, page->limit + 1), page->limit,
                  [](const ReportLine& l) { return shown(l); });
}

}  // namespace

void mount_reports(http::Router& router, const SettlementServices& s) {
  auto post = of_operators(Method::post, "/api/v1/settlement-reports", "payments.write",
                           Idempotency::natural, "Compares a provider's report with our books");
  post.request = http::Schema::text("text/csv");
  post.response = schema_of<ReportOut>();
  post.success = 201;
  post.body_limit = 16 << 20;
  post.query = {{"provider", "Whose report it is"}, {"format", "own (default) or stripe"}};
  post.refusals = {"bad_heading", "bad_line", "too_many_lines", "taken_before"};
  router.write(post, [s](Context& c) { return take(s, c); });
  auto all = of_operators(Method::get, "/api/v1/settlement-reports", "payments.read",
                          Idempotency::safe, "Reports and how their lines came out, newest first");
  all.response = schema_of<ReportListOut>();
  all.query = {{"limit", "1 to 100", "integer"}, {"starting_after", "A report's id"}};
  router.read(all, list);
  auto of = of_operators(Method::get, "/api/v1/settlement-reports/{report}/lines", "payments.read",
                         Idempotency::safe, "Lines of a report; what is missing comes first");
  of.response = schema_of<ReportLineListOut>();
  of.query = {{"outcome", "matched, missing, different or unknown"},
              {"limit", "1 to 100", "integer"},
              {"starting_after", "Number of the last line of the page before"}};
  of.refusals = {"unknown_report"};
  router.read(of, lines);
}

}  // namespace fondaco::orders
