#include "testing.h"

#include <fondaco/base/json.h>
#include <fondaco/events/marketplace.h>

namespace fondaco::marketplace {
namespace {

using Done = OfferOutcome::Done;

class Offers : public MarketplaceTest {
 protected:
  std::vector<events::OfferChanged> offer_events() {
    std::vector<events::OfferChanged> out;
    for (const auto& e : events()) {
      if (e.type == events::OfferChanged::kType) {
        out.push_back(*read_json<events::OfferChanged>(e.payload));
      }
    }
    return out;
  }
  Offer stored(OfferId id) {
    auto read = main().read();
    return find_offer(read, id).value();
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, Offers, testing::ValuesIn(storage::test_engines()),
                         [](const auto& i) { return storage::engine_name(i.param); });

// The same settings twice: created, then unchanged and silent; a changed one is updated.
TEST_P(Offers, ImportTwiceChangesNothing) {
  const Merchant m = merchant("bikes");
  std::vector<OfferSetting> all;
  for (int i = 1; i <= 1'200; ++i) all.push_back(setting(m, i, eur(100 + i)));
  const auto run = [&] { return write([&](storage::Tx& tx) { return upsert_offers(tx, all); }); };
  for (const auto& r : run()) EXPECT_EQ(r->done, Done::created);
  ASSERT_EQ(offer_events().size(), 3u);  // 500 products each.
  EXPECT_EQ(offer_events()[0].products.size(), 500u);
  EXPECT_EQ(offer_events()[2].products.size(), 200u);
  EXPECT_TRUE(offer_events()[0].listing);

  for (const auto& r : run()) EXPECT_EQ(r->done, Done::unchanged);
  EXPECT_EQ(offer_events().size(), 3u);

  all[7].price = eur(999);
  const auto third = run();
  EXPECT_EQ(third[7]->done, Done::updated);
  EXPECT_EQ(third[8]->done, Done::unchanged);
  EXPECT_EQ(stored(third[7]->id).price, eur(999));
  EXPECT_EQ(stored(third[7]->id).version, 2);
  ASSERT_EQ(offer_events().size(), 4u);
  EXPECT_FALSE(offer_events()[3].listing);
  EXPECT_EQ(offer_events()[3].products, std::vector{all[7].product});
}

// What a row leaves open stays: price, stock, state and, when asked, the compare-at price.
TEST_P(Offers, LeaveOpenWhatIsNotSet) {
  const Merchant m = merchant("bikes");
  OfferSetting s = setting(m, 1, eur(1990));
  s.compare_at = eur(2990);
  s.state = OfferState::paused;
  const OfferId id = offer(s);

  OfferSetting again = setting(m, 1, eur(0));
  again.price = std::nullopt;
  again.stock = {};
  again.keep_compare_at = true;
  EXPECT_EQ(upsert(again)->done, Done::unchanged);

  again.keep_compare_at = false;  // An empty cell clears it.
  EXPECT_EQ(upsert(again)->done, Done::updated);
  const Offer o = stored(id);
  EXPECT_EQ(o.price, eur(1990));
  EXPECT_EQ(o.stock, StockId{2'001});
  EXPECT_EQ(o.state, OfferState::paused);
  EXPECT_FALSE(o.compare_at);
}

// Of two rows for one variant in a batch the later counts, and there is one offer.
TEST_P(Offers, LaterRowOfAKeyCounts) {
  const Merchant m = merchant("bikes");
  const std::vector<OfferSetting> rows = {setting(m, 1, eur(100)), setting(m, 1, eur(200))};
  const auto out = write([&](storage::Tx& tx) { return upsert_offers(tx, rows); });
  EXPECT_EQ(out[0]->id, out[1]->id);
  EXPECT_EQ(stored(out[0]->id).price, eur(200));
  auto read = main().read();
  const VariantId variant{1};
  EXPECT_EQ(offers_of(read, {&variant, 1}).size(), 1u);
}

// A refused row changes nothing and the others are done; each refusal of a setting.
TEST_P(Offers, RefusedRowsDoNotStopOthers) {
  const Merchant m = merchant("bikes");
  std::vector<OfferSetting> rows(7, setting(m, 1, eur(100)));
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = setting(m, std::int64_t(i) + 1, eur(100));
  rows[0].merchant = MerchantId{42};
  rows[1].price = std::nullopt;
  rows[2].price = eur(-1);
  rows[3].compare_at = usd(200);
  rows[4].sku = std::string(129, 'x');
  rows[5].price = eur(10'000'000'000'001);
  const auto out = write([&](storage::Tx& tx) { return upsert_offers(tx, rows); });
  EXPECT_EQ(out[0].refusal(), OfferRefusal::unknown_merchant);
  EXPECT_EQ(out[1].refusal(), OfferRefusal::price_missing);
  EXPECT_EQ(out[2].refusal(), OfferRefusal::bad_price);
  EXPECT_EQ(out[3].refusal(), OfferRefusal::bad_price);
  EXPECT_EQ(out[4].refusal(), OfferRefusal::bad_sku);
  EXPECT_EQ(out[5].refusal(), OfferRefusal::bad_price);
  EXPECT_EQ(out[6]->done, Done::created);
  auto read = main().read();
  EXPECT_EQ(offers_of_merchant(read, m.id, {}, 100).size(), 1u);
}

// load() answers in the order asked, repeated and unknown ids included, and says why a line
// cannot be sold.
TEST_P(Offers, LoadKeepsTheOrderAsked) {
  const Merchant m = merchant("bikes");
  const OfferId a = offer(setting(m, 1, eur(100)));
  const OfferId b = offer(setting(m, 2, eur(200)));
  const OfferId c = offer(setting(m, 3, usd(300)));
  ASSERT_TRUE(
      write([&](storage::Tx& tx) { return set_offer_state(tx, b, OfferState::paused); }).ok());
  const std::vector<OfferId> ids = {c, b, OfferId{9}, a, a};
  auto read = main().read();
  const auto rows = load(read, ids, Currency::of("EUR"));
  ASSERT_EQ(rows.size(), ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(rows[i].id, ids[i]);
  EXPECT_EQ(rows[0].status, OfferStatus::not_priced);
  EXPECT_EQ(rows[1].status, OfferStatus::paused);
  EXPECT_EQ(rows[2].status, OfferStatus::unknown);
  EXPECT_EQ(rows[3].status, OfferStatus::on_sale);
  EXPECT_TRUE(rows[4].active);
  EXPECT_EQ(rows[4].price, eur(100));
  EXPECT_EQ(rows[4].sku, "SKU-1");
  EXPECT_EQ(rows[4].stock, StockId{2'001});
  EXPECT_EQ(rows[4].merchant, m.id);
}

// A price list sells an offer in another currency, at its own price there.
TEST_P(Offers, PriceListsSellInOtherCurrencies) {
  const Merchant m = merchant("bikes");
  const OfferId id = offer(setting(m, 1, eur(1000)));
  EXPECT_EQ(loaded(id, Currency::of("USD")).status, OfferStatus::not_priced);
  const auto set = [&](Money price) {
    return write([&](storage::Tx& tx) { return set_price(tx, id, price); });
  };
  EXPECT_EQ(*set(usd(1100)), 2);
  EXPECT_EQ(loaded(id, Currency::of("USD")).price, usd(1100));
  EXPECT_TRUE(loaded(id, Currency::of("USD")).active);
  EXPECT_EQ(*set(usd(1200)), 3);
  EXPECT_EQ(*set(usd(1200)), 3);  // The same again writes nothing.
  EXPECT_EQ(loaded(id, Currency::of("USD")).price, usd(1200));
  EXPECT_EQ(loaded(id, Currency::of("EUR")).price, eur(1000));
  auto read = main().read();
  EXPECT_EQ(price_list(read, id), std::vector{usd(1200)});
}

// Prices and states change under the version that was read; each refusal.
TEST_P(Offers, ChangesCompareTheVersion) {
  const Merchant m = merchant("bikes");
  const OfferId id = offer(setting(m, 1, eur(1000)));
  const auto price = [&](OfferId of, Money p, std::optional<std::int64_t> version) {
    return write([&](storage::Tx& tx) { return set_price(tx, of, p, version); });
  };
  EXPECT_EQ(*price(id, eur(900), 1), 2);
  EXPECT_EQ(price(id, eur(800), 1).refusal(), OfferRefusal::stale_version);
  EXPECT_EQ(price(id, eur(-1), 2).refusal(), OfferRefusal::bad_price);
  EXPECT_EQ(price(OfferId{3}, eur(1), {}).refusal(), OfferRefusal::unknown_offer);
  EXPECT_EQ(*write([&](storage::Tx& tx) { return set_stock(tx, id, StockId{5}); }), 3);
  EXPECT_EQ(loaded(id, Currency::of("EUR")).price, eur(900));
  EXPECT_EQ(loaded(id, Currency::of("EUR")).stock, StockId{5});
}

// Pages of a merchant's offers go by SKU, repeated SKUs included, and see each offer once.
TEST_P(Offers, PagesOfAMerchant) {
  const Merchant m = merchant("bikes");
  const Merchant other = merchant("trains");
  std::vector<OfferSetting> rows;
  for (int i = 1; i <= 10; ++i) {
    rows.push_back(setting(m, i, eur(i)));
    if (i > 6) rows.back().sku = "SAME";
  }
  rows.push_back(setting(other, 1, eur(5)));
  write([&](storage::Tx& tx) { upsert_offers(tx, rows); });
  auto read = main().read();
  std::vector<std::string> skus;
  OfferId after;
  for (auto page = offers_of_merchant(read, m.id, after, 3); !page.empty();
       page = offers_of_merchant(read, m.id, after, 3)) {
    for (const Offer& o : page) skus.push_back(o.sku);
    after = page.back().id;
  }
  EXPECT_EQ(skus, (std::vector<std::string>{"SAME", "SAME", "SAME", "SAME", "SKU-1", "SKU-2",
                                            "SKU-3", "SKU-4", "SKU-5", "SKU-6"}));
  EXPECT_EQ(offers_by_sku(read, m.id, "SAME").size(), 4u);
  const std::vector<VariantId> variants = {VariantId{1}, VariantId{2}, VariantId{1}};
  EXPECT_EQ(offers_of(read, variants).size(), 3u);  // Two merchants sell variant 1.
  EXPECT_TRUE(offers_of_merchant(read, other.id, after, 3).empty());  // Another one's offer.
}

// verify counts, is silent when all agrees, and names an offer whose merchant is missing.
TEST_P(Offers, VerifyFindsWhatDoesNotAgree) {
  const Merchant m = merchant("bikes");
  const OfferId id = offer(setting(m, 1, eur(1000)));
  {
    auto read = main().read();
    storage::Findings findings;
    verify(read, findings);
    EXPECT_EQ(findings.checked["merchants"], 1);
    EXPECT_EQ(findings.checked["offers"], 1);
    EXPECT_TRUE(findings.differences.empty());
  }
  static constexpr storage::Sql kBreak{"marketplace.test_break", R"sql(
    UPDATE marketplace_offer SET merchant_id = merchant_id + 1 WHERE shard = $1 AND id = $2)sql"};
  write([&](storage::Tx& tx) { tx.exec(kBreak, {id.shard(), id}); });
  auto read = main().read();
  storage::Findings findings;
  verify(read, findings);
  ASSERT_EQ(findings.differences.size(), 1u);
  EXPECT_EQ(findings.differences[0].id, to_text(id));
}

}  // namespace
}  // namespace fondaco::marketplace
