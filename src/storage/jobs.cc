#include <fondaco/storage/jobs.h>

namespace fondaco::storage {
namespace {

constexpr Sql kInsert{"storage.job_insert", R"sql(
  INSERT INTO storage_job (id, kind, queue, state, open, payload, checkpoint, result, error, done,
                           total, attempts, attempts_max, run_at, created_at, updated_at, cancel,
                           owner, lease_until)
  VALUES ($1, $2, $3, 0, 1, $4, '', '', '', 0, 0, 0, $5, $6, $7, $7, 0, '', 0))sql"};
constexpr Sql kFind{"storage.job_find", R"sql(
  SELECT id, kind, queue, state, payload, checkpoint, result, error, done, total, attempts,
         attempts_max, run_at, created_at, updated_at, cancel
    FROM storage_job WHERE id = $1)sql"};
constexpr Sql kList{"storage.job_list", R"sql(
  SELECT id, kind, queue, state, payload, checkpoint, result, error, done, total, attempts,
         attempts_max, run_at, created_at, updated_at, cancel
    FROM storage_job WHERE id < $1 AND ($2 < 0 OR state = $2) ORDER BY id DESC LIMIT $3)sql"};
constexpr Sql kCancelQueued{"storage.job_cancel_queued", R"sql(
  UPDATE storage_job SET state = 4, open = 0, cancel = 1, updated_at = $2
   WHERE id = $1 AND state = 0)sql"};
constexpr Sql kCancelRunning{"storage.job_cancel_running", R"sql(
  UPDATE storage_job SET cancel = 1, updated_at = $2 WHERE id = $1 AND state = 1)sql"};
constexpr Sql kRetry{"storage.job_retry", R"sql(
  UPDATE storage_job SET state = 0, open = 1, cancel = 0, attempts = 0, run_at = $2,
         updated_at = $2, owner = '', lease_until = 0
   WHERE id = $1 AND state IN (3, 4))sql"};
constexpr Sql kEnded{"storage.job_ended", R"sql(
  SELECT id FROM storage_job WHERE open = 0 AND updated_at < $1 LIMIT 1000)sql"};
constexpr Sql kDelete{"storage.job_delete", "DELETE FROM storage_job WHERE id = $1"};

Job job_of(const Row& row) {
  Job j;
  j.id = row.id<JobId>(0);
  j.kind = row.str(1);
  j.queue = row.str(2);
  j.state = static_cast<JobState>(row.integer(3));
  j.payload = row.str(4);
  j.checkpoint = row.str(5);
  j.result = row.str(6);
  j.error = row.str(7);
  j.done = row.integer(8);
  j.total = row.integer(9);
  j.attempts = row.integer(10);
  j.attempts_max = row.integer(11);
  j.run_at = row.instant(12);
  j.created_at = row.instant(13);
  j.updated_at = row.instant(14);
  j.cancel_wanted = row.flag(15);
  return j;
}

}  // namespace

std::string_view name_of(JobState state) {
  switch (state) {
    case JobState::queued:
      return "queued";
    case JobState::running:
      return "running";
    case JobState::done:
      return "done";
    case JobState::failed:
      return "failed";
    case JobState::cancelled:
      return "cancelled";
  }
  return "unknown";
}

JobId enqueue(Tx& tx, const NewJob& job) {
  FONDACO_CHECK(!job.kind.empty() && !job.queue.empty() && job.attempts_max > 0);
  const auto id = tx.next_id<JobId>();
  tx.exec(kInsert, {id, job.kind, job.queue, job.payload, job.attempts_max,
                    job.run_at.value_or(tx.now()), tx.now()});
  return id;
}

Result<JobState, JobRefusal> cancel_job(Tx& tx, JobId id) {
  if (tx.exec(kCancelQueued, {id, tx.now()}) == 1) return JobState::cancelled;
  if (tx.exec(kCancelRunning, {id, tx.now()}) == 1) return JobState::running;
  const auto job = find_job(tx, id);
  return Refused{job ? JobRefusal::already_ended : JobRefusal::unknown_job};
}

Result<Unit, JobRefusal> retry_job(Tx& tx, JobId id) {
  if (tx.exec(kRetry, {id, tx.now()}) == 1) return Unit{};
  const auto job = find_job(tx, id);
  return Refused{job ? JobRefusal::not_ended : JobRefusal::unknown_job};
}

std::optional<Job> find_job(Read& read, JobId id) { return read.first(kFind, {id}, job_of); }

std::vector<Job> list_jobs(Read& read, JobId before, int limit, std::optional<JobState> only) {
  const std::int64_t from = before ? before.value : INT64_MAX;
  const std::int64_t state = only ? static_cast<std::int64_t>(*only) : -1;
  return read.all(kList, {from, state, limit}, job_of);
}

std::int64_t purge_jobs(Tx& tx, Instant until) {
  const auto ids = tx.all(kEnded, {until}, [](const Row& row) { return row.integer(0); });
  for (const auto id : ids) tx.exec(kDelete, {id});
  return static_cast<std::int64_t>(ids.size());
}

}  // namespace fondaco::storage
