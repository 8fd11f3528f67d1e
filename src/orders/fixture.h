// A small market for the tests of orders: two merchants, a few offers, a shopper. Tests only.
#pragma once

#include <fondaco/catalog.h>
#include <fondaco/inventory.h>
#include <fondaco/orders/cart.h>
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

  storage::TestStore store;
  marketplace::OfferBook offers;
  marketplace::FeeBook fees{store->main()};
  inventory::Availability availability;
  ledger::AccountBook accounts;
  std::unique_ptr<shoppers::Shoppers> people;
  payments::Providers providers;
  payments::TestProvider* provider = nullptr;
  std::unique_ptr<Checkout> checkout;
  MerchantId bikes, phones;
  PlaceId bike_store, phone_store;
  PersonId anna;
};

}  // namespace fondaco::orders
