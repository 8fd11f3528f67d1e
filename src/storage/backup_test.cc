#include "connection.h"

#include <fondaco/storage/backup.h>
#include <fondaco/storage/blobs.h>
#include <fondaco/storage/testing.h>

#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace fondaco::storage {
namespace {

namespace fs = std::filesystem;

constexpr Migration kRows{"vault", 1, "0001_init", R"(
-- table: local
CREATE TABLE vault_row (id KEY, note TEXT NOT NULL);
)"};
constexpr Migration kKeys{"vault", 2, "0002_keys", R"(-- database: keys
-- table: local
CREATE TABLE vault_key (id KEY, secret TEXT NOT NULL);
)"};
constexpr Migration kLater{"vault", 3, "0003_later", R"(
-- table: local
CREATE TABLE vault_later (id KEY);
)"};
constexpr Sql kPut{"vault.put", "INSERT INTO vault_row (id, note) VALUES ($1, $2)"};
constexpr Sql kPutKey{"vault.put_key", "INSERT INTO vault_key (id, secret) VALUES ($1, $2)"};
constexpr Sql kDropKey{"vault.drop_key", "DELETE FROM vault_key WHERE id = $1"};
constexpr Sql kCount{"vault.count", "SELECT COUNT(*) FROM vault_row"};
constexpr Sql kCountKeys{"vault.count_keys", "SELECT COUNT(*) FROM vault_key"};

class BackupTest : public testing::Test {
 protected:
  BackupTest() : store(Engine::sqlite, all()), target(store.dir() + "-backups") {
    fs::remove_all(target);
    store->main().write([](Tx& tx) { tx.exec(kPut, {1, "one"}); });
    store->keys().write([](Tx& tx) {
      tx.exec(kPutKey, {1, "k1"});
      tx.exec(kPutKey, {2, "k2"});
    });
  }
  ~BackupTest() override {
    fs::remove_all(target);
    fs::remove_all(into().data_dir);
  }
  static std::vector<Migration> all() { return join({migrations(), {kRows, kKeys}}); }
  StoreConfig into() const { return {store.dir() + "-restored", "", 4, false}; }
  std::string refusal(const std::string& set) {
    const auto r = restore(set, into(), all());
    return r.ok() ? "" : r.refusal().message;
  }

  TestStore store;
  std::string target;
};

// What was written before the backup, blobs included, is there after the restore; later is not.
TEST_F(BackupTest, RoundTrip) {
  Blobs blobs(*store);
  const auto blob = blobs.put("a picture, say");
  const auto made = backup(*store, target, all());
  EXPECT_EQ(made.blobs, 1);
  store->main().write([](Tx& tx) { tx.exec(kPut, {2, "too late"}); });
  ASSERT_EQ(refusal(made.path), "");
  SystemClock clock;
  SecureRandom random;
  auto again = Store::open(into(), {clock, random, all()});
  EXPECT_EQ(again->main().read()->scalar(kCount, {}), 1);
  EXPECT_EQ(again->keys().read()->scalar(kCountKeys, {}), 2);
  EXPECT_EQ(Blobs(*again).get(blob->sha256), "a picture, say");
}

// A key that was destroyed after the first backup is in no set after the second one.
TEST_F(BackupTest, OnlyTheNewestKeysAreKept) {
  const auto first = backup(*store, target, all());
  store->keys().write([](Tx& tx) { tx.exec(kDropKey, {2}); });
  const auto second = backup(*store, target, all());
  EXPECT_NE(first.path, second.path);
  EXPECT_FALSE(fs::exists(first.path + "/keys.db"));
  EXPECT_FALSE(fs::exists(second.path + "/keys.db"));
  ASSERT_EQ(refusal(first.path), "");
  SystemClock clock;
  SecureRandom random;
  auto again = Store::open(into(), {clock, random, all()});
  EXPECT_EQ(again->keys().read()->scalar(kCountKeys, {}), 1);
}

// Each way in which a restore is refused; nothing is written then.
TEST_F(BackupTest, RefusesWhatIsNotWhole) {
  const auto set = backup(*store, target, all()).path;
  EXPECT_NE(refusal(target).find("no finished backup"), std::string::npos);
  fs::create_directories(into().data_dir);
  std::ofstream(into().data_dir + "/something") << "x";
  EXPECT_NE(refusal(set).find("is not empty"), std::string::npos);
  fs::remove_all(into().data_dir);
  std::ofstream(set + "/main.db", std::ios::in) << "SQLite?";
  EXPECT_NE(refusal(set).find("damaged"), std::string::npos);
  fs::remove(target + "/keys.json");
  const auto next = backup(*store, target, all()).path;
  fs::remove(target + "/keys.json");
  EXPECT_NE(refusal(next).find("keys.json is missing"), std::string::npos);
  EXPECT_FALSE(fs::exists(into().data_dir));
}

// A set of a newer schema than this program knows is refused and says both numbers.
TEST_F(BackupTest, RefusesANewerSchema) {
  TestStore newer(Engine::sqlite, join({all(), {kLater}}));
  const auto set = backup(*newer, target, join({all(), {kLater}})).path;
  EXPECT_NE(refusal(set).find("schema 3 of vault when this program knows 2"), std::string::npos);
}

// On a healthy installation doctor finds nothing bad, and each check says what it saw.
TEST_F(BackupTest, DoctorIsContentWithAHealthyHouse) {
  for (const auto& check : examine(*store, all())) {
    EXPECT_NE(check.status, Check::Status::bad) << check.name << ": " << check.detail;
    EXPECT_FALSE(check.detail.empty()) << check.name;
  }
}

// A module whose schema was not applied is bad.
TEST_F(BackupTest, DoctorFindsAPendingSchema) {
  bool found = false;
  for (const auto& check : examine(*store, join({all(), {kLater}}))) {
    if (check.name != "schema main") continue;
    found = check.status == Check::Status::bad && check.detail == "not applied: vault/3";
  }
  EXPECT_TRUE(found);
}

/// A PostgreSQL database of its own; dropped at the end.
class OwnDatabase {
 public:
  explicit OwnDatabase(std::string name) : name_(std::move(name)) {
    admin_->script("DROP DATABASE IF EXISTS " + name_);
    admin_->script("CREATE DATABASE " + name_ + " TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'");
  }
  ~OwnDatabase() { admin_->script("DROP DATABASE " + name_ + " WITH (FORCE)"); }
  std::string url() const {
    const std::string server = std::getenv("FONDACO_TEST_PG");
    return server.substr(0, server.rfind('/') + 1) + name_;
  }

