#include "photo.h"

#include <cstdint>
#include <optional>

namespace fondaco::storefront {
namespace {

std::uint32_t byte_at(std::string_view b, std::size_t at) {
  return static_cast<unsigned char>(b[at]);
}
std::uint32_t big16(std::string_view b, std::size_t at) {
  return byte_at(b, at) << 8 | byte_at(b, at + 1);
}
std::uint32_t big32(std::string_view b, std::size_t at) {
  return big16(b, at) << 16 | big16(b, at + 2);
}
std::uint32_t little32(std::string_view b, std::size_t at) {
  return byte_at(b, at) | byte_at(b, at + 1) << 8 | byte_at(b, at + 2) << 16 |
         byte_at(b, at + 3) << 24;
}

/// Tag 0x0112 of the first directory of an EXIF segment; 1 (upright) when there is none.
char orientation_of(std::string_view exif) {
  if (!exif.starts_with(std::string_view("Exif\0\0", 6))) return 1;
  const std::string_view tiff = exif.substr(6);
  if (tiff.size() < 8) return 1;
  const bool big = tiff.starts_with("MM");
  const auto u16 = [&](std::size_t at) {
    return big ? big16(tiff, at) : byte_at(tiff, at) | byte_at(tiff, at + 1) << 8;
  };
  const std::size_t directory = big ? big32(tiff, 4) : little32(tiff, 4);
  if (directory + 2 > tiff.size()) return 1;
  const std::size_t entries = u16(directory);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t at = directory + 2 + i * 12;
    if (at + 12 > tiff.size()) return 1;
    if (u16(at) != 0x0112) continue;
    const auto value = u16(at + 8);
    return value >= 1 && value <= 8 ? static_cast<char>(value) : char{1};
  }
  return 1;
}

/// An EXIF segment that says nothing but how the picture is turned.
std::string orientation_segment(char orientation) {
  std::string tiff("Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0", 25);
  tiff += orientation;
  tiff.append(6, '\0');  // Rest of the value, no next directory.
  std::string out("\xff\xe1\0", 3);
  out += static_cast<char>(tiff.size() + 2);
  return out + tiff;
}

std::optional<std::string> clean_jpeg(std::string_view in) {
  std::string kept;
  char orientation = 1;
  std::size_t at = 2;
  while (at + 4 <= in.size() && byte_at(in, at) == 0xff) {
    const auto marker = byte_at(in, at + 1);
    if (marker == 0xff) {  // Filling.
      ++at;
      continue;
    }
    const std::size_t length = big16(in, at + 2);
    if (length < 2 || at + 2 + length > in.size()) return std::nullopt;
    const std::string_view segment = in.substr(at, length + 2);
    if (marker == 0xe1) {
      const char turned = orientation_of(segment.substr(4));
      if (turned != 1) orientation = turned;
    }
    // JFIF and Adobe's colours stay; the other application segments and comments go.
    const bool told = (marker >= 0xe1 && marker <= 0xef && marker != 0xee) || marker == 0xfe;
    if (!told) kept += segment;
    at += length + 2;
    if (marker != 0xda) continue;
    // What follows the last scan (a second picture, a video) is not part of this one.
    const auto end = in.rfind("\xff\xd9");
    if (end == in.npos || end < at) return std::nullopt;
    const auto first_end = in.find("\xff\xd9", at);
    std::string out("\xff\xd8", 2);
    if (orientation != 1) out += orientation_segment(orientation);
    return out + kept + std::string(in.substr(at, first_end + 2 - at));
  }
  return std::nullopt;
}

std::optional<std::string> clean_png(std::string_view in) {
  std::string out(in.substr(0, 8));
  for (std::size_t at = 8; at + 12 <= in.size();) {
    const std::size_t length = big32(in, at);
    if (length > in.size() - at - 12) return std::nullopt;
    const std::string_view type = in.substr(at + 4, 4);
    const bool critical = type[0] >= 'A' && type[0] <= 'Z';
    if (critical || type == "tRNS" || type == "gAMA" || type == "sRGB" || type == "cHRM") {
      out += in.substr(at, length + 12);
    }
    at += length + 12;
    if (type == "IEND") return out;
  }
  return std::nullopt;
}

std::optional<std::string> clean_webp(std::string_view in) {
  std::string out;
  for (std::size_t at = 12; at + 8 <= in.size();) {
    const std::size_t length = little32(in, at + 4);
    const std::size_t padded = length + length % 2;
    if (padded > in.size() - at - 8) return std::nullopt;
    const std::string_view type = in.substr(at, 4);
    std::string chunk(in.substr(at, padded + 8));
    if (type == "VP8X" && length >= 1) chunk[8] = static_cast<char>(chunk[8] & ~0x0c);
    if (type != "EXIF" && type != "XMP ") out += chunk;
    at += padded + 8;
  }
  if (out.empty()) return std::nullopt;
  std::string head("RIFF");
  const std::size_t size = out.size() + 4;
  for (int shift = 0; shift < 32; shift += 8) head += static_cast<char>(size >> shift & 0xff);
  return head + "WEBP" + out;
}

}  // namespace

Result<Photo, PhotoRefusal> clean_photo(std::string_view in) {
  if (in.size() > kPhotoBytesMost) return Refused{PhotoRefusal::too_large};
  std::optional<std::string> bytes;
  std::string extension;
  if (in.starts_with("\xff\xd8\xff")) {
    bytes = clean_jpeg(in);
    extension = "jpg";
  } else if (in.starts_with("\x89PNG\r\n\x1a\n")) {
    bytes = clean_png(in);
    extension = "png";
  } else if (in.size() > 12 && in.starts_with("RIFF") && in.substr(8, 4) == "WEBP") {
    bytes = clean_webp(in);
    extension = "webp";
  }
  if (!bytes) return Refused{PhotoRefusal::no_photo};
  return Photo{std::move(*bytes), std::move(extension)};
}

}  // namespace fondaco::storefront
