#include "import_columns.h"

#include <fondaco/base/text.h>

#include <algorithm>
#include <array>
#include <set>

namespace fondaco::catalog {
namespace {

constexpr std::array<std::string_view, 57> kShopifyHeader{
    "Title",
    "URL handle",
    "Description",
    "Vendor",
    "Product category",
    "Type",
    "Tags",
    "Published on online store",
    "Status",
    "SKU",
    "Barcode",
    "Option1 name",
    "Option1 value",
    "Option1 Linked To",
    "Option2 name",
    "Option2 value",
    "Option2 Linked To",
    "Option3 name",
    "Option3 value",
    "Option3 Linked To",
    "Price",
    "Compare-at price",
    "Cost per item",
    "Charge tax",
    "Tax code",
    "Unit price total measure",
    "Unit price total measure unit",
    "Unit price base measure",
    "Unit price base measure unit",
    "Inventory tracker",
    "Inventory quantity",
    "Continue selling when out of stock",
    "Weight value (grams)",
    "Weight unit for display",
    "Requires shipping",
    "Fulfillment service",
    "Product image URL",
    "Image position",
    "Image alt text",
    "Variant image URL",
    "Gift card",
    "SEO title",
    "SEO description",
    "Color (product.metafields.shopify.color-pattern)",
    "Google Shopping / Google product category",
    "Google Shopping / Gender",
    "Google Shopping / Age group",
    "Google Shopping / Manufacturer part number (MPN)",
    "Google Shopping / Ad group name",
    "Google Shopping / Ads labels",
    "Google Shopping / Condition",
    "Google Shopping / Custom product",
    "Google Shopping / Custom label 0",
    "Google Shopping / Custom label 1",
    "Google Shopping / Custom label 2",
    "Google Shopping / Custom label 3",
    "Google Shopping / Custom label 4"};

struct Known {
  std::string_view name;  // Lower case.
  Field field;
};

constexpr Known kShared[] = {
    {"handle", Field::handle},
    {"title", Field::title},
    {"title:zh", Field::title_zh},
    {"description", Field::description},
    {"description:zh", Field::description_zh},
    {"category:zh", Field::category_zh},
    {"tags", Field::tags},
    {"status", Field::status},
    {"sku", Field::sku},
    {"price", Field::price},
};
constexpr Known kOwn[] = {
    {"brand", Field::brand},
    {"category", Field::category},
    {"gtin", Field::barcode},
    {"compare at price", Field::compare_at},
    {"stock", Field::stock},
    {"weight grams", Field::weight},
    {"tax class", Field::tax_class},
    {"unit price measure", Field::unit_measure},
    {"image", Field::image},
    {"image alt", Field::image_alt},
    {"variant image", Field::variant_image},
    {"inventory tracker", Field::tracker},
    {"continue selling when out of stock", Field::policy},
    {"charge tax", Field::charge_tax},
};
constexpr Known kShopify[] = {
    {"url handle", Field::handle},
    {"body (html)", Field::description},
    {"vendor", Field::brand},
    {"product category", Field::category},
    {"type", Field::type},
    {"published", Field::published},
    {"published on online store", Field::published},
    {"variant sku", Field::sku},
    {"variant barcode", Field::barcode},
    {"barcode", Field::barcode},
    {"variant price", Field::price},
    {"variant compare at price", Field::compare_at},
    {"compare-at price", Field::compare_at},
    {"variant inventory qty", Field::stock},
    {"inventory quantity", Field::stock},
    {"variant inventory tracker", Field::tracker},
    {"inventory tracker", Field::tracker},
    {"variant inventory policy", Field::policy},
    {"continue selling when out of stock", Field::policy},
    {"variant grams", Field::weight},
    {"weight value (grams)", Field::weight},
    {"variant tax code", Field::tax_class},
    {"tax code", Field::tax_class},
    {"variant taxable", Field::charge_tax},
    {"charge tax", Field::charge_tax},
    {"unit price total measure", Field::unit_total},
    {"unit price total measure unit", Field::unit_total_unit},
    {"unit price base measure", Field::unit_base},
    {"unit price base measure unit", Field::unit_base_unit},
    {"image src", Field::image},
    {"product image url", Field::image},
    {"image position", Field::image_position},
    {"image alt text", Field::image_alt},
    {"variant image", Field::variant_image},
    {"variant image url", Field::variant_image},
};

struct Renamed {
  std::string_view old_name;
  std::string_view name;
  std::string_view standard = {};
};
// Columns that are kept as they are, the old header's names as the new one's, so that an export
// finds their place. A standard value is what Shopify writes for "nothing said".
constexpr Renamed kKept[] = {
    {"variant requires shipping", "Requires shipping", "true"},
    {"requires shipping", "Requires shipping", "true"},
    {"variant fulfillment service", "Fulfillment service", "manual"},
    {"fulfillment service", "Fulfillment service", "manual"},
    {"variant weight unit", "Weight unit for display", "kg"},
    {"weight unit for display", "Weight unit for display", "kg"},
    {"gift card", "Gift card", "false"},
    {"google shopping / mpn", "Google Shopping / Manufacturer part number (MPN)"},
    {"google shopping / adwords grouping", "Google Shopping / Ad group name"},
    {"google shopping / adwords labels", "Google Shopping / Ads labels"},
};

/// Belongs to one variant, not to the product.
bool is_of_variant(std::string_view lower) {
  constexpr std::string_view kStarts[] = {
      "variant ",      "price / ",          "compare at price / ", "compare-at price / ",
      "cost per item", "requires shipping", "fulfillment service", "weight unit"};
  return std::any_of(std::begin(kStarts), std::end(kStarts),
                     [&](std::string_view s) { return lower.starts_with(s); });
}

template <std::size_t N>
const Known* find(const Known (&list)[N], std::string_view lower) {
  for (const auto& k : list) {
    if (k.name == lower) return &k;
  }
  return nullptr;
}

// "option2 value:zh"; false when it is no such column.
bool option_column(std::string_view lower, Column& column) {
  if (!lower.starts_with("option")) return false;
  auto rest = lower.substr(6);
  int number = 0;
  while (!rest.empty() && rest.front() >= '0' && rest.front() <= '9' && number < 1000) {
    number = number * 10 + (rest.front() - '0');
    rest.remove_prefix(1);
  }
  constexpr std::pair<std::string_view, Field> kParts[] = {{" name", Field::option_name},
                                                           {" value", Field::option_value},
                                                           {" name:zh", Field::option_name_zh},
                                                           {" value:zh", Field::option_value_zh}};
  for (const auto& [part, field] : kParts) {
    if (rest != part || number < 1) continue;
    column.option = number - 1;
    column.field = number > static_cast<int>(kMaxOptions) ? Field::too_many_options : field;
    return true;
  }
  return false;
}

std::string kept_name(std::string_view given, const std::string& lower, Column& column) {
  for (const auto& r : kKept) {
    if (r.old_name != lower) continue;
    column.standard = r.standard;
    return std::string(r.name);
  }
  for (const auto name : kShopifyHeader) {
    if (iequals_ascii(name, lower)) return std::string(name);
  }
  return std::string(given);
}

ImportRefusal bad_header(std::string message) { return {"bad_header", std::move(message)}; }

Column column_of(ImportFormat format, std::string_view given) {
  Column column;
  column.name = given;
  const auto lower = to_lower_ascii(given);
  if (option_column(lower, column)) return column;
  const Known* known = find(kShared, lower);
  if (!known) known = format == ImportFormat::own ? find(kOwn, lower) : find(kShopify, lower);
  if (known) {
    column.field = known->field;
    return column;
  }
  if (lower.starts_with("price:")) {
    const auto currency = Currency::parse(given.substr(6));
    column.field = currency ? Field::extra_price : Field::unknown_currency;
    if (currency) column.currency = *currency;
    return column;
  }
  if (lower.starts_with("attr:")) {
    column.name = trim(given.substr(5));
    return column;
  }
  if (format == ImportFormat::own) return column;
  column.name = kept_name(given, lower, column);
  column.field = is_of_variant(lower) ? Field::variant_attribute : Field::product_attribute;
  return column;
}

std::string wrong_separator(std::string_view only_cell) {
  for (const char c : {';', '\t', '|'}) {
    if (only_cell.find(c) == std::string_view::npos) continue;
    return std::string("columns are separated by \"") + (c == '\t' ? "\\t" : std::string(1, c)) +
           "\", expected \",\"";
  }
  return "the header has 1 column, expected a handle and more";
}

}  // namespace

bool is_variant_attribute(std::string_view name) {
  constexpr std::string_view kRead[] = {"Inventory tracker", "Continue selling when out of stock",
                                        "Charge tax"};
  return std::find(std::begin(kRead), std::end(kRead), name) != std::end(kRead) ||
         is_of_variant(to_lower_ascii(name));
}

std::string attribute_column(const std::string& name) {
  constexpr std::string_view kRead[] = {"Type", "Published on online store", "Inventory tracker",
                                        "Continue selling when out of stock", "Charge tax"};
  if (std::find(std::begin(kRead), std::end(kRead), name) != std::end(kRead)) return name;
  const auto column = column_of(ImportFormat::shopify, name);
  const bool plain =
      column.field == Field::product_attribute || column.field == Field::variant_attribute;
  return plain && column.name == name ? name : "attr:" + name;
}

std::span<const std::string_view> shopify_header() { return kShopifyHeader; }

std::optional<ImportFormat> import_format_named(std::string_view name) {
  if (name == "shopify") return ImportFormat::shopify;
  if (name == product::kName) return ImportFormat::own;
  if (name == "woocommerce") return ImportFormat::woocommerce;
  if (name == "google") return ImportFormat::google;
  if (name == "openfoodfacts") return ImportFormat::openfoodfacts;
  return std::nullopt;
}

Result<std::vector<Column>, ImportRefusal> parse_columns(ImportFormat format,
                                                         std::span<const std::string_view> header) {
  std::vector<Column> columns;
  std::set<std::tuple<Field, int, std::string>> seen;
  bool handle = false;
  bool title = false;
  for (const auto cell : header) {
    const auto given = trim(undo_formula_guard(cell));
    if (given.size() > kMaxName) {
      return Refused{bad_header("a column's name has " + std::to_string(given.size()) +
                                " bytes, at most " + std::to_string(kMaxName))};
    }
    auto column = column_of(format, given);
    handle = handle || column.field == Field::handle;
    title = title || column.field == Field::title;
    const bool named = column.field >= Field::product_attribute;  // One of many of its kind.
    if (!given.empty() &&
        !seen.insert({column.field, column.option, named ? column.name : ""}).second) {
      return Refused{bad_header("column \"" + std::string(given) + "\" is there twice")};
    }
    columns.push_back(std::move(column));
  }
  if (header.size() == 1 && !handle && !title) {
    return Refused{bad_header(wrong_separator(header.front()))};
  }
  if (!handle && (format == ImportFormat::own || !title)) {
    return Refused{bad_header(format == ImportFormat::own
                                  ? "there is no column \"handle\""
                                  : "there is neither a column \"Handle\" nor \"Title\"")};
  }
  return columns;
}

}  // namespace fondaco::catalog
