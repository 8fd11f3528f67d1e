#include "testing.h"

#include <fondaco/events/marketplace.h>
#include <fondaco/ledger.h>
#include <fondaco/marketplace/ratings.h>

namespace fondaco::marketplace {
namespace {

class Ratings : public MarketplaceTest {
 protected:
  Merchant of_kind(MerchantKind kind) {
    NewMerchant w = wanted(kind == MerchantKind::private_seller ? "anna" : "bikes");
    w.kind = kind;
    return *write([&](storage::Tx& tx) { return create_merchant(tx, w); });
  }
  NewRating scores(const Merchant& m, int described, int service, int logistics) {
    return {.order = OrderId{++order_},
            .merchant = m.id,
            .person = PersonId{1'000 + order_},
            .described = described,
            .service = service,
            .logistics = logistics};
  }
  NewRating vote(const Merchant& m, std::int64_t buyer, int vote) {
    return {.order = OrderId{++order_}, .merchant = m.id, .person = PersonId{buyer}, .vote = vote};
  }
  Result<Rating, RatingRefusal> rated(const NewRating& r) {
    return write([&](storage::Tx& tx) { return rate(tx, r); });
  }
  Scores now(const Merchant& m) {
    auto read = main().read();
    return scores_of(read, m.id, store_.clock().now());
  }
  std::int64_t order_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Engines, Ratings, testing::ValuesIn(storage::test_engines()),
                         [](const auto& i) { return storage::engine_name(i.param); });

// Three scores are averaged over six months, rounded down; what is older does not count.
TEST_P(Ratings, AreAveragedOverHalfAYear) {
  const Merchant m = of_kind(MerchantKind::specialist);
  EXPECT_FALSE(now(m).all_at_least(0));
  ASSERT_TRUE(rated(scores(m, 1, 1, 1)).ok());
  store_.clock().advance(days(184));
  ASSERT_TRUE(rated(scores(m, 5, 5, 4)).ok());
  ASSERT_TRUE(rated(scores(m, 5, 4, 5)).ok());
  ASSERT_TRUE(rated(scores(m, 4, 5, 5)).ok());
  EXPECT_EQ(now(m).ratings, 3);
  EXPECT_EQ(now(m).described, 466);
  EXPECT_TRUE(now(m).all_at_least(460));
  ASSERT_TRUE(rated(scores(m, 4, 5, 5)).ok());
  EXPECT_EQ(now(m).described, 450);
  EXPECT_FALSE(now(m).all_at_least(460));
}

// Five good votes and a bad one of six buyers make four points and the first heart.
TEST_P(Ratings, PointsOfTheExample) {
  const Merchant m = of_kind(MerchantKind::private_seller);
  for (std::int64_t buyer = 1; buyer <= 5; ++buyer) ASSERT_TRUE(rated(vote(m, buyer, 1)).ok());
  ASSERT_TRUE(rated(vote(m, 6, -1)).ok());
  EXPECT_EQ(now(m).points, 4);
  EXPECT_EQ(now(m).votes, 6);
  EXPECT_EQ(badge_of(now(m).points), (Badge{BadgeKind::heart, 1}));
}

// One buyer's second vote within fourteen days does not count, a later one does.
TEST_P(Ratings, OneBuyerCannotFarm) {
  const Merchant m = of_kind(MerchantKind::private_seller);
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(rated(vote(m, 7, 1)).ok());
  EXPECT_EQ(now(m).points, 1);
  store_.clock().advance(days(13));
  EXPECT_FALSE(rated(vote(m, 7, 1))->counted);
  store_.clock().advance(days(1));
  EXPECT_TRUE(rated(vote(m, 7, 1))->counted);
  EXPECT_EQ(now(m).points, 2);
}

// The same order rated again changes the rating for thirty days; the merchant's reply stays.
TEST_P(Ratings, ChangeForAMonth) {
  const Merchant m = of_kind(MerchantKind::specialist);
  NewRating r = scores(m, 1, 2, 3);
  const Rating first = *rated(r);
  const auto replied =
      write([&](storage::Tx& tx) { return reply(tx, m.id, first.id, "We are sorry"); });
  EXPECT_EQ(replied->reply, "We are sorry");
  r.described = 5;
  store_.clock().advance(days(30));
  EXPECT_EQ(rated(r)->id, first.id);
  auto read = main().read();
  const auto all = ratings_of(*read, m.id, {}, 10);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].described, 5);
  EXPECT_EQ(all[0].reply, "We are sorry");
  store_.clock().advance(days(1));
  EXPECT_EQ(rated(r).refusal(), RatingRefusal::too_late);
  EXPECT_EQ(events().back().type, events::RatingChanged::kType);
}

// Each refusal.
TEST_P(Ratings, Refusals) {
  const Merchant shop = of_kind(MerchantKind::specialist);
  const Merchant anna = of_kind(MerchantKind::private_seller);
  EXPECT_EQ(rated(scores(shop, 0, 0, 0)).refusal(), RatingRefusal::bad_scores);
  EXPECT_EQ(rated(scores(shop, 5, 5, 6)).refusal(), RatingRefusal::bad_scores);
  EXPECT_EQ(rated(scores(shop, 5, 0, 5)).refusal(), RatingRefusal::bad_scores);
  EXPECT_EQ(rated(vote(anna, 1, 2)).refusal(), RatingRefusal::bad_vote);
  EXPECT_EQ(rated(scores(anna, 5, 5, 5)).refusal(), RatingRefusal::bad_vote);
  NewRating r = scores(shop, 5, 5, 5);
  r.comment = std::string(1'001, 'a');
  EXPECT_EQ(rated(r).refusal(), RatingRefusal::bad_text);
  r.merchant = MerchantId{5};
  EXPECT_EQ(rated(r).refusal(), RatingRefusal::unknown_merchant);
  const auto unknown = write([&](storage::Tx& tx) { return reply(tx, shop.id, RatingId{5}, "x"); });
  EXPECT_EQ(unknown.refusal(), RatingRefusal::unknown_rating);
}

// Badges change where the table says: 250 is the last heart, 251 the first diamond, and so on.
TEST(Badges, ChangeAtTheirSteps) {
  EXPECT_EQ(badge_of(3), Badge{});
  EXPECT_EQ(badge_of(250), (Badge{BadgeKind::heart, 5}));
  EXPECT_EQ(badge_of(251), (Badge{BadgeKind::diamond, 1}));
  EXPECT_EQ(badge_of(10'000), (Badge{BadgeKind::diamond, 5}));
  EXPECT_EQ(badge_of(10'001), (Badge{BadgeKind::crown, 1}));
  EXPECT_EQ(badge_of(500'000), (Badge{BadgeKind::crown, 5}));
  EXPECT_EQ(badge_of(500'001), (Badge{BadgeKind::golden_crown, 1}));
  EXPECT_EQ(badge_of(99'000'000), (Badge{BadgeKind::golden_crown, 5}));
}

}  // namespace
}  // namespace fondaco::marketplace
