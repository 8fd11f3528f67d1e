#include <fondaco/catalog/picture.h>

#include <fondaco/base/text.h>

#include "picture_shapes.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

namespace fondaco::catalog {
namespace {

struct Colour {
  int r = 0;
  int g = 0;
  int b = 0;
};

struct NamedColour {
  std::string_view words;
  Colour colour;
};
// The first name that is found counts: longer and darker words stand before the plain ones.
constexpr NamedColour kColours[] = {
    {"navy 藏青 海军蓝", {38, 56, 92}},
    {"teal 青绿", {46, 125, 124}},
    {"turquoise 湖蓝", {64, 170, 172}},
    {"burgundy wine 酒红 bordeaux", {112, 35, 52}},
    {"rose pink 粉 blush", {226, 150, 160}},
    {"coral 珊瑚", {232, 122, 100}},
    {"red 红 crimson scarlet", {196, 62, 58}},
    {"terracotta rust 砖红", {184, 96, 66}},
    {"orange 橙 橘 amber", {228, 138, 58}},
    {"mustard", {206, 162, 58}},
    {"gold 金 brass", {200, 166, 90}},
    {"yellow 黄 lemon", {236, 200, 90}},
    {"olive 橄榄 khaki 卡其", {124, 124, 72}},
    {"mint 薄荷", {150, 205, 178}},
    {"sage celadon 青瓷", {158, 184, 156}},
    {"green 绿 forest emerald", {78, 132, 92}},
    {"sky 天蓝 浅蓝", {134, 180, 216}},
    {"denim indigo 靛", {66, 90, 130}},
    {"blue 蓝 cobalt", {66, 110, 176}},
    {"lilac lavender 淡紫", {176, 160, 206}},
    {"purple violet 紫 plum", {112, 80, 142}},
    {"camel tan 驼 caramel", {192, 150, 104}},
    {"chocolate brown 棕 咖啡 褐 walnut", {110, 76, 56}},
    {"sand beige 米色 oat", {220, 202, 174}},
    {"cream ivory 奶油 米白 natural", {240, 230, 210}},
    {"white 白", {244, 244, 242}},
    {"silver 银", {190, 196, 202}},
    {"slate graphite charcoal 石板 anthracite", {82, 90, 98}},
    {"grey gray 灰", {142, 148, 154}},
    {"black 黑", {46, 48, 54}},
};
// For products that say nothing of their colour: quiet tones that go with each other.
constexpr Colour kQuiet[] = {{196, 108, 82},  {92, 124, 150}, {120, 146, 112}, {206, 162, 92},
                             {140, 110, 150}, {70, 122, 122}, {188, 128, 128}, {104, 112, 126}};
constexpr Colour kWhite{255, 255, 255};
constexpr Colour kInk{40, 42, 50};

std::uint32_t hash_of(std::string_view text) {
  std::uint32_t h = 2166136261U;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 16777619U;
  return h ^ h >> 15;
}

Colour mix(Colour a, Colour b, int percent_of_b) {
  const auto part = [&](int x, int y) {
    return (x * (100 - percent_of_b) + y * percent_of_b) / 100;
  };
  return {part(a.r, b.r), part(a.g, b.g), part(a.b, b.b)};
}

int lightness(Colour c) { return (c.r * 30 + c.g * 59 + c.b * 11) / 100; }

std::string text_of(Colour c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "#";
  for (const int part : {c.r, c.g, c.b}) {
    out += kHex[static_cast<std::size_t>(part) / 16];
    out += kHex[static_cast<std::size_t>(part) % 16];
  }
  return out;
}

std::optional<Colour> colour_from(std::string_view text) {
  if (text.size() == 7 && text.front() == '#') {
    if (const auto bytes = from_hex(text.substr(1))) {
      const auto part = [&](std::size_t i) { return static_cast<unsigned char>((*bytes)[i]); };
      return Colour{part(0), part(1), part(2)};
    }
  }
  const auto lower = to_lower_ascii(text);
  for (const auto& named : kColours) {
    for (const auto word : split(named.words, ' ')) {
      if (lower.find(word) != std::string::npos) return named.colour;
    }
  }
  return std::nullopt;
}

/// Lower-case words between single bars: "|blue|wool|coat|", other scripts as they are.
std::string barred(std::string_view text) {
  std::string out = "|";
  for (const char c : to_lower_ascii(text)) {
    const bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
                      static_cast<unsigned char>(c) >= 0x80;
    if (word) {
      out += c;
    } else if (out.back() != '|') {
      out += '|';
    }
  }
  if (out.back() != '|') out += '|';
  return out;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// How late in the text the last of a shape's words ends (0: not there), and by how long a word:
/// "peanut butter" beats "butter".
std::pair<std::size_t, std::size_t> place_in(const std::string& text, const Shape& shape) {
  std::pair<std::size_t, std::size_t> last{};
  for (const auto word : split(shape.words, '|')) {
    if (word.empty()) continue;
    std::string wanted(word);
    if (is_ascii(word)) {
      std::replace(wanted.begin(), wanted.end(), ' ', '|');
      wanted = "|" + wanted + "|";
    }
    const auto at = text.rfind(wanted);
    if (at == std::string::npos) continue;
    last = std::max(last, {at + wanted.size(), wanted.size()});
  }
  return last;
}

struct Find {
  const Shape* shape = nullptr;
  std::size_t group = 0;
};

/// The shape whose word stands last: "oat milk bottle" is a bottle.
Find find_in(std::string_view text) {
  const std::array groups{things_to_use(), things_to_wear(), things_at_home(), things_to_eat()};
  const auto words = barred(text);
  Find found;
  std::pair<std::size_t, std::size_t> best{};
  for (std::size_t g = 0; g < groups.size(); ++g) {
    for (const auto& shape : groups[g]) {
      const auto place = place_in(words, shape);
      if (place <= best) continue;
      best = place;
      found = {&shape, g};
    }
  }
  return found;
}

/// The title says what it is, as long as it speaks of the kind of thing that the category does
/// ("baby pak choi" is no toy); else the last level of the category, else any.
const Shape& shape_for(std::string_view category, std::string_view title) {
  const auto leaf_at = category.rfind('>');
  const auto leaf = leaf_at == std::string_view::npos ? category : category.substr(leaf_at + 1);
  auto kind = find_in(leaf);
  if (!kind.shape) kind = find_in(category);
  for (const auto text : {title.substr(0, title.find_first_of(",(")), title}) {
    const auto found = find_in(text);
    if (found.shape && (!kind.shape || found.group == kind.group)) return *found.shape;
  }
  return kind.shape ? *kind.shape : things_to_eat().back();
}

struct Palette {
  Colour body;
  Colour dark;
  Colour light;
  Colour accent;
  Colour above;  // Of the background.
  Colour below;
};

Palette palette_for(std::optional<Colour> wanted, std::uint32_t seed) {
  Palette p;
  p.body = wanted.value_or(kQuiet[seed % std::size(kQuiet)]);
  const int light = lightness(p.body);
  p.dark = mix(p.body, kInk, light < 70 ? 45 : 28);
  p.light = mix(p.body, kWhite, light < 70 ? 22 : 38);
  const Colour warm{226, 170, 92};
  const Colour cool{96, 136, 160};
  p.accent = p.body.r > p.body.b + 12 ? cool : warm;
  // Pale things stand before a tone, all others before a breath of their own colour.
  const bool pale = light > 205;
  const Colour room = pale ? mix(kQuiet[(seed >> 8) % std::size(kQuiet)], kWhite, 46) : p.body;
  p.above = mix(room, kWhite, pale ? 22 : 88);
  p.below = mix(room, kWhite, pale ? 0 : 70);
  return p;
}

std::string backdrop(const Palette& p, std::uint32_t seed) {
  const auto tone = text_of(mix(p.below, kWhite, 46));
  const auto x = std::to_string(300 + static_cast<int>(seed >> 12) % 200);
  switch (seed >> 20 & 3) {
    case 0:
      return "<circle cx=\"" + x + "\" cy=\"370\" r=\"290\" fill=\"" + tone + "\"/>";
    case 1:
      return "<path fill=\"" + tone + "\" d=\"M150 640V370a250 250 0 0 1 500 0v270z\"/>";
    case 2:
      return "<path fill=\"" + tone + "\" d=\"M0 640h800v160H0z\"/>";
    default:
      return "<ellipse cx=\"" + x + "\" cy=\"400\" rx=\"330\" ry=\"270\" fill=\"" + tone + "\"/>";
  }
}

}  // namespace

std::string picture_svg(std::string_view category, std::string_view colour,
                        std::string_view title) {
  const auto seed = hash_of(title.empty() ? category : title);
  auto wanted = colour_from(colour);
  if (!wanted) wanted = colour_from(barred(title));
  const auto p = palette_for(wanted, seed);
  std::string out = R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 800"><defs>)";
  const auto gradient = [&](std::string_view id, Colour from, Colour to, std::string_view end) {
    out += "<linearGradient id=\"" + std::string(id) + "\" x2=\"" + std::string(end) +
           "\" y2=\"1\"><stop stop-color=\"" + text_of(from) +
           "\"/><stop offset=\"1\" stop-color=\"" + text_of(to) + "\"/></linearGradient>";
  };
  gradient("r", p.above, p.below, "0");
  gradient("b", mix(p.body, kWhite, 12), mix(p.body, kInk, 8), ".6");
  out += R"svg(</defs><path fill="url(#r)" d="M0 0h800v800H0z"/>)svg" + backdrop(p, seed);
  out += "<ellipse cx=\"400\" cy=\"652\" rx=\"270\" ry=\"26\" fill=\"" +
         text_of(mix(p.below, kInk, 40)) + "\" fill-opacity=\".28\"/>";
  const auto art = shape_for(category, title).art;
  for (std::size_t i = 0; i < art.size(); ++i) {
    if (art[i] != '$' || i + 1 == art.size()) {
      if (art[i] != '\n') {
        out += art[i];
      } else if (out.back() != '>') {
        out += ' ';
      }
      continue;
    }
    switch (art[++i]) {
      case 'b':
        out += "url(#b)";
        break;
      case 'c':
        out += text_of(p.body);
        break;
      case 'd':
        out += text_of(p.dark);
        break;
      case 'l':
        out += text_of(p.light);
        break;
      case 'p':
        out += text_of(mix(p.body, kWhite, 90));
        break;
      case 'a':
        out += text_of(p.accent);
        break;
      default:
        out += text_of(mix(kInk, p.body, 12));
        break;
    }
  }
  return out + "</svg>";
}

}  // namespace fondaco::catalog
