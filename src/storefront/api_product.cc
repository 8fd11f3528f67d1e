#include "api_shop.h"

#include <fondaco/base/json_write.h>
#include <fondaco/catalog/html.h>

#include <algorithm>
#include <map>

namespace fondaco::storefront {
namespace {

constexpr int kRelated = 4;
constexpr std::size_t kOtherOffers = 10;

std::string said(std::string_view locale, std::string_view key) {
  return std::string(say(locale, key));
}

/// The offer shown of each variant: the best one, and the others beside it.
struct Choice {
  const catalog::Variant* variant = nullptr;
  const OfferNow* offer = nullptr;  // Null: nobody sells it.
};

std::vector<Choice> choices_of(const ProductNow& p) {
  std::vector<Choice> out;
  for (const auto& v : p.product.variants) {
    Choice choice{&v, nullptr};
    for (const OfferNow& o : p.offers) {
      if (o.variant == v.id) {
        choice.offer = &o;  // The first one is the best: products_now() has sorted them.
        break;
      }
    }
    out.push_back(choice);
  }
  return out;
}

const Choice* chosen(const std::vector<Choice>& choices, const Context& c) {
  const auto asked = id_from_text<VariantId>(c.request().query_value("variant").value_or(""));
  const Choice* first = nullptr;
  for (const Choice& choice : choices) {
    if (!choice.offer) continue;
    if (asked && choice.variant->id == *asked) return &choice;
    if (!first || (!first->offer->in_stock() && choice.offer->in_stock())) first = &choice;
  }
  return first;
}

bool prices_differ(const std::vector<Choice>& choices) {
  const OfferNow* first = nullptr;
  for (const Choice& choice : choices) {
    if (!choice.offer) continue;
    if (first && choice.offer->price != first->price) return true;
    first = choice.offer;
  }
  return false;
}

/// A colour as it may stand in an SVG attribute: "#1a2b3c" and nothing else.
std::string colour_attribute(const std::string& text) {
  const bool hex = text.size() == 7 && text[0] == '#' &&
                   text.find_first_not_of("0123456789abcdefABCDEF", 1) == text.npos;
  return hex ? text : "";
}

/// Its own colour; the product's stands for the first variant, as in our CSV.
std::string swatch_of(const catalog::Product& p, const catalog::Variant& v) {
  for (const auto& [name, value] : v.attributes) {
    if (auto colour = colour_attribute(value); !colour.empty()) return colour;
  }
  if (v.position != 1) return {};
  return colour_attribute(catalog::colour_of(p));
}

View cell_of(const catalog::Product& p, const Choice& choice, const Choice* selected,
             bool with_price, std::string_view locale) {
  View cell;
  const bool sold = choice.offer && choice.offer->in_stock();
  cell.set("exists", true).set("in_stock", sold);
  cell.set("label", catalog::variant_title_in(p, *choice.variant, locale));
  cell.set("value", choice.offer ? to_text(choice.offer->id) : "");
  cell.set("checked", selected != nullptr && selected->variant == choice.variant && sold);
  cell.set("stock", choice.offer ? stock_text(choice.offer->available, locale)
                                 : said(locale, "not_on_sale"));
  cell.set("few", sold && choice.offer->available <= kFewLeft);
  cell.maybe("price", with_price && choice.offer ? show_money(choice.offer->price, locale) : "");
  cell.maybe("swatch", swatch_of(p, *choice.variant));
  return cell;
}

/// The colour that all of them have, else nothing.
class SharedColour {
 public:
  void see(const std::string& colour) {
    if (colour.empty()) return;
    if (colour_.empty()) colour_ = colour;
    differ_ = differ_ || colour != colour_;
  }
  std::string get() const { return differ_ ? "" : colour_; }

 private:
  std::string colour_;
  bool differ_ = false;
};

/// The last option across, the others down.
class Matrix {
 public:
  Matrix(const catalog::Product& p, const std::vector<Choice>& choices, std::string_view locale) {
    const std::size_t last = p.options.size() - 1;
    for (const Choice& choice : choices) {
      std::string row;
      for (std::size_t i = 0; i < last; ++i) {
        row += (i > 0 ? " / " : "") + catalog::value_in(p, i, choice.variant->values[i], locale);
      }
      const std::string& column = catalog::value_in(p, last, choice.variant->values[last], locale);
      const std::string colour = swatch_of(p, *choice.variant);
      note(rows_, row).see(colour);
      note(columns_, column).see(colour);
      cells_.emplace(std::pair(row, column), &choice);
    }
  }

