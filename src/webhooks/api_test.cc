#include "testing_receiver.h"

#include <fondaco/http/server.h>
#include <fondaco/webhooks/api.h>

namespace fondaco::webhooks {
namespace {

using http::Method;
using http::Response;

/// "Bearer operator", "Bearer bikes", "Bearer books": who may everything there.
class Doorman final : public http::Authenticator {
 public:
  std::optional<http::Principal> authenticate(const http::Request& r, storage::Read&) override {
    http::Principal who;
    const auto name = r.header("authorization");
    if (name.empty()) return who;
    who.kind = http::Principal::Kind::staff;
    who.person = PersonId{0x700000};
    if (name == "Bearer operator") who.grants = {{"*", {}, {}}};
    if (name == "Bearer bikes") who.grants = {{"*", kBikes, {}}};
    if (name == "Bearer books") who.grants = {{"*", kBooks, {}}};
    return who;
  }
};

class Api : public WebhooksTest {
 protected:
  Api() : WebhooksTest(http::migrations()) {
    http::ServerConfig config;
    config.rate_limits = false;
    server_ = http::Server::create(config, {*store_, doorman_});
    mount(server_->router(), {*store_, *keyring_, [this] { return private_; }});
  }
  Response ask(Method method, const std::string& path, std::string body = {},
               const std::string& who = "bikes", std::vector<http::Header> headers = {}) {
    http::Request r;
    r.method = method;
    r.target = "/api/v1" + path;
    r.body = std::move(body);
    r.remote = "127.0.0.1";
    r.headers = std::move(headers);
    r.headers.push_back({"Authorization", "Bearer " + who});
    if (!r.body.empty()) r.headers.push_back({"Content-Type", "application/json"});
    return server_->handle(std::move(r));
  }
  static void expect_problem(const Response& r, int status, const std::string& code) {
    EXPECT_EQ(r.status, status) << r.body;
    EXPECT_EQ(member(r.body, "code"), code) << r.body;
  }
  std::string make(const std::string& url) {
    const auto made = ask(Method::post, mine_, R"({"url":")" + url + R"(","types":["order.*"]})");
    EXPECT_EQ(made.status, 201) << made.body;
    secret_ = member(made.body, "secret");
    return mine_ + "/" + member(made.body, "id");
  }

