#include "testing_fixture.h"

#include <fondaco/http/router.h>
#include <fondaco/ledger/api.h>

#include <map>

namespace fondaco::ledger {
namespace {

/// The request as a handler sees it, after the router has checked the rights.
class FakeContext final : public http::Context {
 public:
  FakeContext(storage::ReadLease lease, std::map<std::string, std::string> params, PersonId person)
      : lease_(std::move(lease)), params_(std::move(params)) {
    who_.person = person;
  }
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
    reads[r.path] = std::move(h);
    all.push_back(std::move(r));
  }
  void write(http::Route r, http::WriteHandler h) override {
    writes[r.path] = std::move(h);
    all.push_back(std::move(r));
  }
  void detached(http::Route, http::DetachedHandler) override { FAIL(); }
  void events(http::Route, http::SseHandler) override { FAIL(); }
  void problem_pages(http::ProblemPage) override {}
  bool offload(std::function<void()>) override { return false; }
  std::vector<http::Route> routes() const override { return all; }

  std::map<std::string, http::ReadHandler> reads;
  std::map<std::string, http::WriteHandler> writes;
  std::vector<http::Route> all;
};

constexpr auto kStatement = "/api/v1/merchants/{merchant}/statement";
constexpr auto kFundings = "/api/v1/wallets/{person}/fundings";

class ApiTest : public LedgerTest {
 protected:
  ApiTest() { mount(routes, {*store, book, true}); }

  http::Response get(const std::string& path, http::Pairs query = {}) {
    FakeContext c(store->main().read(), {{"merchant", to_text(merchant)}}, buyer);
    c.request_.query = std::move(query);
    return routes.reads.at(path)(c);
  }
  http::Response fund_by_api(const std::string& person, const std::string& body) {
    http::WritePlan plan = [&] {
      FakeContext c(store->main().read(), {{"person", person}}, {});
      c.request_.body = body;
      return routes.writes.at(kFundings)(c);
    }();
    if (plan.answer) return *plan.answer;
    return write([&](storage::Tx& tx) { return plan.act(tx); });
  }

  Routes routes;
};
INSTANTIATE_TEST_SUITE_P(Engines, ApiTest, testing::ValuesIn(storage::test_engines()),
                         engine_label);

// Test funding exists only where it was switched on, and only for operators.
TEST_P(ApiTest, FundingIsMountedOnDemand) {
  Routes without;
  mount(without, {*store, book, false});
  EXPECT_EQ(without.all.size(), 2u);
  EXPECT_FALSE(without.writes.contains(kFundings));
  ASSERT_EQ(routes.all.size(), 3u);
  EXPECT_EQ(routes.all[2].access.owner, http::Owner::operators);
  EXPECT_EQ(routes.all[2].access.scope, "ledger.write");
}

// A funding arrives in the wallet that its owner sees.
TEST_P(ApiTest, FundAndLook) {
  const auto done = fund_by_api(to_text(buyer), R"({"amount":{"amount":1200,"currency":"EUR"}})");
  EXPECT_EQ(done.status, 201);
  const auto seen = boost::json::parse(get("/api/v1/me/wallet").body);
  EXPECT_EQ(seen.at("balances").at(0).at("amount").as_int64(), 1200);
  EXPECT_EQ(fund_by_api(to_text(buyer), R"({"amount":{"amount":0,"currency":"EUR"}})").status, 422);
  EXPECT_EQ(fund_by_api(to_text(buyer), R"({"amount":{"amount":1,"currency":"XXQ"}})").status, 422);
  EXPECT_EQ(fund_by_api("per_x", R"({"amount":{"amount":1,"currency":"EUR"}})").status, 404);
  expect_silent();
}

// A merchant's statement shows the account asked for, page by page, in its currency.
TEST_P(ApiTest, Statement) {
  subscribe({*store, {"test.order"}, {}});
  store->start();
  for (int i = 1; i <= 3; ++i) {
    const OrderId order = post_one(Kind::payment, {{receivable, -i * 100}, {escrow, i * 100}});
    write([&](storage::Tx& tx) { tx.publish({"test.order", 1, order.value, 1, "{}"}); });
  }
  store->outbox().drain();
  const auto page =
      boost::json::parse(get(kStatement, {{"account", "escrow"}, {"limit", "2"}}).body);
  EXPECT_EQ(page.at("balance").at("amount").as_int64(), 600);
  EXPECT_EQ(page.at("pending").at("amount").as_int64(), 0);
  ASSERT_EQ(page.at("data").as_array().size(), 2u);
  EXPECT_TRUE(page.at("has_more").as_bool());
  EXPECT_EQ(page.at("data").at(0).at("balance").at("amount").as_int64(), 600);
  const std::string last = page.at("data").at(1).at("id").as_string().c_str();
  const auto next =
      boost::json::parse(get(kStatement, {{"account", "escrow"}, {"starting_after", last}}).body);
  EXPECT_EQ(next.at("data").as_array().size(), 1u);
  EXPECT_EQ(boost::json::parse(get(kStatement).body).at("data").as_array().size(), 0u);
}

// Each thing that a query may get wrong is said.
TEST_P(ApiTest, StatementRefusals) {
  EXPECT_EQ(get(kStatement, {{"account", "treasure"}}).status, 422);
  EXPECT_EQ(get(kStatement, {{"account", "tax"}}).status, 404);
  EXPECT_EQ(get(kStatement, {{"currency", "JPY"}}).status, 404);
  EXPECT_EQ(get(kStatement, {{"starting_after", "x"}}).status, 422);
  account(AccountKind::merchant_payable, merchant.value, Currency::of("JPY"));
  EXPECT_EQ(get(kStatement).status, 422);
  EXPECT_EQ(get(kStatement, {{"currency", "JPY"}}).status, 200);
}

}  // namespace
}  // namespace fondaco::ledger
