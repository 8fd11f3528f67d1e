#include "filter.h"

#include <algorithm>
#include <shared_mutex>

namespace fondaco::matching {
namespace {

template <class T>
std::span<const T> limited(const std::vector<T>& v) {
  return std::span(v).first(std::min<std::size_t>(v.size(), kFilterValuesMax));
}

std::string_view without_slashes(std::string_view path) {
  while (path.starts_with('/')) path.remove_prefix(1);
  while (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

}  // namespace

Filter::Filter(const Values& values, const SearchFilters& wanted, std::uint16_t currency)
    : currency_(currency) {
  const std::shared_lock lock(values.mutex);
  set_category(values, wanted);
  if (!wanted.brands.empty()) {
    asked_ |= kBrand;
    for (std::uint32_t b = 0; b < values.brands.size(); ++b) {
      const auto ids = limited(wanted.brands);
      if (std::find(ids.begin(), ids.end(), values.brands[b].id) != ids.end()) {
        brands_.push_back(b);
      }
    }
  }
  if (!wanted.merchants.empty()) asked_ |= kMerchant;
  for (const auto id : limited(wanted.merchants)) {
    const auto number = values.find_merchant(id);
    if (number != kNone) merchants_.push_back(number);
  }
  std::sort(merchants_.begin(), merchants_.end());
  if (wanted.price_min || wanted.price_max) asked_ |= kPrice;
  price_min_ = wanted.price_min.value_or(price_min_);
  price_max_ = wanted.price_max.value_or(price_max_);
  if (wanted.in_stock_only) asked_ |= kStock;
  set_attributes(values, wanted);
}

void Filter::set_category(const Values& values, const SearchFilters& wanted) {
  const std::string_view path = without_slashes(wanted.category_path);
  if (!wanted.category && path.empty()) return;
  asked_ |= kCategory;
  // Parents have smaller numbers than their children.
  std::vector<bool> by_id(values.categories.size(), !wanted.category);
  category_passes_.assign(values.categories.size(), false);
  for (std::uint32_t c = 0; c < values.categories.size(); ++c) {
    const auto& node = values.categories[c];
    const bool below = node.parent != kNone && by_id[node.parent];
    by_id[c] = by_id[c] || below || node.id == *wanted.category;
    const std::string_view own = node.path;
    const bool in_path = path.empty() || (own.starts_with(path) &&
                                          (own.size() == path.size() || own[path.size()] == '/'));
    category_passes_[c] = by_id[c] && in_path;
  }
}

void Filter::set_attributes(const Values& values, const SearchFilters& wanted) {
  for (const auto& attribute : limited(wanted.attributes)) {
    const auto name = values.find_attribute_name(attribute.name);
    auto at = std::find(names_.begin(), names_.end(), name);
    if (at == names_.end()) {
      if (names_.size() == kNamesMax) continue;
      at = names_.insert(names_.end(), name);
      values_of_name_.emplace_back();
      if (name != kNone) values_of_name_.back() = values.attribute_names[name].values;
    }
    const Mask bit = Mask{1} << (kFirstName + (at - names_.begin()));
    asked_ |= bit;
    const auto value = values.find_attribute(attribute);
    if (value != kNone) attributes_.emplace_back(value, bit);
  }
  std::sort(attributes_.begin(), attributes_.end());
}

bool Filter::is_value_of(Mask bit, std::uint32_t value) const {
  const auto& all = values_of_name_[static_cast<std::size_t>(__builtin_ctz(bit) - kFirstName)];
  return std::binary_search(all.begin(), all.end(), value);
}

bool Filter::passes_any(const std::vector<std::uint32_t>& sorted, const Lists& lists,
                        std::uint32_t document) const {
  for (std::uint32_t i = lists.at[document]; i < lists.at[document + 1]; ++i) {
    if (std::binary_search(sorted.begin(), sorted.end(), lists.values[i])) return true;
  }
  return false;
}

Filter::Mask Filter::failed(const View& view, std::uint32_t document) const {
  if (asked_ == 0) return 0;
  const Segment& s = *view.segment;
  Mask passed = 0;
  if ((asked_ & kCategory) != 0) {
    const auto c = s.category[document];
    if (c < category_passes_.size() && category_passes_[c]) passed |= kCategory;
  }
  if ((asked_ & kBrand) != 0 &&
      std::binary_search(brands_.begin(), brands_.end(), s.brand[document])) {
    passed |= kBrand;
  }
  if ((asked_ & kMerchant) != 0 && passes_any(merchants_, s.merchants, document)) {
    passed |= kMerchant;
  }
  if ((asked_ & kPrice) != 0) {
    const auto price = s.price(document, currency_);
    if (price && *price >= price_min_ && *price <= price_max_) passed |= kPrice;
  }
  if ((asked_ & kStock) != 0 && view.in_stock->test(document)) passed |= kStock;
  if (!attributes_.empty()) {
    for (std::uint32_t i = s.attributes.at[document]; i < s.attributes.at[document + 1]; ++i) {
      const std::pair<std::uint32_t, Mask> key{s.attributes.values[i], 0};
      const auto at = std::lower_bound(attributes_.begin(), attributes_.end(), key);
      if (at != attributes_.end() && at->first == key.first) passed |= at->second;
    }
  }
  return asked_ & ~passed;
}

}  // namespace fondaco::matching
