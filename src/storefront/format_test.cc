#include "format.h"
#include "strings.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace fondaco::storefront {
namespace {

Money money(std::int64_t minor, std::string_view code) { return {minor, Currency::of(code)}; }

std::multiset<std::string> placeholders(std::string_view text) {
  std::multiset<std::string> out;
  for (auto at = text.find('{'); at != text.npos; at = text.find('{', at + 1)) {
    out.emplace(text.substr(at, text.find('}', at) - at + 1));
  }
  return out;
}

// Every phrase exists in both languages with the same placeholders, once, in order of its key.
TEST(Strings, EveryKeySpeaksBothLanguages) {
  std::string_view last;
  for (const Phrase& p : phrases()) {
    EXPECT_LT(last, p.key);
    EXPECT_FALSE(p.en.empty()) << p.key;
    EXPECT_FALSE(p.zh.empty()) << p.key;
    EXPECT_EQ(placeholders(p.en), placeholders(p.zh)) << p.key;
    last = p.key;
  }
}

// Counting picks the singular where a language has one, and numbers stand where they belong.
TEST(Strings, FillsAndCounts) {
  EXPECT_EQ(say_count("en", "cart.lines", 1), "1 item");
  EXPECT_EQ(say_count("en", "cart.lines", 3), "3 items");
  EXPECT_EQ(say_count("zh", "cart.lines", 3), "3 件商品");
  EXPECT_EQ(say("en", "left_few", {{"n", "2"}}), "Only 2 left");
}

// Prices carry the sign that readers of the language expect, thousands are grouped, and currencies
// without minor units have no point.
TEST(Format, ShowsMoney) {
  EXPECT_EQ(show_money(money(123456, "EUR"), "en"), "€1,234.56");
  EXPECT_EQ(show_money(money(5, "EUR"), "en"), "€0.05");
  EXPECT_EQ(show_money(money(-123456789, "EUR"), "en"), "−€1,234,567.89");
  EXPECT_EQ(show_money(money(1890, "CNY"), "zh"), "¥18.90");
  EXPECT_EQ(show_money(money(1890, "CNY"), "en"), "CN¥18.90");
  EXPECT_EQ(show_money(money(1200, "JPY"), "en"), "¥1,200");
  EXPECT_EQ(show_money(money(1200, "USD"), "zh"), "US$12.00");
  EXPECT_EQ(show_money(money(1200, "CHF"), "en"), "CHF\u00a012.00");
}

// Days are written as each language writes them.
TEST(Format, ShowsTime) {
  const auto t = parse_rfc3339("2026-11-02T10:05:30Z");
  EXPECT_EQ(show_time(*t, "en"), "2 November 2026, 10:05 UTC");
  EXPECT_EQ(show_time(*t, "zh"), "2026年11月2日 10:05 UTC");
}

// A unit price is for the usual unit, or for the one that is named, rounded half up; what is no
// measure has none.
TEST(Format, ComputesUnitPrices) {
  const auto milk = unit_price(money(179, "EUR"), "750 ml");
  ASSERT_TRUE(milk);
  EXPECT_EQ(milk->price.minor, 239);
  EXPECT_EQ(milk->unit, "1 l");
  const auto named = unit_price(money(135, "EUR"), "140 g / 100 g");
  ASSERT_TRUE(named);
  EXPECT_EQ(named->price.minor, 96);
  EXPECT_EQ(unit_price(money(349, "EUR"), "0.25 kg")->price.minor, 1396);
  for (const char* no :
       {"", "one", "g", "12", "0 g", "1 l / 1 kg", "1.2345 l", "9999999999999 g"}) {
    EXPECT_FALSE(unit_price(money(100, "EUR"), no)) << no;
  }
}

// "x % less" never promises more than there is.
TEST(Format, RoundsSavingsDown) {
  EXPECT_EQ(percent_less(money(6667, "EUR"), money(10000, "EUR")), 33);
  EXPECT_EQ(percent_less(money(100, "EUR"), money(100, "EUR")), 0);
  EXPECT_EQ(percent_less(money(100, "EUR"), money(200, "USD")), 0);
}

// Nothing in a JSON text can end the script element that it stands in.
TEST(Format, JsonStaysInsideItsScript) {
  const std::string out = json_for_script(R"({"name":"</script><!--<script>&"})");
  EXPECT_EQ(out, "{\"name\":\"\\u003c/script\\u003e\\u003c!--\\u003cscript\\u003e\\u0026\"}");
}

// Texts are cut between characters, never inside of one.
TEST(Format, ShortensBetweenCharacters) {
  EXPECT_EQ(shorten("abc", 3), "abc");
  EXPECT_EQ(shorten("早晨碗", 4), "早…");
  EXPECT_EQ(percent_encode("a b/碗"), "a%20b%2F%E7%A2%97");
}

}  // namespace
}  // namespace fondaco::storefront
