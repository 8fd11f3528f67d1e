#include "testing.h"

#include <fondaco/base/text.h>
#include <fondaco/catalog/api.h>
#include <fondaco/http/server.h>

namespace fondaco::catalog {
namespace {

using http::Method;

/// "Bearer owner" may read and write one merchant's catalogue, "Bearer other" another's.
class Doorman final : public http::Authenticator {
 public:
  std::optional<http::Principal> authenticate(const http::Request& r, storage::Read&) override {
    const auto header = r.header("authorization");
    if (header.empty()) return http::Principal{};
    http::Principal who;
    who.kind = http::Principal::Kind::staff;
    who.person = PersonId{0x700000};
    const auto of = header == "Bearer owner" ? owns : MerchantId{owns.value + 1};
    who.grants = {{"catalog.read", of, {}}, {"catalog.write", of, {}}};
    return who;
  }
  MerchantId owns;
};

class Api : public CatalogTest {
 protected:
  Api()
      : with_http_(GetParam(),
                   storage::join(
                       {storage::migrations(), http::migrations(), migrations(), {kOfferSchema}})) {
    doorman_.owns = owner;
    http::ServerConfig config;
    config.rate_limits = false;
    server_ = http::Server::create(config, {*with_http_, doorman_});
    Services services{*with_http_};
    services.offers = [](JsonWriter& w, storage::Read&, VariantId) {
      w.begin_array().value("an offer").end_array();
    };
    services.merchant_named = [this](storage::Read&, std::string_view slug) {
      return slug == "bikes" ? std::optional(owner) : std::nullopt;
    };
    mount(server_->router(), std::move(services));
  }
  http::Response call(Method method, std::string target, std::string who = {},
                      std::string body = {}, std::string if_match = {}) {
    http::Request r;
    r.method = method;
    r.target = r.path = std::move(target);
    if (const auto at = r.target.find('?'); at != std::string::npos) {
      r.path = r.target.substr(0, at);
      for (const auto pair : split(std::string_view(r.target).substr(at + 1), '&')) {
        const auto equals = pair.find('=');
        r.query.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
      }
    }
    r.body = std::move(body);
    r.remote = "127.0.0.1";
    if (!r.body.empty()) r.headers.push_back({"Content-Type", "application/json"});
    if (!who.empty()) r.headers.push_back({"Authorization", "Bearer " + who});
    if (!if_match.empty()) r.headers.push_back({"If-Match", if_match});
    return server_->handle(std::move(r));
  }
  static std::string header(const http::Response& r, std::string_view name) {
    for (const auto& h : r.headers) {
      if (iequals_ascii(h.name, name)) return h.value;
    }
    return {};
  }
  static std::string id_in(const http::Response& r) {
    const auto at = r.body.find("prd_");
    return at == std::string::npos ? "" : r.body.substr(at, 17);
  }
  static bool says(const http::Response& r, std::string_view text) {
    return r.body.find(text) != std::string::npos;
  }

  storage::TestStore with_http_;
  Doorman doorman_;
  std::unique_ptr<http::Server> server_;
};
INSTANTIATE_TEST_SUITE_P(Engines, Api, testing::ValuesIn(storage::test_engines()),
                         [](const auto& p) { return storage::engine_name(p.param); });

constexpr const char* kBike = R"({"title":"Red Bike","status":"active","brand":"Ada",
  "category":"Cycling > Bicycles","options":["Size"],"translations":{"zh":{"title":"红色单车",
  "description":"","options":[]}},"variants":[{"options":["S"],"sku":"B-S","barcode":
  "4006381333931"},{"options":["M"],"sku":"B-M"}]})";

