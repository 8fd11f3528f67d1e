#include "api_shop.h"

#include <fondaco/inventory.h>
#include <fondaco/orders/pricing.h>

#include <boost/describe/enum_to_string.hpp>

#include <algorithm>

namespace fondaco::storefront {
namespace {

using http::WritePlan;
using marketplace::OfferStatus;

constexpr std::string_view kCookie = "cart";
constexpr Duration kCookieAge = days(60);
constexpr std::string_view kEstimateCountry = "DE";  // Until the shopper has named his.

std::string said(std::string_view locale, std::string_view key) {
  return std::string(say(locale, key));
}

/// A line of the basket with what is true of it now.
struct LineNow {
  const orders::CartLine* line = nullptr;
  std::shared_ptr<const marketplace::MerchantInfo> merchant;
  OfferId offer;  // 0: gone.
  marketplace::OfferRow row;
  std::int64_t available = 0;
};

std::shared_ptr<const marketplace::MerchantInfo> merchant_of(Shop& shop, storage::Read& read,
                                                             const std::string& name) {
  auto found = shop.s.offers.merchant(read, name);
  if (found) return found;
  const auto id = id_from_text<MerchantId>(name);
  return id ? shop.s.offers.merchant(read, *id) : nullptr;
}

std::vector<LineNow> lines_now(Shop& shop, storage::Read& read, const orders::Cart& cart) {
  std::vector<LineNow> out;
  std::vector<OfferId> ids;
  for (const auto& line : cart.lines) {
    LineNow now{&line, merchant_of(shop, read, line.merchant), {}, {}, 0};
    if (now.merchant && now.merchant->state == marketplace::MerchantState::active) {
      const auto offer = line.variant ? shop.s.offers.resolve(read, now.merchant->id, *line.variant)
                                      : shop.s.offers.resolve(read, now.merchant->id, line.sku);
      if (offer.ok()) now.offer = *offer;
    }
    if (now.offer) ids.push_back(now.offer);
    out.push_back(std::move(now));
  }
  const auto rows = marketplace::load(read, ids, cart.currency);
  std::vector<StockId> stocks;
  for (const auto& row : rows) stocks.push_back(row.stock);
  const auto levels = inventory::load(read, stocks);
  std::size_t next = 0;
  for (LineNow& now : out) {
    if (!now.offer) continue;
    now.row = rows[next++];
    for (const auto& level : levels) {
      if (level.id != now.row.stock) continue;
      now.available =
          level.oversell ? orders::kMostQuantity : std::max<std::int64_t>(0, level.available());
    }
  }
  return out;
}

/// Sets problem, problem_text and set_available; true when something is wrong.
bool set_problem(const LineNow& now, const orders::Cart& cart, std::string_view locale,
                 View& view) {
  view.set("problem", false).set("set_available", false).set("set_text", false);
  const OfferStatus status = now.offer ? now.row.status : OfferStatus::unknown;
  if (status == OfferStatus::unknown || status == OfferStatus::paused) {
    view.set("problem", said(locale, "cart.problem.gone"));
    return true;
  }
  if (status == OfferStatus::not_priced) {
    view.set("problem", say(locale, "cart.problem.currency", {{"currency", cart.currency.code()}}));
    return true;
  }
  if (now.available >= now.line->quantity) return false;
  if (now.available == 0) {
    view.set("problem", said(locale, "cart.problem.sold_out"));
    return true;
  }
  const std::string available = std::to_string(now.available);
  view.set("problem",
           say(locale, "cart.problem.short",
               {{"wanted", std::to_string(now.line->quantity)}, {"available", available}}));
  view.set("set_available", available);
  view.set("set_text", say(locale, "cart.set_available", {{"n", available}}));
  return true;
}

View line_view(const LineNow& now, const catalog::Product* product, const orders::Cart& cart,
               std::string_view locale) {
  View v;
  std::string title = now.line->sku;
  v.set("url", false).set("picture", false).set("options", false);
  if (product) {
    title = catalog::title_in(*product, locale);
    v.set("url", product_path(*product)).set("picture", picture_path(*product));
    if (const auto* variant = product->find(now.row.variant)) {
      v.maybe("options", catalog::variant_title_in(*product, *variant, locale));
    }
  }
  v.set("title", title);
  v.set("merchant", now.line->merchant).set("sku", now.line->sku);
  v.set("variant", now.line->variant ? to_text(*now.line->variant) : "");
  v.set("quantity", std::to_string(now.line->quantity));
  v.set("quantity_label", say(locale, "quantity_of", {{"what", title}}));
  v.set("update_label", say(locale, "cart.update_what", {{"what", title}}));
  v.set("remove_label", say(locale, "cart.remove_what", {{"what", title}}));
  v.set("price", false).set("amount", false);
  if (now.offer && now.row.status == OfferStatus::on_sale) {
    v.set("price", show_money(now.row.price, locale));
    v.set("amount", show_money(times(now.row.price, now.line->quantity), locale));
  }
  static_cast<void>(cart);
  return v;
}

/// What promotions take off the line; nothing: no discount.
std::string discount_of(const orders::Quote* quote, const LineNow& now, std::string_view locale) {
  if (!quote) return "";
  for (const auto& order : quote->orders) {
    for (const auto& line : order.lines) {
      if (line.offer != now.offer.value || line.discount == 0) continue;
      return show_money(order.money(line.discount), locale);
    }
  }
  return "";
}

/// Lines grouped by merchant, in the order in which merchants came in. True: some line is wrong.
bool add_groups(Shop& shop, storage::Read& read, const orders::Cart& cart,
                const orders::Quote* quote, std::string_view locale, View& view) {
  const auto lines = lines_now(shop, read, cart);
  std::vector<ProductId> ids;
  for (const LineNow& now : lines) {
    if (now.row.product) ids.push_back(now.row.product);
  }
  const auto products = catalog::products(read, ids);
  bool wrong = false;
  std::vector<std::string> names;
  std::vector<std::vector<View>> groups;
  for (const LineNow& now : lines) {
    const auto product =
        std::find_if(products.begin(), products.end(),
                     [&](const catalog::Product& p) { return p.id == now.row.product; });
    View v = line_view(now, product == products.end() ? nullptr : &*product, cart, locale);
    v.maybe("discount", discount_of(quote, now, locale));
    wrong = set_problem(now, cart, locale, v) || wrong;
    const auto at = std::find(names.begin(), names.end(), now.line->merchant);
    const auto index = static_cast<std::size_t>(at - names.begin());
    if (at == names.end()) {
      names.push_back(now.line->merchant);
      groups.emplace_back();
    }
    groups[index].push_back(std::move(v));
  }
  std::vector<View> out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto merchant = merchant_of(shop, read, names[i]);
    View group;
    group.set("name", merchant ? merchant_name(*merchant, locale) : names[i]);
    group.maybe("url", merchant ? "/m/" + merchant->slug : "");
    group.set("lines", groups[i]);
    out.push_back(std::move(group));
  }
  view.set("groups", out);
  return wrong;
}

orders::Purchase purchase_now(const orders::Cart& cart) {
  orders::Purchase purchase = orders::purchase_of(cart);
  if (purchase.contact.country.empty()) purchase.contact.country = kEstimateCountry;
  return purchase;
}

std::string promotion_title(const orders::PromotionVerdict& v, std::string_view locale) {
  return locale == "zh" && !v.title_zh.empty() ? v.title_zh : v.title;
}

/// What applies is a sum; what is nearly reached is a hint; codes can be taken away again.
void add_promotions(const orders::Cart& cart, const orders::Quote* quote, std::string_view locale,
                    View& view) {
  using orders::PromotionReason;
  std::vector<View> discounts, hints, codes;
  for (const auto& v : quote ? quote->promotions : std::vector<orders::PromotionVerdict>{}) {
    if (v.reason == PromotionReason::applied) {
      View line;
      line.set("title", promotion_title(v, locale));
      line.set("amount", show_money({v.discount + v.shipping, cart.currency}, locale));
      discounts.push_back(std::move(line));
    } else if (v.code.empty() && v.missing > 0 && v.by_amount) {
      hints.push_back(
          View().set("text", say(locale, "promotion.minimum_missing",
                                 {{"amount", show_money({v.missing, cart.currency}, locale)},
                                  {"title", promotion_title(v, locale)}})));
    }
  }
  for (const std::string& code : cart.promotions) {
    View line;
    line.set("code", code).set("label", say(locale, "cart.code_remove", {{"code", code}}));
    line.maybe("error", quote ? code_problem(*quote, code, locale) : "");
    codes.push_back(std::move(line));
  }
  view.set("discounts", discounts).set("hints", hints).set("codes", codes);
}

void add_totals(const orders::Cart& cart, const orders::Quote* quote, std::string_view locale,
                View& view) {
  view.set("quoted", quote != nullptr);
  add_promotions(cart, quote, locale, view);
  if (!quote) return;
  Money items{0, cart.currency};
  Money shipping = items;
  Money extra = items;
  Money total = items;
  for (const auto& order : quote->orders) {
    items += order.money(order.items);
    shipping += order.money(order.shipping + order.details.shipping_discount);
    if (!order.tax_included) extra += order.money(order.tax);
    total += order.money(order.total);
  }
  view.set("items_total", show_money(items, locale));
  view.set("shipping_total",
           shipping.minor == 0 ? said(locale, "free") : show_money(shipping, locale));
  view.maybe("tax_total", extra.minor == 0 ? "" : show_money(extra, locale));
  view.set("total", show_money(total, locale));
  view.set("estimate", say(locale, "cart.estimate",
                           {{"country", country_name(quote->orders.front().country, locale)}}));
}

Response cart_page(Shop& shop, Context& c) {
  const std::string_view locale = c.locale();
  const auto cart = open_cart(c.read(), cart_key(c.read(), c));
  View view;
  const bool filled = cart && !cart->lines.empty();
  view.set("filled", filled).set("problems", false).set("quoted", false);
  if (filled) {
    const auto quoted = shop.s.checkout.quote(c.read(), purchase_now(*cart));
    const orders::Quote* quote = quoted.ok() ? &*quoted : nullptr;
    view.set("problems", add_groups(shop, c.read(), *cart, quote, locale, view));
    add_totals(*cart, quote, locale, view);
  }
  const auto notice = c.request().query_value("notice").value_or("");
  view.maybe("notice", notice == "added" ? said(locale, "added") : "");
  view.maybe("warning", notice == "many"       ? said(locale, "error.many_lines")
                        : notice == "quantity" ? said(locale, "error.quantity")
                        : notice == "codes"    ? said(locale, "error.many_promotions")
                                               : "");
  return own_page(shop, c, c.read(), "cart", std::move(view),
                  {.title = said(locale, "cart.title")});
}

/// The open basket inside the transaction; made when there is none, or an empty one in another
/// currency. `secret` is set for a new one of a guest.
struct Basket {
  CartId id;
  orders::CartOwner owner;
  bool made = false;
};
Basket basket_for(storage::Tx& tx, CartKey key, Currency currency) {
  if (key.owner.person) key.id = orders::cart_of(tx, key.owner.person).value_or(CartId{});
  const auto cart = open_cart(tx, key);
  if (cart && !(cart->lines.empty() && cart->currency != currency)) {
    return {key.id, key.owner, false};
  }
  const auto made = orders::create_cart(tx, key.owner.person, currency);
  return {made.id, {key.owner.person, made.secret}, true};
}

Response to_cart(const Result<orders::Cart, orders::CartRefusal>& changed, storage::Tx& tx,
                 std::string_view notice) {
  if (changed.ok()) {
    return http::redirect(notice.empty() ? "/cart" : "/cart?notice=" + std::string(notice));
  }
  tx.refuse();
  switch (changed.refusal()) {
    case orders::CartRefusal::too_many_lines:
      return http::redirect("/cart?notice=many");
    case orders::CartRefusal::bad_quantity:
    case orders::CartRefusal::too_many_units:
      return http::redirect("/cart?notice=quantity");
    case orders::CartRefusal::too_many_promotions:
      return http::redirect("/cart?notice=codes");
    case orders::CartRefusal::bad_promotion:
    case orders::CartRefusal::unknown_cart:
    case orders::CartRefusal::not_open:
      return http::redirect("/cart");
  }
  return http::redirect("/cart");
}

WritePlan plan_add(Shop& shop, Context& c) {
  const auto& r = c.request();
  const std::string back = safe_next(field(r, "back"), "/cart");
  const auto id = id_from_text<OfferId>(field(r, "offer"));
  const auto offer = id ? marketplace::find_offer(c.read(), *id) : std::nullopt;
  if (!offer || offer->state != marketplace::OfferState::active) {
    return http::redirect(back + "?notice=choose");
  }
  const auto merchant = shop.s.offers.merchant(c.read(), offer->merchant);
  if (!merchant) return http::redirect(back);
  const auto quantity = parse_int(field(r, "quantity")).value_or(1);
  const auto row = marketplace::load(c.read(), {&*id, 1}, shop.s.currency).front();
  const Currency currency = row.active ? shop.s.currency : offer->price.currency;
  const orders::CartLine line{merchant->slug, offer->sku, offer->variant, quantity};
  return [key = cart_key(c.read(), c), line, currency, request = c.request()](storage::Tx& tx) {
    const Basket basket = basket_for(tx, key, currency);
    const auto changed = orders::change_line(tx, basket.id, basket.owner, line, false);
    Response response = to_cart(changed, tx, "added");
    if (changed.ok() && basket.made && !key.owner.person) {
      response.with("Set-Cookie", cart_cookie(basket.id, basket.owner.secret, request));
    }
    return response;
  };
}

WritePlan plan_set(Context& c) {
  const auto& r = c.request();
  const CartKey key = cart_key(c.read(), c);
  if (!key.id) return http::redirect("/cart");
  orders::CartLine line;
  line.merchant = field(r, "merchant");
  line.sku = field(r, "sku");
  line.variant = id_from_text<VariantId>(field(r, "variant"));
  line.quantity = parse_int(field(r, "quantity")).value_or(-1);
  if (const auto available = parse_int(field(r, "available"))) line.quantity = *available;
  if (r.form_value("remove")) line.quantity = 0;
  return [key, line](storage::Tx& tx) {
    return to_cart(orders::change_line(tx, key.id, key.owner, line, true), tx, "");
  };
}

WritePlan plan_code(Context& c) {
  const auto& r = c.request();
  const CartKey key = cart_key(c.read(), c);
  const auto cart = open_cart(c.read(), key);
  if (!cart) return http::redirect("/cart");
  std::vector<std::string> codes = cart->promotions;
  if (const auto removed = r.form_value("remove")) {
    std::erase(codes, std::string(*removed));
  } else {
    codes.push_back(field(r, "code"));
  }
  return [key, codes](storage::Tx& tx) {
    return to_cart(orders::set_promotions(tx, key.id, key.owner, codes), tx, "");
  };
}

}  // namespace

