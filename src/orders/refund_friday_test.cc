// Refund Friday: a month of a market whose books are kept twice, by the house and by this test.
#include "testing_settlement.h"

#include <fondaco/orders/reconciliation.h>

#include <map>

namespace fondaco::orders {
namespace {

using ledger::AccountKind;
using ledger::SellerNumber;

/// What this test believes of one merchant, computed by the rules and not by the house.
struct Books {
  std::map<SellerNumber, std::int64_t> numbers;
  std::int64_t closing() const {
    std::int64_t sum = 0;
    for (const auto& [number, amount] : numbers) sum += amount;
    return sum;
  }
};

struct Sold {
  Order order;
  PaymentId payment;
  std::int64_t refunded = 0;
};

class RefundFridayTest : public SettlementTest {
 protected:
  void SetUp() override {
    offer(bikes, bike_store, "B-1", 19'999, 10'000);
    offer(phones, phone_store, "P-1", 7'331, 10'000);
    plan(bikes, PayoutSchedule::weekly, "Anna", 0, 5);
    plan(phones, PayoutSchedule::weekly, "Bert", 0, 5);
    set(kCustody, "bank");
    store.clock().set(*parse_rfc3339("2026-12-01T09:00:00Z"));
  }
  std::int64_t fee_of(std::int64_t total) {
    return share({total, kEur}, 100, Round::half_even).minor;
  }
  static std::int64_t tax_on(std::int64_t minor) {
    return share({minor, kEur}, 1'900, Round::half_up).minor;
  }

  /// Bought, paid, and released with the commission that was true when it was bought.
  void sale(MerchantId merchant, const std::string& sku, std::int64_t quantity) {
    const std::string slug = merchant == bikes ? "bikes" : "phones";
    const auto outcome = place(purchase({{slug, sku, {}, quantity}}, "test"));
    ASSERT_TRUE(outcome.ok());
    const Order o = outcome->orders.at(0);
    const std::int64_t fee = fee_of(o.total);
    post(o.id, ledger::Kind::release,
         {{{AccountKind::escrow, merchant.value, kEur}, -o.total},
          {{AccountKind::merchant_payable, merchant.value, kEur}, o.total - o.commission - fee},
          {{AccountKind::commission_revenue, 0, kEur}, o.commission},
          {{AccountKind::payment_fee_revenue, 0, kEur}, fee}});
    tell_released(o, o.total - o.commission - fee, o.commission, fee);
    auto& n = books[merchant].numbers;
    n[SellerNumber::sales] += o.total;
    n[SellerNumber::commission] -= o.commission;
    n[SellerNumber::payment_fee] -= fee;
    n[SellerNumber::tax_on_commission] -= tax_on(o.commission + fee);
    file += line("payment", outcome->group.payment, o.total, provider_fee(o.total));
    provider_net += o.total - provider_fee(o.total);
    sold.push_back({o, outcome->group.payment, 0});
  }
  void tell_released(const Order& o, std::int64_t net, std::int64_t commission, std::int64_t fee) {
    store->main().write([&](storage::Tx& tx) {
      events::OrderReleased e;
      e.order = o.id;
      e.merchant = o.merchant;
      e.to_merchant = {net, kEur};
      e.commission = {commission, kEur};
      e.payment_fee = {fee, kEur};
      storage::publish(tx, o.id.value, o.version, e);
    });
    store->outbox().drain();
  }

  /// Gives back a part; what the platform took of it goes back at the rate that was charged.
  void refund(Sold& s, std::int64_t amount) {
    const Order& o = s.order;
    const std::int64_t fee = fee_of(o.total);
    const auto back = [&](std::int64_t whole) {
      return mul_div(whole, s.refunded + amount, o.total, Round::half_even) -
             mul_div(whole, s.refunded, o.total, Round::half_even);
    };
    const std::int64_t commission_back = back(o.commission);
    const std::int64_t fee_back = back(fee);
    const std::int64_t kept = o.commission + fee -
                              (mul_div(o.commission, s.refunded, o.total, Round::half_even) +
                               mul_div(fee, s.refunded, o.total, Round::half_even));
    store->main().write([&](storage::Tx& tx) {
      const auto asked = payments::request_refund(tx, s.payment, {amount, kEur}, to_text(o.id));
      ASSERT_TRUE(asked.ok());
      payments::NewEvent done;
      done.payment = s.payment;
      done.event =
          payments::request_of(payments::EventType::refund, asked->amount, tx.now(), asked->number);
      done.event.result = payments::EventResult::success;
      done.event.key = "told";
      payments::append_events(tx, {&done, 1});
    });
    give_back(o.id, o.merchant, amount, commission_back, fee_back);
    auto& n = books[o.merchant].numbers;
    n[SellerNumber::refunds] -= amount;
    n[SellerNumber::commission] += commission_back;
    n[SellerNumber::payment_fee] += fee_back;
    n[SellerNumber::tax_on_commission] += tax_on(kept) - tax_on(kept - commission_back - fee_back);
    s.refunded += amount;
    file += line("refund", s.payment, -amount, 0);
    provider_net -= amount;
  }

  /// Friday: what is due goes into the bank's file, and the bank has done it by Monday.
  void pay_out() {
    run();
    const auto made =
        store->main().write([&](storage::Tx& tx) { return payouts.make_file(tx, kEur); });
    if (!made) return;
    bank_files += made->total;
    auto read = store->main().read();
    const std::string xml = payouts.pain001(read, *made).value();
    const auto waiting = list_payouts(read, PayoutStatus::accepted, {}, 100);
    std::int64_t in_file = 0;
    for (const Payout& p : waiting) {
      EXPECT_NE(xml.find(to_text(p.id)), std::string::npos);
      in_file += p.amount.minor;
      books[p.merchant].numbers[SellerNumber::payouts] -= p.amount.minor;
      store->main().write(
          [&](storage::Tx& tx) { EXPECT_TRUE(payouts.conclude(tx, p.id, true, "").ok()); });
    }
    EXPECT_EQ(in_file, made->total);
    EXPECT_NE(xml.find("<CtrlSum>" + format_decimal({in_file, kEur}) + "</CtrlSum>"),
              std::string::npos);
  }

  void chargeback(const Sold& s) {
    payments::ProviderDispute d;
    d.ref = "dp_friday";
    d.amount = {s.order.total - s.refunded, kEur};
    d.fee = 1'500;
    d.state = ChargebackState::lost;
    store->main().write(
        [&](storage::Tx& tx) { EXPECT_TRUE(apply_dispute(tx, accounts, {s.payment, d}).ok()); });
    books[s.order.merchant].numbers[SellerNumber::chargebacks] -= d.amount.minor + d.fee;
    file += line("dispute", s.payment, -d.amount.minor, d.fee);
    provider_net -= d.amount.minor + d.fee;
  }

  std::string line(const std::string& kind, PaymentId payment, std::int64_t gross,
                   std::int64_t fee) {
    return kind + ",tx," + to_text(payment) + ",EUR," + format_decimal({gross, kEur}) + "," +
           format_decimal({fee, kEur}) + "," + format_rfc3339(store.clock().now()) + "\n";
  }
  static std::int64_t provider_fee(std::int64_t total) {
    return share({total, kEur}, 140, Round::half_up).minor + 25;
  }
  void raise_commission(MerchantId merchant, std::int64_t basis_points) {
    store->main().write([&](storage::Tx& tx) {
      marketplace::MerchantChange change;
      change.commission_bp = basis_points;
      EXPECT_TRUE(marketplace::update_merchant(tx, merchant, change, {}).ok());
    });
    store->outbox().drain();
    // The book of offers holds a merchant for five seconds after a change.
    store.clock().advance(seconds(6));
  }
  /// All books but orders' own, whose releases this test has made itself.
  void expect_agreement() {
    store->outbox().drain();
    storage::Findings findings;
    auto read = store->main().read();
    auto derived = store->derived().read();
    ledger::verify(read, findings);
    ledger::verify_sellers(read, derived, findings);
    payments::verify(read, findings);
    verify_payouts(read, findings);
    verify_chargebacks(read, findings);
    verify_commission_tax(read, findings);
    verify_commission_invoices(read, findings);
    verify_reports(read, findings);
    for (const auto& d : findings.differences) {
      ADD_FAILURE() << d.what << " " << d.id << ": " << d.ledger << " / " << d.balance;
    }
    EXPECT_EQ(findings.checked.at("seller_journals_pending"), 0);
  }

  std::map<MerchantId, Books> books;
  std::vector<Sold> sold;
  std::string file = "type,reference,payment,currency,gross,fee,time\n";
  std::int64_t provider_net = 0;
  std::int64_t bank_files = 0;
};
INSTANTIATE_TEST_SUITE_P(Engines, RefundFridayTest, testing::ValuesIn(storage::test_engines()),
                         [](const auto& engine) { return storage::engine_name(engine.param); });

// A month with a fee change in the middle, partial refunds, weekly payouts by the bank's file, a
// chargeback after the last payout and the provider's report: statements, negative balance,
// commission invoices, payout files and our bank account agree to the cent with books that were
// kept by hand.
TEST_P(RefundFridayTest, AgreesToTheCent) {
  SeededRandom random(27);
  for (int day = 1; day <= 30; ++day) {
    if (day == 16) raise_commission(bikes, 800);
    for (int i = 0; i < 2; ++i) {
      sale(bikes, "B-1", 1 + static_cast<std::int64_t>(random.below(3)));
      sale(phones, "P-1", 1 + static_cast<std::int64_t>(random.below(5)));
    }
    if (day % 2 == 0) {
      Sold& s = sold[random.below(sold.size())];
      const std::int64_t left = s.order.total - s.refunded;
      if (left > 1)
        refund(s,
               1 + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(left - 1))));
    }
    pay_out();
    if (day == 25) {  // A Friday: everybody was paid, now the refunds and the bank come.
      EXPECT_EQ(payable(bikes), 0);
      for (Sold& s : sold) {
        if (s.order.merchant == bikes && s.refunded == 0) refund(s, s.order.total);
      }
      chargeback(sold.at(1));  // Of phones.
      EXPECT_LT(payable(bikes), 0);
    }
    store.clock().advance(days(1) + seconds(day == 16 ? -6 : 0));
  }
  for (const MerchantId merchant : {bikes, phones}) {
    const auto s = statement(merchant, "2026-12");
    for (const SellerNumber n : ledger::kSellerNumbers) {
      EXPECT_EQ(s.of(n).amount, books[merchant].numbers[n])
          << boost::describe::enum_to_string(n, "");
    }
    EXPECT_EQ(s.closing, books[merchant].closing());
    EXPECT_EQ(s.account.balance, s.closing);
    EXPECT_EQ(s.pending, 0);
  }
  EXPECT_LT(books[bikes].closing(), 0);  // Not made up yet, and never paid out.
  // Sum of the days is the month, each number.
  std::int64_t by_days = 0;
  for (int day = 1; day <= 31; ++day) {
    by_days +=
        statement(phones, "2026-12-" + std::string(day < 10 ? "0" : "") + std::to_string(day))
            .of(SellerNumber::commission)
            .amount;
  }
  EXPECT_EQ(by_days, books[phones].numbers[SellerNumber::commission]);
  store.clock().set(*parse_rfc3339("2027-01-01T09:00:00Z"));
  const CommissionInvoices invoices{*store, *settings};
  EXPECT_EQ(invoices.issue("2026-12"), 2);
  for (const MerchantId merchant : {bikes, phones}) {
    const auto of = commission_invoices_of(store->main().read(), merchant, 0, 10);
    ASSERT_EQ(of.size(), 1u);
    EXPECT_EQ(of[0].commission, -books[merchant].numbers[SellerNumber::commission]);
    EXPECT_EQ(of[0].payment_fee, -books[merchant].numbers[SellerNumber::payment_fee]);
    EXPECT_EQ(of[0].tax, -books[merchant].numbers[SellerNumber::tax_on_commission]);
  }
  const auto lines = read_report(file, ReportFormat::own);
  ASSERT_TRUE(lines.ok());
  const auto report = store->main().write(
      [&](storage::Tx& tx) { return take_report(tx, accounts, "test", "december", *lines); });
  EXPECT_EQ(report->matched, static_cast<std::int64_t>(lines->size()));
  EXPECT_EQ(report->missing + report->different + report->unknown, 0);
  EXPECT_EQ(balance(AccountKind::provider_receivable), 0);
  EXPECT_EQ(balance(AccountKind::platform_cash), bank_files - provider_net);
  expect_agreement();
}

}  // namespace
}  // namespace fondaco::orders
