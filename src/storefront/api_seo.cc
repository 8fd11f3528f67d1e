// For machines that read shops: the style sheet, robots.txt and the sitemap.
#include "api_shop.h"

#include <fondaco/catalog/redirects.h>

namespace fondaco::storefront {
namespace {

constexpr int kSitemapPage = 1'000;
constexpr std::size_t kSitemapMost = 50'000;  // Addresses a sitemap may have.

void add_address(const Shop& shop, std::string& out, std::string_view path) {
  out += "<url><loc>" + escape_html(absolute(shop, path)) + "</loc>";
  for (const std::string_view lang : {"en", "zh"}) {
    out += R"(<xhtml:link rel="alternate" hreflang=")";
    out += lang == "zh" ? "zh-Hans" : "en";
    out += "\" href=\"" + escape_html(absolute(shop, path)) + "?lang=" + std::string(lang) + "\"/>";
  }
  out += "</url>\n";
}

/// The start page, shops, categories and the products that changed last to fit in one file.
std::string sitemap(Shop& shop, storage::Read& read, Instant now) {
  std::string out =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" "
      "xmlns:xhtml=\"http://www.w3.org/1999/xhtml\">\n";
  std::size_t count = 1;
  add_address(shop, out, "/");
  for (const auto& m : *merchants(shop, read, now)) {
    add_address(shop, out, "/m/" + m.slug);
    ++count;
  }
  for (const auto& node : category_tree(shop, read, now)->nodes) {
    if (node.products == 0 || count >= kSitemapMost) continue;
    add_address(shop, out, node.path);
    ++count;
  }
  catalog::Scan position;
  while (count < kSitemapMost) {
    const auto products = catalog::scan_products(read, position, kSitemapPage);
    if (products.empty()) break;
    for (const auto& p : products) {
      if (p.status != catalog::Status::active || count >= kSitemapMost) continue;
      add_address(shop, out, product_path(p));
      ++count;
    }
  }
  return out + "</urlset>\n";
}

Response robots(const Shop& shop) {
  Response r;
  r.content_type = "text/plain; charset=utf-8";
  r.body =
      "User-agent: *\nDisallow: /account\nDisallow: /api/\nDisallow: /cart\n"
      "Disallow: /checkout\nDisallow: /o/\nDisallow: /pay/\nDisallow: /search\n";
  if (!shop.s.public_url.empty()) r.body += "Sitemap: " + absolute(shop, "/sitemap.xml") + "\n";
  return r;
}

Response asset(const Shop& shop, const Context& c) {
  if (c.request().path != shop.css_path) return not_found();
  Response r;
  r.content_type = "text/css; charset=utf-8";
  r.shared_body = shop.css;
  r.with("Cache-Control", "public, max-age=31536000, immutable");
  return r;
}

http::Route file_route(std::string path, std::string summary, std::string media) {
  http::Route r = page_route(std::move(path), std::move(summary));
  r.response = http::Schema::text(std::move(media));
  r.authenticate = false;
  r.access.scope = "-";
  return r;
}

/// An address of a shop that moved in leads to its product, for good. Everything else that no route
/// knows comes here, too.
Response old_address(Context& c) {
  const auto path = catalog::redirect_path(c.request().path);
  const auto id =
      path && !path->starts_with("/api/") ? catalog::redirected(c.read(), *path) : std::nullopt;
  const auto product = id ? catalog::product(c.read(), *id) : std::nullopt;
  if (!product || product->status != catalog::Status::active) return not_found();
  return http::redirect(product_path(*product), 301);
}

}  // namespace

void mount_seo(http::Router& router, const SharedShop& shop) {
  router.read(file_route("/assets/{file}", "The style sheet, named by its content", "text/css"),
              [shop](Context& c) { return asset(*shop, c); });
  router.read(file_route("/robots.txt", "What search engines may look at", "text/plain"),
              [shop](Context&) { return robots(*shop); });
  router.read(file_route("/sitemap.xml", "All pages worth finding", "application/xml"),
              [shop](Context& c) {
                Response r;
                r.content_type = "application/xml; charset=utf-8";
                r.shared_body =
                    shop->sitemap.get(c.now(), [&] { return sitemap(*shop, c.read(), c.now()); });
                return r;
              });
  http::Route old = page_route("/{rest*}", "An address of a shop that moved in: to its product");
  old.success = 301;
  old.authenticate = false;
  router.read(std::move(old), [](Context& c) { return old_address(c); });
}

}  // namespace fondaco::storefront
