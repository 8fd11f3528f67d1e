#include "testing_fixture.h"

#include <fondaco/http/router.h>
#include <fondaco/inventory/api.h>

#include <map>

namespace fondaco::inventory {
namespace {

/// The request as a handler sees it, after the router has checked the rights.
class FakeContext final : public http::Context {
 public:
  FakeContext(storage::ReadLease lease, std::map<std::string, std::string> params)
      : lease_(std::move(lease)), params_(std::move(params)) {}
  const http::Request& request() const override { return request_; }
  std::string_view param(std::string_view name) const override {
    return params_.at(std::string(name));
  }
  const http::Principal& who() const override { return who_; }
  std::string_view locale() const override { return "en"; }
  Instant now() const override { return {}; }
  storage::Read& read() override { return *lease_; }
  const std::string& nonce() const override { return nonce_; }
  http::Request request_;

 private:
  storage::ReadLease lease_;
  std::map<std::string, std::string> params_;
  http::Principal who_;
  std::string nonce_;
};

class Routes final : public http::Router {
 public:
  void read(http::Route r, http::ReadHandler h) override {
    reads[key(r)] = std::move(h);
    all.push_back(std::move(r));
  }
  void write(http::Route r, http::WriteHandler h) override {
    writes[key(r)] = std::move(h);
    all.push_back(std::move(r));
  }
  void detached(http::Route, http::DetachedHandler) override { FAIL(); }
  void events(http::Route, http::SseHandler) override { FAIL(); }
  void problem_pages(http::ProblemPage) override {}
  bool offload(std::function<void()>) override { return false; }
  std::vector<http::Route> routes() const override { return all; }

  static std::string key(const http::Route& r) { return r.path.substr(r.path.find('}') + 1); }
  std::map<std::string, http::ReadHandler> reads;
  std::map<std::string, http::WriteHandler> writes;
  std::vector<http::Route> all;
};

class ApiTest : public InventoryTest {
 protected:
  ApiTest() { mount(routes, {*store, counters}); }

  http::Response get(const std::string& path, const std::string& id = "", http::Pairs query = {}) {
    FakeContext c(store->main().read(), {{"merchant", to_text(merchant)}, {"id", id}});
    c.request_.query = std::move(query);
    return routes.reads.at(path)(c);
  }
  http::Response post(const std::string& path, const std::string& id, const std::string& body) {
    http::WritePlan plan = [&] {
      FakeContext c(store->main().read(), {{"merchant", to_text(merchant)}, {"id", id}});
      c.request_.body = body;
      return routes.writes.at(path)(c);
    }();
    if (plan.answer) return *plan.answer;
    return write([&](storage::Tx& tx) { return plan.act(tx); });
  }

