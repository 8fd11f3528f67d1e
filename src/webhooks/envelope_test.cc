#include "testing_receiver.h"

#include <fondaco/events/orders.h>
#include <fondaco/webhooks/envelope.h>

namespace fondaco::webhooks {
namespace {

storage::StoredEvent event_of(std::string type, std::string payload) {
  storage::StoredEvent e;
  e.seq = 7;
  e.type = std::move(type);
  e.entity = 42;
  e.payload = std::move(payload);
  return e;
}

// The signature of Standard Webhooks' own example, and one for each secret while two are valid.
TEST(Sign, AsStandardWebhooksSays) {
  const Signed s = sign({"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, "msg_p5jXN8AQM9LWM0D4loKWxJek",
                        Instant{1'614'265'330'000'000}, R"({"test": 2432232314})");
  EXPECT_EQ(s.timestamp, "1614265330");
  EXPECT_EQ(s.signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  SeededRandom random(1);
  const auto both = sign({new_secret(random), new_secret(random)}, "0-1", Instant{0}, "{}");
  EXPECT_EQ(both.signature.size(), 47u * 2 + 1);
  EXPECT_EQ(key_of(new_secret(random)).value_or("").size(), 32u);
  for (const char* bad : {"", "whsec_", "whsec_abc", "secret", "whsec_!!!!"}) {
    EXPECT_FALSE(key_of(bad)) << bad;
  }
}

// What is sealed in an order for rebuilding it is not told, and the rest is told unchanged.
TEST(Envelope, LeavesOutWhatIsPersonal) {
  events::OrderPlaced placed;
  placed.order = OrderId{1};
  placed.merchant = kBikes;
  placed.currency = Currency::of("EUR");
  placed.lines.text = R"([{"sku":"B-1","quantity":2}])";
  placed.key = KeyId{99};
  placed.contact = "c2VhbGVk";
  placed.total = 1990;
  const auto text = cloud_event(event_of("order.placed", json_of(placed)));
  EXPECT_EQ(text.find("contact"), text.npos);
  EXPECT_EQ(text.find("c2VhbGVk"), text.npos);
  EXPECT_EQ(text.find("key_"), text.npos);
  EXPECT_NE(text.find(R"("lines":[{"sku":"B-1","quantity":2}])"), text.npos) << text;
  EXPECT_NE(text.find(R"("total":1990)"), text.npos);
  EXPECT_EQ(member(text, "id"), "0-7");
  EXPECT_EQ(member(text, "specversion"), "1.0");
  EXPECT_TRUE(boost::json::parse(text).is_object());
}

// A merchant sees what names it; what people do, and what names nobody, is the operator's.
TEST(Envelope, KnowsWhoseAnEventIs) {
  const std::string named = json_of(Happened{kBikes, 1, ""});
  EXPECT_EQ(merchant_of(event_of("order.placed", named)), kBikes);
  EXPECT_EQ(
      merchant_of(event_of("catalog.product_changed", R"({"owner":")" + to_text(kBooks) + R"("})")),
      kBooks);
  EXPECT_EQ(merchant_of(event_of("shoppers.grants_changed", named)), std::nullopt);
  EXPECT_EQ(merchant_of(event_of("order.placed", R"({"merchant":"mer_0000000000000"})")),
            std::nullopt);
  EXPECT_EQ(merchant_of(event_of("order.placed", "{}")), std::nullopt);
  EXPECT_EQ(merchant_of(event_of("order.placed", "no json")), std::nullopt);
}

// Filters name one type, a group, or all; anything else is refused.
TEST(TypeFilter, SaysWhatItWants) {
  const auto some = TypeFilter::parse(std::string_view("order.*, refund.changed"));
  ASSERT_TRUE(some);
  EXPECT_TRUE(some->wants("order.placed"));
  EXPECT_TRUE(some->wants("refund.changed"));
  EXPECT_FALSE(some->wants("refund.made"));
  EXPECT_FALSE(some->wants("orders.placed"));
  EXPECT_TRUE(TypeFilter::parse(std::string_view("*"))->wants("anything.at_all"));
  EXPECT_TRUE(TypeFilter{}.wants("order.placed"));
  for (const char* bad : {"order", "order.", ".*", "Order.placed", "order.pl*", "a.b.c", "**"}) {
    EXPECT_FALSE(TypeFilter::parse(std::string_view(bad))) << bad;
  }
  EXPECT_FALSE(TypeFilter::parse(std::vector<std::string>(21, "order.placed")));
}

// An event's id is its place, and nothing else is one.
TEST(EventId, IsAPlace) {
  EXPECT_EQ(event_id({3, 12}), "3-12");
  EXPECT_EQ(parse_event_id("3-12")->seq, 12);
  for (const char* bad : {"", "12", "16-1", "-1-2", "a-b", "1-"}) {
    EXPECT_FALSE(parse_event_id(bad)) << bad;
  }
}

}  // namespace
}  // namespace fondaco::webhooks
