#include "testing_people.h"

#include <fondaco/shoppers/keyring.h>

#include <atomic>
#include <chrono>
#include <set>
#include <thread>

namespace fondaco::shoppers {
namespace {

using KeyringTest = ShoppersTest;

// What is sealed opens again, under its own key only, and says nothing to who looks at it.
TEST_P(KeyringTest, SealsAndOpens) {
  const auto sealed = keyring().seal_new("Baker Street 221b");
  EXPECT_EQ(sealed.bytes.find("Baker"), std::string::npos);
  EXPECT_EQ(keyring().open(sealed.key, sealed.bytes), "Baker Street 221b");
  EXPECT_NE(keyring().seal(sealed.key, "x"), keyring().seal(sealed.key, "x"));
  EXPECT_THROW(keyring().open(keyring().take(), sealed.bytes), Fault);
}

// A byte changed on the disk is noticed, and so is text that was cut off.
TEST_P(KeyringTest, RefusesWhatWasChanged) {
  auto sealed = keyring().seal_new("a secret");
  std::string shorter = sealed.bytes.substr(0, 20);
  EXPECT_THROW(keyring().open(sealed.key, shorter), Fault);
  sealed.bytes.back() = static_cast<char>(sealed.bytes.back() ^ 1);
  EXPECT_THROW(keyring().open(sealed.key, sealed.bytes), Fault);
}

// After destroy() nobody opens it: neither this keyring, whose cache had the key, nor a new one.
TEST_P(KeyringTest, DestroyedKeysOpenNothing) {
  const auto sealed = keyring().seal_new("gone");
  store_->keys().write([&](storage::Tx& tx) { keyring().destroy(tx, sealed.key); });
  EXPECT_EQ(keyring().open(sealed.key, sealed.bytes), std::nullopt);
  EXPECT_FALSE(keyring().exists(sealed.key));
  EXPECT_THROW(keyring().seal(sealed.key, "again"), Fault);
  shoppers_.reset();
  store_.reopen();
  open();
  EXPECT_EQ(keyring().open(sealed.key, sealed.bytes), std::nullopt);
}

// Sealed text and lookup hashes outlive the process; keys left in the pool are not given again.
TEST_P(KeyringTest, SurvivesARestart) {
  const auto sealed = keyring().seal_new("stays");
  const std::string hash = keyring().lookup_hash("a@b.example");
  shoppers_.reset();
  store_.reopen();
  open();
  EXPECT_EQ(keyring().open(sealed.key, sealed.bytes), "stays");
  EXPECT_EQ(keyring().lookup_hash("a@b.example"), hash);
  EXPECT_NE(keyring().take(), sealed.key);
}

// The same address in another spelling is the same hash; another installation has another one.
TEST_P(KeyringTest, LooksUpNormalisedText) {
  EXPECT_EQ(keyring().lookup_hash(" Ada@Example.ORG "), keyring().lookup_hash("ada@example.org"));
  EXPECT_NE(keyring().lookup_hash("ada@example.org"), keyring().lookup_hash("eda@example.org"));
  storage::TestStore other(GetParam(), storage::join({storage::migrations(), migrations()}));
  Keyring elsewhere(*other);
  EXPECT_NE(elsewhere.lookup_hash("ada@example.org"), keyring().lookup_hash("ada@example.org"));
}

// Four threads take more keys than one batch has: all different, all durable.
TEST_P(KeyringTest, GivesEachKeyOnce) {
  std::vector<KeyId> taken[4];
  std::vector<std::thread> threads;
  for (auto& mine : taken) {
    threads.emplace_back([&] {
      for (int i = 0; i < 300; ++i) mine.push_back(keyring().take());
    });
  }
  for (auto& t : threads) t.join();
  std::set<KeyId> all;
  for (const auto& mine : taken) all.insert(mine.begin(), mine.end());
  EXPECT_EQ(all.size(), 1200u);
  for (const KeyId key : {taken[0].front(), taken[1].back(), taken[3].back()}) {
    EXPECT_TRUE(keyring().exists(key));
  }
}

// A cache much smaller than the number of keys still opens all of them.
TEST_P(KeyringTest, OpensColdKeys) {
  Keyring small(*store_, {nullptr, 256, 8192, 16});
  std::vector<SealedFor> sealed;
  for (int i = 0; i < 200; ++i) sealed.push_back(small.seal_new(std::to_string(i)));
  for (int i = 0; i < 200; ++i) {
    const auto& s = sealed[static_cast<std::size_t>(i)];
    EXPECT_EQ(small.open(s.key, s.bytes), std::to_string(i));
  }
}

INSTANTIATE_TEST_SUITE_P(Engines, KeyringTest, ::testing::ValuesIn(storage::test_engines()),
                         [](const auto& p) { return storage::engine_name(p.param); });

}  // namespace
}  // namespace fondaco::shoppers
