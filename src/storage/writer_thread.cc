#include "writer_thread.h"

#include <fondaco/base/check.h>
#include <fondaco/base/log.h>

#include <algorithm>

namespace fondaco::storage {
namespace {

constexpr std::size_t kItemsPerCommit = 2048;
constexpr int kCheckpointPatience = 5;  // So many times as many pages: then the writer helps.
constexpr int kLogPagesMany = 250'000;  // 1 GB: somebody reads for very long.
constexpr int kAttempts = 5;

constexpr Sql kOutbox{"storage.outbox_insert.batch", R"sql(
  INSERT INTO storage_outbox
    (id, type, version, entity, entity_version, at, actor, trace, payload)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9))sql",
                      R"sql(
  INSERT INTO storage_outbox
    (id, type, version, entity, entity_version, at, actor, trace, payload)
  SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[],
                       $6::bigint[], $7::text[], $8::text[], $9::text[]))sql"};

constexpr Sql kTimer{"storage.timer_insert.batch", R"sql(
  INSERT INTO storage_timer (id, shard, kind, due, ref) VALUES ($1, $2, $3, $4, $5))sql",
                     R"sql(
  INSERT INTO storage_timer (id, shard, kind, due, ref)
  SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[]))sql"};

struct TransactionLost : Fault {
  using Fault::Fault;
};

}  // namespace

WriterThread::WriterThread(Config config) : config_(std::move(config)) {
  connection_ = config_.open();
  if (config_.open_side) checkpointer_ = std::thread([this] { checkpoint_loop(); });
  thread_ = std::thread([this] { loop(); });
}

WriterThread::~WriterThread() { stop(); }

void WriterThread::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  {
    const std::scoped_lock lock(checkpoint_mutex_);
    checkpoint_stop_ = true;
  }
  checkpoint_wake_.notify_all();
  if (checkpointer_.joinable()) checkpointer_.join();
}

void WriterThread::submit(Command command, Done done) {
  Item item;
  item.command = std::move(command);
  item.done = std::move(done);
  push(std::move(item));
}

void WriterThread::submit_batch(BatchCommand& command, void* data, Done done) {
  Item item;
  item.batch = &command;
  item.data = data;
  item.done = std::move(done);
  push(std::move(item));
}

void WriterThread::push(Item item) {
  bool wake = false;
  {
    const std::scoped_lock lock(mutex_);
    if (!stopping_) {
      queue_.push_back(std::move(item));
      wake = waiting_;
      item.done = nullptr;
    }
  }
  if (item.done) item.done(std::make_exception_ptr(Fault("the writer has stopped")));
  if (wake) wake_.notify_one();
}

Writer::Stats WriterThread::stats() const {
  Stats s;
  s.commits = commits_;
  s.commands = commands_;
  s.one_by_one = one_by_one_;
  s.poisoned = poisoned_;
  const std::scoped_lock lock(mutex_);
  s.queued = static_cast<std::int64_t>(queue_.size());
  return s;
}

void WriterThread::loop() {
  std::vector<Item> mine;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      waiting_ = true;
      wake_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
      waiting_ = false;
      if (queue_.empty()) return;
      if (queue_.size() <= kItemsPerCommit) {
        mine.swap(queue_);
      } else {
        const auto end = queue_.begin() + kItemsPerCommit;
        mine.assign(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
        queue_.erase(queue_.begin(), end);
      }
    }
    run_items(mine);
    for (Item& item : mine) item.done(item.error);
    mine.clear();
    tend_log();
  }
}

