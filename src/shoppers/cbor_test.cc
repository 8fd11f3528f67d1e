#include "cbor.h"

#include <fondaco/base/random.h>
#include <fondaco/base/text.h>

#include <gtest/gtest.h>

#include <string>

namespace fondaco::shoppers {
namespace {

std::optional<Cbor> read_hex(std::string_view hex) {
  static std::string bytes;  // What was read points into it.
  bytes = *from_hex(hex);
  std::string_view rest = bytes;
  auto item = read_cbor(rest);
  return rest.empty() ? item : std::nullopt;
}

// Examples of RFC 8949, appendix A.
TEST(Cbor, ReadsTheStandardsExamples) {
  EXPECT_EQ(read_hex("00")->integer, 0);
  EXPECT_EQ(read_hex("1864")->integer, 100);
  EXPECT_EQ(read_hex("1b000000e8d4a51000")->integer, 1000000000000);
  EXPECT_EQ(read_hex("20")->integer, -1);
  EXPECT_EQ(read_hex("3903e7")->integer, -1000);
  EXPECT_EQ(read_hex("4401020304")->bytes, std::string("\1\2\3\4"));
  EXPECT_EQ(read_hex("6449455446")->bytes, "IETF");
  EXPECT_EQ(read_hex("83010203")->items.size(), 3u);
  EXPECT_EQ(read_hex("a201020304")->find(3)->integer, 4);
  EXPECT_EQ(read_hex("a16161f5")->find("a")->flag, true);
  EXPECT_EQ(read_hex("f6")->kind, Cbor::Kind::null);
  EXPECT_EQ(read_hex("a0")->find(1), nullptr);
}

// What authenticators never send, and what is cut off or lies about its length, is refused.
TEST(Cbor, RefusesTheRest) {
  for (const char* hex : {"", "18", "1b00", "5f", "9f01ff", "f90000", "c000", "4401", "83", "a101",
                          "1bffffffffffffffff", "9bffffffffffffffff", "bb7fffffffffffffff",
                          "5b00000000ffffffff", "1c", "ff"}) {
    EXPECT_FALSE(read_hex(hex)) << hex;
  }
  EXPECT_TRUE(
      read_hex("8181818181818181"
               "00"));
  EXPECT_FALSE(
      read_hex("818181818181818181"
               "00"))
      << "nine deep";
}

void write_head(std::string& out, unsigned major, std::uint64_t n) {
  if (n < 24) {
    out += static_cast<char>(major << 5 | n);
    return;
  }
  out += static_cast<char>(major << 5 | 27);
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(n >> shift & 0xff);
}

/// Any item, at most four deep.
void write_any(std::string& out, Random& random, int depth) {
  const auto kind = random.below(depth < 4 ? 7 : 5);
  const auto n = random.below(40);
  switch (kind) {
    case 0:
    case 1:
      write_head(out, static_cast<unsigned>(kind), random.number() >> 1);
      return;
    case 2:
    case 3:
      write_head(out, static_cast<unsigned>(kind), n);
      out += random.bytes(n);
      return;
    case 4:
      out += static_cast<char>(0xf4 + random.below(3));
      return;
    default: {
      const auto count = random.below(5);
      write_head(out, kind == 5 ? 4 : 5, count);
      for (std::uint64_t i = 0; i < (kind == 5 ? count : count * 2); ++i) {
        write_any(out, random, depth + 1);
      }
    }
  }
}

std::string written(const Cbor& item) {
  std::string out;
  switch (item.kind) {
    case Cbor::Kind::integer:
      write_head(out, item.integer < 0 ? 1 : 0,
                 static_cast<std::uint64_t>(item.integer < 0 ? -1 - item.integer : item.integer));
      break;
    case Cbor::Kind::bytes:
    case Cbor::Kind::text:
      write_head(out, item.kind == Cbor::Kind::bytes ? 2 : 3, item.bytes.size());
      out += item.bytes;
      break;
    case Cbor::Kind::boolean:
      out = item.flag ? "\xf5" : "\xf4";
      break;
    case Cbor::Kind::null:
      out = "\xf6";
      break;
    case Cbor::Kind::array:
    case Cbor::Kind::map:
      write_head(out, item.kind == Cbor::Kind::array ? 4 : 5,
                 item.items.size() / (item.kind == Cbor::Kind::array ? 1 : 2));
      for (const auto& part : item.items) out += written(part);
      break;
  }
  return out;
}

// Whatever is written reads back as the same bytes, and no beginning of it reads as a whole.
TEST(Cbor, ReadsWhatWasWritten) {
  SeededRandom random(7);
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    write_any(text, random, 0);
    std::string_view rest = text;
    const auto item = read_cbor(rest);
    ASSERT_TRUE(item);
    EXPECT_TRUE(rest.empty());
    ASSERT_EQ(written(*item), text);
    std::string_view cut = std::string_view(text).substr(0, random.below(text.size()));
    EXPECT_FALSE(read_cbor(cut));
  }
}

// Noise never reads past its end (the sanitizers watch) and never leaves more than it had.
TEST(Cbor, SurvivesNoise) {
  SeededRandom random(8);
  for (int round = 0; round < 20000; ++round) {
    const std::string noise = random.bytes(random.below(80));
    std::string_view rest = noise;
    (void)read_cbor(rest);
    EXPECT_LE(rest.size(), noise.size());
  }
}

}  // namespace
}  // namespace fondaco::shoppers
