#include "outbox_service.h"
#include "timer_service.h"
#include "writer_thread.h"

#include <fondaco/base/check.h>
#include <fondaco/base/log.h>
#include <fondaco/base/text.h>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <map>
#include <set>

namespace fondaco::storage {

namespace fs = std::filesystem;

ReadLease::ReadLease(std::unique_ptr<Connection> c,
                     std::function<void(std::unique_ptr<Connection>)> back)
    : connection_(std::move(c)),
      read_(std::make_unique<Read>(*connection_)),
      back_(std::move(back)) {
  connection_->begin_read();
}
ReadLease::ReadLease(ReadLease&&) noexcept = default;
ReadLease::~ReadLease() {
  if (!connection_) return;
  connection_->end_read();
  back_(std::move(connection_));
}

namespace {

constexpr std::array<std::string_view, 4> kNames = {"main", "keys", "behaviour", "derived"};
constexpr Duration kNodeLease = seconds(30);

constexpr Sql kApplied{"storage.migrations_applied",
                       "SELECT module, number FROM storage_migration"};
constexpr Sql kApply{"storage.migration_insert", R"sql(
  INSERT INTO storage_migration (module, number, name, at) VALUES ($1, $2, $3, $4))sql"};
constexpr Sql kCollation{"storage.collation", R"sql(
  SELECT datcollate FROM pg_database WHERE datname = current_database())sql"};
constexpr Sql kNodeInsert{"storage.node_insert", R"sql(
  INSERT INTO storage_node (id, owner, until) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING)sql"};
constexpr Sql kNodeTake{"storage.node_take", R"sql(
  UPDATE storage_node SET owner = $2, until = $3 WHERE id = $1 AND until < $4)sql"};
constexpr Sql kNodeRenew{"storage.node_renew", R"sql(
  UPDATE storage_node SET until = $3 WHERE id = $1 AND owner = $2)sql"};
constexpr Sql kNodeFree{"storage.node_free", R"sql(
  UPDATE storage_node SET until = 0 WHERE id = $1 AND owner = $2)sql"};

/// One of the four databases: its writer and a pool of readers.
class OneDatabase final : public Database {
 public:
  OneDatabase(std::string name, Engine engine, std::string where, const StoreConfig& config)
      : name_(std::move(name)),
        engine_(engine),
        where_(std::move(where)),
        sync_(config.sync && name_ != "derived"),
        checkpoint_pages_(config.checkpoint_pages) {}

  std::string_view name() const override { return name_; }
  Engine engine() const override { return engine_; }
  Writer& writer() override { return *writer_; }
  WriterThread& thread() { return *writer_; }
  bool rebuildable() const { return name_ == "derived"; }
  const std::string& where() const { return where_; }

  std::unique_ptr<Connection> connect(bool writer) const {
    if (engine_ == Engine::postgres) return open_postgres(where_, writer);
    return open_sqlite(where_, {sync_, writer, name_ == "keys", rebuildable()});
  }

  ReadLease read() override {
    std::unique_ptr<Connection> c;
    {
      const std::scoped_lock lock(mutex_);
      if (!idle_.empty()) {
        c = std::move(idle_.back());
        idle_.pop_back();
      }
    }
    if (c && !c->usable()) c.reset();
    if (!c) c = connect(false);
    return {std::move(c), [this](std::unique_ptr<Connection> back) {
              const std::scoped_lock lock(mutex_);
              if (idle_.size() < kIdleMax) idle_.push_back(std::move(back));
            }};
  }

  bool empty_log() override { return engine_ == Engine::postgres || empty_sqlite_log(where_); }

  void start_writer(const Clock& clock, IdSource& ids, Random& random, CommitSink* sink) {
    std::function<std::unique_ptr<Connection>()> side;
    if (engine_ == Engine::sqlite && !rebuildable()) side = [this] { return connect(false); };
    writer_ = std::make_unique<WriterThread>(
        WriterThread::Config{name_, [this] { return connect(true); }, side, checkpoint_pages_,
                             clock, ids, random, sink});
  }
  void stop() {
    if (writer_) writer_->stop();
    const std::scoped_lock lock(mutex_);
    idle_.clear();
  }

 private:
  static constexpr std::size_t kIdleMax = 16;
  std::string name_;
  Engine engine_;
  std::string where_;
  bool sync_;
  int checkpoint_pages_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_;
  std::unique_ptr<WriterThread> writer_;
};

/// The storage module's own tables live in `main`; these two in every database.
constexpr std::string_view kOwnTables[] = {
    "CREATE TABLE IF NOT EXISTS storage_migration (module TEXT NOT NULL, number BIGINT NOT NULL, "
    "name TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (module, number))",
    "CREATE TABLE IF NOT EXISTS storage_subscription (name TEXT NOT NULL, node BIGINT NOT NULL, "
    "seq BIGINT NOT NULL, PRIMARY KEY (name, node))"};

class Migrator {
 public:
  Migrator(OneDatabase& db, const std::vector<Migration>& all, const Clock& clock,
           const std::string& data_dir)
      : db_(db), clock_(clock), data_dir_(data_dir), connection_(db.connect(true)) {
    for (const auto& m : all) {
      if (db.engine() == Engine::postgres || database_of(m) == db.name()) mine_.push_back(m);
    }
  }

