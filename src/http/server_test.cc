#include "stream.h"
#include "testing_server.h"

#include <boost/json.hpp>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>

namespace fondaco::http {
namespace {

struct LineIn {
  std::string sku;
  std::int64_t quantity = 0;
  std::optional<std::string> note;
};
BOOST_DESCRIBE_STRUCT(LineIn, (), (sku, quantity, note))
struct CartIn {
  std::vector<LineIn> lines;
  Money total;
};
BOOST_DESCRIBE_STRUCT(CartIn, (), (lines, total))

class DispatchTest : public ServerTest {
 protected:
  void SetUp() override {
    doorman_.people["anna"] = person(1, Principal::Kind::shopper);
    open();
  }
};

// Parameters, locale and time reach the handler; the answer carries the request's id.
TEST_P(DispatchTest, Context) {
  router().read(route(Method::get, "/orders/{id}/{rest*}", kOpenRead), [](Context& c) {
    EXPECT_EQ(c.now(), *parse_rfc3339("2026-11-22T10:00:00Z"));
    EXPECT_EQ(c.read().scalar(kNotes, {}), 0);
    return json(std::string(c.param("id")) + "|" + std::string(c.param("rest")) + "|" +
                std::string(c.param("other")) + "|" + std::string(c.locale()));
  });
  const auto r = get("/orders/7/a/b", {{"Accept-Language", "fr, zh-CN;q=0.9, en"}});
  EXPECT_EQ(r.body, "7|a/b||zh");
  EXPECT_FALSE(header_of(r, "X-Request-Id").empty());
  EXPECT_NE(header_of(get("/orders/7/a"), "X-Request-Id"), header_of(r, "X-Request-Id"));
  EXPECT_EQ(get("/orders/7/a?lang=en", {{"Cookie", "lang=zh"}}).body, "7|a||en");
  EXPECT_EQ(get("/orders/7/a", {{"Cookie", "lang=zh"}}).body, "7|a||zh");
  EXPECT_EQ(get("/orders/7/a?lang=zh").body, "7|a||zh");
}

// HEAD has GET's headers and no body; other methods are told which ones there are.
TEST_P(DispatchTest, HeadAnd405) {
  router().read(route(Method::get, "/r", kOpenRead), [](Context&) { return json("[1]"); });
  const auto head = server_->handle(ask(Method::head, "/r"));
  EXPECT_EQ(head.status, 200);
  EXPECT_TRUE(head.body.empty());
  EXPECT_EQ(header_of(head, "ETag"), header_of(get("/r"), "ETag"));
  const auto refused = post("/r");
  EXPECT_EQ(refused.status, 405);
  EXPECT_EQ(header_of(refused, "Allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(server_->handle(ask(Method::options, "/r")).status, 204);
  EXPECT_EQ(get("/none").status, 404);
  EXPECT_EQ(get("/a/../r").status, 400);
}

// A write answers after its commit; a refusal rolls back; actor and trace reach the transaction.
TEST_P(DispatchTest, Writes) {
  std::string actor;
  router().write(route(Method::post, "/w", kOpenWrite), [&](Context& c) -> WritePlan {
    if (c.request().body.empty()) return problem(422, "empty", "nothing in it");
    const bool good = c.request().body == "good";
    return [&actor, good](storage::Tx& tx) {
      actor = tx.actor();
      tx.exec(kNote, {tx.next_id<EventId>(), "x"});
      return good ? json("1", 201) : problem(409, "sold_out", "none");
    };
  });
  EXPECT_EQ(post("/w").status, 422);
  EXPECT_EQ(post("/w", {{"Authorization", "Bearer anna"}}, "bad").status, 409);
  EXPECT_EQ(notes(), 0);
  EXPECT_EQ(post("/w", {{"Authorization", "Bearer anna"}}, "good").status, 201);
  EXPECT_EQ(notes(), 1);
  EXPECT_EQ(actor, to_text(PersonId{1}));
}

// A detached handler answers from another thread; one that forgets to gets 500, not silence.
TEST_P(DispatchTest, Detached) {
  const auto own = route(Method::post, "/d", kOpenWrite);
  router().detached(own, [&](std::shared_ptr<Context> c, Reply reply) {
    EXPECT_TRUE(router().offload([c, reply] { reply(json(c->request().body)); }));
  });
  router().detached(route(Method::post, "/lost", kOpenWrite),
                    [](std::shared_ptr<Context>, const Reply&) {});
  EXPECT_EQ(post("/d", {}, "7").body, "7");
  EXPECT_EQ(post("/lost").status, 500);
  EXPECT_EQ(post("/d", {}, std::string(70'000, 'x')).status, 413);
}

// The worker pool is bounded: the queue of 256 fills, and offload says so.
TEST_P(DispatchTest, OffloadIsBounded) {
  std::atomic<bool> go{false};
  std::atomic<int> ran{0};
  int taken = 0;
  const auto work = [&] {
    while (!go) std::this_thread::yield();
    ++ran;
  };
  while (taken < 1000 && router().offload(work)) ++taken;
  EXPECT_GE(taken, 256);
  EXPECT_LE(taken, 258);
  go = true;
  while (ran < taken) std::this_thread::yield();
}

// Broken machinery and bugs become 503 and 500 that tell nothing of the inside.
TEST_P(DispatchTest, BrokenHandlers) {
  router().read(route(Method::get, "/fault", kOpenRead),
                [](Context&) -> Response { throw Fault("secret path"); });
  router().read(route(Method::get, "/bug", kOpenRead),
                [](Context&) -> Response { throw Bug("secret line"); });
  EXPECT_EQ(get("/fault").status, 503);
  EXPECT_EQ(get("/bug").status, 500);
  EXPECT_EQ(get("/bug").body.find("secret"), std::string::npos);
}

// limit is 1 to 100; lists say whether there is more.
TEST_P(DispatchTest, Pages) {
  router().read(route(Method::get, "/list", kOpenRead), [](Context& c) {
    const auto page = page_of(c);
    if (!page.ok()) return page.refusal();
    return json(list_json(std::to_string(page->limit), page->starting_after.has_value()));
  });
  EXPECT_EQ(get("/list").body, R"({"data":[20],"has_more":false})");
  EXPECT_EQ(get("/list?limit=100&starting_after=x").body, R"({"data":[100],"has_more":true})");
  for (const auto* bad : {"0", "101", "x", "-1", ""}) {
    EXPECT_EQ(get(std::string("/list?limit=") + bad).status, 422) << bad;
  }
}

// Bodies are read into structs; what is wrong is said with its place.
TEST_P(DispatchTest, Bodies) {
  router().write(route(Method::post, "/c", kOpenWrite), [](Context& c) -> WritePlan {
    const auto in = body_as<CartIn>(c);
    if (!in.ok()) return in.refusal();
    return json(std::to_string(in->lines.size()));
  });
  EXPECT_EQ(post("/c", {}, "{").status, 400);
  const auto wrong = post("/c", {},
                          R"({"lines":[{"sku":"a","quantity":"2"}],"total":)"
                          R"({"amount":1,"currency":"EUR"}})");
  EXPECT_EQ(wrong.status, 422);
  EXPECT_NE(wrong.body.find("/lines/0/quantity"), std::string::npos);
}

// The document is JSON, has every route with its parameters, and its references resolve.
TEST_P(DispatchTest, OpenApi) {
  auto r = route(Method::post, "/api/v1/carts/{id}/lines",
                 {"orders.write", Owner::self, Rate::write, Idempotency::required});
  r.request = schema_of<CartIn>();
  r.response = list_schema_of<CartIn>();
  r.success = 201;
  r.refusals = {"sold_out"};
  r.query = {{"expand", "What to show as well.", "string", false}};
  router().write(r, [](Context&) { return no_content(); });
  const auto doc = boost::json::parse(server_->openapi());
  EXPECT_EQ(doc.at("openapi").as_string(), "3.1.0");
  for (const auto& mounted : router().routes()) {
    EXPECT_TRUE(doc.at("paths").as_object().contains(mounted.path)) << mounted.path;
  }
  const auto& post_op = doc.at("paths").at("/api/v1/carts/{id}/lines").at("post");
  EXPECT_EQ(post_op.at("parameters").as_array().size(), 3U);
  EXPECT_EQ(post_op.at("x-scope").as_string(), "orders.write");
  const std::string text = boost::json::serialize(post_op);
  EXPECT_NE(text.find("sold_out"), std::string::npos);
  EXPECT_NE(text.find("idempotency_key_missing"), std::string::npos);
  const auto& schemas = doc.at("components").at("schemas").as_object();
  for (const auto* name : {"CartIn", "LineIn", "Money", "Problem"}) {
    EXPECT_TRUE(schemas.contains(name)) << name;
  }
  EXPECT_EQ(get("/api/v1/openapi.json").body, server_->openapi());
}

// Health and readiness; a failing check makes the server not ready.
TEST_P(DispatchTest, Health) {
  std::atomic<bool> search{true};
  server_->ready_when("search", [&] { return search.load(); });
  EXPECT_EQ(get("/livez").status, 200);
  EXPECT_EQ(get("/readyz").status, 200);
  search = false;
  EXPECT_EQ(get("/readyz").status, 503);
  EXPECT_NE(get("/readyz").body.find("\"search\":false"), std::string::npos);
  EXPECT_EQ(get("/livez").status, 200);
}

// Metrics are clean text; promtool says so where it is installed.
TEST_P(DispatchTest, MetricsText) {
  router().read(route(Method::get, "/r", kOpenRead), [](Context&) { return json("1"); });
  EXPECT_EQ(get("/r").status, 200);
  EXPECT_EQ(get("/none").status, 404);
  auto& m = Metrics::global();
  m.add("test_orders", "Orders of the test.", "outcome=\"paid\"", 2);
  m.set("test_queue_length", "Of the test.", {}, 2.5);
  m.observe("test_wait_seconds", "Waits of the test.", {}, 0.003);
  const auto text = get("/metrics").body;
  EXPECT_NE(text.find("test_orders_total{outcome=\"paid\"} "), std::string::npos);
  EXPECT_NE(text.find("http_server_request_duration_seconds_count{method=\"GET\",route=\"/r\","
                      "status=\"2xx\"} 1"),
            std::string::npos);
  EXPECT_NE(text.find("writer_commits_total"), std::string::npos);
  if (std::system("command -v promtool >/dev/null 2>&1") != 0) GTEST_SKIP() << "no promtool";
  const auto file = std::filesystem::path(store_.dir()) / "metrics.txt";
  std::FILE* out = std::fopen(file.c_str(), "w");
  ASSERT_NE(out, nullptr);
  std::fwrite(text.data(), 1, text.size(), out);
  std::fclose(out);
  EXPECT_EQ(std::system(("promtool check metrics < " + file.string()).c_str()), 0) << text;
}

// With a token configured, metrics are for those who have it.
TEST_P(DispatchTest, MetricsToken) {
  ServerConfig config;
  config.metrics_token = "m-1";
  open(config);
  EXPECT_EQ(get("/metrics").status, 401);
  EXPECT_EQ(get("/metrics", {{"Authorization", "Bearer m-2"}}).status, 401);
  EXPECT_EQ(get("/metrics", {{"Authorization", "Bearer m-1"}}).status, 200);
}

// A stream keeps what its reader has not fetched, up to a bound; then the reader must come back.
TEST(Stream, BoundedAndFramed) {
  const auto s = std::make_shared<StreamImpl>(nullptr);
  EXPECT_TRUE(s->send("7", "order", "line 1\nline 2\r\nline 3"));
  EXPECT_EQ(s->take(), "id: 7\nevent: order\ndata: line 1\ndata: line 2\ndata: line 3\n\n");
  int sent = 0;
  while (sent < 10'000 && s->send("1", "e", std::string(1000, 'x'))) ++sent;
  EXPECT_GT(sent, 200);
  EXPECT_LT(sent, 270);
  EXPECT_TRUE(s->closed());
  EXPECT_FALSE(s->send("2", "e", "y"));
}

INSTANTIATE_TEST_SUITE_P(Engines, DispatchTest, ::testing::ValuesIn(storage::test_engines()));

}  // namespace
}  // namespace fondaco::http
