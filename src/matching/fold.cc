#include "fold.h"

#include <fondaco/base/text.h>

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/ustring.h>

#include <vector>

namespace fondaco::matching {
namespace {

constexpr std::uint32_t kLowEnd = 0x2000;      // Alphabets with accents and cases.
constexpr std::uint32_t kFormsBegin = 0xfb00;  // Ligatures, full-width and half-width forms.
constexpr std::uint32_t kFormsEnd = 0x10000;

bool is_cjk(std::uint32_t c) {
  return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3400 && c <= 0x4dbf) || c == 0x3005 ||
         c == 0x3007 || (c >= 0x3041 && c <= 0x30ff && c != 0x30fb && c != 0x30a0) ||
         (c >= 0x3105 && c <= 0x312f) || (c >= 0x31f0 && c <= 0x31ff) ||
         (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) ||
         (c >= 0x20000 && c <= 0x3ffff);
}

/// Letters that Unicode does not take apart, written as people type them.
std::u32string_view plain_form(std::uint32_t c) {
  switch (c) {
    case 0xe6:
      return U"ae";  // æ
    case 0xf0:
      return U"d";  // ð
    case 0xf8:
      return U"o";  // ø
    case 0xfe:
      return U"th";  // þ
    case 0x111:
      return U"d";  // đ
    case 0x127:
      return U"h";  // ħ
    case 0x131:
      return U"i";  // ı
    case 0x142:
      return U"l";  // ł
    case 0x153:
      return U"oe";  // œ
    case 0x167:
      return U"t";  // ŧ
    default:
      return {};
  }
}

CharKind kind_of(std::uint32_t c) {
  if (c == '-' || c == 0x2010 || c == 0x2011) return CharKind::hyphen;
  if (c == '\'' || c == 0x2018 || c == 0x2019) return CharKind::apostrophe;
  if (c == '.') return CharKind::point;
  if (is_cjk(c)) return CharKind::cjk;
  const auto point = static_cast<UChar32>(c);
  if (u_isdigit(point)) return CharKind::digit;
  const auto type = u_charType(point);
  if (type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK || type == U_FORMAT_CHAR) {
    return CharKind::mark;
  }
  const bool letter = u_isalpha(point) || type == U_COMBINING_SPACING_MARK;
  return letter ? CharKind::letter : CharKind::gap;
}

void push(Folded& out, char32_t c) {
  if (out.size < out.text.size()) out.text[out.size++] = c;
}

Folded fold_by_icu(std::uint32_t c) {
  UErrorCode status = U_ZERO_ERROR;
  static const auto* const nfkd = icu::Normalizer2::getNFKDInstance(status);
  Folded out;
  icu::UnicodeString text(static_cast<UChar32>(c));
  text = nfkd->normalize(text, status).foldCase();
  for (std::int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    const auto part = static_cast<std::uint32_t>(text.char32At(i));
    const CharKind kind = kind_of(part);
    if (kind == CharKind::mark) continue;
    if (out.size == 0) out.kind = kind;
    if (kind == CharKind::digit) {
      push(out, U'0' + static_cast<char32_t>(u_charDigitValue(static_cast<UChar32>(part))));
      continue;
    }
    const auto plain = plain_form(part);
    if (plain.empty()) push(out, part);
    for (const char32_t p : plain) push(out, p);
  }
  if (out.size == 0) out.kind = CharKind::mark;
  return out;
}

std::vector<Folded> make_table(std::uint32_t begin, std::uint32_t end) {
  std::vector<Folded> table;
  table.reserve(end - begin);
  for (std::uint32_t c = begin; c < end; ++c) table.push_back(fold_by_icu(c));
  return table;
}

}  // namespace

Folded fold(std::uint32_t c) {
  if (c < kLowEnd) {
    static const auto low = make_table(0, kLowEnd);
    return low[c];
  }
  if (c >= kFormsBegin && c < kFormsEnd) {
    static const auto forms = make_table(kFormsBegin, kFormsEnd);
    return forms[c - kFormsBegin];
  }
  Folded out;
  out.kind = is_cjk(c) ? CharKind::cjk : kind_of(c);
  push(out, c);
  return out;
}

std::string_view utf8_prefix(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80) --bytes;
  return text.substr(0, bytes);
}

std::string fold_key(std::string_view text) {
  std::string out;
  for (text = trim(text); !text.empty();) {
    const Folded f = fold(next_code_point(text));
    for (std::size_t i = 0; i < f.size; ++i) append_utf8(out, f.text[i]);
  }
  return out;
}

}  // namespace fondaco::matching
