#include "mime.h"

#include <gtest/gtest.h>

namespace fondaco::outreach {
namespace {

// Long and Chinese subjects become words of at most 75 characters, none of them split in a letter.
TEST(Mime, EncodesHeaders) {
  EXPECT_EQ(encoded_words("Your order ord_1"), "Your order ord_1");
  EXPECT_EQ(encoded_words("订单"), "=?UTF-8?B?6K6i5Y2V?=");
  const std::string lines =
      encoded_words(std::string(20, 'x') + "订单订单订单订单订单订单订单订单订单");
  std::size_t start = 0;
  while (start < lines.size()) {
    const auto end = std::min(lines.find("\r\n ", start), lines.size());
    EXPECT_LE(end - start, 75u);
    EXPECT_EQ(lines.compare(start, 10, "=?UTF-8?B?"), 0);
    start = end + 3;
  }
  EXPECT_NE(encoded_words("=?UTF-8?B?eA==?="), "=?UTF-8?B?eA==?=") << "not taken for ours";
  EXPECT_EQ(encoded_words("a\r\nBcc: x").find("\nBcc"), std::string::npos);
}

// Days and months as RFC 5322 wants them.
TEST(Mime, WritesDates) {
  EXPECT_EQ(mail_date(*parse_rfc3339("2026-11-26T10:15:00Z")), "Thu, 26 Nov 2026 10:15:00 +0000");
  EXPECT_EQ(mail_date(*parse_rfc3339("2024-02-29T23:59:59.5Z")), "Thu, 29 Feb 2024 23:59:59 +0000");
  EXPECT_EQ(mail_date(Instant{0}), "Thu, 01 Jan 1970 00:00:00 +0000");
}

// Addresses that could end a header or need an extension are not plain.
TEST(Mime, KnowsPlainAddresses) {
  EXPECT_TRUE(is_plain_address("ada.lovelace+shop@example.org"));
  for (const char* bad : {"", "ada", "@x", "ada@", "a@b@c", "a b@c", "<a@b>", "a@b\r\nTo: x",
                          "a@b,c@d", "ädä@example.org", "\"a\"@b"}) {
    EXPECT_FALSE(is_plain_address(bad)) << bad;
  }
}

// A sender is an address, with or without a name.
TEST(Mime, ReadsSenders) {
  EXPECT_EQ(parse_sender("shop@example.org")->address, "shop@example.org");
  const auto named = parse_sender(" 商店 <shop@example.org> ");
  ASSERT_TRUE(named);
  EXPECT_EQ(named->name, "商店");
  for (const char* bad : {"", "Shop", "Shop <shop>", "Shop <a@b", "Shop\r\nTo: x <a@b>"}) {
    EXPECT_FALSE(parse_sender(bad)) << bad;
  }
}

// The whole message: headers that a transactional mail has, both parts, lines that end in CR LF.
TEST(Mime, IsAMessage) {
  const MailText text{"ada@example.org", "zh", "订单", "Hello\nworld\n", "<p>Hello</p>"};
  const auto out = mime_message(MailId{42}, text, {"Shop \"A\"", "shop@shop.example"}, Instant{0});
  EXPECT_NE(out.find("From: \"Shop \\\"A\\\"\" <shop@shop.example>\r\n"), out.npos) << out;
  EXPECT_NE(out.find("Message-ID: <" + to_text(MailId{42}) + "@shop.example>\r\n"), out.npos);
  EXPECT_NE(out.find("SGVsbG8NCndvcmxkDQo="), out.npos) << "CR LF inside too";
  EXPECT_EQ(out.find("List-Unsubscribe"), out.npos);
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (out[i] == '\n') {
      ASSERT_EQ(out[i - 1], '\r');
    }
  }
}

// Only smtp and smtps URLs with a host, without user and path.
TEST(Smtp, RefusesOtherUrls) {
  EXPECT_TRUE(make_smtp(
      {.url = "smtp://mail.example:587", .user = "", .password = "", .certificates = ""}));
  for (const char* bad : {"", "mail.example", "http://mail.example", "smtp://u:p@mail.example",
                          "smtp://mail.example/x", "smtps://"}) {
    EXPECT_FALSE(make_smtp({.url = bad, .user = "", .password = "", .certificates = ""})) << bad;
  }
}

}  // namespace
}  // namespace fondaco::outreach
