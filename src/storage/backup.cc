#include "backup_set.h"
#include "connection.h"
#include "files.h"

#include <fondaco/base/log.h>
#include <fondaco/base/product.h>
#include <fondaco/storage/backup.h>
#include <fondaco/storage/blobs.h>

#include <algorithm>
#include <set>

namespace fondaco::storage {

namespace fs = std::filesystem;

namespace {

constexpr Sql kSchemas{"storage.schemas", R"sql(
  SELECT module, MAX(number) FROM storage_migration GROUP BY module)sql"};
constexpr Sql kSchemaName{"storage.current_schema", "SELECT current_schema()"};
constexpr Sql kHasTables{"storage.has_tables", R"sql(
  SELECT COUNT(*) FROM pg_tables
   WHERE schemaname = current_schema() AND tablename = 'storage_migration')sql"};

/// "20261122T101500Z", with a counter behind when there are two in one second.
std::string fresh_set(const std::string& directory, Instant now) {
  std::string stamp;
  for (const char c : format_rfc3339({now.us - now.us % 1'000'000})) {
    if (c != '-' && c != ':') stamp += c;
  }
  std::string path = directory + "/" + stamp;
  for (int n = 2; fs::exists(path); ++n) path = directory + "/" + stamp + "-" + std::to_string(n);
  return path;
}

/// Copies beside and renames, so that the newest whole copy is always there.
void renew_keys(const std::string& directory, const std::string& name,
                const std::function<void(const std::string& to)>& copy) {
  const std::string beside = directory + "/" + name + ".part";
  fs::remove(beside);
  copy(beside);
  sync_file(beside);
  const std::string sha = sha256_of_file(beside);
  fs::rename(beside, directory + "/" + name);
  SetFile file{name, static_cast<std::int64_t>(fs::file_size(directory + "/" + name)), sha};
  write_durably(directory + "/keys.json", json_of(file) + "\n");
}

void copy_blob(const fs::path& from, const fs::path& to) {
  fs::create_directories(to.parent_path());
  std::error_code other_file_system;
  fs::create_hard_link(from, to, other_file_system);
  if (!other_file_system) return;
  fs::copy_file(from, to);
  sync_file(to.string());
}

class Backup {
 public:
  Backup(Store& store, const std::string& directory, BackupProgress progress)
      : store_(store),
        directory_(directory),
        data_(store.config().data_dir),
        set_(fresh_set(directory, SystemClock().now())),
        progress_(std::move(progress)) {
    fs::create_directories(set_);
    fs::permissions(directory_, fs::perms::owner_all);
    fs::permissions(set_, fs::perms::owner_all);
  }

  BackupReport run(const std::vector<Migration>& migrations) {
    total_ = expected_bytes();
    if (store_.engine() == Engine::sqlite) {
      copy_database("main");
      renew_keys(directory_, "keys.db",
                 [&](const std::string& to) { backup_sqlite(data_ + "/keys.db", to); });
      copy_database("behaviour");
    } else {
      dump(migrations);
    }
    copy_blobs();
    finish();
    return report_;
  }

 private:
  std::int64_t expected_bytes() const {
    std::int64_t bytes = 0;
    for (const char* name : {"/main.db", "/behaviour.db"}) {
      std::error_code missing;
      const auto size = fs::file_size(data_ + name, missing);
      if (!missing) bytes += static_cast<std::int64_t>(size);
    }
    return bytes;
  }

  void add_file(const std::string& name) {
    sync_file(set_ + "/" + name);
    manifest_.files.push_back(describe_file(set_, name));
    report_.files++;
    report_.bytes += manifest_.files.back().bytes;
    if (progress_) progress_(report_.bytes, std::max(total_, report_.bytes));
  }

  void copy_database(const std::string& name) {
    backup_sqlite(data_ + "/" + name + ".db", set_ + "/" + name + ".db");
    add_file(name + ".db");
  }

