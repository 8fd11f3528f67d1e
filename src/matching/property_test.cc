#include "test_documents.h"

#include <fondaco/base/random.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace fondaco::matching {
namespace {

constexpr const char* kWords[] = {"lamp", "chair", "oak", "steel", "nordic", "kitchen", "garden"};
constexpr const char* kColors[] = {"red", "green", "blue", "black"};
constexpr const char* kPaths[] = {"home", "home/light", "home/light/desk", "garden", "garden/sit"};
const Currency kEur = Currency::of("EUR");

std::int64_t number(Random& r, std::uint64_t below) {
  return static_cast<std::int64_t>(r.below(below));
}

SearchDocument random_document(Random& r, std::int64_t id) {
  SearchDocument d = product(id, "");
  for (int i = 0; i < 3; ++i) d.titles["en"] += std::string(kWords[r.below(7)]) + " ";
  d.brand = BrandId{1 + number(r, 3)};
  d.brand_name = "B" + std::to_string(d.brand.value);
  std::string path = kPaths[r.below(5)];
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    CategoryStep step;
    step.slug = path.substr(at, end - at);
    step.id = CategoryId{static_cast<std::int64_t>(path[0]) * 100 + static_cast<std::int64_t>(end)};
    d.category_path.push_back(step);
    at = end + 1;
  }
  for (std::int64_t m = 1; m <= 3; ++m) {
    if (r.below(2) == 0) d.merchants.push_back(MerchantId{m});
  }
  for (int i = 0; i < 2; ++i) d.attributes.push_back({"Color", kColors[r.below(4)]});
  d.attributes.push_back({"Size", std::to_string(r.below(3))});
  if (r.below(5) != 0) d.prices = {Money{number(r, 5'000), kEur}};
  d.in_stock = r.below(3) != 0;
  d.created = Instant{number(r, 10)};
  return d;
}

SearchQuery random_query(Random& r) {
  SearchQuery q;
  if (r.below(3) != 0) q.text = std::string(kWords[r.below(7)]) + " ";
  q.limit = kHitsMax;
  q.currency = kEur;
  q.sort = static_cast<SearchSort>(r.below(4));
  if (r.below(3) == 0) q.filters.category_path = kPaths[r.below(5)];
  if (r.below(3) == 0) q.filters.brands = {BrandId{1 + number(r, 4)}};
  if (r.below(3) == 0) q.filters.merchants = {MerchantId{1 + number(r, 3)}, MerchantId{2}};
  if (r.below(3) == 0) q.filters.price_min = number(r, 3'000);
  if (r.below(3) == 0) q.filters.price_max = number(r, 5'000);
  q.filters.in_stock_only = r.below(4) == 0;
  if (r.below(3) == 0) q.filters.attributes.push_back({"COLOR", kColors[r.below(4)]});
  if (r.below(4) == 0) q.filters.attributes.push_back({"color", kColors[r.below(4)]});
  if (r.below(4) == 0) q.filters.attributes.push_back({"size", std::to_string(r.below(4))});
  return q;
}

std::string path_of(const SearchDocument& d) {
  std::string path;
  for (const auto& step : d.category_path) path += (path.empty() ? "" : "/") + step.slug;
  return path;
}

/// The same questions answered the slow way, by looking at each document.
struct BruteForce {
  const std::map<std::int64_t, SearchDocument>& documents;
  const SearchQuery& q;

  bool has_words(const SearchDocument& d) const {
    return q.text.empty() || d.titles.at("en").find(q.text) != std::string::npos;
  }
  bool attribute_passes(const SearchDocument& d, const std::string& name) const {
    bool asked = false;
    for (const auto& wanted : q.filters.attributes) {
      if (to_name(wanted.name) != name) continue;
      asked = true;
      for (const auto& a : d.attributes) {
        if (a.name == name && a.value == wanted.value) return true;
      }
    }
    return !asked;
  }
  static std::string to_name(const std::string& s) {
    return s[0] == 'c' || s[0] == 'C' ? "Color" : "Size";
  }
  /// All filters except the named one.
  bool passes(const SearchDocument& d, const std::string& except = "") const {
    const auto& f = q.filters;
    const std::string path = path_of(d) + "/";
    const bool category = f.category_path.empty() || path.starts_with(f.category_path + "/");
    const bool brand = f.brands.empty() || f.brands[0] == d.brand;
    const bool merchant =
        f.merchants.empty() ||
        std::any_of(d.merchants.begin(), d.merchants.end(), [&](MerchantId m) {
          return std::find(f.merchants.begin(), f.merchants.end(), m) != f.merchants.end();
        });
    const bool price = (!f.price_min && !f.price_max) ||
                       (!d.prices.empty() && d.prices[0].minor >= f.price_min.value_or(0) &&
                        d.prices[0].minor <= f.price_max.value_or(INT64_MAX));
    return (category || except == "category") && (brand || except == "brand") &&
           (merchant || except == "merchant") && (price || except == "price") &&
           (d.in_stock || !f.in_stock_only || except == "stock") &&
           (except == "Color" || attribute_passes(d, "Color")) &&
           (except == "Size" || attribute_passes(d, "Size"));
  }
  template <class F>
  void each(const std::string& except, F&& f) const {
    for (const auto& [id, d] : documents) {
      if (has_words(d) && passes(d, except)) f(d);
    }
  }
};

using Counts = std::map<std::string, std::int64_t>;

void check_lists(const BruteForce& brute, const SearchFacets& facets) {
  Counts expected, got;
  brute.each("category", [&](const SearchDocument& d) {
    const std::string path = path_of(d);
    for (std::size_t at = 0; at != std::string::npos;) {
      at = path.find('/', at + 1);
      ++expected["category " + path.substr(0, at)];
    }
  });
  brute.each("brand", [&](const SearchDocument& d) { ++expected["brand " + d.brand_name]; });
  brute.each("merchant", [&](const SearchDocument& d) {
    for (const auto m : d.merchants) ++expected["merchant " + std::to_string(m.value)];
  });
  for (const std::string name : {"Color", "Size"}) {
    brute.each(name, [&](const SearchDocument& d) {
      std::set<std::string> values;
      for (const auto& a : d.attributes) {
        if (a.name == name) values.insert(a.value);
      }
      for (const auto& value : values) ++expected[name + " " + value];
    });
  }
  for (const auto& c : facets.categories) got["category " + c.path] = c.count;
  for (const auto& b : facets.brands) got["brand " + b.name] = b.count;
  for (const auto& m : facets.merchants) got["merchant " + std::to_string(m.id.value)] = m.count;
  for (const auto& n : facets.attributes) {
    for (const auto& v : n.values) got[n.name + " " + v.value] = v.count;
  }
  EXPECT_EQ(got, expected);
}

void check_prices(const BruteForce& brute, const SearchFacets& facets) {
  std::vector<std::int64_t> prices;
  std::int64_t in_stock = 0;
  brute.each("price", [&](const SearchDocument& d) {
    if (!d.prices.empty()) prices.push_back(d.prices[0].minor);
  });
  brute.each("stock", [&](const SearchDocument& d) { in_stock += d.in_stock ? 1 : 0; });
  EXPECT_EQ(facets.in_stock, in_stock);
  std::int64_t counted = 0;
  for (const auto& range : facets.prices) {
    counted += range.count;
    EXPECT_EQ(range.count, std::count_if(prices.begin(), prices.end(), [&](std::int64_t p) {
                return p >= range.from_minor && p < range.to_minor;
              }));
  }
  EXPECT_EQ(counted, static_cast<std::int64_t>(prices.size()));
  if (prices.empty()) return;
  EXPECT_EQ(facets.price_min, *std::min_element(prices.begin(), prices.end()));
  EXPECT_EQ(facets.price_max, *std::max_element(prices.begin(), prices.end()));
}

void check(const MemorySearch& search, const std::map<std::int64_t, SearchDocument>& documents,
           const SearchQuery& q) {
  const BruteForce brute{documents, q};
  std::set<std::int64_t> expected;
  brute.each("", [&](const SearchDocument& d) { expected.insert(d.product.value); });
  const auto result = search.search(q);
  EXPECT_EQ(result.total, static_cast<std::int64_t>(expected.size()));
  const auto found = ids(result);
  EXPECT_EQ(std::set<std::int64_t>(found.begin(), found.end()), expected);
  for (std::size_t i = 1; i < found.size(); ++i) {
    const auto& a = documents.at(found[i - 1]);
    const auto& b = documents.at(found[i]);
    const auto price = [](const SearchDocument& d, std::int64_t none) {
      return d.prices.empty() ? none : d.prices[0].minor;
    };
    EXPECT_TRUE(q.sort != SearchSort::newest || a.created >= b.created);
    EXPECT_TRUE(q.sort != SearchSort::price_asc || price(a, INT64_MAX) <= price(b, INT64_MAX));
    EXPECT_TRUE(q.sort != SearchSort::price_desc || price(a, -1) >= price(b, -1));
  }
  check_lists(brute, result.facets);
  check_prices(brute, result.facets);
}

// Hits, totals, order and every facet equal those of looking at each document, through random
// updates, removals, changes of stock and compactions.
TEST(Property, EqualsBruteForce) {
  SeededRandom random(20261122);
  std::map<std::int64_t, SearchDocument> documents;
  MemorySearch search;
  for (int step = 0; step < 600 && !HasFailure(); ++step) {
    const std::int64_t id = 1 + number(random, 90);
    switch (random.below(8)) {
      case 0:
        EXPECT_EQ(search.remove(ProductId{id}), documents.erase(id) == 1);
        break;
      case 1: {
        const auto at = documents.find(id);
        EXPECT_EQ(search.set_in_stock(ProductId{id}, step % 2 == 0), at != documents.end());
        if (at != documents.end()) at->second.in_stock = step % 2 == 0;
        break;
      }
      case 2:
        if (step % 10 == 0) search.compact();
        break;
      default:
        documents[id] = random_document(random, id);
        search.upsert(documents[id]);
    }
    check(search, documents, random_query(random));
  }
}

}  // namespace
}  // namespace fondaco::matching
