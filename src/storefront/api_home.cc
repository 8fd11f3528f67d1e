#include "api_shop.h"

#include <fondaco/base/product.h>

namespace fondaco::storefront {
namespace {

constexpr std::size_t kRow = 10;   // Products of a section.
constexpr int kOfMerchant = 3;     // Of one merchant in it: the start page is a street.
constexpr std::size_t kTiles = 8;  // Categories shown with a picture.

std::vector<ProductId> found(const Shop& shop, matching::SearchQuery query, int limit) {
  query.limit = limit;
  query.facets = false;
  query.currency = shop.s.currency;
  query.filters.in_stock_only = true;
  std::vector<ProductId> out;
  for (const auto& hit : shop.s.search.search(query).hits) out.push_back(hit.product);
  return out;
}

/// The first ones of each merchant in turn, so that none fills the row alone.
std::vector<ProductId> in_turn(const Shop& shop, const matching::SearchQuery& query,
                               const std::vector<marketplace::Merchant>& all) {
  std::vector<std::vector<ProductId>> stalls;
  for (const auto& m : all) {
    matching::SearchQuery of_merchant = query;
    of_merchant.filters.merchants = {m.id};
    stalls.push_back(found(shop, of_merchant, kOfMerchant));
  }
  std::vector<ProductId> out;
  for (std::size_t turn = 0; turn < kOfMerchant; ++turn) {
    for (const auto& stall : stalls) {
      if (turn < stall.size() && out.size() < kRow) out.push_back(stall[turn]);
    }
  }
  return out;
}

std::vector<View> category_tiles(Shop& shop, storage::Read& read, const CategoryTree& tree,
                                 std::string_view locale) {
  std::vector<View> out;
  for (const std::size_t i : tree.top) {
    const CategoryNode& node = tree.nodes[i];
    if (node.products == 0 || out.size() >= kTiles) continue;
    matching::SearchQuery query;
    query.filters.category = node.id;
    const auto ids = found(shop, query, 1);
    View tile;
    tile.set("url", node.path).set("name", node.name_in(locale));
    tile.set("count", say_count(locale, "list.found", node.products));
    tile.set("picture", false);
    if (!ids.empty()) {
      const auto products = catalog::products(read, ids);
      if (!products.empty()) tile.set("picture", picture_path(products.front()));
    }
    out.push_back(std::move(tile));
  }
  return out;
}

std::vector<View> merchant_tiles(const std::vector<marketplace::Merchant>& all,
                                 std::string_view locale) {
  std::vector<View> out;
  const bool zh = locale == "zh";
  for (const auto& m : all) {
    View tile;
    const auto& p = m.presentation;
    const std::string& name = zh && !m.name_zh.empty() ? m.name_zh : m.name;
    tile.set("url", "/m/" + m.slug).set("name", name);
    tile.maybe("tagline", zh && !p.tagline_zh.empty() ? p.tagline_zh : p.tagline);
    tile.set("kind", say(locale, "merchant." + std::string(boost::describe::enum_to_string(
                                                   m.kind, "specialist"))));
    tile.set("accent", p.accent.empty() ? "#0f4c5c" : p.accent);
    std::string_view rest = name;
    std::string initial;
    append_utf8(initial, next_code_point(rest));
    tile.set("initial", initial);
    out.push_back(std::move(tile));
  }
  return out;
}

View sections(Shop& shop, Context& c) {
  const auto tree = category_tree(shop, c.read(), c.now());
  const auto all = merchants(shop, c.read(), c.now());
  const std::string_view locale = c.locale();
  View view;
  view.set("categories", category_tiles(shop, c.read(), *tree, locale));
  view.set("merchants", merchant_tiles(*all, locale));
  matching::SearchQuery query;
  query.sort = matching::SearchSort::newest;
  const auto fresh = in_turn(shop, query, *all);
  view.set("new", cards_of(shop, c.read(), fresh, locale));
  query.sort = matching::SearchSort::price_asc;
  query.filters.price_min = 1;
  const auto cheap = in_turn(shop, query, *all);
  view.set("cheap", cards_of(shop, c.read(), cheap, locale));
  view.set("has_new", !fresh.empty()).set("has_cheap", !cheap.empty());
  view.set("has_categories", !tree->top.empty());
  return view;
}

Response home(Shop& shop, Context& c) {
  // Dozens of questions make this page; for a few seconds the answers may be the same for all.
  auto& kept = c.locale() == "zh" ? shop.home_zh : shop.home_en;
  const auto view = kept.get(c.now(), [&] { return sections(shop, c); });
  Head head;
  head.title = product::kName;
  head.description = say(c.locale(), "home.description", {{"name", product::kName}});
  head.canonical = "/";
  return page(shop, c, &c.read(), "home", *view, head);
}

}  // namespace

void mount_home(http::Router& router, const SharedShop& shop) {
  router.read(page_route("/", "The start page of the shop"),
              [shop](Context& c) { return home(*shop, c); });
}

}  // namespace fondaco::storefront
