#include "timer_service.h"

#include <fondaco/base/log.h>

#include <chrono>
#include <future>

namespace fondaco::storage {
namespace {

constexpr Duration kAhead = minutes(2);
constexpr std::int64_t kLoadMax = 20'000;
constexpr auto kTick = std::chrono::milliseconds(250);

constexpr Sql kLoad{"storage.timer_load", R"sql(
  SELECT id, kind, due, ref FROM storage_timer WHERE due <= $1 ORDER BY due, id LIMIT $2)sql"};
constexpr Sql kDelete{"storage.timer_delete", R"sql(
  DELETE FROM storage_timer WHERE shard = $1 AND id = $2)sql"};
constexpr Sql kCount{"storage.timer_count", "SELECT COUNT(*) FROM storage_timer"};

}  // namespace

void TimerService::handle(std::string kind, Handler handler) {
  handlers_[std::move(kind)] = std::move(handler);
}

void TimerService::cancel(Tx& tx, std::int64_t id) { tx.exec(kDelete, {shard_of(id), id}); }

std::int64_t TimerService::open_count() { return main_.read()->scalar(kCount, {}).value_or(0); }

void TimerService::committed(const std::vector<NewTimer>& timers) {
  const std::scoped_lock lock(mutex_);
  for (const NewTimer& t : timers) {
    if (t.due > loaded_until_ || !known_.insert(t.id).second) continue;
    heap_.push({t.id, t.kind, t.due, t.ref});
  }
}

void TimerService::start() {
  thread_ = std::thread([this] { loop(); });
}

void TimerService::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void TimerService::loop() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, kTick, [&] { return stopping_; });
      if (stopping_) return;
    }
    try {
      const Instant now = clock_.now();
      if (now + minutes(1) > loaded_until_) load(now);
      fire(take_due(now), true);
    } catch (const std::exception& e) {
      log::error("storage", "timers could not be fired", {{"why", e.what()}});
    }
  }
}

void TimerService::load(Instant now) {
  const Instant until = now + kAhead;
  std::vector<Timer> found;
  main_.read()->each(kLoad, {until, kLoadMax}, [&](const Row& row) {
    found.push_back({row.integer(0), row.str(1), row.instant(2), row.integer(3)});
  });
  const std::scoped_lock lock(mutex_);
  for (Timer& t : found) {
    if (known_.insert(t.id).second) heap_.push(std::move(t));
  }
  // A full load ends where it was cut: the rest comes with the next one.
  const bool cut = static_cast<std::int64_t>(found.size()) == kLoadMax;
  loaded_until_ = cut ? found.back().due : until;
}

std::vector<Timer> TimerService::take_due(Instant now) {
  std::vector<Timer> due;
  const std::scoped_lock lock(mutex_);
  while (!heap_.empty() && heap_.top().due <= now) {
    due.push_back(heap_.top());
    heap_.pop();
  }
  return due;
}

void TimerService::fire(std::vector<Timer> due, bool wait) {
  std::vector<std::future<void>> fired;
  for (Timer& t : due) {
    const auto handler = handlers_.find(t.kind);
    if (handler == handlers_.end()) {
      log::warn("storage", "a timer has no handler", {{"kind", t.kind}});
      continue;
    }
    auto promise = std::make_shared<std::promise<void>>();
    fired.push_back(promise->get_future());
    const std::int64_t id = t.id;
    main_.writer().submit(
        [&call = handler->second, t](Tx& tx) {
          // Deleted first: of two processes that load it, only one finds it.
          if (tx.exec(kDelete, {shard_of(t.id), t.id}) == 1) call(tx, t);
        },
        [this, promise, id](std::exception_ptr e) {
          {
            // What failed stays in the table; the next load, within a minute, brings it back.
            const std::scoped_lock lock(mutex_);
            known_.erase(id);
          }
          if (e) log::warn("storage", "a timer failed", {{"id", id}});
          promise->set_value();
        });
  }
  if (!wait) return;
  for (auto& f : fired) f.get();
}

void TimerService::run_due() {
  // A handler may set a timer that is due at once; a few rounds settle that.
  for (int round = 0; round < 8; ++round) {
    const Instant now = clock_.now();
    load(now);
    auto due = take_due(now);
    if (due.empty()) return;
    fire(std::move(due), true);
  }
}

}  // namespace fondaco::storage
