#include "test_documents.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace fondaco::matching {
namespace {

// Products are written in pairs in one step; a reader never sees half a pair, an answer whose
// facets disagree with its hits, or an error, while an updater, a compaction and a rebuild run.
TEST(Concurrency, ReadersSeeWholeMoments) {
  MemorySearch search;
  constexpr int kPairs = 60;
  const auto pair = [](int n, int color) {
    std::vector<SearchDocument> two;
    for (int i = 0; i < 2; ++i) {
      auto& d = two.emplace_back(product(2 * n + i + 1, "pair number" + std::to_string(n)));
      d.attributes = {{"color", "c" + std::to_string(color)}};
    }
    return two;
  };
  for (int n = 0; n < kPairs; ++n) search.upsert(pair(n, 0));
  std::atomic<bool> done{false};
  std::atomic<int> answers{0};
  const auto read = [&] {
    while (!done) {
      const auto result = find(search, "pair");
      ASSERT_EQ(result.total, 2 * kPairs);
      std::int64_t counted = 0;
      ASSERT_EQ(result.facets.attributes.size(), 1U);
      for (const auto& value : result.facets.attributes[0].values) {
        ASSERT_EQ(value.count % 2, 0);
        counted += value.count;
      }
      ASSERT_EQ(counted, result.total);
      ++answers;
    }
  };
  std::thread first(read), second(read);
  std::thread background([&] {
    while (!done) {
      search.compact();
      std::vector<SearchDocument> all;
      for (int n = 0; n < kPairs; ++n) {
        for (auto& d : pair(n, 9)) all.push_back(std::move(d));
      }
      search.rebuild(source_of(all));
    }
  });
  for (int step = 0; step < 400 || answers < 50; ++step) {
    search.upsert(pair(step % kPairs, step % 5));
  }
  done = true;
  first.join();
  second.join();
  background.join();
  EXPECT_EQ(search.stats().documents, 2 * kPairs);
}

}  // namespace
}  // namespace fondaco::matching
