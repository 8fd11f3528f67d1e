#include "picture_shapes.h"

#include <fondaco/catalog/picture.h>

#include <gtest/gtest.h>

namespace fondaco::catalog {
namespace {

// Every shape stays small, closes what it opens and holds nothing that a strict page refuses.
TEST(Picture, EveryShapeIsSmallAndHarmless) {
  int shapes = 0;
  for (const auto group : {things_to_use(), things_to_wear(), things_at_home(), things_to_eat()}) {
    for (const auto& shape : group) {
      ++shapes;
      const auto svg = picture_svg(shape.name == "box" ? "" : shape.name, "blue", "");
      EXPECT_LT(svg.size(), 6000U) << shape.name;
      for (const char* no : {"<script", "<style", "style=", "<text", "href", "http://e", "$"}) {
        EXPECT_EQ(svg.find(no), std::string::npos) << shape.name << " " << no;
      }
      EXPECT_TRUE(svg.starts_with("<svg xmlns=")) << shape.name;
      EXPECT_TRUE(svg.ends_with("</svg>")) << shape.name;
    }
  }
  EXPECT_GT(shapes, 60);
}

// The same words give the same picture, other colours and titles another one.
TEST(Picture, IsDeterministic) {
  const auto one = picture_svg("Cycling > Bicycles", "#1f4a38", "Hollow Commuter");
  EXPECT_EQ(one, picture_svg("Cycling > Bicycles", "#1f4a38", "Hollow Commuter"));
  EXPECT_NE(one, picture_svg("Cycling > Bicycles", "red", "Hollow Commuter"));
  EXPECT_NE(one, picture_svg("Groceries > Fruit", "#1f4a38", "Hollow Commuter"));
  EXPECT_EQ(picture_svg("x", "navy", "t"), picture_svg("x", "藏青", "t"));
}

// Whatever a merchant writes ends in no markup.
TEST(Picture, InputNeverReachesThePicture) {
  const auto svg = picture_svg("\"><script>", "#zzzzzz", "</svg><script>alert(1)</script>");
  EXPECT_EQ(svg.find("script"), std::string::npos);
}

}  // namespace
}  // namespace fondaco::catalog
