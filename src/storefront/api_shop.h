// What all pages of the shop share. Private to the API library.
#pragma once

#include "api_cache.h"
#include "format.h"
#include "strings.h"
#include "template.h"

#include <fondaco/base/text.h>
#include <fondaco/catalog.h>
#include <fondaco/http/router.h>
#include <fondaco/http/server.h>
#include <fondaco/orders/cart.h>
#include <fondaco/storefront/api.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace fondaco::storefront {

using http::Context;
using http::Response;

inline constexpr std::int64_t kFewLeft = 5;  // From here on the page says how many are left.

// ---- What is read (api_read.cc)

struct CategoryNode {
  CategoryId id;
  std::string path;  // "/c/fashion/women", ready for a link.
  std::string name;
  std::string name_zh;
  std::int64_t products = 0;  // Active ones in it and below.
  std::optional<std::size_t> parent;
  std::vector<std::size_t> children;

  const std::string& name_in(std::string_view locale) const {
    return locale == "zh" && !name_zh.empty() ? name_zh : name;
  }
};
struct CategoryTree {
  std::vector<CategoryNode> nodes;  // Parents before children.
  std::vector<std::size_t> top;
  std::unordered_map<std::string, std::size_t> by_path;
  std::unordered_map<CategoryId, std::size_t> by_id;
};

/// An offer with what can be had of it now.
struct OfferNow {
  OfferId id;
  VariantId variant;
  std::shared_ptr<const marketplace::MerchantInfo> merchant;
  Money price;
  std::optional<Money> before;  // Higher than price.
  std::int64_t available = 0;   // 0 when sold out; large when it is made to order.

  bool in_stock() const { return available > 0; }
};
struct ProductNow {
  catalog::Product product;
  std::vector<OfferNow> offers;  // Of active merchants; by position of the variant, then price.
};

struct Shop;
std::vector<ProductNow> products_now(Shop& shop, storage::Read& read,
                                     std::span<const ProductId> ids);
std::shared_ptr<const CategoryTree> category_tree(Shop& shop, storage::Read& read, Instant now);
/// Active ones, at most 100.
std::shared_ptr<const std::vector<marketplace::Merchant>> merchants(Shop& shop, storage::Read& read,
                                                                    Instant now);

std::string product_path(const catalog::Product& product);
/// Our own address of the picture: others would need a request to a third party.
std::string picture_path(const catalog::Product& product);
std::string merchant_name(const marketplace::MerchantInfo& merchant, std::string_view locale);
/// "In stock", "Only 3 left", "Sold out".
std::string stock_text(std::int64_t available, std::string_view locale);
/// A product in a list, for _card.mustache.
View card_of(const ProductNow& product, std::string_view locale);
std::vector<View> cards_of(Shop& shop, storage::Read& read, std::span<const ProductId> ids,
                           std::string_view locale);

// ---- The page around it (api_page.cc)

struct Head {
  std::string title;
  std::string description = {};
  std::string canonical = {};  // Path and query without lang; empty: not for search engines.
  std::string json_ld = {};    // JSON, several objects as an array.
  std::string image = {};
  std::string q = {};  // Shown in the search field.
};

/// `read` may be null: then the basket is not counted.
std::string render_page(Shop& shop, const Context& c, storage::Read* read, std::string_view name,
                        View view, const Head& head);
/// A rendered page as an answer, by value or shared; remembers ?lang= in a cookie.
Response finished(const Context& c, std::string body, PageCache::Page shared = nullptr,
                  int status = 200);
Response page(Shop& shop, const Context& c, storage::Read* read, std::string_view name, View view,
              const Head& head, int status = 200);
/// The same for a page that shows somebody's own things: no cache keeps it, wherever it is.
Response own_page(Shop& shop, const Context& c, storage::Read& read, std::string_view name,
                  View view, const Head& head, int status = 200);
http::ProblemPage problem_page(std::shared_ptr<Shop> shop);
Response not_found();
/// A path of this shop to go on to, or `otherwise`: never an address elsewhere.
std::string safe_next(std::string_view next, std::string_view otherwise);
/// The path with its query, one parameter replaced (removed when `value` is empty).
std::string with_query(const http::Request& request, std::string_view name, std::string_view value);
std::string absolute(const Shop& shop, std::string_view path);

