#include "testing_people.h"

#include <fondaco/base/json.h>
#include <fondaco/http/server.h>
#include <fondaco/shoppers/api.h>

namespace fondaco::shoppers {
namespace {

using http::Method;
using http::Response;

/// A browser: keeps its cookie and sends its CSRF token.
struct Browser {
  std::string cookie;
  std::string csrf;
};

class ApiTest : public ::testing::TestWithParam<storage::Engine> {
 protected:
  ApiTest() {
    http::ServerConfig config;
    config.listen = "127.0.0.1:0";
    config.threads = 1;
    config.rate_limits = false;
    server_ = http::Server::create(config, {*store_, *authenticator_});
    mount(server_->router(), {shoppers_});
  }

  Response ask(Method m, std::string path, std::string body = {}, const Browser* b = nullptr,
               std::vector<http::Header> headers = {}) {
    http::Request r;
    r.method = m;
    r.target = "/api/v1" + path;
    r.body = std::move(body);
    r.headers = std::move(headers);
    r.remote = "192.0.2.7";
    r.loopback_listener = true;
    if (!r.body.empty()) r.headers.push_back({"Content-Type", "application/json"});
    if (b) {
      r.headers.push_back({"Cookie", "session=" + b->cookie});
      r.headers.push_back({"X-CSRF-Token", b->csrf});
    }
    return server_->handle(std::move(r));
  }
  static std::string header_of(const Response& r, std::string_view name) {
    for (const auto& h : r.headers) {
      if (h.name == name) return h.value;
    }
    return {};
  }
  /// The text of a member, wherever it stands.
  static std::string member(const Response& r, const std::string& name) {
    const std::string mark = "\"" + name + "\":\"";
    const auto at = r.body.find(mark);
    if (at == r.body.npos) return {};
    const auto start = at + mark.size();
    return r.body.substr(start, r.body.find('"', start) - start);
  }
  static Browser browser_of(const Response& signed_in) {
    const auto cookie = header_of(signed_in, "Set-Cookie");
    const auto start = cookie.find('=') + 1;
    return {cookie.substr(start, cookie.find(';') - start), member(signed_in, "csrf")};
  }
  Browser sign_in(const std::string& mail = "ada@b.example") {
    const auto r = ask(Method::post, "/sessions",
                       R"({"email":")" + mail + R"(","password":"a long enough secret"})");
    EXPECT_EQ(r.status, 201) << r.body;
    return browser_of(r);
  }
  void sign_up(const std::string& mail = "ada@b.example") {
    const auto r =
        ask(Method::post, "/accounts",
            R"({"email":")" + mail + R"(","password":"a long enough secret","name":"Ada"})");
    EXPECT_EQ(r.status, 202) << r.body;
  }
  Browser staff(const std::string& mail, const std::string& role, MerchantId merchant) {
    EXPECT_TRUE(
        shoppers_.create_user({mail, "a long enough secret", "", role, merchant, {}}, kAll, "cli")
            .ok());
    return sign_in(mail);
  }
  void expect_problem(const Response& r, int status, const std::string& code) {
    EXPECT_EQ(r.status, status) << r.body;
    EXPECT_EQ(member(r, "code"), code) << r.body;
  }

