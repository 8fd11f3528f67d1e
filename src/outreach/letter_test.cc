#include "words.h"

#include <fondaco/outreach/letter.h>

#include <gtest/gtest.h>
#include <boost/describe.hpp>
#include <boost/mp11.hpp>

namespace fondaco::outreach {
namespace {

Letter letter_of(std::string locale) {
  Letter out{
      .key = KeyId{1}, .to = "ada@example.org", .locale = std::move(locale), .shop = "Market"};
  out.values = {{"order", "ord_1"},    {"merchant", "Bikes & Co"}, {"amount", "€12.00"},
                {"code", "12345678"},  {"minutes", "15"},          {"carrier", "DHL"},
                {"tracking", "00340"}, {"role", "Order desk"},     {"place", "Shop 1"}};
  out.parcels = {{"Bikes & Co",
                  "ord_1",
                  {{"Blue bike 自行车", "2", "€10.00"}},
                  {{label_of("total", out.locale), "€12.00"}}}};
  out.link = "https://shop.example/o/grp_1";
  return out;
}

template <class F>
void each_kind(F&& f) {
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<MailKind>>(
      [&](auto d) { f(d.value, std::string(d.name)); });
}

// Every kind has its words in both languages, and no placeholder is left over in any part.
TEST(Letter, SpeaksBothLanguages) {
  each_kind([](MailKind kind, const std::string& name) {
    std::string subjects;
    for (const std::string locale : {"en", "zh"}) {
      const auto text = render(kind, letter_of(locale));
      EXPECT_FALSE(text.subject.empty()) << name;
      EXPECT_NE(text.subject, subjects) << name;
      subjects = text.subject;
      for (const auto& part : {text.subject, text.text, text.html}) {
        EXPECT_EQ(part.find_first_of("{}"), part.npos) << name << ": " << part;
      }
      EXPECT_NE(text.text.find("Blue bike 自行车"), std::string::npos) << name;
      EXPECT_NE(text.html.find("Bikes &amp; Co"), std::string::npos) << name;
      EXPECT_NE(text.text.find("Bikes & Co"), std::string::npos) << name;
    }
  });
}

// A text of somebody else stays text: no tag, no template, no line and no word of ours.
TEST(Letter, IsInertAgainstInjection) {
  auto letter = letter_of("en");
  const std::string evil = "{{shop}} {{{html}}} {order} <script>alert(1)</script>\r\nBcc: x@y\n-- ";
  letter.values["merchant"] = evil;
  letter.values["carrier"] = evil;
  letter.parcels[0].rows[0].title = evil;
  const auto text = render(MailKind::order_shipped, letter);
  EXPECT_EQ(text.html.find("<script>"), std::string::npos);
  EXPECT_NE(text.html.find("&lt;script&gt;"), std::string::npos);
  EXPECT_NE(text.html.find("{{shop}}"), std::string::npos) << "shown as it was typed";
  EXPECT_NE(text.text.find("{order}"), std::string::npos) << "values are not looked at again";
  EXPECT_EQ(text.text.find("\nBcc:"), std::string::npos);
  letter.values["order"] = "1\r\nBcc: x@y";
  EXPECT_EQ(render(MailKind::order_shipped, letter).subject.find_first_of("\r\n"),
            std::string::npos);
}

// A guest's mail carries the code of the order; the link has no secret in it.
TEST(Letter, GivesGuestsTheirCode) {
  auto letter = letter_of("zh");
  letter.values["guest_code"] = "123456789012";
  const auto text = render(MailKind::order_placed, letter);
  EXPECT_NE(text.text.find("123456789012"), std::string::npos);
  EXPECT_EQ(letter.link.find("123456789012"), std::string::npos);
  letter.link.clear();
  EXPECT_EQ(render(MailKind::order_placed, letter).html.find("href"), std::string::npos);
}

// Before and after payment the same mail says what is the case.
TEST(Letter, SaysWhetherItIsPaid) {
  auto letter = letter_of("en");
  const auto waits = render(MailKind::order_placed, letter);
  letter.paid = true;
  const auto paid = render(MailKind::order_placed, letter);
  EXPECT_NE(waits.text.find("wait for the payment"), std::string::npos);
  EXPECT_NE(paid.text.find("and your payment"), std::string::npos);
}

}  // namespace
}  // namespace fondaco::outreach
