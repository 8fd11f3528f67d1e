#include "testing_api.h"

namespace fondaco::marketplace {
namespace {

INSTANTIATE_TEST_SUITE_P(Engines, Api, testing::ValuesIn(storage::test_engines()),
                         [](const auto& i) { return storage::engine_name(i.param); });

constexpr const char* kNewMerchant =
    R"({"slug":"bikes","name":"Bikes","currency":"EUR","country":"DE","commission_bp":850,
        "state":"active","tagline":"Fast"})";

// An operator opens a merchant, the public sees it without its commission, and each bad body is
// refused with the place that is wrong.
TEST_P(Api, OperatorsOpenMerchants) {
  EXPECT_EQ(call(Method::post, "/api/v1/merchants", "", kNewMerchant).status, 401);
  EXPECT_EQ(call(Method::post, "/api/v1/merchants", "owner", kNewMerchant).status, 403);
  const auto made = call(Method::post, "/api/v1/merchants", "operator", kNewMerchant);
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_TRUE(says(made, R"("commission_bp":850)"));

  const auto seen = call(Method::get, "/api/v1/merchants/bikes");
  ASSERT_EQ(seen.status, 200);
  EXPECT_TRUE(says(seen, R"("commission_bp":null)"));
  EXPECT_TRUE(says(seen, R"("tagline":"Fast")"));
  auto read = main().read();
  const auto id = to_text(find_merchant(read, "bikes")->id);
  EXPECT_EQ(call(Method::get, "/api/v1/merchants/" + id).status, 200);
  EXPECT_EQ(call(Method::get, "/api/v1/merchants/trains").status, 404);

  const auto again = call(Method::post, "/api/v1/merchants", "operator", kNewMerchant);
  EXPECT_EQ(again.status, 409);
  EXPECT_TRUE(says(again, "slug_taken"));
  const auto bad = call(Method::post, "/api/v1/merchants", "operator",
                        R"({"slug":"B","name":"x","currency":"EUR","country":"DE"})");
  EXPECT_EQ(bad.status, 422);
  EXPECT_TRUE(says(bad, "/slug"));
}

// The list shows the public who sells; operators see everybody; pages follow each other.
TEST_P(Api, ListHidesWhoDoesNotSell) {
  merchant("one");
  merchant("two");
  NewMerchant hidden = wanted("three");
  hidden.state = MerchantState::pending;
  ASSERT_TRUE(write([&](storage::Tx& tx) { return create_merchant(tx, hidden); }).ok());
  EXPECT_EQ(call(Method::get, "/api/v1/merchants/three").status, 404);
  EXPECT_FALSE(says(call(Method::get, "/api/v1/merchants"), "three"));
  EXPECT_TRUE(says(call(Method::get, "/api/v1/merchants", "operator"), "three"));
  const auto page = call(Method::get, "/api/v1/merchants?limit=1");
  EXPECT_TRUE(says(page, R"("has_more":true)"));
  auto read = main().read();
  const auto first = list_merchants(read, {}, 1, MerchantState::active)[0].id;
  const auto next = call(Method::get, "/api/v1/merchants?limit=1&starting_after=" + to_text(first));
  EXPECT_TRUE(says(next, R"("has_more":false)")) << next.body;
}

// A merchant changes its own page with If-Match, but neither its commission nor its state.
TEST_P(Api, OwnersChangeTheirOwnPage) {
  const Merchant m = merchant("bikes");
  merchant("trains");
  doorman_.owns = m.id;
  const std::string path = "/api/v1/merchants/bikes";
  const auto tag = header(call(Method::get, path), "ETag");
  const std::string body = R"({"tagline":"Faster"})";
  EXPECT_EQ(call(Method::patch, path, "owner", body).status, 428);
  EXPECT_EQ(call(Method::patch, "/api/v1/merchants/trains", "owner", body, tag).status, 403);
  EXPECT_EQ(call(Method::patch, path, "owner", R"({"commission_bp":1})", tag).status, 403);
  EXPECT_EQ(call(Method::patch, path, "owner", R"({"state":"closed"})", tag).status, 403);
  const auto changed = call(Method::patch, path, "owner", body, tag);
  ASSERT_EQ(changed.status, 200) << changed.body;
  EXPECT_TRUE(says(changed, "Faster"));
  EXPECT_EQ(call(Method::patch, path, "owner", body, tag).status, 412);
  const auto now = header(call(Method::get, path), "ETag");
  EXPECT_NE(now, tag);
  ASSERT_EQ(call(Method::patch, path, "operator", R"({"state":"closed"})", now).status, 200);
  const auto shut = call(Method::patch, path, "operator", R"({"state":"active"})", "*");
  EXPECT_EQ(shut.status, 409);
  EXPECT_TRUE(says(shut, "merchant_closed"));
}

// Prices and states of offers are set by their merchant only, and the answer shows what is sold
// now; an offer of another merchant is not there.
TEST_P(Api, OffersAreSetByTheirMerchant) {
  const Merchant m = merchant("bikes");
  const Merchant other = merchant("trains");
  doorman_.owns = m.id;
  const OfferId id = offer(setting(m, 1, eur(1990)));
  const OfferId foreign = offer(setting(other, 2, eur(500)));
  const std::string path = "/api/v1/merchants/bikes/offers/" + to_text(id);
  const std::string body = R"({"price":{"amount":1490,"currency":"EUR"},"state":"paused"})";

  EXPECT_EQ(call(Method::get, path).status, 401);
  const auto tag = header(call(Method::get, path, "owner"), "ETag");
  EXPECT_EQ(call(Method::put, path, "owner", body).status, 428);
  const auto set = call(Method::put, path, "owner", body, tag);
  ASSERT_EQ(set.status, 200) << set.body;
  EXPECT_TRUE(says(set, R"("price":{"amount":1490,"currency":"EUR"})"));
  EXPECT_TRUE(says(set, R"("state":"paused")"));
  EXPECT_EQ(call(Method::put, path, "owner", body, tag).status, 412);
  EXPECT_EQ(loaded(id, Currency::of("EUR")).price, eur(1490));

  const auto negative =
      call(Method::put, path, "owner", R"({"price":{"amount":-1,"currency":"EUR"}})", "*");
  EXPECT_EQ(negative.status, 422);
  const std::string wrong = "/api/v1/merchants/bikes/offers/" + to_text(foreign);
  EXPECT_EQ(call(Method::put, wrong, "owner", body, "*").status, 404);
  EXPECT_EQ(call(Method::get, "/api/v1/merchants/trains/offers", "owner").status, 403);
  EXPECT_EQ(loaded(foreign, Currency::of("EUR")).price, eur(500));

  const auto list = call(Method::get, "/api/v1/merchants/bikes/offers?sku=SKU-1", "owner");
  EXPECT_TRUE(says(list, to_text(id)));
  EXPECT_TRUE(says(list, R"("has_more":false)"));
}

}  // namespace
}  // namespace fondaco::marketplace
