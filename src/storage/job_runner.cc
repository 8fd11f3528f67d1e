#include <fondaco/base/log.h>
#include <fondaco/base/text.h>
#include <fondaco/storage/jobs.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

namespace fondaco::storage {
namespace {

constexpr auto kPoll = std::chrono::milliseconds(250);
constexpr Duration kProgressPause = milliseconds(500);
constexpr std::size_t kErrorBytes = 500;

constexpr Sql kDue{"storage.job_due", R"sql(
  SELECT id FROM storage_job
   WHERE queue = $1 AND open = 1 AND run_at <= $2 AND lease_until < $3
   ORDER BY run_at, id LIMIT 8)sql"};
constexpr Sql kClaim{"storage.job_claim", R"sql(
  UPDATE storage_job
     SET state = 1, owner = $2, lease_until = $3, attempts = attempts + 1, updated_at = $4
   WHERE id = $1 AND open = 1 AND run_at <= $4 AND lease_until < $5)sql"};
constexpr Sql kRenew{"storage.job_renew", R"sql(
  UPDATE storage_job SET lease_until = $3 WHERE id = $1 AND owner = $2 AND state = 1)sql"};
constexpr Sql kCancelled{"storage.job_cancelled", R"sql(
  SELECT cancel FROM storage_job WHERE id = $1)sql"};
constexpr Sql kProgress{"storage.job_progress", R"sql(
  UPDATE storage_job SET done = $3, total = $4, updated_at = $5
   WHERE id = $1 AND owner = $2 AND state = 1)sql"};
constexpr Sql kSave{"storage.job_save", R"sql(
  UPDATE storage_job SET checkpoint = $3, done = $4, total = $5, updated_at = $6
   WHERE id = $1 AND owner = $2 AND state = 1)sql"};
constexpr Sql kEnd{"storage.job_end", R"sql(
  UPDATE storage_job SET state = $3, open = $4, run_at = $5, error = $6, result = $7, done = $8,
         total = $9, attempts = $10, updated_at = $11, owner = '', lease_until = 0
   WHERE id = $1 AND owner = $2 AND state = 1)sql"};
constexpr Sql kOrphans{"storage.job_orphans", R"sql(
  UPDATE storage_job SET lease_until = 0 WHERE state = 1)sql"};

std::int64_t wall_us() {  // Leases are about processes, so about real time.
  return SystemClock().now().us;
}

}  // namespace

/// One attempt: what the handler sees, and what of it must be written.
class Attempt final : public JobContext {
 public:
  Attempt(Store& store, const std::string& owner, Job job, const std::atomic<bool>& stopping)
      : store_(store), owner_(owner), job_(std::move(job)), stopping_(stopping) {}

  const Job& job() const override { return job_; }
  void progress(std::int64_t done, std::int64_t total) override {
    job_.done = done;
    job_.total = total;
    const std::int64_t now = wall_us();
    if (now - progress_at_ < kProgressPause.us) return;
    progress_at_ = now;
    store_.main().write(
        [&](Tx& tx) { tx.exec(kProgress, {job_.id, owner_, done, total, tx.now()}); });
  }
  void save(std::string state) override {
    job_.checkpoint = std::move(state);
    const auto rows = store_.main().write([&](Tx& tx) {
      return tx.exec(kSave, {job_.id, owner_, job_.checkpoint, job_.done, job_.total, tx.now()});
    });
    if (rows == 0) lost = true;
  }
  void result(std::string json) override { job_.result = std::move(json); }
  bool should_stop() const override { return stopping_ || cancelled || lost; }

  std::atomic<bool> cancelled{false};
  std::atomic<bool> lost{false};  // Another process has the lease now.
  bool interrupted = false;       // The handler gave up because it was asked to.

 private:
  Store& store_;
  const std::string& owner_;
  Job job_;
  const std::atomic<bool>& stopping_;
  std::int64_t progress_at_ = 0;
};

struct Jobs::Impl {
  Impl(Store& s, Config c)
      : store(s), config(std::move(c)), owner(to_hex(SecureRandom().bytes(8))) {}

