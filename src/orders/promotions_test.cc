#include "fixture.h"
#include "promotion_rows.h"

#include <fondaco/base/json.h>
#include <fondaco/events/orders.h>

#include <atomic>
#include <thread>

namespace fondaco::orders {
namespace {

using storage::engine_name;
using storage::test_engines;

class PromotionTest : public MarketTest {
 protected:
  Promotion make(Promotion wanted) {
    if (wanted.title.empty()) wanted.title = "Promotion";
    return store->main().write([&](storage::Tx& tx) {
      auto made = create_promotion(tx, wanted);
      EXPECT_TRUE(made.ok());
      tx.after_commit([this, p = *made] { checkout->promotions().put(p); });
      return *made;
    });
  }
  Promotion percent(std::string code, std::int64_t bp, MerchantId owner = {}) {
    Promotion p;
    p.code = std::move(code);
    p.merchant = owner;
    p.terms.percent_bp = bp;
    return p;
  }
  std::optional<PromotionReason> refused(Purchase p) {
    const Outcome outcome = place(std::move(p));
    EXPECT_FALSE(outcome.ok());
    return outcome.ok() ? std::nullopt : outcome.refusal().promotion;
  }
  Purchase with(Purchase p, std::vector<std::string> codes) {
    p.promotions = std::move(codes);
    return p;
  }
  std::int64_t uses(const Promotion& p) {
    return find_promotion(*store->main().read(), p.id)->uses;
  }
  std::int64_t goodwill() {
    auto read = store->main().read();
    const auto id = accounts.find(read, {ledger::AccountKind::goodwill, 0, Currency::of("EUR")});
    return id ? ledger::balances(read, {&*id, 1}).at(0).balance : 0;
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, PromotionTest, testing::ValuesIn(test_engines()),
                         [](const auto& p) { return engine_name(p.param); });

// The worked example: 10 % of the platform off 200.00 and 100.00 of two merchants. The buyer pays
// 270.00 and two freights, the merchants' escrow holds 300.00 and theirs: goodwill paid 30.00.
TEST_P(PromotionTest, ThePlatformPaysForItsOwn) {
  offer(bikes, bike_store, "B-1", 20'000, 5);
  offer(phones, phone_store, "P-1", 10'000, 5);
  const Promotion tenth = make(percent("TEN", 1000));
  const Outcome outcome =
      place(with(purchase({{"bikes", "B-1", {}, 1}, {"phones", "P-1", {}, 1}}), {"ten"}));
  ASSERT_TRUE(outcome.ok()) << static_cast<int>(outcome.refusal().reason);
  EXPECT_EQ(outcome->group.total.minor, 27'000 + 2 * 490);
  const Order bike = order(outcome, 0);
  EXPECT_EQ(bike.discount, 2000);
  EXPECT_EQ(bike.platform_discount, 2000);
  EXPECT_EQ(bike.lines[0].platform_discount, 2000);
  EXPECT_EQ(bike.commission, 1000);  // 5 % of what the merchant is paid.
  EXPECT_EQ(bike.tax, 3193 + 78);    // 19 % in 200.00 and in 4.90.
  EXPECT_EQ(bike.details.promotions.at(0).code, "TEN");
  EXPECT_EQ(goodwill(), -3000);
  EXPECT_EQ(uses(tenth), 1);  // One basket, however many orders.
  expect_books_agree();
  // One order goes: its part of the money goes back to both who paid; the use stays.
  store->main().write(
      [&](storage::Tx& tx) { EXPECT_TRUE(checkout->cancel(tx, outcome->orders[0].id).ok()); });
  EXPECT_EQ(goodwill(), -1000);
  EXPECT_EQ(uses(tenth), 1);
  expect_books_agree();
  store->main().write(
      [&](storage::Tx& tx) { EXPECT_TRUE(checkout->cancel(tx, outcome->orders[1].id).ok()); });
  EXPECT_EQ(goodwill(), 0);
  EXPECT_EQ(uses(tenth), 0);
  EXPECT_EQ(wallet(), 100'000);
  expect_books_agree();
}

// A merchant's own discount is the merchant's: less escrow, less tax, less commission.
TEST_P(PromotionTest, AMerchantPaysForHis) {
  offer(bikes, bike_store, "B-1", 20'000, 5);
  make(percent("OWN", 1000, bikes));
  const Outcome outcome = place(with(purchase({{"bikes", "B-1", {}, 1}}), {"OWN"}));
  ASSERT_TRUE(outcome.ok());
  const Order o = order(outcome);
  EXPECT_EQ(o.total, 18'490);
  EXPECT_EQ(o.platform_discount, 0);
  EXPECT_EQ(o.commission, 900);
  EXPECT_EQ(o.tax, 2874 + 78);
  EXPECT_EQ(goodwill(), 0);
  expect_books_agree();
}

// Four hundred buyers at once, a hundred uses: exactly a hundred have it, three hundred are told
// that it is used up.
TEST_P(PromotionTest, UsesAreNotLostInARush) {
  offer(bikes, bike_store, "RUSH", 1000, 1000);
  Promotion wanted = percent("FIRST100", 5000, bikes);
  wanted.most_uses = 100;
  const Promotion promotion = make(wanted);
  std::atomic<int> had{0}, used_up{0}, other{0};
  std::vector<std::thread> buyers;
  for (int t = 0; t < 4; ++t) {
    buyers.emplace_back([&] {
      for (int i = 0; i < 100; ++i) {
        const Outcome outcome =
            place(with(purchase({{"bikes", "RUSH", {}, 1}}, "test"), {"FIRST100"}));
        if (outcome.ok()) {
          ++had;
        } else if (outcome.refusal().promotion == PromotionReason::used_up) {
          ++used_up;
        } else {
          ++other;
        }
      }
    });
  }
  for (auto& b : buyers) b.join();
  EXPECT_EQ(had, 100);
  EXPECT_EQ(used_up, 300);
  EXPECT_EQ(other, 0);
  EXPECT_EQ(uses(promotion), 100);
  expect_books_agree();
}

// What is not paid in time gives its use back.
TEST_P(PromotionTest, AnExpiredOrderGivesItsUseBack) {
  offer(bikes, bike_store, "B-1", 1000, 5);
  Promotion wanted = percent("ONCE", 1000);
  wanted.most_uses = 1;
  const Promotion promotion = make(wanted);
  const auto buy = [&](std::string token) {
    return with(purchase({{"bikes", "B-1", {}, 1}}, "test", std::move(token)), {"ONCE"});
  };
  ASSERT_TRUE(place(buy("3ds")).ok());
  EXPECT_EQ(uses(promotion), 1);
  EXPECT_EQ(refused(buy("approve")), PromotionReason::used_up);
  store.clock().advance(hours(1));
  provider->drain();
  store->timers().run_due();
  EXPECT_EQ(uses(promotion), 0);
  EXPECT_TRUE(place(buy("approve")).ok());
  expect_books_agree();
}

// A limit for each person is kept, also within one batch, and given back with the order.
TEST_P(PromotionTest, OncePerPerson) {
  offer(bikes, bike_store, "B-1", 1000, 50);
  Promotion wanted = percent("MINE", 1000);
  wanted.most_per_person = 1;
  make(wanted);
  const Purchase p = with(purchase({{"bikes", "B-1", {}, 1}}), {"MINE"});
  const Outcome first = place(p);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(refused(p), PromotionReason::used_by_you);
  EXPECT_EQ(refused(with(purchase({{"bikes", "B-1", {}, 1}}, "test"), {"MINE"})),
            PromotionReason::sign_in_needed);
  store->main().write(
      [&](storage::Tx& tx) { EXPECT_TRUE(checkout->cancel(tx, first->orders[0].id).ok()); });
  EXPECT_TRUE(place(p).ok());
  expect_books_agree();
}

// A limit of two for each person is two.
TEST_P(PromotionTest, TwicePerPerson) {
  offer(bikes, bike_store, "B-1", 1000, 50);
  Promotion wanted = percent("TWICE", 1000);
  wanted.most_per_person = 2;
  make(wanted);
  const Purchase p = with(purchase({{"bikes", "B-1", {}, 1}}), {"TWICE"});
  EXPECT_TRUE(place(p).ok());
  EXPECT_TRUE(place(p).ok());
  EXPECT_EQ(refused(p), PromotionReason::used_by_you);
  expect_books_agree();
}

// Each reason why a named promotion does not apply is told by itself.
TEST_P(PromotionTest, ReasonsAreTold) {
  offer(bikes, bike_store, "B-1", 1000, 50);
  const auto buy = [&](std::vector<std::string> codes) {
    return with(purchase({{"bikes", "B-1", {}, 1}}), std::move(codes));
  };
  EXPECT_EQ(refused(buy({"NOBODY"})), PromotionReason::unknown_promotion);
  Promotion p = percent("LATER", 1000);
  p.starts_at = store.clock().now() + days(1);
  make(p);
  EXPECT_EQ(refused(buy({"LATER"})), PromotionReason::not_started);
  p = percent("OVER", 1000);
  p.ends_at = store.clock().now() + hours(1);
  make(p);
  store.clock().advance(hours(2));
  EXPECT_EQ(refused(buy({"OVER"})), PromotionReason::expired);
  p = percent("DEAR", 1000);
  p.terms.minimum = {{5000, Currency::of("EUR")}};
  make(p);
  EXPECT_EQ(refused(buy({"DEAR"})), PromotionReason::minimum_not_reached);
  make(percent("AA", 1000));
  make(percent("BB", 2000));
  EXPECT_EQ(refused(buy({"AA", "BB"})), PromotionReason::not_combinable);
  p = percent("NEWCOMER", 1000);
  p.terms.first_order = true;
  make(p);
  ASSERT_TRUE(place(buy({"NEWCOMER"})).ok());
  store->outbox().drain();
  EXPECT_EQ(refused(buy({"NEWCOMER"})), PromotionReason::first_order_only);
  std::vector<std::string> many(kMostCodes + 1, "AA");
  const Outcome outcome = place(buy(many));
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.refusal().reason, Refusal::too_many_promotions);
  expect_books_agree();
}

// An automatic free shipping of the platform: the buyer pays no freight, the merchant has it.
TEST_P(PromotionTest, FreeShippingOfThePlatform) {
  offer(bikes, bike_store, "B-1", 6000, 50);
  Promotion p;
  p.terms.kind = PromotionKind::free_shipping;
  p.terms.target = PromotionTarget::shipping;
  p.terms.minimum = {{5000, Currency::of("EUR")}};
  make(p);
  const Outcome outcome = place(purchase({{"bikes", "B-1", {}, 1}}));
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->group.total.minor, 6000);
  const Order o = order(outcome);
  EXPECT_EQ(o.shipping, 0);
  EXPECT_EQ(o.details.shipping_discount, 490);
  EXPECT_EQ(o.platform_discount, 490);
  EXPECT_EQ(goodwill(), -490);
  expect_books_agree();
  // The event rebuilds it.
  const auto stored = store->outbox().after(store->outbox().node(), 0, 1000);
  const auto placed = std::find_if(stored.rbegin(), stored.rend(), [](const auto& e) {
    return e.type == events::OrderPlaced::kType;
  });
  ASSERT_NE(placed, stored.rend());
  const auto told = read_json<events::OrderPlaced>(placed->payload);
  ASSERT_TRUE(told.ok());
  EXPECT_EQ(*read_json<OrderDetails>(told->details), o.details);
}

// A basket that costs nothing is paid at once: no provider is asked for 0.00.
TEST_P(PromotionTest, NothingToPayIsPaid) {
  offer(bikes, bike_store, "B-1", 1000, 5);
  Promotion all = percent("GIFT", 10'000);
  all.terms.with_shipping = true;
  make(all);
  Promotion freight;
  freight.code = "FREIGHT";
  freight.terms.kind = PromotionKind::free_shipping;
  freight.terms.target = PromotionTarget::shipping;
  freight.terms.with_order = true;
  make(freight);
  const Outcome outcome =
      place(with(purchase({{"bikes", "B-1", {}, 1}}, "test", "decline"), {"GIFT", "FREIGHT"}));
  ASSERT_TRUE(outcome.ok()) << static_cast<int>(outcome.refusal().reason);
  EXPECT_EQ(outcome->group.total.minor, 0);
  EXPECT_EQ(outcome->group.state, OrderState::paid);
  EXPECT_EQ(goodwill(), -1490);
  expect_books_agree();
  store->main().write(
      [&](storage::Tx& tx) { EXPECT_TRUE(checkout->cancel(tx, outcome->orders[0].id).ok()); });
  EXPECT_EQ(goodwill(), 0);
  expect_books_agree();
}

// A quote tells what applies and why the rest does not, and refuses nothing.
TEST_P(PromotionTest, AQuoteExplains) {
  offer(bikes, bike_store, "B-1", 4000, 5);
  make(percent("TEN", 1000));
  Promotion p = percent("", 2000);
  p.terms.minimum = {{5000, Currency::of("EUR")}};
  make(p);
  const auto quote = checkout->quote(*store->main().read(),
                                     with(purchase({{"bikes", "B-1", {}, 1}}), {"TEN", "NOPE"}));
  ASSERT_TRUE(quote.ok());
  ASSERT_EQ(quote->promotions.size(), 3U);
  EXPECT_EQ(quote->promotions[0].reason, PromotionReason::applied);
  EXPECT_EQ(quote->promotions[0].discount, 400);
  EXPECT_EQ(quote->promotions[1].reason, PromotionReason::unknown_promotion);
  EXPECT_EQ(quote->promotions[2].reason, PromotionReason::minimum_not_reached);
  EXPECT_EQ(quote->promotions[2].missing, 1000);
}

// Every refusal of a change has an input that triggers it, and a change reaches the next basket.
TEST_P(PromotionTest, ChangesAndTheirRefusals) {
  offer(bikes, bike_store, "B-1", 1000, 50);
  const Promotion known = make(percent("KNOWN", 1000, bikes));
  const auto create = [&](Promotion p) {
    return store->main().write([&](storage::Tx& tx) {
      const auto made = create_promotion(tx, std::move(p));
      if (!made.ok()) tx.refuse();
      return made.ok() ? std::optional<PromotionRefusal>() : made.refusal();
    });
  };
  Promotion p = percent("known", 1000, bikes);
  p.title = "Twice";
  EXPECT_EQ(create(p), PromotionRefusal::code_taken);
  p.code = "ä";
  EXPECT_EQ(create(p), PromotionRefusal::bad_code);
  p.code = "FINE";
  p.title = " ";
  EXPECT_EQ(create(p), PromotionRefusal::bad_title);
  p.title = "Fine";
  p.ends_at = p.starts_at;
  EXPECT_EQ(create(p), PromotionRefusal::bad_dates);
  p.ends_at.reset();
  p.terms.percent_bp = 10'001;
  EXPECT_EQ(create(p), PromotionRefusal::bad_terms);
  p.terms.percent_bp = 100;
  p.most_uses = -1;
  EXPECT_EQ(create(p), PromotionRefusal::bad_limit);

  const auto update = [&](Promotion next, std::int64_t version) {
    return store->main().write([&](storage::Tx& tx) {
      const auto changed = update_promotion(tx, next, version);
      if (!changed.ok()) {
        tx.refuse();
        return std::optional(changed.refusal());
      }
      return std::optional<PromotionRefusal>();
    });
  };
  Promotion next = known;
  EXPECT_EQ(update(next, 9), PromotionRefusal::stale_version);
  next.id = {1};
  EXPECT_EQ(update(next, 1), PromotionRefusal::unknown_promotion);
  next = known;
  next.state = PromotionState::ended;
  EXPECT_EQ(update(next, 1), std::nullopt);
  EXPECT_EQ(update(next, 2), PromotionRefusal::ended);
  store->outbox().drain();
  EXPECT_EQ(refused(with(purchase({{"bikes", "B-1", {}, 1}}), {"KNOWN"})),
            PromotionReason::unknown_promotion);
}

// A restart knows what is stored.
TEST_P(PromotionTest, TheBookIsReadAtStart) {
  make(percent("TEN", 1000));
  PromotionBook book;
  EXPECT_TRUE(book.empty());
  book.load(*store->main().read(), store.clock().now());
  EXPECT_FALSE(book.empty());
  const std::vector<std::string> codes{"ten"};
  EXPECT_TRUE(book.candidates({}, codes).at(0).promotion);
}

}  // namespace
}  // namespace fondaco::orders
