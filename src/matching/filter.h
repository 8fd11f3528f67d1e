// Which filters a document fails. Depends on segment.h and values.h.
#pragma once

#include "segment.h"
#include "values.h"

#include <fondaco/matching.h>

#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace fondaco::matching {

/// The filters of a query in numbers of the index. Each filter, and each attribute name, is one
/// bit of the answer; so a facet can count what fails no filter but its own.
class Filter {
 public:
  using Mask = std::uint32_t;
  static constexpr Mask kCategory = 1, kBrand = 2, kMerchant = 4, kPrice = 8, kStock = 16;
  static constexpr int kFirstName = 5;  // Bits from here are attribute names.
  static constexpr std::size_t kNamesMax = 16;

  Filter(const Values& values, const SearchFilters& wanted, std::uint16_t currency);

  Mask failed(const View& view, std::uint32_t document) const;
  /// The attribute names that are filtered, in the order of their bits; kNone when unknown.
  const std::vector<std::uint32_t>& names() const { return names_; }
  /// Whether the value belongs to the name of that one bit.
  bool is_value_of(Mask bit, std::uint32_t value) const;

 private:
  void set_category(const Values& values, const SearchFilters& wanted);
  void set_attributes(const Values& values, const SearchFilters& wanted);
  bool passes_any(const std::vector<std::uint32_t>& sorted, const Lists& lists,
                  std::uint32_t document) const;

  Mask asked_ = 0;
  std::vector<bool> category_passes_;
  std::vector<std::uint32_t> brands_;
  std::vector<std::uint32_t> merchants_;
  std::int64_t price_min_ = std::numeric_limits<std::int64_t>::min();
  std::int64_t price_max_ = std::numeric_limits<std::int64_t>::max();
  std::uint16_t currency_;
  std::vector<std::uint32_t> names_;
  std::vector<std::vector<std::uint32_t>> values_of_name_;  // All values; sorted.
  std::vector<std::pair<std::uint32_t, Mask>> attributes_;  // Sorted by value number.
};

}  // namespace fondaco::matching
