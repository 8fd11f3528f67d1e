// Pictures for products that have none. Depends on nothing.
#pragma once

#include <string>
#include <string_view>

namespace fondaco::catalog {

/// A square SVG (viewBox 800 x 800, less than 6 KB) of the kind of thing that the category and
/// title speak of, in its colour: a name in English or Chinese or "#rrggbb"; without one a colour
/// chosen from the title. The same arguments always give the same picture. No text, no style, no
/// script, nothing fetched.
std::string picture_svg(std::string_view category, std::string_view colour, std::string_view title);

}  // namespace fondaco::catalog
