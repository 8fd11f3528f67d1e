// What the routes of catalog take and give. Private to catalog's API.
#pragma once

#include <fondaco/base/json.h>
#include <fondaco/catalog/api.h>
#include <fondaco/http/router.h>

namespace fondaco::catalog {

BOOST_DESCRIBE_ENUM(Status, draft, active, archived)
BOOST_DESCRIBE_STRUCT(Image, (), (src, alt))
BOOST_DESCRIBE_STRUCT(OptionTranslation, (), (name, values))
BOOST_DESCRIBE_STRUCT(Translation, (), (title, description, options))

struct OptionOut {
  std::string name;
  std::vector<std::string> values;
};
BOOST_DESCRIBE_STRUCT(OptionOut, (), (name, values))

struct VariantOut {
  VariantId id;
  std::string title;  // "Red / M"
  std::vector<std::string> options;
  std::string sku;
  std::string barcode;
  std::optional<std::string> gtin;
  std::int64_t weight_grams = 0;
  std::string tax_class;
  std::string image;
  std::string unit_price_measure;
  std::map<std::string, std::string> attributes;
  JsonText offers{"[]"};
};
BOOST_DESCRIBE_STRUCT(VariantOut, (),
                      (id, title, options, sku, barcode, gtin, weight_grams, tax_class, image,
                       unit_price_measure, attributes, offers))

struct ProductOut {
  ProductId id;
  MerchantId merchant;
  std::string handle;
  Status status = Status::draft;
  std::int64_t version = 0;
  Instant updated_at;
  std::string title;
  std::string description;
  std::string brand;
  std::string category;
  std::vector<std::string> tags;
  std::vector<OptionOut> options;
  std::vector<Image> images;
  std::string picture;  // Address of the picture to show first; generated without images.
  std::map<std::string, std::string> attributes;
  std::optional<std::map<std::string, Translation>> translations;  // Only for the merchant.
  std::vector<VariantOut> variants;
};
BOOST_DESCRIBE_STRUCT(ProductOut, (),
                      (id, merchant, handle, status, version, updated_at, title, description, brand,
                       category, tags, options, images, picture, attributes, translations,
                       variants))

struct CategoryOut {
  CategoryId id;
  std::optional<CategoryId> parent;
  std::string path;
  std::string name;
  std::int64_t products = 0;
  std::int64_t products_below = 0;
};
BOOST_DESCRIBE_STRUCT(CategoryOut, (), (id, parent, path, name, products, products_below))

struct VariantIn {
  std::optional<VariantId> id;  // Else by options, else by SKU, else a new one.
  std::optional<std::vector<std::string>> options;
  std::optional<std::string> sku;
  std::optional<std::string> barcode;
  std::optional<std::int64_t> weight_grams;
  std::optional<std::string> tax_class;
  std::optional<std::string> image;
  std::optional<std::string> unit_price_measure;
  std::optional<std::map<std::string, std::string>> attributes;
};
BOOST_DESCRIBE_STRUCT(VariantIn, (),
                      (id, options, sku, barcode, weight_grams, tax_class, image,
                       unit_price_measure, attributes))

/// All of it may be left out when a product is changed; a new one needs a title.
struct ProductIn {
  std::optional<std::string> handle;
  std::optional<Status> status;
  std::optional<std::string> title;
  std::optional<std::string> description;
  std::optional<std::string> brand;
  std::optional<std::string> category;
  std::optional<std::vector<std::string>> tags;
  std::optional<std::vector<std::string>> options;
  std::optional<std::vector<Image>> images;
  std::optional<std::map<std::string, std::string>> attributes;
  std::optional<std::map<std::string, Translation>> translations;
  std::optional<std::vector<VariantIn>> variants;
};
BOOST_DESCRIBE_STRUCT(ProductIn, (),
                      (handle, status, title, description, brand, category, tags, options, images,
                       attributes, translations, variants))

/// A product as one sees it: the public in its language, the merchant as it is stored.
ProductOut shown(const Product& product, std::string_view locale, bool inside, storage::Read& read,
                 const Services& services);

/// Lays what was sent over what is stored; a refusal names the place.
std::optional<SaveRefusal> lay_over(ProductIn in, Product& product);

}  // namespace fondaco::catalog
