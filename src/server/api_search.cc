#include "api.h"

#include <fondaco/base/json.h>
#include <fondaco/catalog.h>
#include <fondaco/http/router.h>
#include <fondaco/inventory.h>

#include <algorithm>
#include <unordered_map>

namespace fondaco::server {
namespace {

using http::Context;
using http::Response;
using matching::SearchFacets;

struct ProductHit {
  ProductId id;
  std::string handle;
  std::string title;
  std::string brand;
  std::string category;
  std::string image;
  std::vector<std::string> merchants;  // Slugs.
  std::optional<Money> price;          // The lowest one in the asked currency.
  bool in_stock = false;
};
BOOST_DESCRIBE_STRUCT(ProductHit, (),
                      (id, handle, title, brand, category, image, merchants, price, in_stock))

struct CategoryCount {
  CategoryId id;
  std::string path;
  std::string name;
  std::int64_t count = 0;
};
BOOST_DESCRIBE_STRUCT(CategoryCount, (), (id, path, name, count))
struct BrandCount {
  BrandId id;
  std::string name;
  std::int64_t count = 0;
};
BOOST_DESCRIBE_STRUCT(BrandCount, (), (id, name, count))
struct MerchantCount {
  MerchantId id;
  std::int64_t count = 0;
};
BOOST_DESCRIBE_STRUCT(MerchantCount, (), (id, count))
struct PriceCount {
  Money from;
  Money to;  // Exclusive.
  std::int64_t count = 0;
};
BOOST_DESCRIBE_STRUCT(PriceCount, (), (from, to, count))
struct ValueCount {
  std::string value;
  std::int64_t count = 0;
};
BOOST_DESCRIBE_STRUCT(ValueCount, (), (value, count))
struct AttributeCounts {
  std::string name;
  std::vector<ValueCount> values;
};
BOOST_DESCRIBE_STRUCT(AttributeCounts, (), (name, values))

struct FacetsOut {
  std::vector<CategoryCount> categories;
  std::vector<BrandCount> brands;
  std::vector<MerchantCount> merchants;
  std::vector<PriceCount> prices;
  std::vector<AttributeCounts> attributes;
  std::int64_t in_stock = 0;
};
BOOST_DESCRIBE_STRUCT(FacetsOut, (), (categories, brands, merchants, prices, attributes, in_stock))

struct Corrected {
  std::string typed;
  std::string used;
};
BOOST_DESCRIBE_STRUCT(Corrected, (), (typed, used))

struct SearchOut {
  std::vector<ProductHit> data;
  bool has_more = false;
  std::int64_t total = 0;
  FacetsOut facets;
  std::vector<Corrected> did_you_mean;
  std::vector<std::string> ignored_words;
  bool stale = false;
};
BOOST_DESCRIBE_STRUCT(SearchOut, (),
                      (data, has_more, total, facets, did_you_mean, ignored_words, stale))

FacetsOut shown(const SearchFacets& f) {
  FacetsOut out;
  for (const auto& c : f.categories) out.categories.push_back({c.id, c.path, c.name, c.count});
  for (const auto& b : f.brands) out.brands.push_back({b.id, b.name, b.count});
  for (const auto& m : f.merchants) out.merchants.push_back({m.id, m.count});
  for (const auto& p : f.prices) {
    out.prices.push_back({{p.from_minor, f.currency}, {p.to_minor, f.currency}, p.count});
  }
  for (const auto& a : f.attributes) {
    AttributeCounts counts{a.name, {}};
    for (const auto& v : a.values) counts.values.push_back({v.value, v.count});
    out.attributes.push_back(std::move(counts));
  }
  out.in_stock = f.in_stock;
  return out;
}

/// Reads one parameter that must be of a kind; the refusal when it is not.
template <class T, class Parse>
std::optional<Response> take(const Context& c, const char* name, T& out, Parse&& parse) {
  const auto text = c.request().query_value(name);
  if (!text || text->empty()) return std::nullopt;
  const auto value = parse(*text);
  if (!value) return http::problem(400, "invalid_parameter", std::string(name) + " is not valid");
  out = *value;
  return std::nullopt;
}

std::optional<matching::SearchSort> sort_named(std::string_view text) {
  if (text == "relevance") return matching::SearchSort::relevance;
  if (text == "price_asc") return matching::SearchSort::price_asc;
  if (text == "price_desc") return matching::SearchSort::price_desc;
  if (text == "newest") return matching::SearchSort::newest;
  return std::nullopt;
}

std::optional<matching::Attribute> attribute_of(const std::string& text) {
  const auto colon = text.find(':');
  if (colon == std::string::npos || colon == 0) return std::nullopt;
  return matching::Attribute{text.substr(0, colon), text.substr(colon + 1)};
}

std::optional<Response> read_filters(const Context& c, matching::SearchFilters& filters) {
  for (const auto& [name, value] : c.request().query) {
    if (name == "brand") {
      const auto id = id_from_text<BrandId>(value);
      if (!id) return http::problem(400, "invalid_parameter", "brand is no brd_… id");
      filters.brands.push_back(*id);
    } else if (name == "merchant") {
      const auto id = id_from_text<MerchantId>(value);
      if (!id) return http::problem(400, "invalid_parameter", "merchant is no mer_… id");
      filters.merchants.push_back(*id);
    } else if (name == "attribute") {
      const auto attribute = attribute_of(value);
      if (!attribute) {
        return http::problem(400, "invalid_parameter", "attribute is not NAME:VALUE");
      }
      filters.attributes.push_back(*attribute);
    }
  }
  const auto category = c.request().query_value("category");
  if (category) {
    const auto id = id_from_text<CategoryId>(*category);
    if (id) {
      filters.category = *id;
    } else {
      filters.category_path = *category;
    }
  }
  const auto number = [](const std::string& text) { return parse_int(text); };
  if (auto r = take(c, "price_min", filters.price_min, number)) return r;
  if (auto r = take(c, "price_max", filters.price_max, number)) return r;
  return take(c, "in_stock", filters.in_stock_only,
              [](const std::string& t) { return std::optional<bool>(t == "true" || t == "1"); });
}

Result<matching::SearchQuery, Response> query_of(const Context& c) {
  const auto page = http::page_of(c);
  if (!page) return Refused{page.refusal()};
  matching::SearchQuery q;
  q.text = c.request().query_value("q").value_or("");
  q.locale = std::string(c.locale());
  q.limit = page->limit;
  if (page->starting_after) {
    const auto after = id_from_text<ProductId>(*page->starting_after);
    if (!after) {
      return Refused{http::problem(400, "invalid_parameter", "starting_after is no prd_… id")};
    }
    q.starting_after = *after;
  }
  if (auto r = read_filters(c, q.filters)) return Refused{*r};
  const auto offset = [](const std::string& text) -> std::optional<int> {
    const auto n = parse_int(text);
    if (!n || *n < 0 || *n > matching::kOffsetMax) return std::nullopt;
    return static_cast<int>(*n);
  };
  if (auto r = take(c, "offset", q.offset, offset)) return Refused{*r};
  if (auto r = take(c, "sort", q.sort, sort_named)) return Refused{*r};
  if (auto r = take(c, "currency", q.currency, Currency::parse)) return Refused{*r};
  return q;
}

/// What of a product is for sale, with one batch look-up for all hits.
class Shelf {
 public:
  Shelf(storage::Read& read, std::span<const catalog::Product> products) {
    std::vector<VariantId> variants;
    for (const auto& product : products) {
      for (const auto& variant : product.variants) variants.push_back(variant.id);
    }
    for (auto& offer : marketplace::offers_of(read, variants)) {
      if (offer.state == marketplace::OfferState::active) {
        offers_[offer.product].push_back(std::move(offer));
      }
    }
    for (const auto& level : inventory::levels_of(read, variants)) {
      available_[level.variant] = level.oversell || level.available > 0;
    }
  }
  const std::vector<marketplace::Offer>& of(ProductId product) { return offers_[product]; }
  bool in_stock(const catalog::Product& product) {
    return std::any_of(product.variants.begin(), product.variants.end(),
                       [&](const auto& v) { return available_[v.id]; });
  }