void WriterThread::run_items(std::vector<Item>& items) {
  commands_ += static_cast<std::int64_t>(items.size());
  if (poisoned_) {
    return fail_all(items, std::make_exception_ptr(
                               Fault(config_.name + ": a sync has failed, writes are refused")));
  }
  if (config_.sink && !config_.sink->may_write()) {
    return fail_all(items, std::make_exception_ptr(Fault(
                               config_.name + ": the node's lease is lost, writes are refused")));
  }
  try {
    if (!connection_->usable()) connection_ = config_.open();
    together(items);
    return;
  } catch (const SyncFailed&) {
    poisoned_ = true;
    connection_->rollback();
    return fail_all(items, std::current_exception());
  } catch (const std::exception& e) {
    // Expected under contention and when one command of a batch is broken: once more, singly.
    log::info("storage", "a batch is run again one by one", {{"why", e.what()}});
    connection_->rollback();
  }
  ++one_by_one_;
  for (int attempt = 1;; ++attempt) {
    try {
      if (!connection_->usable()) connection_ = config_.open();
      singly(items);
      return;
    } catch (const SyncFailed&) {
      poisoned_ = true;
      connection_->rollback();
      return fail_all(items, std::current_exception());
    } catch (const Transient&) {
      connection_->rollback();
      if (attempt == kAttempts) return fail_all(items, std::current_exception());
    } catch (const std::exception& e) {
      log::error("storage", "a transaction failed",
                 {{"database", config_.name}, {"why", e.what()}});
      connection_->rollback();
      return fail_all(items, std::current_exception());
    }
  }
}

void WriterThread::fail_all(std::vector<Item>& items, std::exception_ptr error) {
  for (Item& item : items) item.error = error;
}

Tx WriterThread::begin() {
  connection_->begin();
  return Tx(*connection_, {config_.clock.now(), config_.ids, config_.random});
}

void WriterThread::together(std::vector<Item>& items) {
  for (Item& item : items) item.ran = false;
  Tx tx = begin();
  for (std::size_t i = 0; i < items.size(); ++i) {
    Item& item = items[i];
    if (item.ran) continue;
    if (item.batch) {
      run_batch_of(tx, items, i);
    } else {
      in_savepoint(tx, item, item.command);
    }
  }
  commit(tx);
}

void WriterThread::run_batch_of(Tx& tx, std::vector<Item>& items, std::size_t first) {
  std::vector<void*> data;
  for (std::size_t i = first; i < items.size(); ++i) {
    if (items[i].batch != items[first].batch) continue;
    data.push_back(items[i].data);
    items[i].ran = true;
    items[i].error = nullptr;
  }
  tx.act_as({}, {});
  items[first].batch->run(tx, data);
}

void WriterThread::singly(std::vector<Item>& items) {
  Tx tx = begin();
  for (Item& item : items) {
    if (item.batch) {
      run_single_item(tx, item);
    } else {
      in_savepoint(tx, item, item.command);
    }
  }
  commit(tx);
}

void WriterThread::run_single_item(Tx& tx, Item& item) {
  const Command run_one = [&](Tx& t) { item.batch->run(t, std::span<void* const>(&item.data, 1)); };
  // Another process may take the last unit between our look and our guarded UPDATE; the second
  // look sees that and refuses.
  for (int attempt = 1; attempt <= kAttempts; ++attempt) {
    in_savepoint(tx, item, run_one);
    if (!item.error) return;
    try {
      std::rethrow_exception(item.error);
    } catch (const GuardFailed&) {
      continue;
    } catch (...) {  // The item keeps its error; the others go on.
      return;
    }
  }
}

void WriterThread::in_savepoint(Tx& tx, Item& item, const Command& command) {
  const Mark mark{tx.events_.size(), tx.timers_.size(), tx.hooks_.size()};
  item.error = nullptr;
  item.ran = true;
  tx.refused_ = false;
  tx.act_as({}, {});
  connection_->savepoint();
  try {
    command(tx);
  } catch (const Transient&) {
    throw;
  } catch (...) {  // Kept for the one who asked; his savepoint is undone below.
    item.error = std::current_exception();
  }
  if (!connection_->in_transaction()) {
    if (item.error) std::rethrow_exception(item.error);
    throw TransactionLost(config_.name + ": the engine ended the transaction");
  }
  if (!item.error && !tx.refused_) return connection_->release();
  tx.events_.resize(mark.events);
  tx.timers_.resize(mark.timers);
  tx.hooks_.resize(mark.hooks);
  tx.refused_ = false;
  connection_->rollback_to();
}

