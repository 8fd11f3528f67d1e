#include "outbox_service.h"

#include <fondaco/base/log.h>

#include <algorithm>
#include <chrono>

namespace fondaco::storage {
namespace {

constexpr std::int64_t kNodeBase = std::int64_t{1} << 48;
constexpr std::int64_t kOnceBatch = 512;  // Of those who write to main: checkout waits for them.
constexpr std::int64_t kDerivedBatch = 4096;  // Derived pages are written by many events at once.
constexpr std::int64_t kRush = 256;           // So many in kGather: then gather for longer.
constexpr int kNodes = 16;
constexpr std::size_t kRecentBytes = 12 << 20;
constexpr auto kPoll = std::chrono::milliseconds(100);
constexpr auto kGather = std::chrono::milliseconds(150);
constexpr auto kGatherInRush = std::chrono::milliseconds(600);
constexpr Duration kLease = seconds(15);

constexpr Sql kAfter{"storage.outbox_after", R"sql(
  SELECT id, type, version, entity, entity_version, at, actor, trace, payload
    FROM storage_outbox WHERE id > $1 AND id < $2 ORDER BY id LIMIT $3)sql"};
constexpr Sql kLast{"storage.outbox_last", R"sql(
  SELECT MAX(id) FROM storage_outbox WHERE id >= $1 AND id < $2)sql"};
constexpr Sql kPosition{"storage.subscription_read", R"sql(
  SELECT seq FROM storage_subscription WHERE name = $1 AND node = $2)sql"};
constexpr Sql kMove{"storage.subscription_move", R"sql(
  INSERT INTO storage_subscription (name, node, seq) VALUES ($1, $2, $3)
  ON CONFLICT (name, node) DO UPDATE SET seq = excluded.seq)sql"};
constexpr Sql kLeaseInsert{"storage.lease_insert", R"sql(
  INSERT INTO storage_lease (name, owner, until) VALUES ($1, $2, $3)
  ON CONFLICT (name) DO NOTHING)sql"};
constexpr Sql kLeaseTake{"storage.lease_take", R"sql(
  UPDATE storage_lease SET owner = $2, until = $3
   WHERE name = $1 AND (owner = $2 OR until < $4))sql"};
constexpr Sql kRetain{"storage.outbox_retain", R"sql(
  DELETE FROM storage_outbox WHERE at < $1 AND id >= $2 AND id < $3)sql"};

bool wants(const std::vector<std::string>& types, std::string_view type) {
  return types.empty() || std::find(types.begin(), types.end(), type) != types.end();
}

StoredEvent event_of(const Row& row) {
  const std::int64_t id = row.integer(0);
  return {static_cast<int>(id / kNodeBase),
          id % kNodeBase,
          row.str(1),
          static_cast<int>(row.integer(2)),
          row.integer(3),
          row.integer(4),
          row.instant(5),
          row.str(6),
          row.str(7),
          row.str(8)};
}

}  // namespace

OutboxService::OutboxService(Config config, Database& main)
    : config_(std::move(config)), main_(main) {
  auto read = main_.read();
  for (int node = 0; node < kNodes; ++node) {
    const auto last = read->scalar(kLast, {node * kNodeBase, (node + 1) * kNodeBase});
    if (node == config_.node) {
      seq_ = last.value_or(node * kNodeBase) % kNodeBase;
    } else if (main_.engine() == Engine::postgres) {
      other_nodes_[node] = last.value_or(node * kNodeBase);
    }
  }
  dispatched_ = seq_;
}

OutboxService::~OutboxService() { stop(); }

void OutboxService::every_process(std::string name, std::vector<std::string> types, Every handler) {
  every_.push_back({std::move(name), std::move(types), std::move(handler)});
}

void OutboxService::once(std::string name, std::vector<std::string> types, Database& target,
                         Once handler) {
  auto s = std::make_unique<OnceSubscriber>();
  s->name = std::move(name);
  s->types = std::move(types);
  s->target = &target;
  s->handler = std::move(handler);
  once_.push_back(std::move(s));
}

void OutboxService::start() {
  started_ = true;
  dispatcher_ = std::thread([this] { dispatch_loop(); });
  for (auto& s : once_) {
    s->wanted = seq_;
    s->foreign = !other_nodes_.empty();
    s->thread = std::thread([this, &s = *s] { once_loop(s); });
  }
}

void OutboxService::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  progress_.notify_all();
  if (dispatcher_.joinable()) dispatcher_.join();
  for (auto& s : once_) {
    if (s->thread.joinable()) s->thread.join();
  }
}

