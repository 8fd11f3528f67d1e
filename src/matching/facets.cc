#include "facets.h"

#include <algorithm>
#include <shared_mutex>
#include <tuple>

namespace fondaco::matching {
namespace {

constexpr std::size_t kNamesShownMax = 20;
constexpr std::size_t kValuesShownMax = 1'000;

/// 0, 1, 2, 5, 10 … in whole units of the currency, as minor units; then an open end.
std::vector<std::int64_t> make_price_steps(Currency currency) {
  std::vector<std::int64_t> steps{0};
  std::int64_t unit = 1;
  for (int i = 0; i < currency.exponent(); ++i) unit *= 10;
  for (; unit < INT64_MAX / 100; unit *= 10) {
    for (const std::int64_t factor : {1, 2, 5}) steps.push_back(factor * unit);
  }
  steps.push_back(INT64_MAX);
  return steps;
}

std::string name_in(const std::map<std::string, std::string>& names, const std::string& locale) {
  for (const auto& wanted : {locale, locale.substr(0, 2), std::string("en")}) {
    const auto at = names.find(wanted);
    if (at != names.end()) return at->second;
  }
  return names.empty() ? std::string() : names.begin()->second;
}

}  // namespace

void Counter::begin(std::size_t size) {
  for (const auto number : seen_) counts_[number] = 0;
  seen_.clear();
  if (counts_.size() < size) counts_.resize(size + size / 8, 0);
}

Facets::Counters& Facets::counters() {
  static thread_local Counters c;
  return c;
}

Facets::Facets(const Values& values, const SearchQuery& query, const Filter& filter,
               Currency currency)
    : values_(values),
      query_(query),
      filter_(filter),
      currency_(currency),
      packed_currency_(pack_currency(currency)),
      shown_max_(static_cast<std::size_t>(
          std::clamp(query.facet_values_max, 0, static_cast<int>(kValuesShownMax)))),
      price_steps_(make_price_steps(currency)),
      c_(counters()) {
  // The snapshot is older than these sizes, so its numbers are below them.
  const std::shared_lock lock(values.mutex);
  c_.categories.begin(values.categories.size());
  c_.brands.begin(values.brands.size());
  c_.merchants.begin(values.merchants.size());
  c_.attributes.begin(values.attribute_values.size());
  c_.prices.begin(price_steps_.size());
}

void Facets::add(const View& view, std::uint32_t d, Filter::Mask failed) {
  const Segment& s = *view.segment;
  if ((failed & (failed - 1)) != 0) return;  // Two filters fail: no facet counts it.
  const auto counts = [&](Filter::Mask own) { return (failed & ~own) == 0; };
  if (counts(Filter::kCategory) && s.category[d] != kNone) c_.categories.add(s.category[d]);
  if (counts(Filter::kBrand) && s.brand[d] != kNone) c_.brands.add(s.brand[d]);
  if (counts(Filter::kMerchant)) c_.merchants.add_list(s.merchants, d);
  if (counts(Filter::kPrice)) add_price(s, d);
  if (counts(Filter::kStock) && view.in_stock->test(d)) ++in_stock_;
  if (failed == 0) return c_.attributes.add_list(s.attributes, d);
  if (failed < Filter::Mask{1} << Filter::kFirstName) return;
  // Only the facet of the name whose filter failed counts it.
  for (std::uint32_t i = s.attributes.at[d]; i < s.attributes.at[d + 1]; ++i) {
    const std::uint32_t value = s.attributes.values[i];
    if (filter_.is_value_of(failed, value)) c_.attributes.add(value);
  }
}

void Facets::add_price(const Segment& s, std::uint32_t d) {
  const auto price = s.price(d, packed_currency_);
  if (!price) return;
  const auto step = std::upper_bound(price_steps_.begin(), price_steps_.end() - 1, *price);
  const auto range = std::max<std::ptrdiff_t>(step - price_steps_.begin() - 1, 0);
  const bool first = c_.prices.seen().empty();
  price_min_ = first ? *price : std::min(price_min_, *price);
  price_max_ = first ? *price : std::max(price_max_, *price);
  c_.prices.add(static_cast<std::uint32_t>(range));
}

/// The numbers counted most, shown_max_ at most; `less` orders equal counts.
template <class Less>
std::vector<std::uint32_t> Facets::most(const Counter& counter, Less&& less) const {
  auto numbers = counter.seen();
  const auto shown = std::min(numbers.size(), shown_max_);
  std::partial_sort(numbers.begin(), numbers.begin() + static_cast<std::ptrdiff_t>(shown),
                    numbers.end(), [&](std::uint32_t a, std::uint32_t b) {
                      if (counter.count(a) != counter.count(b)) {
                        return counter.count(a) > counter.count(b);
                      }
                      return less(a, b);
                    });
  numbers.resize(shown);
  return numbers;
}

/// A product counts for its category and all above.
void Facets::count_parents() {
  const auto leaves = c_.categories.seen();
  std::vector<std::pair<std::uint32_t, std::uint32_t>> own;
  for (const auto leaf : leaves) own.emplace_back(leaf, c_.categories.count(leaf));
  for (const auto& [leaf, count] : own) {
    for (auto up = values_.categories[leaf].parent; up != kNone;
         up = values_.categories[up].parent) {
      c_.categories.add(up, count);
    }
  }
}

void Facets::show_categories(SearchFacets& out) {
  count_parents();
  const auto& all = values_.categories;
  const auto numbers = most(
      c_.categories, [&](std::uint32_t a, std::uint32_t b) { return all[a].path < all[b].path; });
  for (const auto n : numbers) {
    out.categories.push_back(
        {all[n].id, all[n].path, name_in(all[n].names, query_.locale), c_.categories.count(n)});
  }
}

void Facets::show_brands(SearchFacets& out) {
  const auto& all = values_.brands;
  const auto numbers = most(c_.brands, [&](std::uint32_t a, std::uint32_t b) {
    return std::tie(all[a].name, all[a].id) < std::tie(all[b].name, all[b].id);
  });
  for (const auto n : numbers) {
    out.brands.push_back({all[n].id, all[n].name, c_.brands.count(n)});
  }
}

void Facets::show_merchants(SearchFacets& out) {
  const auto& all = values_.merchants;
  const auto numbers =
      most(c_.merchants, [&](std::uint32_t a, std::uint32_t b) { return all[a] < all[b]; });
  for (const auto n : numbers) out.merchants.push_back({all[n], c_.merchants.count(n)});
}

void Facets::show_prices(SearchFacets& out) {
  out.currency = currency_;
  auto ranges = c_.prices.seen();
  if (ranges.empty()) return;
  out.price_min = price_min_;
  out.price_max = price_max_;
  std::sort(ranges.begin(), ranges.end());
  for (const auto r : ranges) {
    const std::int64_t from = r == 0 ? std::min<std::int64_t>(price_min_, 0) : price_steps_[r];
    out.prices.push_back({from, price_steps_[r + 1], c_.prices.count(r)});
  }
}

void Facets::show_attributes(SearchFacets& out) {
  struct Shown {
    std::uint32_t name;
    bool filtered;
    std::int64_t count;
    std::vector<std::uint32_t> values;
  };
  std::map<std::uint32_t, Shown> by_name;
  for (const auto value : c_.attributes.seen()) {
    const auto name = values_.attribute_values[value].name;
    const auto& wanted = filter_.names();
    auto& shown = by_name.try_emplace(name, Shown{name, false, 0, {}}).first->second;
    shown.filtered = std::find(wanted.begin(), wanted.end(), name) != wanted.end();
    shown.count += c_.attributes.count(value);
    shown.values.push_back(value);
  }
  std::vector<Shown> names;
  for (auto& [number, shown] : by_name) names.push_back(std::move(shown));
  const auto label = [&](std::uint32_t name) -> const std::string& {
    return values_.attribute_names[name].label;
  };
  std::sort(names.begin(), names.end(), [&](const Shown& a, const Shown& b) {
    if (a.filtered != b.filtered) return a.filtered;
    if (a.count != b.count) return a.count > b.count;
    return label(a.name) < label(b.name);
  });
  if (names.size() > kNamesShownMax) names.resize(kNamesShownMax);
  for (auto& n : names) {
    const auto better = [&](std::uint32_t a, std::uint32_t b) {
      const auto count_a = c_.attributes.count(a), count_b = c_.attributes.count(b);
      if (count_a != count_b) return count_a > count_b;
      return values_.attribute_values[a].label < values_.attribute_values[b].label;
    };
    const auto shown = std::min(n.values.size(), shown_max_);
    std::partial_sort(n.values.begin(), n.values.begin() + static_cast<std::ptrdiff_t>(shown),
                      n.values.end(), better);
    auto& name = out.attributes.emplace_back();
    name.name = label(n.name);
    for (std::size_t i = 0; i < shown; ++i) {
      name.values.push_back(
          {values_.attribute_values[n.values[i]].label, c_.attributes.count(n.values[i])});
    }
  }
}

SearchFacets Facets::finish() {
  SearchFacets out;
  const std::shared_lock lock(values_.mutex);
  show_categories(out);
  show_brands(out);
  show_merchants(out);
  show_prices(out);
  show_attributes(out);
  out.in_stock = in_stock_;
  return out;
}

}  // namespace fondaco::matching