  const std::string mine_ = "/merchants/" + to_text(kBikes) + "/webhooks";
  Doorman doorman_;
  std::unique_ptr<http::Server> server_;
};
INSTANTIATE_TEST_SUITE_P(Engines, Api, testing::ValuesIn(storage::test_engines()),
                         [](const auto& i) { return storage::engine_name(i.param); });

// The secret is shown by the answers that make it and by no other one; a repeated request with
// the same key makes no second webhook.
TEST_P(Api, ShowsASecretOnce) {
  const std::string body = R"({"url":"https://shop.example/hooks"})";
  const auto first = ask(Method::post, mine_, body, "bikes", {{"Idempotency-Key", "k1"}});
  const auto again = ask(Method::post, mine_, body, "bikes", {{"Idempotency-Key", "k1"}});
  EXPECT_EQ(first.status, 201) << first.body;
  EXPECT_EQ(first.body, again.body);
  const auto secret = member(first.body, "secret");
  EXPECT_TRUE(key_of(secret));
  const std::string path = mine_ + "/" + member(first.body, "id");
  const auto list = ask(Method::get, mine_);
  EXPECT_EQ(list.body.find("whsec_"), std::string::npos);
  EXPECT_NE(list.body.find(R"("types":["*"])"), std::string::npos) << list.body;
  EXPECT_EQ(ask(Method::get, path).body.find("whsec_"), std::string::npos);
  const auto turned = ask(Method::post, path + "/secret");
  EXPECT_EQ(turned.status, 200) << turned.body;
  EXPECT_NE(member(turned.body, "secret"), secret);
  EXPECT_NE(member(turned.body, "old_secret_until"), "");
}

// A merchant's webhooks are its own staff's: others are refused, the operator's are apart.
TEST_P(Api, KeepsMerchantsApart) {
  const std::string path = make("https://shop.example/hooks");
  EXPECT_EQ(ask(Method::get, mine_, {}, "books").status, 403);
  EXPECT_EQ(ask(Method::get, path, {}, "books").status, 403);
  EXPECT_EQ(ask(Method::get, "/webhooks", {}, "bikes").status, 403);
  const std::string theirs = "/merchants/" + to_text(kBooks) + "/webhooks";
  const std::string id = path.substr(path.rfind('/'));
  expect_problem(ask(Method::get, theirs + id, {}, "books"), 404, "unknown_webhook");
  expect_problem(ask(Method::del, theirs + id, {}, "books"), 404, "unknown_webhook");
  expect_problem(ask(Method::post, theirs + id + "/secret", {}, "books"), 404, "unknown_webhook");
  expect_problem(ask(Method::post, theirs + id + "/test", {}, "books"), 404, "unknown_webhook");
  expect_problem(ask(Method::get, theirs + id + "/deliveries", {}, "books"), 404,
                 "unknown_webhook");
  EXPECT_EQ(ask(Method::get, "/webhooks", {}, "operator").body, R"({"data":[],"has_more":false})");
  EXPECT_EQ(ask(Method::get, path, {}, "operator").status, 200);
}

// What is wrong in a body is said by name, and a change needs the version that was read.
TEST_P(Api, RefusesWhatIsWrong) {
  private_ = false;
  expect_problem(ask(Method::post, mine_, R"({"url":"http://127.0.0.1/"})"), 422,
                 "invalid_request");
  expect_problem(ask(Method::post, mine_, R"({"url":"https://a.example/","types":["x"]})"), 422,
                 "invalid_request");
  const std::string path = make("https://shop.example/hooks");
  EXPECT_EQ(ask(Method::patch, path, R"({"enabled":false})").status, 428);
  EXPECT_EQ(
      ask(Method::patch, path, R"({"enabled":false})", "bikes", {{"If-Match", "\"v9\""}}).status,
      412);
  EXPECT_EQ(
      ask(Method::patch, path, R"({"enabled":false})", "bikes", {{"If-Match", "\"v1\""}}).status,
      200);
  expect_problem(ask(Method::post, path + "/test"), 409, "webhook_not_active");
  expect_problem(ask(Method::post, path + "/replay", R"({"event":"0-99999"})"), 404,
                 "unknown_event");
  expect_problem(ask(Method::post, path + "/replay", "{}"), 422, "invalid_request");
  EXPECT_EQ(ask(Method::del, path).status, 204);
  expect_problem(ask(Method::del, path), 409, "webhook_removed");
  expect_problem(ask(Method::get, path + "/deliveries/dlv_0000000000000"), 404, "unknown_delivery");
}

// The log of a webhook shows each attempt with status, time and answer, and what was sent; replay
// by id and by time sends it again.
TEST_P(Api, ShowsTheLogAndReplays) {
  Receiver receiver;
  const std::string path = make(receiver.url());
  Deliverer deliverer(parts());
  receiver.answer({500, "out of order", {}});
  happens(7);
  EXPECT_EQ(deliverer.run_due(), 1);
  const auto list = ask(Method::get, path + "/deliveries?state=waiting");
  const auto id = member(list.body, "id");
  ASSERT_NE(id, "") << list.body;
  const auto one = ask(Method::get, path + "/deliveries/" + id);
  EXPECT_NE(one.body.find(R"("status":500)"), std::string::npos) << one.body;
  EXPECT_NE(one.body.find("out of order"), std::string::npos);
  EXPECT_NE(one.body.find(R"("specversion":"1.0")"), std::string::npos);
  store_.clock().advance(minutes(1));
  EXPECT_EQ(deliverer.run_due(), 1);
  const auto again =
      ask(Method::post, path + "/replay", R"({"event":")" + member(one.body, "event") + R"("})");
  EXPECT_EQ(again.status, 202) << again.body;
  const auto from = format_rfc3339(store_.clock().now() - hours(1));
  const auto times = ask(Method::post, path + "/replay", R"({"from":")" + from + R"("})");
  EXPECT_EQ(times.body, R"({"queued":1,"next":null})");
  EXPECT_EQ(deliverer.run_due(), 2);
  EXPECT_EQ(receiver.got().size(), 4u);
  EXPECT_EQ(ask(Method::get, path + "/deliveries?limit=2").body.find(R"("has_more":true)") !=
                std::string::npos,
            true);
  EXPECT_EQ(ask(Method::get, path + "/deliveries?state=odd").status, 422);
}

// A test event reaches the webhook that asked, whatever its filter, and no other one.
TEST_P(Api, SendsATestEvent) {
  Receiver receiver;
  const std::string path = make(receiver.url());
  endpoint(wanted(receiver.url("/other"), MerchantId{}));
  tell();
  Deliverer deliverer(parts());
  deliverer.run_due();
  const auto before = receiver.got().size();
  EXPECT_EQ(ask(Method::post, path + "/test").status, 202);
  tell();
  EXPECT_EQ(deliverer.run_due(), 1);
  const auto got = receiver.got();
  ASSERT_EQ(got.size(), before + 1);
  EXPECT_NE(got.back().body.find("webhooks.test"), std::string::npos);
}

}  // namespace
}  // namespace fondaco::webhooks
