#include <fondaco/storage/blobs.h>
#include <fondaco/storage/testing.h>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace fondaco::storage {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;

class BlobsTest : public testing::TestWithParam<Engine> {
 protected:
  BlobsTest() : store(GetParam(), migrations()), blobs(*store, 1000) {}
  void age(const BlobInfo& blob, int hours_ago) {
    fs::last_write_time(blobs.path_of(blob.sha256),
                        fs::file_time_type::clock::now() - std::chrono::hours(hours_ago));
  }
  TestStore store;
  Blobs blobs;
};
INSTANTIATE_TEST_SUITE_P(Engines, BlobsTest, testing::ValuesIn(test_engines()),
                         [](const auto& p) { return engine_name(p.param); });

// The type is what the bytes say; markup that may hold scripts and the unknown are refused.
TEST(Sniff, KnowsTheTypesByTheirBytes) {
  EXPECT_EQ(*sniff("\x89PNG\r\n\x1a\nrest"), BlobType::png);
  EXPECT_EQ(*sniff("\xff\xd8\xff\xe0JFIF"), BlobType::jpeg);
  EXPECT_EQ(*sniff("RIFF\x10\x20\x30\x40WEBPVP8 "), BlobType::webp);
  EXPECT_EQ(*sniff("GIF89a...."), BlobType::gif);
  EXPECT_EQ(*sniff("%PDF-1.7"), BlobType::pdf);
  EXPECT_EQ(*sniff("glTF\x02\0\0\0...."s), BlobType::glb);
  EXPECT_EQ(*sniff("a,b\n1,2\n"), BlobType::csv);
  EXPECT_EQ(*sniff("hello"), BlobType::text);
  EXPECT_EQ(sniff("").refusal(), BlobRefusal::empty);
  EXPECT_EQ(sniff("<?xml version='1.0'?><SVG xmlns=''>").refusal(), BlobRefusal::svg);
  EXPECT_EQ(sniff("  <html><script>").refusal(), BlobRefusal::unknown_type);
  EXPECT_EQ(sniff("MZ\x90\0\x03"s).refusal(), BlobRefusal::unknown_type);
}

// Bytes come back under their SHA-256; the same bytes are stored once; more than the limit never.
TEST_P(BlobsTest, PutsOnceAndGetsBack) {
  const auto first = blobs.put("hello");
  const auto second = blobs.put("hello");
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first->sha256, "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
  EXPECT_EQ(second->sha256, first->sha256);
  EXPECT_EQ(blobs.get(first->sha256), "hello");
  EXPECT_EQ(blobs.get(std::string(64, '0')), std::nullopt);
  EXPECT_EQ(blobs.get("../../etc/passwd"), std::nullopt);
  EXPECT_EQ(blobs.put(std::string(1001, 'x')).refusal(), BlobRefusal::too_large);
}

// A file whose bytes were changed on the disk is not handed out.
TEST_P(BlobsTest, DamageIsNotHandedOut) {
  const auto blob = blobs.put("hello");
  std::ofstream(blobs.path_of(blob->sha256)) << "jello";
  EXPECT_THROW(blobs.get(blob->sha256), Fault);
}

// Only old files without a reference are collected; putting again begins the grace time again.
TEST_P(BlobsTest, CollectsWhatNobodyRefersTo) {
  const auto kept = blobs.put("referred");
  const auto young = blobs.put("young");
  const auto old = blobs.put("old");
  const auto again = blobs.put("again");
  store->main().write([&](Tx& tx) {
    blobs.refer(tx, *kept, "test.thing", 7);
    blobs.refer(tx, *kept, "test.thing", 7);
  });
  for (const auto& b : {*kept, *old, *again}) age(b, 48);
  ASSERT_TRUE(blobs.put("again").ok());
  EXPECT_EQ(blobs.collect(hours(24)).files, 1);
  EXPECT_EQ(blobs.get(old->sha256), std::nullopt);
  EXPECT_TRUE(blobs.get(kept->sha256) && blobs.get(young->sha256) && blobs.get(again->sha256));
  EXPECT_EQ(blobs.find(*store->main().read(), kept->sha256)->type, BlobType::text);
  store->main().write([&](Tx& tx) {
    EXPECT_TRUE(blobs.release(tx, kept->sha256, "test.thing", 7));
    EXPECT_FALSE(blobs.release(tx, kept->sha256, "test.thing", 7));
  });
  EXPECT_EQ(blobs.collect(hours(24)).files, 1);
  EXPECT_EQ(blobs.get(kept->sha256), std::nullopt);
}

}  // namespace
}  // namespace fondaco::storage