  void run() {
    for (const auto sql : kOwnTables) connection_->script(std::string(sql));
    const auto applied = read_applied();
    refuse_newer(applied);
    std::vector<Migration> todo;
    for (const auto& m : mine_) {
      if (!applied.contains({std::string(m.module), m.number})) todo.push_back(m);
    }
    if (todo.empty()) return;
    if (!applied.empty()) back_up();
    connection_->begin();
    if (db_.engine() == Engine::postgres) {  // Two processes may start at once.
      connection_->script("LOCK TABLE storage_migration IN EXCLUSIVE MODE");
      const auto now_applied = read_applied();
      std::erase_if(todo, [&](const Migration& m) {
        return now_applied.contains({std::string(m.module), m.number});
      });
    }
    for (const auto& m : todo) apply(m);
    connection_->commit();
  }

 private:
  using Applied = std::set<std::pair<std::string, int>>;

  Applied read_applied() {
    Applied out;
    connection_->each(kApplied, {}, [&](const Row& row) {
      out.emplace(row.str(0), static_cast<int>(row.integer(1)));
    });
    return out;
  }
  void refuse_newer(const Applied& applied) {
    std::map<std::string, int> newest;
    for (const auto& m : mine_) {
      newest[std::string(m.module)] = std::max(newest[std::string(m.module)], m.number);
    }
    for (const auto& [module, number] : applied) {
      const auto known = newest.find(module);
      const int mine = known == newest.end() ? 0 : known->second;
      if (number <= mine) continue;
      throw Fault("the database holds schema " + std::to_string(number) + " of " + module +
                  " when this program knows " + std::to_string(mine) + ": use a newer program");
    }
  }
  void back_up() {
    if (db_.engine() == Engine::postgres) return;  // Its DDL is part of the transaction.
    const fs::path dir = fs::path(data_dir_) / "backups";
    fs::create_directories(dir);
    const auto target = dir / (std::string(db_.name()) + "-before-migration-" +
                               std::to_string(clock_.now().us) + ".db");
    backup_sqlite(db_.where(), target.string());
    log::info("storage", "backed up before migrating", {{"file", target.string()}});
  }
  void apply(const Migration& m) {
    for (const auto& statement : statements_for(m, db_.engine())) connection_->script(statement);
    const Value args[] = {m.module, m.number, m.name, clock_.now()};
    connection_->exec(kApply, args);
  }

  OneDatabase& db_;
  const Clock& clock_;
  const std::string& data_dir_;
  std::vector<Migration> mine_;
  std::unique_ptr<Connection> connection_;
};

class StoreImpl final : public Store, private CommitSink {
 public:
  StoreImpl(const StoreConfig& config, Needs needs)
      : config_(config), clock_(needs.clock), random_(needs.random) {
    fs::create_directories(config_.data_dir);
    const bool postgres = !config_.database_url.empty();
    if (!postgres) lock_directory();
    for (std::size_t i = 0; i < kNames.size(); ++i) {
      const std::string where =
          postgres ? config_.database_url : config_.data_dir + "/" + std::string(kNames[i]) + ".db";
      databases_[i] = std::make_unique<OneDatabase>(
          std::string(kNames[i]), postgres ? Engine::postgres : Engine::sqlite, where, config_);
    }
    if (postgres) require_c_collation();
    for (auto& db : databases_) {
      // PostgreSQL keeps all four in one database, migrated with `main`.
      if (postgres && db->name() != "main") continue;
      Migrator(*db, needs.migrations, clock_, config_.data_dir).run();
    }
    owner_ = to_hex(SecureRandom().bytes(8));
    node_ = postgres ? take_node() : 0;
    ids_ = std::make_unique<IdSource>(clock_, node_);
    outbox_ = std::make_unique<OutboxService>(OutboxService::Config{node_, owner_, clock_}, main());
    timers_ = std::make_unique<TimerService>(clock_, main());
    for (auto& db : databases_) {
      db->start_writer(clock_, *ids_, random_, db->name() == "main" ? this : nullptr);
    }
    if (postgres) lease_thread_ = std::thread([this] { renew_loop(); });
  }
  ~StoreImpl() override { stop(); }

