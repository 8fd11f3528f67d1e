#include "connection.h"

#include <fondaco/base/check.h>
#include <fondaco/base/log.h>

#include <sqlite3.h>

#include <unordered_map>

namespace fondaco::storage {
namespace {

[[noreturn]] void fail(sqlite3* db, std::string_view doing, int code) {
  std::string message = std::string(doing) + ": " + sqlite3_errmsg(db);
  switch (code & 0xff) {
    case SQLITE_FULL:
      throw DiskFull(message);
    case SQLITE_CONSTRAINT:
      throw Conflict(message);
    case SQLITE_BUSY:
      throw Transient(message);
    case SQLITE_IOERR:
      if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC) throw SyncFailed(message);
      throw Fault(message);
    default:
      throw Fault(message);
  }
}

/// SQLite numbers named parameters by appearance; ?n keeps the numbers of $n.
std::string with_question_marks(std::string_view text) {
  std::string out(text);
  for (auto& c : out) {
    if (c == '$') c = '?';
  }
  return out;
}

struct Statement {
  sqlite3_stmt* handle = nullptr;
  bool busy = false;
};

class SqliteRow final : public Row {
 public:
  explicit SqliteRow(sqlite3_stmt* s) : s_(s) {}
  bool is_null(int c) const override { return sqlite3_column_type(s_, c) == SQLITE_NULL; }
  std::int64_t integer(int c) const override { return sqlite3_column_int64(s_, c); }
  double real(int c) const override { return sqlite3_column_double(s_, c); }
  std::string_view text(int c) const override {
    const auto* p = reinterpret_cast<const char*>(sqlite3_column_text(s_, c));
    return p ? std::string_view(p, static_cast<std::size_t>(sqlite3_column_bytes(s_, c)))
             : std::string_view();
  }
  std::string_view blob(int c) const override {
    const auto* p = static_cast<const char*>(sqlite3_column_blob(s_, c));
    return p ? std::string_view(p, static_cast<std::size_t>(sqlite3_column_bytes(s_, c)))
             : std::string_view();
  }

