#include "testing_fixture.h"

#include <fondaco/ledger/seller.h>

namespace fondaco::ledger {
namespace {

constexpr storage::Sql kBend{"ledger.test_bend", R"sql(
  UPDATE ledger_seller_day SET amount = amount + 1 WHERE number = 1)sql"};
constexpr storage::Sql kForgetIndex{"ledger.test_forget_index", "DELETE FROM ledger_posting_index"};
constexpr storage::Sql kForgetLines{"ledger.test_forget_lines", "DELETE FROM ledger_seller_line"};
constexpr storage::Sql kForgetDays{"ledger.test_forget_days", "DELETE FROM ledger_seller_day"};

class SellerTest : public LedgerTest {
 protected:
  void SetUp() override {
    fee = account(AccountKind::payment_fee_revenue, 0);
    tax = account(AccountKind::tax_payable, 0);
    clearing = account(AccountKind::payout_clearing, 0);
    reserve = account(AccountKind::merchant_reserve, merchant.value);
    subscribe({*store, {"test.order"}, {}});
    store->start();
  }
  OrderId tell(OrderId order) {
    write([&](storage::Tx& tx) {
      tx.publish({"test.order", 1, order.value, 1, "{}"});
      tx.publish({"test.order", 1, order.value, 2, "{}"});
    });
    return order;
  }
  /// Sold for 210.00 with 10.00 commission, 2.10 fee and 19 % on both.
  OrderId release() {
    const OrderId order = post_one(Kind::payment, {{receivable, -21'000}, {escrow, 21'000}});
    return tell(post_one(
        Kind::release,
        {{escrow, -21'000}, {payable, 19'560}, {commission, 1'000}, {fee, 210}, {tax, 230}},
        order));
  }
  SellerStatement statement(std::string_view period) {
    store->outbox().drain();
    auto main = store->main().read();
    auto derived = store->derived().read();
    const auto found = seller_statement(main, derived, merchant, kEur, *period_of(period));
    EXPECT_TRUE(found.ok());
    return *found;
  }
  storage::Findings sellers_verified() {
    storage::Findings findings;
    auto main = store->main().read();
    auto derived = store->derived().read();
    verify_sellers(main, derived, findings);
    return findings;
  }
  AccountId fee, tax, clearing, reserve;
};
INSTANTIATE_TEST_SUITE_P(Engines, SellerTest, testing::ValuesIn(storage::test_engines()),
                         engine_label);

// A release stands in the statement as sale, commission, fee and tax; opening and numbers make
// the closing, the next day opens with it, and a journal that was told twice counts once.
TEST_P(SellerTest, NumbersMakeTheClosing) {
  release();
  tell(release());
  SellerStatement s = statement("2026-11-22");
  EXPECT_EQ(s.opening, 0);
  EXPECT_EQ(s.of(SellerNumber::sales).amount, 42'000);
  EXPECT_EQ(s.of(SellerNumber::sales).entries, 2);
  EXPECT_EQ(s.of(SellerNumber::commission).amount, -2'000);
  EXPECT_EQ(s.of(SellerNumber::payment_fee).amount, -420);
  EXPECT_EQ(s.of(SellerNumber::tax_on_commission).amount, -460);
  EXPECT_EQ(s.closing, 39'120);
  EXPECT_EQ(s.pending, 0);
  store.clock().advance(days(1));
  tell(post_one(Kind::adjustment, {{payable, -1'000}, {reserve, 1'000}}));
  tell(post_one(Kind::payout, {{payable, -30'000}, {clearing, 30'000}}));
  tell(post_one(Kind::refund, {{payable, -11'400}, {receivable, 12'000}, {commission, -600}}));
  s = statement("2026-11-23");
  EXPECT_EQ(s.opening, 39'120);
  EXPECT_EQ(s.of(SellerNumber::reserve).amount, -1'000);
  EXPECT_EQ(s.of(SellerNumber::payouts).amount, -30'000);
  EXPECT_EQ(s.of(SellerNumber::refunds).amount, -12'000);
  EXPECT_EQ(s.of(SellerNumber::commission).amount, 600);
  EXPECT_EQ(s.closing, -3'280);
  EXPECT_EQ(s.account.balance, -3'280);
  EXPECT_EQ(s.reserve_opening, 0);
  EXPECT_EQ(s.reserve_closing, 1'000);
  EXPECT_EQ(statement("2026-11").closing, -3'280);
  EXPECT_EQ(statement("2026-12").opening, -3'280);
  const auto findings = sellers_verified();
  EXPECT_TRUE(findings.differences.empty());
  EXPECT_EQ(findings.checked.at("seller_journals"), 5);
}

// Every number opens the journals behind it, page by page, and they sum to it.
TEST_P(SellerTest, ANumberOpensItsJournals) {
  for (int i = 0; i < 7; ++i) release();
  store.clock().advance(days(1));
  release();
  const SellerStatement s = statement("2026-11-22");
  auto main = store->main().read();
  auto derived = store->derived().read();
  JournalId before;
  std::int64_t sum = 0;
  int pages = 0;
  for (bool more = true; more; ++pages) {
    const auto lines =
        seller_lines(main, derived, payable, SellerNumber::commission, s.days, before, 3);
    more = lines.has_more;
    for (const auto& e : lines.entries) {
      sum += e.amount;
      EXPECT_EQ(e.kind, Kind::release);
      EXPECT_NE(e.ref, 0);
    }
    before = lines.entries.back().journal;
  }
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(sum, s.of(SellerNumber::commission).amount);
  const auto months = seller_months(derived, payable, 10);
  ASSERT_EQ(months.size(), 1u);
  EXPECT_EQ(months[0].period, "2026-11");
  EXPECT_EQ(months[0].closing, 8 * 19'560);
  EXPECT_EQ(sellers_between(derived, s.days, {}, 10), std::vector{payable});
}

// verify finds a day that does not agree with its journals; what is lost is written again.
TEST_P(SellerTest, VerifyFindsAndRebuildRepairs) {
  release();
  store->outbox().drain();
  store->derived().write([](storage::Tx& tx) { tx.exec(kBend, {}); });
  ASSERT_EQ(sellers_verified().differences.size(), 1u);
  EXPECT_EQ(sellers_verified().differences[0].ledger, 21'000);
  store->derived().write([](storage::Tx& tx) {
    tx.exec(kForgetIndex, {});
    tx.exec(kForgetLines, {});
    tx.exec(kForgetDays, {});
  });
  EXPECT_EQ(sellers_verified().checked.at("seller_journals_pending"), 1);
  rebuild_posting_index(*store);
  rebuild_posting_index(*store);
  EXPECT_TRUE(sellers_verified().differences.empty());
  EXPECT_EQ(sellers_verified().checked.at("seller_journals_pending"), 0);
  EXPECT_EQ(statement("2026-11").closing, 19'560);
}

// Only a calendar month or day is a period.
TEST(Period, Texts) {
  EXPECT_EQ(period_of("2026-12")->to - period_of("2026-12")->from, 31);
  EXPECT_EQ(period_of("2028-02")->to - period_of("2028-02")->from, 29);
  EXPECT_EQ(day_name(period_of("2026-11-22")->from), "2026-11-22");
  for (const char* bad : {"", "2026", "2026-13", "2026-00", "2026-02-30", "2026-1-01", "1999-01",
                          "2026-11-221", "2026-11-0a", "abcdefg"}) {
    EXPECT_FALSE(period_of(bad)) << bad;
  }
}

}  // namespace
}  // namespace fondaco::ledger
