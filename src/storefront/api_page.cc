#include "api_shop.h"

#include "assets.h"

#include <fondaco/base/json_write.h>
#include <fondaco/base/product.h>
#include <fondaco/storage/blobs.h>

#include <algorithm>

namespace fondaco::storefront {
namespace {

constexpr std::string_view kStyle = "shop.css";
constexpr Duration kLanguageAge = days(365);

std::string query_of(const http::Pairs& pairs) {
  std::string out;
  for (const auto& [name, value] : pairs) {
    out += out.empty() ? '?' : '&';
    out += percent_encode(name) + "=" + percent_encode(value);
  }
  return out;
}

/// A decoded path as it may stand in a link.
std::string link_path(std::string_view path) {
  std::string out;
  for (const auto step : split(path.substr(1), '/')) out += "/" + percent_encode(step);
  return out;
}

void set_navigation(Shop& shop, const Context& c, storage::Read* read, View& view) {
  const auto tree = read ? category_tree(shop, *read, c.now()) : shop.tree.last();
  std::vector<View> top;
  if (tree) {
    for (const std::size_t i : tree->top) {
      const CategoryNode& node = tree->nodes[i];
      if (node.products == 0) continue;
      View item;
      item.set("url", node.path).set("name", node.name_in(c.locale()));
      item.set("current", c.request().path.starts_with(node.path));
      top.push_back(std::move(item));
    }
  }
  view.set("navigation", top);
}

void set_addresses(const Shop& shop, const Context& c, const Head& head, View& view) {
  view.set("indexed", !head.canonical.empty());
  if (head.canonical.empty()) return;
  const std::string mark = head.canonical.find('?') == std::string::npos ? "?" : "&";
  const std::string base = absolute(shop, head.canonical);
  view.set("url_default", base);
  view.set("url_en", base + mark + "lang=en").set("url_zh", base + mark + "lang=zh");
  const auto asked = c.request().query_value("lang");
  view.set("canonical", asked ? base + mark + "lang=" + std::string(c.locale()) : base);
}

}  // namespace

Shop::Shop(Services services) : s(std::move(services)) {
  for (const Asset& asset : assets()) {
    if (asset.name == kStyle) css = std::make_shared<const std::string>(asset.text);
  }
  FONDACO_CHECK(css != nullptr);
  css_path = "/assets/shop." + storage::sha256_of(*css).substr(0, 16) + ".css";
}

std::string absolute(const Shop& shop, std::string_view path) {
  return shop.s.public_url + std::string(path);
}

std::string with_query(const http::Request& request, std::string_view name,
                       std::string_view value) {
  http::Pairs pairs;
  for (const auto& pair : request.query) {
    if (pair.first != name) pairs.push_back(pair);
  }
  if (!value.empty()) pairs.emplace_back(name, value);
  return link_path(request.path) + query_of(pairs);
}

std::string safe_next(std::string_view next, std::string_view otherwise) {
  // "//host" and "/\host" are addresses elsewhere; a line break would end the header.
  const bool here = next.starts_with('/') && !next.starts_with("//") && next.size() < 2'000 &&
                    next.find_first_of("\\\r\n\t") == next.npos;
  return std::string(here ? next : otherwise);
}

std::string field(const http::Request& request, std::string_view name) {
  return std::string(trim(request.form_value(name).value_or("")));
}

View input_view(const Input& in, std::string_view locale) {
  View v;
  v.set("name", in.name).set("label", in.label).set("value", in.value).set("type", in.type);
  v.maybe("error", in.error).maybe("hint", in.hint).maybe("autocomplete", in.autocomplete);
  v.set("required", in.required).set("wide", in.wide);
  std::string described = in.hint.empty() ? "" : in.name + "-hint";
  if (!in.error.empty()) described += (described.empty() ? "" : " ") + in.name + "-error";
  v.maybe("described", described);
  v.set("error_prefix", say(locale, "error_prefix"));
  return v;
}

void set_errors(View& view, const std::vector<Input>& inputs, const std::string& general) {
  std::vector<View> errors;
  for (const Input& in : inputs) {
    if (in.error.empty()) continue;
    errors.push_back(View().set("name", in.name).set("text", in.label + ": " + in.error));
  }
  view.set("has_errors", !errors.empty() || !general.empty());
  view.set("field_errors", errors);
  view.maybe("general_error", general);
}

std::vector<View> crumbs_view(const std::vector<Crumb>& crumbs) {
  std::vector<View> out;
  for (const Crumb& crumb : crumbs) {
    out.push_back(View().set("name", crumb.name).maybe("url", crumb.path));
  }
  return out;
}

std::string crumbs_json(const Shop& shop, const std::vector<Crumb>& crumbs) {
  std::string out;
  JsonWriter w(out);
  w.begin_object().member("@context", "https://schema.org").member("@type", "BreadcrumbList");
  w.key("itemListElement").begin_array();
  int position = 0;
  for (const Crumb& crumb : crumbs) {
    w.begin_object().member("@type", "ListItem").member("position", ++position);
    w.member("name", crumb.name);
    if (!crumb.path.empty()) w.member("item", absolute(shop, crumb.path));
    w.end_object();
  }
  w.end_array().end_object();
  return out;
}

std::string render_page(Shop& shop, const Context& c, storage::Read* read, std::string_view name,
                        View view, const Head& head) {
  const std::string_view locale = c.locale();
  const bool zh = locale == "zh";
  view.set("lang", zh ? "zh-Hans" : "en").set("other_lang", zh ? "en" : "zh");
  view.set("other_lang_tag", zh ? "en" : "zh-Hans");
  view.set("site", product::kName).set("title", head.title);
  view.set("full_title", head.title == product::kName
                             ? head.title
                             : head.title + " · " + std::string(product::kName));
  view.maybe("meta_description", head.description).set("css", shop.css_path);
  view.set("switch_url", with_query(c.request(), "lang", zh ? "en" : "zh"));
  view.set("demo", shop.s.demo).set("q", head.q);
  view.set("signed_in", static_cast<bool>(c.who().person)).set("csrf", c.who().csrf);
  const std::int64_t units = read ? cart_units(*read, c) : 0;
  view.maybe("cart_units", units > 0 ? std::to_string(units) : "");
  view.set("cart_label", say_count(locale, "cart.lines", units));
  view.maybe("json_ld", json_for_script(head.json_ld));
  view.maybe("og_image", head.image.empty() ? "" : absolute(shop, head.image));
  set_navigation(shop, c, read, view);
  set_addresses(shop, c, head, view);
  return shop.templates.render(name, locale, view);
}

Response finished(const Context& c, std::string body, PageCache::Page shared, int status) {
  Response r = http::html(std::move(body), status);
  r.shared_body = std::move(shared);
  r.with("Content-Language", c.locale() == "zh" ? "zh-Hans" : "en");
  if (c.request().query_value("lang")) {
    r.with("Set-Cookie", "lang=" + std::string(c.locale()) + "; Path=/; Max-Age=" +
                             std::to_string(kLanguageAge.us / seconds(1).us) + "; SameSite=Lax" +
                             (c.request().secure ? "; Secure" : ""));
  }
  return r;
}

Response page(Shop& shop, const Context& c, storage::Read* read, std::string_view name, View view,
              const Head& head, int status) {
  return finished(c, render_page(shop, c, read, name, std::move(view), head), nullptr, status);
}

Response own_page(Shop& shop, const Context& c, storage::Read& read, std::string_view name,
                  View view, const Head& head, int status) {
  Response r = page(shop, c, &read, name, std::move(view), head, status);
  r.with("Cache-Control", "no-store");
  return r;
}

http::ProblemPage problem_page(std::shared_ptr<Shop> shop) {
  return [shop](const Context& c, const Response& problem) -> std::optional<Response> {
    std::string kind = "other";
    if (problem.status == 404 || problem.status == 403 || problem.status == 429) {
      kind = std::to_string(problem.status);
    } else if (problem.status >= 500) {
      kind = "500";
    }
    View view;
    const std::string title(say(c.locale(), "page_problem.title_" + kind));
    view.set("text", say(c.locale(), "page_problem." + kind));
    view.set("status", std::to_string(problem.status)).set("id", c.request().id);
    return page(*shop, c, nullptr, "problem", std::move(view), {.title = title}, problem.status);
  };
}

Response not_found() { return http::problem(404, "not_found", "there is no such page"); }

http::Route page_route(std::string path, std::string summary) {
  http::Route r;
  r.path = std::move(path);
  r.access = kPage;
  r.summary = std::move(summary);
  r.response = http::Schema::html();
  return r;
}

http::Route form_route(std::string path, std::string summary, http::Access access) {
  http::Route r = page_route(std::move(path), std::move(summary));
  r.method = http::Method::post;
  r.access = access;
  r.request = http::Schema::text("application/x-www-form-urlencoded");
  r.success = 303;
  return r;
}

}  // namespace fondaco::storefront
