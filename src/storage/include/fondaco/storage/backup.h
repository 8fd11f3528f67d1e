// Backup and restore of a whole installation, and what doctor finds. Depends on store.h.
//
// A backup directory holds one set per backup, and beside the sets the keys of the persons, only
// the newest copy: who was erased stays unreadable in every older set.
//   DIR/20261122T101500Z/{manifest.json, main.db, behaviour.db, blobs/…}   (PostgreSQL: main.dump)
//   DIR/keys.db, DIR/keys.json                                             (PostgreSQL: keys.dump)
// What is derived is not in it: it is rebuilt.
#pragma once

#include <fondaco/base/result.h>
#include <fondaco/storage/store.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace fondaco::storage {

struct BackupReport {
  std::string path;  // Of the set.
  std::int64_t files = 0;
  std::int64_t bytes = 0;
  std::int64_t blobs = 0;
};
/// How far it is: done and total bytes of what is being copied.
using BackupProgress = std::function<void(std::int64_t done, std::int64_t total)>;

/// Makes a set while everybody goes on working; each database is a snapshot of one moment, and
/// keys are newer than what they open. Throws Fault when the disk or pg_dump fails; a set without
/// manifest.json is not finished. The directory is made when missing.
BackupReport backup(Store& store, const std::string& directory,
                    const std::vector<Migration>& migrations, BackupProgress progress = {});

struct RestoreRefusal {
  std::string message;
};
struct RestoreReport {
  std::string path;
  std::int64_t files = 0;
  std::int64_t blobs = 0;
};
/// Checks every hash of the set first, then writes. Refuses a directory that holds anything, a
/// database that has our tables, a set that is damaged, unfinished, of the other engine or of a
/// newer schema. Throws Fault when the disk or pg_restore fails.
Result<RestoreReport, RestoreRefusal> restore(const std::string& set, const StoreConfig& into,
                                              const std::vector<Migration>& migrations);

struct Check {
  enum class Status { good, warning, bad };
  std::string name;
  Status status = Status::good;
  std::string detail;
};
std::string_view name_of(Check::Status status);

/// Looks at schemas, integrity, log sizes, disk, clock, writers, outbox, collation, permissions.
/// Reads whole databases: minutes when they are large.
std::vector<Check> examine(Store& store, const std::vector<Migration>& migrations);

/// Newest applied number of each module of one database, "catalog" → 1.
std::map<std::string, int> schema_numbers(Read& read);
/// Names of the tables that the migrations of one database (main, keys, …) create.
std::vector<std::string> tables_of(const std::vector<Migration>& migrations,
                                   std::string_view database);

}  // namespace fondaco::storage
