#include "signature.h"
#include "test_ref.h"
#include "testing.h"

#include <fondaco/payments/test_provider.h>

#include <future>

namespace fondaco::payments {
namespace {

using Outcome = ProviderResult::Outcome;

class Provider : public testing::Test {
 protected:
  ProviderResult create(std::string token, bool capture = true, std::int64_t id = 0x4000) {
    Intent intent{.payment = PaymentId{id},
                  .group = OrderGroupId{1},
                  .amount = eur(1990),
                  .token = std::move(token),
                  .capture = capture,
                  .return_url = "/thanks",
                  .idempotency_key = "key/" + std::to_string(id)};
    return wait([&](Done done) { provider_.create(intent, done); });
  }
  template <class F>
  static ProviderResult wait(F&& call) {
    std::promise<ProviderResult> answer;
    call([&](ProviderResult r) { answer.set_value(std::move(r)); });
    return answer.get_future().get();
  }
  static Operation operation(EventType type, std::string ref, std::int64_t minor = 1990,
                             std::int64_t number = 1) {
    return {.payment = PaymentId{0x4000},
            .group = OrderGroupId{1},
            .provider = "test",
            .provider_ref = std::move(ref),
            .type = type,
            .number = number,
            .amount = eur(minor),
            .since = {}};
  }
  ProviderResult fetch(std::string ref) {
    const Operation o = operation(EventType::charge, std::move(ref));
    return wait([&](Done done) { provider_.fetch(o, done); });
  }
  ProviderResult refund(std::string ref, std::int64_t minor, std::int64_t number) {
    const Operation o = operation(EventType::refund, std::move(ref), minor, number);
    return wait([&](Done done) { provider_.refund(o, done); });
  }
  /// What the webhooks that came so far say, each verified.
  std::vector<PaymentEvent> told() {
    provider_.drain();
    const std::lock_guard lock(mutex_);
    std::vector<PaymentEvent> out;
    for (const auto& [headers, body] : webhooks_) {
      const auto events = provider_.webhook(headers, body);
      EXPECT_TRUE(events.ok());
      out.push_back(events.value()[0].event);
    }
    return out;
  }

