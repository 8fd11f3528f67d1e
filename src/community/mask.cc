#include <fondaco/base/text.h>
#include <fondaco/community.h>

#include <algorithm>

namespace fondaco::community {
namespace {

constexpr std::string_view kMask = "•••";
constexpr int kDigitsOfTelephone = 7;  // Fewer are a price, a size or a year.

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         (static_cast<unsigned char>(c) & 0x80) != 0;
}
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Whether what stands at `at` belongs between two groups of digits: ") 12", ".12", " (30".
bool joins_digits(std::string_view text, std::size_t at) {
  constexpr std::string_view kJoints = " .-/()";
  for (std::size_t i = at; i < text.size() && i < at + 3; ++i) {
    if (is_digit(text[i])) return i > at;
    if (kJoints.find(text[i]) == kJoints.npos) return false;
  }
  return false;
}

/// Where the telephone number that begins at `at` ends; `at` when none does. Digits may be
/// grouped by single blanks, dots, dashes, slashes and brackets.
std::size_t end_of_telephone(std::string_view text, std::size_t at) {
  int digits = 0;
  std::size_t end = at;
  for (std::size_t i = at; i < text.size(); ++i) {
    const char c = text[i];
    if (is_digit(c)) {
      ++digits;
      end = i + 1;
    } else if (c == '+' && i == at) {
      continue;  // Of a country's code.
    } else if (!joins_digits(text, i)) {
      break;
    }
  }
  return digits >= kDigitsOfTelephone ? end : at;
}

bool names_other_place(std::string_view word) {
  const std::string low = to_lower_ascii(word);
  const std::string_view w = low;
  if (w.starts_with("http://") || w.starts_with("https://") || w.starts_with("www.")) return true;
  const auto at = w.find('@');
  if (at != w.npos && at > 0 && w.find('.', at) != w.npos) return true;
  // Names of messengers with an account behind them: "wechat:anna", "t.me/anna".
  for (const std::string_view messenger :
       {"wechat:", "weixin:", "whatsapp:", "telegram:", "wa.me/", "t.me/", "微信:", "微信："}) {
    if (w.find(messenger) != w.npos && w.size() > messenger.size()) return true;
  }
  return false;
}

}  // namespace

std::string mask_contacts(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const bool begins = at == 0 || !is_word(text[at - 1]);
    if (begins && !is_blank(text[at])) {
      const auto blank = std::find_if(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(),
                                      [](char c) { return is_blank(c); });
      const auto end = static_cast<std::size_t>(blank - text.begin());
      if (names_other_place(text.substr(at, end - at))) {
        out += kMask;
        at = end;
        continue;
      }
    }
    // After a letter and a dash it is the number of an article.
    const bool of_article = at > 1 && text[at - 1] == '-' && is_word(text[at - 2]);
    if (begins && !of_article && (is_digit(text[at]) || text[at] == '+' || text[at] == '(')) {
      if (const std::size_t end = end_of_telephone(text, at); end > at) {
        out += kMask;
        at = end;
        continue;
      }
    }
    out += text[at++];
  }
  return out;
}

}  // namespace fondaco::community