  /// Main first, keys after: a key is made before the rows that it opens.
  void dump(const std::vector<Migration>& migrations) {
    const std::string tool = find_pg_tool("pg_dump");
    const std::string& url = store_.config().database_url;
    const std::string schema = schema_of(url);
    std::vector<std::string> without = {"--format=custom", "--no-owner", "--no-acl",
                                        "--schema=" + schema, "--file=" + set_ + "/main.dump"};
    std::vector<std::string> keys = {"--format=custom", "--no-owner", "--no-acl"};
    const auto tables = tables_of(migrations, "keys");
    for (const auto& table : tables) {
      without.push_back("--exclude-table=" + schema + "." + table);
      keys.push_back("--table=" + schema + "." + table);
    }
    run_pg_tool(tool, url, without);
    add_file("main.dump");
    if (tables.empty()) return;
    renew_keys(directory_, "keys.dump", [&](const std::string& to) {
      auto arguments = keys;
      arguments.push_back("--file=" + to);
      run_pg_tool(tool, url, arguments);
    });
  }

  void copy_blobs() {
    const fs::path from = data_ + "/blobs";
    if (!fs::exists(from)) return;
    for (const auto& entry : fs::recursive_directory_iterator(from)) {
      const std::string sha =
          entry.path().parent_path().filename().string() + entry.path().filename().string();
      if (!entry.is_regular_file() || sha.size() != 64) continue;
      copy_blob(entry.path(), fs::path(set_) / "blobs" / fs::relative(entry.path(), from));
      manifest_.blobs.push_back(sha);
      report_.blobs++;
    }
    std::sort(manifest_.blobs.begin(), manifest_.blobs.end());
  }

  void finish() {
    manifest_.program = product::kVersion;
    manifest_.engine = store_.engine() == Engine::sqlite ? "sqlite" : "postgres";
    manifest_.made_at = SystemClock().now();
    for (Database* db : {&store_.main(), &store_.behaviour()}) {
      for (const auto& [module, number] : schema_numbers(*db->read())) {
        auto& newest = manifest_.schemas[module];
        newest = std::max<std::int64_t>(newest, number);
      }
    }
    write_durably(set_ + "/" + kManifestName, json_of(manifest_) + "\n");
    sync_directory(directory_);
    report_.path = set_;
  }

  Store& store_;
  const std::string directory_;
  const std::string data_;
  const std::string set_;
  BackupProgress progress_;
  std::int64_t total_ = 0;
  Manifest manifest_;
  BackupReport report_;
};

}  // namespace

SetFile describe_file(const std::string& directory, const std::string& name) {
  const std::string path = directory + "/" + name;
  return {name, static_cast<std::int64_t>(fs::file_size(path)), sha256_of_file(path)};
}

std::map<std::string, int> schema_numbers(Read& read) {
  std::map<std::string, int> out;
  read.each(kSchemas, {},
            [&](const Row& row) { out[row.str(0)] = static_cast<int>(row.integer(1)); });
  return out;
}

std::vector<std::string> tables_of(const std::vector<Migration>& migrations,
                                   std::string_view database) {
  constexpr std::string_view kCreate = "CREATE TABLE ";
  std::vector<std::string> out;
  for (const auto& m : migrations) {
    if (database_of(m) != database) continue;
    for (const auto& statement : statements_for(m, Engine::sqlite)) {
      if (!statement.starts_with(kCreate)) continue;
      const auto end = statement.find_first_of(" (", kCreate.size());
      out.push_back(statement.substr(kCreate.size(), end - kCreate.size()));
    }
  }
  return out;
}

BackupReport backup(Store& store, const std::string& directory,
                    const std::vector<Migration>& migrations, BackupProgress progress) {
  return Backup(store, directory, std::move(progress)).run(migrations);
}

bool has_our_tables(const std::string& url) {
  bool found = false;
  open_postgres(url, false)->each(kHasTables, {}, [&](const Row& r) { found = r.integer(0) > 0; });
  return found;
}

std::string schema_of(const std::string& url) {
  std::string name;
  open_postgres(url, false)->each(kSchemaName, {}, [&](const Row& r) { name = r.str(0); });
  return name.empty() ? "public" : name;
}

}  // namespace fondaco::storage
