#include "fixture.h"

#include <fondaco/base/json.h>
#include <fondaco/base/text.h>
#include <fondaco/events/orders.h>

#include <algorithm>

namespace fondaco::orders {
namespace {

using storage::engine_name;
using storage::test_engines;

class CheckoutTest : public MarketTest {
 protected:
  Refusal refused(Purchase p) {
    const Outcome outcome = place(std::move(p));
    EXPECT_FALSE(outcome.ok());
    return outcome.ok() ? Refusal::unavailable : outcome.refusal().reason;
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, CheckoutTest, testing::ValuesIn(test_engines()),
                         [](const auto& p) { return engine_name(p.param); });

// A wallet pays two merchants at once: two orders, one total, units promised, money in escrow.
TEST_P(CheckoutTest, WalletPaysTwoMerchantsInOneTransaction) {
  const OfferId bike = offer(bikes, bike_store, "B-1", 20'000, 5);
  const OfferId phone = offer(phones, phone_store, "P-1", 30'000, 5);
  const Outcome outcome = place(purchase({{"bikes", "B-1", {}, 2}, {"phones", "P-1", {}, 1}}));
  ASSERT_TRUE(outcome.ok()) << static_cast<int>(outcome.refusal().reason);
  ASSERT_EQ(outcome->orders.size(), 2U);
  EXPECT_EQ(outcome->group.state, OrderState::paid);
  EXPECT_EQ(outcome->group.total.minor, 20'000 * 2 + 490 + 30'000 + 490);
  EXPECT_EQ(wallet(), 100'000 - outcome->group.total.minor);
  EXPECT_EQ(level(bike).reserved, 2);
  EXPECT_EQ(level(phone).available(), 4);
  EXPECT_EQ(order(outcome, 0).commission, 2'000);
  EXPECT_EQ(order(outcome, 0).tax, 6'387 + 78);
  expect_books_agree();
}

// Four hundred buyers at once for a hundred units: a hundred orders, three hundred clear refusals.
TEST_P(CheckoutTest, ARushSellsExactlyWhatIsThere) {
  offer(bikes, bike_store, "RUSH", 100, 100);
  std::atomic<int> sold{0}, refused_as_sold_out{0}, other{0};
  std::vector<std::thread> buyers;
  for (int t = 0; t < 4; ++t) {
    buyers.emplace_back([&] {
      for (int i = 0; i < 100; ++i) {
        const Outcome outcome = place(purchase({{"bikes", "RUSH", {}, 1}}, "test"));
        if (outcome.ok()) {
          ++sold;
        } else if (outcome.refusal().reason == Refusal::sold_out) {
          ++refused_as_sold_out;
        } else {
          ++other;
        }
      }
    });
  }
  for (auto& b : buyers) b.join();
  EXPECT_EQ(sold, 100);
  EXPECT_EQ(refused_as_sold_out, 300);
  EXPECT_EQ(other, 0);
  expect_books_agree();
}

// One line that is sold out refuses the whole basket and leaves no trace of the other.
TEST_P(CheckoutTest, ABasketIsAllOrNothing) {
  const OfferId there = offer(bikes, bike_store, "THERE", 100, 5);
  offer(phones, phone_store, "GONE", 100, 1);
  const Outcome outcome = place(purchase({{"bikes", "THERE", {}, 2}, {"phones", "GONE", {}, 2}}));
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.refusal().reason, Refusal::sold_out);
  EXPECT_EQ(outcome.refusal().what, "GONE");
  EXPECT_EQ(outcome.refusal().wanted, 2);
  EXPECT_EQ(outcome.refusal().available, 1);
  EXPECT_EQ(level(there).reserved, 0);
  EXPECT_EQ(wallet(), 100'000);
  expect_books_agree();
}

// The same key and body give the first answer again; another body is refused.
TEST_P(CheckoutTest, KeysAreIdempotent) {
  const OfferId bike = offer(bikes, bike_store, "B-1", 1000, 5);
  Purchase p = purchase({{"bikes", "B-1", {}, 1}});
  p.key = "key-1";
  p.body = "body";
  const Outcome first = place(p);
  const Outcome again = place(p);
  ASSERT_TRUE(first.ok() && again.ok());
  EXPECT_FALSE(first->replayed);
  EXPECT_TRUE(again->replayed);
  EXPECT_EQ(first->group.id, again->group.id);
  EXPECT_EQ(level(bike).reserved, 1);
  p.body = "another";
  EXPECT_EQ(refused(p), Refusal::key_reused);
  // A refusal that changed nothing is judged again: the key is free for a better try.
  Purchase later = purchase({{"bikes", "B-1", {}, 9}});
  later.key = "key-2";
  later.body = "body";
  EXPECT_EQ(refused(later), Refusal::sold_out);
  later.lines[0].quantity = 2;
  later.body = "smaller";
  EXPECT_TRUE(place(later).ok());
  expect_books_agree();
}

// Keys are known after a restart, from the rows alone.
TEST_P(CheckoutTest, KeysSurviveARestart) {
  offer(bikes, bike_store, "B-1", 1000, 5);
  Purchase p = purchase({{"bikes", "B-1", {}, 1}});
  p.key = "key-1";
  p.body = "body";
  const Outcome first = place(p);
  ASSERT_TRUE(first.ok());
  checkout = std::make_unique<Checkout>(
      Checkout::Parts{*store, offers, fees, availability, accounts, people->keyring(), providers});
  checkout->wire();
  const Outcome again = place(p);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(first->group.id, again->group.id);
}

// Every refusal that needs no special state has an input that triggers it.
TEST_P(CheckoutTest, RefusalsNameWhatIsWrong) {
  offer(bikes, bike_store, "B-1", 1000, 5);
  const auto line = [](std::string merchant, std::string sku, std::int64_t n) {
    return std::vector<WantedLine>{{std::move(merchant), std::move(sku), {}, n}};
  };
  EXPECT_EQ(refused(purchase(line("bikes", "NONE", 1))), Refusal::unknown_sku);
  EXPECT_EQ(refused(purchase(line("nobody", "B-1", 1))), Refusal::unknown_merchant);
  EXPECT_EQ(refused(purchase(line("bikes", "B-1", 0))), Refusal::bad_quantity);
  EXPECT_EQ(refused(purchase({})), Refusal::too_many_lines);
  EXPECT_EQ(refused(purchase(line("bikes", "B-1", 1), "cash")), Refusal::unknown_method);
  Purchase p = purchase(line("bikes", "B-1", 1));
  p.contact.country = "AQ";
  EXPECT_EQ(refused(p), Refusal::not_deliverable);
  p = purchase(line("bikes", "B-1", 1));
  p.shipping = "catapult";
  EXPECT_EQ(refused(p), Refusal::unknown_shipping);
  p = purchase(line("bikes", "B-1", 1));
  p.promotions = {"FREE"};
  EXPECT_EQ(refused(p), Refusal::unknown_promotion);
  p = purchase(line("bikes", "B-1", 1));
  p.person = {};
  EXPECT_EQ(refused(p), Refusal::sign_in_needed);
  p = purchase(line("bikes", "B-1", 1));
  p.currency = Currency::of("JPY");
  p.method = "test";
  EXPECT_EQ(refused(p), Refusal::currency_not_offered);
  p = purchase(line("bikes", "B-1", 1));
  p.expected_total = Money{1, Currency::of("EUR")};
  const Outcome drifted = place(p);
  ASSERT_FALSE(drifted.ok());
  EXPECT_EQ(drifted.refusal().reason, Refusal::total_drifted);
  EXPECT_EQ(drifted.refusal().actual->minor, 1490);
  offer(bikes, bike_store, "DEAR", 90'000'000, 5);
  EXPECT_EQ(refused(purchase(line("bikes", "DEAR", 1))), Refusal::wallet_short);
  expect_books_agree();
}

// A provider that approves, declines, is slow, repeats itself or asks the shopper: the books
// agree in each case and units of failed orders are free again.
TEST_P(CheckoutTest, ProviderOutcomes) {
  const OfferId bike = offer(bikes, bike_store, "B-1", 1000, 50);
  const auto buy = [&](std::string token) {
    return place(purchase({{"bikes", "B-1", {}, 1}}, "test", std::move(token)));
  };
  const Outcome approved = buy("approve");
  ASSERT_TRUE(approved.ok());
  EXPECT_EQ(approved->group.state, OrderState::paid);
  EXPECT_EQ(order(approved).state, OrderState::paid);

  const Outcome declined = buy("decline");
  ASSERT_FALSE(declined.ok());
  EXPECT_EQ(declined.refusal().reason, Refusal::payment_declined);
  EXPECT_EQ(declined.refusal().what, "card_declined");
  EXPECT_EQ(level(bike).reserved, 1);

  const Outcome late = buy("late");
  ASSERT_TRUE(late.ok());
  EXPECT_EQ(order(late).state, OrderState::pending_payment);
  store.clock().advance(seconds(5));
  provider->drain();
  EXPECT_EQ(order(late).state, OrderState::paid);

  const Outcome asked = buy("3ds");
  ASSERT_TRUE(asked.ok());
  EXPECT_FALSE(asked->group.action.empty());
  const std::string ref = payments::find(*store->main().read(), asked->group.payment)->provider_ref;
  ASSERT_TRUE(provider->complete_action(ref, true).ok());
  provider->drain();
  EXPECT_EQ(order(asked).state, OrderState::paid);

  for (const auto* token : {"duplicate", "out_of_order"}) {
    const Outcome outcome = buy(token);
    ASSERT_TRUE(outcome.ok());
    store.clock().advance(seconds(5));
    provider->drain();
    EXPECT_EQ(order(outcome).state, OrderState::paid) << token;
  }
  expect_books_agree();
}

// A lost webhook is found by asking the provider.
TEST_P(CheckoutTest, LostWebhookIsReconciled) {
  offer(bikes, bike_store, "B-1", 1000, 5);
  const Outcome lost = place(purchase({{"bikes", "B-1", {}, 1}}, "test", "lost"));
  ASSERT_TRUE(lost.ok());
  EXPECT_EQ(order(lost).state, OrderState::pending_payment);
  store.clock().advance(minutes(1));
  checkout->settle_refunds();
  EXPECT_EQ(order(lost).state, OrderState::paid);
  expect_books_agree();
}

// Who does not pay in time loses his claim; if the money comes after that, it goes back.
TEST_P(CheckoutTest, UnpaidOrdersExpire) {
  const OfferId bike = offer(bikes, bike_store, "B-1", 1000, 5);
  const Outcome asked = place(purchase({{"bikes", "B-1", {}, 2}}, "test", "3ds"));
  ASSERT_TRUE(asked.ok());
  EXPECT_EQ(level(bike).reserved, 2);
  store.clock().advance(kPaymentTime);
  store->timers().run_due();
  EXPECT_EQ(order(asked).state, OrderState::expired);
  EXPECT_EQ(level(bike).reserved, 0);
  const std::string ref = payments::find(*store->main().read(), asked->group.payment)->provider_ref;
  ASSERT_TRUE(provider->complete_action(ref, true).ok());
  provider->drain();
  checkout->settle_refunds();
  store.clock().advance(minutes(1));
  checkout->settle_refunds();
  const auto payment = payments::find(*store->main().read(), asked->group.payment);
  EXPECT_EQ(payment->state, payments::PaymentState::refunded);
  expect_books_agree();
}

// Cancelling gives units and money back, to the wallet at once, through the provider afterwards.
TEST_P(CheckoutTest, CancelReturnsUnitsAndMoney) {
  const OfferId bike = offer(bikes, bike_store, "B-1", 1000, 5);
  const auto cancel = [&](const Outcome& o) {
    return store->main().write(
        [&](storage::Tx& tx) { return checkout->cancel(tx, o->orders[0].id); });
  };
  const Outcome by_wallet = place(purchase({{"bikes", "B-1", {}, 1}}));
  ASSERT_TRUE(cancel(by_wallet).ok());
  EXPECT_EQ(wallet(), 100'000);
  const Outcome by_card = place(purchase({{"bikes", "B-1", {}, 1}}, "test"));
  ASSERT_TRUE(cancel(by_card).ok());
  store.clock().advance(minutes(1));
  checkout->settle_refunds();
  EXPECT_EQ(payments::find(*store->main().read(), by_card->group.payment)->state,
            payments::PaymentState::refunded);
  EXPECT_EQ(level(bike).reserved, 0);
  const auto twice = cancel(by_card);
  ASSERT_FALSE(twice.ok());
  EXPECT_EQ(twice.refusal(), CancelRefusal::not_cancellable);
  const auto unknown =
      store->main().write([&](storage::Tx& tx) { return checkout->cancel(tx, OrderId{12345}); });
  EXPECT_EQ(unknown.refusal(), CancelRefusal::unknown_order);
  expect_books_agree();
}

// Goods that are deducted at payment: two may ask for the last one, the first payer gets it, the
// second his money back.
TEST_P(CheckoutTest, DeductOnPaymentGivesTheLastUnitToTheFirstPayer) {
  const OfferId bike = offer(bikes, bike_store, "LATE", 1000, 1, true);
  const Outcome a = place(purchase({{"bikes", "LATE", {}, 1}}, "test", "3ds"));
  const Outcome b = place(purchase({{"bikes", "LATE", {}, 1}}, "test", "3ds"));
  ASSERT_TRUE(a.ok() && b.ok());
  EXPECT_EQ(level(bike).reserved, 0);
  for (const auto* outcome : {&b, &a}) {
    const std::string ref =
        payments::find(*store->main().read(), (*outcome)->group.payment)->provider_ref;
    ASSERT_TRUE(provider->complete_action(ref, true).ok());
    provider->drain();
  }
  EXPECT_EQ(order(b).state, OrderState::paid);
  EXPECT_EQ(order(a).state, OrderState::cancelled);
  EXPECT_EQ(level(bike).reserved, 1);
  store.clock().advance(minutes(1));
  checkout->settle_refunds();
  EXPECT_EQ(payments::find(*store->main().read(), a->group.payment)->state,
            payments::PaymentState::refunded);
  expect_books_agree();
}

// The order can be rebuilt from its event alone, the sealed contact included.
TEST_P(CheckoutTest, TheEventRebuildsTheOrder) {
  offer(bikes, bike_store, "B-1", 1000, 5);
  const Outcome outcome = place(purchase({{"bikes", "B-1", {}, 3}}));
  ASSERT_TRUE(outcome.ok());
  const Order row = order(outcome);
  const auto stored = store->outbox().after(store->outbox().node(), 0, 1000);
  const auto found = std::find_if(stored.begin(), stored.end(), [&](const auto& e) {
    return e.type == events::OrderPlaced::kType && e.entity == row.id.value;
  });
  ASSERT_NE(found, stored.end());
  EXPECT_EQ(found->payload.find("Anna"), std::string::npos);
  const auto e = read_json<events::OrderPlaced>(found->payload);
  ASSERT_TRUE(e.ok()) << e.refusal().pointer;
  EXPECT_EQ(e->order, row.id);
  EXPECT_EQ(e->group, row.group);
  EXPECT_EQ(e->merchant, row.merchant);
  EXPECT_EQ(e->person, row.person);
  EXPECT_EQ(e->state, static_cast<std::int64_t>(row.state));
  EXPECT_EQ(e->items, row.items);
  EXPECT_EQ(e->shipping, row.shipping);
  EXPECT_EQ(e->tax, row.tax);
  EXPECT_EQ(e->total, row.total);
  EXPECT_EQ(e->commission, row.commission);
  EXPECT_EQ(e->country, row.country);
  EXPECT_EQ(e->key, row.key);
  EXPECT_EQ(e->contact, to_base64(row.contact));
  EXPECT_EQ(e->placed_at, row.placed_at.us);
  const auto lines = read_json<std::vector<Line>>(e->lines.text);
  ASSERT_TRUE(lines.ok());
  EXPECT_EQ(json_of(*lines), json_of(row.lines));
  EXPECT_EQ(checkout->contact_of(row)->city, "Berlin");
  const auto told = products_told(found->payload);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].value, row.lines[0].product);
}

// The lists of a person and of a merchant follow from events, newest first.
TEST_P(CheckoutTest, ListsFollow) {
  offer(bikes, bike_store, "B-1", 1000, 50);
  std::vector<OrderId> placed;
  for (int i = 0; i < 5; ++i) {
    placed.push_back(place(purchase({{"bikes", "B-1", {}, 1}}))->orders[0].id);
  }
  store->outbox().drain();
  auto derived = store->derived().read();
  const auto newest = order_ids_of_merchant(derived, bikes, {}, 3);
  ASSERT_EQ(newest.size(), 3U);
  EXPECT_EQ(newest[0], placed[4]);
  const auto rest = order_ids_of_person(derived, anna, newest[2], 10);
  ASSERT_EQ(rest.size(), 2U);
  EXPECT_EQ(rest[1], placed[0]);
}

// A price that changed a moment ago is the price that is paid, however warm the caches are.
TEST_P(CheckoutTest, TheWriterKnowsThePrice) {
  const OfferId bike = offer(bikes, bike_store, "B-1", 1000, 50);
  ASSERT_TRUE(place(purchase({{"bikes", "B-1", {}, 1}})).ok());
  store->main().write([&](storage::Tx& tx) {
    ASSERT_TRUE(marketplace::set_price(tx, bike, {2000, Currency::of("EUR")}).ok());
  });
  EXPECT_EQ(place(purchase({{"bikes", "B-1", {}, 1}}))->group.total.minor, 2490);
}

}  // namespace
}  // namespace fondaco::orders
