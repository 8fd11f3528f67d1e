#include "photo.h"

#include <gtest/gtest.h>

namespace fondaco::storefront {
namespace {

using namespace std::string_literals;

std::string segment(char marker, const std::string& content) {
  std::string out = "\xff"s + marker;
  const std::size_t length = content.size() + 2;
  out += static_cast<char>(length >> 8);
  out += static_cast<char>(length & 0xff);
  return out + content;
}

/// A picture as a phone sends it: where it was taken, how it is turned, and a comment.
std::string phone_jpeg() {
  const std::string exif =
      "Exif\0\0II\x2a\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0GPS 52.5"s;
  return "\xff\xd8"s + segment('\xe0', "JFIF\0\1\1\0\0\1\0\1\0\0"s) + segment('\xe1', exif) +
         segment('\xfe', "Anna's phone") + segment('\xdb', "tables") + segment('\xda', "scan") +
         "pixels\xff\xd9"s + "a video"s;
}

// The place, the comment and what hangs on behind are gone; tables, pixels and the turn are there.
TEST(Photo, LosesWhatItTells) {
  const auto clean = clean_photo(phone_jpeg());
  ASSERT_TRUE(clean.ok());
  EXPECT_EQ(clean->extension, "jpg");
  for (const char* told : {"GPS", "Anna", "video"}) {
    EXPECT_EQ(clean->bytes.find(told), std::string::npos) << told;
  }
  EXPECT_NE(clean->bytes.find("tables"), std::string::npos);
  EXPECT_TRUE(clean->bytes.ends_with("pixels\xff\xd9"));
  EXPECT_NE(clean->bytes.find("Exif\0\0MM"s), std::string::npos);
  // Cleaned again it is the same: the turn is read back.
  EXPECT_EQ(clean_photo(clean->bytes)->bytes, clean->bytes);
}

// A PNG keeps its picture and loses its texts; a WebP its EXIF.
TEST(Photo, OtherFormatsToo) {
  const auto chunk = [](const std::string& type, const std::string& content) {
    std::string out(3, '\0');
    out += static_cast<char>(content.size());
    return out + type + content + "crc!";
  };
  const std::string png = "\x89PNG\r\n\x1a\n" + chunk("IHDR", "size") + chunk("eXIf", "GPS") +
                          chunk("tEXt", "Anna") + chunk("IDAT", "pixels") + chunk("IEND", "");
  const auto clean = clean_photo(png);
  ASSERT_TRUE(clean.ok());
  EXPECT_EQ(clean->bytes.find("GPS"), std::string::npos);
  EXPECT_EQ(clean->bytes.find("Anna"), std::string::npos);
  EXPECT_NE(clean->bytes.find("pixels"), std::string::npos);
  const std::string webp = "RIFF\x22\0\0\0WEBP"s + "VP8 \x06\0\0\0pixels"s + "EXIF\x04\0\0\0GPS!"s;
  const auto other = clean_photo(webp);
  ASSERT_TRUE(other.ok());
  EXPECT_EQ(other->bytes, "RIFF\x12\0\0\0WEBPVP8 \x06\0\0\0pixels"s);
}

// What is no photo is refused, whatever it begins with, and so is one that is cut off.
TEST(Photo, RefusesWhatIsNone) {
  EXPECT_EQ(clean_photo("<svg onload='x'/>").refusal(), PhotoRefusal::no_photo);
  EXPECT_EQ(clean_photo("").refusal(), PhotoRefusal::no_photo);
  EXPECT_EQ(clean_photo("\xff\xd8\xff\xe1\xff\xff").refusal(), PhotoRefusal::no_photo);
  EXPECT_EQ(clean_photo("\x89PNG\r\n\x1a\n").refusal(), PhotoRefusal::no_photo);
  const std::string whole = phone_jpeg();
  for (std::size_t cut = 0; cut + 9 < whole.size(); ++cut) {
    static_cast<void>(clean_photo(whole.substr(0, cut)));
  }
  EXPECT_EQ(clean_photo(std::string(kPhotoBytesMost + 1, 'a')).refusal(), PhotoRefusal::too_large);
}

}  // namespace
}  // namespace fondaco::storefront