struct Crumb {
  std::string name;
  std::string path;  // Empty: this page.
};
std::vector<View> crumbs_view(const std::vector<Crumb>& crumbs);
std::string crumbs_json(const Shop& shop, const std::vector<Crumb>& crumbs);

/// Field of a posted form, trimmed; empty when it is not there.
std::string field(const http::Request& request, std::string_view name);

/// One input of a form, for _field.mustache.
struct Input {
  std::string name;
  std::string label;
  std::string value = {};
  std::string error = {};
  std::string hint = {};
  std::string type = "text";
  std::string autocomplete = {};
  bool required = false;
  bool wide = false;
};
View input_view(const Input& input, std::string_view locale);
/// The list of errors at the top of a form, each a link to its field.
void set_errors(View& view, const std::vector<Input>& inputs, const std::string& general);

// ---- The basket (api_cart.cc)

struct CartKey {
  CartId id;  // 0: none yet.
  orders::CartOwner owner;
};
/// Of the signed-in person, else of the cookie.
CartKey cart_key(storage::Read& read, const Context& c);
std::optional<orders::Cart> open_cart(storage::Read& read, const CartKey& key);
/// Units in the basket, for the header.
std::int64_t cart_units(storage::Read& read, const Context& c);
std::string cart_cookie(CartId id, std::string_view secret, const http::Request& request);
std::string no_cart_cookie(const http::Request& request);

/// One merchant's part of a basket that can be ordered, with its sums.
/// A method's own title, or what the platform calls it.
std::string shipping_name(const std::string& method, const std::string& title,
                          const std::string& title_zh, std::string_view locale);
/// Why a code of the basket does not apply, for people; empty: it does.
std::string code_problem(const orders::Quote& quote, std::string_view code,
                         std::string_view locale);
std::vector<View> order_views(Shop& shop, storage::Read& read,
                              const std::vector<orders::Order>& orders, std::string_view locale);

/// What is shown of a refused checkout.
std::string refusal_text(const orders::Refusing& refusing, std::string_view locale);

// ---- Orders (api_order.cc)

std::string order_cookie_name(OrderGroupId group);
std::string country_name(std::string_view code, std::string_view locale);

// ---- Routes

inline constexpr http::Access kPage{"orders.read", http::Owner::everyone, http::Rate::read,
                                    http::Idempotency::safe};
inline constexpr http::Access kForm{"orders.write", http::Owner::everyone, http::Rate::write,
                                    http::Idempotency::natural};
http::Route page_route(std::string path, std::string summary);
http::Route form_route(std::string path, std::string summary, http::Access access = kForm);

using SharedShop = std::shared_ptr<Shop>;
void mount_account(http::Router& router, const SharedShop& shop);
void mount_cart(http::Router& router, const SharedShop& shop);
void mount_codes(http::Router& router, const SharedShop& shop);
void mount_checkout(http::Router& router, const SharedShop& shop);
void mount_home(http::Router& router, const SharedShop& shop);
void mount_lists(http::Router& router, const SharedShop& shop);
void mount_orders(http::Router& router, const SharedShop& shop);
void mount_pay_test(http::Router& router, const SharedShop& shop);
void mount_product(http::Router& router, const SharedShop& shop);
void mount_sell(http::Router& router, const SharedShop& shop);
void mount_seo(http::Router& router, const SharedShop& shop);

/// Everything that lives as long as the routes. Its members are safe from any thread.
struct Shop {
  explicit Shop(Services services);

  Services s;
  const Templates templates;
  std::shared_ptr<const std::string> css;
  std::string css_path;  // With the hash of its content: it may be kept for ever.
  PageCache pages;
  Timed<CategoryTree> tree{seconds(10)};
  Timed<std::vector<marketplace::Merchant>> shops{seconds(10)};
  Timed<View> home_en{seconds(5)};
  Timed<View> home_zh{seconds(5)};
  Timed<std::string> sitemap{minutes(10)};
};

}  // namespace fondaco::storefront
