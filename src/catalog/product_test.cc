#include "testing.h"

namespace fondaco::catalog {
namespace {

class Products : public CatalogTest {
 protected:
  Product shirt() const {
    Product p;
    p.owner = owner;
    p.handle = "shirt";
    p.status = Status::active;
    p.title = "Shirt";
    p.description = "<p onclick=\"x\">Soft</p>";
    p.brand = "Ada";
    p.category = "Men > Shirts";
    p.options = {"Size"};
    p.media = {{"https://a.example/1.jpg", "front"}};
    for (const char* size : {"S", "M"}) {
      Variant v;
      v.values = {size};
      v.sku = std::string("SH-") + size;
      p.variants.push_back(v);
    }
    return p;
  }
  Result<Saved, SaveRefusal> save(Product p, std::optional<std::int64_t> version = std::nullopt) {
    return store->main().write([&](storage::Tx& tx) {
      auto saved = save_product(tx, std::move(p), version);
      if (!saved.ok()) tx.refuse();
      return saved;
    });
  }
  Product stored(ProductId id) {
    auto read = store->main().read();
    return product(read, id).value();
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, Products, testing::ValuesIn(storage::test_engines()),
                         [](const auto& p) { return storage::engine_name(p.param); });

// What is saved is found by every key that it has, and one event says so.
TEST_P(Products, AreFoundByEveryKey) {
  auto p = shirt();
  p.variants[1].barcode = "4006381333931";
  const auto saved = save(p).value();
  EXPECT_TRUE(saved.changed);
  auto read = store->main().read();
  EXPECT_EQ(product_by_handle(read, owner, "shirt"), saved.id);
  EXPECT_EQ(products_by_handle(read, "shirt"), std::vector<ProductId>{saved.id});
  ASSERT_EQ(variants_by_sku(read, "SH-M").size(), 1U);
  ASSERT_EQ(variants_by_sku(read, owner, "SH-M").size(), 1U);
  EXPECT_TRUE(variants_by_sku(read, MerchantId{owner.value + 1}, "SH-M").empty());
  EXPECT_TRUE(variants_by_sku(read, "").empty());
  const auto by_gtin = variants_by_gtin(read, "04006381333931");
  ASSERT_EQ(by_gtin.size(), 1U);
  EXPECT_TRUE(variants_by_gtin(read, "4006381333932").empty());
  const auto brief = variant_briefs(read, {&by_gtin[0].variant, 1}).at(0);
  EXPECT_EQ(brief.title, "Shirt");
  EXPECT_EQ(brief.values[0], "M");
  EXPECT_EQ(brief.status, Status::active);
  const auto events = store->outbox().after(store->outbox().node(), 0, 10);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].type, "catalog.product_changed");
  EXPECT_EQ(events[0].entity, saved.id.value);
}

// Saving the same again writes nothing; a change raises the version by one.
TEST_P(Products, VersionsCountChanges) {
  const auto id = save(shirt())->id;
  auto p = stored(id);
  EXPECT_EQ(p.description, "<p>Soft</p>");
  EXPECT_FALSE(save(p)->changed);
  p.title = "Better shirt";
  EXPECT_EQ(save(p)->version, 2);
  p.variants[0].sku = "SH-S2";
  EXPECT_EQ(save(p)->version, 3);
  EXPECT_EQ(stored(id).variants[0].version, 2);
  EXPECT_EQ(stored(id).variants[1].version, 1);
}

// Variants are matched by id, option values, then SKU; unnamed ones stay.
TEST_P(Products, VariantsAreMatchedAndNeverLost) {
  const auto id = save(shirt())->id;
  const auto before = stored(id);
  auto p = before;
  p.variants.resize(1);
  p.variants[0].id = {};
  p.variants[0].values = {"Medium"};
  p.variants[0].sku = "SH-M";
  ASSERT_TRUE(save(p).ok());
  const auto after = stored(id);
  ASSERT_EQ(after.variants.size(), 2U);
  EXPECT_EQ(after.variants[1].id, before.variants[1].id);
  EXPECT_EQ(after.variants[1].values[0], "Medium");
  EXPECT_EQ(after.variants[0], before.variants[0]);
}

// A variant keeps its picture when the product's media are put in another order.
TEST_P(Products, VariantImagesSurviveReordering) {
  auto p = shirt();
  p.media.push_back({"https://a.example/2.jpg", ""});
  p.variants[0].image = "https://a.example/2.jpg";
  const auto id = save(p)->id;
  p = stored(id);
  EXPECT_EQ(p.variants[0].image, "https://a.example/2.jpg");
  std::swap(p.media[0], p.media[1]);
  ASSERT_TRUE(save(p).ok());
  EXPECT_EQ(stored(id).variants[0].image, "https://a.example/2.jpg");
  EXPECT_EQ(picture_of(stored(id)), "https://a.example/2.jpg");
}

// Every refusal, and none of them leaves a trace.
TEST_P(Products, RefusalsChangeNothing) {
  const auto id = save(shirt())->id;
  const auto seq = store->outbox().last_seq();
  EXPECT_EQ(save(shirt()).refusal().code, Refusal::handle_taken);
  auto unknown = shirt();
  unknown.id = ProductId{12345};
  EXPECT_EQ(save(unknown).refusal().code, Refusal::unknown_product);
  EXPECT_EQ(save(stored(id), 7).refusal().code, Refusal::version_drifted);
  const auto invalid = [&](auto&& spoil, std::string_view pointer) {
    auto p = stored(id);
    spoil(p);
    const auto r = save(p);
    ASSERT_FALSE(r.ok()) << pointer;
    EXPECT_EQ(r.refusal().code, Refusal::invalid);
    EXPECT_EQ(r.refusal().pointer, pointer);
  };
  invalid([](Product& p) { p.title = " "; }, "/title");
  invalid([](Product& p) { p.handle = "a/b"; }, "/handle");
  invalid([](Product& p) { p.title = "\xff"; }, "/title");
  invalid([](Product& p) { p.brand.assign(256, 'x'); }, "/brand");
  invalid([](Product& p) { p.tags = {"a,b"}; }, "/tags");
  invalid([](Product& p) { p.options.resize(4, "x"); }, "/options");
  invalid([](Product& p) { p.media.resize(251, {"/x", ""}); }, "/images");
  invalid([](Product& p) { p.variants[1].values = p.variants[0].values; }, "/variants/1/options");
  invalid([](Product& p) { p.variants[1].values = {"M", "extra"}; }, "/variants/1/options/1");
  invalid([](Product& p) { p.variants[0].weight_grams = -1; }, "/variants/0/weight_grams");
  invalid([](Product& p) { p.variants[0].id = VariantId{99}; }, "/variants/0/id");
  invalid([](Product& p) { p.attributes[""] = "x"; }, "/attributes");
  auto none = shirt();
  none.handle = "none";
  none.variants.clear();
  EXPECT_EQ(save(none).refusal().pointer, "/variants");
  EXPECT_EQ(store->outbox().last_seq(), seq);
}

// Draft, active, archived: each change is one version and one event.
TEST_P(Products, StatusChanges) {
  const auto id = save(shirt())->id;
  const auto set = [&](ProductId of, Status s) {
    return store->main().write([&](storage::Tx& tx) { return set_status(tx, of, s); });
  };
  EXPECT_TRUE(set(id, Status::archived)->changed);
  EXPECT_FALSE(set(id, Status::archived)->changed);
  EXPECT_EQ(stored(id).status, Status::archived);
  EXPECT_EQ(set(ProductId{5}, Status::active).refusal().code, Refusal::unknown_product);
}

// Lists page by id without gap or repetition, filtered by merchant, category, brand, status.
TEST_P(Products, ListsPageWithoutGaps) {
  for (int i = 0; i < 25; ++i) {
    auto p = shirt();
    p.handle += std::to_string(i);
    p.category = i % 2 ? "Men > Shirts" : "Men > Shirts > Linen";
    p.status = i % 5 ? Status::active : Status::draft;
    p.brand = i % 3 ? "Ada" : "Bob";
    for (auto& v : p.variants) v.sku += std::to_string(i);
    ASSERT_TRUE(save(p).ok());
  }
  auto read = store->main().read();
  const auto count = [&](Listing l) {
    l.limit = 4;
    std::size_t n = 0;
    for (auto page = list_products(read, l); !page.empty(); page = list_products(read, l)) {
      EXPECT_GT(page.front(), l.after);
      n += page.size();
      l.after = page.back();
    }
    return n;
  };
  EXPECT_EQ(count({}), 25U);
  EXPECT_EQ(count({.owner = owner, .category = "", .brand = {}, .status = {}, .after = {}}), 25U);
  EXPECT_EQ(count({.owner = {}, .category = "Men", .brand = {}, .status = {}, .after = {}}), 25U);
  EXPECT_EQ(count({.owner = {},
                   .category = "Men > Shirts > Linen",
                   .brand = {},
                   .status = Status::active,
                   .after = {}}),
            10U);
  EXPECT_EQ(count({.owner = {}, .category = "Me", .brand = {}, .status = {}, .after = {}}), 0U);
  const auto bob = brand_named(read, "Bob");
  ASSERT_TRUE(bob);
  EXPECT_EQ(count({.owner = {}, .category = "", .brand = *bob, .status = {}, .after = {}}), 9U);
  EXPECT_EQ(
      count(
          {.owner = owner, .category = "Men", .brand = *bob, .status = Status::draft, .after = {}}),
      2U);
  Scan position;
  std::size_t walked = 0;
  for (auto page = scan_products(read, position, 7); !page.empty();
       page = scan_products(read, position, 7)) {
    walked += page.size();
  }
  EXPECT_EQ(walked, 25U);
}

// The tree has parents before children and counts active products, also those below.
TEST_P(Products, CategoriesAndBrandsCount) {
  auto p = shirt();
  p.category = "Men>Shirts > Linen";
  ASSERT_TRUE(save(p).ok());
  p.handle = "other";
  p.category = "Men";
  ASSERT_TRUE(save(p).ok());
  store->main().write([](storage::Tx& tx) { ensure_category(tx, "Men > Shirts", "男装 > 衬衫"); });
  auto read = store->main().read();
  const auto tree = categories(read);
  ASSERT_EQ(tree.size(), 3U);
  EXPECT_EQ(tree[0].path, "Men");
  EXPECT_EQ(tree[0].path_zh, "男装");
  EXPECT_EQ(tree[0].products, 1);
  EXPECT_EQ(tree[0].products_below, 2);
  EXPECT_EQ(tree[1].parent, tree[0].id);
  EXPECT_EQ(tree[1].path_zh, "男装 > 衬衫");
  EXPECT_EQ(tree[2].name(), "Linen");
  EXPECT_EQ(tree[2].products, 1);
  for (const Category& c : tree) EXPECT_EQ(top_category(read, c.id), tree[0].id);
  EXPECT_FALSE(top_category(read, CategoryId{5}));
  ASSERT_EQ(brands(read).size(), 1U);
  EXPECT_EQ(brands(read)[0].products, 2);
}

}  // namespace
}  // namespace fondaco::catalog
