#include "testing_server.h"

#include <future>

namespace fondaco::http {
namespace {

using Kind = Principal::Kind;

class IdempotencyTest : public ServerTest {
 protected:
  void SetUp() override {
    doorman_.people["anna"] = person(1, Kind::shopper);
    doorman_.people["berta"] = person(2, Kind::shopper);
    open();
    mount("/required", Idempotency::required);
    mount("/optional", Idempotency::optional);
    router().detached(
        route(Method::post, "/own", {"-", Owner::everyone, Rate::write, Idempotency::own}),
        [](std::shared_ptr<Context> c, Reply reply) {
          reply(json(*idempotency_key(c->request())));
        });
  }
  void mount(const std::string& path, Idempotency idempotency) {
    router().write(route(Method::post, path, {"-", Owner::everyone, Rate::write, idempotency}),
                   [this](Context& c) -> WritePlan {
                     ++edge_calls_;
                     const std::string note = c.request().body;
                     return [this, note](storage::Tx& tx) {
                       const auto id = tx.next_id<EventId>();
                       tx.exec(kNote, {id, note});
                       if (refuse_) return problem(409, "sold_out", "none left");
                       return json("\"" + to_text(id) + "\"", 201).with("Location", "/n");
                     };
                   });
  }
  static std::vector<Header> key(const std::string& k, const std::string& who = "anna") {
    return {{"Idempotency-Key", k}, {"Authorization", "Bearer " + who}};
  }
  bool refuse_ = false;
  int edge_calls_ = 0;
};

// The second request gets the first one's answer, and nothing is done again, also not after a
// restart of the server.
TEST_P(IdempotencyTest, Replays) {
  const auto first = post("/required", key("k1"), "a");
  EXPECT_EQ(first.status, 201);
  const auto again = post("/required", key("\"k1\""), "a");
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(header_of(again, "Location"), "/n");
  EXPECT_EQ(header_of(again, "Idempotent-Replayed"), "true");
  EXPECT_EQ(header_of(first, "Idempotent-Replayed"), "");
  EXPECT_EQ(notes(), 1);
  EXPECT_EQ(edge_calls_, 1);
}

// Another body, and the key of another person or path, are told apart.
TEST_P(IdempotencyTest, TellsRequestsApart) {
  EXPECT_EQ(post("/required", key("k1"), "a").status, 201);
  const auto other = post("/required", key("k1"), "b");
  EXPECT_EQ(other.status, 422);
  EXPECT_NE(other.body.find("idempotency_key_reused"), std::string::npos);
  EXPECT_EQ(post("/required", key("k1", "berta"), "b").status, 201);
  EXPECT_EQ(post("/optional", key("k1"), "b").status, 201);
  EXPECT_EQ(notes(), 3);
}

// A missing key is refused where it is required; a malformed one everywhere.
TEST_P(IdempotencyTest, MissingAndMalformed) {
  EXPECT_NE(post("/required").body.find("idempotency_key_missing"), std::string::npos);
  EXPECT_EQ(post("/required").status, 400);
  EXPECT_EQ(post("/own").status, 400);
  EXPECT_EQ(post("/own", key("x7")).body, "x7");
  EXPECT_EQ(post("/own", key("x\"7")).status, 400);
  EXPECT_EQ(post("/optional", key(std::string(300, 'k'))).status, 400);
  EXPECT_EQ(post("/optional", {}, "a").status, 201);
  EXPECT_EQ(post("/optional", {}, "a").status, 201);
  EXPECT_EQ(notes(), 2);
}

// A refusal changes nothing, is not stored and is judged again.
TEST_P(IdempotencyTest, RefusalIsNotStored) {
  refuse_ = true;
  EXPECT_EQ(post("/required", key("k1"), "a").status, 409);
  EXPECT_EQ(notes(), 0);
  refuse_ = false;
  EXPECT_EQ(post("/required", key("k1"), "a").status, 201);
  EXPECT_EQ(notes(), 1);
}

// While the first one is being worked on, the second is told to wait.
TEST_P(IdempotencyTest, InFlight) {
  std::promise<void> go;
  std::promise<void> inside;
  auto gate = go.get_future().share();
  router().write(
      route(Method::post, "/slow", {"-", Owner::everyone, Rate::write, Idempotency::required}),
      [&, gate](Context&) -> WritePlan {
        return [&, gate](storage::Tx&) {
          inside.set_value();
          gate.wait();
          return no_content();
        };
      });
  auto first = std::async(std::launch::async, [&] { return post("/slow", key("k"), "a").status; });
  inside.get_future().wait();
  const auto same = post("/slow", key("k"), "a");
  EXPECT_EQ(same.status, 409);
  EXPECT_NE(same.body.find("idempotency_in_flight"), std::string::npos);
  EXPECT_EQ(header_of(same, "Retry-After"), "1");
  EXPECT_EQ(post("/slow", key("k"), "b").status, 422);
  go.set_value();
  EXPECT_EQ(first.get(), 204);
  EXPECT_EQ(post("/slow", key("k"), "a").status, 204);
}

// After 24 hours a key is new again, and purge() takes the old row away.
TEST_P(IdempotencyTest, Expires) {
  EXPECT_EQ(post("/required", key("k1"), "a").status, 201);
  EXPECT_EQ(post("/required", key("k2"), "a").status, 201);
  store_.clock().advance(hours(24) + seconds(1));
  EXPECT_EQ(post("/required", key("k1"), "other").status, 201);
  EXPECT_EQ(notes(), 3);
  const auto purge_once = [&] {
    return store_->main().write([](storage::Tx& tx) { return purge(tx); });
  };
  EXPECT_EQ(purge_once(), 1);
  EXPECT_EQ(purge_once(), 0);
}

constexpr storage::Sql kAnswers{"http.test_answers", R"sql(
  SELECT answer, fingerprint FROM http_idempotency)sql"};

// What is stored can be read by nobody who has not the client's key.
TEST_P(IdempotencyTest, AnswersAreSealed) {
  router().write(
      route(Method::post, "/secret", {"-", Owner::everyone, Rate::write, Idempotency::required}),
      [](Context&) -> WritePlan { return [](storage::Tx&) { return json("\"12 Long Lane\""); }; });
  EXPECT_EQ(post("/secret", key("key-value-1"), "12 Long Lane").status, 200);
  int rows = 0;
  store_->main().read()->each(kAnswers, {}, [&](const storage::Row& row) {
    ++rows;
    const std::string all = std::string(row.blob(0)) + std::string(row.blob(1));
    EXPECT_EQ(all.find("Long Lane"), std::string::npos);
    EXPECT_EQ(all.find("key-value-1"), std::string::npos);
  });
  EXPECT_EQ(rows, 1);
  EXPECT_EQ(post("/secret", key("key-value-1"), "12 Long Lane").body, "\"12 Long Lane\"");
}

// A use case that throws leaves no key behind and tells nothing of the reason.
TEST_P(IdempotencyTest, BrokenMachinery) {
  bool broken = true;
  router().write(
      route(Method::post, "/b", {"-", Owner::everyone, Rate::write, Idempotency::required}),
      [&](Context&) -> WritePlan {
        return [&](storage::Tx&) {
          if (broken) throw Fault("disk /dev/sdz is full");
          return no_content();
        };
      });
  const auto r = post("/b", key("k"), "a");
  EXPECT_EQ(r.status, 503);
  EXPECT_EQ(r.body.find("sdz"), std::string::npos);
  broken = false;
  EXPECT_EQ(post("/b", key("k"), "a").status, 204);
}

INSTANTIATE_TEST_SUITE_P(Engines, IdempotencyTest, ::testing::ValuesIn(storage::test_engines()));

}  // namespace
}  // namespace fondaco::http