std::string code_problem(const orders::Quote& quote, std::string_view code,
                         std::string_view locale) {
  std::string why;
  for (const auto& v : quote.promotions) {
    if (v.code != code) continue;
    if (v.reason == orders::PromotionReason::applied) return "";
    why = say(locale, "promotion." + std::string(boost::describe::enum_to_string(v.reason, "")));
  }
  return say(locale, "error.promotion", {{"code", code}, {"why", why}});
}

namespace {

/// Why nothing or something else than usual is taxed; empty: the usual.
std::string tax_note(const orders::Order& order, std::string_view locale) {
  const std::string& rule = order.details.tax_rule;
  if (rule != "reverse_charge" && rule != "exempt") return "";
  return said(locale, "tax_rule." + rule);
}

}  // namespace

std::string shipping_name(const std::string& method, const std::string& title,
                          const std::string& title_zh, std::string_view locale) {
  if (locale == "zh" && !title_zh.empty()) return title_zh;
  return title.empty() ? said(locale, "shipping." + method) : title;
}

CartKey cart_key(storage::Read& read, const Context& c) {
  CartKey key;
  key.owner.person = c.who().person;
  if (key.owner.person) {
    key.id = orders::cart_of(read, key.owner.person).value_or(CartId{});
    return key;
  }
  const auto cookie = http::session_cookie_of(kCookie, c.request()).value_or("");
  const auto point = cookie.find('.');
  const auto id = id_from_text<CartId>(cookie.substr(0, point));
  if (!id || point == cookie.npos) return key;
  key.id = *id;
  key.owner.secret = cookie.substr(point + 1);
  return key;
}

