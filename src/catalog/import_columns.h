// Which column of a header means what. Private to catalog.
#pragma once

#include <fondaco/base/money.h>
#include <fondaco/base/result.h>
#include <fondaco/catalog/import.h>

#include <string>
#include <string_view>
#include <vector>

namespace fondaco::catalog {

enum class Field : std::uint8_t {
  handle,
  title,
  title_zh,
  description,
  description_zh,
  brand,
  category,
  category_zh,
  type,
  tags,
  status,
  published,
  option_name,
  option_name_zh,
  option_value,
  option_value_zh,
  sku,
  barcode,
  price,
  compare_at,
  stock,
  tracker,
  policy,
  weight,
  tax_class,
  charge_tax,
  unit_measure,
  unit_total,
  unit_total_unit,
  unit_base,
  unit_base_unit,
  image,
  image_position,
  image_alt,
  variant_image,
  // From here on there may be several columns of a kind.
  product_attribute,
  variant_attribute,
  extra_price,
  unknown_currency,
  too_many_options,
};

struct Column {
  Field field = Field::product_attribute;
  int option = 0;        // 0 to 2 for the option columns.
  std::string name;      // As in the header; of an attribute the name under which it is kept.
  Currency currency;     // Of an extra price.
  std::string standard;  // A value that says nothing new and is not kept ("false" for gift card).
};

/// Understands a header line. Refuses one without a handle (or, for Shopify, a title), with a
/// column twice, or separated by something else. Unknown columns become attributes.
/// Our own columns, one row per variant, product columns on the first row of a handle: handle,
/// title, title:zh, description, description:zh, brand, category, category:zh, tags, status,
/// option1 name, option1 name:zh, option1 value, option1 value:zh (to option3), sku, gtin, price,
/// compare at price, price:<CUR>, stock, weight grams, tax class, unit price measure, image
/// (several separated by blanks or lines), image alt, variant image, attr:<name>; and, as Shopify
/// has them, Inventory tracker, Continue selling when out of stock, Charge tax.
Result<std::vector<Column>, ImportRefusal> parse_columns(ImportFormat format,
                                                         std::span<const std::string_view> header);

/// Whether Shopify's format reads this column as the variant's on any row.
bool is_variant_attribute(std::string_view name);

/// The column under which an attribute is exported so that it is read as itself again.
std::string attribute_column(const std::string& name);

/// The columns of Shopify's present template, in its order.
std::span<const std::string_view> shopify_header();

}  // namespace fondaco::catalog
