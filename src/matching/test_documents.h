// Documents for the tests of this folder.
#pragma once

#include <fondaco/matching.h>

#include <string>
#include <vector>

namespace fondaco::matching {

inline SearchDocument product(std::int64_t id, std::string title) {
  SearchDocument d;
  d.product = ProductId{id};
  d.titles["en"] = std::move(title);
  d.created = Instant{id};
  d.in_stock = true;
  return d;
}

inline std::vector<std::int64_t> ids(const SearchResult& result) {
  std::vector<std::int64_t> out;
  for (const auto& hit : result.hits) out.push_back(hit.product.value);
  return out;
}

inline SearchResult find(const Search& search, std::string text) {
  SearchQuery query;
  query.text = std::move(text);
  query.limit = kHitsMax;
  return search.search(query);
}

inline MemorySearch::Source source_of(const std::vector<SearchDocument>& documents) {
  return [&documents, next = std::size_t{0}](SearchDocument& out) mutable {
    if (next == documents.size()) return false;
    out = documents[next++];
    return true;
  };
}

}  // namespace fondaco::matching
