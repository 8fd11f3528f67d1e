#include "testing_server.h"

namespace fondaco::http {
namespace {

using Kind = Principal::Kind;

class GateTest : public ServerTest {
 protected:
  void SetUp() override {
    doorman_.people["anna"] = person(1, Kind::shopper);
    doorman_.people["berta"] = person(2, Kind::shopper);
    doorman_.people["guest"] = person(3, Kind::guest);
    doorman_.people["bikes"] = person(4, Kind::staff, {{"orders.read", kBikes, {}}});
    doorman_.people["books"] = person(5, Kind::staff, {{"orders.read", kBooks, {}}});
    doorman_.people["wrong"] = person(6, Kind::staff, {{"catalog.write", kBikes, {}}});
    doorman_.people["owner"] = person(7, Kind::staff, {{"*", kBikes, {}}});
    doorman_.people["till"] = person(8, Kind::staff, {{"orders.read", kBikes, kShop}});
    doorman_.people["root"] = person(9, Kind::staff, {{"*", {}, {}}});
    doorman_.people["narrow"] = person(10, Kind::token, {{"*", kBikes, {}}});
    doorman_.people["narrow"].scopes = {"catalog.read"};
    doorman_.people["wide"] = person(11, Kind::token, {{"orders.read", kBikes, {}}});
    doorman_.people["wide"].scopes = {"orders.read"};
    doorman_.people["mine"] = person(12, Kind::token);
    doorman_.people["mine"].scopes = {"self.read"};
    open();
    mount("/open", {"-", Owner::everyone, Rate::read, Idempotency::safe});
    mount("/for_whom", {"self.read", Owner::everyone, Rate::read, Idempotency::safe});
    mount("/self", {"self.read", Owner::self, Rate::read, Idempotency::safe});
    mount("/merchant", {"orders.read", Owner::merchant, Rate::read, Idempotency::safe});
    mount("/place", {"orders.read", Owner::place, Rate::read, Idempotency::safe});
    mount("/operators", {"orders.read", Owner::operators, Rate::read, Idempotency::safe});
  }
  void mount(const std::string& path, Access access) {
    auto r = route(Method::get, path, access);
    r.merchant_of = [](Context& c) -> std::optional<MerchantId> {
      if (c.request().query_value("none")) return std::nullopt;
      return kBikes;
    };
    r.place_of = [](Context&) { return std::optional(kShop); };
    router().read(r, [](Context& c) { return json("\"" + c.who().actor() + "\""); });
  }
  int status(const std::string& path, const std::string& who) {
    std::vector<Header> headers;
    if (!who.empty()) headers.push_back({"Authorization", "Bearer " + who});
    return get(path, headers).status;
  }
};

// Every owner class against every kind of person: only the rightful one gets through.
TEST_P(GateTest, RightsMatrix) {
  struct Row {
    std::string who;
    int open, self, merchant, place, operators;
  };
  const Row rows[] = {{"", 200, 401, 401, 401, 401},      {"anna", 200, 200, 403, 403, 403},
                      {"guest", 200, 401, 401, 401, 401}, {"bikes", 200, 200, 200, 200, 403},
                      {"books", 200, 200, 403, 403, 403}, {"wrong", 200, 200, 403, 403, 403},
                      {"owner", 200, 200, 200, 200, 403}, {"till", 200, 200, 403, 200, 403},
                      {"root", 200, 200, 200, 200, 200},  {"narrow", 200, 403, 403, 403, 403},
                      {"wide", 200, 403, 200, 200, 403},  {"mine", 200, 200, 403, 403, 403},
                      {"nobody", 401, 401, 401, 401, 401}};
  for (const auto& row : rows) {
    EXPECT_EQ(status("/open", row.who), row.open) << row.who;
    EXPECT_EQ(status("/self", row.who), row.self) << row.who;
    EXPECT_EQ(status("/merchant", row.who), row.merchant) << row.who;
    EXPECT_EQ(status("/place", row.who), row.place) << row.who;
    EXPECT_EQ(status("/operators", row.who), row.operators) << row.who;
  }
}

// On a public route that acts for whoever is signed in, a token is its person only as far as its
// scopes reach; everybody else is as welcome as on any public route.
TEST_P(GateTest, PublicRouteThatKnowsPeople) {
  for (const char* who : {"", "anna", "guest", "owner", "mine"}) {
    EXPECT_EQ(status("/for_whom", who), 200) << who;
  }
  EXPECT_EQ(status("/for_whom", "narrow"), 403);
  EXPECT_EQ(status("/for_whom", "wide"), 403);
}

// A thing that is nobody's is not there, for whoever asks with a sign-in.
TEST_P(GateTest, UnknownThing) { EXPECT_EQ(status("/merchant?none=1", "owner"), 404); }

// A route without its words cannot be mounted.
TEST_P(GateTest, RefusesCarelessRoutes) {
  const auto read = [&](Route r) {
    router().read(std::move(r), [](Context&) { return json("1"); });
  };
  EXPECT_THROW(read(route(Method::get, "/x", {"", Owner::everyone, Rate::read, Idempotency::safe})),
               Bug);
  EXPECT_THROW(
      read(route(Method::get, "/x", {"-", Owner::operators, Rate::read, Idempotency::safe})), Bug);
  EXPECT_THROW(
      read(route(Method::get, "/x", {"a.b", Owner::merchant, Rate::read, Idempotency::safe})), Bug);
  EXPECT_THROW(read(route(Method::post, "/x", kOpenRead)), Bug);
  EXPECT_THROW(read(route(Method::get, "/x", kOpenWrite)), Bug);
  auto silent = route(Method::get, "/x", kOpenRead);
  silent.summary.clear();
  EXPECT_THROW(read(silent), Bug);
}

class CsrfTest : public ServerTest {
 protected:
  void SetUp() override {
    doorman_.people["anna"] = person(1, Kind::shopper);
    open();
    router().write(route(Method::post, "/w", kOpenWrite), [](Context&) { return no_content(); });
    router().write(
        route(Method::post, "/in", {"-", Owner::everyone, Rate::sign_in, Idempotency::natural}),
        [](Context&) { return no_content(); });
  }
};

// A cookie alone changes nothing: the token must come in the header or the form.
TEST_P(CsrfTest, TokenOfCookieSessions) {
  const Header cookie{"Cookie", "session=anna"};
  EXPECT_EQ(post("/w", {cookie}).status, 403);
  EXPECT_EQ(post("/w", {cookie, {"X-CSRF-Token", "secret-2"}}).status, 403);
  EXPECT_EQ(post("/w", {cookie, {"X-CSRF-Token", "secret-1"}}).status, 204);
  const Header form{"Content-Type", "application/x-www-form-urlencoded"};
  EXPECT_EQ(post("/w", {cookie, form}, "a=1&csrf=secret-1").status, 204);
  EXPECT_EQ(post("/w", {cookie, form}, "a=1&csrf=secret-9").status, 403);
  EXPECT_EQ(post("/w", {{"Authorization", "Bearer anna"}}).status, 204);
  EXPECT_EQ(post("/w").status, 204);
}

// With the right token, another site is still another site.
TEST_P(CsrfTest, OtherSites) {
  const Header cookie{"Cookie", "session=anna"};
  const Header token{"X-CSRF-Token", "secret-1"};
  const Header host{"Host", "shop.example"};
  const auto with = [&](const char* name, const char* value) {
    return post("/w", {cookie, token, host, {name, value}}).status;
  };
  EXPECT_EQ(with("Sec-Fetch-Site", "cross-site"), 403);
  EXPECT_EQ(with("Sec-Fetch-Site", "same-site"), 403);
  EXPECT_EQ(with("Sec-Fetch-Site", "same-origin"), 204);
  EXPECT_EQ(with("Origin", "https://evil.example"), 403);
  EXPECT_EQ(with("Origin", "null"), 403);
  EXPECT_EQ(with("Origin", "https://shop.example"), 204);
}

// Nobody is signed in as somebody else by a foreign form.
TEST_P(CsrfTest, SignInForms) {
  EXPECT_EQ(post("/in", {{"Sec-Fetch-Site", "cross-site"}}).status, 403);
  EXPECT_EQ(post("/in", {{"Sec-Fetch-Site", "same-origin"}}).status, 204);
}

class RateTest : public ServerTest {};

// The quota may come at once; then 429 says when, for this person and this class only.
TEST_P(RateTest, TellsWhen) {
  ServerConfig config;
  config.quotas.per_person = {3, 3, 3, 3, 3, 3, 3};
  config.quotas.per_address = {2, 2, 2, 2, 2, 2, 2};
  doorman_.people["anna"] = person(1, Kind::shopper);
  doorman_.people["berta"] = person(2, Kind::shopper);
  open(config);
  router().read(route(Method::get, "/r", kOpenRead), [](Context&) { return json("1"); });
  router().write(route(Method::post, "/w", kOpenWrite), [](Context&) { return no_content(); });
  const std::vector<Header> anna{{"Authorization", "Bearer anna"}};
  const auto first = get("/r", anna);
  EXPECT_EQ(header_of(first, "RateLimit-Policy"), "\"read\";q=3;w=60");
  EXPECT_EQ(header_of(first, "RateLimit"), "\"read\";r=2;t=20");
  EXPECT_EQ(get("/r", anna).status, 200);
  EXPECT_EQ(get("/r", anna).status, 200);
  const auto last = get("/r", anna);
  EXPECT_EQ(last.status, 429);
  EXPECT_NE(last.body.find("\"rate_limited\""), std::string::npos);
  EXPECT_EQ(header_of(last, "Retry-After"), "20");
  EXPECT_EQ(post("/w", anna).status, 204);
  EXPECT_EQ(get("/r", {{"Authorization", "Bearer berta"}}).status, 200);
  EXPECT_EQ(get("/r").status, 200);
  EXPECT_EQ(get("/r").status, 200);
  EXPECT_EQ(get("/r").status, 429);
  EXPECT_EQ(get("/livez").status, 200);
}

// Whoever guesses tokens uses up what the address may ask.
TEST_P(RateTest, GuessingTokens) {
  ServerConfig config;
  config.quotas.per_address = {3, 3, 3, 3, 3, 3, 3};
  open(config);
  router().read(route(Method::get, "/r", kOpenRead), [](Context&) { return json("1"); });
  const std::vector<Header> guess{{"Authorization", "Bearer nobody"}};
  for (int i = 0; i < 3; ++i) EXPECT_EQ(get("/r", guess).status, 401);
  EXPECT_EQ(get("/r", guess).status, 429);
}

// Off means off, and nothing is said about limits.
TEST_P(RateTest, CanBeOff) {
  ServerConfig config;
  config.rate_limits = false;
  config.quotas.per_address = {1, 1, 1, 1, 1, 1, 1};
  open(config);
  router().read(route(Method::get, "/r", kOpenRead), [](Context&) { return json("1"); });
  for (int i = 0; i < 5; ++i) EXPECT_EQ(get("/r").status, 200);
  EXPECT_EQ(header_of(get("/r"), "RateLimit"), "");
}

const auto kEngines = ::testing::ValuesIn(storage::test_engines());
INSTANTIATE_TEST_SUITE_P(Engines, GateTest, kEngines);
INSTANTIATE_TEST_SUITE_P(Engines, CsrfTest, kEngines);
INSTANTIATE_TEST_SUITE_P(Engines, RateTest, kEngines);

}  // namespace
}  // namespace fondaco::http
