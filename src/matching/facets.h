// Counts the values of matching documents. Depends on filter.h.
#pragma once

#include "filter.h"
#include "segment.h"
#include "values.h"

#include <fondaco/matching.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace fondaco::matching {

/// Numbers and how often each came; forgetting costs only what was counted.
class Counter {
 public:
  /// Forgets all; then counts numbers below `size`.
  void begin(std::size_t size);
  void add(std::uint32_t number, std::uint32_t times = 1) {
    if (counts_[number] == 0) seen_.push_back(number);
    counts_[number] += times;
  }
  void add_list(const Lists& lists, std::uint32_t document) {
    for (std::uint32_t i = lists.at[document]; i < lists.at[document + 1]; ++i) {
      add(lists.values[i]);
    }
  }
  std::uint32_t count(std::uint32_t number) const { return counts_[number]; }
  const std::vector<std::uint32_t>& seen() const { return seen_; }

 private:
  std::vector<std::uint32_t> counts_;
  std::vector<std::uint32_t> seen_;
};

class Facets {
 public:
  /// One at a time in a thread: the counters are the thread's.
  Facets(const Values& values, const SearchQuery& query, const Filter& filter, Currency currency);

  /// A document that matches the words; `failed` are the filters that it fails.
  void add(const View& view, std::uint32_t document, Filter::Mask failed);
  SearchFacets finish();

 private:
  struct Counters {
    Counter categories, brands, merchants, attributes, prices;
  };
  void add_price(const Segment& s, std::uint32_t document);
  void count_parents();
  void show_categories(SearchFacets& out);
  void show_brands(SearchFacets& out);
  void show_merchants(SearchFacets& out);
  void show_prices(SearchFacets& out);
  void show_attributes(SearchFacets& out);
  template <class Less>
  std::vector<std::uint32_t> most(const Counter& counter, Less&& less) const;
  static Counters& counters();

  const Values& values_;
  const SearchQuery& query_;
  const Filter& filter_;
  const Currency currency_;
  const std::uint16_t packed_currency_;
  const std::size_t shown_max_;
  std::vector<std::int64_t> price_steps_;
  std::int64_t in_stock_ = 0;
  std::int64_t price_min_ = 0;
  std::int64_t price_max_ = 0;
  Counters& c_;
};

}  // namespace fondaco::matching