  Database& main() override { return *databases_[0]; }
  Database& keys() override { return *databases_[1]; }
  Database& behaviour() override { return *databases_[2]; }
  Database& derived() override { return *databases_[3]; }
  Outbox& outbox() override { return *outbox_; }
  Timers& timers() override { return *timers_; }
  const Clock& clock() const override { return clock_; }
  IdSource& ids() override { return *ids_; }
  Random& random() override { return random_; }
  const StoreConfig& config() const override { return config_; }
  Engine engine() const override { return databases_[0]->engine(); }

  void start() override {
    outbox_->start();
    timers_->start();
  }

  void stop() override {
    if (stopped_) return;
    stopped_ = true;
    timers_->stop();
    outbox_->stop();
    for (auto& db : databases_) db->stop();
    {
      const std::scoped_lock lock(lease_mutex_);
      lease_stop_ = true;
    }
    lease_wake_.notify_all();
    if (lease_thread_.joinable()) lease_thread_.join();
    if (engine() == Engine::postgres) free_node();
    if (lock_file_ >= 0) ::close(lock_file_);
  }

 private:
  // CommitSink, on the writer's thread of `main`.
  int node() const override { return node_; }
  std::int64_t committed_seq() const override { return outbox_->last_seq(); }
  void committed(std::vector<StoredEvent> events, std::vector<NewTimer> timers) override {
    outbox_->committed(std::move(events));
    if (!timers.empty()) timers_->committed(timers);
  }
  bool may_write() const override { return !lease_lost_; }

  void lock_directory() {
    const std::string path = config_.data_dir + "/lock";
    lock_file_ = ::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (lock_file_ < 0) throw Fault("cannot write " + path);
    if (::flock(lock_file_, LOCK_EX | LOCK_NB) != 0) {
      ::close(lock_file_);
      lock_file_ = -1;
      throw Fault("another process uses " + config_.data_dir);
    }
  }

  void require_c_collation() {
    auto read = main().read();
    const auto collation = read->first(kCollation, {}, [](const Row& row) { return row.str(0); });
    if (collation != "C" && collation != "C.UTF-8" && collation != "C.utf8") {
      throw Fault("the PostgreSQL database has collation " + collation.value_or("unknown") +
                  " when it must be C: create it with LC_COLLATE 'C' TEMPLATE template0");
    }
  }

  static std::int64_t wall_us() {  // Leases of processes are about real time, not test time.
    return SystemClock().now().us;
  }

  int take_node() {
    auto connection = databases_[0]->connect(true);
    for (int node = 1; node < 16; ++node) {
      const std::int64_t now = wall_us();
      const Value insert[] = {node, owner_, std::int64_t{0}};
      connection->exec(kNodeInsert, insert);
      const Value take[] = {node, owner_, now + kNodeLease.us, now};
      if (connection->exec(kNodeTake, take) == 1) return node;
    }
    throw Fault("all 15 nodes of this database are in use");
  }

  void renew_loop() {
    std::unique_ptr<Connection> connection;
    std::int64_t valid_until = wall_us() + kNodeLease.us;
    for (;;) {
      {
        std::unique_lock lock(lease_mutex_);
        lease_wake_.wait_for(lock, std::chrono::seconds(5), [&] { return lease_stop_; });
        if (lease_stop_) return;
      }
      try {
        if (!connection || !connection->usable()) connection = databases_[0]->connect(true);
        const std::int64_t until = wall_us() + kNodeLease.us;
        const Value renew[] = {node_, owner_, until};
        if (connection->exec(kNodeRenew, renew) == 1) {
          valid_until = until;
        } else {
          lease_lost_ = true;
        }
      } catch (const std::exception& e) {
        log::warn("storage", "the node's lease was not renewed", {{"why", e.what()}});
      }
      if (wall_us() > valid_until - seconds(5).us) lease_lost_ = true;
    }
  }

  void free_node() {
    try {
      const Value args[] = {node_, owner_};
      databases_[0]->connect(true)->exec(kNodeFree, args);
    } catch (const std::exception& e) {
      log::warn("storage", "the node's lease was not given back", {{"why", e.what()}});
    }
  }

  StoreConfig config_;
  const Clock& clock_;
  Random& random_;
  int lock_file_ = -1;
  int node_ = 0;
  std::string owner_;
  std::array<std::unique_ptr<OneDatabase>, 4> databases_;
  std::unique_ptr<IdSource> ids_;
  std::unique_ptr<OutboxService> outbox_;
  std::unique_ptr<TimerService> timers_;
  bool stopped_ = false;
  std::atomic<bool> lease_lost_{false};
  std::mutex lease_mutex_;
  std::condition_variable lease_wake_;
  bool lease_stop_ = false;
  std::thread lease_thread_;
};

}  // namespace

std::unique_ptr<Store> Store::open(const StoreConfig& config, Needs needs) {
  return std::make_unique<StoreImpl>(config, std::move(needs));
}

}  // namespace fondaco::storage