 private:
  sqlite3_stmt* s_;
};

class SqliteConnection final : public Connection {
 public:
  SqliteConnection(const std::string& path, SqliteOptions options) {
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    const int code = sqlite3_open_v2(path.c_str(), &db_, flags, nullptr);
    if (code != SQLITE_OK) {
      const std::string why = sqlite3_errmsg(db_);
      sqlite3_close(db_);
      throw Fault("cannot open " + path + ": " + why);
    }
    sqlite3_extended_result_codes(db_, 1);
    sqlite3_busy_timeout(db_, 10'000);
    script("PRAGMA journal_mode=WAL");
    script(options.sync ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=OFF");
    // Checkpoints run on a thread of their own (WriterThread), off the commit path.
    script("PRAGMA wal_autocheckpoint=0");
    if (options.writer && options.rebuildable) {
      script("PRAGMA wal_autocheckpoint=1000");
    } else if (options.writer) {
      sqlite3_wal_hook(db_, &SqliteConnection::count_pages, this);
    }
    if (options.wipes) script("PRAGMA secure_delete=ON");
    script("PRAGMA temp_store=MEMORY");
    script(options.writer ? "PRAGMA cache_size=-32768" : "PRAGMA cache_size=-8192");
  }
  ~SqliteConnection() override {
    for (auto& [text, statement] : statements_) sqlite3_finalize(statement.handle);
    sqlite3_close(db_);
  }
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  Engine engine() const override { return Engine::sqlite; }

  std::int64_t exec(const Sql& sql, std::span<const Value> args) override {
    const Use use(*this, sql, args);
    const int code = sqlite3_step(use.handle());
    if (code != SQLITE_DONE && code != SQLITE_ROW) fail(db_, sql.name, code);
    return sqlite3_changes64(db_);
  }

  void each(const Sql& sql, std::span<const Value> args, RowFn row) override {
    const Use use(*this, sql, args);
    const SqliteRow view(use.handle());
    for (;;) {
      const int code = sqlite3_step(use.handle());
      if (code == SQLITE_DONE) return;
      if (code != SQLITE_ROW) fail(db_, sql.name, code);
      row(view);
    }
  }

  std::unique_ptr<BatchRead> lookup(const Sql& sql) override;
  std::unique_ptr<BatchWrite> batch(const Sql& sql) override;

  void script(const std::string& text) override {
    char* error = nullptr;
    const int code = sqlite3_exec(db_, text.c_str(), nullptr, nullptr, &error);
    sqlite3_free(error);
    if (code != SQLITE_OK) fail(db_, text.substr(0, 80), code);
  }

  void begin_read() override { exec(kBegin, {}); }
  void end_read() noexcept override {
    if (!in_transaction()) return;
    try {
      exec(kCommit, {});
    } catch (const std::exception& e) {
      log::warn("storage", "a read transaction did not end", {{"error", e.what()}});
    }
  }
  void begin() override { exec(kBeginWrite, {}); }
  void commit() override { exec(kCommit, {}); }
  void rollback() noexcept override {
    if (!in_transaction()) return;
    try {
      exec(kRollback, {});
    } catch (const std::exception& e) {
      log::error("storage", "a roll back failed", {{"error", e.what()}});
    }
  }
  void savepoint() override { exec(kSavepoint, {}); }
  void release() override { exec(kRelease, {}); }
  void rollback_to() override {
    exec(kRollbackTo, {});
    exec(kRelease, {});
  }
  bool in_transaction() const override { return sqlite3_get_autocommit(db_) == 0; }
  bool usable() const override { return true; }
  int wal_pages() const override { return wal_pages_; }
  int checkpoint() override {
    // A connection that has read nothing yet knows of no WAL, and would do nothing.
    script("SELECT 1 FROM sqlite_schema LIMIT 1");
    int log_pages = 0;
    int done_pages = 0;
    const int code =
        sqlite3_wal_checkpoint_v2(db_, nullptr, SQLITE_CHECKPOINT_PASSIVE, &log_pages, &done_pages);
    if (code != SQLITE_OK && code != SQLITE_BUSY) fail(db_, "checkpoint", code);
    FONDACO_CHECK(log_pages >= 0);
    return log_pages - done_pages;
  }

 private:
  static int count_pages(void* self, sqlite3*, const char*, int pages) {
    static_cast<SqliteConnection*>(self)->wal_pages_ = pages;
    return SQLITE_OK;
  }

  static constexpr Sql kBegin{"sqlite.begin", "BEGIN"};
  static constexpr Sql kBeginWrite{"sqlite.begin_write", "BEGIN IMMEDIATE"};
  static constexpr Sql kCommit{"sqlite.commit", "COMMIT"};
  static constexpr Sql kRollback{"sqlite.rollback", "ROLLBACK"};
  static constexpr Sql kSavepoint{"sqlite.savepoint", "SAVEPOINT use_case"};
  static constexpr Sql kRelease{"sqlite.release", "RELEASE use_case"};
  static constexpr Sql kRollbackTo{"sqlite.rollback_to", "ROLLBACK TO use_case"};

  /// A statement taken from the cache with its arguments bound; given back when it ends.
  class Use {
   public:
    Use(SqliteConnection& c, const Sql& sql, std::span<const Value> args) : db_(c.db_) {
      Statement& cached = c.statements_[sql.text.data()];
      if (cached.busy) {  // The same statement inside its own row callback.
        own_ = handle_ = c.prepare(sql);
      } else {
        if (!cached.handle) cached.handle = c.prepare(sql);
        cached.busy = true;
        cached_ = &cached;
        handle_ = cached.handle;
      }
      try {
        bind(sql, args);
      } catch (...) {  // The statement goes back to the cache whatever happened.
        give_back();
        throw;
      }
    }
    ~Use() { give_back(); }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    sqlite3_stmt* handle() const { return handle_; }

   private:
    void give_back() {
      sqlite3_reset(handle_);
      if (cached_) cached_->busy = false;
      if (own_) sqlite3_finalize(own_);
      cached_ = nullptr;
      own_ = nullptr;
    }
    void bind(const Sql& sql, std::span<const Value> args) {
      FONDACO_CHECK(sqlite3_bind_parameter_count(handle_) == static_cast<int>(args.size()));
      int at = 0;
      for (const Value& v : args) {
        const int code = bind_one(++at, v);
        if (code != SQLITE_OK) fail(db_, sql.name, code);
      }
    }
    int bind_one(int at, const Value& v) {
      const auto text = v.text();
      switch (v.kind()) {
        case Value::Kind::null:
          return sqlite3_bind_null(handle_, at);
        case Value::Kind::integer:
          return sqlite3_bind_int64(handle_, at, v.integer());
        case Value::Kind::real:
          return sqlite3_bind_double(handle_, at, v.real());
        case Value::Kind::text:
          return sqlite3_bind_text64(handle_, at, text.empty() ? "" : text.data(), text.size(),
                                     SQLITE_STATIC, SQLITE_UTF8);
        case Value::Kind::blob:
          return sqlite3_bind_blob64(handle_, at, text.empty() ? "" : text.data(), text.size(),
                                     SQLITE_STATIC);
      }
      return SQLITE_MISUSE;
    }
    sqlite3* db_;
    sqlite3_stmt* handle_ = nullptr;
    sqlite3_stmt* own_ = nullptr;
    Statement* cached_ = nullptr;
  };

  sqlite3_stmt* prepare(const Sql& sql) {
    const std::string text = with_question_marks(sql.text);
    sqlite3_stmt* handle = nullptr;
    const int code = sqlite3_prepare_v3(db_, text.c_str(), static_cast<int>(text.size()),
                                        SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
    if (code != SQLITE_OK) fail(db_, sql.name, code);
    return handle;
  }

  sqlite3* db_ = nullptr;
  int wal_pages_ = 0;
  std::unordered_map<const char*, Statement> statements_;
};

/// Keys are kept until run(), because texts may not outlive add().
class SqliteLookup final : public BatchRead {
 public:
  SqliteLookup(Connection& c, const Sql& sql) : connection_(c), sql_(sql) {}
  void add(Args key) override {
    width_ = key.size();
    for (const Value& v : key) {
      if (v.kind() == Value::Kind::text) {
        texts_.push_back(std::make_unique<std::string>(v.text()));
        keys_.emplace_back(std::string_view(*texts_.back()));
      } else {
        keys_.push_back(v);
      }
    }
  }
  void run(RowFn each) override {
    for (std::size_t i = 0; i < keys_.size(); i += width_) {
      connection_.each(sql_, std::span(keys_).subspan(i, width_), each);
    }
  }

 private:
  Connection& connection_;
  Sql sql_;
  std::size_t width_ = 1;
  std::vector<Value> keys_;
  std::vector<std::unique_ptr<std::string>> texts_;
};

class SqliteBatch final : public BatchWrite {
 public:
  SqliteBatch(Connection& c, const Sql& sql) : connection_(c), sql_(sql) {}
  void add(Args row) override {
    good_ = connection_.exec(sql_, {row.begin(), row.size()}) == 1 && good_;
  }
  void finish() override {
    if (!good_) throw GuardFailed(sql_.name);
  }

 private:
  Connection& connection_;
  Sql sql_;
  bool good_ = true;
};

std::unique_ptr<BatchRead> SqliteConnection::lookup(const Sql& sql) {
  return std::make_unique<SqliteLookup>(*this, sql);
}
std::unique_ptr<BatchWrite> SqliteConnection::batch(const Sql& sql) {
  return std::make_unique<SqliteBatch>(*this, sql);
}

}  // namespace

std::unique_ptr<Connection> open_sqlite(const std::string& path, SqliteOptions options) {
  return std::make_unique<SqliteConnection>(path, options);
}

bool empty_sqlite_log(const std::string& path) {
  constexpr int kWaitMax = 5'000;  // Milliseconds, for readers and again for another checkpoint.
  constexpr int kPause = 10;
  sqlite3* db = nullptr;
  if (sqlite3_open_v2(path.c_str(), &db, SQLITE_OPEN_READWRITE, nullptr) != SQLITE_OK) {
    sqlite3_close(db);
    return false;
  }
  sqlite3_busy_timeout(db, kWaitMax);
  // A connection that has not read yet does not know that there is a log, and moves nothing.
  sqlite3_exec(db, "SELECT 1 FROM sqlite_schema LIMIT 1", nullptr, nullptr, nullptr);
  int log_pages = 0;
  int done_pages = 0;
  int code = SQLITE_OK;
  for (int waited = 0;; waited += kPause) {
    code =
        sqlite3_wal_checkpoint_v2(db, nullptr, SQLITE_CHECKPOINT_TRUNCATE, &log_pages, &done_pages);
    // Another checkpoint is under way: SQLite says so at once, whatever the timeout.
    if (code != SQLITE_BUSY || log_pages >= 0 || waited >= kWaitMax) break;
    sqlite3_sleep(kPause);
  }
  sqlite3_close(db);
  return code == SQLITE_OK && log_pages >= 0 && log_pages == done_pages;
}

void backup_sqlite(const std::string& from, const std::string& to) {
  sqlite3* source = nullptr;
  sqlite3* target = nullptr;
  int code = sqlite3_open_v2(from.c_str(), &source, SQLITE_OPEN_READONLY, nullptr);
  if (code == SQLITE_OK) {
    code =
        sqlite3_open_v2(to.c_str(), &target, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  }
  if (code == SQLITE_OK) {
    sqlite3_busy_timeout(source, 10'000);
    sqlite3_backup* copy = sqlite3_backup_init(target, "main", source, "main");
    // One step: a backup in many steps begins again at each foreign commit and might never end.
    code = copy ? sqlite3_backup_step(copy, -1) : sqlite3_errcode(target);
    if (copy) sqlite3_backup_finish(copy);
    if (code == SQLITE_DONE) code = SQLITE_OK;
    if (code == SQLITE_OK) {
      code = sqlite3_exec(target, "PRAGMA journal_mode=DELETE", nullptr, nullptr, nullptr);
    }
  }
  const std::string why = sqlite3_errstr(code);
  sqlite3_close(source);
  sqlite3_close(target);
  if (code != SQLITE_OK) throw Fault("backup of " + from + " to " + to + " failed: " + why);
}

}  // namespace fondaco::storage
