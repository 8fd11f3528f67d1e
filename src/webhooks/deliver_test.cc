#include "testing_receiver.h"

#include <fondaco/webhooks/envelope.h>

namespace fondaco::webhooks {
namespace {

using Deliver = WebhooksTest;
INSTANTIATE_TEST_SUITE_P(Engines, Deliver, testing::ValuesIn(storage::test_engines()),
                         [](const auto& i) { return storage::engine_name(i.param); });

std::vector<std::string> ids(Receiver& receiver) {
  std::vector<std::string> out;
  for (auto& got : receiver.got()) out.push_back(got.headers["webhook-id"]);
  return out;
}

template <class F>
bool soon(F&& condition) {
  for (int i = 0; i < 400 && !condition(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(25));
  }
  return condition();
}

// What arrives is what GET /events gives, signed with both secrets after a rotation.
TEST_P(Deliver, SignsWhatItSends) {
  Receiver receiver;
  const auto e = endpoint(wanted(receiver.url(), kBikes, {"order.*"}));
  const std::string old = secret_;
  SecureRandom random;
  const std::string fresh = new_secret(random);
  Deliverer deliverer(parts());
  happens(1);
  EXPECT_EQ(deliverer.run_due(), 1);
  write([&](storage::Tx& tx) {
    EXPECT_TRUE(rotate_secret(tx, kBikes, e.id, keyring_->seal(e.key, fresh)).ok());
  });
  happens(2);
  EXPECT_EQ(deliverer.run_due(), 1);
  store_.clock().advance(kOldSecret);
  happens(3);
  EXPECT_EQ(deliverer.run_due(), 1);
  auto got = receiver.got();
  ASSERT_EQ(got.size(), 3u);
  const std::vector<std::vector<std::string>> secrets{{old}, {fresh, old}, {fresh}};
  for (std::size_t i = 0; i < 3; ++i) {
    auto& h = got[i].headers;
    const Instant at{*parse_int(h["webhook-timestamp"]) * 1'000'000};
    EXPECT_EQ(h["webhook-signature"], sign(secrets[i], h["webhook-id"], at, got[i].body).signature);
    EXPECT_EQ(member(got[i].body, "id"), h["webhook-id"]);
    EXPECT_EQ(got[i].body.find("c2VhbGVk"), std::string::npos);
  }
  const auto first = log(e.id)[2];
  EXPECT_EQ(first.state, DeliveryState::delivered);
  const auto attempts = attempts_of(*read(), first.id);
  ASSERT_EQ(attempts.size(), 1u);
  EXPECT_EQ(attempts[0].status, 200);
  EXPECT_EQ(attempts[0].answer, "thanks");
  EXPECT_GT(attempts[0].latency.us, 0);
}

// A receiver that fails is tried ten times over three days with the same id; then the next event
// of the entity has its turn, and the endpoint is still there.
TEST_P(Deliver, TriesForThreeDaysThenGoesOn) {
  Receiver receiver;
  const auto e = endpoint(wanted(receiver.url(), kBikes, {"order.*"}));
  Deliverer deliverer(parts());
  happens(1);
  happens(1);
  const Instant begin = store_.clock().now();
  for (int i = 0; i < 10; ++i) receiver.answer({500, "broken", {}});
  for (int i = 1; i <= 10; ++i) {
    EXPECT_EQ(deliverer.run_due(), i < 10 ? 1 : 2) << "attempt " << i;
    expect_sound();
    if (const auto pause = pause_after(i)) {
      EXPECT_EQ(deliverer.run_due(), 0) << "not before its time";
      store_.clock().advance(*pause + Duration{pause->us / 10});
    }
  }
  EXPECT_GE(store_.clock().now() - begin, days(3));
  const auto all = ids(receiver);
  ASSERT_EQ(all.size(), 11u);
  for (int i = 1; i < 10; ++i) EXPECT_EQ(all[static_cast<std::size_t>(i)], all[0]);
  EXPECT_NE(all[10], all[0]);
  const auto rows = log(e.id);
  EXPECT_EQ(rows[1].state, DeliveryState::failed);
  EXPECT_EQ(rows[1].attempts, 10);
  EXPECT_EQ(rows[0].state, DeliveryState::delivered);
  EXPECT_EQ(find_endpoint(*read(), e.id)->state, EndpointState::active);
}

// Events of one entity arrive in order although the first one fails at first; another entity
// passes it.
TEST_P(Deliver, KeepsTheOrderOfAnEntity) {
  Receiver receiver;
  endpoint(wanted(receiver.url(), kBikes, {"order.*"}));
  Deliverer deliverer(parts());
  happens(1);
  happens(1);
  happens(2);
  receiver.answer({503, "", {}});
  EXPECT_EQ(deliverer.run_due(), 2);
  store_.clock().advance(seconds(6));
  EXPECT_EQ(deliverer.run_due(), 2);
  const auto all = ids(receiver);
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[2], all[0]) << "again";
  EXPECT_LT(parse_event_id(all[0])->seq, parse_event_id(all[3])->seq);
  EXPECT_GT(parse_event_id(all[1])->seq, parse_event_id(all[3])->seq) << "the other entity's";
}

// The answer 410 switches the endpoint off; what waits is sent after its owner switches it on.
TEST_P(Deliver, GoneMeansGone) {
  Receiver receiver;
  const auto e = endpoint(wanted(receiver.url(), kBikes, {"order.*"}));
  Deliverer deliverer(parts());
  happens(1);
  receiver.answer({410, "", {}});
  EXPECT_EQ(deliverer.run_due(), 1);
  EXPECT_EQ(find_endpoint(*read(), e.id)->state, EndpointState::gone);
  store_.clock().advance(days(1));
  happens(2);
  EXPECT_EQ(deliverer.run_due(), 0);
  write([&](storage::Tx& tx) {
    EXPECT_TRUE(change_endpoint(tx, kBikes, e.id,
                                {.url = {}, .types = {}, .description = {}, .enabled = true}, {})
                    .ok());
  });
  EXPECT_EQ(deliverer.run_due(), 1);
  EXPECT_EQ(ids(receiver)[0], ids(receiver)[1]);
}

// A redirect, a slow receiver, a closed port and a private address are failures with their reason.
TEST_P(Deliver, FailuresHaveReasons) {
  Receiver receiver;
  const auto e = endpoint(wanted(receiver.url(), kBikes, {"order.*"}));
  Deliverer deliverer(parts(milliseconds(300)));
  receiver.answer({302, "", {}, "Location: http://127.0.0.1:1/\r\n"});
  receiver.answer({200, "", std::chrono::milliseconds(600)});
  happens(1);
  EXPECT_EQ(deliverer.run_due(), 1);
  store_.clock().advance(seconds(6));
  EXPECT_EQ(deliverer.run_due(), 1);
  private_ = false;
  store_.clock().advance(minutes(6));
  EXPECT_EQ(deliverer.run_due(), 1);
  const auto attempts = attempts_of(*read(), log(e.id)[0].id);
  ASSERT_EQ(attempts.size(), 3u);
  EXPECT_EQ(attempts[0].status, 302);
  EXPECT_EQ(attempts[1].error, "timed out");
  EXPECT_EQ(attempts[2].status, 0);
  EXPECT_NE(attempts[2].error, "");
}

// An event that the house no longer keeps ends as failed instead of waiting for ever.
TEST_P(Deliver, AnEventThatIsGoneFails) {
  Receiver receiver;
  const auto e = endpoint(wanted(receiver.url(), kBikes, {"order.*"}));
  Deliverer deliverer(parts());
  happens(1);
  happens(2);
  store_.clock().advance(days(1));
  store_->outbox().retain(store_.clock().now());
  for (int i = 1; i <= 10; ++i) {
    deliverer.run_due();
    store_.clock().advance(days(2));
  }
  EXPECT_EQ(log(e.id)[1].state, DeliveryState::failed);
  EXPECT_EQ(attempts_of(*read(), log(e.id)[1].id)[0].error, "the event is no longer kept");
}

// Threads deliver by themselves; a dead endpoint does not keep a healthy one waiting.
TEST_P(Deliver, ADeadEndpointHoldsNobodyUp) {
  Receiver slow;
  Receiver quick;
  const auto dead = endpoint(wanted(slow.url(), kBikes, {"order.*"}));
  const auto well = endpoint(wanted(quick.url(), kBikes, {"order.*"}));
  for (int i = 0; i < 4; ++i) slow.answer({200, "", std::chrono::milliseconds(900)});
  Deliverer deliverer(parts(milliseconds(500)));
  deliverer.subscribe();
  store_->start();
  deliverer.start();
  for (int i = 1; i <= 20; ++i) {
    write([&](storage::Tx& tx) {
      tx.publish({"order.placed", 1, i, 1, json_of(Happened{kBikes, i, ""})});
    });
  }
  EXPECT_TRUE(soon([&] { return quick.got().size() == 20; })) << quick.got().size();
  EXPECT_LT(slow.got().size(), 20u);
  deliverer.stop();
  EXPECT_EQ(find_endpoint(*read(), dead.id)->state, EndpointState::active);
  EXPECT_EQ(deliveries_of(*read(), well.id, {}, 100, DeliveryState::delivered).size(), 20u);
}

// A process that ends in the middle of a delivery has not delivered: the next one sends it again.
TEST_P(Deliver, AtLeastOnceOverARestart) {
  Receiver receiver;
  const auto e = endpoint(wanted(receiver.url(), kBikes, {"order.*"}));
  receiver.answer({200, "", std::chrono::milliseconds(1'500)});
  {
    Deliverer deliverer(parts(seconds(5)));
    happens(1);
    deliverer.start();
    EXPECT_TRUE(soon([&] { return receiver.got().size() == 1; }));
    deliverer.stop();  // Gives up at once.
  }
  EXPECT_EQ(log(e.id)[0].state, DeliveryState::waiting);
  EXPECT_EQ(log(e.id)[0].attempts, 0);
  keyring_.reset();
  store_.reopen();
  keyring_ = std::make_unique<shoppers::Keyring>(*store_);
  Deliverer deliverer(parts());
  deliverer.start();
  EXPECT_TRUE(soon([&] { return log(e.id)[0].state == DeliveryState::delivered; }));
  EXPECT_EQ(receiver.got().size(), 2u);
  EXPECT_EQ(ids(receiver)[0], ids(receiver)[1]);
}

}  // namespace
}  // namespace fondaco::webhooks
