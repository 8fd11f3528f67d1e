#include "api_shop.h"

#include <fondaco/inventory.h>

#include <algorithm>

namespace fondaco::storefront {
namespace {

using marketplace::MerchantState;
using marketplace::Offer;
using marketplace::OfferState;

constexpr int kMerchantsMost = 100;
constexpr std::int64_t kToOrder = 1'000'000;  // Available where stock may go below zero.

/// "Fashion > Women" as "/c/fashion/women" and its last step.
std::string slugs_of(std::string_view path) {
  std::string out = "/c";
  for (const auto step : split(path, '>')) out += "/" + percent_encode(slugify(trim(step)));
  return out;
}

std::string last_step(std::string_view path) {
  return std::string(trim(path.substr(path.rfind('>') + 1)));
}

CategoryTree read_tree(storage::Read& read) {
  CategoryTree tree;
  for (const catalog::Category& c : catalog::categories(read)) {
    const std::size_t here = tree.nodes.size();
    CategoryNode node;
    node.id = c.id;
    node.path = slugs_of(c.path);
    node.name = last_step(c.path);
    node.name_zh = last_step(c.path_zh);
    node.products = c.products_below;
    const auto parent = tree.by_id.find(c.parent);
    if (parent != tree.by_id.end()) {
      node.parent = parent->second;
      tree.nodes[parent->second].children.push_back(here);
    } else {
      tree.top.push_back(here);
    }
    tree.by_id.emplace(node.id, here);
    tree.by_path.emplace(node.path, here);
    tree.nodes.push_back(std::move(node));
  }
  return tree;
}

/// Prices in the shop's currency where there are such, else in the offer's own.
void price(storage::Read& read, Currency currency, std::span<const OfferId> ids,
           std::span<OfferNow* const> offers) {
  const auto rows = marketplace::load(read, ids, currency);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].status != marketplace::OfferStatus::on_sale) continue;
    if (offers[i]->price.currency != currency) offers[i]->before.reset();
    offers[i]->price = rows[i].price;
  }
}

/// Offers of the variants that can be bought, in no order.
std::vector<OfferNow> offers_now(Shop& shop, storage::Read& read,
                                 std::span<const VariantId> variants) {
  std::vector<OfferNow> out;
  std::vector<StockId> stocks;
  for (const Offer& o : marketplace::offers_of(read, variants)) {
    if (o.state != OfferState::active) continue;
    auto merchant = shop.s.offers.merchant(read, o.merchant);
    if (!merchant || merchant->state != MerchantState::active) continue;
    OfferNow now{o.id, o.variant, std::move(merchant), o.price, o.compare_at, 0};
    if (now.before && now.before->minor <= now.price.minor) now.before.reset();
    out.push_back(std::move(now));
    stocks.push_back(o.stock);
  }
  std::vector<OfferId> foreign;
  std::vector<OfferNow*> priced;
  for (OfferNow& o : out) {
    if (o.price.currency == shop.s.currency) continue;
    foreign.push_back(o.id);
    priced.push_back(&o);
  }
  if (!foreign.empty()) price(read, shop.s.currency, foreign, priced);
  std::unordered_map<StockId, std::int64_t> levels;
  for (const auto& level : inventory::load(read, stocks)) {
    levels[level.id] = level.oversell ? kToOrder : std::max<std::int64_t>(0, level.available());
  }
  for (std::size_t i = 0; i < out.size(); ++i) out[i].available = levels[stocks[i]];
  return out;
}

}  // namespace

