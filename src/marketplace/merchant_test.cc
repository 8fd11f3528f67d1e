#include "testing.h"

#include <fondaco/events/marketplace.h>

#include <set>

namespace fondaco::marketplace {
namespace {

class Merchants : public MarketplaceTest {
 protected:
  MerchantRefusal refused(const NewMerchant& m) {
    return write([&](storage::Tx& tx) { return create_merchant(tx, m); }).refusal();
  }
  Result<Merchant, MerchantRefusal> change(MerchantId id, MerchantChange c,
                                           std::optional<std::int64_t> version = {}) {
    return write([&](storage::Tx& tx) { return update_merchant(tx, id, c, version); });
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, Merchants, testing::ValuesIn(storage::test_engines()),
                         [](const auto& i) { return storage::engine_name(i.param); });

// A merchant is found by slug and by id as it was made, and one event tells of it.
TEST_P(Merchants, AreFoundBySlugAndId) {
  NewMerchant w = wanted("bikes");
  w.presentation = {"Fast", "快", "About", "关于", "#1a2b3c"};
  w.default_place = PlaceId{77};
  const Merchant made = *write([&](storage::Tx& tx) { return create_merchant(tx, w); });
  auto read = main().read();
  for (const auto& found : {find_merchant(read, "bikes"), find_merchant(read, made.id)}) {
    ASSERT_TRUE(found);
    EXPECT_EQ(found->id, made.id);
    EXPECT_EQ(found->name_zh, "自行车");
    EXPECT_EQ(found->commission_bp, 850);
    EXPECT_EQ(found->presentation, w.presentation);
    EXPECT_EQ(found->default_place, PlaceId{77});
    EXPECT_EQ(found->currency, Currency::of("EUR"));
    EXPECT_EQ(found->version, 1);
  }
  EXPECT_FALSE(find_merchant(read, "trains"));
  ASSERT_EQ(events().size(), 1u);
  EXPECT_EQ(events()[0].type, events::MerchantChanged::kType);
  EXPECT_EQ(events()[0].entity, made.id.value);
}

// Shards are drawn: a hundred merchants do not all live on one.
TEST_P(Merchants, SpreadOverShards) {
  std::set<std::int64_t> shards;
  for (int i = 0; i < 100; ++i) shards.insert(merchant("shop-" + std::to_string(i)).id.shard());
  EXPECT_GT(shards.size(), 50u);
}

// Each refusal of a new merchant, and that it leaves nothing behind.
TEST_P(Merchants, RefusalsOfCreation) {
  merchant("bikes");
  EXPECT_EQ(refused(wanted("bikes")), MerchantRefusal::slug_taken);
  for (const char* slug : {"", "a", "-ab", "ab-", "A b", "Bikes", "b/c"}) {
    EXPECT_EQ(refused(wanted(slug)), MerchantRefusal::bad_slug) << slug;
  }
  NewMerchant w = wanted("other");
  w.name = "  ";
  EXPECT_EQ(refused(w), MerchantRefusal::bad_name);
  w = wanted("other");
  w.country = "de";
  EXPECT_EQ(refused(w), MerchantRefusal::bad_country);
  w = wanted("other");
  w.commission_bp = 10'001;
  EXPECT_EQ(refused(w), MerchantRefusal::bad_commission);
  w = wanted("other");
  w.presentation.accent = "red";
  EXPECT_EQ(refused(w), MerchantRefusal::bad_presentation);
  w = wanted("other");
  w.presentation.about = std::string(4'001, 'a');
  EXPECT_EQ(refused(w), MerchantRefusal::bad_presentation);
  auto read = main().read();
  EXPECT_EQ(list_merchants(read, {}, 100).size(), 1u);
}

// A change touches what it names, raises the version, and the same change again writes nothing.
TEST_P(Merchants, ChangeOnlyWhatIsNamed) {
  const Merchant m = merchant("bikes");
  const auto changed = change(m.id, {.name = "Wheels", .commission_bp = 900}, 1);
  ASSERT_TRUE(changed.ok());
  EXPECT_EQ(changed->version, 2);
  EXPECT_EQ(changed->name, "Wheels");
  EXPECT_EQ(changed->name_zh, "自行车");
  EXPECT_EQ(change(m.id, {.name = "Wheels"}, 2)->version, 2);
  EXPECT_EQ(events().size(), 2u);
  auto read = main().read();
  EXPECT_EQ(find_merchant(read, m.id)->commission_bp, 900);
}

// Each refusal of a change.
TEST_P(Merchants, RefusalsOfChange) {
  const Merchant m = merchant("bikes");
  EXPECT_EQ(change(MerchantId{5}, {.name = "x"}).refusal(), MerchantRefusal::unknown_merchant);
  EXPECT_EQ(change(m.id, {.name = "x"}, 7).refusal(), MerchantRefusal::stale_version);
  EXPECT_EQ(change(m.id, {.country = "DEU"}).refusal(), MerchantRefusal::bad_country);
  ASSERT_TRUE(change(m.id, {.state = MerchantState::closed}).ok());
  EXPECT_EQ(change(m.id, {.state = MerchantState::active}).refusal(), MerchantRefusal::closed);
}

// Walking the list page by page sees everybody once; the state filter keeps the others out.
TEST_P(Merchants, ListInPages) {
  for (int i = 0; i < 7; ++i) {
    const Merchant m = merchant("shop-" + std::to_string(i));
    const auto state = i % 2 ? MerchantState::suspended : MerchantState::active;
    ASSERT_TRUE(change(m.id, {.state = state}).ok());
  }
  auto read = main().read();
  std::set<std::string> seen;
  MerchantId after;
  for (auto page = list_merchants(read, after, 3); !page.empty();
       page = list_merchants(read, after, 3)) {
    for (const Merchant& m : page) EXPECT_TRUE(seen.insert(m.slug).second);
    after = page.back().id;
  }
  EXPECT_EQ(seen.size(), 7u);
  EXPECT_EQ(list_merchants(read, {}, 10, MerchantState::active).size(), 4u);
}

}  // namespace
}  // namespace fondaco::marketplace
