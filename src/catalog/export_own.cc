#include "export_sheet.h"

#include <algorithm>

namespace fondaco::catalog {
namespace {

// Attributes that importing makes of columns of their own; they go out as these columns.
constexpr std::string_view kRead[] = {"Inventory tracker", "Continue selling when out of stock",
                                      "Charge tax"};
bool is_read(std::string_view name) {
  return std::find(std::begin(kRead), std::end(kRead), name) != std::end(kRead);
}

class OwnExporter final : public ExportSheet {
 public:
  using ExportSheet::ExportSheet;

 private:
  void add_first_columns() override {
    for (const char* name :
         {"handle", "title", "description", "brand", "category", "tags", "status"}) {
      add_column(name);
    }
    for (std::size_t i = 0; i < kMaxOptions; ++i) {
      add_column(option(i, "name"));
      add_column(option(i, "value"));
    }
    for (const char* name :
         {"sku", "gtin", "price", "compare at price", "stock", "weight grams", "tax class",
          "unit price measure", "image", "image alt", "variant image"}) {
      add_column(name);
    }
  }
  void find_columns(const Product& p) override;
  void write_product(const Product& p, std::span<const ExportedOffer> offers) override;
  void write_fields(const Product& p);
  void write_variant(const Product& p, const Variant& v, const ExportedOffer& offer);
  void write_image(const Image& image) {
    set("image", image.src);
    set("image alt", image.alt);
  }
  void begin_row(const Product& p) {
    ExportSheet::begin_row();
    set("handle", p.handle);
  }
  static std::string option(std::size_t i, std::string_view part) {
    return "option" + std::to_string(i + 1) + " " + std::string(part);
  }
};

void OwnExporter::find_columns(const Product& p) {
  for (const auto& [name, value] : p.attributes) add_column("attr:" + name);
  for (const auto& v : p.variants) {
    for (const auto& [name, value] : v.attributes) {
      add_column(is_read(name) ? name : "attr:" + name);
    }
  }
  if (p.category_zh.empty() && p.translations.empty()) return;
  for (const char* name : {"title:zh", "description:zh", "category:zh"}) add_column(name);
  for (std::size_t i = 0; i < kMaxOptions; ++i) {
    add_column(option(i, "name:zh"));
    add_column(option(i, "value:zh"));
  }
}

void OwnExporter::write_fields(const Product& p) {
  set("title", p.title);
  set("description", p.description);
  set("brand", p.brand);
  set("category", p.category);
  std::string tags;
  for (const auto& tag : p.tags) tags += (tags.empty() ? "" : ", ") + tag;
  set("tags", tags);
  set("status", name_of(p.status));
  for (const auto& [name, value] : p.attributes) set("attr:" + name, value);
  for (std::size_t i = 0; i < p.options.size(); ++i) set(option(i, "name"), p.options[i]);
  if (!p.category_zh.empty()) set("category:zh", p.category_zh);
  const auto zh = p.translations.find("zh");
  if (zh == p.translations.end()) return;
  set_some("title:zh", zh->second.title);
  set_some("description:zh", zh->second.description);
  for (std::size_t i = 0; i < zh->second.options.size(); ++i) {
    set_some(option(i, "name:zh"), zh->second.options[i].name);
  }
}

void OwnExporter::write_variant(const Product& p, const Variant& v, const ExportedOffer& offer) {
  for (std::size_t i = 0; i < p.options.size(); ++i) {
    set(option(i, "value"), v.values[i]);
    const auto& zh = value_in(p, i, v.values[i], "zh");
    if (&zh != &v.values[i]) set(option(i, "value:zh"), zh);
  }
  set("sku", v.sku);
  set("gtin", v.barcode);
  set("weight grams", std::to_string(v.weight_grams));  // Never empty: the row says a variant.
  set("tax class", v.tax_class);
  set("unit price measure", v.unit_measure);
  set("variant image", v.image);
  // These columns say something on every row once they are there.
  if (has_column("Inventory tracker")) set("Inventory tracker", "shopify");
  if (has_column("Charge tax")) set("Charge tax", "true");
  for (const auto& [name, value] : v.attributes) {
    if (name == "Inventory tracker" && value == "none") {
      set(name, "");
    } else {
      set(is_read(name) ? name : "attr:" + name, value);
    }
  }
  if (offer.price) set("price", format_decimal(*offer.price));
  if (offer.compare_at) set("compare at price", format_decimal(*offer.compare_at));
  for (const Money& m : offer.extra_prices) {
    set("price:" + std::string(m.currency.code()), format_decimal(m));
  }
  if (offer.stock) set("stock", std::to_string(*offer.stock));
  ++result_.variants;
}

// The first row carries the product and its first variant; images without a description stand
// there together, others get a row each, as they come.
void OwnExporter::write_product(const Product& p, std::span<const ExportedOffer> offers) {
  const bool plain =
      std::all_of(p.media.begin(), p.media.end(), [](const Image& i) { return i.alt.empty(); });
  // Attributes that the first row would lend to the product keep their variant off that row.
  const bool apart =
      std::any_of(p.variants.front().attributes.begin(), p.variants.front().attributes.end(),
                  [](const auto& a) { return !is_read(a.first); });
  begin_row(p);
  write_fields(p);
  std::size_t image = 0;
  if (plain) {
    std::string all;
    for (const auto& i : p.media) all += (all.empty() ? "" : "\n") + i.src;
    set("image", all);
    image = p.media.size();
  } else {
    write_image(p.media[image++]);
  }
  if (apart) {
    end_row();
    begin_row(p);
  }
  for (std::size_t i = 0; i < p.variants.size(); ++i) {
    if (i > 0) {
      begin_row(p);
      if (image < p.media.size()) write_image(p.media[image++]);
    }
    write_variant(p, p.variants[i], offers[i]);
    end_row();
  }
  for (; image < p.media.size(); ++image) {
    begin_row(p);
    write_image(p.media[image]);
    end_row();
  }
}

}  // namespace

ExportResult export_own(storage::Read& read, MerchantId owner, ExportSource& source,
                        const std::function<void(std::string_view)>& write) {
  return OwnExporter(read, owner, source, write).run();
}

}  // namespace fondaco::catalog
