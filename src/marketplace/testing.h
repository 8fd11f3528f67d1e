// A marketplace to test with. Private to the tests of this folder.
#pragma once

#include <fondaco/marketplace.h>
#include <fondaco/marketplace/offer_book.h>
#include <fondaco/storage/testing.h>

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace fondaco::marketplace {

inline Money eur(std::int64_t minor) { return {minor, Currency::of("EUR")}; }
inline Money usd(std::int64_t minor) { return {minor, Currency::of("USD")}; }

class MarketplaceTest : public testing::TestWithParam<storage::Engine> {
 protected:
  explicit MarketplaceTest(std::vector<storage::Migration> more = {})
      : store_(GetParam(), storage::join({storage::migrations(), migrations(), more})) {}

  storage::Database& main() { return store_->main(); }
  template <class F>
  auto write(F&& f) {
    return main().write(std::forward<F>(f));
  }

  static NewMerchant wanted(std::string slug) {
    return {.slug = std::move(slug),
            .name = "Bikes & Co",
            .name_zh = "自行车",
            .state = MerchantState::active,
            .currency = Currency::of("EUR"),
            .country = "DE",
            .commission_bp = 850};
  }
  Merchant merchant(std::string slug) {
    return *write([&](storage::Tx& tx) { return create_merchant(tx, wanted(std::move(slug))); });
  }
  /// The number also makes variant, product and stock.
  static OfferSetting setting(const Merchant& m, std::int64_t number, Money price) {
    return {.merchant = m.id,
            .variant = VariantId{number},
            .product = ProductId{number + 1'000},
            .sku = "SKU-" + std::to_string(number),
            .price = price,
            .stock = StockId{number + 2'000}};
  }
  OfferId offer(const OfferSetting& s) {
    return write([&](storage::Tx& tx) { return (*upsert_offers(tx, {&s, 1})[0]).id; });
  }
  Result<OfferOutcome, OfferRefusal> upsert(const OfferSetting& s) {
    return write([&](storage::Tx& tx) { return upsert_offers(tx, {&s, 1})[0]; });
  }
  OfferRow loaded(OfferId id, Currency currency) {
    auto read = main().read();
    return load(read, {&id, 1}, currency)[0];
  }
  std::vector<storage::StoredEvent> events() {
    return store_->outbox().after(store_->outbox().node(), 0, 1'000);
  }

  storage::TestStore store_;
};

}  // namespace fondaco::marketplace
