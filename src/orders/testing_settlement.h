// The market of fixture.h with rails, plans and releases, for the tests of settlement. Tests only.
#pragma once

#include "fixture.h"

#include <fondaco/base/json.h>
#include <fondaco/events/orders.h>
#include <fondaco/events/settlement.h>
#include <fondaco/ledger/seller.h>
#include <fondaco/orders/chargebacks.h>
#include <fondaco/orders/commission_invoices.h>
#include <fondaco/orders/payouts.h>
#include <fondaco/orders/settlement.h>
#include <fondaco/storage/publish.h>

namespace fondaco::orders {

inline const Currency kEur = Currency::of("EUR");

class SettlementTest : public MarketTest {
 protected:
  SettlementTest() {
    auto test = std::make_unique<payments::TestRail>();
    rail = test.get();
    rails.add(std::move(test));
    rails.add(std::make_unique<payments::BankRail>());
    set(kPlatformCountry, "DE");
  }
  /// What a release leaves: escrow to the merchant.
  void release(MerchantId merchant, std::int64_t net) {
    store->main().write([&](storage::Tx& tx) {
      const OrderId order = tx.next_id<OrderId>(merchant.shard());
      const auto at = [&](ledger::AccountKind kind, std::int64_t owner) {
        return accounts.resolve(tx, ledger::AccountRef{kind, owner, kEur});
      };
      const ledger::Journal j{tx.next_id<JournalId>(merchant.shard()),
                              ledger::Kind::release,
                              order.value,
                              kEur,
                              {{at(ledger::AccountKind::provider_receivable, 0), -net},
                               {at(ledger::AccountKind::merchant_payable, merchant.value), net}}};
      ledger::post(tx, {&j, 1});
      const Released released{merchant, {net, kEur}};
      set_aside(tx, accounts, {&released, 1});
    });
  }
  /// A sale of `gross` that is paid, and released with what the platform takes; told as orders do.
  OrderId sell(MerchantId merchant, std::int64_t gross, std::int64_t commission, std::int64_t fee) {
    const OrderId order = store->ids().next<OrderId>(merchant.shard());
    post(order, ledger::Kind::payment,
         {{{ledger::AccountKind::provider_receivable, 0, kEur}, -gross},
          {{ledger::AccountKind::escrow, merchant.value, kEur}, gross}});
    post(order, ledger::Kind::release,
         {{{ledger::AccountKind::escrow, merchant.value, kEur}, -gross},
          {{ledger::AccountKind::merchant_payable, merchant.value, kEur}, gross - commission - fee},
          {{ledger::AccountKind::commission_revenue, 0, kEur}, commission},
          {{ledger::AccountKind::payment_fee_revenue, 0, kEur}, fee}});
    store->main().write([&](storage::Tx& tx) {
      events::OrderReleased e;
      e.order = order;
      e.merchant = merchant;
      e.to_merchant = {gross - commission - fee, kEur};
      e.commission = {commission, kEur};
      e.payment_fee = {fee, kEur};
      storage::publish(tx, order.value, 1, e);
    });
    store->outbox().drain();
    return order;
  }
  /// A refund after release: what the platform took of it goes back to the merchant.
  void give_back(OrderId order, MerchantId merchant, std::int64_t gross, std::int64_t commission,
                 std::int64_t fee) {
    post(order, ledger::Kind::refund,
         {{{ledger::AccountKind::provider_receivable, 0, kEur}, gross},
          {{ledger::AccountKind::merchant_payable, merchant.value, kEur},
           -(gross - commission - fee)},
          {{ledger::AccountKind::commission_revenue, 0, kEur}, -commission},
          {{ledger::AccountKind::payment_fee_revenue, 0, kEur}, -fee}});
    store->main().write([&](storage::Tx& tx) {
      events::RefundChanged e;
      e.refund = tx.next_id<RefundId>(merchant.shard());
      e.order = order;
      e.merchant = merchant;
      e.amount = {gross, kEur};
      storage::publish(tx, e.refund.value, 1, e);
    });
    store->outbox().drain();
  }
  void post(OrderId order, ledger::Kind kind,
            const std::vector<std::pair<ledger::AccountRef, std::int64_t>>& wanted) {
    store->main().write([&](storage::Tx& tx) {
      ledger::Journal j{tx.next_id<JournalId>(order.shard()), kind, order.value, kEur, {}};
      for (const auto& [ref, minor] : wanted) {
        j.postings.push_back({accounts.resolve(tx, ref), minor});
      }
      ledger::post(tx, {&j, 1});
    });
  }
  ledger::SellerStatement statement(MerchantId merchant, std::string_view period) {
    store->outbox().drain();
    auto main = store->main().read();
    auto derived = store->derived().read();
    const auto found =
        ledger::seller_statement(main, derived, merchant, kEur, *ledger::period_of(period));
    EXPECT_TRUE(found.ok());
    return *found;
  }
  void plan(MerchantId merchant, PayoutSchedule schedule, const std::string& holder,
            std::int64_t minimum = 0, std::int64_t on_day = 1) {
    const auto bank = checked({holder, "de89 3704 0044 0532 0130 00", "COBADEFFXXX", ""});
    ASSERT_TRUE(bank.ok());
    const auto sealed = people->keyring().seal_new(json_of(*bank));
    store->main().write([&](storage::Tx& tx) {
      const auto done = change_plan(
          tx, merchant, {schedule, on_day, minimum, sealed.key, sealed.bytes, masked(*bank)});
      EXPECT_TRUE(done.ok());
    });
  }
  void control(MerchantId merchant, const PlanControl& wanted) {
    store->main().write(
        [&](storage::Tx& tx) { EXPECT_TRUE(control_plan(tx, merchant, wanted).ok()); });
  }
  void set(std::string_view name, const std::string& value) {
    store->main().write([&](storage::Tx& tx) { EXPECT_TRUE(settings->set(tx, name, value).ok()); });
  }
  void run() {
    const std::int64_t today = store.clock().now().us / days(1).us;
    MerchantId after;
    do {
      after = store->main().write(
          [&](storage::Tx& tx) { return payouts.make_due(tx, today, after, 1); });
    } while (after);
    payouts.send_due();
  }
  std::int64_t balance(ledger::AccountKind kind, std::int64_t owner = 0) {
    for (const auto& a : ledger::accounts_of(store->main().read(), kind, owner)) {
      if (a.ref.currency == kEur) return a.balance;
    }
    return 0;
  }
  std::int64_t payable(MerchantId merchant) {
    return balance(ledger::AccountKind::merchant_payable, merchant.value);
  }
  std::vector<Payout> payouts_now(MerchantId merchant) {
    return payouts_of(store->main().read(), merchant, {}, 100);
  }
  PayoutRefusal refusal(MerchantId merchant, std::optional<std::int64_t> amount = {}) {
    return store->main().write([&](storage::Tx& tx) {
      const auto done = payouts.pay_now(tx, merchant, kEur, amount);
      EXPECT_FALSE(done.ok());
      return done.refusal();
    });
  }
  void expect_silent() {
    expect_books_agree();
    storage::Findings findings;
    store->outbox().drain();
    auto read = store->main().read();
    auto derived = store->derived().read();
    verify_payouts(read, findings);
    verify_chargebacks(read, findings);
    verify_commission_invoices(read, findings);
    verify_commission_tax(read, findings);
    ledger::verify_sellers(read, derived, findings);
    for (const auto& d : findings.differences) {
      ADD_FAILURE() << d.what << " " << d.id << ": " << d.ledger << " / " << d.balance;
    }
  }

  payments::PayoutRails rails;
  payments::TestRail* rail = nullptr;
  Payouts payouts{{*store, accounts, people->keyring(), rails, *settings}};
};

}  // namespace fondaco::orders
