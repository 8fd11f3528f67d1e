#include <fondaco/storage/backup.h>

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <filesystem>

namespace fondaco::storage {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kDiskLeast = 1LL << 30;
constexpr std::int64_t kWalMost = 1LL << 30;
constexpr std::int64_t kLagMost = 10'000;
constexpr Instant kClockLeast{1'767'225'600'000'000};  // 2026-01-01: older is a dead battery.

constexpr Sql kIntegrity{"storage.integrity", "PRAGMA integrity_check(20)"};
constexpr Sql kPositions{"storage.subscription_all", R"sql(
  SELECT name, seq FROM storage_subscription WHERE node = $1)sql"};
constexpr Sql kFailedJobs{"storage.job_failed_count", R"sql(
  SELECT COUNT(*) FROM storage_job WHERE state = 3)sql"};
constexpr Sql kCollations{"storage.collation_now", R"sql(
  SELECT datcollate FROM pg_database WHERE datname = current_database())sql"};
constexpr Sql kServerVersion{"storage.server_version", "SHOW server_version_num"};

using Status = Check::Status;

std::string megabytes(std::int64_t bytes) { return std::to_string(bytes >> 20) + " MB"; }

class Examination {
 public:
  Examination(Store& store, const std::vector<Migration>& migrations)
      : store_(store), migrations_(migrations), dir_(store.config().data_dir) {}

  std::vector<Check> run() {
    const bool sqlite = store_.engine() == Engine::sqlite;
    for (Database* db : {&store_.main(), &store_.keys(), &store_.behaviour(), &store_.derived()}) {
      if (!sqlite && db != &store_.main()) continue;
      guarded("schema " + std::string(db->name()), [&] { schema(*db); });
      if (sqlite) {
        guarded("integrity " + std::string(db->name()), [&] { integrity(*db); });
        guarded("log " + std::string(db->name()), [&] { wal(*db); });
        guarded("permissions " + std::string(db->name()), [&] { permissions(*db); });
      }
    }
    for (Database* db : {&store_.main(), &store_.keys(), &store_.behaviour(), &store_.derived()}) {
      writer(*db);
    }
    if (!sqlite) guarded("postgres", [&] { postgres(); });
    guarded("disk", [&] { disk(); });
    guarded("outbox", [&] { outbox(); });
    guarded("jobs", [&] { jobs(); });
    clock();
    return std::move(checks_);
  }

 private:
  void add(std::string name, Status status, std::string detail) {
    checks_.push_back({std::move(name), status, std::move(detail)});
  }
  template <class F>
  void guarded(const std::string& name, F&& look) {
    try {
      look();
    } catch (const std::exception& e) {
      add(name, Status::bad, e.what());
    }
  }

  void schema(Database& db) {
    const auto applied = schema_numbers(*db.read());
    std::string pending;
    for (const auto& m : migrations_) {
      if (store_.engine() == Engine::sqlite && database_of(m) != db.name()) continue;
      const auto found = applied.find(std::string(m.module));
      if (found != applied.end() && found->second >= m.number) continue;
      pending += " " + std::string(m.module) + "/" + std::to_string(m.number);
    }
    add("schema " + std::string(db.name()), pending.empty() ? Status::good : Status::bad,
        pending.empty() ? std::to_string(applied.size()) + " modules, none pending"
                        : "not applied:" + pending);
  }

  void integrity(Database& db) {
    std::string said;
    db.read()->each(kIntegrity, {}, [&](const Row& row) {
      if (!said.empty()) said += "; ";
      said += row.text(0);
    });
    add("integrity " + std::string(db.name()), said == "ok" ? Status::good : Status::bad, said);
  }

  void wal(Database& db) {
    std::error_code missing;
    const auto size = fs::file_size(dir_ + "/" + std::string(db.name()) + ".db-wal", missing);
    const auto bytes = missing ? 0 : static_cast<std::int64_t>(size);
    add("log " + std::string(db.name()), bytes > kWalMost ? Status::warning : Status::good,
        megabytes(bytes) + ", at most " + megabytes(kWalMost));
  }

  void permissions(Database& db) {
    const std::string path = dir_ + "/" + std::string(db.name()) + ".db";
    struct stat info{};
    if (::stat(path.c_str(), &info) != 0) throw Fault("cannot look at " + path);
    struct stat of_dir{};
    if (::stat(dir_.c_str(), &of_dir) != 0) throw Fault("cannot look at " + dir_);
    const bool open = (info.st_mode & 0077) != 0 && (of_dir.st_mode & 0077) != 0;
    add("permissions " + std::string(db.name()), open ? Status::warning : Status::good,
        open ? path + " can be read by others: chmod 700 " + dir_ : "closed to others");
  }

  void writer(Database& db) {
    const auto stats = db.writer().stats();
    add("writer " + std::string(db.name()), stats.poisoned ? Status::bad : Status::good,
        stats.poisoned ? "refuses writes after a failed sync: restart, then check the disk"
                       : std::to_string(stats.queued) + " use cases waiting");
  }

  void postgres() {
    auto read = store_.main().read();
    const auto collation =
        read->first(kCollations, {}, [](const Row& r) { return r.str(0); }).value_or("unknown");
    const bool good = collation.starts_with("C");
    add("collation", good ? Status::good : Status::bad, collation + ", must be C");
    const auto version =
        read->first(kServerVersion, {}, [](const Row& r) { return std::stoll(r.str(0)); });
    add("server version", version.value_or(0) >= 150'000 ? Status::good : Status::bad,
        std::to_string(version.value_or(0) / 10'000) + ", at least 15");
  }

  void disk() {
    struct statvfs info{};
    if (::statvfs(dir_.c_str(), &info) != 0) throw Fault("cannot look at the disk of " + dir_);
    const auto free =
        static_cast<std::int64_t>(info.f_bavail) * static_cast<std::int64_t>(info.f_frsize);
    add("disk", free < kDiskLeast ? Status::warning : Status::good,
        megabytes(free) + " free, at least " + megabytes(kDiskLeast));
  }

  void outbox() {
    const int node = store_.outbox().node();
    const std::int64_t newest = store_.outbox().last_seq();
    std::int64_t lag = 0;
    std::string slowest = "nobody";
    for (Database* db : {&store_.main(), &store_.derived()}) {
      if (store_.engine() == Engine::postgres && db != &store_.main()) continue;
      db->read()->each(kPositions, {node}, [&](const Row& row) {
        if (newest - row.integer(1) <= lag) return;
        lag = newest - row.integer(1);
        slowest = row.str(0);
      });
    }
    add("outbox", lag > kLagMost ? Status::warning : Status::good,
        slowest + " is " + std::to_string(lag) + " events behind, at most " +
            std::to_string(kLagMost));
  }

  void jobs() {
    const auto failed = store_.main().read()->scalar(kFailedJobs, {}).value_or(0);
    add("jobs", failed > 0 ? Status::warning : Status::good, std::to_string(failed) + " failed");
  }

  void clock() {
    const Instant now = SystemClock().now();
    add("clock", now < kClockLeast ? Status::bad : Status::good, format_rfc3339(now));
  }

  Store& store_;
  const std::vector<Migration>& migrations_;
  const std::string dir_;
  std::vector<Check> checks_;
};

}  // namespace

std::string_view name_of(Check::Status status) {
  switch (status) {
    case Status::good:
      return "good";
    case Status::warning:
      return "warning";
    case Status::bad:
      return "bad";
  }
  return "bad";
}

std::vector<Check> examine(Store& store, const std::vector<Migration>& migrations) {
  return Examination(store, migrations).run();
}

}  // namespace fondaco::storage