 private:
  std::string name_;
  std::unique_ptr<Connection> admin_ = open_postgres(std::getenv("FONDACO_TEST_PG"), true);
};

// A PostgreSQL database is dumped, keys apart, and the dump goes back into an empty database.
TEST(BackupPostgres, RoundTrip) {
  if (test_engines().size() < 2) GTEST_SKIP() << "no PostgreSQL";
  const auto all = join({migrations(), {kRows, kKeys}});
  const OwnDatabase from("fondaco_backup_from_" + std::to_string(::getpid()));
  const OwnDatabase to("fondaco_backup_to_" + std::to_string(::getpid()));
  const std::string base =
      (fs::temp_directory_path() / ("fondaco_pg_" + std::to_string(::getpid()))).string();
  SystemClock clock;
  SecureRandom random;
  std::string set;
  {
    auto store = Store::open({base + "/a", from.url(), 4, true}, {clock, random, all});
    store->main().write([](Tx& tx) { tx.exec(kPut, {1, "one"}); });
    store->keys().write([](Tx& tx) { tx.exec(kPutKey, {1, "k1"}); });
    set = backup(*store, base + "/sets", all).path;
  }
  const StoreConfig into{base + "/b", to.url(), 4, true};
  const auto done = restore(set, into, all);
  ASSERT_TRUE(done.ok()) << done.refusal().message;
  auto store = Store::open(into, {clock, random, all});
  EXPECT_EQ(store->main().read()->scalar(kCount, {}), 1);
  EXPECT_EQ(store->keys().read()->scalar(kCountKeys, {}), 1);
  store.reset();
  fs::remove_all(base);
}

// A database that holds our tables is not restored into; doctor is content with it.
TEST(BackupPostgres, RefusesADatabaseInUse) {
  if (test_engines().size() < 2) GTEST_SKIP() << "no PostgreSQL";
  const auto all = join({migrations(), {kRows, kKeys}});
  TestStore store(Engine::postgres, all);
  const std::string target = store.dir() + "-backups";
  store->main().write([](Tx& tx) { tx.exec(kPut, {1, "one"}); });
  store->keys().write([](Tx& tx) { tx.exec(kPutKey, {1, "k1"}); });
  const auto made = backup(*store, target, all);
  EXPECT_TRUE(fs::exists(target + "/keys.dump"));
  StoreConfig into = store.config();
  into.data_dir = store.dir() + "-restored";
  const auto refused = restore(made.path, into, all);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.refusal().message.find("already holds our tables"), std::string::npos);
  for (const auto& check : examine(*store, all)) {
    EXPECT_NE(check.status, Check::Status::bad) << check.name << ": " << check.detail;
  }
  fs::remove_all(target);
}

}  // namespace
}  // namespace fondaco::storage