std::vector<ProductNow> products_now(Shop& shop, storage::Read& read,
                                     std::span<const ProductId> ids) {
  std::vector<ProductNow> out;
  std::vector<VariantId> variants;
  struct Place {
    std::size_t product;
    std::int64_t position;
  };
  std::unordered_map<VariantId, Place> places;
  for (catalog::Product& p : catalog::products(read, ids)) {
    if (p.status != catalog::Status::active) continue;
    for (const auto& v : p.variants) {
      variants.push_back(v.id);
      places[v.id] = {out.size(), v.position};
    }
    out.push_back({std::move(p), {}});
  }
  for (OfferNow& o : offers_now(shop, read, variants)) {
    out[places.at(o.variant).product].offers.push_back(std::move(o));
  }
  for (ProductNow& p : out) {
    std::sort(p.offers.begin(), p.offers.end(), [&](const OfferNow& a, const OfferNow& b) {
      const auto first = std::pair(places.at(a.variant).position, a.variant);
      const auto second = std::pair(places.at(b.variant).position, b.variant);
      if (first != second) return first < second;
      if (a.in_stock() != b.in_stock()) return a.in_stock();
      return std::pair(a.price.minor, a.id) < std::pair(b.price.minor, b.id);
    });
  }
  return out;
}

std::shared_ptr<const CategoryTree> category_tree(Shop& shop, storage::Read& read, Instant now) {
  return shop.tree.get(now, [&] { return read_tree(read); });
}

std::shared_ptr<const std::vector<marketplace::Merchant>> merchants(Shop& shop, storage::Read& read,
                                                                    Instant now) {
  return shop.shops.get(now, [&] {
    return marketplace::list_merchants(read, {}, kMerchantsMost, MerchantState::active);
  });
}

std::string product_path(const catalog::Product& p) {
  return "/p/" + to_text(p.id) + "/" + percent_encode(p.handle);
}

std::string picture_path(const catalog::Product& p) {
  const std::string picture = catalog::picture_of(p);
  if (picture.starts_with('/') && !picture.starts_with("//")) return picture;
  return "/media/pictures/" + to_text(p.id);  // Fetched to us, else the generated one.
}

std::string merchant_name(const marketplace::MerchantInfo& m, std::string_view locale) {
  return locale == "zh" && !m.name_zh.empty() ? m.name_zh : m.name;
}

std::string stock_text(std::int64_t available, std::string_view locale) {
  if (available <= 0) return std::string(say(locale, "sold_out"));
  if (available > kFewLeft) return std::string(say(locale, "in_stock"));
  return say(locale, "left_few", {{"n", std::to_string(available)}});
}

View card_of(const ProductNow& p, std::string_view locale) {
  View card;
  card.set("url", product_path(p.product));
  card.set("title", catalog::title_in(p.product, locale));
  card.set("picture", picture_path(p.product));
  card.maybe("brand", p.product.brand);
  const bool stock =
      std::any_of(p.offers.begin(), p.offers.end(), [](const OfferNow& o) { return o.in_stock(); });
  const OfferNow* best = nullptr;
  bool differ = false;
  for (const OfferNow& o : p.offers) {
    if (stock && !o.in_stock()) continue;  // A price at which nothing can be had is none.
    differ = differ || (best && o.price != best->price);
    if (!best || o.price.minor < best->price.minor) best = &o;
  }
  card.set("sold_out", best != nullptr && !stock);
  card.set("unpriced", best == nullptr);
  card.set("price", false).set("before", false).set("less", false).set("merchant", false);
  if (!best) return card;
  const std::string price = show_money(best->price, locale);
  card.set("price", differ ? say(locale, "from_price", {{"price", price}}) : price);
  card.set("merchant", merchant_name(*best->merchant, locale));
  if (best->before) {
    card.set("before", show_money(*best->before, locale));
    const auto less = percent_less(best->price, *best->before);
    if (less > 0) card.set("less", say(locale, "save_percent", {{"n", std::to_string(less)}}));
  }
  return card;
}

std::vector<View> cards_of(Shop& shop, storage::Read& read, std::span<const ProductId> ids,
                           std::string_view locale) {
  std::vector<View> out;
  for (const ProductNow& p : products_now(shop, read, ids)) out.push_back(card_of(p, locale));
  return out;
}

}  // namespace fondaco::storefront