std::optional<orders::Cart> open_cart(storage::Read& read, const CartKey& key) {
  if (!key.id) return std::nullopt;
  auto cart = orders::find_cart(read, key.id, key.owner);
  if (!cart.ok() || cart->state != orders::CartState::open) return std::nullopt;
  return std::move(*cart);
}

std::int64_t cart_units(storage::Read& read, const Context& c) {
  const auto cart = open_cart(read, cart_key(read, c));
  std::int64_t units = 0;
  if (cart) {
    for (const auto& line : cart->lines) units += line.quantity;
  }
  return units;
}

std::string cart_cookie(CartId id, std::string_view secret, const http::Request& request) {
  return http::session_cookie(kCookie, to_text(id) + "." + std::string(secret), kCookieAge,
                              request);
}

std::string no_cart_cookie(const http::Request& request) {
  return http::session_cookie(kCookie, "", Duration{}, request);
}

std::vector<View> order_views(Shop& shop, storage::Read& read,
                              const std::vector<orders::Order>& all, std::string_view locale) {
  std::vector<ProductId> ids;
  for (const auto& order : all) {
    for (const auto& line : order.lines) ids.push_back({line.product});
  }
  const auto products = catalog::products(read, ids);
  std::vector<View> out;
  for (const auto& order : all) {
    std::vector<View> lines;
    for (const auto& line : order.lines) {
      View v;
      v.set("title", line.title).set("url", false).set("picture", false);
      for (const auto& p : products) {
        if (p.id.value != line.product) continue;
        v.set("picture", picture_path(p));
        if (p.status == catalog::Status::active) v.set("url", product_path(p));
        const auto* variant = p.find({line.variant});
        // The text of the order is what was bought; another language is a kindness.
        if (locale != "zh" || !variant || catalog::title_in(p, locale) == p.title) break;
        const std::string options = catalog::variant_title_in(p, *variant, locale);
        v.set("title",
              catalog::title_in(p, locale) + (options.empty() ? "" : " (" + options + ")"));
        break;
      }
      v.set("quantity", std::to_string(line.quantity));
      v.set("amount", show_money(order.money(line.amount), locale));
      v.maybe("discount", line.discount == 0 ? "" : show_money(order.money(line.discount), locale));
      lines.push_back(std::move(v));
    }
    View group;
    const auto merchant = shop.s.offers.merchant(read, order.merchant);
    group.set("merchant_name",
              merchant ? merchant_name(*merchant, locale) : to_text(order.merchant));
    group.maybe("merchant_url", merchant ? "/m/" + merchant->slug : "");
    group.set("lines", lines).set("items", show_money(order.money(order.items), locale));
    group.maybe("discount",
                order.discount == 0 ? "" : show_money(order.money(order.discount), locale));
    group.set("shipping", order.shipping == 0 ? said(locale, "free")
                                              : show_money(order.money(order.shipping), locale));
    group.set("shipping_name", shipping_name(order.shipping_method, order.details.shipping_title,
                                             order.details.shipping_title_zh, locale));
    group.set("tax", show_money(order.money(order.tax), locale));
    group.set("tax_label", say(locale, order.tax_included ? "tax_of" : "tax_extra"));
    group.maybe("tax_note", tax_note(order, locale));
    group.set("total", show_money(order.money(order.total), locale));
    out.push_back(std::move(group));
  }
  return out;
}

void mount_cart(http::Router& router, const SharedShop& shop) {
  router.read(page_route("/cart", "The basket"),
              [shop](Context& c) { return cart_page(*shop, c); });
  router.write(form_route("/cart/add", "Puts units of an offer into the basket"),
               [shop](Context& c) { return plan_add(*shop, c); });
  router.write(form_route("/cart/set", "Sets the units of a line; 0 removes it"),
               [](Context& c) { return plan_set(c); });
  router.write(form_route("/cart/code", "Adds a promotion code to the basket or takes one away"),
               [](Context& c) { return plan_code(c); });
}

}  // namespace fondaco::storefront
