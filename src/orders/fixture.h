// A small market for the tests of orders: two merchants, a few offers, a shopper. Tests only.
#pragma once

#include <fondaco/catalog.h>
#include <fondaco/inventory.h>
#include <fondaco/orders/aftersale.h>
#include <fondaco/orders/cart.h>
#include <fondaco/orders/settlement.h>
#include <fondaco/payments/test_provider.h>
#include <fondaco/shoppers.h>
#include <fondaco/storage/testing.h>

#include <gtest/gtest.h>

#include <future>

namespace fondaco::orders {

class MarketTest : public testing::TestWithParam<storage::Engine> {
 protected:
  MarketTest();
  ~MarketTest() override;

  /// A product of one variant with an offer and stock; returns the offer.
  OfferId offer(MerchantId merchant, PlaceId place, const std::string& sku, std::int64_t price,
                std::int64_t units, bool deduct_on_payment = false);
  Purchase purchase(std::vector<WantedLine> lines, std::string method = "wallet",
                    std::string token = "approve");
  Outcome place(Purchase p);
  /// Fires providers' messages, then checks every ledger against its balances.
  void expect_books_agree();
  inventory::StockLevel level(OfferId offer);
  std::int64_t wallet();
  Order order(const Outcome& outcome, std::size_t i = 0);
  /// One use case; a refusal rolls back what it did.
  template <class F>
  auto act(F f) {
    return store->main().write([&](storage::Tx& tx) {
      auto result = f(tx);
      if (!result.ok()) tx.refuse();
      return result;
    });
  }
  /// Time goes by: providers speak, timers fire.
  void pass(Duration time);
  std::int64_t balance(ledger::AccountKind kind, std::int64_t owner = 0);
  std::int64_t payable(MerchantId merchant) {
    return balance(ledger::AccountKind::merchant_payable, merchant.value);
  }

  storage::TestStore store;
  marketplace::OfferBook offers;
  marketplace::FeeBook fees{store->main()};
  inventory::Availability availability;
  ledger::AccountBook accounts;
  std::unique_ptr<shoppers::Shoppers> people;
  payments::Providers providers;
  payments::TestProvider* provider = nullptr;
  std::unique_ptr<Checkout> checkout;
  std::unique_ptr<Aftersale> aftersale;
  std::unique_ptr<storage::Settings> settings;  // Of money.
  MerchantId bikes, phones;
  PlaceId bike_store, phone_store;
  PersonId anna;
};

}  // namespace fondaco::orders