  Routes routes;
};
INSTANTIATE_TEST_SUITE_P(Engines, ApiTest, testing::ValuesIn(storage::test_engines()),
                         engine_label);

// Every route asks for a scope of inventory granted for the merchant that the path names.
TEST_P(ApiTest, RoutesAreGuarded) {
  EXPECT_EQ(routes.all.size(), 5u);
  for (const auto& r : routes.all) {
    const bool reads = r.method == http::Method::get;
    EXPECT_EQ(r.access.scope, reads ? "inventory.read" : "inventory.write") << r.path;
    EXPECT_EQ(r.access.owner, http::Owner::merchant) << r.path;
    FakeContext c(store->main().read(), {{"merchant", to_text(merchant)}});
    EXPECT_EQ(r.merchant_of(c), merchant);
  }
}

// Stock of several places comes page by page, every row once.
TEST_P(ApiTest, ListsAllStock) {
  for (int i = 0; i < 5; ++i) stocked(i);
  warehouse = new_place("Second", PlaceKind::store);
  for (int i = 0; i < 4; ++i) stocked(10 + i);
  std::string after;
  std::vector<std::int64_t> on_hand;
  for (bool more = true; more;) {
    http::Pairs query{{"limit", "2"}};
    if (!after.empty()) query.emplace_back("starting_after", after);
    const auto page = boost::json::parse(get("/stock", "", query).body);
    for (const auto& row : page.at("data").as_array()) {
      on_hand.push_back(row.at("on_hand").as_int64());
      after = row.at("id").as_string().c_str();
    }
    more = page.at("has_more").as_bool();
  }
  EXPECT_EQ(on_hand, (std::vector<std::int64_t>{0, 1, 2, 3, 4, 10, 11, 12, 13}));
  EXPECT_EQ(get("/stock", "", {{"starting_after", "nonsense"}}).status, 422);
  EXPECT_EQ(get("/stock", "", {{"limit", "0"}}).status, 422);
}

// Counting and adjusting change the row, and the movements say why it is what it is.
TEST_P(ApiTest, AdjustAndAsk) {
  subscribe({*store, counters, {}, {}});
  store->start();
  const std::string id = to_text(stocked(50));
  EXPECT_EQ(post("/stock/{id}/adjustments", id, R"({"delta":-3,"reason":"damaged"})").status, 200);
  const auto done = post("/stock/{id}/adjustments", id, R"({"counted":46})");
  EXPECT_EQ(boost::json::parse(done.body).at("on_hand").as_int64(), 46);
  store->outbox().drain();
  const auto why = boost::json::parse(get("/stock/{id}/movements", id).body);
  ASSERT_EQ(why.at("data").as_array().size(), 3u);
  EXPECT_EQ(why.at("data").at(0).at("on_hand").as_int64(), 46);
  EXPECT_EQ(why.at("data").at(1).at("reason").as_string(), "damaged");
  EXPECT_EQ(why.at("pending_on_hand").as_int64(), 0);
}

// What is wrong with an adjustment is said, and nothing changes.
TEST_P(ApiTest, AdjustmentRefusals) {
  const StockId stock = stocked(5);
  take({{stock, 0, 4}});
  const std::string id = to_text(stock);
  const auto status = [&](const std::string& body) {
    return post("/stock/{id}/adjustments", id, body).status;
  };
  EXPECT_EQ(status("{"), 400);
  EXPECT_EQ(status("{}"), 422);
  EXPECT_EQ(status(R"({"delta":1,"counted":2})"), 422);
  EXPECT_EQ(status(R"({"counted":-1})"), 422);
  EXPECT_EQ(status(R"({"delta":9000000000000000000})"), 422);
  EXPECT_EQ(status(R"({"delta":1,"reason":"order_placed"})"), 422);
  EXPECT_EQ(status(R"({"counted":3})"), 409);
  EXPECT_EQ(level(stock).on_hand, 5);
}

// Another merchant's row is not found, whatever the caller may do with his own.
TEST_P(ApiTest, ForeignStockIsNotFound) {
  const std::string id = to_text(stocked(5));
  merchant = store->ids().next<MerchantId>(77);
  EXPECT_EQ(get("/stock/{id}/movements", id).status, 404);
  EXPECT_EQ(post("/stock/{id}/adjustments", id, R"({"delta":1})").status, 404);
  EXPECT_EQ(get("/stock", "", {{"starting_after", id}}).status, 422);
}

// Places are opened and listed; a place needs a name.
TEST_P(ApiTest, Places) {
  EXPECT_EQ(post("/places", "", R"({"name":" Shop ","kind":"store"})").status, 201);
  EXPECT_EQ(post("/places", "", R"({"name":"  ","kind":"store"})").status, 422);
  EXPECT_EQ(post("/places", "", R"({"name":"x","kind":"castle"})").status, 422);
  const auto list = boost::json::parse(get("/places", "", {{"limit", "1"}}).body);
  EXPECT_TRUE(list.at("has_more").as_bool());
  const auto all = boost::json::parse(get("/places").body);
  ASSERT_EQ(all.at("data").as_array().size(), 2u);
  EXPECT_EQ(all.at("data").at(1).at("name").as_string(), "Shop");
  EXPECT_EQ(all.at("data").at(1).at("kind").as_string(), "store");
}

}  // namespace
}  // namespace fondaco::inventory
