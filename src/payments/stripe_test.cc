#include "signature.h"

#include <fondaco/payments/stripe.h>

#include <gtest/gtest.h>

#include <future>

namespace fondaco::payments {
namespace {

const Currency kEur = Currency::of("EUR");
constexpr std::string_view kSecret = "whsec_0123456789abcdef";

class StripeWebhookTest : public testing::Test {
 protected:
  Result<std::vector<ProviderEvent>, WebhookRefusal> told(const std::string& body,
                                                          Duration age = {}) {
    return stripe.webhook({{"stripe-signature", sign_body(kSecret, body, clock.now() - age)}},
                          body);
  }
  static StripeConfig config() {
    StripeConfig c;
    c.secret_key = "sk_test_1";
    c.webhook_secret = kSecret;
    c.base_url = "http://127.0.0.1:1";  // Nobody there.
    c.attempts = 1;
    c.threads = 1;
    return c;
  }
  TestClock clock{*parse_rfc3339("2026-11-22T10:00:00Z")};
  StripeProvider stripe{clock, config()};
  const std::string payment = to_text(PaymentId{7'000'000});
};

// A webhook counts only when it is signed with our secret, over these bytes, a moment ago; one of
// several signatures is enough while the secret is being changed.
TEST_F(StripeWebhookTest, Signatures) {
  const std::string body = R"({"id":"evt_1","type":"ping","created":1,"data":{"object":{}}})";
  EXPECT_TRUE(told(body).ok());
  EXPECT_EQ(told(body, minutes(6)).refusal(), WebhookRefusal::stale);
  EXPECT_EQ(told("{}").refusal(), WebhookRefusal::malformed);
  EXPECT_EQ(told("not json").refusal(), WebhookRefusal::malformed);
  const std::string good = sign_body(kSecret, body, clock.now());
  const auto with = [&](const std::string& header, const std::string& bytes) {
    return stripe.webhook({{"Stripe-Signature", header}}, bytes);
  };
  EXPECT_EQ(with(good, body + " ").refusal(), WebhookRefusal::bad_signature);
  EXPECT_EQ(with("", body).refusal(), WebhookRefusal::bad_signature);
  EXPECT_TRUE(with(good + ",v1=" + std::string(64, '0'), body).ok());
  EXPECT_TRUE(with("v0=x," + good.substr(0, good.find(',')) + ",v1=" + std::string(64, '0') +
                       good.substr(good.find(',')),
                   body)
                  .ok());
}

// What an intent, a refund and a dispute say arrives as events of our payment; what was made by
// somebody else on the same account is left.
TEST_F(StripeWebhookTest, Events) {
  const auto intent = [&](const std::string& type, const std::string& more) {
    return told(R"({"id":"evt_2","type":"payment_intent.)" + type +
                R"(","created":1763806000,"data":{"object":{"id":"pi_1","currency":"eur",)" + more +
                R"("amount":2500,"metadata":{"payment":")" + payment + "\"}}}}");
  };
  auto e = intent("succeeded", R"("amount_received":2500,)");
  ASSERT_EQ(e->size(), 1u);
  EXPECT_EQ(e->at(0).payment, PaymentId{7'000'000});
  EXPECT_EQ(e->at(0).ref, "pi_1");
  EXPECT_EQ(e->at(0).event.type, EventType::charge);
  EXPECT_EQ(e->at(0).event.amount_minor, 2500);
  EXPECT_EQ(e->at(0).event.key, "evt_2");
  e = intent("payment_failed", R"("last_payment_error":{"decline_code":"lost_card"},)");
  EXPECT_EQ(e->at(0).event.result, EventResult::failure);
  EXPECT_EQ(e->at(0).event.note, "lost_card");
  e = intent("requires_action",
             R"("next_action":{"redirect_to_url":{"url":"https://b.example/3ds"}},)");
  EXPECT_EQ(e->at(0).event.note, "https://b.example/3ds");
  e = intent("amount_capturable_updated", R"("amount_capturable":2500,)");
  EXPECT_EQ(e->at(0).event.type, EventType::authorization);
  EXPECT_EQ(intent("canceled", "")->at(0).event.type, EventType::cancel);
  EXPECT_TRUE(intent("created", "")->empty());
  EXPECT_TRUE(told(R"({"id":"evt_3","type":"payment_intent.succeeded","created":1,"data":{)"
                   R"("object":{"id":"pi_9","currency":"eur","metadata":{}}}})")
                  ->empty());
  const auto refund =
      told(R"({"id":"evt_4","type":"refund.updated","created":1,"data":{"object":{"id":"re_1",)"
           R"("status":"succeeded","amount":500,"currency":"eur","payment_intent":"pi_1",)"
           R"("metadata":{"payment":")" +
           payment + R"(","operation":"2"}}}})");
  ASSERT_EQ(refund->size(), 1u);
  EXPECT_EQ(refund->at(0).event.operation, 2);
  EXPECT_EQ(refund->at(0).event.amount_minor, 500);
  const auto dispute = told(
      R"({"id":"evt_5","type":"charge.dispute.created","created":1,"data":{"object":{"id":"dp_1",)"
      R"("amount":2500,"currency":"eur","payment_intent":"pi_1","reason":"fraudulent",)"
      R"("status":"needs_response","evidence_details":{"due_by":1764000000}}}})");
  ASSERT_TRUE(dispute->at(0).dispute);
  EXPECT_EQ(dispute->at(0).dispute->ref, "dp_1");
  EXPECT_EQ(dispute->at(0).dispute->due.us, 1'764'000'000'000'000);
  EXPECT_EQ(dispute->at(0).ref, "pi_1");
}

// Amounts go in Stripe's units, and what it cannot charge is refused before it is asked.
TEST(StripeAmounts, Units) {
  EXPECT_EQ(to_stripe_amount({1999, kEur}), 1999);
  EXPECT_EQ(to_stripe_amount({500, Currency::of("JPY")}), 500);
  EXPECT_EQ(to_stripe_amount({500, Currency::of("UGX")}), 50'000);
  EXPECT_EQ(from_stripe_amount(50'000, Currency::of("UGX")), 500);
  EXPECT_EQ(to_stripe_amount({1'230, Currency::of("KWD")}), 1'230);
  EXPECT_FALSE(to_stripe_amount({1'234, Currency::of("KWD")}));
}

// Nobody answering is not a failure of the payment: nothing is known.
TEST_F(StripeWebhookTest, NobodyThere) {
  std::promise<ProviderResult> answer;
  Operation op;
  op.provider_ref = "pi_1";
  op.amount = {100, kEur};
  stripe.fetch(op, [&](ProviderResult r) { answer.set_value(std::move(r)); });
  EXPECT_EQ(answer.get_future().get().outcome, ProviderResult::Outcome::unreachable);
  StripeRail rail(config());
  PayoutOrder order{PayoutId{1}, MerchantId{2}, {100, kEur}, "Anna", "", "", "", "pot_1"};
  EXPECT_EQ(rail.send(order).code, "no_provider_account");
  order.provider_account = "acct_1";
  EXPECT_EQ(rail.send(order).outcome, PayoutAnswer::Outcome::unreachable);
}

}  // namespace
}  // namespace fondaco::payments
