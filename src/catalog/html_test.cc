#include <fondaco/base/random.h>
#include <fondaco/catalog/html.h>

#include <gtest/gtest.h>

namespace fondaco::catalog {
namespace {

struct Case {
  std::string_view in;
  std::string_view out;
};

// Each trick of the trade comes out as harmless text or not at all.
TEST(Html, KeepsOnlyWhatIsSafe) {
  const Case cases[] = {
      {"<p class=\"x\" onclick=\"evil()\">Hi</p>", "<p>Hi</p>"},
      {"a<script>alert(1)</script>b", "ab"},
      {"a<SCRIPT\n src=x>alert('</p>')</scripty></SCRIPT >b", "ab"},
      {"a<style>p{}</style><svg><a href=\"javascript:x\">y</a></svg>b", "ab"},
      {"<scr<script>ipt>alert(1)</script>", "ipt&gt;alert(1)"},
      {"<a href=\"javascript:alert(1)\">x</a>", "x"},
      {"<a href=\"java&#115;cript:alert(1)\">x</a>", "x"},
      {"<a href=\" java\tscript:alert(1)\">x</a>", "x"},
      {"<a href='https://a.example/?a=1&b=\"2\"'>x</a>",
       "<a href=\"https://a.example/?a=1&amp;b=&quot;2&quot;\" rel=\"nofollow\">x</a>"},
      {"<a href=mailto:a@b.example>x</a>", "<a href=\"mailto:a@b.example\" rel=\"nofollow\">x</a>"},
      {"<img src=x onerror=alert(1)>text", "text"},
      {"1 < 2 & 3 > 2", "1 &lt; 2 &amp; 3 &gt; 2"},
      {"&amp; &eacute; &#233; &bogus", "&amp; &eacute; &#233; &amp;bogus"},
      {"<h1>Big</h1><h6>small</h6>", "<h2>Big</h2><h4>small</h4>"},
      {"<ul><li>one<li>two</ul>after", "<ul><li>one<li>two</li></li></ul>after"},
      {"<b>open <i>both", "<b>open <i>both</i></b>"},
      {"</p>stray</b>", "stray"},
      {"<!-- <p> --><p>x<?php y ?></p><![CDATA[z]]>", "<p>x</p>"},
      {"<div>one</div><div>two</div>", "one\ntwo"},
      {"<table><tr><td colspan=2>x</td></tr></table>", "<table><tr><td>x</td></tr></table>"},
      {"<p", "<p></p>"},
      {"x<script>never closed <p>y</p>", "x"},
  };
  for (const auto& c : cases) EXPECT_EQ(clean_html(c.in), c.out) << c.in;
}

// Whatever goes in: cleaning twice is cleaning once, and no tag but ours comes out.
TEST(Html, CleaningIsIdempotent) {
  SeededRandom random(5);
  const std::string_view parts[] = {"<",
                                    ">",
                                    "p",
                                    "/",
                                    "\"",
                                    "'",
                                    "a href=",
                                    " ",
                                    "=",
                                    "&",
                                    "amp;",
                                    "script",
                                    "<b>",
                                    "</b>",
                                    "<!--",
                                    "-->",
                                    "https://x",
                                    "\n",
                                    "<a href=\"http://x\">",
                                    "div"};
  for (int round = 0; round < 5000; ++round) {
    std::string html;
    for (auto n = random.below(30); n > 0; --n) html += parts[random.below(20)];
    const auto once = clean_html(html);
    ASSERT_EQ(clean_html(once), once) << html;
    ASSERT_EQ(once.find("<script"), std::string::npos);
  }
}

// Depth is bounded.
TEST(Html, DepthIsBounded) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<b>";
  EXPECT_EQ(clean_html(deep + "x").size(), 64 * 7 + 1U);
}

// What search and meta descriptions need: words with single blanks.
TEST(Html, TextHasNoMarkup) {
  EXPECT_EQ(text_of_html("<p>Caf&eacute; &amp;\n\n bar</p><ul><li>one</li><li>two</li></ul>"),
            "Caf&eacute; & bar one two");
}

}  // namespace
}  // namespace fondaco::catalog
