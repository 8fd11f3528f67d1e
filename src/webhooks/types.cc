#include <fondaco/base/text.h>
#include <fondaco/webhooks.h>

#include <algorithm>

namespace fondaco::webhooks {
namespace {

bool is_name(std::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(),
                                      [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

bool is_filter(std::string_view word) {
  if (word.size() > 64) return false;
  if (word == "*") return true;
  const auto dot = word.find('.');
  if (dot == word.npos || !is_name(word.substr(0, dot))) return false;
  const auto rest = word.substr(dot + 1);
  return rest == "*" || is_name(rest);
}

}  // namespace

std::optional<TypeFilter> TypeFilter::parse(std::span<const std::string> words) {
  TypeFilter out;
  if (words.size() > kMostTypes) return std::nullopt;
  for (const auto& word : words) {
    if (!is_filter(word)) return std::nullopt;
    if (word == "*") return TypeFilter{};
    out.words_.push_back(word);
  }
  return out;
}

std::optional<TypeFilter> TypeFilter::parse(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text) {
    if (c != ' ' && c != ',') {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::exchange(word, {}));
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  return parse(words);
}

bool TypeFilter::wants(std::string_view type) const {
  if (words_.empty()) return true;
  return std::any_of(words_.begin(), words_.end(), [&](std::string_view word) {
    return word.ends_with(".*") ? type.starts_with(word.substr(0, word.size() - 1)) : type == word;
  });
}

std::string TypeFilter::text() const {
  std::string out;
  for (const auto& word : words_) out += (out.empty() ? "" : " ") + word;
  return out;
}

}  // namespace fondaco::webhooks