 private:
  std::unordered_map<ProductId, std::vector<marketplace::Offer>> offers_;
  std::unordered_map<VariantId, bool> available_;
};

/// In the asked currency when an offer has a price in it, else the lowest of its own.
std::optional<Money> price_in(storage::Read& read, const std::vector<marketplace::Offer>& offers,
                              std::optional<Currency> currency) {
  std::optional<Money> best;
  const auto consider = [&](Money price) {
    if (currency && price.currency != *currency) return;
    if (!best || (best->currency == price.currency && price.minor < best->minor)) best = price;
  };
  for (const auto& offer : offers) {
    consider(offer.price);
    if (!currency || offer.price.currency == *currency) continue;
    for (const Money price : marketplace::price_list(read, offer.id)) consider(price);
  }
  return best;
}

Response search(Context& c, const SearchServices& s) {
  const auto query = query_of(c);
  if (!query) return query.refusal();
  const auto found = s.search.search(*query);
  SearchOut out;
  out.total = found.total;
  out.facets = shown(found.facets);
  for (const auto& w : found.corrected) out.did_you_mean.push_back({w.typed, w.used});
  out.ignored_words = found.ignored_words;
  out.stale = found.stale;
  const auto seen = static_cast<std::int64_t>(found.hits.size()) + query->offset;
  out.has_more =
      query->starting_after ? std::cmp_equal(found.hits.size(), query->limit) : found.total > seen;
  std::vector<ProductId> ids;
  for (const auto& hit : found.hits) ids.push_back(hit.product);
  storage::Read& read = c.read();
  const auto products = catalog::products(read, ids);
  Shelf shelf(read, products);
  for (const auto& product : products) {
    ProductHit hit;
    hit.id = product.id;
    hit.handle = product.handle;
    hit.title = catalog::title_in(product, c.locale());
    hit.brand = product.brand;
    hit.category = catalog::category_in(product, c.locale());
    hit.image = catalog::picture_of(product);
    hit.price = price_in(read, shelf.of(product.id), query->currency);
    hit.in_stock = shelf.in_stock(product);
    for (const auto& offer : shelf.of(product.id)) {
      const auto merchant = s.offers.merchant(read, offer.merchant);
      if (!merchant) continue;
      const auto known = std::find(hit.merchants.begin(), hit.merchants.end(), merchant->slug);
      if (known == hit.merchants.end()) hit.merchants.push_back(merchant->slug);
    }
    out.data.push_back(std::move(hit));
  }
  return http::json(json_of(out));
}

}  // namespace

void mount_search(http::Router& router, SearchServices services) {
  http::Route route;
  route.path = "/api/v1/search";
  route.access = {"-", http::Owner::everyone, http::Rate::search, http::Idempotency::safe};
  route.summary = "Finds products by words, filters and facets";
  route.request = http::Schema::none();
  route.response = http::schema_of<SearchOut>();
  route.refusals = {"invalid_parameter"};
  route.query = {{"q", "Words, a SKU or a barcode; empty: all products"},
                 {"limit", "1 to 100", "integer"},
                 {"starting_after", "The last product of the page before"},
                 {"offset", "Instead of starting_after, up to 10000", "integer"},
                 {"category", "An id or a path of slugs; what lies below is included"},
                 {"brand", "An id; may repeat"},
                 {"merchant", "An id; may repeat"},
                 {"attribute", "NAME:VALUE; may repeat"},
                 {"price_min", "Minor units", "integer"},
                 {"price_max", "Minor units", "integer"},
                 {"in_stock", "true: only what is in stock", "boolean"},
                 {"sort", "relevance, price_asc, price_desc, newest"},
                 {"currency", "Of prices"},
                 {"lang", "en or zh"}};
  router.read(std::move(route), [services](Context& c) { return search(c, services); });
}

}  // namespace fondaco::server
