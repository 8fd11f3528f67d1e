#include "api_json.h"

#include <fondaco/catalog/images.h>
#include <fondaco/catalog/picture.h>

#include <algorithm>

namespace fondaco::catalog {
namespace {

using http::Context;
using http::Response;

constexpr std::string_view kMine = "/api/v1/merchants/{merchant}/products";

Response refused(const SaveRefusal& r) {
  switch (r.code) {
    case Refusal::unknown_product:
      return http::problem(404, "unknown_product", r.message);
    case Refusal::version_drifted:
      return http::problem(412, "stale_version", r.message);
    case Refusal::handle_taken:
      return http::problem(409, "handle_taken", r.message);
    case Refusal::invalid:
      return http::invalid(r.pointer, r.message);
  }
  return http::problem(500, "internal", "unnamed refusal");
}

Response unknown_product() {
  return http::problem(404, "unknown_product", "there is no such product");
}

class Handlers {
 public:
  explicit Handlers(Services services) : services_(std::move(services)) {}

  Response list(Context& c) const;
  Response one(Context& c) const;
  Response tree(Context& c) const;
  Response picture(Context& c) const;
  Response fetched(Context& c) const;
  Response list_mine(Context& c) const;
  Response one_of_mine(Context& c) const;
  http::WritePlan create(Context& c) const;
  http::WritePlan change(Context& c) const;
  std::optional<MerchantId> merchant(storage::Read& read, std::string_view name) const;

 private:
  Response answer(Context& c, storage::Read& read, const Product& p, bool inside,
                  int status = 200) const {
    return http::json(json_of(shown(p, c.locale(), inside, read, services_)), status)
        .with("ETag", http::etag_of(p.version));
  }
  Response page_of_products(Context& c, const std::vector<ProductId>& ids, int limit,
                            bool inside) const;
  std::optional<std::vector<ProductId>> looked_up(Context& c, MerchantId owner) const;

