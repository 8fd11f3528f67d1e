#include "format.h"

#include <fondaco/base/text.h>

#include <algorithm>
#include <array>

namespace fondaco::storefront {
namespace {

/// What counts as one kind, and how many of the smallest are one of it.
struct Measure {
  std::string_view name;
  int kind;
  std::int64_t size;
  std::string_view usual;  // The unit in which prices are compared.
};
constexpr auto kMeasures = std::to_array<Measure>({
    {"mg", 1, 1, "1 kg"},
    {"g", 1, 1'000, "1 kg"},
    {"kg", 1, 1'000'000, "1 kg"},
    {"ml", 2, 1, "1 l"},
    {"cl", 2, 10, "1 l"},
    {"l", 2, 1'000, "1 l"},
    {"mm", 3, 1, "1 m"},
    {"cm", 3, 10, "1 m"},
    {"m", 3, 1'000, "1 m"},
    {"m2", 4, 1, "1 m2"},
});

struct Amount {
  int kind = 0;
  std::int64_t thousandths = 0;  // Of the smallest unit of the kind.
  std::string_view usual;
};

std::optional<Amount> amount_of(std::string_view text) {
  text = trim(text);
  const auto end = text.find_first_not_of("0123456789.,");
  if (end == 0 || end == text.npos) return std::nullopt;
  const std::string_view number = text.substr(0, end);
  const auto point = number.find_first_of(".,");
  std::string fraction(point == number.npos ? "" : number.substr(point + 1));
  if (fraction.size() > 3) return std::nullopt;
  fraction.resize(3, '0');
  const auto value = parse_int(std::string(number.substr(0, point)) + fraction);
  const std::string unit = to_lower_ascii(trim(text.substr(end)));
  for (const Measure& m : kMeasures) {
    if (unit != m.name) continue;
    if (!value || *value <= 0 || *value > 1'000'000'000) return std::nullopt;
    return Amount{m.kind, *value * m.size, m.usual};
  }
  return std::nullopt;
}

}  // namespace

std::optional<UnitPrice> unit_price(Money price, std::string_view measure) {
  const auto slash = measure.find('/');
  const auto content = amount_of(measure.substr(0, slash));
  if (!content) return std::nullopt;
  const std::string_view unit =
      slash == measure.npos ? content->usual : trim(measure.substr(slash + 1));
  const auto reference = amount_of(unit);
  if (!reference || reference->kind != content->kind) return std::nullopt;
  const std::int64_t minor =
      mul_div(price.minor, reference->thousandths, content->thousandths, Round::half_up);
  return UnitPrice{{minor, price.currency}, std::string(unit)};
}

std::int64_t percent_less(Money now, Money before) {
  if (now.currency != before.currency || before.minor <= 0 || now.minor >= before.minor) return 0;
  return mul_div(before.minor - now.minor, 100, before.minor, Round::down);
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    const bool plain = (u >= '0' && u <= '9') || ((u | 32U) >= 'a' && (u | 32U) <= 'z') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kDigits[u >> 4U];
      out += kDigits[u & 15U];
    }
  }
  return out;
}

std::string json_for_script(std::string_view json) {
  std::string out;
  for (const char c : json) {
    // In JSON these stand in strings only, where an escape means the same.
    if (c == '<') {
      out += "\\u003c";
    } else if (c == '>') {
      out += "\\u003e";
    } else if (c == '&') {
      out += "\\u0026";
    } else {
      out += c;
    }
  }
  return out;
}

std::string shorten(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string(text);
  std::size_t cut = most;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0U) == 0x80U) --cut;
  return std::string(text.substr(0, cut)) + "…";
}

}  // namespace fondaco::storefront
