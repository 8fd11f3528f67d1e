#include "testing_api.h"

namespace fondaco::marketplace {
namespace {

using OnboardingApi = Api;
INSTANTIATE_TEST_SUITE_P(Engines, OnboardingApi, testing::ValuesIn(storage::test_engines()),
                         [](const auto& i) { return storage::engine_name(i.param); });

// A document is taken by what its bytes are, is seen by its merchant only, and judged by operators.
TEST_P(OnboardingApi, DocumentsAreTheMerchantsOwn) {
  const NewApplication a{wanted("bikes"), Mark::none};
  MerchantRefusal why{};
  const MerchantId m = write([&](storage::Tx& tx) {
                         return *gates_.apply(tx, PersonId{0x700000}, a, why);
                       }).merchant;
  doorman_.owns = m;
  const std::string path = "/api/v1/merchants/bikes/documents";
  EXPECT_EQ(call(Method::post, path + "?kind=licence", "", "%PDF-1.4").status, 401);
  EXPECT_EQ(call(Method::post, path + "?kind=poem", "owner", "%PDF-1.4").status, 422);
  EXPECT_EQ(call(Method::post, path + "?kind=licence", "owner", "<svg/>").status, 415);
  const auto past =
      call(Method::post, path + "?kind=licence&expires_on=2020-01-01", "owner", "%PDF-1.4");
  EXPECT_TRUE(says(past, "expiry_past")) << past.body;
  const auto made = call(Method::post, path + "?kind=licence", "owner", "%PDF-1.4");
  ASSERT_EQ(made.status, 201) << made.body;
  auto read = main().read();
  const std::string one = path + "/" + to_text(gates_.papers(*read, m).back().id);
  EXPECT_EQ(call(Method::get, one + "/file").status, 401);
  EXPECT_EQ(call(Method::get, one + "/file", "owner").body, "%PDF-1.4");
  const std::string yes = R"({"accept":true})";
  EXPECT_EQ(call(Method::post, one + "/review", "owner", yes).status, 403);
  EXPECT_EQ(call(Method::post, one + "/review", "operator", yes).status, 200);
  EXPECT_TRUE(says(call(Method::post, one + "/review", "operator", yes), "not_in_review"));
}

// The trader's particulars are shown to everybody once the shop is open, without the tax number.
TEST_P(OnboardingApi, TradersAreShown) {
  const Merchant m = merchant("bikes");
  doorman_.owns = m.id;
  const std::string path = "/api/v1/merchants/bikes/trader";
  EXPECT_EQ(call(Method::get, path).status, 404);
  std::string body = R"({"name":"Bikes GmbH","line1":"Street 1","city":"Berlin","country":"DE",
    "email":"b@shop.example","registration_number":"HRB 1","tax_number":"DE1",
    "natural_person":false,"self_certified":false})";
  EXPECT_TRUE(says(call(Method::put, path, "owner", body), "not_certified"));
  body.replace(body.find("d\":false}"), 9, "d\":true}");
  ASSERT_EQ(call(Method::put, path, "owner", body).status, 204);
  const auto seen = call(Method::get, path);
  EXPECT_TRUE(says(seen, "HRB 1")) << seen.body;
  EXPECT_FALSE(says(seen, "DE1"));
}

// A holiday is announced by the merchant, and too long a one refused.
TEST_P(OnboardingApi, HolidaysAreAnnounced) {
  const Merchant m = merchant("bikes");
  doorman_.owns = m.id;
  const std::string path = "/api/v1/merchants/bikes";
  const auto closed = call(Method::patch, path, "owner",
                           R"({"closure":{"from":"2026-12-20T00:00:00Z",
                               "until":"2027-01-03T00:00:00Z","message":"Skiing"}})",
                           "*");
  ASSERT_EQ(closed.status, 200) << closed.body;
  EXPECT_TRUE(says(call(Method::get, path), "Skiing"));
  auto read = main().read();
  const auto info = book_.merchant(*read, m.id);
  EXPECT_TRUE(info->sells(*parse_rfc3339("2026-12-19T23:59:59Z")));
  EXPECT_FALSE(info->sells(*parse_rfc3339("2026-12-20T00:00:00Z")));
  EXPECT_TRUE(info->sells(*parse_rfc3339("2027-01-03T00:00:00Z")));
  EXPECT_EQ(call(Method::patch, path, "owner",
                 R"({"closure":{"from":"2026-12-20T00:00:00Z","until":"2029-01-03T00:00:00Z",
                     "message":""}})",
                 "*")
                .status,
            422);
}

}  // namespace
}  // namespace fondaco::marketplace
