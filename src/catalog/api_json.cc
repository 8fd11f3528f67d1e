#include "api_json.h"

#include <fondaco/base/text.h>

#include <algorithm>

namespace fondaco::catalog {
namespace {

// Described enums of other modules' headers are of no use here: the options in reading order.
std::vector<OptionOut> options_of(const Product& p, std::string_view locale) {
  std::vector<OptionOut> out;
  for (std::size_t i = 0; i < p.options.size(); ++i) {
    auto& option = out.emplace_back();
    option.name = option_in(p, i, locale);
    for (const auto& v : p.variants) {
      const auto& value = value_in(p, i, v.values[i], locale);
      if (std::find(option.values.begin(), option.values.end(), value) == option.values.end()) {
        option.values.push_back(value);
      }
    }
  }
  return out;
}

VariantOut shown(const Product& p, const Variant& v, std::string_view locale, storage::Read& read,
                 const Services& services) {
  VariantOut out;
  out.id = v.id;
  out.title = variant_title_in(p, v, locale);
  for (std::size_t i = 0; i < p.options.size(); ++i) {
    out.options.push_back(value_in(p, i, v.values[i], locale));
  }
  out.sku = v.sku;
  out.barcode = v.barcode;
  if (auto gtin = v.gtin(); !gtin.empty()) out.gtin = std::move(gtin);
  out.weight_grams = v.weight_grams;
  out.tax_class = v.tax_class;
  out.image = picture_of(p, &v);
  out.unit_price_measure = v.unit_measure;
  out.attributes = v.attributes;
  if (services.offers) {
    std::string json;
    JsonWriter w(json);
    services.offers(w, read, v.id);
    if (!json.empty()) out.offers.text = std::move(json);
  }
  return out;
}

// The stored variant that is meant, or a new one at the end.
Variant& place_of(Product& p, const VariantIn& in) {
  std::array<std::string, kMaxOptions> values;
  for (std::size_t i = 0; in.options && i < std::min(in.options->size(), values.size()); ++i) {
    values[i] = (*in.options)[i];
  }
  const auto first = [&](auto&& test) -> Variant* {
    const auto it = std::find_if(p.variants.begin(), p.variants.end(), test);
    return it == p.variants.end() ? nullptr : &*it;
  };
  Variant* found = nullptr;
  if (in.id) {
    found = first([&](const Variant& v) { return v.id == *in.id; });
  } else {
    if (in.options) found = first([&](const Variant& v) { return v.values == values; });
    if (!found && in.sku && !in.sku->empty()) {
      found = first([&](const Variant& v) { return v.id && v.sku == *in.sku; });
    }
  }
  if (found) return *found;
  auto& added = p.variants.emplace_back();
  if (in.id) added.id = *in.id;  // Not of this product: the save refuses it by name.
  return added;
}

std::optional<SaveRefusal> lay_over(VariantIn in, Product& p, std::size_t index) {
  const auto pointer = "/variants/" + std::to_string(index);
  if (in.options && in.options->size() > kMaxOptions) {
    return SaveRefusal{Refusal::invalid, pointer + "/options",
                       "has " + std::to_string(in.options->size()) + " members, at most " +
                           std::to_string(kMaxOptions)};
  }
  auto& v = place_of(p, in);
  if (in.options) {
    v.values = {};
    std::move(in.options->begin(), in.options->end(), v.values.begin());
  }
  if (in.sku) v.sku = std::move(*in.sku);
  if (in.barcode) v.barcode = std::move(*in.barcode);
  if (in.weight_grams) v.weight_grams = *in.weight_grams;
  if (in.tax_class) v.tax_class = std::move(*in.tax_class);
  if (in.image) v.image = std::move(*in.image);
  if (in.unit_price_measure) v.unit_measure = std::move(*in.unit_price_measure);
  if (in.attributes) v.attributes = std::move(*in.attributes);
  return std::nullopt;
}

}  // namespace

ProductOut shown(const Product& p, std::string_view locale, bool inside, storage::Read& read,
                 const Services& services) {
  const std::string_view language = inside ? std::string_view() : locale;
  ProductOut out;
  out.id = p.id;
  out.merchant = p.owner;
  out.handle = p.handle;
  out.status = p.status;
  out.version = p.version;
  out.updated_at = p.updated_at;
  out.title = title_in(p, language);
  out.description = description_in(p, language);
  out.brand = p.brand;
  out.category = category_in(p, language);
  out.tags = p.tags;
  out.options = options_of(p, language);
  out.images = p.media;
  out.picture = picture_of(p);
  out.attributes = p.attributes;
  if (inside) out.translations = p.translations;
  out.variants.reserve(p.variants.size());
  for (const auto& v : p.variants) out.variants.push_back(shown(p, v, language, read, services));
  return out;
}

std::optional<SaveRefusal> lay_over(ProductIn in, Product& p) {
  const auto take = [](auto& from, auto& to) {
    if (from) to = std::move(*from);
  };
  take(in.handle, p.handle);
  take(in.status, p.status);
  take(in.title, p.title);
  take(in.description, p.description);
  take(in.brand, p.brand);
  take(in.category, p.category);
  take(in.tags, p.tags);
  take(in.options, p.options);
  take(in.images, p.media);
  take(in.attributes, p.attributes);
  take(in.translations, p.translations);
  if (p.handle.empty()) p.handle = slugify(p.title);
  if (in.variants && in.variants->size() > kMaxVariants) {
    return SaveRefusal{Refusal::invalid, "/variants",
                       "has " + std::to_string(in.variants->size()) + " members, at most " +
                           std::to_string(kMaxVariants)};
  }
  for (std::size_t i = 0; in.variants && i < in.variants->size(); ++i) {
    if (auto bad = lay_over(std::move((*in.variants)[i]), p, i)) return bad;
  }
  if (p.variants.empty()) p.variants.emplace_back();
  return std::nullopt;
}

}  // namespace fondaco::catalog