  Services services_;
};

std::optional<MerchantId> Handlers::merchant(storage::Read& read, std::string_view name) const {
  if (const auto id = id_from_text<MerchantId>(name)) return id;
  return services_.merchant_named ? services_.merchant_named(read, name) : std::nullopt;
}

// One more than the page was read, so that has_more needs no second statement.
Response Handlers::page_of_products(Context& c, const std::vector<ProductId>& ids, int limit,
                                    bool inside) const {
  auto page = ids;
  const bool more = page.size() > static_cast<std::size_t>(limit);
  if (more) page.resize(static_cast<std::size_t>(limit));
  std::string items;
  for (const auto& p : products(c.read(), page)) {
    if (!items.empty()) items += ',';
    items += json_of(shown(p, c.locale(), inside, c.read(), services_));
  }
  return http::json(http::list_json(items, more));
}

// Products by SKU, barcode or handle; nothing when none of these was asked for.
std::optional<std::vector<ProductId>> Handlers::looked_up(Context& c, MerchantId owner) const {
  const auto& request = c.request();
  std::vector<ProductId> out;
  std::vector<VariantRef> refs;
  if (const auto sku = request.query_value("sku")) {
    refs = owner ? variants_by_sku(c.read(), owner, *sku) : variants_by_sku(c.read(), *sku);
  } else if (const auto gtin = request.query_value("gtin")) {
    refs = variants_by_gtin(c.read(), *gtin);
  } else if (const auto handle = request.query_value("handle")) {
    out = products_by_handle(c.read(), *handle);
  } else {
    return std::nullopt;
  }
  for (const auto& ref : refs) out.push_back(ref.product);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

Response Handlers::list(Context& c) const {
  const auto page = http::page_of(c);
  if (!page.ok()) return page.refusal();
  const auto& request = c.request();
  Listing wanted;
  wanted.status = Status::active;
  wanted.limit = page->limit + 1;
  if (page->starting_after) {
    const auto after = id_from_text<ProductId>(*page->starting_after);
    if (!after) return http::invalid("/query/starting_after", "is no product id");
    wanted.after = *after;
  }
  if (const auto status = request.query_value("status"); status && *status != "active") {
    return http::invalid("/query/status", "is " + *status + " when the public sees active only");
  }
  if (const auto name = request.query_value("merchant")) {
    const auto id = merchant(c.read(), *name);
    if (!id) return http::json(http::list_json("", false));
    wanted.owner = *id;
  }
  if (const auto named = request.query_value("brand")) {
    const auto id = brand_named(c.read(), *named);
    if (!id) return http::json(http::list_json("", false));
    wanted.brand = *id;
  }
  wanted.category = request.query_value("category").value_or("");
  auto ids = looked_up(c, wanted.owner);
  if (!ids) return page_of_products(c, list_products(c.read(), wanted), page->limit, false);
  std::vector<ProductId> kept;
  for (const auto& p : products(c.read(), *ids)) {
    const bool theirs = !wanted.owner || p.owner == wanted.owner;
    if (p.status == Status::active && theirs && p.id > wanted.after) kept.push_back(p.id);
  }
  return page_of_products(c, kept, page->limit, false);
}

Response Handlers::one(Context& c) const {
  const auto id = c.id_param<ProductId>("id");
  const auto p = id ? product(c.read(), *id) : std::nullopt;
  if (!p || p->status != Status::active) return unknown_product();
  return answer(c, c.read(), *p, false);
}

Response Handlers::tree(Context& c) const {
  std::string items;
  for (const auto& category : categories(c.read())) {
    const bool zh = c.locale() == "zh" && !category.path_zh.empty();
    Category named = category;
    if (zh) named.path = category.path_zh;
    CategoryOut out{category.id,       std::nullopt,
                    category.path,     std::string(named.name()),
                    category.products, category.products_below};
    if (category.parent) out.parent = category.parent;
    if (!items.empty()) items += ',';
    items += json_of(out);
  }
  return http::json(http::list_json(items, false));
}

Response Handlers::picture(Context& c) const {
  auto name = c.param("file");
  constexpr std::string_view kSuffix = ".svg";
  if (!name.ends_with(kSuffix)) return unknown_product();
  name.remove_suffix(kSuffix.size());
  const auto id = id_from_text<ProductId>(name);
  const auto p = id ? product(c.read(), *id) : std::nullopt;
  if (!p || p->status == Status::draft) return unknown_product();
  Response out;
  out.content_type = "image/svg+xml";
  out.body = picture_svg(p->category, colour_of(*p), p->title);
  return out.with("Cache-Control", "public, max-age=86400")
      .with("Content-Security-Policy", "default-src 'none'; sandbox");
}

// The product's first picture as it was fetched, else the generated one: what was fetched may come
// later, so it is asked for again after a while.
Response Handlers::fetched(Context& c) const {
  const auto id = c.id_param<ProductId>("id");
  const auto p = id ? product(c.read(), *id) : std::nullopt;
  if (!p || p->status == Status::draft) return unknown_product();
  const auto image = services_.blobs && !p->media.empty()
                         ? fetched_image(c.read(), p->owner, p->media.front().src)
                         : std::nullopt;
  auto bytes = image ? services_.blobs->get(image->sha256) : std::nullopt;
  Response out;
  out.content_type = bytes ? image->media_type : "image/svg+xml";
  out.body = bytes ? std::move(*bytes) : picture_svg(p->category, colour_of(*p), p->title);
  return out.with("Cache-Control", "public, max-age=3600")
      .with("ETag", "\"" + (image ? image->sha256.substr(0, 32) : "generated") + "\"")
      .with("Content-Security-Policy", "default-src 'none'; sandbox");
}

Response Handlers::list_mine(Context& c) const {
  const auto page = http::page_of(c);
  if (!page.ok()) return page.refusal();
  Listing wanted;
  wanted.owner = merchant(c.read(), c.param("merchant")).value_or(MerchantId{});
  wanted.limit = page->limit + 1;
  if (page->starting_after) {
    const auto after = id_from_text<ProductId>(*page->starting_after);
    if (!after) return http::invalid("/query/starting_after", "is no product id");
    wanted.after = *after;
  }
  if (const auto status = c.request().query_value("status")) {
    wanted.status = status_named(*status);
    if (!wanted.status) return http::invalid("/query/status", "is not draft, active or archived");
  }
  return page_of_products(c, list_products(c.read(), wanted), page->limit, true);
}

Response Handlers::one_of_mine(Context& c) const {
  const auto owner = merchant(c.read(), c.param("merchant"));
  const auto id = c.id_param<ProductId>("id");
  const auto p = id ? product(c.read(), *id) : std::nullopt;
  if (!p || !owner || p->owner != *owner) return unknown_product();
  return answer(c, c.read(), *p, true);
}

http::WritePlan Handlers::create(Context& c) const {
  auto body = http::body_as<ProductIn>(c);
  if (!body.ok()) return body.refusal();
  const auto owner = merchant(c.read(), c.param("merchant"));
  if (!owner) return unknown_product();
  return [this, &c, owner = *owner, in = std::move(*body)](storage::Tx& tx) {
    Product wanted;
    wanted.owner = owner;
    if (const auto bad = lay_over(in, wanted)) return refused(*bad);
    const auto saved = save_product(tx, std::move(wanted));
    if (!saved.ok()) return refused(saved.refusal());
    return answer(c, tx, *product(tx, saved->id), true, 201);
  };
}

http::WritePlan Handlers::change(Context& c) const {
  auto body = http::body_as<ProductIn>(c);
  if (!body.ok()) return body.refusal();
  const auto owner = merchant(c.read(), c.param("merchant"));
  const auto id = c.id_param<ProductId>("id");
  if (!owner || !id) return unknown_product();
  return [this, &c, owner = *owner, id = *id, in = std::move(*body)](storage::Tx& tx) {
    auto stored = product(tx, id);
    if (!stored || stored->owner != owner) return unknown_product();
    if (auto stale = http::check_if_match(c, stored->version)) return *std::move(stale);
    if (const auto bad = lay_over(in, *stored)) return refused(*bad);
    const auto saved = save_product(tx, std::move(*stored));
    if (!saved.ok()) return refused(saved.refusal());
    return answer(c, tx, *product(tx, saved->id), true);
  };
}

using Query = std::vector<http::Schema::Parameter>;

Query paging(Query more = {}) {
  more.push_back({"starting_after", "Id of the last product of the page before"});
  more.push_back({"limit", "1 to 100, 20 without it", "integer"});
  return more;
}

void mount_public(http::Router& router, std::shared_ptr<const Handlers> h) {
  const http::Access open{"-", http::Owner::everyone, http::Rate::read, http::Idempotency::safe};
  router.read({.method = http::Method::get,
               .path = "/api/v1/products",
               .access = open,
               .summary = "Active products, oldest first",
               .request = {},
               .response = http::list_schema_of<ProductOut>(),
               .refusals = {"invalid_request"},
               .query = paging({{"sku", "Exactly this SKU"},
                                {"gtin", "This barcode, in any of its forms"},
                                {"handle", "Exactly this handle"},
                                {"merchant", "Id or slug"},
                                {"category", "Path; what lies below it is included"},
                                {"brand", "Exactly this name"},
                                {"status", "active"}})},
              [h](Context& c) { return h->list(c); });
  router.read({.method = http::Method::get,
               .path = "/api/v1/products/{id}",
               .access = open,
               .summary = "One active product with its variants",
               .request = {},
               .response = http::schema_of<ProductOut>(),
               .refusals = {"unknown_product"}},
              [h](Context& c) { return h->one(c); });
  router.read({.method = http::Method::get,
               .path = "/api/v1/categories",
               .access = open,
               .summary = "The category tree, parents first, with counts of active products",
               .request = {},
               .response = http::list_schema_of<CategoryOut>()},
              [h](Context& c) { return h->tree(c); });
  router.read({.method = http::Method::get,
               .path = "/media/generated/{file}",
               .access = open,
               .summary = "Generated picture of a product: its id and .svg",
               .request = {},
               .response = http::Schema::text("image/svg+xml"),
               .refusals = {"unknown_product"}},
              [h](Context& c) { return h->picture(c); });
  router.read({.method = http::Method::get,
               .path = "/media/pictures/{id}",
               .access = open,
               .summary = "First picture of a product as it was fetched, else the generated one",
               .request = {},
               .response = http::Schema::text("image/*"),
               .refusals = {"unknown_product"}},
              [h](Context& c) { return h->fetched(c); });
}

void mount_mine(http::Router& router, std::shared_ptr<const Handlers> h) {
  const auto route = [h](http::Method method, std::string path, http::Access access,
                         std::string summary) {
    http::Route r{method, std::move(path), access, std::move(summary), {}, {}};
    r.merchant_of = [h](Context& c) { return h->merchant(c.read(), c.param("merchant")); };
    return r;
  };
  const http::Access reads{"catalog.read", http::Owner::merchant, http::Rate::read,
                           http::Idempotency::safe};
  const http::Access writes{"catalog.write", http::Owner::merchant, http::Rate::write,
                            http::Idempotency::optional};
  const std::string all(kMine);
  auto list = route(http::Method::get, all, reads, "A merchant's products of any status");
  list.response = http::list_schema_of<ProductOut>();
  list.query = paging({{"status", "draft, active or archived"}});
  list.refusals = {"invalid_request"};
  router.read(std::move(list), [h](Context& c) { return h->list_mine(c); });
  auto one = route(http::Method::get, all + "/{id}", reads, "One of a merchant's products");
  one.response = http::schema_of<ProductOut>();
  one.refusals = {"unknown_product"};
  router.read(std::move(one), [h](Context& c) { return h->one_of_mine(c); });
  auto create = route(http::Method::post, all, writes, "Adds a product with its variants");
  create.request = http::schema_of<ProductIn>();
  create.response = http::schema_of<ProductOut>();
  create.success = 201;
  create.refusals = {"handle_taken", "invalid_request"};
  create.body_limit = 4 << 20;
  router.write(std::move(create), [h](Context& c) { return h->create(c); });
  auto change = route(http::Method::patch, all + "/{id}", writes,
                      "Changes what is sent; variants that are not named stay (If-Match)");
  change.request = http::schema_of<ProductIn>();
  change.response = http::schema_of<ProductOut>();
  change.refusals = {"unknown_product", "stale_version", "handle_taken", "invalid_request"};
  change.body_limit = 4 << 20;
  router.write(std::move(change), [h](Context& c) { return h->change(c); });
}

}  // namespace

void mount(http::Router& router, Services services) {
  const auto handlers = std::make_shared<const Handlers>(std::move(services));
  mount_public(router, handlers);
  mount_mine(router, handlers);
}

}  // namespace fondaco::catalog
