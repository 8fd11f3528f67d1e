#include "testing.h"

#include <fondaco/base/text.h>
#include <fondaco/http/server.h>
#include <fondaco/payments/api.h>
#include <fondaco/payments/test_provider.h>

#include <mutex>

namespace fondaco::payments {
namespace {

using http::Method;

/// "Bearer operator" may everything, anybody else nothing.
class Doorman final : public http::Authenticator {
 public:
  std::optional<http::Principal> authenticate(const http::Request& r, storage::Read&) override {
    const auto header = r.header("authorization");
    http::Principal who;
    if (header.empty()) return who;
    who.kind = http::Principal::Kind::staff;
    who.person = PersonId{0x700000};
    if (header == "Bearer operator") who.grants = {{"*", {}, {}}};
    return who;
  }
};

class Api : public PaymentsTest {
 protected:
  Api() : PaymentsTest(http::migrations()) {
    auto provider = std::make_unique<TestProvider>(
        store_.clock(), TestProviderConfig{.secret = "0123456789abcdef0123"},
        [this](const Headers& headers, const std::string& body) {
          const std::lock_guard lock(mutex_);
          webhooks_.emplace_back(headers, body);
        });
    provider_ = provider.get();
    providers_.add(std::move(provider));
    http::ServerConfig config;
    config.rate_limits = false;
    server_ = http::Server::create(config, {*store_, doorman_});
    mount(server_->router(), {providers_, [this](storage::Tx& tx, auto told) {
                                for (const ProviderEvent& e : told) {
                                  const NewEvent event = to_append(e);
                                  outcomes_.push_back(append_events(tx, {&event, 1})[0].done);
                                }
                              }});
  }
  http::Response call(Method method, std::string path, Headers headers = {},
                      std::string body = {}) {
    http::Request r;
    r.method = method;
    r.target = r.path = std::move(path);
    r.body = std::move(body);
    r.remote = "127.0.0.1";
    for (auto& [name, value] : headers) r.headers.push_back({name, value});
    return server_->handle(std::move(r));
  }
  http::Response webhook(Headers headers, std::string body, std::string provider = "test") {
    headers.emplace_back("Content-Type", "application/json");
    return call(Method::post, "/api/v1/payments/webhooks/" + provider, headers, std::move(body));
  }

  std::mutex mutex_;
  std::vector<std::pair<Headers, std::string>> webhooks_;
  std::vector<Appended::Done> outcomes_;
  Providers providers_;
  TestProvider* provider_ = nullptr;
  Doorman doorman_;
  std::unique_ptr<http::Server> server_;
};
INSTANTIATE_TEST_SUITE_P(Engines, Api, testing::ValuesIn(storage::test_engines()),
                         [](const auto& i) { return storage::engine_name(i.param); });

// A signed webhook is kept before it is answered, the second copy changes nothing and is answered
// as well, and forged, unknown and broken ones are refused.
TEST_P(Api, WebhooksAreKeptOnce) {
  const PaymentId id = asked(eur(1'990));
  provider_->create({.payment = id,
                     .group = OrderGroupId{99},
                     .amount = eur(1'990),
                     .token = "duplicate",
                     .capture = true,
                     .return_url = "",
                     .idempotency_key = "k"},
                    [](ProviderResult) {});
  provider_->drain();
  ASSERT_EQ(webhooks_.size(), 2u);
  for (const auto& [headers, body] : webhooks_) {
    const auto answer = webhook(headers, body);
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.body, R"({"received":1})");
  }
  EXPECT_EQ(outcomes_, (std::vector{Appended::Done::applied, Appended::Done::repeated}));
  EXPECT_EQ(stored(id).state, PaymentState::captured);
  EXPECT_EQ(stored(id).version, 2);

  const auto& [headers, body] = webhooks_[0];
  const auto forged = webhook(headers, body + " ");
  EXPECT_EQ(forged.status, 401);
  EXPECT_NE(forged.body.find("bad_signature"), std::string::npos);
  EXPECT_EQ(webhook({}, body).status, 401);
  EXPECT_EQ(webhook(headers, body, "banana").status, 404);
  EXPECT_EQ(webhook(provider_->sign("{}"), "{}").status, 400);
  store_.clock().advance(minutes(6));
  EXPECT_NE(webhook(headers, body).body.find("stale_signature"), std::string::npos);
  EXPECT_EQ(outcomes_.size(), 2u);
}

// Only operators see a payment, with its sums and all that was said.
TEST_P(Api, OperatorsSeePayments) {
  const PaymentId id = captured(eur(1'990));
  const std::string path = "/api/v1/payments/" + to_text(id);
  EXPECT_EQ(call(Method::get, path).status, 401);
  EXPECT_EQ(call(Method::get, path, {{"Authorization", "Bearer somebody"}}).status, 403);
  const Headers as_operator = {{"Authorization", "Bearer operator"}};
  const auto seen = call(Method::get, path, as_operator);
  ASSERT_EQ(seen.status, 200);
  EXPECT_NE(seen.body.find(R"("state":"captured")"), std::string::npos);
  EXPECT_NE(seen.body.find(R"("charged":{"amount":1990,"currency":"EUR"})"), std::string::npos);
  EXPECT_NE(seen.body.find(R"("result":"request")"), std::string::npos);
  EXPECT_EQ(call(Method::get, "/api/v1/payments/" + to_text(PaymentId{1}), as_operator).status,
            404);
  EXPECT_EQ(call(Method::get, "/api/v1/payments/nonsense", as_operator).status, 404);
}

}  // namespace
}  // namespace fondaco::payments
