#include "test_documents.h"

#include <gtest/gtest.h>

namespace fondaco::matching {
namespace {

using Ids = std::vector<std::int64_t>;

class SearchTest : public testing::Test {
 protected:
  SearchDocument& add(std::int64_t id, std::string title) {
    documents_.push_back(product(id, std::move(title)));
    return documents_.back();
  }
  SearchResult find(std::string text) {
    load();
    return matching::find(search_, std::move(text));
  }
  SearchResult ask(const SearchQuery& query) {
    load();
    return search_.search(query);
  }
  void load() {
    search_.upsert(documents_);
    documents_.clear();
  }
  std::vector<SearchDocument> documents_;
  MemorySearch search_;
};

// All words must be there; the last one may be unfinished.
TEST_F(SearchTest, WordsAndPrefix) {
  add(1, "Brooks B17 Saddle");
  add(2, "City Saddle");
  add(3, "Brooks Leather Grips");
  EXPECT_EQ(ids(find("brooks saddle")), (Ids{1}));
  EXPECT_EQ(ids(find("SADDLE bro")), (Ids{1}));
  EXPECT_EQ(find("sad").total, 2);
  EXPECT_EQ(find("sad ").total, 0);
  EXPECT_EQ(find("brook").total, 2);
  EXPECT_EQ(find("").total, 3);
}

// A slip of the hand finds the word and says which; right words are left alone.
TEST_F(SearchTest, Typos) {
  add(1, "Brooks Saddle");
  add(2, "Bottle");
  for (const auto* typed : {"sadle", "saddel", "zaddle", "saddlee", "saddly ", "asddle"}) {
    const auto result = find(typed);
    EXPECT_EQ(ids(result), (Ids{1})) << typed;
    ASSERT_EQ(result.corrected.size(), 1U) << typed;
    EXPECT_EQ(result.corrected[0].used, "saddle");
  }
  EXPECT_EQ(ids(find("broks sadle ")), (Ids{1}));
  EXPECT_TRUE(find("brooks saddle").corrected.empty());
  EXPECT_EQ(find("sad1le ").total, 0) << "no guesses about digits";
  EXPECT_EQ(find("bat ").total, 0) << "three letters are too few";
}

// Two slips in a long word are forgiven when nothing nearer is known.
TEST_F(SearchTest, TwoTyposInLongWords) {
  add(1, "Handlebar tape");
  EXPECT_EQ(ids(find("hendlebra ")), (Ids{1}));
  EXPECT_EQ(find("xondlebar ").total, 0) << "the first letter must be right then";
}

// Singular and plural find each other.
TEST_F(SearchTest, Plurals) {
  add(1, "Saddles");
  add(2, "Saddle brushes");
  add(3, "Battery");
  EXPECT_EQ(find("saddle ").total, 2);
  EXPECT_EQ(find("saddles ").total, 2);
  EXPECT_EQ(ids(find("brush ")), (Ids{2}));
  EXPECT_EQ(ids(find("batteries ")), (Ids{3}));
}

// Words are dropped only when all together match nothing: unknown ones, then from the right.
TEST_F(SearchTest, RelaxesOnlyWhenNothingMatches) {
  add(1, "red saddle");
  add(2, "blue bottle");
  const auto unknown = find("qqqqq red saddle");
  EXPECT_EQ(ids(unknown), (Ids{1}));
  EXPECT_EQ(unknown.ignored_words, (std::vector<std::string>{"qqqqq"}));
  const auto apart = find("red bottle ");
  EXPECT_EQ(ids(apart), (Ids{1}));
  EXPECT_EQ(apart.ignored_words, (std::vector<std::string>{"bottle"}));
  const auto nothing = find("qqqqq wwwww ");
  EXPECT_EQ(nothing.total, 0);
  EXPECT_TRUE(nothing.ignored_words.empty());
}

// A filter that leaves nothing is an answer, no reason to search for less.
TEST_F(SearchTest, FiltersDoNotRelax) {
  add(1, "red saddle");
  add(2, "red bottle").in_stock = false;
  SearchQuery query;
  query.text = "red bottle ";
  query.filters.in_stock_only = true;
  const auto result = ask(query);
  EXPECT_EQ(result.total, 0);
  EXPECT_TRUE(result.ignored_words.empty());
}

// A product whose SKU or GTIN was typed stands first, however it is written.
TEST_F(SearchTest, CodesFirst) {
  auto& d = add(1, "Chain");
  d.skus = {"CH-100 X"};
  d.gtins = {"4006381333931", "63824-0100"};
  add(2, "CH100X CH100X adapter");
  EXPECT_EQ(ids(find("ch100x")), (Ids{1, 2}));
  EXPECT_EQ(ids(find(" CH-100-x ")).at(0), 1);
  EXPECT_EQ(ids(find("4006381333931")), (Ids{1}));
  EXPECT_EQ(ids(find("04006381333931")), (Ids{1}));
  EXPECT_EQ(ids(find("638240100")), (Ids{1}));
}

// Title counts more than brand, brand more than tags, tags more than description.
TEST_F(SearchTest, FieldWeights) {
  add(1, "Thing").description = "carbon";
  add(2, "Thing").tags = {"carbon"};
  add(3, "Thing").brand_name = "Carbon";
  add(4, "Carbon");
  EXPECT_EQ(ids(find("carbon")), (Ids{4, 3, 2, 1}));
}

// Chinese is found inside longer words, across scripts, and by its characters when the pairs
// fail.
TEST_F(SearchTest, Chinese) {
  add(1, "").titles["zh"] = "夏进纯牛奶250ml";
  add(2, "").titles["zh"] = "伊利QQ星香蕉味牛奶";
  add(3, "").titles["zh"] = "香蕉片";
  EXPECT_EQ(find("香蕉").total, 2);
  EXPECT_EQ(find("奶").total, 2);
  EXPECT_EQ(ids(find("纯牛奶 250毫升")), (Ids{1}));
  EXPECT_EQ(ids(find("qq牛奶")), (Ids{2}));
  const auto apart = find("香蕉牛奶");
  EXPECT_EQ(ids(apart), (Ids{2}));
  EXPECT_TRUE(apart.ignored_words.empty());
  EXPECT_EQ(find("苹果").total, 0);
}

// Numbers with units, model names and hyphens match in all their writings.
TEST_F(SearchTest, SpellingsOfOneThing) {
  add(1, "Bottle 500 ml");
  add(2, "Flask 500ML");
  add(3, "iPhone 14 case");
  add(4, "E-Bike B17");
  EXPECT_EQ(find("500ml").total, 2);
  EXPECT_EQ(find("500 ml").total, 2);
  EXPECT_EQ(find("500").total, 2);
  EXPECT_EQ(ids(find("iphone14 ")), (Ids{3}));
  EXPECT_EQ(ids(find("ebike ")), (Ids{4}));
  EXPECT_EQ(ids(find("e-bike b 17 ")), (Ids{4}));
}

// Orders by price and age; products without a price in the currency come last; ties by newest,
// then id.
TEST_F(SearchTest, Sorts) {
  const auto eur = [](std::int64_t n) { return Money{n, Currency::of("EUR")}; };
  add(1, "a").prices = {eur(300), Money{1, Currency::of("CNY")}};
  add(2, "a").prices = {eur(100)};
  add(3, "a").prices = {Money{5, Currency::of("CNY")}};
  add(4, "a").prices = {eur(100)};
  SearchQuery query;
  query.sort = SearchSort::price_asc;
  EXPECT_EQ(ids(ask(query)), (Ids{4, 2, 1, 3})) << "EUR is the commonest";
  query.sort = SearchSort::price_desc;
  EXPECT_EQ(ids(ask(query)), (Ids{1, 4, 2, 3}));
  query.currency = Currency::of("CNY");
  EXPECT_EQ(ids(ask(query)), (Ids{3, 1, 4, 2}));
  query.sort = SearchSort::newest;
  EXPECT_EQ(ids(ask(query)), (Ids{4, 3, 2, 1}));
}

// Pages by offset and by the last hit are the same pages, also when that hit is filtered away.
TEST_F(SearchTest, Pages) {
  for (int i = 1; i <= 25; ++i) add(i, "same").in_stock = i % 2 == 0;
  SearchQuery query;
  query.limit = 10;
  Ids by_offset, by_cursor;
  for (query.offset = 0; query.offset < 30; query.offset += 10) {
    for (const auto id : ids(ask(query))) by_offset.push_back(id);
  }
  query.offset = 0;
  for (;;) {
    const auto page = ids(ask(query));
    if (page.empty()) break;
    by_cursor.insert(by_cursor.end(), page.begin(), page.end());
    query.starting_after = ProductId{page.back()};
  }
  EXPECT_EQ(by_offset.size(), 25U);
  EXPECT_EQ(by_offset, by_cursor);
  query.starting_after = ProductId{21};
  query.filters.in_stock_only = true;
  EXPECT_EQ(ids(ask(query)).at(0), 20);
  query.starting_after = ProductId{99};
  EXPECT_TRUE(ask(query).hits.empty());
}

// Names in facets follow the locale; a category counts what lies below it.
TEST_F(SearchTest, CategoryFacet) {
  const CategoryStep sport{CategoryId{1}, "sport", {{"en", "Sport"}, {"zh", "运动"}}};
  const CategoryStep bikes{CategoryId{2}, "bikes", {{"en", "Bikes"}, {"zh", "自行车"}}};
  add(1, "x").category_path = {sport};
  add(2, "x").category_path = {sport, bikes};
  SearchQuery query;
  query.locale = "zh-CN";
  query.filters.category = CategoryId{2};
  const auto result = ask(query);
  EXPECT_EQ(ids(result), (Ids{2}));
  ASSERT_EQ(result.facets.categories.size(), 2U);
  EXPECT_EQ(result.facets.categories[0].name, "运动");
  EXPECT_EQ(result.facets.categories[0].count, 2);
  EXPECT_EQ(result.facets.categories[1].path, "sport/bikes");
  query.filters = {};
  query.filters.category_path = "/sport/";
  EXPECT_EQ(ask(query).total, 2);
  query.filters.category_path = "spo";
  EXPECT_EQ(ask(query).total, 0);
  EXPECT_EQ(ids(find("自行车")), (Ids{2}));
}

}  // namespace
}  // namespace fondaco::matching
