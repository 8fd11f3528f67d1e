#include "rows.h"
#include "testing_people.h"

#include <fondaco/base/json.h>
#include <fondaco/base/text.h>

#include <deque>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace fondaco::shoppers {
namespace {

using PrivacyTest = ShoppersTest;

struct Table {
  std::string name;
  std::vector<std::string> columns;
  std::vector<bool> binary;
  bool of_keys = false;
};

/// Every table of the module, read from its schema files: a new one is checked without asking.
std::vector<Table> tables() {
  std::vector<Table> out;
  for (const auto& m : migrations()) {
    for (const auto line : split(m.text, '\n')) {
      const auto words = trim(line);
      if (words.starts_with("CREATE TABLE ")) {
        const auto name = words.substr(13, words.find(' ', 13) - 13);
        out.push_back({std::string(name), {}, {}, storage::database_of(m) == "keys"});
      }
      for (const char* type : {" TEXT", " BYTEA"}) {
        if (words.find(type) == words.npos || words.starts_with("--")) continue;
        out.back().columns.emplace_back(words.substr(0, words.find(' ')));
        out.back().binary.push_back(std::string_view(type) == " BYTEA");
      }
    }
  }
  return out;
}

/// All text and bytes of the module's tables.
std::string dump(storage::Store& store) {
  static std::deque<std::string> texts;  // Prepared statements are kept by the text's address.
  std::string out;
  for (const auto& t : tables()) {
    if (t.columns.empty()) continue;
    std::string sql = "SELECT ";
    for (const auto& c : t.columns) sql += (sql.size() == 7 ? "" : ", ") + c;
    texts.push_back(sql + " FROM " + t.name);
    auto lease = (t.of_keys ? store.keys() : store.main()).read();
    lease->each({"shoppers.test_dump", texts.back()}, {}, [&](const storage::Row& r) {
      for (int i = 0; i < static_cast<int>(t.columns.size()); ++i) {
        const bool binary = t.binary[static_cast<std::size_t>(i)];
        out += std::string(binary ? r.blob(i) : r.text(i)) + "\n";
      }
    });
  }
  return out;
}

/// All bytes of the data directory: databases, their logs, whatever lies there.
std::string files_of(const std::string& dir) {
  std::ostringstream out;
  for (const auto& f : std::filesystem::recursive_directory_iterator(dir)) {
    if (f.is_regular_file()) out << std::ifstream(f.path(), std::ios::binary).rdbuf();
  }
  return out.str();
}

void expect_absent(std::string_view where, const std::string& text) {
  for (const std::string_view secret :
       {kMail, kName, std::string_view("ada.lovelace@example.org"), std::string_view("Lovelace"),
        std::string_view("St James"), std::string_view("+44 20"), std::string_view("Test browser"),
        std::string_view("my importer"), kPassword}) {
    EXPECT_EQ(text.find(secret), std::string::npos) << where << " has " << secret;
  }
}

/// Everything personal that the module can keep of somebody.
void live_a_little(storage::Tx& tx, Keyring& keyring, PersonId id) {
  const Address home{"Ada Lovelace", "St James 12", {}, "London", {}, {}, "GB", "+44 20 1"};
  ASSERT_TRUE(add_address(tx, keyring, id, home).ok());
  ASSERT_TRUE(create_token(tx, keyring, {id, "my importer", {"me.read"}, {}}).ok());
  ASSERT_TRUE(begin_totp(tx, keyring, id).ok());
  ASSERT_TRUE(record_consent(tx, keyring,
                             {id, Purpose::marketing, ContactChannel::email, true, "v1",
                              "sign-up form, Ada Lovelace"})
                  .ok());
  ASSERT_TRUE(grant_role(tx, {id, "editor", kBikes, {}}, kAll).ok());
}

// No table, log or file holds a name, address, mail, telephone or password in the clear.
TEST_P(PrivacyTest, NothingLiesInTheClear) {
  const auto id = person();
  ASSERT_TRUE(sign_in().ok());
  write([&](storage::Tx& tx) { live_a_little(tx, keyring(), id); });
  const std::string tables = dump(*store_);
  EXPECT_NE(tables.find("v1"), std::string::npos) << "the dump does see what is in the clear";
  EXPECT_NE(tables.find("$argon2id$"), std::string::npos);
  expect_absent("a table", tables);
  expect_absent("a file", files_of(store_.dir()));
}

// Erasing leaves an empty shell: no sign-in, no session, no token, a key that opens nothing; the
// address can be used again, and verify agrees.
TEST_P(PrivacyTest, ErasesAPerson) {
  const auto id = person();
  const auto session = sign_in();
  write([&](storage::Tx& tx) { live_a_little(tx, keyring(), id); });
  std::string sealed;
  KeyId key;
  {
    auto lease = read();
    const auto row = person_row(*lease, id);
    sealed = row->profile;
    key = row->key;
  }
  ASSERT_TRUE(keyring().open(key, sealed));
  EXPECT_TRUE(shoppers_->erase(id, "test").ok());

  EXPECT_EQ(keyring().open(key, sealed), std::nullopt);
  EXPECT_FALSE(who(session->token));
  EXPECT_REFUSED(sign_in(), wrong_credentials);
  EXPECT_REFUSED(shoppers_->erase(id, "test"), unknown_person);
  {
    auto lease = read();
    const auto shell = find_person(*lease, keyring(), id);
    ASSERT_TRUE(shell);
    EXPECT_EQ(shell->state, PersonState::erased);
    EXPECT_FALSE(shell->profile);
    EXPECT_TRUE(grants_of(*lease, id).empty());
    EXPECT_TRUE(addresses_of(*lease, keyring(), id).empty());
    EXPECT_REFUSED(export_person(*lease, keyring(), id, {}), unknown_person);
  }
  EXPECT_TRUE(verified().differences.empty());
  const auto again = person();
  EXPECT_TRUE(again);
  EXPECT_NE(again, id);
}

// A copy of the main database from before stays unreadable with the keys of today: that is what
// makes old backups worthless.
TEST_P(PrivacyTest, OldBackupsStaySealed) {
  const auto id = person();
  std::optional<PersonRow> old;
  {
    auto lease = read();
    old = person_row(*lease, id);
  }
  ASSERT_TRUE(shoppers_->erase(id, "test").ok());
  Keyring restored(*store_);
  EXPECT_EQ(restored.open(old->key, old->profile), std::nullopt);
}

// On SQLite no byte of a destroyed key is left on the disk, neither in the file nor in its log,
// where it could be read before.
TEST_P(PrivacyTest, ADestroyedKeyLeavesTheDisk) {
  if (GetParam() != storage::Engine::sqlite) GTEST_SKIP() << "the log is the server's";
  const auto id = person();
  constexpr storage::Sql kSecrets{"shoppers.test_secret",
                                  "SELECT secret FROM shoppers_key WHERE id = $1"};
  std::string secret;
  {
    auto lease = read();
    const KeyId key = person_row(*lease, id)->key;
    auto keys = store_->keys().read();
    secret = *(*keys).first(kSecrets, {key}, [](const auto& r) { return std::string(r.blob(0)); });
  }
  const auto on_disk = [&]() -> std::string {
    for (const char* name : {"/keys.db", "/keys.db-wal"}) {
      std::ifstream in(store_.dir() + name, std::ios::binary);
      const std::string bytes{std::istreambuf_iterator<char>(in), {}};
      if (bytes.find(secret) != bytes.npos) return name;
    }
    return "";
  };
  ASSERT_EQ(secret.size(), 32u);
  ASSERT_NE(on_disk(), "");
  ASSERT_TRUE(shoppers_->erase(id, "test").ok());
  EXPECT_EQ(on_disk(), "");
}

// Keys that are no person's, a guest order's for example, are destroyed in the same way and can be
// destroyed again.
TEST_P(PrivacyTest, ErasesKeysOfNobody) {
  const SealedFor guest = keyring().seal_new("a guest's address");
  ASSERT_EQ(keyring().open(guest.key, guest.bytes), "a guest's address");
  shoppers_->erase_keys({guest.key}, "test");
  EXPECT_EQ(keyring().open(guest.key, guest.bytes), std::nullopt);
  shoppers_->erase_keys({guest.key}, "test");
  EXPECT_TRUE(verified().differences.empty());
}

// A crash between the two databases is finished at the next start; verify says so until then.
TEST_P(PrivacyTest, FinishesAnErasure) {
  const auto id = person();
  KeyId key;
  {
    auto lease = read();
    key = person_row(*lease, id)->key;
  }
  write([&](storage::Tx& tx) { ASSERT_TRUE(erase_rows(tx, id, {}).ok()); });
  EXPECT_EQ(verified().differences.size(), 2u) << "doomed, and still there";
  EXPECT_EQ(shoppers_->finish_erasures(), 1);
  EXPECT_FALSE(keyring().exists(key));
  EXPECT_TRUE(verified().differences.empty());
  EXPECT_EQ(shoppers_->finish_erasures(), 0);
}

// Other modules' hooks run in the same transaction, and their keys are destroyed too.
TEST_P(PrivacyTest, RunsEraseHooks) {
  const auto id = person();
  const auto order = keyring().seal_new("a parcel's address");
  shoppers_->add_erase_hook({"orders", [&](storage::Tx&, PersonId who, std::vector<KeyId>& doomed) {
                               if (who == id) doomed.push_back(order.key);
                             }});
  ASSERT_TRUE(shoppers_->erase(id, "test").ok());
  EXPECT_EQ(keyring().open(order.key, order.bytes), std::nullopt);
}

// The export is JSON with everything of the person and the parts of other modules.
TEST_P(PrivacyTest, Exports) {
  const auto id = person();
  ASSERT_TRUE(sign_in().ok());
  write([&](storage::Tx& tx) { live_a_little(tx, keyring(), id); });
  const std::vector<ExportSection> more{
      {"orders", [](storage::Read&, PersonId, JsonWriter& w) { w.begin_array().end_array(); }}};
  auto lease = read();
  const auto text = export_person(*lease, keyring(), id, more);
  ASSERT_TRUE(text.ok());
  for (const std::string_view part :
       {kMail, kName, std::string_view("St James 12"), std::string_view("Test browser"),
        std::string_view("my importer"), std::string_view("\"orders\":[]"),
        std::string_view("\"purpose\":\"marketing\"")}) {
    EXPECT_NE(text->find(part), std::string::npos) << part;
  }
  EXPECT_TRUE(read_json<JsonText>(*text).ok());
}

// Nobody has agreed to anything until he did; the newest entry counts; none is ever changed.
TEST_P(PrivacyTest, ConsentIsALedger) {
  const auto id = person();
  const auto record = [&](NewConsent c) {
    return write([&](storage::Tx& tx) { return record_consent(tx, keyring(), c); });
  };
  const auto agreed = [&](ContactChannel c) {
    auto lease = read();
    return consent_for(*lease, id, Purpose::marketing, c);
  };
  EXPECT_FALSE(agreed(ContactChannel::email));
  NewConsent c{id, Purpose::marketing, ContactChannel::email, true, "2026-11", "footer form"};
  ASSERT_TRUE(record(c).ok());
  EXPECT_TRUE(agreed(ContactChannel::email));
  EXPECT_FALSE(agreed(ContactChannel::sms));
  c.granted = false;
  ASSERT_TRUE(record(c).ok());
  EXPECT_FALSE(agreed(ContactChannel::email));
  c.text_version = " ";
  EXPECT_REFUSED(record(c), text_version_missing);
  c.text_version = std::string(61, 'v');
  EXPECT_REFUSED(record(c), label_too_long);
  c.text_version = "v";
  c.person = PersonId{5};
  EXPECT_REFUSED(record(c), unknown_person);
  auto lease = read();
  const auto rows = consents_of(*lease, keyring(), id, 10);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_FALSE(rows[0].granted);
  EXPECT_TRUE(rows[1].granted);
  EXPECT_EQ(rows[1].proof, "footer form");
  EXPECT_EQ(consents_of(*lease, keyring(), id, 10, rows[0].id).size(), 1u);
}

constexpr storage::Sql kLoseHash{"shoppers.test_lose_hash", R"sql(
  DELETE FROM shoppers_email)sql"};

// verify notices a person who cannot be found and one whose key is gone.
TEST_P(PrivacyTest, VerifyNotices) {
  const auto id = person();
  EXPECT_TRUE(verified().differences.empty());
  write([&](storage::Tx& tx) { tx.exec(kLoseHash, {}); });
  EXPECT_EQ(verified().differences.size(), 2u) << "the count, and who it is";
  KeyId key;
  {
    auto lease = read();
    key = person_row(*lease, id)->key;
  }
  store_->keys().write([&](storage::Tx& tx) { keyring().destroy(tx, key); });
  EXPECT_EQ(verified().differences.size(), 3u);
}

INSTANTIATE_TEST_SUITE_P(Engines, PrivacyTest, ::testing::ValuesIn(storage::test_engines()),
                         [](const auto& p) { return storage::engine_name(p.param); });

}  // namespace
}  // namespace fondaco::shoppers