void WriterThread::commit(Tx& tx) {
  std::vector<StoredEvent> stored;
  FONDACO_CHECK(config_.sink || (tx.events_.empty() && tx.timers_.empty()));
  write_outbox(tx, stored);
  write_timers(tx);
  connection_->commit();
  ++commits_;
  if (config_.sink && (!stored.empty() || !tx.timers_.empty())) {
    config_.sink->committed(std::move(stored), std::move(tx.timers_));
  }
  for (const auto& hook : tx.hooks_) hook();
}

void WriterThread::write_outbox(Tx& tx, std::vector<StoredEvent>& stored) {
  if (tx.events_.empty()) return;
  const std::int64_t node = config_.sink->node();
  std::int64_t seq = config_.sink->committed_seq();
  stored.reserve(tx.events_.size());
  const auto insert = tx.batch(kOutbox);
  for (EventRecord& e : tx.events_) {
    ++seq;
    insert->add({node << 48 | seq, e.type, e.version, e.entity, e.entity_version, tx.now(), e.actor,
                 e.trace, e.payload});
    stored.push_back({static_cast<int>(node), seq, std::move(e.type), e.version, e.entity,
                      e.entity_version, tx.now(), std::move(e.actor), std::move(e.trace),
                      std::move(e.payload)});
  }
  insert->finish();
}

void WriterThread::write_timers(Tx& tx) {
  if (tx.timers_.empty()) return;
  const auto insert = tx.batch(kTimer);
  for (const NewTimer& t : tx.timers_) insert->add({t.id, shard_of(t.id), t.kind, t.due, t.ref});
  insert->finish();
}

/// The checkpointer copies what is there, twice, so that little is left; that little is copied
/// here, between two commits: with nothing left in it the WAL is begun anew instead of growing.
/// Nobody waits for readers; while one is there the WAL grows on.
void WriterThread::tend_log() {
  if (!checkpointer_.joinable()) return;
  const int pages = connection_->wal_pages();
  if (pages < log_pages_told_) log_pages_told_ = 0;  // Begun anew.
  const bool due = pages - log_pages_told_ >= config_.checkpoint_pages;
  const bool help = due && pages >= config_.checkpoint_pages * kCheckpointPatience;
  if (log_nearly_copied_.exchange(false) || help) {
    try {
      connection_->checkpoint();
    } catch (const std::exception& e) {
      log::warn("storage", "a checkpoint failed", {{"database", config_.name}, {"why", e.what()}});
    }
  }
  if (!due) return;
  log_pages_told_ = pages;
  if (pages > kLogPagesMany) {
    log::warn("storage", "the write-ahead log cannot be begun anew, somebody reads for long",
              {{"database", config_.name}, {"pages", pages}});
  }
  {
    const std::scoped_lock lock(checkpoint_mutex_);
    checkpoint_due_ = true;
  }
  checkpoint_wake_.notify_one();
}

void WriterThread::checkpoint_loop() {
  std::unique_ptr<Connection> connection;
  for (;;) {
    {
      std::unique_lock lock(checkpoint_mutex_);
      checkpoint_wake_.wait(lock, [&] { return checkpoint_due_ || checkpoint_stop_; });
      if (checkpoint_stop_) return;
      checkpoint_due_ = false;
    }
    try {
      if (!connection) connection = config_.open_side();
      copy_log(*connection);
    } catch (const std::exception& e) {
      log::warn("storage", "a checkpoint failed", {{"database", config_.name}, {"why", e.what()}});
    }
  }
}

void WriterThread::copy_log(Connection& connection) {
  connection.checkpoint();
  connection.checkpoint();
  log_nearly_copied_ = true;
}

}  // namespace fondaco::storage
