#include "testing_api.h"

namespace fondaco::marketplace {
namespace {

using FeesApi = Api;
INSTANTIATE_TEST_SUITE_P(Engines, FeesApi, testing::ValuesIn(storage::test_engines()),
                         [](const auto& i) { return storage::engine_name(i.param); });

constexpr const char* kTable =
    R"({"name":"2027","currency":"EUR","payment_fee_bp":100,
        "rates":[{"commission_bp":500,"annual_fee":6000000,
                  "rebates":[{"sales":36000000,"share_bp":5000}]}],
        "deposits":[{"kind":"flagship","mark":"applied","amount":10000000}]})";

// An operator drafts, changes and publishes; the public sees what is published and no draft; from
// then on it stays as it is.
TEST_P(FeesApi, OperatorsPublishSchedules) {
  const std::string path = "/api/v1/fee-schedules";
  EXPECT_EQ(call(Method::post, path, "", kTable).status, 401);
  EXPECT_EQ(call(Method::post, path, "owner", kTable).status, 403);
  const auto made = call(Method::post, path, "operator", kTable);
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_FALSE(says(call(Method::get, path), "2027"));
  EXPECT_TRUE(says(call(Method::get, path, "operator"), "2027"));

  auto read = main().read();
  const std::string one = path + "/" + to_text(list_fees(read)[0].id);
  EXPECT_EQ(call(Method::get, one).status, 404);
  EXPECT_EQ(call(Method::put, one, "operator", kTable).status, 428);
  std::string tag = header(call(Method::get, one, "operator"), "ETag");
  std::string other = kTable;
  other.replace(other.find("500"), 3, "450");
  const auto changed = call(Method::put, one, "operator", other, tag);
  ASSERT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(call(Method::put, one, "operator", kTable, tag).status, 412);
  tag = header(call(Method::get, one, "operator"), "ETag");

  const std::string out = one + "/publication";
  EXPECT_EQ(call(Method::post, out, "operator", R"({"valid_from":"soon"})", tag).status, 422);
  EXPECT_EQ(call(Method::post, out, "operator", R"({"valid_from":"2026-11-22"})", tag).status, 422);
  const auto published = call(Method::post, out, "operator", R"({"valid_from":"2027-01-01"})", tag);
  ASSERT_EQ(published.status, 200) << published.body;
  EXPECT_TRUE(says(published, R"("valid_from":"2027-01-01")"));
  EXPECT_TRUE(says(call(Method::get, one), R"("commission_bp":450)"));
  tag = header(call(Method::get, one), "ETag");
  EXPECT_TRUE(says(call(Method::put, one, "operator", kTable, tag), "fees_published"));
  EXPECT_EQ(call(Method::del, out, "operator", "", tag).status, 200);
  EXPECT_EQ(call(Method::get, one).status, 404);
}

// A body that makes no table says where it is wrong.
TEST_P(FeesApi, RefusesWhatIsNoTable) {
  const std::string path = "/api/v1/fee-schedules";
  const auto none = call(Method::post, path, "operator",
                         R"({"name":"x","currency":"EUR","payment_fee_bp":0,"rates":[],
                             "deposits":[]})");
  EXPECT_EQ(none.status, 422);
  EXPECT_TRUE(says(none, "/rates"));
  EXPECT_EQ(call(Method::get, path + "/nonsense").status, 404);
}

}  // namespace
}  // namespace fondaco::marketplace