void OutboxService::committed(std::vector<StoredEvent> events) {
  if (events.empty()) return;
  const std::scoped_lock lock(mutex_);
  seq_ = events.back().seq;
  if (!started_) {
    dispatched_ = seq_;  // Nobody listens yet; `once` subscribers will read it from the table.
    return;
  }
  const bool wake = fresh_.empty();
  fresh_.insert(fresh_.end(), std::make_move_iterator(events.begin()),
                std::make_move_iterator(events.end()));
  if (wake) wake_.notify_all();
}

void OutboxService::dispatch_loop() {
  std::vector<StoredEvent> mine;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      const auto ready = [&] { return stopping_ || !fresh_.empty(); };
      if (other_nodes_.empty()) {
        wake_.wait(lock, ready);
      } else {
        wake_.wait_for(lock, kPoll, ready);
      }
      if (stopping_ && fresh_.empty()) return;
      mine.swap(fresh_);
    }
    if (!mine.empty()) {
      deliver(mine);
      const std::int64_t last = mine.back().seq;
      remember(mine);
      const std::scoped_lock lock(mutex_);
      dispatched_ = last;
      progress_.notify_all();
    }
    mine.clear();
    poll_other_nodes();
  }
}

void OutboxService::remember(std::vector<StoredEvent>& events) {
  const auto size_of = [](const StoredEvent& e) { return sizeof e + e.payload.capacity(); };
  const std::scoped_lock lock(recent_mutex_);
  for (auto& e : events) {
    recent_bytes_ += size_of(e);
    recent_.push_back(std::move(e));
  }
  while (recent_bytes_ > kRecentBytes) {
    recent_bytes_ -= size_of(recent_.front());
    recent_.pop_front();
  }
}

/// The next batch after `position`, when everything up to `newest` is still in memory.
bool OutboxService::remembered(const OnceSubscriber& s, std::int64_t position, std::int64_t newest,
                               std::vector<StoredEvent>& wanted, std::int64_t& last) const {
  const std::scoped_lock lock(recent_mutex_);
  if (recent_.empty() || recent_.front().seq > position + 1 || recent_.back().seq < newest) {
    return false;
  }
  const auto skip = static_cast<std::size_t>(position + 1 - recent_.front().seq);
  for (std::size_t i = skip; i < recent_.size() && last - position < batch_of(s); ++i) {
    last = recent_[i].seq;
    if (wants(s.types, recent_[i].type)) wanted.push_back(recent_[i]);
  }
  return true;
}

void OutboxService::deliver(std::span<const StoredEvent> events) {
  for (const auto& s : every_) {
    // Runs of wanted events are passed as they lie, without a copy.
    for (std::size_t i = 0; i < events.size();) {
      std::size_t end = i;
      while (end < events.size() && wants(s.types, events[end].type)) ++end;
      if (end > i) {
        try {
          s.handler(events.subspan(i, end - i));
        } catch (const std::exception& e) {
          log::error("storage", "a subscriber failed", {{"name", s.name}, {"why", e.what()}});
        }
      }
      i = std::max(end, i + 1);
    }
  }
  wake_once(events);
}

void OutboxService::wake_once(std::span<const StoredEvent> events) {
  const std::scoped_lock lock(mutex_);
  for (const auto& s : once_) {
    for (const auto& e : events) {
      if (!wants(s->types, e.type)) continue;
      if (e.node == config_.node) {
        s->wanted = e.seq;
      } else {
        s->foreign = true;
      }
    }
  }
  wake_.notify_all();
}

void OutboxService::poll_other_nodes() {
  for (auto& [node, position] : other_nodes_) {
    try {
      std::vector<StoredEvent> events;
      auto read = main_.read();
      read->each(kAfter, {position, (node + 1) * kNodeBase, 1000},
                 [&](const Row& row) { events.push_back(event_of(row)); });
      if (events.empty()) continue;
      position = node * kNodeBase + events.back().seq;
      deliver(events);
    } catch (const std::exception& e) {
      log::warn("storage", "another node's events could not be read", {{"why", e.what()}});
    }
  }
}

void OutboxService::once_loop(OnceSubscriber& s) {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      const auto ready = [&] { return stopping_ || s.wanted > s.done || s.foreign; };
      if (main_.engine() == Engine::postgres) {
        wake_.wait_for(lock, std::chrono::seconds(2), ready);  // A dead process's lease ends too.
      } else {
        wake_.wait(lock, ready);
      }
      // What follows may be moments late; many events at once cost far less than each alone.
      const std::int64_t most = batch_of(s);
      const auto full = [&] { return stopping_ || draining_ > 0 || s.wanted - s.done >= most; };
      if (!wake_.wait_for(lock, kGather, full) && s.wanted - s.done >= kRush) {
        wake_.wait_for(lock, kGatherInRush, full);
      }
      if (stopping_) return;
      s.foreign = false;
    }
    try {
      while (once_step(s)) {
        const std::scoped_lock lock(mutex_);
        if (stopping_) return;
      }
    } catch (const std::exception& e) {
      log::error("storage", "a subscriber failed", {{"name", s.name}, {"why", e.what()}});
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, std::chrono::seconds(1), [&] { return stopping_; });
      if (stopping_) return;
    }
    const std::scoped_lock lock(mutex_);
    progress_.notify_all();
  }
}

