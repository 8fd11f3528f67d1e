// For tests: a throw-away store on either engine. Depends on store.h.
// PostgreSQL is used when FONDACO_TEST_PG holds a connection URL (tools/run_tests.py starts one);
// each TestStore lives in a schema of its own there.
#pragma once

#include <fondaco/base/random.h>
#include <fondaco/storage/store.h>

#include <memory>
#include <string>
#include <vector>

namespace fondaco::storage {

class TestStore {
 public:
  /// Seeded randomness and a clock at 2026-11-22T10:00:00Z.
  TestStore(Engine engine, std::vector<Migration> migrations, std::uint64_t seed = 1);
  ~TestStore();
  Store& operator*() { return *store_; }
  Store* operator->() { return store_.get(); }
  TestClock& clock() { return clock_; }
  const std::string& dir() const { return config_.data_dir; }
  const StoreConfig& config() const { return config_; }
  /// Closes and opens again, as after a restart.
  void reopen();

 private:
  std::vector<Migration> migrations_;
  TestClock clock_;
  SeededRandom random_;
  StoreConfig config_;
  std::unique_ptr<Store> store_;
};

/// sqlite, and postgres when FONDACO_TEST_PG is set: for INSTANTIATE_TEST_SUITE_P.
std::vector<Engine> test_engines();
std::string engine_name(Engine engine);
/// The migrations of several modules, storage's own first.
std::vector<Migration> join(std::initializer_list<std::vector<Migration>> parts);

}  // namespace fondaco::storage
