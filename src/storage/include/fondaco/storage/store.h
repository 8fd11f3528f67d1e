// Store: the databases of one installation with their writer, readers, outbox, timers and jobs.
// Depends on everything else in this folder. One process owns a SQLite data directory (lock
// file); several processes may share a PostgreSQL database (node leases).
#pragma once

#include <fondaco/storage/migration.h>
#include <fondaco/storage/outbox.h>
#include <fondaco/storage/timers.h>
#include <fondaco/storage/writer.h>

#include <memory>
#include <string>
#include <vector>

namespace fondaco::storage {

/// A read connection taken from the pool; given back when it goes out of scope. On SQLite all
/// statements of one lease see the same snapshot.
class ReadLease {
 public:
  ReadLease(std::unique_ptr<Connection> c, std::function<void(std::unique_ptr<Connection>)> back);
  ~ReadLease();
  ReadLease(ReadLease&&) noexcept;
  ReadLease& operator=(ReadLease&&) = delete;
  Read& operator*() { return *read_; }
  Read* operator->() { return read_.get(); }
  operator Read&() { return *read_; }  // NOLINT: a lease is used as what it leases

 private:
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<Read> read_;
  std::function<void(std::unique_ptr<Connection>)> back_;
};

/// One database file (SQLite) or the part of that name (PostgreSQL: all in one database).
class Database {
 public:
  virtual ~Database() = default;
  virtual std::string_view name() const = 0;  // main, keys, behaviour, derived
  virtual Engine engine() const = 0;
  virtual Writer& writer() = 0;
  virtual ReadLease read() = 0;
  /// Moves SQLite's log into the file and empties it, so that what was overwritten is nowhere on
  /// the disk any more. False when a reader held on to it for 5 s; the next call tries again. On
  /// PostgreSQL nothing is done: its log is the server's.
  virtual bool empty_log() = 0;
  /// Runs a use case on the writer and waits for its commit.
  template <class F>
  auto write(F&& f) {
    return writer().run(std::forward<F>(f));
  }
};

struct StoreConfig {
  std::string data_dir;      // Always there: blobs, error files, socket, and SQLite's files.
  std::string database_url;  // postgres://… ; empty: SQLite in data_dir.
  int read_connections = 4;
  bool sync = true;               // false only for derived data and throw-away test stores.
  int checkpoint_pages = 20'000;  // Of SQLite's log, before it is moved into the file.
};

class Store {
 public:
  struct Needs {
    const Clock& clock;
    Random& random;
    std::vector<Migration> migrations;  // Of all modules, storage's own included.
  };
  /// Opens, migrates (after a backup when there is something to lose), refuses a newer schema
  /// and a PostgreSQL collation other than C with Fault. Starts the writers, nothing else.
  static std::unique_ptr<Store> open(const StoreConfig& config, Needs needs);
  virtual ~Store() = default;

  virtual Database& main() = 0;
  virtual Database& keys() = 0;
  virtual Database& behaviour() = 0;
  virtual Database& derived() = 0;

  virtual Outbox& outbox() = 0;
  virtual Timers& timers() = 0;

  virtual const Clock& clock() const = 0;
  virtual IdSource& ids() = 0;
  virtual Random& random() = 0;
  virtual const StoreConfig& config() const = 0;
  virtual Engine engine() const = 0;

  /// Begins to deliver events and to fire timers: after wire.cc has registered all of them.
  virtual void start() = 0;
  /// Finishes what is queued and stops the threads; the destructor does it too.
  virtual void stop() = 0;
};

}  // namespace fondaco::storage
