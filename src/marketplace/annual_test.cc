#include "testing.h"

#include <fondaco/events/marketplace.h>
#include <fondaco/marketplace/annual.h>
#include <fondaco/marketplace/ratings.h>

namespace fondaco::marketplace {
namespace {

constexpr CategoryId kWear{1'000};
constexpr CategoryId kShoes{2'000};

class Years : public MarketplaceTest {
 protected:
  Years() : MarketplaceTest(ledger::migrations()) {
    store_.clock().set(start_of_year(2026));
    write([&](storage::Tx& tx) {
      FeeTable t;
      t.name = "wear";
      t.currency = Currency::of("EUR");
      t.rates = {{.annual_fee = 1'000'000},
                 {.category = kWear,
                  .annual_fee = 6'000'000,
                  .rebates = {{36'000'000, 5'000}, {120'000'000, 10'000}}},
                 {.category = kShoes, .annual_fee = 3'000'000}};
      const auto s = *draft_fees(tx, t);
      EXPECT_TRUE(publish_fees(tx, s.id, tx.now() + days(1), 1).ok());
    });
    NewMerchant w = wanted("wear");
    w.agreed = false;
    m = write([&](storage::Tx& tx) { return create_merchant(tx, w); })->id;
  }
  void rate_in_december(int described, int service, int logistics, int times) {
    store_.clock().set(start_of_year(2027) - days(10));
    for (int i = 0; i < times; ++i) {
      const NewRating r{.order = OrderId{++order_},
                        .merchant = m,
                        .person = PersonId{order_},
                        .described = described,
                        .service = service,
                        .logistics = logistics};
      EXPECT_TRUE(write([&](storage::Tx& tx) { return rate(tx, r); }).ok());
    }
  }
  void earn(std::int64_t minor) {
    write([&](storage::Tx& tx) {
      const auto from =
          accounts_.resolve(tx, {ledger::AccountKind::wallet_funding, 0, Currency::of("EUR")});
      const auto to = accounts_.resolve(
          tx, {ledger::AccountKind::merchant_payable, m.value, Currency::of("EUR")});
      const ledger::Journal j{.id = tx.next_id<JournalId>(m.shard()),
                              .ref = m.value,
                              .currency = Currency::of("EUR"),
                              .postings = {{from, -minor}, {to, minor}}};
      ledger::post(tx, {&j, 1});
    });
  }
  std::optional<AnnualFee> charge(std::vector<CategorySales> sales) {
    return write([&](storage::Tx& tx) { return charge_year(tx, accounts_, m, 2026, sales); });
  }
  std::int64_t balance(ledger::AccountKind kind, std::int64_t owner) {
    auto read = main().read();
    const auto all = ledger::accounts_of(*read, kind, owner);
    return all.empty() ? 0 : all[0].balance;
  }

  MerchantId m;
  ledger::AccountBook accounts_;
  std::int64_t order_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Engines, Years, testing::ValuesIn(storage::test_engines()),
                         [](const auto& i) { return storage::engine_name(i.param); });

// Wear for 400,000 at 4.8, 4.7 and 4.6 gets half of 60,000 back; run again, nothing more happens.
TEST_P(Years, HalfGoesBack) {
  earn(10'000'000);
  rate_in_december(5, 5, 5, 6);
  rate_in_december(4, 5, 4, 1);
  rate_in_december(5, 4, 4, 1);
  rate_in_december(4, 4, 4, 1);
  rate_in_december(5, 4, 4, 1);
  EXPECT_FALSE(charge({{kWear, 40'000'000}}));  // The year is not over.
  store_.clock().set(start_of_year(2027));
  {
    auto read = main().read();
    const Scores s = scores_of(*read, m, start_of_year(2027));
    EXPECT_EQ(s.described, 480);
    EXPECT_EQ(s.service, 470);
    EXPECT_EQ(s.logistics, 460);
  }
  const auto fee = charge({{kWear, 40'000'000}});
  ASSERT_TRUE(fee);
  EXPECT_EQ(fee->fee, eur(6'000'000));
  EXPECT_EQ(fee->rebate, eur(3'000'000));
  EXPECT_EQ(fee->state, AnnualState::charged);
  EXPECT_EQ(balance(ledger::AccountKind::merchant_payable, m.value), 7'000'000);
  EXPECT_EQ(balance(ledger::AccountKind::annual_fee_revenue, 0), 3'000'000);
  EXPECT_FALSE(charge({{kWear, 40'000'000}}));
  EXPECT_EQ(balance(ledger::AccountKind::annual_fee_revenue, 0), 3'000'000);
  EXPECT_EQ(events().back().type, events::AnnualFeeCharged::kType);
}

// Sales of two million with one score of 4.5 get nothing back, and a fee that the account does not
// cover is invoiced, not taken.
TEST_P(Years, NothingGoesBackForOneLowScore) {
  rate_in_december(5, 5, 5, 1);
  rate_in_december(5, 5, 4, 1);
  store_.clock().set(start_of_year(2027));
  const auto fee = charge({{kWear, 200'000'000}});
  ASSERT_TRUE(fee);
  EXPECT_EQ(fee->rebate, eur(0));
  EXPECT_EQ(fee->because, "scores");
  EXPECT_EQ(fee->state, AnnualState::invoiced);
  EXPECT_EQ(balance(ledger::AccountKind::annual_fee_revenue, 0), 0);
}

// The highest fee of what is sold counts, and the tiers of the category with the largest share.
TEST_P(Years, TheHighestFeeCounts) {
  rate_in_december(5, 5, 5, 1);
  store_.clock().set(start_of_year(2027));
  const auto fee = charge({{kWear, 10'000'000}, {kShoes, 90'000'000}});
  ASSERT_TRUE(fee);
  EXPECT_EQ(fee->fee, eur(6'000'000));
  EXPECT_EQ(fee->category, kShoes);
  EXPECT_EQ(fee->because, "sales");
  auto read = main().read();
  EXPECT_EQ(annual_fees_of(*read, *find_merchant(*read, m)).size(), 1u);
}

// Vendors behind a flagship get their shares of an order once; verify agrees; each refusal.
TEST_P(Years, VendorsGetTheirShare) {
  NewMerchant w = wanted("mall");
  w.kind = MerchantKind::multi_brand_flagship;
  const Merchant mall = *write([&](storage::Tx& tx) { return create_merchant(tx, w); });
  const OfferId shirt = offer(setting(mall, 1, eur(1'000)));
  const OfferId shoe = offer(setting(mall, 2, eur(1'000)));
  const auto create = [&](MerchantId id, std::string name, std::int64_t bp) {
    return write([&](storage::Tx& tx) { return create_vendor(tx, id, name, bp); });
  };
  EXPECT_EQ(create(m, "x", 1).refusal(), VendorRefusal::not_multi_brand);
  EXPECT_EQ(create(MerchantId{5}, "x", 1).refusal(), VendorRefusal::unknown_merchant);
  EXPECT_EQ(create(mall.id, " ", 1).refusal(), VendorRefusal::bad_name);
  EXPECT_EQ(create(mall.id, "x", 10'001).refusal(), VendorRefusal::bad_share);
  const Vendor v = *create(mall.id, "Shirts Ltd", 8'000);
  const auto set = [&](VendorId id, OfferId o) {
    return write([&](storage::Tx& tx) { return set_vendor(tx, id, o); });
  };
  EXPECT_TRUE(set(v.id, shirt).ok());
  EXPECT_EQ(set(VendorId{5}, shirt).refusal(), VendorRefusal::unknown_vendor);
  EXPECT_EQ(set(v.id, OfferId{5}).refusal(), VendorRefusal::unknown_offer);
  const OrderId order =
      write([&](storage::Tx& tx) { return tx.next_id<OrderId>(mall.id.shard()); });
  const std::vector<SoldLine> lines{{shirt, 905}, {shoe, 500}};
  const auto settle = [&] {
    return write([&](storage::Tx& tx) {
      return settle_vendors(tx, accounts_, order, mall.id, Currency::of("EUR"), lines);
    });
  };
  EXPECT_EQ(settle(), eur(724));
  EXPECT_EQ(settle(), eur(0));
  EXPECT_EQ(balance(ledger::AccountKind::vendor_payable, v.id.value), 724);
  EXPECT_EQ(balance(ledger::AccountKind::merchant_payable, mall.id.value), -724);
  auto read = main().read();
  const auto entries = vendor_statement(*read, v.id, {}, 10);
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].sold, eur(905));
  storage::Findings findings;
  verify(*read, findings);
  EXPECT_TRUE(findings.differences.empty());
  EXPECT_EQ(findings.checked["vendors"], 1);
}

}  // namespace
}  // namespace fondaco::marketplace
