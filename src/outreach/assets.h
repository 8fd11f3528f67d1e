// The files of web/mail, part of the binary (tools/embed_assets.py). Depends on nothing.
#pragma once

#include <span>
#include <string_view>

namespace fondaco::outreach {

struct Asset {
  std::string_view name;  // "letter.html.mustache"
  std::string_view text;
};
std::span<const Asset> assets();

}  // namespace fondaco::outreach