  void loop(const std::string& queue);
  void heartbeat_loop();
  void renew();
  std::optional<Job> claim(std::string_view queue);
  bool step(std::string_view queue);
  void run(Attempt& attempt);
  void end(Attempt& attempt, JobState state, const std::string& error);
  void failed(Attempt& attempt, const std::string& why);
  bool sleep(std::chrono::milliseconds pause);

  Store& store;
  const Config config;
  const std::string owner;
  std::map<std::string, JobKind, std::less<>> kinds;
  std::map<std::string, Runner, std::less<>> runners;
  std::mutex mutex;
  std::condition_variable wake;
  std::set<Attempt*> running;  // Guarded by mutex.
  std::atomic<bool> stopping{false};
  std::vector<std::thread> threads;
};

bool Jobs::Impl::sleep(std::chrono::milliseconds pause) {
  std::unique_lock lock(mutex);
  wake.wait_for(lock, pause, [&] { return stopping.load(); });
  return !stopping;
}

void Jobs::Impl::loop(const std::string& queue) {
  do {
    try {
      while (!stopping && step(queue)) {
      }
    } catch (const std::exception& e) {
      log::error("jobs", "the queue could not be read", {{"queue", queue}, {"why", e.what()}});
    }
  } while (sleep(kPoll));
}

void Jobs::Impl::heartbeat_loop() {
  const std::chrono::milliseconds pause{std::min<std::int64_t>(config.lease.us / 3000, 1000)};
  while (sleep(pause)) {
    try {
      renew();
    } catch (const std::exception& e) {
      log::warn("jobs", "leases were not renewed", {{"why", e.what()}});
    }
  }
}

/// The set stays locked: an attempt may not end and vanish while it is being renewed.
void Jobs::Impl::renew() {
  std::vector<JobId> ids;
  {
    const std::scoped_lock lock(mutex);
    for (const auto* attempt : running) ids.push_back(attempt->job().id);
  }
  if (ids.empty()) return;
  std::set<JobId> gone;
  std::set<JobId> cancelled;
  store.main().write([&](Tx& tx) {
    gone.clear();
    cancelled.clear();
    for (const JobId id : ids) {
      if (tx.exec(kRenew, {id, owner, wall_us() + config.lease.us}) == 0) gone.insert(id);
      if (tx.scalar(kCancelled, {id}).value_or(0) != 0) cancelled.insert(id);
    }
  });
  const std::scoped_lock lock(mutex);
  for (auto* attempt : running) {
    if (gone.contains(attempt->job().id)) attempt->lost = true;
    if (cancelled.contains(attempt->job().id)) attempt->cancelled = true;
  }
}

std::optional<Job> Jobs::Impl::claim(std::string_view queue) {
  std::vector<std::int64_t> due;
  {
    auto read = store.main().read();
    due = read->all(kDue, {queue, store.clock().now(), wall_us()},
                    [](const Row& row) { return row.integer(0); });
  }
  for (const auto id : due) {
    auto job = store.main().write([&](Tx& tx) -> std::optional<Job> {
      const std::int64_t wall = wall_us();
      if (tx.exec(kClaim, {id, owner, wall + config.lease.us, tx.now(), wall}) == 0) return {};
      return find_job(tx, JobId{id});
    });
    if (job) return job;
  }
  return std::nullopt;
}

bool Jobs::Impl::step(std::string_view queue) {
  auto job = claim(queue);
  if (!job) return false;
  Attempt attempt(store, owner, std::move(*job), stopping);
  attempt.cancelled = attempt.job().cancel_wanted;
  {
    const std::scoped_lock lock(mutex);
    running.insert(&attempt);
  }
  try {
    run(attempt);
  } catch (const std::exception& e) {  // The lease ends and somebody tries again.
    log::error("jobs", "the end of a job was not written",
               {{"job", to_text(attempt.job().id)}, {"why", e.what()}});
  }
  const std::scoped_lock lock(mutex);
  running.erase(&attempt);
  return true;
}

void Jobs::Impl::run(Attempt& attempt) {
  const Job& job = attempt.job();
  if (attempt.cancelled) return end(attempt, JobState::cancelled, job.error);
  if (job.attempts > job.attempts_max) {
    return end(attempt, JobState::failed, "the process ended during the last attempt");
  }
  const auto found = kinds.find(job.kind);
  if (found == kinds.end()) return failed(attempt, "no handler is known for " + job.kind);
  const auto runner = runners.find(job.queue);
  try {
    if (runner != runners.end()) {
      runner->second(attempt);
    } else {
      found->second.run(attempt);
    }
    end(attempt, JobState::done, {});
  } catch (const JobInterrupted&) {
    if (attempt.lost) return;
    attempt.interrupted = true;
    end(attempt, attempt.cancelled ? JobState::cancelled : JobState::queued, job.error);
  } catch (const JobRefused& e) {
    end(attempt, JobState::failed, e.what());
  } catch (const std::exception& e) {
    failed(attempt, e.what());
  }
}

void Jobs::Impl::failed(Attempt& attempt, const std::string& why) {
  const bool last = attempt.job().attempts >= attempt.job().attempts_max;
  log::warn("jobs", "an attempt failed",
            {{"job", to_text(attempt.job().id)},
             {"kind", attempt.job().kind},
             {"attempt", attempt.job().attempts},
             {"attempts_max", attempt.job().attempts_max},
             {"why", why}});
  end(attempt, last ? JobState::failed : JobState::queued, why.empty() ? "it failed" : why);
}

/// Writes how the attempt ended. Back in the queue: after the kind's pause when it failed, after
/// a second and as if the attempt had not been made when it was interrupted.
void Jobs::Impl::end(Attempt& attempt, JobState state, const std::string& error) {
  const Job& job = attempt.job();
  const auto found = kinds.find(job.kind);
  const bool interrupted = state == JobState::queued && attempt.interrupted;
  Duration pause = seconds(1);
  if (state == JobState::queued && !interrupted) {
    const JobKind defaults;
    const JobKind& kind = found == kinds.end() ? defaults : found->second;
    const auto doublings = std::min<std::int64_t>(std::max<std::int64_t>(job.attempts - 1, 0), 20);
    pause = std::min(kind.pause * (std::int64_t{1} << doublings), kind.pause_max);
  }
  const std::int64_t attempts = interrupted ? job.attempts - 1 : job.attempts;
  const std::string text = error.substr(0, kErrorBytes);
  const bool open = state == JobState::queued;
  const bool written = store.main().write([&](Tx& tx) {
    if (tx.exec(kEnd, {job.id, owner, state, open, open ? tx.now() + pause : job.run_at, text,
                       job.result, job.done, job.total, attempts, tx.now()}) == 0) {
      return false;
    }
    if (state == JobState::done && found != kinds.end() && found->second.finish) {
      found->second.finish(tx, job);
    }
    return true;
  });
  if (!written) attempt.lost = true;
}

Jobs::Jobs(Store& store, Config config) : impl_(std::make_unique<Impl>(store, std::move(config))) {}
Jobs::~Jobs() { stop(); }

void Jobs::handle(JobKind kind) {
  FONDACO_CHECK(kind.run && impl_->threads.empty());
  impl_->kinds[kind.name] = std::move(kind);
}

void Jobs::run_queue_with(std::string queue, Runner runner) {
  FONDACO_CHECK(runner && impl_->threads.empty());
  impl_->runners[std::move(queue)] = std::move(runner);
}

const JobKind* Jobs::kind(std::string_view name) const {
  const auto found = impl_->kinds.find(name);
  return found == impl_->kinds.end() ? nullptr : &found->second;
}

void Jobs::start() {
  if (impl_->store.engine() == Engine::sqlite) {  // Nobody else can be running them.
    impl_->store.main().write([](Tx& tx) { tx.exec(kOrphans, {}); });
  }
  impl_->threads.emplace_back([this] { impl_->heartbeat_loop(); });
  for (const auto& [queue, count] : impl_->config.threads) {
    for (int i = 0; i < count; ++i) {
      impl_->threads.emplace_back([this, name = queue] { impl_->loop(name); });
    }
  }
}

void Jobs::stop() {
  {
    const std::scoped_lock lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->wake.notify_all();
  for (auto& thread : impl_->threads) thread.join();
  impl_->threads.clear();
}

int Jobs::run_due(std::string_view queue) {
  int attempts = 0;
  while (!impl_->stopping && impl_->step(queue)) ++attempts;
  return attempts;
}

}  // namespace fondaco::storage
