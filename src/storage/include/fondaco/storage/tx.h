// Read and Tx: how modules touch the database. Depends on sql.h.
// A reading function takes Read&, a writing one Tx& first. Both belong to one thread. Nothing
// that waits (network, sleep, hashing of passwords) may run while a Tx is open: one writer
// serves everybody.
#pragma once

#include <fondaco/base/check.h>
#include <fondaco/base/random.h>
#include <fondaco/storage/sql.h>

#include <functional>
#include <string>
#include <vector>

namespace fondaco::storage {

class Connection;

/// A guarded statement touched fewer rows than it was asked to. Thrown inside a batch; the
/// writer then rolls back and runs the same commands one by one.
struct GuardFailed : std::exception {
  explicit GuardFailed(std::string_view statement) : what_(statement) {}
  const char* what() const noexcept override { return what_.c_str(); }

 private:
  std::string what_;
};

/// A unique key was already there, or a CHECK of the schema refused the row.
struct Conflict : Fault {
  using Fault::Fault;
};

/// Many look-ups by key in one go: a loop on SQLite, one statement over unnest() on PostgreSQL.
class BatchRead {
 public:
  virtual ~BatchRead() = default;
  virtual void add(Args key) = 0;
  /// Rows come in no particular order: select the key with them.
  virtual void run(RowFn each) = 0;
};

/// Many writes of one kind: rows one after the other on SQLite, one unnest() on PostgreSQL.
class BatchWrite {
 public:
  virtual ~BatchWrite() = default;
  virtual void add(Args row) = 0;
  /// Each added row must have changed exactly one row, else GuardFailed. Must be called.
  virtual void finish() = 0;
};

/// A consistent view for reading. Cost of a prepared point look-up: about 3 µs on SQLite.
class Read {
 public:
  explicit Read(Connection& c) : connection_(c) {}
  Read(const Read&) = delete;
  Read& operator=(const Read&) = delete;

  Engine engine() const;
  void each(const Sql& sql, Args args, RowFn row);
  /// As each(), for arguments counted at run time.
  void each(const Sql& sql, std::span<const Value> args, RowFn row);
  /// First column of the first row.
  std::optional<std::int64_t> scalar(const Sql& sql, Args args);
  /// make(row) of the first row.
  template <class F>
  auto first(const Sql& sql, Args args, F&& make)
      -> std::optional<decltype(make(std::declval<const Row&>()))> {
    std::optional<decltype(make(std::declval<const Row&>()))> out;
    each(sql, args, [&](const Row& row) {
      if (!out) out.emplace(make(row));
    });
    return out;
  }
  /// make(row) of every row.
  template <class F>
  auto all(const Sql& sql, Args args, F&& make)
      -> std::vector<decltype(make(std::declval<const Row&>()))> {
    std::vector<decltype(make(std::declval<const Row&>()))> out;
    each(sql, args, [&](const Row& row) { out.push_back(make(row)); });
    return out;
  }
  std::unique_ptr<BatchRead> lookup(const Sql& sql);

 protected:
  Connection& connection_;
};

/// What happened, as it is stored. Payload is JSON of the event struct.
struct EventRecord {
  std::string type;  // "order.placed"
  int version = 1;
  std::int64_t entity = 0;
  std::int64_t entity_version = 0;
  std::string payload;
  std::string actor = {};  // Filled by Tx::publish.
  std::string trace = {};
};

struct NewTimer {
  std::int64_t id = 0;
  std::string kind;  // The handler registered under it runs when due.
  Instant due;
  std::int64_t ref = 0;
};

/// One use case inside the writer's transaction. A refusal that changed something calls
/// refuse(): everything since the use case began is rolled back, events and timers too.
class Tx : public Read {
 public:
  struct Env {
    Instant now;
    IdSource& ids;
    Random& random;
  };
  Tx(Connection& c, Env env) : Read(c), env_(env) {}

  /// Rows changed.
  std::int64_t exec(const Sql& sql, Args args);
  std::unique_ptr<BatchWrite> batch(const Sql& sql);

  Instant now() const { return env_.now; }
  Random& random() { return env_.random; }
  template <class I>
  I next_id(std::int64_t shard = 0) {
    return env_.ids.next<I>(shard);
  }

  /// Ends as a refusal: the savepoint of this use case is rolled back, nothing happened.
  void refuse() { refused_ = true; }
  bool refused() const { return refused_; }

  /// Part of this transaction; gets its gapless number at commit. See outbox.h for publish<E>().
  void publish(EventRecord event);
  /// Who acts and under which trace; written beside each event (the audit entry).
  void act_as(std::string actor, std::string trace = {}) {
    actor_ = std::move(actor);
    trace_ = std::move(trace);
  }
  const std::string& actor() const { return actor_; }
  /// Part of this transaction; returns the timer's id.
  std::int64_t schedule(std::string_view kind, Instant due, std::int64_t ref);
  /// Runs on the writer's thread after the commit has returned; never when rolled back.
  void after_commit(std::function<void()> hook) { hooks_.push_back(std::move(hook)); }

 private:
  friend class WriterThread;
  Env env_;
  bool refused_ = false;
  std::string actor_;
  std::string trace_;
  std::vector<EventRecord> events_;
  std::vector<NewTimer> timers_;
  std::vector<std::function<void()>> hooks_;
};

}  // namespace fondaco::storage
