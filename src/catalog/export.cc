#include "export_sheet.h"
#include "import_columns.h"
#include "taxonomy.h"

#include <fondaco/base/text.h>

#include <algorithm>

namespace fondaco::catalog {
namespace {

std::string option_name(std::size_t i, std::string_view part) {
  return "Option" + std::to_string(i + 1) + " " + std::string(part);
}

class Exporter final : public ExportSheet {
 public:
  using ExportSheet::ExportSheet;

 private:
  void add_first_columns() override {
    for (const auto name : shopify_header()) add_column(std::string(name));
  }
  void find_columns(const Product& p) override {
    for (const auto& [name, value] : p.attributes) add_column(attribute_column(name));
    for (const auto& v : p.variants) {
      for (const auto& [name, value] : v.attributes) add_column(attribute_column(name));
    }
    if (p.category_zh.empty() && p.translations.empty()) return;
    for (const char* name : {"title:zh", "description:zh", "category:zh"}) add_column(name);
    for (std::size_t i = 0; i < kMaxOptions; ++i) {
      add_column(option_name(i, "name:zh"));
      add_column(option_name(i, "value:zh"));
    }
  }
  void write_product(const Product& p, std::span<const ExportedOffer> offers) override;
  void begin_row(const Product& p) {
    ExportSheet::begin_row();
    set("URL handle", p.handle);
  }
  void write_fields(const Product& p);
  void write_variant(const Product& p, const Variant& v, const ExportedOffer& offer);
  void write_options(const Product& p, const Variant& v);
  void write_measure(const Variant& v);
  void write_image(const Product& p, std::size_t i);
};

void Exporter::write_fields(const Product& p) {
  set("Title", p.title);
  set("Description", p.description);
  set("Vendor", p.brand);
  const auto type = p.attributes.find("Type");
  const bool from_type = type != p.attributes.end() && tidy_path(type->second) == p.category;
  if (!from_type) set("Product category", p.category);
  std::string tags;
  for (const auto& tag : p.tags) tags += (tags.empty() ? "" : ", ") + tag;
  set("Tags", tags);
  set("Published on online store", "true");
  set("Status", name_of(p.status));
  set("Gift card", "false");
  for (const auto& [name, value] : p.attributes) set(attribute_column(name), value);
  for (std::size_t i = 0; i < p.options.size(); ++i) set(option_name(i, "name"), p.options[i]);
  if (p.options.empty()) set("Option1 name", "Title");
  if (!p.category_zh.empty()) set("category:zh", p.category_zh);
  const auto zh = p.translations.find("zh");
  if (zh == p.translations.end()) return;
  set_some("title:zh", zh->second.title);
  set_some("description:zh", zh->second.description);
  for (std::size_t i = 0; i < zh->second.options.size(); ++i) {
    set_some(option_name(i, "name:zh"), zh->second.options[i].name);
  }
}

void Exporter::write_options(const Product& p, const Variant& v) {
  if (p.options.empty()) set("Option1 value", "Default Title");
  for (std::size_t i = 0; i < p.options.size(); ++i) {
    set(option_name(i, "value"), v.values[i]);
    const auto& zh = value_in(p, i, v.values[i], "zh");
    if (&zh != &v.values[i]) set(option_name(i, "value:zh"), zh);
  }
}

// "750 ml / 1 l" into its four columns.
void Exporter::write_measure(const Variant& v) {
  const auto slash = v.unit_measure.find(" / ");
  const auto part = [&](std::string_view text, const std::string& column) {
    const auto gap = std::min(text.rfind(' '), text.size());
    set(column, text.substr(0, gap));
    set(column + " unit", text.substr(std::min(gap + 1, text.size())));
  };
  const std::string_view all = v.unit_measure;
  part(all.substr(0, slash), "Unit price total measure");
  if (slash != std::string::npos) part(all.substr(slash + 3), "Unit price base measure");
}

void Exporter::write_variant(const Product& p, const Variant& v, const ExportedOffer& offer) {
  write_options(p, v);
  set("SKU", v.sku);
  set("Barcode", v.barcode);
  set("Weight value (grams)", std::to_string(v.weight_grams));
  set("Variant image URL", v.image);
  set("Requires shipping", "true");
  set("Fulfillment service", "manual");
  set("Weight unit for display", "kg");
  set("Inventory tracker", "shopify");
  set("Continue selling when out of stock", "deny");
  set("Charge tax", "true");
  for (const auto& [name, value] : v.attributes) set(attribute_column(name), value);
  const auto tracker = v.attributes.find("Inventory tracker");
  if (tracker != v.attributes.end() && tracker->second == "none") set("Inventory tracker", "");
  const bool untaxed = v.attributes.contains("Charge tax") && v.tax_class == "exempt";
  if (!untaxed) set("Tax code", v.tax_class);
  if (!v.unit_measure.empty()) write_measure(v);
  if (offer.price) set("Price", format_decimal(*offer.price));
  if (offer.compare_at) set("Compare-at price", format_decimal(*offer.compare_at));
  for (const Money& m : offer.extra_prices) {
    set("price:" + std::string(m.currency.code()), format_decimal(m));
  }
  if (offer.stock) set("Inventory quantity", std::to_string(*offer.stock));
  ++result_.variants;
}

void Exporter::write_image(const Product& p, std::size_t i) {
  set("Product image URL", p.media[i].src);
  set("Image position", std::to_string(i + 1));
  set("Image alt text", p.media[i].alt);
}

// The first row carries the product, its first variant and image; then a row for each further
// variant, taking the next image along; then one for each image that is left.
void Exporter::write_product(const Product& p, std::span<const ExportedOffer> offers) {
  // Attributes that the first row would lend to the product keep their variant off that row.
  const bool apart =
      std::any_of(p.variants.front().attributes.begin(), p.variants.front().attributes.end(),
                  [](const auto& a) { return !is_variant_attribute(a.first); });
  begin_row(p);
  write_fields(p);
  std::size_t image = 0;
  if (!p.media.empty()) write_image(p, image++);
  if (apart) {
    end_row();
    begin_row(p);
  }
  for (std::size_t i = 0; i < p.variants.size(); ++i) {
    if (i > 0) {
      begin_row(p);
      if (image < p.media.size()) write_image(p, image++);
    }
    write_variant(p, p.variants[i], offers[i]);
    end_row();
  }
  for (; image < p.media.size(); ++image) {
    begin_row(p);
    write_image(p, image);
    end_row();
  }
}

}  // namespace

ExportResult export_shopify(storage::Read& read, MerchantId owner, ExportSource& source,
                            const std::function<void(std::string_view)>& write) {
  return Exporter(read, owner, source, write).run();
}

}  // namespace fondaco::catalog
