#include <fondaco/catalog/images.h>

#include "testing.h"

namespace fondaco::catalog {
namespace {

class Images : public CatalogTest {
 protected:
  std::vector<std::string> wanted() {
    std::vector<std::string> out;
    auto read = store->main().read();
    for (ImageWalk walk; !walk.ended;) {
      for (auto& address : images_to_fetch(read, owner, walk, 2)) out.push_back(address);
    }
    return out;
  }
  storage::Blobs blobs{*store};
};
INSTANTIATE_TEST_SUITE_P(Engines, Images, testing::ValuesIn(storage::test_engines()),
                         [](const auto& p) { return storage::engine_name(p.param); });

constexpr std::string_view kPng = "\x89PNG\r\n\x1a\n and what follows";

// What was fetched or given up is not asked for again; what was fetched is found by its address,
// and its blob stays because the row refers to it.
TEST_P(Images, AreAskedForUntilSomethingIsKnown) {
  import_text(
      "handle,title,image\na,A,https://x.example/1.png https://x.example/2.png\n"
      "b,B,/media/own.png\nc,C,https://x.example/3.png\n");
  EXPECT_EQ(wanted(),
            (std::vector<std::string>{"https://x.example/1.png", "https://x.example/2.png",
                                      "https://x.example/3.png"}));
  const auto blob = blobs.put(kPng);
  ASSERT_TRUE(blob.ok());
  store->main().write([&](storage::Tx& tx) {
    record_fetched_image(tx, blobs, owner, "https://x.example/1.png", *blob);
    record_refused_image(tx, owner, "https://x.example/2.png", "answered 404");
  });
  EXPECT_EQ(wanted(), std::vector<std::string>{"https://x.example/3.png"});
  auto read = store->main().read();
  const auto found = fetched_image(read, owner, "https://x.example/1.png");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->media_type, "image/png");
  EXPECT_TRUE(blobs.find(read, found->sha256));
  EXPECT_FALSE(fetched_image(read, owner, "https://x.example/2.png"));
}

// A picture that has changed replaces the old one, whose blob is given up.
TEST_P(Images, ChangedPictureReplacesTheOldOne) {
  const auto first = blobs.put(kPng);
  const auto second = blobs.put(std::string(kPng) + " more");
  const auto record = [&](const storage::BlobInfo& blob) {
    store->main().write([&](storage::Tx& tx) {
      record_fetched_image(tx, blobs, owner, "https://x.example/1.png", blob);
    });
  };
  record(*first);
  record(*second);
  record(*second);
  auto read = store->main().read();
  EXPECT_EQ(fetched_image(read, owner, "https://x.example/1.png")->sha256, second->sha256);
  EXPECT_FALSE(blobs.find(read, first->sha256));
  EXPECT_TRUE(blobs.find(read, second->sha256));
}

}  // namespace
}  // namespace fondaco::catalog
