// Jobs: work that takes long or asks the outside world, done outside any transaction.
// Depends on store.h. A job is a row: it survives a kill, is retried with growing pauses, can be
// cancelled, and goes on from what its handler has saved. It runs at least once.
#pragma once

#include <fondaco/base/ids.h>
#include <fondaco/base/result.h>
#include <fondaco/storage/store.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fondaco::storage {

/// Stored as numbers: a released number keeps its meaning.
enum class JobState { queued = 0, running = 1, done = 2, failed = 3, cancelled = 4 };
std::string_view name_of(JobState state);

struct Job {
  JobId id;
  std::string kind;
  std::string queue;
  JobState state = JobState::queued;
  std::string payload;     // JSON, as it was enqueued.
  std::string checkpoint;  // What the handler saved last; empty at the first time.
  std::string result;      // JSON, when done.
  std::string error;       // Of the last attempt that failed.
  std::int64_t done = 0;
  std::int64_t total = 0;  // 0: not known.
  std::int64_t attempts = 0;
  std::int64_t attempts_max = 0;
  Instant run_at;
  Instant created_at;
  Instant updated_at;
  bool cancel_wanted = false;
};

constexpr std::string_view kServerQueue = "server";  // Threads of the server.
constexpr std::string_view kWorkerQueue = "worker";  // The child process, without the database.

struct NewJob {
  std::string kind;
  std::string payload = "{}";
  std::string queue = std::string(kServerQueue);
  std::int64_t attempts_max = 5;
  std::optional<Instant> run_at = {};  // Empty: now.
};

enum class JobRefusal { unknown_job, already_ended, not_ended };

/// Part of `tx`: the job exists when the use case does. Starts within 250 ms of its time.
JobId enqueue(Tx& tx, const NewJob& job);
/// A queued job ends at once, a running one as soon as its handler looks. Refuses unknown_job,
/// already_ended.
Result<JobState, JobRefusal> cancel_job(Tx& tx, JobId id);
/// A failed or cancelled job begins again with its checkpoint. Refuses unknown_job, not_ended.
Result<Unit, JobRefusal> retry_job(Tx& tx, JobId id);
std::optional<Job> find_job(Read& read, JobId id);
/// Newest first, ids below `before` (0: from the newest), at most `limit`.
std::vector<Job> list_jobs(Read& read, JobId before, int limit, std::optional<JobState> only = {});
/// Deletes at most 1,000 jobs that ended before `until`; returns how many. Call until 0.
std::int64_t purge_jobs(Tx& tx, Instant until);

/// Thrown by JobContext::check(): the handler lets it pass.
struct JobInterrupted : std::exception {
  const char* what() const noexcept override { return "the job was cancelled or the process ends"; }
};
/// Thrown by a handler when trying again cannot help.
struct JobRefused : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What a handler knows of its job and may say about it. Belongs to the handler's thread.
class JobContext {
 public:
  virtual ~JobContext() = default;
  virtual const Job& job() const = 0;
  /// Shown in lists; written at most twice a second.
  virtual void progress(std::int64_t done, std::int64_t total) = 0;
  /// Durable when it returns: a later attempt finds it in job().checkpoint.
  virtual void save(std::string state) = 0;
  /// JSON, stored when the handler returns.
  virtual void result(std::string json) = 0;
  virtual bool should_stop() const = 0;
  /// To be called between steps of at most a second or so.
  void check() const {
    if (should_stop()) throw JobInterrupted{};
  }
};

struct JobKind {
  std::string name;
  /// Outside any transaction. On kWorkerQueue it may run in another process: no database there.
  std::function<void(JobContext&)> run;
  /// In the transaction that ends the job as done; job.result holds what the handler said.
  std::function<void(Tx&, const Job&)> finish = {};
  Duration pause = seconds(5);  // After the first failure; doubles with each further one.
  Duration pause_max = hours(1);
};

/// Takes due jobs and runs them. Several processes may share a PostgreSQL database: a job belongs
/// to who has its lease, and a process that dies loses it.
class Jobs {
 public:
  struct Config {
    std::map<std::string, int, std::less<>> threads = {{std::string(kServerQueue), 2}};
    Duration lease = seconds(30);  // By the machine's clock; renewed three times in it.
  };
  /// Runs a job instead of its kind's handler (the child process for kWorkerQueue).
  using Runner = std::function<void(JobContext&)>;

  Jobs(Store& store, Config config);
  ~Jobs();
  Jobs(const Jobs&) = delete;
  Jobs& operator=(const Jobs&) = delete;

  /// All before start().
  void handle(JobKind kind);
  void run_queue_with(std::string queue, Runner runner);
  const JobKind* kind(std::string_view name) const;

  void start();
  /// Handlers that look are interrupted and their jobs go back into the queue.
  void stop();
  /// Runs everything of that queue that is due by the store's clock, here and now; returns how
  /// many attempts were made (tests, `worker --once`).
  int run_due(std::string_view queue);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fondaco::storage
