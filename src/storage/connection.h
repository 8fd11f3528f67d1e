// One connection to one engine; what Read and Tx forward to. Private to storage.
#pragma once

#include <fondaco/storage/tx.h>

#include <memory>
#include <string>

namespace fondaco::storage {

/// The transaction may be run again as it is (deadlock, serialisation, lost connection).
struct Transient : Fault {
  using Fault::Fault;
};
/// The disk is full: this batch failed, later ones may succeed.
struct DiskFull : Fault {
  using Fault::Fault;
};
/// A sync failed: what is on disk is unknown, the writer must stop.
struct SyncFailed : Fault {
  using Fault::Fault;
};

class Connection {
 public:
  virtual ~Connection() = default;
  virtual Engine engine() const = 0;
  virtual std::int64_t exec(const Sql& sql, std::span<const Value> args) = 0;
  virtual void each(const Sql& sql, std::span<const Value> args, RowFn row) = 0;
  virtual std::unique_ptr<BatchRead> lookup(const Sql& sql) = 0;
  virtual std::unique_ptr<BatchWrite> batch(const Sql& sql) = 0;
  /// Text made at run time: migrations, pragmas. Never with input of a user in it.
  virtual void script(const std::string& text) = 0;

  virtual void begin_read() = 0;
  virtual void end_read() noexcept = 0;
  virtual void begin() = 0;
  virtual void commit() = 0;
  virtual void rollback() noexcept = 0;
  virtual void savepoint() = 0;
  virtual void release() = 0;
  virtual void rollback_to() = 0;
  /// False after the engine itself has rolled everything back.
  virtual bool in_transaction() const = 0;
  /// False when the connection is lost for good.
  virtual bool usable() const = 0;
  /// Pages in SQLite's write-ahead log after the last commit.
  virtual int wal_pages() const { return 0; }
  /// Copies pages from the WAL into the file and waits for nobody; returns how many of them are
  /// still only in the WAL. With none left the next commit begins the WAL anew.
  virtual int checkpoint() { return 0; }
};

struct SqliteOptions {
  bool sync = true;
  bool writer = false;
  bool wipes = false;  // What is deleted is overwritten in the file.
  /// The file can be rebuilt: its writer keeps the WAL short by itself, so that pages which are
  /// written often seldom reach the disk.
  bool rebuildable = false;
};
std::unique_ptr<Connection> open_sqlite(const std::string& path, SqliteOptions options);
/// Moves all of the WAL into the file and cuts it; false when a reader held on to it for 5 s.
bool empty_sqlite_log(const std::string& path);
/// Copies the database while it is in use.
void backup_sqlite(const std::string& from, const std::string& to);

std::unique_ptr<Connection> open_postgres(const std::string& url, bool writer);

}  // namespace fondaco::storage
