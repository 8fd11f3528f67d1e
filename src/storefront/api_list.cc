// Pages that list products: category, search, merchant. One set of filters for all of them.
#include "api_shop.h"

#include <fondaco/marketplace/ratings.h>

#include <algorithm>
#include <array>

namespace fondaco::storefront {
namespace {

using http::Pairs;

constexpr int kPageSize = 24;
constexpr int kFacetValues = 12;
constexpr std::size_t kFacetNames = 8;

/// What the address asks for.
struct Wish {
  matching::SearchQuery query;
  int page = 1;
  std::string sort;
};

std::vector<std::string> all_of(const http::Request& r, std::string_view name) {
  std::vector<std::string> out;
  for (const auto& [key, value] : r.query) {
    if (key == name) out.push_back(value);
  }
  return out;
}

std::optional<std::int64_t> money_of(const http::Request& r, std::string_view name,
                                     Currency currency) {
  const auto money = parse_decimal(trim(r.query_value(name).value_or("")), currency);
  return money && money->minor >= 0 ? std::optional(money->minor) : std::nullopt;
}

Wish wish_of(Shop& shop, Context& c) {
  Wish wish;
  auto& q = wish.query;
  const auto& r = c.request();
  q.locale = c.locale();
  q.currency = shop.s.currency;
  q.facet_values_max = kFacetValues;
  q.limit = kPageSize;
  auto& f = q.filters;
  f.price_min = money_of(r, "min", shop.s.currency);
  f.price_max = money_of(r, "max", shop.s.currency);
  f.in_stock_only = r.query_value("stock").has_value();
  for (const auto& text : all_of(r, "brand")) {
    if (const auto id = id_from_text<BrandId>(text)) f.brands.push_back(*id);
  }
  for (const auto& slug : all_of(r, "shop")) {
    if (const auto m = shop.s.offers.merchant(c.read(), slug)) f.merchants.push_back(m->id);
  }
  for (const auto& text : all_of(r, "a")) {
    const auto colon = text.find(':');
    if (colon == text.npos) continue;
    f.attributes.push_back({text.substr(0, colon), text.substr(colon + 1)});
  }
  if (const auto id = id_from_text<CategoryId>(r.query_value("cat").value_or(""))) {
    f.category = id;
  }
  wish.sort = r.query_value("sort").value_or("");
  if (wish.sort == "newest") q.sort = matching::SearchSort::newest;
  if (wish.sort == "price_asc") q.sort = matching::SearchSort::price_asc;
  if (wish.sort == "price_desc") q.sort = matching::SearchSort::price_desc;
  constexpr std::int64_t kLast = matching::kOffsetMax / kPageSize;
  const auto page = parse_int(r.query_value("page").value_or("1")).value_or(1);
  wish.page = static_cast<int>(std::clamp<std::int64_t>(page, 1, kLast));
  q.offset = (wish.page - 1) * kPageSize;
  return wish;
}

/// The address with one filter added, or taken away when it is there; always the first page.
std::string toggled(const http::Request& r, std::string_view name, const std::string& value) {
  http::Request changed;
  changed.path = r.path;
  bool there = false;
  for (const auto& pair : r.query) {
    if (pair.first == "page") continue;
    if (pair.first == name && pair.second == value) {
      there = true;
    } else {
      changed.query.push_back(pair);
    }
  }
  if (!there) changed.query.emplace_back(name, value);
  return with_query(changed, "page", "");
}

bool has(const http::Request& r, std::string_view name, const std::string& value) {
  return std::find(r.query.begin(), r.query.end(), std::pair(std::string(name), value)) !=
         r.query.end();
}

/// Collects facet groups and the filters that are on.
class Facets {
 public:
  explicit Facets(const Context& c) : request_(c.request()), locale_(c.locale()) {}

  void begin(std::string title) {
    title_ = std::move(title);
    options_.clear();
    on_ = false;
  }
  void option(std::string_view name, const std::string& value, const std::string& label,
              std::int64_t count) {
    const bool on = has(request_, name, value);
    View v;
    v.set("url", toggled(request_, name, value)).set("label", label).set("on", on);
    v.set("count", std::to_string(count));
    options_.push_back(std::move(v));
    on_ = on_ || on;
    if (on) active(name, value, label);
  }
  void active(std::string_view name, const std::string& value, const std::string& label) {
    active_.push_back(View()
                          .set("url", toggled(request_, name, value))
                          .set("label", label)
                          .set("text", say(locale_, "facet.remove", {{"what", label}})));
  }
  void end(bool open) {
    if (options_.empty()) return;
    groups_.push_back(
        View().set("title", title_).set("options", options_).set("open", open || on_));
  }
  void into(View& view) {
    view.set("facets", groups_).set("active", active_).set("has_active", !active_.empty());
  }

