#include "fixture.h"

#include <fondaco/ledger/seller.h>
#include <fondaco/orders/vendors.h>

namespace fondaco::orders {
namespace {

using ledger::AccountKind;

class OrderVendors : public MarketTest {
 protected:
  OrderVendors() {
    shirt = offer(bikes, bike_store, "SHIRT", 1'000, 50);
    offer(bikes, bike_store, "HAT", 500, 50);
    store->main().write([this](storage::Tx& tx) {
      const auto multi = marketplace::MerchantKind::multi_brand_flagship;
      EXPECT_TRUE(marketplace::update_merchant(tx, bikes, {.kind = multi}, {}).ok());
      vendor = marketplace::create_vendor(tx, bikes, "Shirts Ltd", 8'000)->id;
      EXPECT_TRUE(marketplace::set_vendor(tx, vendor, shirt).ok());
    });
    store->outbox().drain();
  }
  OrderId sent(std::vector<WantedLine> lines) {
    Purchase p = purchase(std::move(lines));
    p.shipping = "pickup";
    const Outcome placed = place(std::move(p));
    EXPECT_TRUE(placed.ok());
    const OrderId id = placed->orders.at(0).id;
    EXPECT_TRUE(act([&](storage::Tx& tx) {
                  return aftersale->ship(tx, {id, "DHL", "00340", DeliveryKind::express});
                }).ok());
    return id;
  }
  void confirm(OrderId id, std::vector<std::int64_t> lines = {}) {
    EXPECT_TRUE(act([&](storage::Tx& tx) { return aftersale->confirm(tx, id, lines); }).ok());
    store->outbox().drain();
  }
  std::int64_t of_vendor() { return balance(AccountKind::vendor_payable, vendor.value); }

  OfferId shirt;
  VendorId vendor;
};
INSTANTIATE_TEST_SUITE_P(Engines, OrderVendors, testing::ValuesIn(storage::test_engines()),
                         [](const auto& i) { return storage::engine_name(i.param); });

// A shirt of 10.00 at 5 % leaves 9.50, of which the vendor gets 80 % when the whole order is
// finished and not with its line; the hat has no vendor. The books and the statements agree.
TEST_P(OrderVendors, GetTheirShareWhenTheOrderIsFinished) {
  const OrderId id = sent({{"bikes", "SHIRT", {}, 1}, {"bikes", "HAT", {}, 1}});
  confirm(id, {0});
  EXPECT_EQ(of_vendor(), 0);
  confirm(id, {1});
  EXPECT_EQ(of_vendor(), 760);
  EXPECT_EQ(payable(bikes), 950 + 475 - 760);
  expect_books_agree();
  auto read = store->main().read();
  const auto entries = marketplace::vendor_statement(*read, vendor, {}, 10);
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].order, id);
  EXPECT_EQ(entries[0].sold.minor, 950);
  auto derived = store->derived().read();
  storage::Findings findings;
  ledger::verify_sellers(*read, *derived, findings);
  for (const auto& d : findings.differences) ADD_FAILURE() << d.what << ' ' << d.id;
}

// What was refunded before is not shared: one of two shirts is, and what the rest keeps counts.
TEST_P(OrderVendors, RefundsAreTakenOffBefore) {
  const OrderId id = sent({{"bikes", "SHIRT", {}, 2}});
  NewRefund wanted;
  wanted.order = id;
  wanted.reason = RefundReason::damaged;
  wanted.lines = {{0, 1, 1'000, true}};
  const auto refund = act([&](storage::Tx& tx) { return aftersale->open(tx, wanted); });
  ASSERT_TRUE(refund.ok());
  ASSERT_TRUE(act([&](storage::Tx& tx) {
                return aftersale->agree(tx, refund->id, refund->version, "", "");
              }).ok());
  confirm(id);
  EXPECT_EQ(of_vendor(), 760);
  expect_books_agree();
}

// Another kind of merchant has no vendors, and an order that was only refunded settles nothing.
TEST_P(OrderVendors, OthersGetNothing) {
  offer(phones, phone_store, "PHONE", 1'000, 5);
  Purchase p = purchase({{"phones", "PHONE", {}, 1}});
  p.shipping = "pickup";
  const Outcome placed = place(std::move(p));
  ASSERT_TRUE(placed.ok());
  const OrderId id = placed->orders.at(0).id;
  ASSERT_TRUE(act([&](storage::Tx& tx) {
                return aftersale->ship(tx, {id, "DHL", "00340", DeliveryKind::express});
              }).ok());
  confirm(id);
  EXPECT_EQ(payable(phones), 900);
  EXPECT_EQ(of_vendor(), 0);
  expect_books_agree();
}

}  // namespace
}  // namespace fondaco::orders
