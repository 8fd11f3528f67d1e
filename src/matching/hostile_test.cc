#include "test_documents.h"

#include <fondaco/base/random.h>

#include <gtest/gtest.h>

namespace fondaco::matching {
namespace {

std::string junk(Random& random, std::uint64_t size_max) {
  std::string text = random.bytes(random.below(size_max + 1));
  if (random.below(2) == 0) {
    constexpr std::string_view kAlphabet = "aab e.-/1\xe4\xb8\xad\xe6\x96\x87\xcc\x81\xff";
    for (auto& c : text) c = kAlphabet[static_cast<unsigned char>(c) % kAlphabet.size()];
  }
  return text;
}

SearchDocument junk_document(Random& random) {
  SearchDocument d;
  d.product = ProductId{static_cast<std::int64_t>(random.below(60))};
  d.titles[junk(random, 5)] = junk(random, 80);
  d.description = junk(random, 300);
  d.brand = BrandId{static_cast<std::int64_t>(random.below(4))};
  d.brand_name = junk(random, 300);
  for (std::uint64_t i = random.below(12); i > 0; --i) {
    const CategoryId id{static_cast<std::int64_t>(random.below(9))};
    d.category_path.push_back({id, junk(random, 4), {{"en", junk(random, 9)}}});
    d.skus.push_back(junk(random, 20));
    d.gtins.push_back(junk(random, 20));
    d.attributes.push_back({junk(random, 3), junk(random, 250)});
    d.prices.push_back({static_cast<std::int64_t>(random.number()), Currency{}});
  }
  d.created = Instant{static_cast<std::int64_t>(random.number() >> 1)};
  return d;
}

// Documents and queries of random bytes and numbers neither crash nor break the counts.
TEST(Hostile, RandomBytesEverywhere) {
  SeededRandom random(5);
  MemorySearch search;
  for (int step = 0; step < 400; ++step) {
    search.upsert(junk_document(random));
    if (step % 7 == 0) search.remove(ProductId{static_cast<std::int64_t>(random.below(60))});
    if (step % 100 == 0) search.compact();
    SearchQuery query;
    query.text = junk(random, step % 10 == 0 ? 400 : 12);
    query.locale = junk(random, 4);
    query.limit = static_cast<int>(random.number());
    query.offset = static_cast<int>(random.number());
    query.facet_values_max = static_cast<int>(random.number());
    query.sort = static_cast<SearchSort>(random.below(4));
    if (random.below(3) == 0) query.filters.price_min = static_cast<std::int64_t>(random.number());
    if (random.below(3) == 0) query.filters.category_path = junk(random, 3);
    for (std::uint64_t i = random.below(40); i > 12; --i) {
      query.filters.attributes.push_back({junk(random, 2), junk(random, 2)});
    }
    const auto result = search.search(query);
    ASSERT_LE(result.hits.size(), static_cast<std::size_t>(kHitsMax));
    ASSERT_LE(result.total, search.stats().documents);
  }
}

// Texts far above the limits are read in part: a page of one word repeated a million times
// costs no more than its limit.
TEST(Hostile, HugeTexts) {
  MemorySearch search;
  SearchDocument d = product(1, std::string(2'000'000, 'a'));
  for (int i = 0; i < 1'000'000; ++i) d.description += "spam ";
  d.tags.assign(100'000, "tag");
  d.skus.assign(100'000, "sku");
  d.attributes.assign(100'000, {"name", "value"});
  d.merchants.assign(100'000, MerchantId{7});
  d.titles["zh"] = std::string(1'000'000, '\x80');
  search.upsert(d);
  EXPECT_EQ(find(search, "spam").total, 1);
  EXPECT_EQ(find(search, "aaaaaaaaaa").total, 1);
  EXPECT_LT(search.stats().bytes, 10'000);
  EXPECT_EQ(find(search, std::string(5'000'000, 'x')).total, 0);
}

// A word that nearly matches very many words ends within its budget of steps.
TEST(Hostile, TypoWalkIsBounded) {
  SeededRandom random(3);
  MemorySearch search;
  std::vector<SearchDocument> documents;
  for (int i = 1; i <= 3'000; ++i) {
    std::string title;
    for (int k = 0; k < 12; ++k) title += static_cast<char>('a' + random.below(3));
    documents.push_back(product(i, title));
  }
  search.upsert(documents);
  EXPECT_LE(find(search, "abcabcabcabd ").total, 3'000);
}

}  // namespace
}  // namespace fondaco::matching
