#include "scan.h"

#include <fondaco/base/text.h>

#include <algorithm>
#include <array>
#include <utility>

namespace fondaco::matching {
namespace {

using Unit = std::pair<std::string_view, std::string_view>;

constexpr std::array kUnits = std::to_array<Unit>({
    {"ah", "ah"},    {"cl", "cl"},         {"cm", "cm"},         {"dl", "dl"},    {"ft", "ft"},
    {"g", "g"},      {"gb", "gb"},         {"ghz", "ghz"},       {"gr", "g"},     {"gram", "g"},
    {"grams", "g"},  {"hz", "hz"},         {"in", "in"},         {"inch", "in"},  {"inches", "in"},
    {"kg", "kg"},    {"km", "km"},         {"kw", "kw"},         {"kwh", "kwh"},  {"l", "l"},
    {"lb", "lb"},    {"lbs", "lb"},        {"liter", "l"},       {"liters", "l"}, {"litre", "l"},
    {"litres", "l"}, {"m", "m"},           {"mah", "mah"},       {"mb", "mb"},    {"mg", "mg"},
    {"mhz", "mhz"},  {"milliliter", "ml"}, {"millilitre", "ml"}, {"ml", "ml"},    {"mm", "mm"},
    {"oz", "oz"},    {"tb", "tb"},         {"v", "v"},           {"w", "w"},      {"wh", "wh"},
});
static_assert(std::is_sorted(kUnits.begin(), kUnits.end()));

// None begins another one, so their order does not matter.
constexpr std::array kCjkUnits = std::to_array<Unit>({
    {"毫升", "ml"},
    {"毫克", "mg"},
    {"毫米", "mm"},
    {"厘米", "cm"},
    {"千克", "kg"},
    {"公斤", "kg"},
    {"英寸", "in"},
    {"升", "l"},
    {"克", "g"},
    {"米", "m"},
    {"瓦", "w"},
    {"伏", "v"},
});

std::string_view latin_unit(std::string_view word) {
  const auto at = std::lower_bound(kUnits.begin(), kUnits.end(), word,
                                   [](const Unit& u, std::string_view w) { return u.first < w; });
  return at != kUnits.end() && at->first == word ? at->second : std::string_view{};
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::size_t sequence_length(char first) {
  const auto byte = static_cast<unsigned char>(first);
  return byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

std::size_t alike_prefix(std::string_view word) {
  const auto digit_like = [](char c) { return is_digit(c) || c == '.'; };
  std::size_t i = 0;
  while (i < word.size() && digit_like(word[i]) == digit_like(word[0])) ++i;
  return i;
}

void Scanner::close() {
  open_ = false;
  joint_ = Joint::gap;
}

void Scanner::take(const Folded& f) {
  const bool cjk = f.kind == CharKind::cjk;
  const bool digit = f.kind == CharKind::digit;
  if (open_ && cjk != (pieces_.back().kind == PieceKind::cjk)) {
    close();
    joint_ = Joint::glued;
  }
  if (!open_) {
    if (pieces_.size() == kPiecesMax) return;
    const auto at = static_cast<std::uint32_t>(buffer_.size());
    pieces_.push_back({at, at, cjk ? PieceKind::cjk : PieceKind::number, joint_});
    open_ = true;
  }
  Piece& piece = pieces_.back();
  if (!cjk && !digit) piece.kind = PieceKind::word;
  if (!cjk && piece.end - piece.begin + 4U * f.size > kWordBytesMax) return;
  for (std::size_t i = 0; i < f.size; ++i) append_utf8(buffer_, f.text[i]);
  piece.end = static_cast<std::uint32_t>(buffer_.size());
}

/// Goes on with an open word of ASCII letters, which is nearly all of most texts. Bytes taken.
std::size_t Scanner::take_ascii(std::string_view text) {
  if (!open_ || pieces_.back().kind != PieceKind::word) return 0;
  Piece& piece = pieces_.back();
  const std::size_t room =
      kWordBytesMax - std::min<std::size_t>(kWordBytesMax, piece.end - piece.begin + 4U);
  std::size_t n = 0;
  for (; n < std::min(room, text.size()); ++n) {
    const char lower = static_cast<char>(text[n] | 0x20);
    if (lower < 'a' || lower > 'z') break;
    buffer_ += lower;
  }
  piece.end += static_cast<std::uint32_t>(n);
  return n;
}

void Scanner::scan(std::string_view text) {
  buffer_.clear();
  pieces_.clear();
  close();
  while (!text.empty()) {
    if (const std::size_t n = take_ascii(text); n > 0) {
      text.remove_prefix(n);
      continue;
    }
    const Folded f = fold(next_code_point(text));
    switch (f.kind) {
      case CharKind::letter:
      case CharKind::digit:
      case CharKind::cjk:
        take(f);
        break;
      case CharKind::mark:
      case CharKind::apostrophe:
        break;
      case CharKind::point:
        if (open_ && pieces_.back().kind == PieceKind::number && !text.empty() &&
            is_digit(text.front()) && pieces_.back().end - pieces_.back().begin < 16) {
          buffer_ += '.';
          ++pieces_.back().end;
        } else {
          close();
        }
        break;
      case CharKind::hyphen: {
        const bool attached = open_ && !text.empty() && text.front() != ' ';
        close();
        if (attached) joint_ = Joint::hyphen;
        break;
      }
      case CharKind::gap:
        close();
        break;
    }
  }
}

std::optional<Quantity> quantity_at(const Scanner& s, const Piece& piece, const Piece* next) {
  const std::string_view text = s.text_of(piece);
  if (piece.kind == PieceKind::word) {
    const std::size_t digits = alike_prefix(text);
    if (!is_digit(text[0]) || digits == text.size()) return std::nullopt;
    const auto unit = latin_unit(text.substr(digits));
    if (unit.empty()) return std::nullopt;
    return Quantity{std::string(text.substr(0, digits)).append(unit), 0};
  }
  if (piece.kind != PieceKind::number || next == nullptr) return std::nullopt;
  const std::string_view after = s.text_of(*next);
  if (next->kind == PieceKind::word) {
    const auto unit = latin_unit(after);
    if (unit.empty()) return std::nullopt;
    return Quantity{std::string(text).append(unit), after.size()};
  }
  if (next->kind != PieceKind::cjk) return std::nullopt;
  for (const auto& [written, unit] : kCjkUnits) {
    if (after.starts_with(written)) return Quantity{std::string(text).append(unit), written.size()};
  }
  return std::nullopt;
}

}  // namespace fondaco::matching
