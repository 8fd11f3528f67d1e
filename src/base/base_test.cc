#include <fondaco/base/gtin.h>
#include <fondaco/base/ids.h>
#include <fondaco/base/random.h>
#include <fondaco/base/text.h>
#include <fondaco/base/time.h>

#include <gtest/gtest.h>

namespace fondaco {
namespace {

// Ids grow although the clock stands still or steps back, and carry their shard.
TEST(IdSource, NeverStepsBack) {
  TestClock clock(*parse_rfc3339("2026-11-22T10:00:00Z"));
  IdSource ids(clock, 3);
  std::int64_t last = 0;
  for (int i = 0; i < 5000; ++i) {
    if (i == 2500) clock.advance(seconds(-60));
    const std::int64_t id = ids.next_value(200);
    EXPECT_GT(id, last);
    EXPECT_EQ(shard_of(id), 200);
    last = id;
  }
  IdSource later(clock, 3);
  later.raise_to(last);
  EXPECT_GT(later.next_value(0), last);
}

// Text of an id is read back only by its own kind.
TEST(Id, TextRoundTrip) {
  const OrderId id{0x0123456789abcdef};
  const std::string text = to_text(id);
  EXPECT_EQ(text.substr(0, 4), "ord_");
  EXPECT_EQ(id_from_text<OrderId>(text), id);
  EXPECT_FALSE(id_from_text<CartId>(text));
  EXPECT_FALSE(id_from_text<OrderId>("ord_"));
  EXPECT_FALSE(id_from_text<OrderId>("ord_ZZZZZZZZZZZZZ"));
  EXPECT_FALSE(id_from_text<OrderId>(text + "0"));
}

// RFC 3339 with offsets and fractions; nonsense is refused.
TEST(Time, Rfc3339) {
  EXPECT_EQ(format_rfc3339({0}), "1970-01-01T00:00:00Z");
  const auto t = parse_rfc3339("2026-02-28T23:59:59.5+01:00");
  ASSERT_TRUE(t);
  EXPECT_EQ(format_rfc3339(*t), "2026-02-28T22:59:59.500000Z");
  for (const auto* bad : {"", "2026-02-30T00:00:00Z", "2026-01-01", "2026-01-01T25:00:00Z",
                          "2026-01-01T00:00:00", "2026-01-01T00:00:00.Z"}) {
    EXPECT_FALSE(parse_rfc3339(bad)) << bad;
  }
  EXPECT_EQ(format_date({-1}), "1969-12-31");
}

// Check digits of the four GTIN lengths.
TEST(Gtin, CheckDigits) {
  EXPECT_TRUE(is_gtin("4006381333931"));
  EXPECT_TRUE(is_gtin("96385074"));
  EXPECT_TRUE(is_gtin("036000291452"));
  EXPECT_FALSE(is_gtin("4006381333932"));
  EXPECT_FALSE(is_gtin("400638133393"));
  EXPECT_FALSE(is_gtin("40063813339x1"));
  EXPECT_EQ(with_check_digit("400638133393"), "4006381333931");
  EXPECT_EQ(gtin14("96385074"), "00000096385074");
}

// UTF-8 is judged strictly: overlong forms, surrogates and cut ends are not text.
TEST(Text, Utf8) {
  EXPECT_TRUE(is_utf8("自行车 a\xef\xbf\xbd"));
  EXPECT_FALSE(is_utf8("\xc0\xaf"));
  EXPECT_FALSE(is_utf8("\xed\xa0\x80"));
  EXPECT_FALSE(is_utf8("\xe8\x87"));
  EXPECT_FALSE(is_utf8("\xff"));
}

// Slugs keep letters of any script and nothing else.
TEST(Text, Slug) {
  EXPECT_EQ(slugify("  Blue Shirt, 40 cm! "), "blue-shirt-40-cm");
  EXPECT_EQ(slugify("轻奢纯棉，四件套"), "轻奢纯棉-四件套");
}

// Encodings go there and back; broken text is refused.
TEST(Text, Encodings) {
  const std::string bytes(
      "\x00\xff\x10"
      "ab",
      5);
  EXPECT_EQ(from_hex(to_hex(bytes)), bytes);
  EXPECT_EQ(from_base64url(to_base64url(bytes)), bytes);
  EXPECT_FALSE(from_hex("abc"));
  EXPECT_FALSE(from_base64url("a*"));
  EXPECT_EQ(to_base32("foobar"), "MZXW6YTBOI");
  EXPECT_EQ(escape_html("<a b='\"&'>"), "&lt;a b=&#39;&quot;&amp;&#39;&gt;");
}

// The same seed gives the same numbers, and bounds hold.
TEST(Random, SeedReplays) {
  SeededRandom a(42), b(42), c(43);
  EXPECT_EQ(a.bytes(33), b.bytes(33));
  EXPECT_NE(a.number(), c.number());
  for (int i = 0; i < 1000; ++i) EXPECT_LT(a.below(7), 7U);
}

}  // namespace
}  // namespace fondaco