  /// A colour stands where it is the same for all: beside the rows or above the columns.
  template <class Cell>
  void into(View& view, Cell&& cell) const {
    const bool by_row = std::any_of(rows_.begin(), rows_.end(),
                                    [](const auto& r) { return !r.second.get().empty(); });
    std::vector<View> heads;
    for (const auto& [name, colour] : columns_) {
      heads.push_back(View().set("name", name).maybe("swatch", by_row ? "" : colour.get()));
    }
    std::vector<View> lines;
    for (const auto& [name, colour] : rows_) {
      std::vector<View> line;
      for (const auto& column : columns_) {
        const auto found = cells_.find({name, column.first});
        line.push_back(found == cells_.end() ? View().set("exists", false) : cell(*found->second));
      }
      lines.push_back(View().set("name", name).maybe("swatch", colour.get()).set("cells", line));
    }
    view.set("columns", heads).set("rows", lines);
  }

 private:
  using Heads = std::vector<std::pair<std::string, SharedColour>>;
  static SharedColour& note(Heads& heads, const std::string& name) {
    for (auto& head : heads) {
      if (head.first == name) return head.second;
    }
    return heads.emplace_back(name, SharedColour()).second;
  }

  Heads rows_;
  Heads columns_;
  std::map<std::pair<std::string, std::string>, const Choice*> cells_;
};

/// One option: a list. Several: a table.
void add_variants(const ProductNow& now, const std::vector<Choice>& choices, const Choice* selected,
                  std::string_view locale, View& view) {
  const catalog::Product& p = now.product;
  const std::size_t options = p.options.size();
  view.set("single", choices.size() == 1 || options == 0);
  view.set("matrix", options >= 2 && choices.size() > 1);
  view.set("chips", options == 1 && choices.size() > 1);
  const bool differ = prices_differ(choices);
  const auto cell = [&](const Choice& choice) {
    return cell_of(p, choice, selected, differ, locale);
  };
  std::vector<View> chips;
  for (const Choice& choice : choices) chips.push_back(cell(choice));
  view.set("variants", chips);
  view.set("option_name",
           options == 1 ? catalog::option_in(p, 0, locale) : said(locale, "variant.options"));
  if (options < 2) return;
  Matrix(p, choices, locale).into(view, cell);
  std::string corner;
  for (std::size_t i = 0; i < options; ++i) {
    corner += (i > 0 ? " / " : "") + catalog::option_in(p, i, locale);
  }
  view.set("corner", corner);
}

void add_price(const std::vector<Choice>& choices, const Choice* selected, std::string_view locale,
               View& view) {
  view.set("on_sale", selected != nullptr);
  for (const char* name :
       {"price", "before", "less", "unit_price", "tax_note", "merchant_url", "sold_by", "stock"}) {
    view.set(name, false);
  }
  view.set("can_buy", false).set("few", false).set("in_stock", false);
  if (!selected) return;
  const OfferNow& o = *selected->offer;
  const OfferNow* least = &o;
  bool any = false;
  for (const Choice& choice : choices) {
    if (!choice.offer || !choice.offer->in_stock()) continue;
    if (!any || choice.offer->price.minor < least->price.minor) least = choice.offer;
    any = true;
  }
  const bool differ = prices_differ(choices);
  const std::string price = show_money(differ ? least->price : o.price, locale);
  view.set("price", differ ? say(locale, "from_price", {{"price", price}}) : price);
  const OfferNow& shown = differ ? *least : o;
  if (shown.before) {
    view.set("before", show_money(*shown.before, locale));
    const auto less = percent_less(shown.price, *shown.before);
    if (less > 0) view.set("less", say(locale, "save_percent", {{"n", std::to_string(less)}}));
  }
  if (!differ) {
    if (const auto unit = unit_price(o.price, selected->variant->unit_measure)) {
      view.set("unit_price",
               say(locale, "unit_price",
                   {{"price", show_money(unit->price, locale)}, {"unit", unit->unit}}));
    }
  }
  view.set("tax_note", say(locale, o.merchant->prices_include_tax ? "price.tax_included"
                                                                  : "price.tax_excluded"));
  view.set("merchant_url", "/m/" + o.merchant->slug);
  view.set("sold_by", say(locale, "sold_by", {{"name", merchant_name(*o.merchant, locale)}}));
  view.set("can_buy", any).set("in_stock", any);
  if (choices.size() == 1) {
    view.set("stock", stock_text(o.available, locale));
    view.set("few", any && o.available <= kFewLeft);
  } else {
    view.set("stock", said(locale, any ? "in_stock" : "sold_out"));
  }
  view.set("offer", to_text(o.id));
}

/// What else could be bought of the shown variant, cheapest first.
void add_other_offers(const ProductNow& now, const Choice* selected, std::string_view locale,
                      View& view) {
  std::vector<View> others;
  for (const OfferNow& o : now.offers) {
    const bool other = selected && o.variant == selected->variant->id && &o != selected->offer;
    if (!other || others.size() >= kOtherOffers) continue;
    View v;
    v.set("name", merchant_name(*o.merchant, locale)).set("url", "/m/" + o.merchant->slug);
    v.set("price", show_money(o.price, locale)).set("stock", stock_text(o.available, locale));
    v.set("in_stock", o.in_stock()).set("offer", to_text(o.id));
    others.push_back(std::move(v));
  }
  view.set("has_others", !others.empty()).set("others", others);
}

void add_details(const catalog::Product& p, const Choice* selected, std::string_view locale,
                 View& view) {
  std::vector<View> rows;
  const auto row = [&](std::string name, std::string value) {
    if (!value.empty()) rows.push_back(View().set("name", std::move(name)).set("value", value));
  };
  row(said(locale, "facet.brand"), p.brand);
  for (const auto& [name, value] : p.attributes) {
    if (colour_attribute(value).empty()) row(name, value);
  }
  if (p.variants.size() == 1 && selected) row(said(locale, "sku"), selected->variant->sku);
  if (p.variants.size() == 1 && selected) row("GTIN", selected->variant->gtin());
  view.set("has_details", !rows.empty()).set("details", rows);
}

std::string availability(std::int64_t available) {
  return available > 0 ? "https://schema.org/InStock" : "https://schema.org/OutOfStock";
}

std::string product_json(const Shop& shop, const ProductNow& now,
                         const std::vector<Choice>& choices, std::string_view locale,
                         const std::string& description) {
  const catalog::Product& p = now.product;
  std::string out;
  JsonWriter w(out);
  w.begin_object().member("@context", "https://schema.org").member("@type", "Product");
  w.member("name", catalog::title_in(p, locale)).member("url", absolute(shop, product_path(p)));
  w.member("image", absolute(shop, picture_path(p))).member("productID", to_text(p.id));
  if (!description.empty()) w.member("description", description);
  if (!p.brand.empty()) {
    w.key("brand").begin_object().member("@type", "Brand").member("name", p.brand).end_object();
  }
  if (p.variants.size() == 1) {
    if (!p.variants[0].sku.empty()) w.member("sku", p.variants[0].sku);
    if (const auto gtin = p.variants[0].gtin(); !gtin.empty()) w.member("gtin", gtin);
  }
  w.key("offers").begin_array();
  std::size_t count = 0;
  for (const Choice& choice : choices) {
    if (!choice.offer || ++count > 50) continue;
    const OfferNow& o = *choice.offer;
    w.begin_object().member("@type", "Offer");
    w.member("price", format_decimal(o.price)).member("priceCurrency", o.price.currency.code());
    w.member("availability", availability(o.available));
    if (!choice.variant->sku.empty()) w.member("sku", choice.variant->sku);
    w.member("url", absolute(shop, product_path(p)) + "?variant=" + to_text(choice.variant->id));
    w.key("seller").begin_object().member("@type", "Organization");
    w.member("name", merchant_name(*o.merchant, locale)).end_object().end_object();
  }
  w.end_array().end_object();
  return out;
}

void add_shown(const catalog::Product& p, PageCache::Shown& shown) {
  shown.push_back(p.id.value);
  for (const auto& v : p.variants) shown.push_back(v.id.value);
}

std::vector<Crumb> crumbs_of(Shop& shop, Context& c, const catalog::Product& p) {
  std::vector<Crumb> crumbs{{said(c.locale(), "home"), "/"}};
  const auto tree = category_tree(shop, c.read(), c.now());
  const auto found = tree->by_id.find(p.category_id);
  if (found != tree->by_id.end()) {
    std::vector<Crumb> up;
    for (std::optional<std::size_t> i = found->second; i; i = tree->nodes[*i].parent) {
      up.push_back({tree->nodes[*i].name_in(c.locale()), tree->nodes[*i].path});
    }
    crumbs.insert(crumbs.end(), up.rbegin(), up.rend());
  }
  crumbs.push_back({catalog::title_in(p, c.locale()), ""});
  return crumbs;
}

/// Adds what it shows to `shown`.
void add_related(Shop& shop, Context& c, const catalog::Product& p, PageCache::Shown& shown,
                 View& view) {
  std::vector<View> cards;
  if (p.category_id) {
    matching::SearchQuery query;
    query.filters.category = p.category_id;
    query.filters.in_stock_only = true;
    query.facets = false;
    query.limit = kRelated + 1;
    query.sort = matching::SearchSort::newest;
    std::vector<ProductId> ids;
    for (const auto& hit : shop.s.search.search(query).hits) {
      if (hit.product != p.id && ids.size() < kRelated) ids.push_back(hit.product);
    }
    for (const ProductNow& other : products_now(shop, c.read(), ids)) {
      cards.push_back(card_of(other, c.locale()));
      add_shown(other.product, shown);
    }
  }
  view.set("has_related", !cards.empty()).set("related", cards);
}

std::string rendered(Shop& shop, Context& c, const ProductNow& now, PageCache::Shown& shown) {
  const catalog::Product& p = now.product;
  const std::string_view locale = c.locale();
  const auto choices = choices_of(now);
  const Choice* selected = chosen(choices, c);
  View view;
  view.set("heading", catalog::title_in(p, locale)).maybe("brand", p.brand);
  view.set("picture", picture_path(p));
  view.set("alt", say(locale, "picture_of", {{"what", catalog::title_in(p, locale)}}));
  add_price(choices, selected, locale, view);
  add_variants(now, choices, selected, locale, view);
  add_other_offers(now, selected, locale, view);
  add_details(p, selected, locale, view);
  add_shown(p, shown);
  add_related(shop, c, p, shown, view);
  const std::string& html = catalog::description_in(p, locale);
  view.maybe("description", html);
  const auto crumbs = crumbs_of(shop, c, p);
  view.set("crumbs", crumbs_view(crumbs));
  const auto notice = c.request().query_value("notice").value_or("");
  view.maybe("notice", notice == "choose"     ? said(locale, "error.choose_variant")
                       : notice == "sold_out" ? said(locale, "error.sold_out_here")
                                              : "");
  Head head;
  head.title = catalog::title_in(p, locale);
  head.description = shorten(catalog::text_of_html(html), 160);
  head.canonical = product_path(p);
  head.image = picture_path(p);
  head.json_ld = "[" + product_json(shop, now, choices, locale, head.description) + "," +
                 crumbs_json(shop, crumbs) + "]";
  return render_page(shop, c, &c.read(), "product", std::move(view), head);
}

/// A page is the same for all who have neither basket nor session, and came by its plain address.
bool cacheable(const Context& c) {
  return !c.who().by_cookie && !c.who().person && c.request().query.empty() &&
         !http::session_cookie_of("cart", c.request());
}

Response product(Shop& shop, Context& c) {
  const bool keep = cacheable(c);
  const PageCache::Key key{c.request().path, std::string(c.locale())};
  if (keep) {
    if (auto kept = shop.pages.find(key, c.now())) return finished(c, {}, std::move(kept));
  }
  const auto id = c.id_param<ProductId>("id");
  if (!id) return not_found();
  const auto generation = shop.pages.generation();
  const auto found = products_now(shop, c.read(), {&*id, 1});
  if (found.empty()) return not_found();
  const std::string path = product_path(found.front().product);
  // One address a product: what is shared and what is indexed is the same.
  if (c.param("handle") != found.front().product.handle) return http::redirect(path, 301);
  PageCache::Shown shown;
  auto body = std::make_shared<const std::string>(rendered(shop, c, found.front(), shown));
  if (keep) shop.pages.put(key, body, std::move(shown), generation, c.now());
  return finished(c, {}, std::move(body));
}

}  // namespace

void mount_product(http::Router& router, const SharedShop& shop) {
  router.read(page_route("/p/{id}/{handle}", "A product with its variants, prices and stock"),
              [shop](Context& c) { return product(*shop, c); });
  router.read(page_route("/p/{id}", "A product by its id alone: goes to its full address"),
              [shop](Context& c) {
                const auto id = c.id_param<ProductId>("id");
                const auto found = id ? catalog::product(c.read(), *id) : std::nullopt;
                if (!found || found->status != catalog::Status::active) return not_found();
                return http::redirect(product_path(*found), 301);
              });
}

}  // namespace fondaco::storefront
