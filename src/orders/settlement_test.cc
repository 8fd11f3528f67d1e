#include "testing_settlement.h"

namespace fondaco::orders {
namespace {

using ledger::AccountKind;
using ledger::SellerNumber;

class SettleReleasedTest : public SettlementTest {};
INSTANTIATE_TEST_SUITE_P(Engines, SettleReleasedTest, testing::ValuesIn(storage::test_engines()),
                         [](const auto& engine) { return storage::engine_name(engine.param); });

// Requirement M2 with tax: item 200.00 and freight 10.00, 5 % and 1 %, both sides in Germany: 19 %
// on 12.10 is 2.30; half of it refunded owes tax on 6.05, so 1.15 goes back.
TEST_P(SettleReleasedTest, TaxOnCommission) {
  const OrderId order = sell(bikes, 21'000, 1'000, 210);
  EXPECT_EQ(payable(bikes), 19'790 - 230);
  EXPECT_EQ(balance(AccountKind::tax_payable), 230);
  give_back(order, bikes, 10'500, 500, 105);
  EXPECT_EQ(balance(AccountKind::tax_payable), 115);
  give_back(order, bikes, 10'500, 500, 105);
  EXPECT_EQ(balance(AccountKind::tax_payable), 0);
  EXPECT_EQ(payable(bikes), 0);
  const auto s = statement(bikes, "2026-11");
  EXPECT_EQ(s.of(SellerNumber::sales).amount, 21'000);
  EXPECT_EQ(s.of(SellerNumber::refunds).amount, -21'000);
  EXPECT_EQ(s.of(SellerNumber::commission).amount, 0);
  EXPECT_EQ(s.of(SellerNumber::commission).entries, 3);
  EXPECT_EQ(s.of(SellerNumber::tax_on_commission).amount, 0);
  EXPECT_EQ(s.closing, 0);
  EXPECT_EQ(s.pending, 0);
  expect_silent();
}

// The rate is fixed with the first release: a platform that moves takes back what it charged.
TEST_P(SettleReleasedTest, TheRateStaysWithTheOrder) {
  const OrderId order = sell(bikes, 21'000, 1'000, 210);
  set(kPlatformCountry, "FR");
  give_back(order, bikes, 21'000, 1'000, 210);
  EXPECT_EQ(balance(AccountKind::tax_payable), 0);
  control(phones, {.vat_id = "DE123456789"});
  sell(phones, 21'000, 1'000, 210);
  EXPECT_EQ(balance(AccountKind::tax_payable), 0);  // Reverse charge: Germany from France.
  EXPECT_EQ(payable(phones), 19'790);
  expect_silent();
}

// What was told twice, or was refunded before anything was taken, books nothing.
TEST_P(SettleReleasedTest, RepetitionsBookNothing) {
  const OrderId order = sell(bikes, 21'000, 1'000, 210);
  give_back(order, bikes, 0 + 100, 0, 0);
  const OrderId other = store->ids().next<OrderId>(bikes.shard());
  post(other, ledger::Kind::payment,
       {{{AccountKind::provider_receivable, 0, kEur}, -500},
        {{AccountKind::escrow, bikes.value, kEur}, 500}});
  post(other, ledger::Kind::refund,
       {{{AccountKind::provider_receivable, 0, kEur}, 500},
        {{AccountKind::escrow, bikes.value, kEur}, -500}});
  give_back(order, bikes, 100, 0, 0);
  EXPECT_EQ(balance(AccountKind::tax_payable), 230);
  expect_silent();
}

// A month's invoice says what the statement says, gets the next number of the platform, and is
// issued once; a month that only gave back is a credit note, and one that is not over is refused.
TEST_P(SettleReleasedTest, CommissionInvoices) {
  const CommissionInvoices invoices{*store, *settings};
  const OrderId order = sell(bikes, 21'000, 1'000, 210);
  sell(bikes, 9'999, 500, 100);
  sell(phones, 9'999, 1'000, 100);
  const auto start = [&](std::string_view period) {
    return store->main().write([&](storage::Tx& tx) { return invoices.start(tx, period); });
  };
  EXPECT_EQ(start("2026-11").refusal(), InvoiceRefusal::month_not_over);
  EXPECT_EQ(start("2026-11-22").refusal(), InvoiceRefusal::bad_period);
  EXPECT_EQ(start("november").refusal(), InvoiceRefusal::bad_period);
  store.clock().advance(days(10));
  EXPECT_TRUE(start("2026-11").ok());
  EXPECT_EQ(invoices.issue("2026-11"), 2);
  EXPECT_EQ(invoices.issue("2026-11"), 0);
  give_back(order, bikes, 21'000, 1'000, 210);
  store.clock().advance(days(31));
  EXPECT_EQ(invoices.issue("2026-12"), 1);
  auto read = store->main().read();
  const auto all = commission_invoices(read, 0, 10);
  ASSERT_EQ(all.size(), 3u);
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i].number, std::int64_t(i) + 1);
  const auto of_bikes = commission_invoices_of(read, bikes, 0, 10);
  ASSERT_EQ(of_bikes.size(), 2u);
  EXPECT_EQ(of_bikes[0].gross(), -(1'210 + 230));
  EXPECT_TRUE(of_bikes[0].is_credit_note());
  EXPECT_EQ(of_bikes[0].name(), "P-000003");
  const auto s = statement(bikes, "2026-11");
  EXPECT_EQ(of_bikes[1].commission, -s.of(SellerNumber::commission).amount);
  EXPECT_EQ(of_bikes[1].payment_fee, -s.of(SellerNumber::payment_fee).amount);
  EXPECT_EQ(of_bikes[1].tax, -s.of(SellerNumber::tax_on_commission).amount);
  EXPECT_FALSE(of_bikes[1].reverse_charge);
  expect_silent();
}

// Who owes the tax on a commission, and where.
TEST(CommissionTaxTest, WhoOwesIt) {
  const Instant at = *parse_rfc3339("2026-11-22T10:00:00Z");
  const auto tax = [&](TaxSide platform, TaxSide merchant) {
    return commission_tax(platform, merchant, at);
  };
  EXPECT_EQ(tax({"DE", "DE1"}, {"DE", ""}).basis_points, 1'900);
  EXPECT_EQ(tax({"DE", "DE1"}, {"DE", "DE2"}).ground, "domestic");
  EXPECT_EQ(tax({"DE", "DE1"}, {"FR", "FR22"}).basis_points, 0);
  EXPECT_TRUE(tax({"DE", "DE1"}, {"FR", "FR22"}).reverse_charge);
  EXPECT_EQ(tax({"DE", "DE1"}, {"FR", ""}).basis_points, 1'900);
  EXPECT_EQ(tax({"DE", "DE1"}, {"CN", "91"}).ground, "outside");
  EXPECT_EQ(tax({"", ""}, {"DE", "DE1"}).ground, "not_set");
  EXPECT_FALSE(tax({"CH", ""}, {"FR", "FR22"}).reverse_charge);
  EXPECT_EQ(
      commission_tax({"EE", ""}, {"EE", ""}, *parse_rfc3339("2025-06-30T00:00:00Z")).basis_points,
      2'200);
}

}  // namespace
}  // namespace fondaco::orders
