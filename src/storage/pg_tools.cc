#include "backup_set.h"

#include <fondaco/base/check.h>

#include <fcntl.h>
#include <libpq-fe.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

extern char** environ;

namespace fondaco::storage {

namespace fs = std::filesystem;

namespace {

/// Names of libpq's options and of the variables that say the same.
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kVariables = {{
    {"host", "PGHOST"},
    {"port", "PGPORT"},
    {"user", "PGUSER"},
    {"password", "PGPASSWORD"},
    {"dbname", "PGDATABASE"},
    {"options", "PGOPTIONS"},
    {"sslmode", "PGSSLMODE"},
    {"sslrootcert", "PGSSLROOTCERT"},
}};

std::vector<std::string> environment_for(const std::string& url) {
  std::vector<std::string> out;
  for (char** e = environ; *e != nullptr; ++e) out.emplace_back(*e);
  char* error = nullptr;
  PQconninfoOption* options = PQconninfoParse(url.c_str(), &error);
  if (!options) {
    const std::string why = error ? error : "it cannot be read";
    PQfreemem(error);
    throw Fault("the database URL: " + why);
  }
  for (const auto* o = options; o->keyword != nullptr; ++o) {
    if (!o->val) continue;
    for (const auto& [keyword, variable] : kVariables) {
      if (keyword != o->keyword) continue;
      const std::string start = std::string(variable) + "=";
      std::erase_if(out, [&](const std::string& e) { return e.starts_with(start); });
      out.push_back(start + o->val);
    }
  }
  PQconninfoFree(options);
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (auto& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

std::string read_all(int handle) {
  std::string out;
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t n = ::read(handle, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return out;
    if (out.size() < 16'384) out.append(buffer.data(), static_cast<std::size_t>(n));
  }
}

}  // namespace

std::string find_pg_tool(const std::string& name) {
  std::vector<std::string> places;
  if (fs::exists("/usr/lib/postgresql")) {
    for (const auto& version : fs::directory_iterator("/usr/lib/postgresql")) {
      places.push_back((version.path() / "bin" / name).string());
    }
  }
  std::sort(places.rbegin(), places.rend());
  places.push_back("/usr/bin/" + name);
  places.push_back("/usr/local/bin/" + name);
  for (const auto& place : places) {
    if (::access(place.c_str(), X_OK) == 0) return place;
  }
  throw Fault(name +
              " is not installed: a PostgreSQL database is backed up and restored by the "
              "programs of the package postgresql-client");
}

void run_pg_tool(const std::string& tool, const std::string& url,
                 const std::vector<std::string>& arguments) {
  std::vector<std::string> words = {tool};
  words.insert(words.end(), arguments.begin(), arguments.end());
  // pg_restore writes SQL to its output unless it is told the database, which is in PGDATABASE.
  auto environment = environment_for(url);
  if (tool.ends_with("pg_restore")) {
    const auto found = std::find_if(environment.begin(), environment.end(),
                                    [](const auto& e) { return e.starts_with("PGDATABASE="); });
    words.insert(
        words.begin() + 1,
        "--dbname=" + (found == environment.end() ? std::string("postgres") : found->substr(11)));
  }
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) throw Fault("no pipe for " + tool);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, pipe[1], 1);
  posix_spawn_file_actions_adddup2(&actions, pipe[1], 2);
  pid_t child = 0;
  const int failed = ::posix_spawn(&child, tool.c_str(), &actions, nullptr, pointers(words).data(),
                                   pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  ::close(pipe[1]);
  const std::string said = failed == 0 ? read_all(pipe[0]) : std::string();
  ::close(pipe[0]);
  if (failed != 0) throw Fault("cannot run " + tool + ": " + std::strerror(failed));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0) throw Fault(tool + " failed: " + said);
}

}  // namespace fondaco::storage
