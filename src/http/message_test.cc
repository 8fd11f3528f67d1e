#include <fondaco/http/server.h>

#include <gtest/gtest.h>

namespace fondaco::http {
namespace {

// What a path may not be is refused before any route sees it.
TEST(Target, RefusesWhatHandlersMustNotSee) {
  for (const auto* bad : {"", "a", "/%00", "/a%2fb", "/%", "/%4", "/%zz", "/../etc", "/a/..",
                          "/a/./b", "/%2e%2e/a", "/%ff", "/?q=%00", "/?q=%c0%af", "*"}) {
    Request r;
    EXPECT_FALSE(parse_target(bad, r)) << bad;
  }
}

// Path and query are decoded, '+' is a space in the query only, absolute forms lose their host.
TEST(Target, Decodes) {
  Request r;
  ASSERT_TRUE(parse_target("/a%20b/%E8%87%AA+1?q=x+y&q=%26&empty&z=", r));
  EXPECT_EQ(r.path, "/a b/自+1");
  EXPECT_EQ(r.query_value("q"), "x y");
  EXPECT_EQ(r.query.size(), 4U);
  EXPECT_EQ(r.query[1].second, "&");
  EXPECT_EQ(r.query_value("empty"), "");
  EXPECT_FALSE(r.query_value("nothing"));
  ASSERT_TRUE(parse_target("http://shop.example/a?b=1", r));
  EXPECT_EQ(r.path, "/a");
  ASSERT_TRUE(parse_target("/a/...", r));
}

// The number of pairs is bounded.
TEST(Target, BoundsTheQuery) {
  std::string many = "/?a=1";
  for (int i = 0; i < 300; ++i) many += "&a=1";
  Request r;
  EXPECT_FALSE(parse_target(many, r));
}

// Cookies and form fields are found by their exact name.
TEST(Message, CookiesAndForms) {
  Request r;
  r.headers = {{"Cookie", "xsession=1; session=a=b ; lang=zh"},
               {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}};
  r.body = "csrf=to+ken&b=%E8%87%AA";
  EXPECT_EQ(r.cookie("session"), "a=b");
  EXPECT_FALSE(r.cookie("sess"));
  EXPECT_EQ(r.form_value("csrf"), "to ken");
  EXPECT_EQ(r.form_value("b"), "自");
  r.headers[1].value = "application/json";
  EXPECT_FALSE(r.form_value("csrf"));
}

// RFC 9457 with our code and further members; quotes in a detail do not break it.
TEST(Message, Problem) {
  const auto r = problem(409, "sold_out", "say \"no\"", "\"wanted\":2");
  EXPECT_EQ(r.status, 409);
  EXPECT_EQ(r.content_type, "application/problem+json");
  EXPECT_EQ(r.body, R"({"type":"about:blank","title":"Conflict","status":409,)"
                    R"("code":"sold_out","detail":"say \"no\"","wanted":2})");
  EXPECT_EQ(invalid("/lines/0", "is missing").status, 422);
}

// The prefix and Secure go only where a loopback listener has no TLS.
TEST(Cookies, PrefixAndSecure) {
  Request r;
  EXPECT_EQ(session_cookie("session", "abc", hours(1), r),
            "__Host-session=abc; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax; Secure");
  r.loopback_listener = true;
  EXPECT_EQ(session_cookie("session", "abc", hours(1), r),
            "session=abc; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax");
  r.headers = {{"cookie", "session=abc; __Host-session=def"}};
  EXPECT_EQ(session_cookie_of("session", r), "abc");
  r.secure = true;
  EXPECT_EQ(session_cookie_of("session", r), "def");
  EXPECT_NE(session_cookie("session", "", {}, r).find("; Secure"), std::string::npos);
}

// Keys come bare or as an RFC 8941 string; what is neither is malformed.
TEST(IdempotencyKey, Forms) {
  const auto key = [](std::string value) {
    Request r;
    r.headers = {{"Idempotency-Key", std::move(value)}};
    return idempotency_key(r);
  };
  EXPECT_EQ(key("abc-1"), "abc-1");
  EXPECT_EQ(key("\"abc-1\""), "abc-1");
  EXPECT_EQ(key(std::string(255, 'x')), std::string(255, 'x'));
  EXPECT_FALSE(key(std::string(256, 'x')));
  EXPECT_FALSE(key("\"\""));
  EXPECT_FALSE(key("a\"b"));
  EXPECT_FALSE(key("a\x01"));
  EXPECT_EQ(idempotency_key(Request{}), "");
}

}  // namespace
}  // namespace fondaco::http
