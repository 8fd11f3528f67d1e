#include "rows.h"

#include <fondaco/base/json.h>

#include <algorithm>

namespace fondaco::catalog {

BOOST_DESCRIBE_STRUCT(OptionTranslation, (), (name, values))
BOOST_DESCRIBE_STRUCT(Translation, (), (title, description, options))

namespace {

/// What we wrote ourselves must be readable; anything else is a damaged database.
template <class T>
T unpacked(std::string_view text) {
  if (text.empty()) return {};
  auto read = read_json<T>(text);
  if (!read.ok()) throw Fault("a catalogue row holds damaged JSON: " + read.refusal().message);
  return std::move(read.value());
}

}  // namespace

std::string pack_list(const std::vector<std::string>& list) {
  return list.empty() ? std::string() : json_of(list);
}

std::string pack_media(const std::vector<Image>& media) {
  if (media.empty()) return {};
  std::string out;
  JsonWriter w(out);
  w.begin_array();
  for (const auto& image : media) {
    w.begin_array().value(image.src);
    if (!image.alt.empty()) w.value(image.alt);
    w.end_array();
  }
  w.end_array();
  return out;
}

std::string pack_map(const std::map<std::string, std::string>& map) {
  return map.empty() ? std::string() : json_of(map);
}

std::string pack_translations(const std::map<std::string, Translation>& translations) {
  return translations.empty() ? std::string() : json_of(translations);
}

std::vector<std::string> unpack_list(std::string_view text) {
  return unpacked<std::vector<std::string>>(text);
}

std::vector<Image> unpack_media(std::string_view text) {
  std::vector<Image> media;
  for (auto& pair : unpacked<std::vector<std::vector<std::string>>>(text)) {
    if (pair.empty()) continue;
    media.push_back({std::move(pair[0]), pair.size() > 1 ? std::move(pair[1]) : std::string()});
  }
  return media;
}

std::map<std::string, std::string> unpack_map(std::string_view text) {
  return unpacked<std::map<std::string, std::string>>(text);
}

std::map<std::string, Translation> unpack_translations(std::string_view text) {
  return unpacked<std::map<std::string, Translation>>(text);
}

std::string pack_image(const std::string& image, const std::vector<Image>& media) {
  if (image.empty()) return {};
  const auto found =
      std::find_if(media.begin(), media.end(), [&](const Image& i) { return i.src == image; });
  if (found == media.end()) return image;
  return "#" + std::to_string(found - media.begin());
}

std::string unpack_image(std::string_view text, const std::vector<Image>& media) {
  if (text.empty() || text.front() != '#') return std::string(text);
  std::size_t index = 0;
  for (const char c : text.substr(1)) index = index * 10 + static_cast<std::size_t>(c - '0');
  return index < media.size() ? media[index].src : std::string();
}

}  // namespace fondaco::catalog
