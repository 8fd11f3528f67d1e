#include "testing.h"

#include <fondaco/payments/test_provider.h>

namespace fondaco::payments {
namespace {

/// What orders does in the product: keeps the events, and here nothing else.
void keep(storage::Tx& tx, std::span<const ProviderEvent> told) {
  std::vector<NewEvent> events;
  for (const ProviderEvent& e : told) events.push_back(to_append(e));
  append_events(tx, events);
}

class Reconcile : public PaymentsTest {
 protected:
  Reconcile() {
    auto provider = std::make_unique<TestProvider>(
        store_.clock(), TestProviderConfig{.secret = "0123456789abcdef0123"},
        [](const Headers&, const std::string&) {});
    provider_ = provider.get();
    providers_.add(std::move(provider));
  }
  /// Phases one and two of a checkout whose answer is thrown away, as when the process dies.
  PaymentId crashed(std::string token, Money amount = eur(1'990)) {
    const PaymentId id = asked(amount);
    const Operation o{.payment = id,
                      .group = OrderGroupId{99},
                      .provider = "test",
                      .provider_ref = "",
                      .amount = amount,
                      .since = now()};
    provider_->create({.payment = id,
                       .group = o.group,
                       .amount = amount,
                       .token = std::move(token),
                       .capture = true,
                       .return_url = "",
                       .idempotency_key = idempotency_key(o)},
                      [](ProviderResult) {});
    return id;
  }
  int run() { return reconcile(main(), providers_, keep, now()); }

  Providers providers_;
  TestProvider* provider_ = nullptr;
};
INSTANTIATE_TEST_SUITE_P(Engines, Reconcile, testing::ValuesIn(storage::test_engines()),
                         [](const auto& i) { return storage::engine_name(i.param); });

// After a crash each open charge gets the answer that the provider knows, once.
TEST_P(Reconcile, ChargesAreFetched) {
  const PaymentId approved = crashed("approve");
  const PaymentId lost = crashed("lost");
  const PaymentId declined = crashed("decline");
  const PaymentId waiting = crashed("3ds");
  const PaymentId never = asked(eur(50));
  store_.clock().advance(seconds(60));
  EXPECT_EQ(run(), 4);
  EXPECT_EQ(stored(approved).state, PaymentState::captured);
  EXPECT_EQ(stored(lost).state, PaymentState::captured);
  EXPECT_FALSE(stored(lost).provider_ref.empty());
  EXPECT_EQ(stored(declined).state, PaymentState::failed);
  EXPECT_EQ(stored(waiting).state, PaymentState::requires_action);
  EXPECT_EQ(stored(never).state, PaymentState::failed);
  EXPECT_EQ(stored(never).events.back().note, "never_sent");

  EXPECT_EQ(run(), 0);  // The one that waits for its shopper is asked again, and nothing is new.
  EXPECT_EQ(stored(waiting).version, 2);
  ASSERT_TRUE(provider_->complete_action(stored(waiting).provider_ref, true).ok());
  EXPECT_EQ(run(), 1);
  EXPECT_EQ(stored(waiting).state, PaymentState::captured);
  EXPECT_TRUE(verified().differences.empty());
}

// A refund whose answer was lost is sent again under its key, and the shopper is paid once.
TEST_P(Reconcile, RefundsAreRepeatedUnderTheirKey) {
  const PaymentId id = crashed("approve");
  store_.clock().advance(seconds(1));
  ASSERT_EQ(run(), 1);
  const auto o = *write([&](storage::Tx& tx) { return request_refund(tx, id, eur(1'500), "r"); });
  provider_->refund(o, [](ProviderResult) {});  // Answered, but nobody listened.
  store_.clock().advance(seconds(1));
  EXPECT_EQ(run(), 1);
  EXPECT_EQ(sums(stored(id).events).refunded, 1'500);
  // Had it counted twice, the rest could not be refunded.
  const auto rest = *write([&](storage::Tx& tx) { return request_refund(tx, id, eur(490), "r"); });
  std::optional<ProviderResult> answer;
  provider_->refund(rest, [&](ProviderResult r) { answer = std::move(r); });
  EXPECT_EQ(answer->outcome, ProviderResult::Outcome::succeeded);
}

// An authorisation that was answered and whose capture got lost is captured, not fetched: the
// provider's yes to the first is no yes to the second.
TEST_P(Reconcile, CapturesAreSentAgain) {
  const PaymentId id = store_->ids().next<PaymentId>(7);
  std::string ref;
  provider_->create({.payment = id,
                     .group = OrderGroupId{99},
                     .amount = eur(1'000),
                     .token = "approve",
                     .capture = false,
                     .return_url = "",
                     .idempotency_key = "k"},
                    [&](ProviderResult r) { ref = r.ref; });
  NewPayment p{.id = id,
               .group = OrderGroupId{99},
               .provider = "test",
               .method = "test",
               .amount = eur(1'000),
               .provider_ref = ref,
               .events = {request_of(EventType::authorization, eur(1'000), now())}};
  PaymentEvent yes = p.events[0];
  yes.result = EventResult::success;
  p.events.push_back(yes);
  p.events.push_back(request_of(EventType::charge, eur(600), now()));
  write([&](storage::Tx& tx) { record(tx, {&p, 1}); });
  EXPECT_EQ(stored(id).state, PaymentState::authorized);
  store_.clock().advance(seconds(1));
  EXPECT_EQ(run(), 1);
  EXPECT_EQ(stored(id).state, PaymentState::captured);
  EXPECT_EQ(sums(stored(id).events).charged, 600);
}

// A payment of a provider that is not configured stays open and stops nobody else.
TEST_P(Reconcile, UnknownProvidersAreSkipped) {
  const PaymentId other = asked(eur(10), "gone");
  const PaymentId id = crashed("approve");
  store_.clock().advance(seconds(1));
  EXPECT_EQ(run(), 1);
  EXPECT_EQ(stored(other).state, PaymentState::pending);
  EXPECT_EQ(stored(id).state, PaymentState::captured);
}

}  // namespace
}  // namespace fondaco::payments
