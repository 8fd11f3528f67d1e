#include "fixture.h"

#include <fondaco/payments.h>

#include <algorithm>
#include <thread>

namespace fondaco::orders {
namespace {

using ledger::AccountKind;
using storage::engine_name;
using storage::test_engines;

class RefundTest : public MarketTest {
 protected:
  /// An order for two bells at 10.00 and a lamp at 30.00 with standard shipping of 4.90.
  OrderId buy(const std::string& method = "wallet", const std::string& country = "DE",
              const std::string& token = "approve", PersonId person = {}) {
    if (!bell_) {
      bell_ = offer(bikes, bike_store, "BELL", 1'000, 50);
      lamp_ = offer(bikes, bike_store, "LAMP", 3'000, 50);
    }
    Purchase p = purchase({{"bikes", "BELL", {}, 2}, {"bikes", "LAMP", {}, 1}}, method, token);
    p.contact.country = country;
    if (person) p.person = person;
    const Outcome outcome = place(std::move(p));
    EXPECT_TRUE(outcome.ok());
    return outcome->orders.at(0).id;
  }
  void ship(OrderId order) {
    EXPECT_TRUE(
        act([&](storage::Tx& tx) { return aftersale->ship(tx, {order, "DHL", "1"}); }).ok());
  }
  void deliver(OrderId order) {
    for (const auto& parcel : logistics::shipments_of(*store->main().read(), order)) {
      EXPECT_TRUE(act([&](storage::Tx& tx) { return aftersale->deliver(tx, parcel.id); }).ok());
    }
  }
  Aftercome<Refund> open(NewRefund wanted) {
    return act([&](storage::Tx& tx) { return aftersale->open(tx, wanted); });
  }
  static NewRefund wanted(OrderId order, RefundKind kind, RefundReason reason,
                          std::vector<WantedRefund> lines = {}) {
    NewRefund out;
    out.order = order;
    out.kind = kind;
    out.reason = reason;
    out.lines = std::move(lines);
    return out;
  }
  Aftercome<Refund> agree(const Refund& r) {
    return act([&](storage::Tx& tx) { return aftersale->agree(tx, r.id, r.version, "", ""); });
  }
  Aftercome<Refund> refuse(const Refund& r) {
    return act([&](storage::Tx& tx) { return aftersale->refuse(tx, r.id, r.version, "no"); });
  }
  Aftercome<Refund> arrive(const Refund& r, bool intact, std::vector<ArrivedLine> lines = {}) {
    return act(
        [&](storage::Tx& tx) { return aftersale->arrive(tx, r.id, r.version, intact, lines, ""); });
  }
  Aftercome<Refund> send_back(const Refund& r) {
    return act(
        [&](storage::Tx& tx) { return aftersale->send_back(tx, r.id, r.version, "DHL", "2"); });
  }
  Aftercome<Refund> decide(const Refund& r, Decision decision) {
    return act([&](storage::Tx& tx) { return aftersale->decide(tx, r.id, decision); });
  }
  Refund now(RefundId id) { return *find_refund(*store->main().read(), id); }
  OrderState state(OrderId id) { return find_order(*store->main().read(), id)->state; }
  void confirm(OrderId id) {
    EXPECT_TRUE(act([&](storage::Tx& tx) { return aftersale->confirm(tx, id, {}); }).ok());
  }

  Aftercome<Refund> pay_again(RefundId id, bool to_wallet) {
    return act([&](storage::Tx& tx) { return aftersale->pay_again(tx, id, to_wallet); });
  }
  /// Providers answer on threads of their own.
  void wait_for(RefundId id, PayoutState state) {
    for (int i = 0; i < 500 && now(id).payout != state; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_EQ(now(id).payout, state);
  }
  /// Makes the provider believe that it has paid all of the order back.
  void spoil_refunds(OrderId id) {
    auto read = store->main().read();
    const auto order = find_order(read, id);
    const auto payment = payments::find(read, find_group(read, order->group)->payment);
    payments::Operation all;
    all.payment = payment->id;
    all.group = payment->group;
    all.provider = payment->provider;
    all.provider_ref = payment->provider_ref;
    all.type = payments::EventType::refund;
    all.number = 99;
    all.amount = payment->amount;
    provider->refund(all, [](const payments::ProviderResult&) {});
  }

  OfferId bell_, lamp_;
};
INSTANTIATE_TEST_SUITE_P(Engines, RefundTest, testing::ValuesIn(test_engines()),
                         [](const auto& p) { return engine_name(p.param); });

// Before anything is sent the seller agrees and all of it goes back, shipping too; units are free.
TEST_P(RefundTest, WholeOrderBeforeItIsSent) {
  const OrderId id = buy();
  const auto refund = open(wanted(id, RefundKind::refund_only, RefundReason::other));
  ASSERT_TRUE(refund.ok());
  EXPECT_EQ(refund->amount.minor, 5'490);
  EXPECT_EQ(wallet(), 100'000 - 5'490);
  ASSERT_TRUE(agree(*refund).ok());
  EXPECT_EQ(wallet(), 100'000);
  EXPECT_EQ(state(id), OrderState::refunded);
  EXPECT_EQ(level(bell_).reserved, 0);
  EXPECT_EQ(level(bell_).on_hand, 50);
  expect_books_agree();
}

// Two lines refunded one after the other before sending: the shipping goes back with the last one.
TEST_P(RefundTest, LineByLineBeforeItIsSent) {
  const OrderId id = buy();
  const auto first =
      open(wanted(id, RefundKind::refund_only, RefundReason::other, {{0, 1, {}, true}}));
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first->amount.minor, 1'000);
  pass(days(2) + seconds(1));  // The seller says nothing: he has agreed.
  EXPECT_EQ(now(first->id).state, RefundState::success);
  EXPECT_EQ(level(bell_).reserved, 1);
  NewRefund rest = wanted(id, RefundKind::refund_only, RefundReason::other);
  rest.side = Side::merchant;
  rest.lines = {{0, 1, {}, false}, {1, 1, {}, true}};
  const auto last = open(rest);
  ASSERT_TRUE(last.ok());
  EXPECT_EQ(last->state, RefundState::success);
  EXPECT_EQ(last->amount.minor, 1'000 + 3'000 + 490);
  EXPECT_EQ(wallet(), 100'000);
  EXPECT_EQ(level(bell_).on_hand, 49);  // One bell was written off.
  EXPECT_EQ(state(id), OrderState::refunded);
  expect_books_agree();
}

// Requirement M8: the buyer edits the amount while the seller approves what he saw before: the
// approval is refused, nothing is paid.
TEST_P(RefundTest, AnOldVersionIsNotApproved) {
  const OrderId id = buy();
  ship(id);
  const auto first =
      open(wanted(id, RefundKind::refund_only, RefundReason::damaged, {{1, 0, 500, true}}));
  ASSERT_TRUE(first.ok());
  const auto edited = act([&](storage::Tx& tx) {
    return aftersale->edit(
        tx, first->id, first->version,
        wanted(id, RefundKind::refund_only, RefundReason::damaged, {{1, 0, 700, true}}));
  });
  ASSERT_TRUE(edited.ok());
  EXPECT_EQ(agree(*first).refusal().reason, AftersaleRefusal::version_changed);
  EXPECT_EQ(wallet(), 100'000 - 5'490);
  ASSERT_TRUE(agree(*edited).ok());
  EXPECT_EQ(wallet(), 100'000 - 5'490 + 700);
  expect_books_agree();
}

// A refund after the release comes out of the seller's payable, with the commission at the rate
// that was charged; with nothing else earned it goes below zero.
TEST_P(RefundTest, AfterTheReleaseTheSellerPays) {
  const OrderId id = buy();
  ship(id);
  confirm(id);
  EXPECT_EQ(payable(bikes), 5'490 - 250);
  store->main().write([&](storage::Tx& tx) {  // Paid out meanwhile.
    ledger::Journal j;
    j.id = tx.next_id<JournalId>(bikes.shard());
    j.kind = ledger::Kind::payout;
    j.ref = bikes.value;
    j.currency = Currency::of("EUR");
    const auto from =
        accounts.resolve(tx, {AccountKind::merchant_payable, bikes.value, j.currency});
    const auto to = accounts.resolve(tx, {AccountKind::platform_cash, 0, j.currency});
    j.postings = {{from, -5'240}, {to, 5'240}};
    ledger::post(tx, {&j, 1});
  });
  const auto refund =
      open(wanted(id, RefundKind::refund_only, RefundReason::not_as_described, {{1, 1, {}, true}}));
  ASSERT_TRUE(refund.ok());
  EXPECT_TRUE(refund->after_release);
  ASSERT_TRUE(agree(*refund).ok());
  EXPECT_EQ(payable(bikes), -(3'000 - 150));
  EXPECT_EQ(balance(AccountKind::commission_revenue), 250 - 150);
  EXPECT_EQ(wallet(), 100'000 - 5'490 + 3'000);
  EXPECT_EQ(state(id), OrderState::finished);
  expect_books_agree();
}

// Never more than was paid for a line, and a line in a refund is in no second one.
TEST_P(RefundTest, Limits) {
  const OrderId id = buy();
  ship(id);
  const auto reason = [&](NewRefund r) { return open(std::move(r)).refusal().reason; };
  const auto only = RefundKind::refund_only;
  const auto damaged = RefundReason::damaged;
  EXPECT_EQ(reason(wanted(id, only, damaged, {{1, 1, 3'001, true}})), AftersaleRefusal::bad_amount);
  EXPECT_EQ(reason(wanted(id, only, damaged, {{1, 0, 0, true}})), AftersaleRefusal::bad_amount);
  EXPECT_EQ(reason(wanted(id, only, damaged, {{0, 3, {}, true}})), AftersaleRefusal::bad_quantity);
  EXPECT_EQ(reason(wanted(id, only, damaged, {{5, 1, {}, true}})), AftersaleRefusal::unknown_line);
  NewRefund freight = wanted(id, only, damaged);
  freight.shipping = 491;
  EXPECT_EQ(reason(freight), AftersaleRefusal::bad_amount);
  ASSERT_TRUE(open(wanted(id, only, damaged, {{0, 1, {}, true}})).ok());
  EXPECT_EQ(reason(wanted(id, only, damaged, {{0, 1, {}, true}})), AftersaleRefusal::in_refund);
  EXPECT_EQ(reason(wanted(OrderId{4711}, only, damaged)), AftersaleRefusal::unknown_order);
  expect_books_agree();
}

// Shipping alone goes back apart from the goods, once.
TEST_P(RefundTest, ShippingApart) {
  const OrderId id = buy();
  ship(id);
  NewRefund freight = wanted(id, RefundKind::refund_only, RefundReason::too_late);
  freight.side = Side::merchant;
  freight.shipping = 490;
  ASSERT_TRUE(open(freight).ok());
  EXPECT_EQ(wallet(), 100'000 - 5'000);
  EXPECT_EQ(open(freight).refusal().reason, AftersaleRefusal::bad_amount);
  confirm(id);
  EXPECT_EQ(payable(bikes), 5'000 - 250);
  expect_books_agree();
}

// Requirement M7: on the seventh day after receipt a return needs no reason, on the eighth it does.
TEST_P(RefundTest, SevenDaysInChina) {
  const OrderId id = buy("wallet", "CN");
  ship(id);
  deliver(id);
  confirm(id);  // Released: the right to send it back stays.
  const auto attempt = [&] {
    return open(wanted(id, RefundKind::return_goods, RefundReason::no_reason, {{1, 1, {}, true}}));
  };
  pass(days(8));
  EXPECT_EQ(attempt().refusal().reason, AftersaleRefusal::reason_needed);
  const OrderId other = buy("wallet", "CN");
  ship(other);
  deliver(other);
  pass(days(7));
  const auto refund =
      open(wanted(other, RefundKind::return_goods, RefundReason::no_reason, {{1, 1, {}, true}}));
  ASSERT_TRUE(refund.ok());
  EXPECT_EQ(refund->state, RefundState::wait_return);  // Nobody had to agree.
  EXPECT_EQ(
      open(wanted(other, RefundKind::refund_only, RefundReason::no_reason, {{0, 1, {}, true}}))
          .refusal()
          .reason,
      AftersaleRefusal::reason_needed);
  expect_books_agree();
}

// Requirement M7, goods: what is fresh does not go back and the rule is named; what goes back only
// by choice does so unless the buyer had confirmed at the purchase that it does not.
TEST_P(RefundTest, GoodsThatDoNotGoBack) {
  const auto goods = [&](const std::string& sku, const std::string& returns) {
    const OfferId id = offer(bikes, bike_store, sku, 500, 9);
    store->main().write([&](storage::Tx& tx) {
      auto product = *catalog::product(tx, marketplace::find_offer(tx, id)->product);
      product.attributes["returns"] = returns;
      EXPECT_TRUE(catalog::save_product(tx, product).ok());
    });
  };
  goods("FISH", "fresh");
  goods("LENS", "opt_in");
  store->outbox().drain();
  const auto attempt = [&](const std::string& sku, bool confirmed) {
    Purchase p = purchase({{"bikes", sku, {}, 1, confirmed}});
    p.contact.country = "CN";
    const Outcome outcome = place(std::move(p));
    EXPECT_TRUE(outcome.ok());
    const OrderId id = outcome->orders.at(0).id;
    ship(id);
    deliver(id);
    return open(wanted(id, RefundKind::return_goods, RefundReason::no_reason));
  };
  const auto fish = attempt("FISH", false);
  EXPECT_EQ(fish.refusal().reason, AftersaleRefusal::not_returnable);
  EXPECT_EQ(fish.refusal().what, "CN Consumer Protection Law art. 25 (2)");
  EXPECT_TRUE(attempt("LENS", false).ok());
  EXPECT_EQ(attempt("LENS", true).refusal().reason, AftersaleRefusal::not_returnable);
  expect_books_agree();
}

// Goods on their way back arrive intact: money to the buyer, units on the shelf or written off.
TEST_P(RefundTest, ReturnedGoods) {
  const OrderId id = buy();
  ship(id);
  deliver(id);
  const auto asked = open(wanted(id, RefundKind::return_goods, RefundReason::wrong_item,
                                 {{0, 2, {}, true}, {1, 1, {}, true}}));
  ASSERT_TRUE(asked.ok());
  EXPECT_EQ(asked->state, RefundState::wait_seller_agree);
  const auto agreed = agree(*asked);
  ASSERT_TRUE(agreed.ok());
  EXPECT_EQ(agreed->state, RefundState::wait_return);
  const auto sent = send_back(*agreed);
  ASSERT_TRUE(sent.ok());
  EXPECT_EQ(sent->state, RefundState::wait_seller_receive);
  EXPECT_EQ(level(bell_).on_hand, 48);
  EXPECT_EQ(arrive(*sent, true, {{4, true, {}}}).refusal().reason, AftersaleRefusal::unknown_line);
  const auto done = arrive(*sent, true, {{1, false, {}}});
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(done->state, RefundState::success);
  EXPECT_EQ(level(bell_).on_hand, 50);
  EXPECT_EQ(level(lamp_).on_hand, 49);
  EXPECT_EQ(wallet(), 100'000 - 490);  // The shipping is the seller's.
  EXPECT_EQ(payable(bikes), 490);
  EXPECT_EQ(state(id), OrderState::finished);
  expect_books_agree();
}

// Not intact: the platform decides, here on half of it.
TEST_P(RefundTest, ArbitrationOfABrokenReturn) {
  const OrderId id = buy();
  ship(id);
  deliver(id);
  auto r = open(wanted(id, RefundKind::return_goods, RefundReason::no_reason, {{1, 1, {}, true}}));
  ASSERT_TRUE(r.ok());
  r = send_back(*r);
  ASSERT_TRUE(r.ok());
  r = arrive(*r, false);
  ASSERT_TRUE(r.ok());
  EXPECT_EQ(r->state, RefundState::arbitration);
  EXPECT_EQ(refunds_in_arbitration(*store->main().read(), {}, 10).size(), 1U);
  EXPECT_EQ(decide(*r, {true, 3'001, ""}).refusal().reason, AftersaleRefusal::bad_amount);
  r = decide(*r, {true, 1'500, ""});
  ASSERT_TRUE(r.ok());
  EXPECT_EQ(wallet(), 100'000 - 5'490 + 1'500);
  expect_books_agree();
}

// Refused, the buyer asks the platform, which says no: the line's time goes on.
TEST_P(RefundTest, RefusedAndAppealed) {
  const OrderId id = buy();
  ship(id);
  auto r = open(wanted(id, RefundKind::refund_only, RefundReason::damaged));
  ASSERT_TRUE(r.ok());
  r = refuse(*r);
  ASSERT_TRUE(r.ok());
  EXPECT_EQ(r->state, RefundState::seller_refused);
  EXPECT_EQ(refuse(*r).refusal().reason, AftersaleRefusal::wrong_state);
  r = act([&](storage::Tx& tx) { return aftersale->appeal(tx, r->id, r->version, ""); });
  ASSERT_TRUE(r.ok());
  r = decide(*r, {false, {}, ""});
  ASSERT_TRUE(r.ok());
  EXPECT_EQ(r->state, RefundState::closed);
  pass(days(10) + seconds(1));
  EXPECT_EQ(state(id), OrderState::finished);
  EXPECT_EQ(payable(bikes), 5'490 - 250);
  expect_books_agree();
}

// Silence: a refused buyer who says nothing has closed it, and so has one who sends nothing back.
TEST_P(RefundTest, SilenceCloses) {
  const OrderId id = buy();
  ship(id);
  auto r = open(wanted(id, RefundKind::refund_only, RefundReason::damaged, {{1, 1, {}, true}}));
  ASSERT_TRUE(refuse(*r).ok());
  pass(days(7) + seconds(1));
  EXPECT_EQ(now(r->id).state, RefundState::closed);
  r = open(wanted(id, RefundKind::return_goods, RefundReason::damaged, {{1, 1, {}, true}}));
  ASSERT_TRUE(agree(*r).ok());
  pass(days(7) + seconds(1));
  EXPECT_EQ(now(r->id).state, RefundState::closed);
  expect_books_agree();
}

// The withdrawal function of the Union: no agreement, all of it and the shipping; money comes with
// the proof of sending and the fortnight, whatever the seller does.
TEST_P(RefundTest, Withdrawal) {
  const OrderId id = buy();
  ship(id);
  deliver(id);
  auto r = act([&](storage::Tx& tx) { return aftersale->withdraw(tx, id, {}); });
  ASSERT_TRUE(r.ok());
  EXPECT_EQ(r->state, RefundState::wait_return);
  EXPECT_EQ(r->amount.minor, 5'490);
  pass(days(5));
  r = send_back(*r);
  ASSERT_TRUE(r.ok());
  EXPECT_EQ(r->due, r->opened_at + days(14));
  pass(days(9) + seconds(1));
  EXPECT_EQ(wallet(), 100'000);
  EXPECT_EQ(state(id), OrderState::refunded);
  const OrderId unsent = buy();
  const auto at_once = act([&](storage::Tx& tx) { return aftersale->withdraw(tx, unsent, {}); });
  ASSERT_TRUE(at_once.ok());
  EXPECT_EQ(at_once->state, RefundState::success);
  const OrderId abroad = buy("wallet", "CN");
  const auto refused = act([&](storage::Tx& tx) { return aftersale->withdraw(tx, abroad, {}); });
  EXPECT_EQ(refused.refusal().reason, AftersaleRefusal::no_withdrawal);
  expect_books_agree();
}

// An exchange: the goods come back, others leave, no money moves; then the time begins again.
TEST_P(RefundTest, Exchange) {
  const OrderId id = buy();
  ship(id);
  deliver(id);
  auto r = open(wanted(id, RefundKind::exchange, RefundReason::damaged, {{1, 1, {}, true}}));
  ASSERT_TRUE(r.ok());
  EXPECT_EQ(r->amount.minor, 0);
  r = agree(*r);
  r = send_back(*r);
  r = arrive(*r, true);
  ASSERT_TRUE(r.ok());
  EXPECT_EQ(r->state, RefundState::wait_reship);
  EXPECT_EQ(level(lamp_).on_hand, 50);
  ASSERT_TRUE(act([&](storage::Tx& tx) {
                return aftersale->ship_replacement(tx, r->id, "DHL", "3");
              }).ok());
  EXPECT_EQ(level(lamp_).on_hand, 49);
  EXPECT_EQ(now(r->id).state, RefundState::success);
  EXPECT_EQ(wallet(), 100'000 - 5'490);
  pass(days(10) + seconds(1));
  EXPECT_EQ(state(id), OrderState::finished);
  expect_books_agree();
}

// An exchange for something cheaper gives the difference back; for something dearer it is refused.
TEST_P(RefundTest, ExchangeWithDifference) {
  const OrderId id = buy();
  ship(id);
  const auto variant_of = [&](OfferId o) {
    return marketplace::find_offer(*store->main().read(), o)->variant;
  };
  NewRefund dearer = wanted(id, RefundKind::exchange, RefundReason::wrong_item, {{0, 1, {}, true}});
  dearer.variant = variant_of(lamp_);
  EXPECT_EQ(open(dearer).refusal().reason, AftersaleRefusal::dearer);
  dearer.variant = VariantId{17};
  EXPECT_EQ(open(dearer).refusal().reason, AftersaleRefusal::unknown_variant);
  NewRefund cheaper =
      wanted(id, RefundKind::exchange, RefundReason::wrong_item, {{1, 1, {}, true}});
  cheaper.variant = variant_of(bell_);
  auto r = open(cheaper);
  ASSERT_TRUE(r.ok());
  EXPECT_EQ(r->amount.minor, 2'000);
  r = agree(*r);
  r = arrive(*r, true);
  ASSERT_TRUE(r.ok());
  ASSERT_TRUE(act([&](storage::Tx& tx) {
                return aftersale->ship_replacement(tx, r->id, "DHL", "3");
              }).ok());
  EXPECT_EQ(wallet(), 100'000 - 5'490 + 2'000);
  EXPECT_EQ(level(bell_).on_hand, 47);
  expect_books_agree();
}

// A claim is sent again; a seller who does not is answered by the platform, with money.
TEST_P(RefundTest, Claim) {
  const OrderId id = buy();
  ship(id);
  auto r = open(wanted(id, RefundKind::reship, RefundReason::missing, {{1, 1, {}, true}}));
  ASSERT_TRUE(r.ok());
  EXPECT_EQ(act([&](storage::Tx& tx) { return aftersale->ship_replacement(tx, r->id, "DHL", "3"); })
                .refusal()
                .reason,
            AftersaleRefusal::wrong_state);
  r = agree(*r);
  ASSERT_TRUE(r.ok());
  EXPECT_EQ(r->state, RefundState::wait_reship);
  const StockId lamps = level(lamp_).id;
  store->main().write(
      [&](storage::Tx& tx) { EXPECT_TRUE(inventory::count(tx, lamps, 0, &availability).ok()); });
  EXPECT_EQ(act([&](storage::Tx& tx) { return aftersale->ship_replacement(tx, r->id, "DHL", "3"); })
                .refusal()
                .reason,
            AftersaleRefusal::not_enough_stock);
  pass(days(7) + seconds(1));
  EXPECT_EQ(now(r->id).state, RefundState::arbitration);
  ASSERT_TRUE(decide(now(r->id), {true, {}, ""}).ok());
  EXPECT_EQ(wallet(), 100'000 - 5'490 + 3'000);
  expect_books_agree();
}

// A provider pays back after the commit; the money waits in clearing until it says so.
TEST_P(RefundTest, AProviderPaysBack) {
  const OrderId id = buy("test");
  NewRefund all = wanted(id, RefundKind::refund_only, RefundReason::other);
  all.side = Side::merchant;
  const auto r = open(all);
  ASSERT_TRUE(r.ok());
  wait_for(r->id, PayoutState::done);
  EXPECT_EQ(balance(AccountKind::refund_clearing), 0);
  EXPECT_EQ(balance(AccountKind::provider_receivable), 0);
  EXPECT_EQ(pay_again(r->id, false).refusal().reason, AftersaleRefusal::payout_not_failed);
  expect_books_agree();
}

// A provider that cannot pay back is asked again a few times by itself, then by somebody; at last
// the money goes into the buyer's wallet. Meanwhile it lies in clearing and every ledger agrees.
TEST_P(RefundTest, AProviderThatFails) {
  const OrderId id = buy("test", "DE", "approve", anna);
  spoil_refunds(id);
  NewRefund all = wanted(id, RefundKind::refund_only, RefundReason::other);
  all.side = Side::merchant;
  const auto r = open(all);
  ASSERT_TRUE(r.ok());
  wait_for(r->id, PayoutState::failed);
  EXPECT_EQ(balance(AccountKind::refund_clearing), 5'490);
  expect_books_agree();
  for (std::int64_t tries = 2; tries <= 5; ++tries) {
    pass(days(3));
    wait_for(r->id, PayoutState::failed);
    EXPECT_EQ(now(r->id).payout_tries, tries);
  }
  pass(days(30));
  EXPECT_EQ(now(r->id).payout_tries, 5);
  ASSERT_TRUE(pay_again(r->id, false).ok());
  wait_for(r->id, PayoutState::failed);
  ASSERT_TRUE(pay_again(r->id, true).ok());
  EXPECT_EQ(now(r->id).payout, PayoutState::to_wallet);
  EXPECT_EQ(wallet(), 105'490);
  EXPECT_EQ(balance(AccountKind::refund_clearing), 0);
  expect_books_agree();
}

// A guest has no wallet for what his provider cannot pay back.
TEST_P(RefundTest, AGuestHasNoWallet) {
  const OrderId id = buy("test");
  spoil_refunds(id);
  ASSERT_TRUE(act([&](storage::Tx& tx) { return checkout->cancel(tx, id); }).ok());
  const RefundId refund = refunds_of(*store->main().read(), id).at(0).id;
  wait_for(refund, PayoutState::failed);
  EXPECT_EQ(pay_again(refund, true).refusal().reason, AftersaleRefusal::no_wallet);
  expect_books_agree();
}

// Who is not there is told so.
TEST_P(RefundTest, UnknownRefunds) {
  Refund nobody;
  nobody.id = RefundId{4711};
  EXPECT_EQ(agree(nobody).refusal().reason, AftersaleRefusal::unknown_refund);
  EXPECT_EQ(pay_again(nobody.id, true).refusal().reason, AftersaleRefusal::unknown_refund);
}

}  // namespace
}  // namespace fondaco::orders
