#include "values.h"

#include "fold.h"
#include "limits.h"

#include <algorithm>

namespace fondaco::matching {
namespace {

std::string value_key(std::uint32_t name, std::string_view value) {
  return std::to_string(name) + ' ' + fold_key(utf8_prefix(value, limits::kValueBytes));
}

template <class Map, class Key>
std::uint32_t find_in(const Map& map, const Key& key) {
  const auto at = map.find(key);
  return at == map.end() ? kNone : at->second;
}

void sort_unique(std::vector<std::uint32_t>& v) {
  std::sort(v.begin(), v.end());
  v.erase(std::unique(v.begin(), v.end()), v.end());
}

}  // namespace

std::uint32_t Values::intern_category(std::span<const CategoryStep> path) {
  std::uint32_t node = kNone;
  std::string text;
  for (const auto& step : path.first(std::min(path.size(), limits::kCategorySteps))) {
    if (!text.empty()) text += '/';
    text += utf8_prefix(step.slug, limits::kValueBytes);
    const auto [at, is_new] =
        category_by_path_.try_emplace(text, static_cast<std::uint32_t>(categories.size()));
    if (is_new) {
      categories.push_back({step.id, text, node, step.names});
      text_bytes_ += 2 * text.size();
    }
    node = at->second;
    categories[node].id = step.id;
    if (categories[node].names != step.names) categories[node].names = step.names;
  }
  return node;
}

std::uint32_t Values::intern_brand(BrandId id, const std::string& name) {
  if (!id && name.empty()) return kNone;
  std::string key = id ? std::to_string(id.value) : ' ' + fold_key(name);
  const auto [at, is_new] =
      brand_by_key_.try_emplace(std::move(key), static_cast<std::uint32_t>(brands.size()));
  if (is_new) {
    brands.push_back({id, name});
    text_bytes_ += 2 * name.size();
  } else if (id && brands[at->second].name != name) {
    brands[at->second].name = name;
  }
  return at->second;
}

std::uint32_t Values::intern_attribute(const Attribute& attribute) {
  if (attribute_values.size() >= kAttributesMax) return find_attribute(attribute);
  const auto name = utf8_prefix(attribute.name, limits::kValueBytes);
  const auto [name_at, new_name] =
      name_by_key_.try_emplace(fold_key(name), static_cast<std::uint32_t>(attribute_names.size()));
  if (new_name) attribute_names.push_back({std::string(name), {}});
  const auto label = utf8_prefix(attribute.value, limits::kValueBytes);
  const auto [at, is_new] = value_by_key_.try_emplace(
      value_key(name_at->second, label), static_cast<std::uint32_t>(attribute_values.size()));
  if (is_new) {
    attribute_values.push_back({name_at->second, std::string(label)});
    attribute_names[name_at->second].values.push_back(at->second);
    text_bytes_ += 2 * label.size();
  }
  return at->second;
}

DocumentValues Values::intern(const SearchDocument& document) {
  DocumentValues out;
  const std::unique_lock lock(mutex);
  out.category = intern_category(document.category_path);
  const auto brand_name = utf8_prefix(document.brand_name, limits::kValueBytes);
  out.brand = intern_brand(document.brand, std::string(brand_name));
  for (const auto id : document.merchants) {
    if (out.merchants.size() == limits::kMerchants) break;
    const auto [at, is_new] =
        merchant_by_id_.try_emplace(id, static_cast<std::uint32_t>(merchants.size()));
    if (is_new) merchants.push_back(id);
    out.merchants.push_back(at->second);
  }
  for (const auto& attribute : document.attributes) {
    if (out.attributes.size() == limits::kAttributes) break;
    if (attribute.name.empty() || attribute.value.empty()) continue;
    const auto number = intern_attribute(attribute);
    if (number != kNone) out.attributes.push_back(number);
  }
  sort_unique(out.merchants);
  sort_unique(out.attributes);
  return out;
}

std::uint32_t Values::find_merchant(MerchantId id) const { return find_in(merchant_by_id_, id); }

std::uint32_t Values::find_attribute_name(std::string_view name) const {
  return find_in(name_by_key_, fold_key(utf8_prefix(name, limits::kValueBytes)));
}

std::uint32_t Values::find_attribute(const Attribute& attribute) const {
  const auto name = find_attribute_name(attribute.name);
  return name == kNone ? kNone : find_in(value_by_key_, value_key(name, attribute.value));
}

std::size_t Values::bytes() const {
  constexpr std::size_t kEntry = 120;  // Node of the map, string headers, deque slot.
  const std::shared_lock lock(mutex);
  return text_bytes_ + kEntry * (categories.size() + brands.size() + merchants.size() +
                                 attribute_names.size() + attribute_values.size());
}

}  // namespace fondaco::matching
