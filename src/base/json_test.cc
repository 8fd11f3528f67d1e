#include <fondaco/base/ids.h>
#include <fondaco/base/json.h>

#include <gtest/gtest.h>

namespace fondaco {
namespace {

enum class Colour { red, blue };
BOOST_DESCRIBE_ENUM(Colour, red, blue)

struct Line {
  std::string sku;
  std::int64_t quantity = 0;
};
BOOST_DESCRIBE_STRUCT(Line, (), (sku, quantity))

struct Basket {
  OrderId id;
  Colour colour = Colour::red;
  Money total;
  std::vector<Line> lines;
  std::optional<std::string> note;
};
BOOST_DESCRIBE_STRUCT(Basket, (), (id, colour, total, lines, note))

constexpr std::string_view kGood =
    R"({"id":"ord_0000000000012","colour":"blue","total":{"amount":5,"currency":"EUR"},)"
    R"("lines":[{"sku":"a\"\n","quantity":2}],"note":null})";

// What was read is written back as the same text.
TEST(Json, RoundTrip) {
  const auto basket = read_json<Basket>(kGood);
  ASSERT_TRUE(basket.ok()) << basket.refusal().pointer << " " << basket.refusal().message;
  EXPECT_EQ(basket->lines[0].quantity, 2);
  EXPECT_EQ(json_of(*basket), kGood);
}

struct Grown {
  std::int64_t first = 0;
  JsonText any;
  std::int64_t later = 0;
  static constexpr std::size_t kFirstMembers = 2;
};
BOOST_DESCRIBE_STRUCT(Grown, (), (first, any, later))

// What was stored before a struct grew can be read, and a member added later is written only when
// it says something; the members of the beginning must still be there.
TEST(Json, StructsMayGrow) {
  EXPECT_EQ(read_json<Grown>(R"({"first":3,"any":[]})")->later, 0);
  EXPECT_EQ(read_json<Grown>(R"({"first":3,"any":[],"later":4})")->later, 4);
  EXPECT_FALSE(read_json<Grown>(R"({"any":[],"later":4})").ok());
  EXPECT_FALSE(read_json<Grown>(R"({"first":3,"any":[],"other":4})").ok());
  EXPECT_EQ(json_of(Grown{3, {}, 0}), R"({"first":3,"any":null})");
  EXPECT_EQ(json_of(Grown{3, {}, 4}), R"({"first":3,"any":null,"later":4})");
}

// What an older or newer version has stored is read: a missing member keeps its value, in nested
// structs too, an unknown one is passed over; a wrong type is refused all the same.
TEST(Json, StoredTextOfOtherVersions) {
  const auto older = read_stored<Basket>(R"({"id":"ord_0000000000012","lines":[{"sku":"a"}]})");
  ASSERT_TRUE(older.ok()) << older.refusal().pointer << " " << older.refusal().message;
  EXPECT_EQ(older->colour, Colour::red);
  EXPECT_EQ(older->lines[0].quantity, 0);
  const auto newer = read_stored<Basket>(
      R"({"gift":true,"id":"ord_0000000000012","lines":[{"sku":"a","quantity":2,"weight":1}]})");
  ASSERT_TRUE(newer.ok()) << newer.refusal().pointer << " " << newer.refusal().message;
  EXPECT_EQ(newer->lines[0].quantity, 2);
  const auto wrong = read_stored<Basket>(R"({"lines":[{"sku":7}]})");
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.refusal().pointer, "/lines/0/sku");
}

// Each mistake is named with its place.
TEST(Json, ErrorsNameTheirPlace) {
  const auto pointer_of = [](std::string_view text) {
    const auto r = read_json<Basket>(text);
    return r.ok() ? std::string("accepted") : r.refusal().pointer + " " + r.refusal().message;
  };
  EXPECT_EQ(pointer_of(R"({"id":"ord_0000000000012"})"), "/colour is missing");
  std::string text(kGood);
  text.replace(text.find("\"quantity\":2"), 12, "\"quantity\":2.5");
  EXPECT_EQ(pointer_of(text), "/lines/0/quantity expected a whole number");
  text = kGood;
  text.replace(text.find("blue"), 4, "pink");
  EXPECT_EQ(pointer_of(text), "/colour is not one of: red, blue");
  text = kGood;
  text.insert(1, "\"extra\":1,");
  EXPECT_EQ(pointer_of(text), "/extra is not a known member");
  text = kGood;
  text.replace(text.find("EUR"), 3, "EUX");
  EXPECT_EQ(pointer_of(text), "/total/currency is not an ISO 4217 currency code");
  EXPECT_EQ(pointer_of("").substr(0, 18), " the body is empty");
}

// Deep nesting ends with an error, not with the stack.
TEST(Json, DepthIsLimited) {
  const std::string deep(100'000, '[');
  EXPECT_FALSE(read_json<JsonText>(deep).ok());
}

// Control characters and invalid doubles leave as valid JSON.
TEST(Json, WriterEscapes) {
  std::string out;
  JsonWriter w(out);
  w.begin_array().value("\x01\t\\").value(0.0 / 1.0).value(true).null().end_array();
  EXPECT_EQ(out, "[\"\\u0001\\t\\\\\",0,true,null]");
}

}  // namespace
}  // namespace fondaco