  storage::TestStore store_{
      GetParam(), storage::join({storage::migrations(), http::migrations(), migrations()})};
  Shoppers shoppers_{*store_};
  std::unique_ptr<http::Authenticator> authenticator_ = make_authenticator(shoppers_);
  std::unique_ptr<http::Server> server_;
};

// A person's whole life over HTTP: sign up, sign in, look, change, sign out.
TEST_P(ApiTest, SignsUpInAndOut) {
  sign_up();
  sign_up();  // The same answer for a known address.
  const auto me = sign_in();
  const auto seen = ask(Method::get, "/me", {}, &me);
  EXPECT_EQ(seen.status, 200);
  EXPECT_EQ(member(seen, "name"), "Ada");
  EXPECT_EQ(member(seen, "csrf"), me.csrf);
  const auto changed = ask(Method::patch, "/me", R"({"name":"Augusta"})", &me,
                           {{"If-Match", header_of(seen, "ETag")}});
  EXPECT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(member(changed, "name"), "Augusta");
  EXPECT_EQ(ask(Method::patch, "/me", R"({"name":"X"})", &me).status, 428);
  EXPECT_EQ(
      ask(Method::patch, "/me", R"({"name":"X"})", &me, {{"If-Match", header_of(seen, "ETag")}})
          .status,
      412);
  EXPECT_EQ(ask(Method::del, "/sessions/current", {}, &me).status, 204);
  EXPECT_EQ(ask(Method::get, "/me", {}, &me).status, 401) << "the cache forgot it at once";
}

// Whatever ends a session or token ends it at once, though it was just seen and is in the cache:
// ended here or from another session, by a new password, by withdrawal, by erasure.
TEST_P(ApiTest, EndsAtOnce) {
  sign_up();
  const auto seen = [&](const Browser& b) { return ask(Method::get, "/me", {}, &b).status; };
  const auto first = sign_in();
  const auto other = sign_in();
  ASSERT_EQ(seen(first), 200);
  ASSERT_EQ(seen(other), 200);
  EXPECT_EQ(ask(Method::del, "/me/sessions", {}, &other).status, 204);
  EXPECT_EQ(seen(first), 401) << "ended from another session";
  ASSERT_EQ(seen(other), 200);

  const auto third = sign_in();
  ASSERT_EQ(seen(third), 200);
  EXPECT_EQ(
      ask(Method::put, "/me/password",
          R"({"password":"a long enough secret","new_password":"quite another secret"})", &other)
          .status,
      204);
  EXPECT_EQ(seen(third), 401) << "the password is another";
  ASSERT_EQ(seen(other), 200) << "who changed it stays";

  const auto made = ask(Method::post, "/me/tokens", R"({"label":"till","scopes":["*"]})", &other);
  const auto withdrawn = ask(Method::post, "/me/tokens", R"({"label":"","scopes":["*"]})", &other);
  const auto by_token = [&](const Response& token) {
    return ask(Method::get, "/me", {}, nullptr,
               {{"Authorization", "Bearer " + member(token, "token")}})
        .status;
  };
  ASSERT_EQ(by_token(made), 200) << made.body;
  ASSERT_EQ(by_token(withdrawn), 200);
  EXPECT_EQ(ask(Method::del, "/me/tokens/" + member(withdrawn, "id"), {}, &other).status, 204);
  EXPECT_EQ(by_token(withdrawn), 401);
  ASSERT_EQ(by_token(made), 200) << "another token stays";

  EXPECT_EQ(ask(Method::del, "/me", R"({"password":"quite another secret"})", &other).status, 204);
  EXPECT_EQ(seen(other), 401) << "an erased person";
  EXPECT_EQ(by_token(made), 401);
}

// What is wrong is said with its code, and what is not signed in or forged is refused.
TEST_P(ApiTest, Refuses) {
  sign_up();
  expect_problem(ask(Method::post, "/accounts", R"({"email":"x","password":"long enough"})"), 422,
                 "email_malformed");
  expect_problem(
      ask(Method::post, "/accounts", R"({"email":"x@y.example","password":"password1"})"), 422,
      "password_breached");
  expect_problem(
      ask(Method::post, "/sessions", R"({"email":"ada@b.example","password":"wrong one"})"), 401,
      "wrong_credentials");
  expect_problem(ask(Method::get, "/me"), 401, "unauthenticated");
  expect_problem(ask(Method::get, "/me", {}, nullptr, {{"Authorization", "Bearer nonsense"}}), 401,
                 "unauthenticated");
  auto me = sign_in();
  me.csrf = "forged";
  expect_problem(ask(Method::del, "/me/sessions", {}, &me), 403, "csrf_refused");
  const Browser stale{"ses_0000000000000.old", ""};
  const auto again = ask(Method::post, "/sessions",
                         R"({"email":"ada@b.example","password":"a long enough secret"})", &stale);
  EXPECT_EQ(again.status, 201) << "a cookie of yesterday keeps nobody from signing in";
}

// A token does what its scopes say, over the same routes, and makes no other token.
TEST_P(ApiTest, TokensAreScoped) {
  sign_up();
  const auto me = sign_in();
  const auto made = ask(Method::post, "/me/tokens", R"({"label":"t","scopes":["me.read"]})", &me);
  ASSERT_EQ(made.status, 201) << made.body;
  const std::vector<http::Header> bearer{{"Authorization", "Bearer " + member(made, "token")}};
  EXPECT_EQ(ask(Method::get, "/me", {}, nullptr, bearer).status, 200);
  EXPECT_EQ(ask(Method::get, "/me/tokens", {}, nullptr, bearer).status, 200);
  EXPECT_EQ(ask(Method::del, "/me/sessions", {}, nullptr, bearer).status, 403);
  const auto wide = ask(Method::post, "/me/tokens", R"({"label":"w","scopes":["me.write"]})", &me);
  expect_problem(ask(Method::post, "/me/tokens", R"({"label":"x","scopes":["me.read"]})", nullptr,
                     {{"Authorization", "Bearer " + member(wide, "token")}}),
                 403, "session_needed");
  expect_problem(ask(Method::post, "/me/tokens", R"({"label":"x","scopes":["staff.write"]})", &me),
                 403, "scope_not_held");
  EXPECT_EQ(ask(Method::del, "/me/tokens/" + member(made, "id"), {}, &me).status, 204);
  EXPECT_EQ(ask(Method::get, "/me", {}, nullptr, bearer).status, 401);
}

// Address book, consents, sessions and export answer with what was put in.
TEST_P(ApiTest, KeepsMyThings) {
  sign_up();
  const auto me = sign_in();
  const auto added =
      ask(Method::post, "/me/addresses",
          R"({"name":"Ada","line1":"Square 12","city":"London","country":"GB"})", &me);
  ASSERT_EQ(added.status, 201) << added.body;
  const auto id = member(added, "id");
  EXPECT_NE(ask(Method::get, "/me/addresses", {}, &me).body.find("Square 12"), std::string::npos);
  const auto consent = ask(Method::post, "/me/consents",
                           R"({"purpose":"marketing","channel":"email","granted":true,)"
                           R"("text_version":"v1"})",
                           &me);
  EXPECT_EQ(consent.status, 201) << consent.body;
  EXPECT_NE(ask(Method::get, "/me/consents?limit=1", {}, &me).body.find("marketing"),
            std::string::npos);
  EXPECT_NE(ask(Method::get, "/me/export", {}, &me).body.find("Square 12"), std::string::npos);
  EXPECT_EQ(ask(Method::del, "/me/addresses/" + id, {}, &me).status, 204);
  expect_problem(ask(Method::del, "/me/addresses/" + id, {}, &me), 404, "unknown_address");
  const auto sessions = ask(Method::get, "/me/sessions", {}, &me);
  EXPECT_NE(sessions.body.find("\"current\":true"), std::string::npos);
  sign_up("b@b.example");
  const auto other = sign_in("b@b.example");
  expect_problem(ask(Method::del, "/me/sessions/" + member(sessions, "id"), {}, &other), 404,
                 "unknown_session");
}

// Erasure asks for the password and then knows nobody any more.
TEST_P(ApiTest, Erases) {
  sign_up();
  const auto me = sign_in();
  expect_problem(ask(Method::del, "/me", R"({"password":"wrong one"})", &me), 401,
                 "wrong_credentials");
  EXPECT_EQ(ask(Method::del, "/me", R"({"password":"a long enough secret"})", &me).status, 204);
  EXPECT_EQ(ask(Method::get, "/me", {}, &me).status, 401);
}

// Second factor and password change by route.
TEST_P(ApiTest, SecondFactors) {
  sign_up();
  const auto me = sign_in();
  const auto begun = ask(Method::post, "/me/totp", {}, &me);
  ASSERT_EQ(begun.status, 201) << begun.body;
  EXPECT_FALSE(member(begun, "secret").empty());
  expect_problem(ask(Method::put, "/me/totp", R"({"code":"abcdef"})", &me), 401, "totp_wrong");
  const auto options = ask(Method::post, "/me/passkeys/challenge", {}, &me);
  EXPECT_EQ(member(options, "rp_id"), "localhost");
  expect_problem(
      ask(Method::post, "/me/passkeys", R"({"client_data":"e30","attestation_object":"oA"})", &me),
      422, "passkey_malformed");
  EXPECT_EQ(ask(Method::get, "/me/passkeys", {}, &me).status, 200);
  EXPECT_EQ(ask(Method::put, "/me/password",
                R"({"password":"a long enough secret","new_password":"another secret"})", &me)
                .status,
            204);
  EXPECT_EQ(ask(Method::get, "/me", {}, &me).status, 200) << "this session stays";
  EXPECT_EQ(ask(Method::del, "/me/totp", R"({"password":"another secret"})", &me).status, 204);
}

// Staff routes belong to operators and to each merchant's own people, and to nobody else.
TEST_P(ApiTest, StaffRoutesHaveOwners) {
  sign_up();
  const auto shopper = sign_in();
  const auto boss = staff("op@b.example", "operator", {});
  const auto owner = staff("own@b.example", "owner", kBikes);
  const auto picker = staff("pick@b.example", "picker", kBikes);
  const std::string bikes = "/merchants/" + to_text(kBikes);
  const std::string books = "/merchants/" + to_text(kBooks);
  for (const Browser* b : {&shopper, &owner, &picker}) {
    EXPECT_EQ(ask(Method::get, "/grants", {}, b).status, 403);
    EXPECT_EQ(ask(Method::get, books + "/grants", {}, b).status, 403);
  }
  EXPECT_EQ(ask(Method::get, bikes + "/grants", {}, &picker).status, 403);
  EXPECT_EQ(ask(Method::get, bikes + "/grants", {}, &owner).status, 200);
  EXPECT_EQ(ask(Method::get, "/grants", {}, &boss).status, 200);
  EXPECT_EQ(ask(Method::get, books + "/roles", {}, &boss).status, 200);

  const auto role = ask(Method::post, bikes + "/roles",
                        R"({"name":"Analyst","permissions":["insight.read"]})", &owner);
  ASSERT_EQ(role.status, 201) << role.body;
  const auto hired = ask(Method::post, bikes + "/staff",
                         R"({"email":"an@b.example","password":"a long enough secret","role":")" +
                             member(role, "role") + R"("})",
                         &owner);
  ASSERT_EQ(hired.status, 201) << hired.body;
  const auto person = member(hired, "id");
  expect_problem(ask(Method::post, bikes + "/grants",
                     R"({"person":")" + person + R"(","role":"operator"})", &owner),
                 422, "role_not_here");
  const auto given = ask(Method::post, bikes + "/grants",
                         R"({"person":")" + person + R"(","role":"desk"})", &owner);
  ASSERT_EQ(given.status, 201) << given.body;
  EXPECT_EQ(ask(Method::del, bikes + "/grants/" + member(given, "id"), {}, &owner).status, 204);
  EXPECT_NE(ask(Method::get, "/grants?person=" + person, {}, &boss).body.find("rol_"),
            std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Engines, ApiTest, ::testing::ValuesIn(storage::test_engines()),
                         [](const auto& p) { return storage::engine_name(p.param); });

}  // namespace
}  // namespace fondaco::shoppers