// A merchant adds a product; the public finds it by each key, in its language, with its offers.
TEST_P(Api, MerchantAddsPublicFinds) {
  const auto made = call(Method::post, "/api/v1/merchants/bikes/products", "owner", kBike);
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_TRUE(says(made, R"("handle":"red-bike")"));
  const auto id = id_in(made);
  for (const std::string query : {"sku=B-M", "gtin=04006381333931", "handle=red-bike",
                                  "merchant=bikes", "category=Cycling", "brand=Ada", "limit=1"}) {
    const auto found = call(Method::get, "/api/v1/products?" + query);
    EXPECT_EQ(found.status, 200) << query;
    EXPECT_EQ(id_in(found), id) << query << found.body;
    EXPECT_TRUE(says(found, R"("offers":["an offer"])")) << query;
  }
  for (const std::string query : {"sku=none", "merchant=nobody", "category=Cycl", "brand=Bob"}) {
    EXPECT_EQ(call(Method::get, "/api/v1/products?" + query).body,
              R"({"data":[],"has_more":false})");
  }
  const auto zh = call(Method::get, "/api/v1/products/" + id + "?lang=zh");
  EXPECT_TRUE(says(zh, "红色单车")) << zh.body;
  EXPECT_TRUE(says(zh, R"("translations":null)"));
  EXPECT_TRUE(says(call(Method::get, "/api/v1/categories"), R"("products_below":1)"));
  EXPECT_EQ(call(Method::get, "/api/v1/products?limit=0").status, 422);
  EXPECT_EQ(call(Method::get, "/api/v1/products?starting_after=x").status, 422);
  EXPECT_EQ(call(Method::get, "/api/v1/products?status=draft").status, 422);
  EXPECT_EQ(call(Method::get, "/api/v1/products/prd_0000000000000").status, 404);
}

// Changes need the version that was read; drafts are not there for the public.
TEST_P(Api, ChangesNeedTheVersion) {
  const auto made = call(Method::post, "/api/v1/merchants/bikes/products", "owner", kBike);
  const auto path = "/api/v1/merchants/bikes/products/" + id_in(made);
  const std::string draft = R"({"status":"draft","variants":[{"sku":"B-M","weight_grams":9}]})";
  EXPECT_EQ(call(Method::patch, path, "owner", draft).status, 428);
  EXPECT_EQ(call(Method::patch, path, "owner", draft, "\"v9\"").status, 412);
  const auto read = call(Method::get, path, "owner");
  const auto changed = call(Method::patch, path, "owner", draft, header(read, "ETag"));
  ASSERT_EQ(changed.status, 200) << changed.body;
  EXPECT_TRUE(says(changed, R"("weight_grams":9)"));
  EXPECT_TRUE(says(changed, R"("sku":"B-S")"));
  EXPECT_EQ(call(Method::get, "/api/v1/products/" + id_in(made)).status, 404);
  EXPECT_EQ(id_in(call(Method::get, "/api/v1/products?sku=B-M")), "");
  EXPECT_EQ(call(Method::get, path, "owner").status, 200);
  EXPECT_EQ(id_in(call(Method::get, "/api/v1/merchants/bikes/products?status=draft", "owner")),
            id_in(made));
  const auto tag = header(call(Method::get, path, "owner"), "ETag");
  EXPECT_EQ(call(Method::patch, path, "owner", R"({"title":""})", tag).status, 422);
}

// Nobody writes into another merchant's catalogue, and a taken handle is a conflict.
TEST_P(Api, RightsAndConflicts) {
  const std::string all = "/api/v1/merchants/bikes/products";
  EXPECT_EQ(call(Method::post, all, "", kBike).status, 401);
  EXPECT_EQ(call(Method::post, all, "other", kBike).status, 403);
  EXPECT_EQ(call(Method::get, all, "other").status, 403);
  EXPECT_EQ(call(Method::post, all, "owner", kBike).status, 201);
  const auto again = call(Method::post, all, "owner", kBike);
  EXPECT_EQ(again.status, 409);
  EXPECT_TRUE(says(again, "handle_taken"));
  EXPECT_EQ(call(Method::post, all, "owner", R"({"title":"x","colour":1})").status, 422);
}

// Every product has a picture; it may be kept for a day and runs nothing.
TEST_P(Api, GeneratedPictures) {
  const auto made = call(Method::post, "/api/v1/merchants/bikes/products", "owner", kBike);
  const auto path = "/media/generated/" + id_in(made) + ".svg";
  EXPECT_TRUE(says(made, "\"picture\":\"" + path + "\""));
  const auto svg = call(Method::get, path);
  ASSERT_EQ(svg.status, 200);
  EXPECT_EQ(svg.content_type, "image/svg+xml");
  EXPECT_EQ(header(svg, "Cache-Control"), "public, max-age=86400");
  EXPECT_EQ(call(Method::get, "/media/generated/prd_0000000000000.svg").status, 404);
  EXPECT_EQ(call(Method::get, "/media/generated/x").status, 404);
}

}  // namespace
}  // namespace fondaco::catalog
