#include "template.h"

#include "assets.h"
#include "strings.h"

#include <fondaco/base/check.h>
#include <fondaco/base/text.h>

namespace fondaco::storefront {
namespace {

using kainjow::mustache::mustache;

constexpr std::string_view kEnding = ".mustache";
constexpr int kDeepest = 8;  // Parts in parts; a part in itself never ends.

std::string_view asset_text(std::string_view name) {
  for (const Asset& asset : assets()) {
    if (asset.name == name) return asset.text;
  }
  throw Bug("there is no template " + std::string(name));
}

/// Puts parts and phrases in place.
std::string expanded(std::string_view text, std::string_view locale, int depth) {
  FONDACO_CHECK(depth < kDeepest);
  std::string out;
  while (!text.empty()) {
    const auto part = text.find("{{>");
    const auto phrase = text.find("{{t.");
    const auto at = std::min(part, phrase);
    out += text.substr(0, at);
    if (at == text.npos) break;
    const auto end = text.find("}}", at);
    FONDACO_CHECK(end != text.npos);
    if (at == part) {
      const std::string_view name = trim(text.substr(at + 3, end - at - 3));
      out += expanded(asset_text(std::string(name) + std::string(kEnding)), locale, depth + 1);
    } else {
      out += escape_html(say(locale, text.substr(at + 4, end - at - 4)));
    }
    text.remove_prefix(end + 2);
  }
  return out;
}

std::unique_ptr<mustache> compile(const std::string& text, std::string_view name) {
  auto compiled = std::make_unique<mustache>(text);
  if (!compiled->is_valid()) {
    throw Bug("template " + std::string(name) + ": " + compiled->error_message());
  }
  compiled->set_custom_escape([](const std::string& s) { return escape_html(s); });
  return compiled;
}

/// Rendering changes nothing in a template unless it fails or has lambdas, and ours have none;
/// the library has not written const on it.
std::string render_with(mustache& compiled, const View& view) {
  std::string out;
  out.reserve(16 * 1024);
  compiled.render(view.data(), [&out](const std::string& piece) { out += piece; });
  FONDACO_CHECK(compiled.is_valid());
  return out;
}

}  // namespace

Templates::Templates() {
  for (const Asset& asset : assets()) {
    if (!asset.name.ends_with(kEnding)) continue;
    const std::string name(asset.name.substr(0, asset.name.size() - kEnding.size()));
    if (name.starts_with('_')) continue;
    for (const std::string_view locale : {"en", "zh"}) {
      compiled_.emplace(Key(locale, name), compile(expanded(asset.text, locale, 0), name));
    }
  }
}

std::string Templates::render_text(const std::string& text, const View& view) {
  return render_with(*compile(text, "of a test"), view);
}

std::string Templates::render(std::string_view name, std::string_view locale,
                              const View& view) const {
  const auto found = compiled_.find(Key(locale == "zh" ? "zh" : "en", name));
  FONDACO_CHECK(found != compiled_.end());
  return render_with(*found->second, view);
}

std::vector<std::string> Templates::names() const {
  std::vector<std::string> out;
  for (const auto& [key, compiled] : compiled_) {
    if (key.first == "en") out.push_back(key.second);
  }
  return out;
}

}  // namespace fondaco::storefront