std::int64_t OutboxService::batch_of(const OnceSubscriber& s) const {
  return s.target == &main_ ? kOnceBatch : kDerivedBatch;
}

bool OutboxService::take_lease(Tx& tx, const std::string& name) {
  if (main_.engine() == Engine::sqlite) return true;  // One process owns the directory.
  const Instant now = config_.clock.now();
  tx.exec(kLeaseInsert, {name, config_.owner, now + kLease});
  return tx.exec(kLeaseTake, {name, config_.owner, now + kLease, now}) == 1;
}

bool OutboxService::once_step(OnceSubscriber& s) {
  const std::int64_t newest = seq_;
  std::int64_t most = 0;
  const bool mine = s.target->write([&](Tx& tx) {
    if (!take_lease(tx, s.name)) return false;
    most = once_node(tx, s, config_.node, newest);
    for (const auto& [node, position] : other_nodes_) {
      most = std::max(most, once_node(tx, s, node, newest));
    }
    return true;
  });
  const bool more = mine && most == batch_of(s);
  if (!more) {
    const std::scoped_lock lock(mutex_);
    s.done = std::max(s.done, newest);  // Without the lease another process does the work.
    progress_.notify_all();
  }
  return more;
}

/// One batch of one node's events; returns how many rows were read.
std::int64_t OutboxService::once_node(Tx& tx, OnceSubscriber& s, int node, std::int64_t newest) {
  const std::int64_t position = tx.scalar(kPosition, {s.name, node}).value_or(0);
  std::vector<StoredEvent> events;
  std::int64_t rows = 0;
  std::int64_t last = position;
  const auto take = [&](const Row& row) {
    ++rows;
    last = row.integer(0) % kNodeBase;
    if (wants(s.types, row.text(1))) events.push_back(event_of(row));
  };
  const std::int64_t from = node * kNodeBase + position;
  const std::int64_t to = (node + 1) * kNodeBase;
  if (node == config_.node && remembered(s, position, newest, events, last)) {
    rows = last - position;
  } else if (s.target == &main_ || main_.engine() == Engine::postgres) {
    tx.each(kAfter, {from, to, batch_of(s)}, take);
  } else {
    main_.read()->each(kAfter, {from, to, batch_of(s)}, take);
  }
  if (rows == 0) return 0;
  if (!events.empty()) s.handler(tx, events);
  tx.exec(kMove, {s.name, node, last});
  return rows;
}

std::vector<StoredEvent> OutboxService::after(int node, std::int64_t seq, int limit) {
  auto read = main_.read();
  return read->all(kAfter, {node * kNodeBase + seq, (node + 1) * kNodeBase, limit}, event_of);
}

void OutboxService::rewind(const std::string& name, int node, std::int64_t seq) {
  for (const auto& s : once_) {
    if (s->name != name) continue;
    s->target->write([&](Tx& tx) { tx.exec(kMove, {name, node, seq}); });
    const std::scoped_lock lock(mutex_);
    s->wanted = seq_;
    s->done = std::min(s->done, seq);
    s->foreign = true;
    wake_.notify_all();
    return;
  }
  throw Fault("no subscriber is called " + name);
}

std::int64_t OutboxService::retain(Instant until) {
  return main_.write([&](Tx& tx) {
    std::int64_t deleted = 0;
    for (int node = 0; node < kNodes; ++node) {
      const std::int64_t base = node * kNodeBase;
      // The newest row stays: it carries the node's number over a restart.
      std::int64_t end = tx.scalar(kLast, {base, base + kNodeBase}).value_or(base);
      for (const auto& s : once_) {
        auto position = s->target->read()->scalar(kPosition, {s->name, node});
        end = std::min(end, base + position.value_or(0) + 1);
      }
      deleted += tx.exec(kRetain, {until, base, end});
    }
    return deleted;
  });
}

void OutboxService::drain() {
  std::unique_lock lock(mutex_);
  if (!started_) return;
  const std::int64_t target = seq_;
  const auto through = [&] {
    if (stopping_) return true;
    if (dispatched_ < target) return false;
    return std::all_of(once_.begin(), once_.end(),
                       [&](const auto& s) { return s->done >= std::min(s->wanted, target); });
  };
  ++draining_;
  wake_.notify_all();
  progress_.wait(lock, through);
  --draining_;
}

}  // namespace fondaco::storage
