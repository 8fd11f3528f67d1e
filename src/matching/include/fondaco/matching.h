// Search over products: words, filters, facets. Depends on: base.
// A process keeps its whole index in memory and feeds it from events; nothing here is stored.
// Invariant of every answer: it shows one moment of the index, and its counts are exact for it.
#pragma once

#include <fondaco/base/ids.h>
#include <fondaco/base/money.h>
#include <fondaco/base/time.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fondaco::matching {

inline constexpr std::size_t kQueryBytesMax = 200;
inline constexpr std::size_t kQueryWordsMax = 12;
inline constexpr int kHitsMax = 100;
inline constexpr int kOffsetMax = 10'000;
inline constexpr int kFilterValuesMax = 64;  // Of each kind; what is above is ignored.

/// One step of the way from the root of the category tree to the product's category.
struct CategoryStep {
  CategoryId id;
  std::string slug;                          // Without '/'.
  std::map<std::string, std::string> names;  // By locale ("en", "zh"); all are searched.
};

/// An attribute of the product or an option value of one of its variants ("Size", "42").
/// Names and values are compared without regard to case and accents.
struct Attribute {
  std::string name;
  std::string value;
};

/// What search knows about a product; all its variants together.
struct SearchDocument {
  ProductId product;
  std::map<std::string, std::string> titles;  // By locale; all are searched.
  std::string description;                    // Plain text of every locale; 32 KiB are read.
  BrandId brand;
  std::string brand_name;
  std::vector<CategoryStep> category_path;  // Root first; 8 steps are read.
  std::vector<MerchantId> merchants;
  std::vector<std::string> skus;
  std::vector<std::string> gtins;  // Also barcodes that are no GTIN.
  std::vector<std::string> tags;
  std::vector<Attribute> attributes;
  std::vector<Money> prices;  // The lowest price of a variant, one per currency.
  bool in_stock = false;
  Instant created;
};

enum class SearchSort { relevance, price_asc, price_desc, newest };

/// Values of one kind are alternatives; kinds, and attributes of different names, add up.
struct SearchFilters {
  std::optional<CategoryId> category;  // That category and all below.
  std::string category_path;           // "sports/bikes": the same by slugs; empty for all.
  std::vector<BrandId> brands;
  std::vector<MerchantId> merchants;
  std::optional<std::int64_t> price_min;  // Minor units of SearchQuery::currency, inclusive.
  std::optional<std::int64_t> price_max;
  bool in_stock_only = false;
  std::vector<Attribute> attributes;
};

/// Everything is limited, nothing refused: what is too long or too much is cut.
struct SearchQuery {
  std::string text;           // Without a letter or digit in it: all products.
  std::string locale = "en";  // Language of names in facets; words of all locales are searched.
  int limit = 20;
  int offset = 0;
  /// The last hit of the page before. Nothing follows a product that is gone or no longer
  /// matches the words; one that a filter now hides still marks its place.
  std::optional<ProductId> starting_after;
  SearchFilters filters;
  std::optional<Currency> currency;  // Of price filter, facet and sort; else the commonest.
  SearchSort sort = SearchSort::relevance;
  bool facets = true;
  int facet_values_max = 50;  // Values shown of each facet; the counts are exact all the same.
};

struct SearchHit {
  ProductId product;
  double score = 0;  // Comparable within one answer only.
};

/// Each facet counts the matches that pass all filters except the facet's own.
struct SearchFacets {
  struct Category {
    CategoryId id;
    std::string path;
    std::string name;
    std::int64_t count = 0;  // Products in it and below.
  };
  struct Brand {
    BrandId id;
    std::string name;
    std::int64_t count = 0;
  };
  struct Merchant {
    MerchantId id;
    std::int64_t count = 0;
  };
  struct PriceRange {
    std::int64_t from_minor = 0;  // Inclusive.
    std::int64_t to_minor = 0;    // Exclusive.
    std::int64_t count = 0;
  };
  struct Value {
    std::string value;
    std::int64_t count = 0;
  };
  struct Name {
    std::string name;
    std::vector<Value> values;
  };
  std::vector<Category> categories;  // All lists: most first, then by name or id.
  std::vector<Brand> brands;
  std::vector<Merchant> merchants;
  Currency currency;
  std::optional<std::int64_t> price_min;
  std::optional<std::int64_t> price_max;
  std::vector<PriceRange> prices;  // Cheapest first, steps of 1-2-5; only ranges with products.
  std::vector<Name> attributes;    // Filtered names first, then most first; 20 names.
  std::int64_t in_stock = 0;
};

/// "Did you mean": what was typed and what was searched instead.
struct CorrectedWord {
  std::string typed;
  std::string used;
};

struct SearchResult {
  std::vector<SearchHit> hits;
  std::int64_t total = 0;
  SearchFacets facets;
  bool stale = false;  // The index is being rebuilt and may lack products.
  std::vector<CorrectedWord> corrected;
  std::vector<std::string> ignored_words;  // Left out because all words together match nothing.
};

/// The port. Ranking: exact SKU or GTIN first, then by words (BM25 with field weights), then
/// newest, then smallest id.
class Search {
 public:
  virtual ~Search() = default;
  /// Thread-safe; never refuses.
  virtual SearchResult search(const SearchQuery& query) const = 0;
};

struct QueryWord {
  std::string text;     // Folded: lower case, no accents, "500 ML" is "500ml".
  bool cjk = false;     // Two neighbouring characters, or one that stands alone.
  bool prefix = false;  // Still being typed.
  friend bool operator==(const QueryWord&, const QueryWord&) = default;
};

struct ParsedQuery {
  std::vector<QueryWord> words;    // kQueryWordsMax at most, no two alike.
  std::vector<std::string> codes;  // The whole text read as SKU and as GTIN.
  bool truncated = false;          // Longer than kQueryBytesMax.
};

/// Takes any bytes; broken UTF-8 separates words.
ParsedQuery parse_query(std::string_view text);

struct SearchStats {
  std::int64_t documents = 0;
  std::int64_t segments = 0;
  std::int64_t words = 0;  // Sum over segments.
  std::int64_t bytes = 0;  // Of segments and facet values, estimated.
};

/// Search in memory: immutable segments, replaced by pointer swap. Readers never wait for an
/// update; updates wait for each other. Segments and merging after Lucene, typo search on the
/// sorted word list after Schulz and Mihov's walk.
class MemorySearch final : public Search {
 public:
  MemorySearch();
  ~MemorySearch() override;
  MemorySearch(const MemorySearch&) = delete;
  MemorySearch& operator=(const MemorySearch&) = delete;

  SearchResult search(const SearchQuery& query) const override;

  /// Replaces or adds; readers see all of a span at once. The later of two equal ids counts.
  void upsert(const SearchDocument& document);
  void upsert(std::span<const SearchDocument> documents);
  /// False when it was not there.
  bool remove(ProductId product);
  /// Cheaper than upsert: nothing is indexed again. False when the product is not there.
  bool set_in_stock(ProductId product, bool in_stock);

  /// Fills in the next document; false at the end.
  using Source = std::function<bool(SearchDocument&)>;
  /// Replaces everything by what the source gives; for a background thread. Answers are stale
  /// until it returns. Updates made meanwhile win over the source. An empty index shows what is
  /// loaded so far, a filled one stays as it was until the end, also when the source throws.
  void rebuild(const Source& next);
  /// Merges segments when that pays; for a background thread, once in a while. True when it did.
  bool compact();
  /// The feeder says that it knows to be behind.
  void set_stale(bool stale);
  SearchStats stats() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fondaco::matching
