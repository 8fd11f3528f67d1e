// How measures look in a language, and text inside of addresses and scripts.
// Depends on base.
#pragma once

#include <fondaco/base/display.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fondaco::storefront {

struct UnitPrice {
  Money price;
  std::string unit;  // "1 kg"
};
/// From "750 ml / 1 l" (content / unit), or "250 g" with the usual unit (kg, l, m, m2). Nothing
/// when the text is no measure.
std::optional<UnitPrice> unit_price(Money price, std::string_view measure);

/// How much less than `before`, in whole per cent, rounded down; 0 when it is not less.
std::int64_t percent_less(Money now, Money before);

/// For a part of a path or a query: all but unreserved characters as %XX.
std::string percent_encode(std::string_view text);
/// JSON that may stand inside <script>: no "</", no "<!--".
std::string json_for_script(std::string_view json);
/// At most `most` bytes, cut at a character, with "…" when something was cut.
std::string shorten(std::string_view text, std::size_t most);

}  // namespace fondaco::storefront
