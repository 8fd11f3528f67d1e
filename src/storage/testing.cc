#include "connection.h"

#include <fondaco/base/check.h>
#include <fondaco/storage/testing.h>

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>

namespace fondaco::storage {
namespace {

std::string fresh_name() {
  static std::atomic<int> count{0};
  return "fondaco_test_" + std::to_string(::getpid()) + "_" + std::to_string(++count);
}

std::string test_server() {
  const char* url = std::getenv("FONDACO_TEST_PG");
  return url ? url : "";
}

/// The server's URL with a schema of our own as search path.
std::string url_with_schema(const std::string& schema) {
  const std::string url = test_server();
  const char joint = url.find('?') == std::string::npos ? '?' : '&';
  return url + joint + "options=-csearch_path%3D" + schema;
}

}  // namespace

TestStore::TestStore(Engine engine, std::vector<Migration> migrations, std::uint64_t seed)
    : migrations_(std::move(migrations)),
      clock_(*parse_rfc3339("2026-11-22T10:00:00Z")),
      random_(seed) {
  const std::string name = fresh_name();
  config_.data_dir = (std::filesystem::temp_directory_path() / name).string();
  config_.sync = false;
  std::filesystem::remove_all(config_.data_dir);
  if (engine == Engine::postgres) {
    open_postgres(test_server(), true)->script("CREATE SCHEMA " + name);
    config_.database_url = url_with_schema(name);
  }
  reopen();
}

TestStore::~TestStore() {
  store_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(config_.data_dir, ignored);
  if (config_.database_url.empty()) return;
  const std::string schema = std::filesystem::path(config_.data_dir).filename().string();
  open_postgres(test_server(), true)->script("DROP SCHEMA " + schema + " CASCADE");
}

void TestStore::reopen() {
  store_.reset();
  store_ = Store::open(config_, {clock_, random_, migrations_});
}

std::vector<Engine> test_engines() {
  if (test_server().empty()) return {Engine::sqlite};
  return {Engine::sqlite, Engine::postgres};
}

std::string engine_name(Engine engine) { return engine == Engine::sqlite ? "sqlite" : "postgres"; }

std::vector<Migration> join(std::initializer_list<std::vector<Migration>> parts) {
  std::vector<Migration> out;
  for (const auto& part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

}  // namespace fondaco::storage