  TestClock clock_{Instant{1'763'805'600'000'000}};
  std::mutex mutex_;
  std::vector<std::pair<Headers, std::string>> webhooks_;
  TestProvider provider_{clock_,
                         {.secret = "0123456789abcdef0123"},
                         [this](const Headers& h, const std::string& body) {
                           const std::lock_guard lock(mutex_);
                           webhooks_.emplace_back(h, body);
                         }};
};

// approve takes the money at once and says nothing later.
TEST_F(Provider, Approves) {
  const auto r = create("approve");
  EXPECT_EQ(r.outcome, Outcome::succeeded);
  EXPECT_EQ(r.amount_minor, 1990);
  EXPECT_EQ(fetch(r.ref).outcome, Outcome::succeeded);
  EXPECT_TRUE(told().empty());
}

// decline and unknown tokens fail with their code.
TEST_F(Provider, Declines) {
  EXPECT_EQ(create("decline").code, "card_declined");
  const auto unknown = create("banana", true, 0x8000);
  EXPECT_EQ(unknown.outcome, Outcome::failed);
  EXPECT_EQ(unknown.code, "unknown_token");
}

// 3ds waits for the shopper; yes and no decide, the webhook tells, and no answer changes.
TEST_F(Provider, ThreeDSecure) {
  const auto r = create("3ds");
  EXPECT_EQ(r.outcome, Outcome::requires_action);
  EXPECT_EQ(r.action, "/pay/test/" + r.ref);
  EXPECT_EQ(fetch(r.ref).outcome, Outcome::requires_action);
  ASSERT_TRUE(provider_.action_of(r.ref));
  EXPECT_EQ(provider_.action_of(r.ref)->amount, eur(1990));
  EXPECT_TRUE(provider_.action_of(r.ref)->open);

  EXPECT_TRUE(provider_.complete_action(r.ref, true).ok());
  EXPECT_TRUE(provider_.complete_action(r.ref, true).ok());
  EXPECT_EQ(provider_.complete_action(r.ref, false).refusal(),
            TestProvider::ActionRefusal::no_action_open);
  ASSERT_EQ(told().size(), 1u);
  EXPECT_EQ(told()[0].result, EventResult::success);
  EXPECT_EQ(fetch(r.ref).outcome, Outcome::succeeded);
  EXPECT_FALSE(provider_.action_of(r.ref)->open);

  const auto no = create("3ds", true, 0x8000);
  EXPECT_TRUE(provider_.complete_action(no.ref, false).ok());
  EXPECT_EQ(fetch(no.ref).code, "authentication_failed");
  EXPECT_EQ(told()[1].result, EventResult::failure);
}

// Refs that the provider did not make, or that wait for nobody, are refused.
TEST_F(Provider, UnknownRefsAreRefused) {
  const auto approved = create("approve");
  for (const std::string& ref : {std::string("nonsense"), std::string("tp_s_1_1EUR"), approved.ref,
                                 std::string("tp_s_0000000000G00_1XQZ")}) {
    EXPECT_EQ(provider_.complete_action(ref, true).refusal(),
              TestProvider::ActionRefusal::unknown_ref);
    EXPECT_FALSE(provider_.action_of(ref));
  }
  EXPECT_EQ(fetch("nonsense").outcome, Outcome::unknown);
  EXPECT_EQ(fetch("").outcome, Outcome::unknown);
}

// late: the webhook comes when the clock says so, and fetch() agrees with it.
TEST_F(Provider, LateWebhook) {
  const auto r = create("late");
  EXPECT_EQ(r.outcome, Outcome::processing);
  EXPECT_TRUE(told().empty());
  EXPECT_EQ(fetch(r.ref).outcome, Outcome::processing);
  clock_.advance(seconds(3));
  ASSERT_EQ(told().size(), 1u);
  EXPECT_EQ(told()[0].result, EventResult::success);
  EXPECT_EQ(told()[0].amount_minor, 1990);
  EXPECT_EQ(fetch(r.ref).outcome, Outcome::succeeded);
}

// duplicate sends two equal webhooks; out_of_order sends the end before the middle.
TEST_F(Provider, DuplicatesAndDisorder) {
  EXPECT_EQ(create("duplicate").outcome, Outcome::succeeded);
  ASSERT_EQ(told().size(), 2u);
  EXPECT_EQ(told()[0], told()[1]);

  EXPECT_EQ(create("out_of_order", true, 0x8000).outcome, Outcome::processing);
  const auto all = told();
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[2].result, EventResult::success);
  EXPECT_EQ(all[3].result, EventResult::action_required);
  EXPECT_EQ(derive(std::span(all).subspan(2)), PaymentState::captured);
}

// lost: only fetch() knows, also without the ref, by the idempotency key.
TEST_F(Provider, LostWebhook) {
  Operation o = operation(EventType::charge, "");
  const Intent intent{.payment = o.payment,
                      .group = o.group,
                      .amount = o.amount,
                      .token = "lost",
                      .capture = true,
                      .return_url = "",
                      .idempotency_key = idempotency_key(o)};
  const auto r = wait([&](Done done) { provider_.create(intent, done); });
  EXPECT_EQ(r.outcome, Outcome::processing);
  EXPECT_TRUE(told().empty());
  EXPECT_EQ(fetch("").outcome, Outcome::succeeded);
  EXPECT_EQ(fetch("").ref, r.ref);
}

// The same key creates once: the same answer, no more webhooks; another wish under it is refused.
TEST_F(Provider, CreatesOncePerKey) {
  const auto r = create("duplicate");
  EXPECT_EQ(create("duplicate").ref, r.ref);
  EXPECT_EQ(told().size(), 2u);
  EXPECT_EQ(create("approve").code, "idempotency_mismatch");
}

// Refunds go up to what was charged, once per key, also by a provider that was started anew.
TEST_F(Provider, Refunds) {
  const auto r = create("approve");
  EXPECT_EQ(refund(r.ref, 1000, 1).outcome, Outcome::succeeded);
  EXPECT_EQ(refund(r.ref, 1000, 1).outcome, Outcome::succeeded);
  EXPECT_EQ(refund(r.ref, 991, 2).code, "amount_too_large");
  EXPECT_EQ(refund(r.ref, 990, 3).amount_minor, 990);
  EXPECT_EQ(refund(create("decline", true, 0x8000).ref, 1, 4).code, "not_charged");
  EXPECT_EQ(refund("nonsense", 1, 5).code, "unknown_payment");
  TestProvider fresh(clock_, {.secret = "0123456789abcdef0123"}, [](auto&&...) {});
  const Operation o = operation(EventType::refund, r.ref, 500);
  EXPECT_EQ(wait([&](Done done) { fresh.refund(o, done); }).outcome, Outcome::succeeded);
}

// Authorise first: capture up to the amount, or cancel; what is charged cannot be cancelled.
TEST_F(Provider, AuthoriseThenCaptureOrCancel) {
  const auto capture = [&](std::string ref, std::int64_t minor) {
    const Operation o = operation(EventType::charge, std::move(ref), minor);
    return wait([&](Done done) { provider_.capture(o, done); });
  };
  const auto cancel = [&](std::string ref) {
    const Operation o = operation(EventType::cancel, std::move(ref));
    return wait([&](Done done) { provider_.cancel(o, done); });
  };
  const auto held = create("approve", false);
  EXPECT_EQ(capture(held.ref, 1991).code, "amount_too_large");
  EXPECT_EQ(capture(held.ref, 1500).amount_minor, 1500);
  const auto other = create("approve", false, 0x8000);
  EXPECT_EQ(cancel(other.ref).outcome, Outcome::succeeded);
  EXPECT_EQ(capture(other.ref, 100).code, "not_authorized");
  const auto taken = create("approve", true, 0xc000);
  EXPECT_EQ(cancel(taken.ref).code, "already_charged");
  EXPECT_EQ(capture(taken.ref, 100).code, "not_authorized");
  EXPECT_EQ(cancel("nonsense").code, "unknown_payment");
  const auto waiting = create("3ds", true, 0x10000);
  EXPECT_EQ(cancel(waiting.ref).outcome, Outcome::succeeded);
  EXPECT_EQ(provider_.complete_action(waiting.ref, true).refusal(),
            TestProvider::ActionRefusal::no_action_open);
}

// With latency the answer comes by the clock, from the provider's own thread.
TEST_F(Provider, AnswersLate) {
  TestProvider slow(clock_, {.secret = "0123456789abcdef0123", .latency = seconds(1)},
                    [](auto&&...) {});
  std::promise<ProviderResult> answer;
  auto future = answer.get_future();
  const Operation o = operation(EventType::charge, "");
  slow.fetch(o, [&](ProviderResult r) { answer.set_value(std::move(r)); });
  EXPECT_EQ(future.wait_for(std::chrono::milliseconds(30)), std::future_status::timeout);
  clock_.advance(seconds(2));
  EXPECT_EQ(future.get().outcome, Outcome::unknown);
}

// A webhook counts only with a fresh signature over exactly its bytes.
TEST_F(Provider, WebhookSignatures) {
  create("duplicate");
  told();
  auto [headers, body] = webhooks_[0];
  EXPECT_TRUE(provider_.webhook(headers, body).ok());
  EXPECT_TRUE(provider_.webhook({{"TEST-SIGNATURE", headers[0].second}}, body).ok());

  EXPECT_EQ(provider_.webhook({}, body).refusal(), WebhookRefusal::bad_signature);
  EXPECT_EQ(provider_.webhook(headers, body + " ").refusal(), WebhookRefusal::bad_signature);
  std::string more = body;
  more.replace(more.find("1990"), 4, "1991");
  EXPECT_EQ(provider_.webhook(headers, more).refusal(), WebhookRefusal::bad_signature);
  for (const char* bad : {"", "t=1", "v1=", "t=x,v1=00", "t=99999999999999999999,v1=00"}) {
    EXPECT_EQ(provider_.webhook({{"Test-Signature", bad}}, body).refusal(),
              WebhookRefusal::bad_signature);
  }
  TestProvider other(clock_, {.secret = "another secret of 16"}, [](auto&&...) {});
  EXPECT_EQ(other.webhook(headers, body).refusal(), WebhookRefusal::bad_signature);
  EXPECT_EQ(provider_.webhook(provider_.sign("{}"), "{}").refusal(), WebhookRefusal::malformed);
  clock_.advance(seconds(301));
  EXPECT_EQ(provider_.webhook(headers, body).refusal(), WebhookRefusal::stale);
}

// Recomputed with another program: printf '%s' '1763805600.{"a":1}' |
// openssl dgst -sha256 -hmac 0123456789abcdef
TEST(Signature, IsPlainHmacSha256) {
  EXPECT_EQ(sign_body("0123456789abcdef", R"({"a":1})", Instant{1'763'805'600'999'999}),
            "t=1763805600,v1=8d310d297cfae1f897dec84fb14520a36aa825e30ee610192e6918eb5c8ae494");
}

// A ref says everything there and back, for charges and authorisations.
TEST(TestRefs, RoundTrip) {
  for (const char* token :
       {"approve", "decline", "3ds", "late", "duplicate", "out_of_order", "lost", "?"}) {
    for (const EventType type : {EventType::charge, EventType::authorization}) {
      const TestRef ref{script_of(token), type, PaymentId{0x123456789abc}, eur(5)};
      const auto back = parse_ref(format_ref(ref));
      ASSERT_TRUE(back) << token;
      EXPECT_EQ(back->script, ref.script);
      EXPECT_EQ(back->type, type);
      EXPECT_EQ(back->payment, ref.payment);
      EXPECT_EQ(back->amount, eur(5));
    }
  }
}

}  // namespace
}  // namespace fondaco::payments
