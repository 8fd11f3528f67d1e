// Takes what is safe and useful out of somebody else's HTML. Depends on nothing.
#pragma once

#include <string>
#include <string_view>

namespace fondaco::catalog {

/// Keeps p, br, lists, b, strong, i, em, h2 to h4 (h1 becomes h2, h5 and h6 become h4), tables
/// and links to http, https and mailto (with rel="nofollow"); no other attribute. Scripts, styles
/// and embedded documents go with their content, other tags go and leave theirs. The answer is
/// balanced, at most 64 deep, and cleaning it again changes nothing. Linear in the input.
std::string clean_html(std::string_view html);

/// The text alone, blanks collapsed, entities decoded; for search and meta descriptions.
std::string text_of_html(std::string_view html);

}  // namespace fondaco::catalog
