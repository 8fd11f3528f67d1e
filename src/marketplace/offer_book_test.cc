#include "name_cache.h"
#include "testing.h"

#include <fondaco/events/marketplace.h>

#include <atomic>
#include <thread>

namespace fondaco::marketplace {
namespace {

class Books : public MarketplaceTest {
 protected:
  Books() : book_(store_.clock()) {}
  Result<OfferId, SkuRefusal> resolved(MerchantId m, std::string_view sku) {
    auto read = main().read();
    return book_.resolve(read, m, sku);
  }
  std::int64_t misses() { return book_.stats().misses; }
  OfferBook book_;
};
INSTANTIATE_TEST_SUITE_P(Engines, Books, testing::ValuesIn(storage::test_engines()),
                         [](const auto& i) { return storage::engine_name(i.param); });

// Slug, SKU and offer are asked of the database once; afterwards they come from memory.
TEST_P(Books, AnswerFromMemory) {
  const Merchant m = merchant("bikes");
  const OfferId id = offer(setting(m, 1, eur(100)));
  auto read = main().read();
  for (int i = 0; i < 3; ++i) {
    const auto info = book_.merchant(read, "bikes");
    ASSERT_TRUE(info);
    EXPECT_EQ(info->id, m.id);
    EXPECT_EQ(info->commission_bp, 850);
    EXPECT_EQ(info->shard(), m.id.shard());
    EXPECT_EQ(*book_.resolve(read, m.id, "SKU-1"), id);
    EXPECT_EQ(book_.merchant_of(read, id), m.id);
  }
  EXPECT_EQ(misses(), 4);  // Slug, merchant, SKU, offer.
  EXPECT_EQ(book_.stats().hits, 8);
}

// A price that changed while the book was warm is the one that load() gives, in the same writer
// transaction and after it: the book never is the source of a price.
TEST_P(Books, PriceIsNeverFromTheBook) {
  const Merchant m = merchant("bikes");
  const OfferId id = offer(setting(m, 1, eur(100)));
  ASSERT_EQ(*resolved(m.id, "SKU-1"), id);
  write([&](storage::Tx& tx) {
    ASSERT_TRUE(set_price(tx, id, eur(150)).ok());
    const OfferId warm = *book_.resolve(tx, m.id, "SKU-1");
    EXPECT_EQ(load(tx, {&warm, 1}, Currency::of("EUR"))[0].price, eur(150));
  });
  const auto before = misses();
  const OfferId warm = *resolved(m.id, "SKU-1");
  EXPECT_EQ(misses(), before);  // Still warm.
  EXPECT_EQ(loaded(warm, Currency::of("EUR")).price, eur(150));
}

// Unknown names are refused and not remembered: a new SKU or shop shows at once.
TEST_P(Books, NewNamesShowAtOnce) {
  auto read = main().read();
  EXPECT_FALSE(book_.merchant(read, "bikes"));
  const Merchant m = merchant("bikes");
  EXPECT_EQ(resolved(m.id, "SKU-1").refusal(), SkuRefusal::unknown_sku);
  EXPECT_EQ(resolved(m.id, "").refusal(), SkuRefusal::unknown_sku);
  const OfferId id = offer(setting(m, 1, eur(100)));
  EXPECT_EQ(*resolved(m.id, "SKU-1"), id);
  auto later = main().read();
  EXPECT_TRUE(book_.merchant(later, "bikes"));
  EXPECT_FALSE(book_.merchant_of(later, OfferId{9}));
}

// An SKU used twice by a merchant is refused; the variant still names one offer.
TEST_P(Books, AmbiguousSkuIsRefused) {
  const Merchant m = merchant("bikes");
  OfferSetting s = setting(m, 1, eur(100));
  offer(s);
  s.variant = VariantId{2};
  const OfferId second = offer(s);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(resolved(m.id, "SKU-1").refusal(), SkuRefusal::ambiguous_sku);
  }
  auto read = main().read();
  EXPECT_EQ(*book_.resolve(read, m.id, VariantId{2}), second);
  EXPECT_EQ(book_.resolve(read, m.id, VariantId{3}).refusal(), SkuRefusal::unknown_sku);
}

// After a commit of its own the process knows the new meaning of a warm SKU, and for a while asks
// the database each time, so that a reader with an old snapshot cannot bring the old one back.
TEST_P(Books, OwnWritesAreForgottenAfterCommit) {
  const Merchant m = merchant("bikes");
  const OfferId id = offer(setting(m, 1, eur(100)));
  ASSERT_EQ(*resolved(m.id, "SKU-1"), id);
  auto old_snapshot = main().read();
  ASSERT_TRUE(find_offer(old_snapshot, id));  // On SQLite the snapshot begins here.

  OfferSetting s = setting(m, 2, eur(100));
  s.sku = "SKU-1";
  write([&](storage::Tx& tx) {
    upsert_offers(tx, {&s, 1});
    book_.forget_after_commit(tx, m.id);
  });
  static_cast<void>(book_.resolve(old_snapshot, m.id, "SKU-1"));
  EXPECT_EQ(resolved(m.id, "SKU-1").refusal(), SkuRefusal::ambiguous_sku);

  store_.clock().advance(seconds(6));
  EXPECT_EQ(resolved(m.id, "SKU-1").refusal(), SkuRefusal::ambiguous_sku);
  const auto before = misses();
  EXPECT_EQ(resolved(m.id, "SKU-1").refusal(), SkuRefusal::ambiguous_sku);
  EXPECT_EQ(misses(), before);
}

// Events of any process make the book forget; a mere price change keeps it warm.
TEST_P(Books, EventsAreHeard) {
  store_->outbox().every_process("offer_book", OfferBook::types(),
                                 [&](auto events) { book_.on_events(events); });
  store_->start();
  const Merchant m = merchant("bikes");
  const OfferId id = offer(setting(m, 1, eur(100)));
  store_->outbox().drain();
  store_.clock().advance(seconds(6));
  auto read = main().read();
  ASSERT_EQ(*book_.resolve(read, m.id, "SKU-1"), id);
  ASSERT_EQ(book_.merchant(read, "bikes")->state, MerchantState::active);

  ASSERT_TRUE(write([&](storage::Tx& tx) { return set_price(tx, id, eur(7)); }).ok());
  store_->outbox().drain();
  const auto before = misses();
  EXPECT_EQ(*resolved(m.id, "SKU-1"), id);
  EXPECT_EQ(misses(), before);

  ASSERT_TRUE(write([&](storage::Tx& tx) {
                return update_merchant(tx, m.id, {.state = MerchantState::suspended}, {});
              }).ok());
  store_->outbox().drain();
  auto later = main().read();
  EXPECT_EQ(book_.merchant(later, "bikes")->state, MerchantState::suspended);

  OfferSetting moved = setting(m, 1, eur(7));
  moved.sku = "NEW";
  offer(moved);
  store_->outbox().drain();
  EXPECT_EQ(resolved(m.id, "SKU-1").refusal(), SkuRefusal::unknown_sku);
  EXPECT_EQ(*resolved(m.id, "NEW"), id);
}

// Readers and forgetting at the same time: no wrong answer (and no race, under TSan).
TEST_P(Books, ManyThreads) {
  const Merchant m = merchant("bikes");
  const OfferId id = offer(setting(m, 1, eur(100)));
  std::atomic<bool> good{true};
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      auto read = main().read();
      for (int i = 0; i < 2'000; ++i) {
        good = good && *book_.resolve(read, m.id, "SKU-1") == id && book_.merchant(read, "bikes");
      }
    });
  }
  for (int i = 0; i < 200; ++i) {
    book_.forget(m.id);
    store_.clock().advance(seconds(6));
  }
  for (auto& t : threads) t.join();
  EXPECT_TRUE(good);
}

struct PlainHash {
  using is_transparent = void;
  std::size_t operator()(int v) const noexcept {
    return static_cast<std::size_t>(v) * 0x9e3779b97f4a7c15ULL;
  }
};

// However many names are asked for, the cache stays within its limit, and one that is asked for
// all the time stays in it.
TEST(NameCache, IsBoundedAndKeepsWhatIsUsed) {
  NameCache<int, int, PlainHash, std::equal_to<>> cache(1'000);
  cache.put(-1, 5);
  for (int i = 0; i < 50'000; ++i) {
    cache.put(i, i);
    ASSERT_EQ(cache.find(-1), 5);
  }
  EXPECT_LE(cache.stats().entries, 1'100u);
  EXPECT_FALSE(cache.find(3));
  EXPECT_EQ(cache.find(49'999), 49'999);
}

}  // namespace
}  // namespace fondaco::marketplace
