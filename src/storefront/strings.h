// Everything the pages say, in every language they speak, in one table. Depends on nothing.
// Invariant: each key has a text in each language, with the same {placeholders} (a test).
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace fondaco::storefront {

struct Phrase {
  std::string_view key;
  std::string_view en;
  std::string_view zh;
};
/// The table, sorted by key.
std::span<const Phrase> phrases();

/// The text of a key in "zh", in English for any other locale. An unknown key is a bug.
std::string_view say(std::string_view locale, std::string_view key);

using Fill = std::initializer_list<std::pair<std::string_view, std::string_view>>;
/// As say(), with "{name}" replaced by its value. The answer is text, not HTML.
std::string say(std::string_view locale, std::string_view key, Fill values);
/// "1 item" or "{n} items": the keys key.one and key.many.
std::string say_count(std::string_view locale, std::string_view key, long long n);

}  // namespace fondaco::storefront
