#include <fondaco/base/gtin.h>
#include <fondaco/base/text.h>
#include <fondaco/catalog.h>

#include <algorithm>

namespace fondaco::catalog {
namespace {

const Translation* translation(const Product& p, std::string_view locale) {
  const auto found = p.translations.find(std::string(locale));
  return found == p.translations.end() ? nullptr : &found->second;
}

/// Names under which merchants keep the colour, as attribute or as option.
constexpr std::array<std::string_view, 5> kColourNames{"colour", "color", "颜色", "farbe",
                                                       "frame color"};

bool names_colour(std::string_view name) {
  const auto lower = to_lower_ascii(name);
  return std::find(kColourNames.begin(), kColourNames.end(), lower) != kColourNames.end() ||
         lower.starts_with("color (");
}

}  // namespace

std::string_view name_of(Status status) {
  switch (status) {
    case Status::draft:
      return "draft";
    case Status::active:
      return "active";
    case Status::archived:
      return "archived";
  }
  return "draft";
}

std::optional<Status> status_named(std::string_view name) {
  for (const auto status : {Status::draft, Status::active, Status::archived}) {
    if (iequals_ascii(name, name_of(status))) return status;
  }
  return std::nullopt;
}

std::string Variant::gtin() const { return is_gtin(barcode) ? gtin14(barcode) : std::string(); }

const Variant* Product::find(VariantId variant) const {
  for (const auto& v : variants) {
    if (v.id == variant) return &v;
  }
  return nullptr;
}

const std::string& title_in(const Product& p, std::string_view locale) {
  const auto* t = translation(p, locale);
  return t && !t->title.empty() ? t->title : p.title;
}

const std::string& description_in(const Product& p, std::string_view locale) {
  const auto* t = translation(p, locale);
  return t && !t->description.empty() ? t->description : p.description;
}

const std::string& category_in(const Product& p, std::string_view locale) {
  return locale == "zh" && !p.category_zh.empty() ? p.category_zh : p.category;
}

const std::string& option_in(const Product& p, std::size_t option, std::string_view locale) {
  const auto* t = translation(p, locale);
  if (t && option < t->options.size() && !t->options[option].name.empty()) {
    return t->options[option].name;
  }
  return p.options.at(option);
}

const std::string& value_in(const Product& p, std::size_t option, const std::string& value,
                            std::string_view locale) {
  const auto* t = translation(p, locale);
  if (!t || option >= t->options.size()) return value;
  const auto found = t->options[option].values.find(value);
  return found == t->options[option].values.end() ? value : found->second;
}

std::string variant_title_in(const Product& p, const Variant& v, std::string_view locale) {
  std::string out;
  for (std::size_t i = 0; i < p.options.size() && i < v.values.size(); ++i) {
    if (v.values[i].empty()) continue;
    if (!out.empty()) out += " / ";
    out += value_in(p, i, v.values[i], locale);
  }
  return out;
}

std::string picture_of(const Product& p, const Variant* variant) {
  if (variant && !variant->image.empty()) return variant->image;
  if (!p.media.empty()) return p.media.front().src;
  return "/media/generated/" + to_text(p.id) + ".svg";
}

std::string colour_of(const Product& p) {
  for (const auto& [name, value] : p.attributes) {
    if (names_colour(name)) return value;
  }
  for (std::size_t i = 0; i < p.options.size(); ++i) {
    if (names_colour(p.options[i]) && !p.variants.empty()) return p.variants.front().values[i];
  }
  return {};
}

}  // namespace fondaco::catalog
