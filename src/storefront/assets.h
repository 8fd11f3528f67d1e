// The files of web/shop, part of the binary (tools/embed_assets.py). Depends on nothing.
#pragma once

#include <span>
#include <string_view>

namespace fondaco::storefront {

struct Asset {
  std::string_view name;  // "home.mustache"
  std::string_view text;
};
std::span<const Asset> assets();

}  // namespace fondaco::storefront
