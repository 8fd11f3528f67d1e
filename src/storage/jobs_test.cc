#include <fondaco/storage/jobs.h>
#include <fondaco/storage/testing.h>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace fondaco::storage {
namespace {

constexpr Sql kFinished{"storage.job_test_finish", R"sql(
  INSERT INTO storage_setting (name, value, version, at, actor) VALUES ('done', $1, 1, 0, ''))sql"};
constexpr Sql kFinishedCount{"storage.job_test_count", R"sql(
  SELECT COUNT(*) FROM storage_setting WHERE name = 'done' AND value = $1)sql"};

class JobsTest : public testing::TestWithParam<Engine> {
 protected:
  JobsTest() : store(GetParam(), migrations()) {}

  JobId add(NewJob job) {
    return store->main().write([&](Tx& tx) { return enqueue(tx, job); });
  }
  Job job(JobId id) { return *find_job(*store->main().read(), id); }
  template <class F>
  bool soon(F&& done) {
    for (int i = 0; i < 400 && !done(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return done();
  }

  TestStore store;
};
INSTANTIATE_TEST_SUITE_P(Engines, JobsTest, testing::ValuesIn(test_engines()),
                         [](const auto& p) { return engine_name(p.param); });

// A job runs once with its payload; its result, progress and finishing transaction are stored.
TEST_P(JobsTest, RunsAndFinishesInOneTransaction) {
  Jobs jobs(*store, {});
  jobs.handle({.name = "count",
               .run =
                   [](JobContext& c) {
                     EXPECT_EQ(c.job().payload, R"({"n":3})");
                     c.progress(3, 3);
                     c.result(R"({"sum":6})");
                   },
               .finish = [](Tx& tx, const Job& j) { tx.exec(kFinished, {j.result}); }});
  const auto id = add({.kind = "count", .payload = R"({"n":3})"});
  EXPECT_EQ(jobs.run_due(kServerQueue), 1);
  EXPECT_EQ(jobs.run_due(kServerQueue), 0);
  const Job j = job(id);
  EXPECT_EQ(j.state, JobState::done);
  EXPECT_EQ(j.result, R"({"sum":6})");
  EXPECT_EQ(j.done, 3);
  EXPECT_EQ(store->main().read()->scalar(kFinishedCount, {R"({"sum":6})"}), 1);
}

// A failing job waits 5 s, then 10 s, and is given up after its last attempt, with the reason.
TEST_P(JobsTest, RetriesWithGrowingPausesThenGivesUp) {
  Jobs jobs(*store, {});
  int runs = 0;
  jobs.handle({.name = "fail", .run = [&](JobContext&) {
                 ++runs;
                 throw std::runtime_error("no route");
               }});
  const auto id = add({.kind = "fail", .attempts_max = 3});
  EXPECT_EQ(jobs.run_due(kServerQueue), 1);
  EXPECT_EQ(job(id).state, JobState::queued);
  EXPECT_EQ(job(id).run_at - store.clock().now(), seconds(5));
  store.clock().advance(seconds(5));
  EXPECT_EQ(jobs.run_due(kServerQueue), 1);
  EXPECT_EQ(job(id).run_at - store.clock().now(), seconds(10));
  store.clock().advance(seconds(9));
  EXPECT_EQ(jobs.run_due(kServerQueue), 0);
  store.clock().advance(seconds(1));
  EXPECT_EQ(jobs.run_due(kServerQueue), 1);
  EXPECT_EQ(job(id).state, JobState::failed);
  EXPECT_EQ(job(id).error, "no route");
  EXPECT_EQ(runs, 3);
}

// JobRefused fails at once; a failed job can be begun again by hand, an open one cannot.
TEST_P(JobsTest, RefusedFailsAtOnceAndRetryBeginsAgain) {
  Jobs jobs(*store, {});
  bool good = false;
  jobs.handle({.name = "picky", .run = [&](JobContext&) {
                 if (!good) throw JobRefused("no such file");
               }});
  const auto id = add({.kind = "picky"});
  const auto retry = [&] { return store->main().write([&](Tx& tx) { return retry_job(tx, id); }); };
  EXPECT_EQ(retry().refusal(), JobRefusal::not_ended);
  jobs.run_due(kServerQueue);
  EXPECT_EQ(job(id).state, JobState::failed);
  good = true;
  EXPECT_TRUE(retry().ok());
  jobs.run_due(kServerQueue);
  EXPECT_EQ(job(id).state, JobState::done);
}

// What a handler saved is there after the process was killed in the middle: it goes on from it.
TEST_P(JobsTest, GoesOnFromItsCheckpointAfterAKill) {
  std::vector<int> steps;
  bool die = true;
  const auto kind = JobKind{.name = "walk", .run = [&](JobContext& c) {
                              const std::string& was = c.job().checkpoint;
                              int at = was.empty() ? 0 : std::stoi(was);
                              for (; at < 4; ++at) {
                                if (die && at == 2) throw JobInterrupted{};
                                steps.push_back(at);
                                c.save(std::to_string(at + 1));
                              }
                            }};
  const auto id = add({.kind = "walk", .attempts_max = 1});
  {
    Jobs jobs(*store, {});
    jobs.handle(kind);
    EXPECT_EQ(jobs.run_due(kServerQueue), 1);
  }
  EXPECT_EQ(job(id).checkpoint, "2");
  die = false;
  store.clock().advance(seconds(1));
  Jobs jobs(*store, {});
  jobs.handle(kind);
  jobs.run_due(kServerQueue);
  EXPECT_EQ(steps, (std::vector<int>{0, 1, 2, 3}));
}

// A queued job is cancelled at once; a running one when its handler looks; an ended one not.
TEST_P(JobsTest, CancelsQueuedAndRunningJobs) {
  Jobs jobs(*store, {.lease = milliseconds(300)});
  std::atomic<bool> inside{false};
  jobs.handle({.name = "long", .run = [&](JobContext& c) {
                 inside = true;
                 for (;;) {
                   c.check();
                   std::this_thread::sleep_for(std::chrono::milliseconds(5));
                 }
               }});
  const auto cancel = [&](JobId id) {
    return store->main().write([&](Tx& tx) { return cancel_job(tx, id); });
  };
  const auto later = add({.kind = "long", .run_at = store.clock().now() + hours(1)});
  EXPECT_EQ(*cancel(later), JobState::cancelled);
  EXPECT_EQ(cancel(later).refusal(), JobRefusal::already_ended);
  EXPECT_EQ(cancel(JobId{1}).refusal(), JobRefusal::unknown_job);
  const auto now = add({.kind = "long"});
  jobs.start();
  ASSERT_TRUE(soon([&] { return inside.load(); }));
  EXPECT_EQ(*cancel(now), JobState::running);
  EXPECT_TRUE(soon([&] { return job(now).state == JobState::cancelled; }));
}

// Stopping the process puts a running job back without counting the attempt.
TEST_P(JobsTest, StopPutsTheJobBack) {
  const auto id = add({.kind = "long", .attempts_max = 1});
  std::atomic<bool> inside{false};
  Jobs jobs(*store, {});
  jobs.handle({.name = "long", .run = [&](JobContext& c) {
                 inside = true;
                 while (true) {
                   c.check();
                   std::this_thread::sleep_for(std::chrono::milliseconds(5));
                 }
               }});
  jobs.start();
  ASSERT_TRUE(soon([&] { return inside.load(); }));
  jobs.stop();
  EXPECT_EQ(job(id).state, JobState::queued);
  EXPECT_EQ(job(id).attempts, 0);
}

// Two runners share the queue: each job runs exactly once while leases hold.
TEST_P(JobsTest, TwoRunnersNeverTakeTheSameJob) {
  std::atomic<int> runs{0};
  const JobKind kind{.name = "one", .run = [&](JobContext&) { ++runs; }};
  std::vector<JobId> ids;
  for (int i = 0; i < 60; ++i) ids.push_back(add({.kind = "one"}));
  Jobs a(*store, {});
  Jobs b(*store, {});
  a.handle(kind);
  b.handle(kind);
  std::thread other([&] { a.run_due(kServerQueue); });
  b.run_due(kServerQueue);
  other.join();
  for (const auto id : ids) EXPECT_EQ(job(id).state, JobState::done);
  EXPECT_EQ(runs, 60);
}

// A job of a kind that this program does not know is tried again later, not lost.
TEST_P(JobsTest, UnknownKindIsTriedAgain) {
  Jobs jobs(*store, {});
  const auto id = add({.kind = "newer"});
  jobs.run_due(kServerQueue);
  EXPECT_EQ(job(id).state, JobState::queued);
  EXPECT_EQ(job(id).error, "no handler is known for newer");
}

// The list is newest first, by pages and state; ended jobs are purged, open ones are not.
TEST_P(JobsTest, ListsAndPurges) {
  Jobs jobs(*store, {});
  jobs.handle({.name = "quick", .run = [](JobContext&) {}});
  const auto first = add({.kind = "quick"});
  const auto second = add({.kind = "quick", .run_at = store.clock().now() + hours(9)});
  jobs.run_due(kServerQueue);
  auto read = store->main().read();
  const auto all = list_jobs(read, {}, 10);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].id, second);
  EXPECT_EQ(list_jobs(read, second, 10).at(0).id, first);
  EXPECT_EQ(list_jobs(read, {}, 10, JobState::queued).size(), 1U);
  store.clock().advance(hours(1));
  const auto purged =
      store->main().write([&](Tx& tx) { return purge_jobs(tx, store.clock().now()); });
  EXPECT_EQ(purged, 1);
}

}  // namespace
}  // namespace fondaco::storage
