#include "template.h"
#include "api_cache.h"

#include <gtest/gtest.h>

namespace fondaco::storefront {
namespace {

// Every template compiles in both languages, and each phrase and part that it names exists.
TEST(Templates, AllCompile) {
  const Templates all;
  EXPECT_GE(all.names().size(), 10U);
  for (const auto& name : all.names()) {
    EXPECT_NE(all.render(name, "en", View()), all.render(name, "zh", View())) << name;
  }
}

// A hostile title is text wherever it stands: in an element, and in an attribute.
TEST(Templates, EscapeHostileText) {
  View view;
  view.set("title", "\"><script>alert('x')</script>&amp;");
  EXPECT_EQ(Templates::render_text("<a title=\"{{title}}\">{{title}}</a>", view),
            "<a title=\"&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;amp;\">"
            "&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;amp;</a>");
}

// An empty text is "no", a list repeats, and items see what is around them.
TEST(Templates, SectionsFollowTheView) {
  View view;
  view.maybe("empty", "").set("site", "shop");
  view.set("items", std::vector<View>{View().set("n", "1"), View().set("n", "2")});
  EXPECT_EQ(
      Templates::render_text(
          "{{#empty}}no{{/empty}}{{#items}}{{n}}{{site}} {{/items}}{{^empty}}!{{/empty}}", view),
      "1shop 2shop !");
}

PageCache::Page text(const std::string& body) { return std::make_shared<const std::string>(body); }

// A page is kept until something that it shows changes, and not a moment longer.
TEST(PageCache, ForgetsWhatChanged) {
  PageCache cache;
  const Instant now{1'000'000};
  cache.put({"/p/1", "en"}, text("one"), {1, 11, 2, 22}, cache.generation(), now);
  cache.put({"/p/1", "zh"}, text("yi"), {1, 11}, cache.generation(), now);
  cache.put({"/p/3", "en"}, text("three"), {3}, cache.generation(), now);
  cache.forget(VariantId{22});
  EXPECT_EQ(cache.find({"/p/1", "en"}, now), nullptr);
  ASSERT_NE(cache.find({"/p/1", "zh"}, now), nullptr);
  cache.forget(ProductId{1});
  EXPECT_EQ(cache.find({"/p/1", "zh"}, now), nullptr);
  EXPECT_NE(cache.find({"/p/3", "en"}, now), nullptr);
  EXPECT_EQ(cache.find({"/p/3", "en"}, now + PageCache::kAge), nullptr);
  EXPECT_EQ(cache.find({"/p/3", "en"}, now - PageCache::kAge), nullptr);
}

// A page rendered from what was read before a change is never kept after it.
TEST(PageCache, KeepsNoPageOlderThanAChange) {
  PageCache cache;
  const auto before = cache.generation();
  cache.forget(ProductId{1});
  cache.put({"/p/1", "en"}, text("old"), {1}, before, {});
  EXPECT_EQ(cache.stats().pages, 0U);
}

// Memory is bounded: the page unused for longest makes room.
TEST(PageCache, IsBounded) {
  PageCache cache(1000);
  const Instant now{1'000'000};
  for (int i = 0; i < 10; ++i) {
    cache.put({std::to_string(i), "en"}, text(std::string(200, 'x')), {i}, cache.generation(), now);
    EXPECT_NE(cache.find({"0", "en"}, now), nullptr) << i;
  }
  EXPECT_LE(cache.stats().bytes, 1000U);
  EXPECT_EQ(cache.stats().pages, 5U);
  EXPECT_EQ(cache.find({"1", "en"}, now), nullptr);
  cache.put({"big", "en"}, text(std::string(300, 'x')), {99}, cache.generation(), now);
  EXPECT_EQ(cache.find({"big", "en"}, now), nullptr);
}

}  // namespace
}  // namespace fondaco::storefront
