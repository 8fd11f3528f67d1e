#include "testing_settlement.h"

#include <fondaco/orders/reconciliation.h>

namespace fondaco::orders {
namespace {

using ledger::AccountKind;

constexpr std::string_view kHeading = "type,reference,payment,currency,gross,fee,time,payout\n";

class ReconciliationTest : public SettlementTest {
 protected:
  PaymentId bought(std::int64_t quantity = 1) {
    const auto outcome = place(purchase({{"bikes", "B-1", {}, quantity}}, "test"));
    EXPECT_TRUE(outcome.ok());
    return outcome->group.payment;
  }
  std::string line(const std::string& kind, PaymentId payment, const std::string& gross,
                   const std::string& fee) {
    return kind + ",tx," + to_text(payment) + ",EUR," + gross + "," + fee + "," +
           format_rfc3339(store.clock().now()) + ",\n";
  }
  Result<Report, ReportProblem> take(const std::string& body, const std::string& hash) {
    auto lines = read_report(std::string(kHeading) + body, ReportFormat::own);
    EXPECT_TRUE(lines.ok()) << lines.refusal().line << lines.refusal().what;
    return store->main().write(
        [&](storage::Tx& tx) { return take_report(tx, accounts, "test", hash, *lines); });
  }
  void expect_reports_agree() {
    expect_silent();
    storage::Findings findings;
    verify_reports(store->main().read(), findings);
    EXPECT_TRUE(findings.differences.empty());
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, ReconciliationTest, testing::ValuesIn(storage::test_engines()),
                         [](const auto& engine) { return storage::engine_name(engine.param); });

// Line by line: what matches leaves the provider's debt for our bank less its fee, and nothing
// else is booked; what is settled does not match again.
TEST_P(ReconciliationTest, MatchedMissingDifferentUnknown) {
  offer(bikes, bike_store, "B-1", 20'000, 50);
  const PaymentId good = bought();
  const PaymentId wrong = bought();
  const PaymentId forgotten = bought();
  EXPECT_EQ(balance(AccountKind::provider_receivable), -3 * 20'490);
  const std::string file = line("payment", good, "204.90", "2.97") +
                           line("payment", wrong, "204.80", "2.97") +
                           line("payment", PaymentId{77}, "1.00", "0.10") +
                           "fee,f1,,EUR,0.00,1.00," + format_rfc3339(store.clock().now()) + ",\n";
  const auto report = take(file, "hash-1");
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->matched, 2);
  EXPECT_EQ(report->different, 1);
  EXPECT_EQ(report->unknown, 1);
  EXPECT_EQ(report->missing, 1);
  EXPECT_EQ(balance(AccountKind::provider_receivable), -2 * 20'490);
  EXPECT_EQ(balance(AccountKind::provider_fees), -397);
  EXPECT_EQ(balance(AccountKind::platform_cash), -(20'490 - 397));
  EXPECT_EQ(take(file, "hash-1").refusal().reason, ReportRefusal::taken_before);
  const auto again =
      take(line("payment", good, "204.90", "2.97") + line("payment", forgotten, "204.90", "2.97"),
           "hash-2");
  EXPECT_EQ(again->matched, 1);
  EXPECT_EQ(again->different, 1);
  auto read = store->main().read();
  const auto different = report_lines(read, again->id, LineOutcome::different, -1, 10);
  ASSERT_EQ(different.size(), 1u);
  EXPECT_EQ(different[0].payment, good);
  EXPECT_EQ(different[0].expected, 0);
  EXPECT_EQ(report_lines(read, report->id, LineOutcome::missing, -1, 10)[0].expected, 20'490);
  EXPECT_EQ(list_reports(read, {}, 10).size(), 2u);
  expect_reports_agree();
}

// Refunds match one by one by their amount; a dispute matches with its fee, which is no cost of
// ours a second time.
TEST_P(ReconciliationTest, RefundsAndDisputes) {
  offer(bikes, bike_store, "B-1", 20'000, 50);
  const auto outcome = place(purchase({{"bikes", "B-1", {}, 1}}, "test"));
  const PaymentId payment = outcome->group.payment;
  store->main().write(
      [&](storage::Tx& tx) { EXPECT_TRUE(checkout->cancel(tx, outcome->orders[0].id).ok()); });
  checkout->settle_refunds();
  payments::reconcile(
      store->main(), providers,
      [&](storage::Tx& tx, auto events) { checkout->on_provider_events(tx, events); },
      store.clock().now() + days(1));
  const PaymentId disputed = bought();
  payments::ProviderDispute d;
  d.ref = "dp_1";
  d.amount = {20'490, kEur};
  d.fee = 1'500;
  store->main().write(
      [&](storage::Tx& tx) { EXPECT_TRUE(apply_dispute(tx, accounts, {disputed, d}).ok()); });
  const auto report = take(
      line("payment", payment, "204.90", "2.97") + line("refund", payment, "-204.90", "0.00") +
          line("refund", payment, "-204.90", "0.00") + line("payment", disputed, "204.90", "2.97") +
          line("dispute", disputed, "-204.90", "15.00"),
      "hash");
  EXPECT_EQ(report->matched, 4);
  EXPECT_EQ(report->different, 1);
  EXPECT_EQ(report->missing, 0);
  EXPECT_EQ(balance(AccountKind::provider_receivable), 0);
  EXPECT_EQ(balance(AccountKind::provider_fees), -594);
  EXPECT_EQ(balance(AccountKind::platform_cash), 594 + 1'500);
  expect_reports_agree();
}

// Both formats are read, with quotes and Stripe's times; what is not understood is named.
TEST(ReportFormats, ReadAndRefused) {
  const auto own = read_report(
      "\xEF\xBB\xBFtype,\"reference\",payment,currency,gross,fee,time\r\n"
      "payment,\"a \"\"b\"\",\nc\",,EUR,1.50,0.10,2026-11-22T10:00:00Z\r\n",
      ReportFormat::own);
  ASSERT_TRUE(own.ok());
  EXPECT_EQ(own->at(0).ref, "a \"b\",\nc");
  EXPECT_EQ(own->at(0).gross.minor, 150);
  const std::string stripe =
      "balance_transaction_id,created_utc,reporting_category,currency,gross,fee,"
      "payment_metadata[payment]\n";
  const auto read = read_report(stripe + "txn_1,2026-11-22 10:00:00,dispute_reversal,jpy,-500,0," +
                                    to_text(PaymentId{9}) + "\n\n",
                                ReportFormat::stripe);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->at(0).kind, LineKind::dispute_won);
  EXPECT_EQ(read->at(0).gross.minor, -500);
  EXPECT_EQ(read->at(0).payment, PaymentId{9});
  const auto why = [&](const std::string& body) {
    return read_report(std::string(kHeading) + body, ReportFormat::own).refusal().what;
  };
  EXPECT_EQ(read_report("a,b\n", ReportFormat::own).refusal().reason, ReportRefusal::bad_heading);
  EXPECT_EQ(why("gift,x,,EUR,1,0,2026-11-22T10:00:00Z,\n"), "type");
  EXPECT_EQ(why("payment,x,,EEE,1,0,2026-11-22T10:00:00Z,\n"), "currency");
  EXPECT_EQ(why("payment,x,,EUR,1.001,0,2026-11-22T10:00:00Z,\n"), "gross");
  EXPECT_EQ(why("payment,x,,EUR,1,-1,2026-11-22T10:00:00Z,\n"), "fee");
  EXPECT_EQ(why("payment,x,,EUR,1,0,yesterday,\n"), "time");
  std::string many(kHeading);
  for (std::size_t i = 0; i <= kMostReportLines; ++i) {
    many += "fee,x,,EUR,0,0,2026-11-22T10:00:00Z,\n";
  }
  EXPECT_EQ(read_report(many, ReportFormat::own).refusal().reason, ReportRefusal::too_many_lines);
}

}  // namespace
}  // namespace fondaco::orders
