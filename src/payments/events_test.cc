#include "events.h"

#include <fondaco/base/random.h>

#include <gtest/gtest.h>

#include <algorithm>

namespace fondaco::payments {
namespace {

using Events = std::vector<PaymentEvent>;

PaymentEvent event(EventType type, EventResult result, std::int64_t amount,
                   std::int64_t operation = 1, std::string key = "k", std::int64_t at = 1) {
  return {.type = type,
          .result = result,
          .operation = operation,
          .amount_minor = amount,
          .at = {at},
          .key = std::move(key)};
}
constexpr auto kCharge = EventType::charge;
constexpr auto kAuthorize = EventType::authorization;
constexpr auto kRefund = EventType::refund;
constexpr auto kCancel = EventType::cancel;
constexpr auto kRequest = EventResult::request;
constexpr auto kSuccess = EventResult::success;
constexpr auto kFailure = EventResult::failure;
constexpr auto kAction = EventResult::action_required;

// The life of a payment step by step: each state comes from the events that say so.
TEST(Derive, EachState) {
  const PaymentEvent asked = event(kCharge, kRequest, 100);
  const PaymentEvent action = event(kCharge, kAction, 100);
  const PaymentEvent taken = event(kCharge, kSuccess, 100);
  EXPECT_EQ(derive({}), PaymentState::pending);
  EXPECT_EQ(derive(Events{asked}), PaymentState::pending);
  EXPECT_EQ(derive(Events{asked, action}), PaymentState::requires_action);
  EXPECT_EQ(derive(Events{asked, action, event(kCharge, kFailure, 100)}), PaymentState::failed);
  EXPECT_EQ(derive(Events{asked, action, taken}), PaymentState::captured);
  EXPECT_EQ(derive(Events{event(kAuthorize, kSuccess, 100)}), PaymentState::authorized);
  EXPECT_EQ(derive(Events{event(kAuthorize, kSuccess, 100), event(kCharge, kFailure, 100)}),
            PaymentState::authorized);
  EXPECT_EQ(derive(Events{asked, event(kCancel, kSuccess, 100)}), PaymentState::cancelled);
  EXPECT_EQ(derive(Events{taken, event(kRefund, kRequest, 40)}), PaymentState::captured);
  EXPECT_EQ(derive(Events{taken, event(kRefund, kSuccess, 40)}), PaymentState::partially_refunded);
  EXPECT_EQ(derive(Events{taken, event(kRefund, kSuccess, 40), event(kRefund, kSuccess, 60, 2)}),
            PaymentState::refunded);
}

// A second attempt after a failed one is open again, and money that came counts whatever failed.
TEST(Derive, AttemptsAreApart) {
  const Events retried = {event(kCharge, kRequest, 100), event(kCharge, kFailure, 100),
                          event(kCharge, kRequest, 100, 2)};
  EXPECT_EQ(derive(retried), PaymentState::pending);
  Events paid = retried;
  paid.push_back(event(kCharge, kSuccess, 100, 2));
  EXPECT_EQ(derive(paid), PaymentState::captured);
  EXPECT_EQ(sums(paid).charged, 100);
}

// An order that costs nothing is paid by a charge of nothing.
TEST(Derive, ZeroIsCaptured) {
  EXPECT_EQ(derive(Events{event(kCharge, kSuccess, 0)}), PaymentState::captured);
}

// One success told by webhook, by answer and by fetch, under three keys, is one success.
TEST(Derive, AnOperationCountsOnce) {
  const Events events = {
      event(kCharge, kSuccess, 100, 1, "a"),     event(kCharge, kSuccess, 100, 1, "evt_1"),
      event(kCharge, kSuccess, 100, 1, "evt_2"), event(kRefund, kRequest, 30, 1),
      event(kRefund, kRequest, 20, 2),           event(kRefund, kSuccess, 20, 2)};
  EXPECT_EQ(sums(events), (PaymentSums{.charged = 100, .refunded = 20, .refunding = 30}));
}

// Whatever the order and however often each is told, the end state and the sums are the same.
TEST(Derive, OrderAndRepetitionDoNotMatter) {
  SeededRandom random(11);
  const auto pick = [&](auto... values) {
    const std::int64_t all[] = {static_cast<std::int64_t>(values)...};
    return all[random.below(sizeof...(values))];
  };
  for (int round = 0; round < 3'000; ++round) {
    Events events(1 + random.below(8));
    for (std::size_t i = 0; i < events.size(); ++i) {
      events[i] = event(static_cast<EventType>(pick(1, 2, 2, 2, 3, 3, 4)),
                        static_cast<EventResult>(pick(1, 2, 2, 3, 4)), pick(0, 30, 50, 100),
                        pick(1, 1, 2, 3), "k" + std::to_string(i), pick(1, 5, 9));
    }
    const PaymentState state = derive(events);
    const PaymentSums amounts = sums(events);
    const auto open = open_since(events);
    for (int shuffle = 0; shuffle < 5; ++shuffle) {
      Events other = events;
      for (std::uint64_t n = random.below(4); n > 0; --n) {
        other.push_back(events[random.below(events.size())]);
      }
      for (std::size_t n = other.size(); n > 1; --n) {
        std::swap(other[n - 1], other[random.below(n)]);
      }
      ASSERT_EQ(derive(other), state);
      ASSERT_EQ(sums(other), amounts);
      ASSERT_EQ(open_since(other), open);
    }
  }
}

// Open are requests without an answer, the oldest counts, and a cancellation ends the waiting.
TEST(OpenSince, OldestWithoutAnAnswer) {
  Events events = {event(kCharge, kRequest, 100, 1, "q", 7)};
  EXPECT_EQ(open_since(events), Instant{7});
  events.push_back(event(kCharge, kAction, 100, 1, "e", 9));
  EXPECT_EQ(open_since(events), Instant{7});
  Events cancelled = events;
  cancelled.push_back(event(kCancel, kSuccess, 100, 1, "c", 10));
  EXPECT_FALSE(open_since(cancelled));
  events.push_back(event(kCharge, kSuccess, 100, 1, "s", 11));
  EXPECT_FALSE(open_since(events));
  events.push_back(event(kRefund, kRequest, 50, 1, "q", 20));
  EXPECT_EQ(open_since(events), Instant{20});
}

// What is packed comes back as it was, and a captured payment's events are small.
TEST(Pack, RoundTrip) {
  const Events events = {event(kCharge, kRequest, 1990, 1, "q", 1763805600000000),
                         {.type = kCharge,
                          .result = kFailure,
                          .operation = 3,
                          .amount_minor = 9'000'000'000'000,
                          .at = {1763805600000001},
                          .key = "e\"vt\\",
                          .note = "卡 declined"}};
  EXPECT_EQ(unpack(pack(events)), events);
  EXPECT_EQ(unpack("[]"), Events{});
  EXPECT_LT(pack(std::span(events).first(1)).size(), 50u);
  EXPECT_THROW(unpack("{}"), Fault);
  EXPECT_THROW(unpack("[[1,2]]"), Fault);
}

// The key that a provider sees names payment, verb and number.
TEST(IdempotencyKey, NamesTheOperation) {
  Operation o;
  o.payment = PaymentId{5};
  o.type = EventType::refund;
  o.number = 2;
  EXPECT_EQ(idempotency_key(o), to_text(PaymentId{5}) + "/refund/2");
}

}  // namespace
}  // namespace fondaco::payments
