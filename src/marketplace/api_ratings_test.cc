#include "testing_api.h"

#include <fondaco/marketplace/annual.h>
#include <fondaco/marketplace/ratings.h>

namespace fondaco::marketplace {
namespace {

using RatingsApi = Api;
INSTANTIATE_TEST_SUITE_P(Engines, RatingsApi, testing::ValuesIn(storage::test_engines()),
                         [](const auto& i) { return storage::engine_name(i.param); });

// Everybody reads ratings and scores, without the buyer; the merchant answers its own only.
TEST_P(RatingsApi, AreReadByAllAndAnsweredByTheMerchant) {
  const Merchant m = merchant("bikes");
  const Merchant other = merchant("trains");
  doorman_.owns = m.id;
  const NewRating r{.order = OrderId{1},
                    .merchant = m.id,
                    .person = PersonId{77},
                    .described = 5,
                    .service = 4,
                    .logistics = 4,
                    .comment = "Quick"};
  const Rating made = *write([&](storage::Tx& tx) { return rate(tx, r); });
  const auto list = call(Method::get, "/api/v1/merchants/bikes/ratings");
  EXPECT_TRUE(says(list, "Quick")) << list.body;
  EXPECT_FALSE(says(list, to_text(r.person)));
  EXPECT_TRUE(says(call(Method::get, "/api/v1/merchants/bikes/scores"), R"("described":500)"));
  EXPECT_EQ(call(Method::get, "/api/v1/merchants/nobody/scores").status, 404);
  const std::string path = "/ratings/" + to_text(made.id) + "/reply";
  const std::string text = R"({"text":"Thanks"})";
  EXPECT_EQ(call(Method::put, "/api/v1/merchants/bikes" + path, "", text).status, 401);
  EXPECT_EQ(call(Method::put, "/api/v1/merchants/bikes" + path, "operator", text).status, 200);
  EXPECT_EQ(call(Method::put, "/api/v1/merchants/trains" + path, "operator", text).status, 404);
  EXPECT_TRUE(says(call(Method::get, "/api/v1/merchants/bikes/ratings"), "Thanks"));
}

// A flagship's own staff keep its vendors; nobody else's, and no other shop has any.
TEST_P(RatingsApi, VendorsAreTheFlagships) {
  NewMerchant w = wanted("mall");
  w.kind = MerchantKind::multi_brand_flagship;
  const Merchant mall = *write([&](storage::Tx& tx) { return create_merchant(tx, w); });
  merchant("bikes");
  doorman_.owns = mall.id;
  const OfferId o = offer(setting(mall, 1, eur(100)));
  const std::string body = R"({"name":"Shirts","share_bp":8000})";
  EXPECT_EQ(call(Method::post, "/api/v1/merchants/bikes/vendors", "owner", body).status, 403);
  EXPECT_TRUE(says(call(Method::post, "/api/v1/merchants/bikes/vendors", "operator", body),
                   "not_multi_brand"));
  const std::string path = "/api/v1/merchants/mall/vendors";
  ASSERT_EQ(call(Method::post, path, "owner", body).status, 201);
  auto read = main().read();
  const std::string one = path + "/" + to_text(vendors_of(*read, mall.id)[0].id);
  EXPECT_EQ(call(Method::put, one + "/offers/" + to_text(o), "owner").status, 204);
  EXPECT_EQ(call(Method::put, one + "/offers/nonsense", "owner").status, 404);
  EXPECT_EQ(call(Method::get, one + "/statement", "owner").status, 200);
  EXPECT_TRUE(says(call(Method::get, path, "owner"), "Shirts"));
  EXPECT_EQ(call(Method::get, "/api/v1/merchants/mall/annual-fees", "owner").status, 200);
}

}  // namespace
}  // namespace fondaco::marketplace