 private:
  const http::Request& request_;
  std::string_view locale_;
  std::string title_;
  std::vector<View> options_;
  bool on_ = false;
  std::vector<View> groups_;
  std::vector<View> active_;
};

std::string said(std::string_view locale, std::string_view key) {
  return std::string(say(locale, key));
}

void add_facets(Shop& shop, Context& c, const matching::SearchFacets& found, bool with_merchants,
                bool with_categories, View& view) {
  const std::string_view locale = c.locale();
  Facets facets(c);
  if (with_categories) {
    const auto tree = category_tree(shop, c.read(), c.now());
    facets.begin(said(locale, "facet.category"));
    for (const auto& category : found.categories) {
      const auto node = tree->by_id.find(category.id);
      if (node == tree->by_id.end() || category.count == 0) continue;
      const bool on = has(c.request(), "cat", to_text(category.id));
      if (tree->nodes[node->second].parent && !on) continue;
      facets.option("cat", to_text(category.id), category.name, category.count);
    }
    facets.end(true);
  }
  if (found.in_stock > 0 || c.request().query_value("stock")) {
    facets.begin(said(locale, "in_stock"));
    facets.option("stock", "1", said(locale, "facet.in_stock"), found.in_stock);
    facets.end(true);
  }
  facets.begin(said(locale, "facet.brand"));
  for (const auto& b : found.brands) facets.option("brand", to_text(b.id), b.name, b.count);
  facets.end(true);
  if (with_merchants) {
    facets.begin(said(locale, "facet.merchant"));
    for (const auto& m : found.merchants) {
      const auto info = shop.s.offers.merchant(c.read(), m.id);
      if (info) facets.option("shop", info->slug, merchant_name(*info, locale), m.count);
    }
    facets.end(true);
  }
  std::size_t names = 0;
  for (const auto& name : found.attributes) {
    if (++names > kFacetNames) break;
    facets.begin(name.name);
    for (const auto& v : name.values) {
      facets.option("a", name.name + ":" + v.value, v.value, v.count);
    }
    facets.end(names <= 2);
  }
  for (const std::string_view bound : {"min", "max"}) {
    const auto value = c.request().query_value(bound).value_or("");
    if (value.empty()) continue;
    facets.active(bound, value, said(locale, "facet." + std::string(bound)) + " " + value);
  }
  facets.into(view);
}

/// The rest of the address as hidden fields, so that the price form keeps it.
std::vector<View> hidden_fields(const http::Request& r) {
  std::vector<View> out;
  for (const auto& [name, value] : r.query) {
    if (name == "min" || name == "max" || name == "page") continue;
    out.push_back(View().set("name", name).set("value", value));
  }
  return out;
}

void add_sorts(const Context& c, const Wish& wish, bool searched, View& view) {
  std::vector<View> sorts;
  const std::string first = searched ? "relevance" : "newest";
  for (const std::string sort : {"relevance", "newest", "price_asc", "price_desc"}) {
    if (sort == "relevance" && !searched) continue;
    http::Request r;
    r.path = c.request().path;
    for (const auto& pair : c.request().query) {
      if (pair.first != "page") r.query.push_back(pair);
    }
    View v;
    v.set("url", with_query(r, "sort", sort == first ? "" : sort));
    v.set("label", say(c.locale(), "sort." + sort));
    v.set("on", wish.sort == sort || (wish.sort.empty() && sort == first));
    sorts.push_back(std::move(v));
  }
  view.set("sorts", sorts);
}

void add_paging(const Context& c, const Wish& wish, std::int64_t total, View& view) {
  const std::int64_t reachable = std::min<std::int64_t>(total, matching::kOffsetMax);
  const std::int64_t pages = std::max<std::int64_t>(1, (reachable + kPageSize - 1) / kPageSize);
  const auto number = [](std::int64_t n) { return n > 1 ? std::to_string(n) : std::string(); };
  view.set("paged", pages > 1);
  view.set("page_text", say(c.locale(), "list.page",
                            {{"n", std::to_string(wish.page)}, {"total", std::to_string(pages)}}));
  view.maybe("previous",
             wish.page > 1 ? with_query(c.request(), "page", number(wish.page - 1)) : "");
  view.maybe("next",
             wish.page < pages ? with_query(c.request(), "page", number(wish.page + 1)) : "");
}

struct Listing {
  bool searched = false;  // By words: relevance is the first order.
  bool with_merchants = true;
  bool with_categories = false;
};

matching::SearchResult add_products(Shop& shop, Context& c, Wish& wish, const Listing& listing,
                                    View& view) {
  if (!listing.searched && wish.sort.empty()) wish.query.sort = matching::SearchSort::newest;
  auto result = shop.s.search.search(wish.query);
  std::vector<ProductId> ids;
  for (const auto& hit : result.hits) ids.push_back(hit.product);
  view.set("products", cards_of(shop, c.read(), ids, c.locale()));
  view.set("has_products", !ids.empty()).set("stale", result.stale);
  view.set("found", say_count(c.locale(), "list.found", result.total));
  add_facets(shop, c, result.facets, listing.with_merchants, listing.with_categories, view);
  add_sorts(c, wish, listing.searched, view);
  add_paging(c, wish, result.total, view);
  view.set("hidden", hidden_fields(c.request()));
  view.set("min", c.request().query_value("min").value_or(""));
  view.set("max", c.request().query_value("max").value_or(""));
  view.set("price_label", say(c.locale(), "facet.price", {{"currency", shop.s.currency.code()}}));
  http::Request bare;
  bare.path = c.request().path;
  view.set("action", with_query(bare, "", ""));
  if (const auto q = c.request().query_value("q")) bare.query.emplace_back("q", *q);
  view.set("clear_url", with_query(bare, "", ""));
  for (const char* name : {"intro", "merchant", "search", "subcategories", "no_hits"}) {
    view.set(name, false);
  }
  return result;
}

std::string page_address(const Wish& wish, const std::string& path) {
  return wish.page > 1 ? path + "?page=" + std::to_string(wish.page) : path;
}

Response category(Shop& shop, Context& c) {
  const auto tree = category_tree(shop, c.read(), c.now());
  std::string path = "/c";
  for (const auto step : split(c.param("path"), '/')) path += "/" + percent_encode(step);
  const auto found = tree->by_path.find(path);
  if (found == tree->by_path.end()) return not_found();
  const CategoryNode& node = tree->nodes[found->second];
  const std::string_view locale = c.locale();
  std::vector<Crumb> crumbs{{node.name_in(locale), ""}};
  for (auto up = node.parent; up; up = tree->nodes[*up].parent) {
    crumbs.insert(crumbs.begin(), {tree->nodes[*up].name_in(locale), tree->nodes[*up].path});
  }
  crumbs.insert(crumbs.begin(), {said(locale, "home"), "/"});
  Wish wish = wish_of(shop, c);
  wish.query.filters.category = node.id;
  View view;
  add_products(shop, c, wish, {}, view);
  std::vector<View> below;
  for (const std::size_t i : node.children) {
    const CategoryNode& child = tree->nodes[i];
    if (child.products == 0) continue;
    below.push_back(View()
                        .set("url", child.path)
                        .set("name", child.name_in(locale))
                        .set("count", std::to_string(child.products)));
  }
  view.set("children", below).set("subcategories", !below.empty());
  view.set("crumbs", crumbs_view(crumbs)).set("heading", node.name_in(locale));
  Head head;
  head.title = node.name_in(locale);
  head.description = say(locale, "all_of", {{"name", node.name_in(locale)}});
  head.canonical = page_address(wish, node.path);
  head.json_ld = crumbs_json(shop, crumbs);
  return page(shop, c, &c.read(), "list", std::move(view), head);
}

void add_search_help(Shop& shop, Context& c, const matching::SearchResult& result,
                     const std::string& q, View& view) {
  const std::string_view locale = c.locale();
  std::string used;
  for (const auto& word : result.corrected) used += (used.empty() ? "" : " ") + word.used;
  view.maybe("corrected", used);
  std::string ignored;
  for (const auto& word : result.ignored_words) ignored += (ignored.empty() ? "" : " ") + word;
  view.maybe("ignored", ignored.empty() ? "" : say(locale, "search.ignored", {{"words", ignored}}));
  view.set("search", true);
  const bool nothing = result.total == 0 && !view.data().get("has_active")->is_true();
  view.set("no_hits", nothing);
  view.set("none_text", say(locale, "search.none", {{"q", shorten(q, 80)}}));
  std::vector<View> top;
  const auto tree = category_tree(shop, c.read(), c.now());
  for (const std::size_t i : tree->top) {
    const CategoryNode& node = tree->nodes[i];
    if (node.products == 0) continue;
    top.push_back(View().set("url", node.path).set("name", node.name_in(locale)));
  }
  view.set("browse", top);
}

Response search(Shop& shop, Context& c) {
  const std::string_view locale = c.locale();
  const std::string q =
      shorten(trim(c.request().query_value("q").value_or("")), matching::kQueryBytesMax);
  Wish wish = wish_of(shop, c);
  wish.query.text = q;
  View view;
  const auto result =
      add_products(shop, c, wish, {.searched = !q.empty(), .with_categories = true}, view);
  add_search_help(shop, c, result, q, view);
  Head head;
  head.title =
      q.empty() ? said(locale, "all_products") : say(locale, "result_for", {{"q", shorten(q, 80)}});
  head.q = q;
  view.set("heading", head.title);
  const std::vector<Crumb> crumbs{{said(locale, "home"), "/"}, {said(locale, "search"), ""}};
  view.set("crumbs", crumbs_view(crumbs));
  return page(shop, c, &c.read(), "list", std::move(view), head);
}

std::string hundredths(std::int64_t n) {
  const std::string cents = std::to_string(n % 100);
  return std::to_string(n / 100) + "." + (cents.size() < 2 ? "0" : "") + cents;
}

/// Scores, reputation, a holiday, and who trades: nothing is shown where nothing is known.
void add_standing(Shop& shop, Context& c, const marketplace::Merchant& m, View& about) {
  const std::string_view locale = c.locale();
  const auto scores = marketplace::scores_of(c.read(), m.id, c.now());
  const auto badge = marketplace::badge_of(scores.points);
  about.maybe("scores", scores.ratings == 0 ? ""
                                            : say(locale, "merchant.scores",
                                                  {{"described", hundredths(scores.described)},
                                                   {"service", hundredths(scores.service)},
                                                   {"logistics", hundredths(scores.logistics)},
                                                   {"n", std::to_string(scores.ratings)}}));
  about.maybe("points", scores.votes == 0 ? ""
                                          : say(locale, "merchant.points",
                                                {{"n", std::to_string(scores.points)}}));
  constexpr std::array<std::string_view, 5> kSigns = {"", "♥", "♦", "♛", "★"};
  std::string signs;
  for (int i = 0; i < badge.count; ++i) signs += kSigns[static_cast<std::size_t>(badge.kind)];
  about.maybe("badge", signs);
  about.maybe("closed", m.closure.covers(c.now()) ? say(locale, "merchant.closed",
                                                        {{"day", format_date(m.closure.until)}}) +
                                                        " " + m.closure.message
                                                  : "");
  const auto trader = shop.s.gates ? shop.s.gates->trader(c.read(), m.id) : std::nullopt;
  if (!trader || m.kind == marketplace::MerchantKind::private_seller) {
    about.set("trader", false);
    return;
  }
  View who;
  who.set("name", trader->name).set("line1", trader->line1).set("email", trader->email);
  who.set("city", trader->postcode.value_or("") + " " + trader->city + ", " + trader->country);
  who.maybe("number", trader->registration_number.value_or(""));
  about.set("trader", std::move(who));
}

Response merchant(Shop& shop, Context& c) {
  const auto found = marketplace::find_merchant(c.read(), c.param("slug"));
  if (!found || found->state != marketplace::MerchantState::active) return not_found();
  const std::string_view locale = c.locale();
  const bool zh = locale == "zh";
  const auto& p = found->presentation;
  const std::string& name = zh && !found->name_zh.empty() ? found->name_zh : found->name;
  Wish wish = wish_of(shop, c);
  wish.query.filters.merchants = {found->id};
  View view;
  add_products(shop, c, wish, {.with_merchants = false, .with_categories = true}, view);
  View about;
  about.set("name", name).set("accent", p.accent.empty() ? "#0f4c5c" : p.accent);
  about.maybe("tagline", zh && !p.tagline_zh.empty() ? p.tagline_zh : p.tagline);
  about.maybe("about", zh && !p.about_zh.empty() ? p.about_zh : p.about);
  about.set("kind", say(locale, "merchant." + std::string(boost::describe::enum_to_string(
                                                  found->kind, "specialist"))));
  std::string_view rest = name;
  std::string initial;
  append_utf8(initial, next_code_point(rest));
  about.set("initial", initial);
  add_standing(shop, c, *found, about);
  view.set("merchant", std::move(about)).set("heading", name);
  const std::vector<Crumb> crumbs{{said(locale, "home"), "/"}, {name, ""}};
  view.set("crumbs", crumbs_view(crumbs));
  Head head;
  head.title = name;
  head.description = shorten(zh && !p.tagline_zh.empty() ? p.tagline_zh : p.tagline, 160);
  head.canonical = page_address(wish, "/m/" + found->slug);
  head.json_ld = crumbs_json(shop, crumbs);
  return page(shop, c, &c.read(), "list", std::move(view), head);
}

}  // namespace

void mount_lists(http::Router& router, const SharedShop& shop) {
  router.read(page_route("/c/{path*}", "Products of a category and below"),
              [shop](Context& c) { return category(*shop, c); });
  router.read(page_route("/m/{slug}", "A merchant's shop"),
              [shop](Context& c) { return merchant(*shop, c); });
  http::Route route = page_route("/search", "Products found by words and filters");
  route.access.rate = http::Rate::search;
  route.query = {{"q", "Words, an article number or a barcode"},
                 {"sort", "newest, price_asc or price_desc; else the best match"},
                 {"page", "From 1", "integer"}};
  router.read(std::move(route), [shop](Context& c) { return search(*shop, c); });
}

}  // namespace fondaco::storefront
