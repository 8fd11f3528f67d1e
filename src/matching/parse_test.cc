#include <fondaco/base/random.h>
#include <fondaco/base/text.h>
#include <fondaco/matching.h>

#include <gtest/gtest.h>

namespace fondaco::matching {
namespace {

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> out;
  for (const auto& w : parse_query(text).words) out.push_back(w.text + (w.prefix ? "*" : ""));
  return out;
}
using Words = std::vector<std::string>;

// Case, accents, ligatures, full-width forms and other digits are no difference.
TEST(ParseQuery, Folds) {
  EXPECT_EQ(words("CAFÉ Straße øl "), (Words{"cafe", "strasse", "ol"}));
  EXPECT_EQ(words("ＡＢＣ１２ ﬁne Łódź "), (Words{"abc12", "fine", "lodz"}));
  EXPECT_EQ(words("men's o’neill e\xcc\x81t\xc2\xad"
                  "e "),
            (Words{"mens", "oneill", "ete"}));
  EXPECT_EQ(words("Велосипед ЁЛКА٣ "), (Words{"велосипед", "елка3"}));
}

// The last word is a beginning while nothing follows it, unless it is a single letter.
TEST(ParseQuery, PrefixOfLastWord) {
  EXPECT_EQ(words("brooks sad"), (Words{"brooks", "sad*"}));
  EXPECT_EQ(words("brooks sad "), (Words{"brooks", "sad"}));
  EXPECT_EQ(words("brooks s"), (Words{"brooks", "s"}));
  EXPECT_EQ(words("sad sad"), (Words{"sad*"}));
}

// A number and its unit are one word however they are written, in either language.
TEST(ParseQuery, Quantities) {
  for (const auto* text : {"500ml ", "500 ML ", "500毫升", "500 毫升", "500-ml ", "５００ｍｌ "}) {
    EXPECT_EQ(words(text), (Words{"500ml"})) << text;
  }
  EXPECT_EQ(words("1.5 litres of "), (Words{"1.5l", "of"}));
  EXPECT_EQ(words("400克冰糖"), (Words{"400g", "冰糖"}));
  EXPECT_EQ(words("3. b17 "), (Words{"3", "b17"}));
}

// Chinese is cut into pairs; a lone character stays; scripts part without a space.
TEST(ParseQuery, Chinese) {
  EXPECT_EQ(words("香蕉牛奶"), (Words{"香蕉", "蕉牛", "牛奶"}));
  EXPECT_EQ(words("蕉"), (Words{"蕉"}));
  EXPECT_EQ(words("QQ星牛奶"), (Words{"qq", "星牛", "牛奶"}));
  EXPECT_EQ(words("轻奢，纯棉"), (Words{"轻奢", "纯棉"}));
}

// Too long a text ends where a word or at least a character ends; too many words are left out.
TEST(ParseQuery, Limits) {
  const ParsedQuery cut = parse_query("saddle " + std::string(300, 'x'));
  EXPECT_TRUE(cut.truncated);
  ASSERT_EQ(cut.words.size(), 1U);
  EXPECT_EQ(cut.words[0].text, "saddle");
  EXPECT_TRUE(cut.codes.empty());
  std::string chinese;
  for (int i = 0; i < 100; ++i) append_utf8(chinese, static_cast<std::uint32_t>(0x4e00 + i));
  EXPECT_EQ(parse_query(chinese).words.size(), kQueryWordsMax);
  EXPECT_TRUE(parse_query("").words.empty());
  EXPECT_TRUE(parse_query(std::string(250, ' ') + "!?").words.empty());
}

// A SKU is compared without signs and case, a GTIN in its longest form.
TEST(ParseQuery, Codes) {
  EXPECT_EQ(parse_query("Ab-12/3").codes, (Words{"ab123"}));
  EXPECT_EQ(parse_query("036000291452").codes, (Words{"036000291452", "gtin 00036000291452"}));
}

// Any bytes give words that are short, valid, few, and different from each other.
TEST(ParseQuery, SurvivesAnyBytes) {
  SeededRandom random(11);
  const std::string alphabet = "a0.-' \xe4\xb8\xad\xc3\xa9\xff\xf0\x9f\x98\x80ml";
  for (int i = 0; i < 8'000; ++i) {
    std::string text = random.bytes(random.below(260));
    if (i % 2 == 0) {
      for (auto& c : text) c = alphabet[static_cast<unsigned char>(c) % alphabet.size()];
    }
    const ParsedQuery q = parse_query(text);
    ASSERT_LE(q.words.size(), kQueryWordsMax);
    for (std::size_t w = 0; w < q.words.size(); ++w) {
      ASSERT_FALSE(q.words[w].text.empty());
      ASSERT_LE(q.words[w].text.size(), 64U);
      ASSERT_TRUE(is_utf8(q.words[w].text));
      for (std::size_t v = 0; v < w; ++v) ASSERT_NE(q.words[v].text, q.words[w].text);
    }
  }
}

}  // namespace
}  // namespace fondaco::matching
