#include "testing_receiver.h"

namespace fondaco::webhooks {
namespace {

using Endpoints = WebhooksTest;
INSTANTIATE_TEST_SUITE_P(Engines, Endpoints, testing::ValuesIn(storage::test_engines()),
                         [](const auto& i) { return storage::engine_name(i.param); });

const std::string kUrl = "https://shop.example/hooks";

// Every refusal of a new or changed endpoint is said, and nothing of another merchant is touched.
TEST_P(Endpoints, RefuseWhatIsWrong) {
  const auto refusal = [&](const NewEndpoint& e) {
    const auto made = write([&](storage::Tx& tx) { return create_endpoint(tx, e); });
    return made.ok() ? std::nullopt : std::optional(made.refusal());
  };
  auto e = wanted("http://shop.example/");
  e.plain_http = false;
  EXPECT_EQ(refusal(e), Refusal::url_malformed);
  EXPECT_EQ(refusal(wanted(kUrl, kBikes, {"orders"})), Refusal::types_malformed);
  e = wanted(kUrl);
  e.description = std::string(201, 'x');
  EXPECT_EQ(refusal(e), Refusal::description_too_long);
  const auto mine = endpoint(wanted(kUrl));
  for (std::size_t i = 1; i < kMostEndpoints; ++i) endpoint(wanted(kUrl));
  EXPECT_EQ(refusal(wanted(kUrl)), Refusal::too_many);
  EXPECT_EQ(refusal(wanted(kUrl, kBooks)), std::nullopt);
  write([&](storage::Tx& tx) {
    EXPECT_EQ(change_endpoint(tx, kBooks, mine.id, {}, {}).refusal(), Refusal::unknown_endpoint);
    EXPECT_EQ(change_endpoint(tx, kBikes, mine.id, {}, 9).refusal(), Refusal::version_changed);
    EXPECT_EQ(remove_endpoint(tx, kBooks, mine.id).refusal(), Refusal::unknown_endpoint);
    EXPECT_EQ(rotate_secret(tx, kBooks, mine.id, "x").refusal(), Refusal::unknown_endpoint);
    EXPECT_EQ(send_test(tx, kBooks, mine.id).refusal(), Refusal::unknown_endpoint);
    EXPECT_EQ(replay(tx, kBooks, mine.id, {}).refusal(), Refusal::unknown_endpoint);
    EXPECT_TRUE(remove_endpoint(tx, kBikes, mine.id).ok());
    EXPECT_EQ(remove_endpoint(tx, kBikes, mine.id).refusal(), Refusal::removed);
    EXPECT_EQ(send_test(tx, kBikes, mine.id).refusal(), Refusal::removed);
    EXPECT_EQ(replay(tx, kBikes, mine.id, {}).refusal(), Refusal::not_active);
  });
  EXPECT_EQ(endpoints_of(*read(), kBikes).size(), kMostEndpoints - 1) << "removed ones are gone";
}

// An endpoint gets what its filter wants of its own merchant; the operator's gets everybody's.
TEST_P(Endpoints, GetTheirMerchantsEventsOnly) {
  const auto bikes = endpoint(wanted(kUrl, kBikes, {"order.*"}));
  const auto books = endpoint(wanted(kUrl, kBooks));
  const auto all = endpoint(wanted(kUrl, MerchantId{}, {"order.*", "shoppers.*"}));
  tell();
  const auto before = log(books.id).size();  // It is told of its own making.
  happens(1, kBikes);
  happens(2, kBooks);
  happens(3, kBikes, "payout.sent");
  happens(4, kBikes, "shoppers.grants_changed");
  EXPECT_EQ(log(bikes.id).size(), 1u);
  EXPECT_EQ(log(books.id).size(), before + 1);
  EXPECT_EQ(log(all.id).size(), 3u);
  expect_sound();
}

// A later event of an entity waits behind the earlier one; other entities do not wait.
TEST_P(Endpoints, QueuePerEntity) {
  const auto e = endpoint(wanted(kUrl, kBikes, {"order.*"}));
  happens(1);
  happens(1);
  happens(2);
  const auto rows = log(e.id);
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_FALSE(rows[2].behind);
  EXPECT_TRUE(rows[1].behind);
  EXPECT_FALSE(rows[0].behind);
  expect_sound();
}

// A disabled endpoint is sent nothing and forgets nothing: replay by time brings what it missed.
TEST_P(Endpoints, ReplayByIdAndTime) {
  const auto e = endpoint(wanted(kUrl, kBikes, {"order.*"}));
  write([&](storage::Tx& tx) {
    EXPECT_TRUE(change_endpoint(tx, kBikes, e.id,
                                {.url = {}, .types = {}, .description = {}, .enabled = false}, {})
                    .ok());
    EXPECT_EQ(send_test(tx, kBikes, e.id).refusal(), Refusal::not_active);
  });
  const Instant begin = store_.clock().now();
  for (int i = 0; i < 5; ++i) {
    store_.clock().advance(minutes(10));
    happens(i + 1);
    happens(i + 1, kBooks);
  }
  EXPECT_TRUE(log(e.id).empty());
  write([&](storage::Tx& tx) {
    EXPECT_TRUE(change_endpoint(tx, kBikes, e.id,
                                {.url = {}, .types = {}, .description = {}, .enabled = true}, {})
                    .ok());
  });
  const auto now = *find_endpoint(*read(), e.id);
  const auto found = find_events(*store_, now, begin + minutes(20), begin + minutes(41), {});
  EXPECT_EQ(found.events.size(), 3u);
  EXPECT_FALSE(found.next);
  const auto queued =
      write([&](storage::Tx& tx) { return replay(tx, kBikes, e.id, found.events); });
  EXPECT_EQ(*queued, 3);
  EXPECT_EQ(log(e.id).size(), 3u);
  const auto later = find_events(*store_, now, begin, begin + days(1),
                                 EventPlace{found.events[0].node, found.events[0].seq});
  EXPECT_EQ(later.events.size(), 3u) << "the two before it are left out";
  // Another merchant's event is none for this endpoint.
  auto foreign = store_->outbox().after(store_->outbox().node(), 0, 1000);
  std::erase_if(foreign,
                [](const auto& s) { return s.payload.find(to_text(kBooks)) == s.payload.npos; });
  ASSERT_FALSE(foreign.empty());
  const auto refused = write([&](storage::Tx& tx) { return replay(tx, kBikes, e.id, foreign); });
  EXPECT_EQ(refused.refusal(), Refusal::unknown_event);
  EXPECT_FALSE(find_event(*store_, {0, 99'999}));
  expect_sound();
}

// Ended deliveries are forgotten after their time, with their attempts; open ones never.
TEST_P(Endpoints, PurgeWhatHasEnded) {
  const auto e = endpoint(wanted(kUrl, kBikes, {"order.*"}));
  happens(1);
  write([&](storage::Tx& tx) { EXPECT_EQ(purge(tx, tx.now() + days(1)), 0); });
  write([&](storage::Tx& tx) { EXPECT_TRUE(remove_endpoint(tx, kBikes, e.id).ok()); });
  EXPECT_EQ(log(e.id)[0].state, DeliveryState::cancelled);
  write([&](storage::Tx& tx) { EXPECT_EQ(purge(tx, tx.now() + days(1)), 1); });
  EXPECT_TRUE(log(e.id).empty());
}

}  // namespace
}  // namespace fondaco::webhooks
