// The things that generated pictures show. Private to catalog.
#pragma once

#include <span>
#include <string_view>

namespace fondaco::catalog {

/// SVG elements in a square of 800, standing on y = 640. Marks stand for colours: $b body
/// (gradient), $c the colour, $d darker, $l lighter, $p paper, $i ink, $a accent.
struct Shape {
  std::string_view name;
  std::string_view words;  // Lower case, each between bars; Chinese ones match anywhere.
  std::string_view art;
};

/// The first shape one of whose words is found is taken; the last one fits everything.
std::span<const Shape> things_to_wear();
std::span<const Shape> things_at_home();
std::span<const Shape> things_to_use();
std::span<const Shape> things_to_eat();

}  // namespace fondaco::catalog
