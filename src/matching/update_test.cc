#include "test_documents.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace fondaco::matching {
namespace {

using Ids = std::vector<std::int64_t>;

// A changed product is found by its new words only, a removed one not at all.
TEST(MemorySearch, UpsertAndRemove) {
  MemorySearch search;
  search.upsert(product(1, "old"));
  search.upsert(product(1, "new"));
  EXPECT_EQ(find(search, "old ").total, 0);
  EXPECT_EQ(ids(find(search, "new")), (Ids{1}));
  EXPECT_TRUE(search.remove(ProductId{1}));
  EXPECT_FALSE(search.remove(ProductId{1}));
  EXPECT_EQ(find(search, "").total, 0);
}

// Of two documents with one id in a batch the later counts.
TEST(MemorySearch, LaterOfABatchCounts) {
  MemorySearch search;
  const std::vector<SearchDocument> batch{product(2, "b"), product(1, "first"),
                                          product(1, "second")};
  search.upsert(batch);
  EXPECT_EQ(search.stats().documents, 2);
  EXPECT_EQ(find(search, "first ").total, 0);
  EXPECT_EQ(find(search, "second").total, 1);
}

// Being in stock changes without the words, and survives merging.
TEST(MemorySearch, SetInStock) {
  MemorySearch search;
  for (int i = 1; i <= 100; ++i) search.upsert(product(i, "thing"));
  EXPECT_TRUE(search.set_in_stock(ProductId{7}, false));
  EXPECT_FALSE(search.set_in_stock(ProductId{777}, false));
  SearchQuery query;
  query.filters.in_stock_only = true;
  EXPECT_EQ(search.search(query).total, 99);
  while (search.compact()) {
  }
  EXPECT_EQ(search.search(query).total, 99);
  EXPECT_EQ(search.stats().segments, 1);
}

// Many single updates leave few segments and the same answers.
TEST(MemorySearch, SegmentsStayFew) {
  MemorySearch search;
  for (int i = 1; i <= 2'000; ++i) {
    search.upsert(product(i % 500 + 1, i % 2 == 0 ? "even thing" : "odd thing"));
  }
  EXPECT_EQ(search.stats().documents, 500);
  EXPECT_LT(search.stats().segments, 40);
  EXPECT_EQ(find(search, "even").total + find(search, "odd").total, 500);
  while (search.compact()) {
  }
  EXPECT_EQ(find(search, "thing").total, 500);
}

// A rebuild replaces everything at its end; updates made meanwhile win; answers say stale.
TEST(MemorySearch, UpdatesDuringRebuildWin) {
  MemorySearch search;
  for (int i = 1; i <= 5; ++i) search.upsert(product(i, "before"));
  int next = 1;
  search.rebuild([&](SearchDocument& out) {
    if (next == 3) {
      search.upsert(product(1, "updated"));
      search.upsert(product(9, "updated"));
      EXPECT_TRUE(search.remove(ProductId{2}));
      EXPECT_TRUE(search.set_in_stock(ProductId{4}, false));
      EXPECT_TRUE(find(search, "before").stale);
      EXPECT_EQ(find(search, "before").total, 3);
    }
    if (next > 4) return false;
    out = product(next++, "loaded");
    return true;
  });
  EXPECT_EQ(ids(find(search, "updated")), (Ids{9, 1}));
  EXPECT_EQ(ids(find(search, "loaded")), (Ids{4, 3}));
  EXPECT_EQ(find(search, "before ").total, 0);
  EXPECT_FALSE(find(search, "").stale);
  SearchQuery query;
  query.filters.in_stock_only = true;
  EXPECT_EQ(search.search(query).total, 3);
}

// An empty index shows what is loaded already, and later duplicates and updates still win.
TEST(MemorySearch, FirstLoadShowsProgress) {
  MemorySearch search;
  int next = 0;
  bool seen = false;
  search.rebuild([&](SearchDocument& out) {
    if (next == 16'500) {
      seen = find(search, "").total > 0;
      EXPECT_TRUE(search.remove(ProductId{5}));
      search.upsert(product(16'501, "updated"));
    }
    if (next == 16'600) return false;
    ++next;
    out = product(next == 16'600 ? 1 : next, next == 16'600 ? "twice" : "loaded");
    return true;
  });
  EXPECT_TRUE(seen);
  EXPECT_EQ(find(search, "").total, 16'598);
  EXPECT_EQ(ids(find(search, "updated")), (Ids{16'501}));
  EXPECT_EQ(ids(find(search, "twice")), (Ids{1}));
  EXPECT_LE(search.stats().segments, 3);
}

// A source that breaks leaves the index as it was and open for updates.
TEST(MemorySearch, BrokenSource) {
  MemorySearch search;
  search.upsert(product(1, "kept"));
  EXPECT_THROW(search.rebuild([](SearchDocument&) -> bool { throw Fault("disk"); }), Fault);
  EXPECT_EQ(find(search, "kept").total, 1);
  EXPECT_FALSE(find(search, "kept").stale);
  search.upsert(product(2, "kept"));
  EXPECT_EQ(find(search, "kept").total, 2);
}

// The feeder's word that it is behind reaches every answer.
TEST(MemorySearch, StaleFlag) {
  MemorySearch search;
  search.set_stale(true);
  EXPECT_TRUE(find(search, "").stale);
  search.set_stale(false);
  EXPECT_FALSE(find(search, "").stale);
}

}  // namespace
}  // namespace fondaco::matching
