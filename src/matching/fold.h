// What a character is to search, and how it is written there: lower case, without accents,
// full-width forms narrow. Depends on ICU's character data (in fold.cc only).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace fondaco::matching {

enum class CharKind : std::uint8_t { gap, letter, digit, cjk, mark, apostrophe, hyphen, point };

struct Folded {
  std::array<char32_t, 3> text{};  // "ß" becomes "ss".
  std::uint8_t size = 0;
  CharKind kind = CharKind::gap;
};

/// Cost: one table look-up for the alphabets of Europe and the Near East.
Folded fold(std::uint32_t code_point);

/// At most `bytes` of it, not ending inside a character.
std::string_view utf8_prefix(std::string_view text, std::size_t bytes);

/// A name or value as it is compared: folded, outer spaces off, signs kept ("C++" is not "C").
std::string fold_key(std::string_view text);

}  // namespace fondaco::matching
