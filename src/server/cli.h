// The command line: what can be said, and who carries it out. Depends on console.h, wire.h.
// Precedence of a value: the flag, the environment (FONDACO_…), the configuration file, the
// default.
#pragma once

#include "console.h"

#include <CLI/CLI.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace fondaco::server {

class House;
struct HouseConfig;

/// What every command that needs a database understands.
struct Common {
  std::string data = "./fondaco-data";
  std::string database;  // postgres://…; empty: SQLite in `data`.
  std::string config_file;
  bool json = false;
};

/// What a command is given to work with.
struct Call {
  const Common& common;
  Console& console;
  House* house = nullptr;  // Only with Needs::house.
  bool by_server = false;  // A server carries it out; its threads go on when it has ended.
};

struct Command {
  enum class Needs {
    nothing,  // No database.
    house,    // Carried out by the running server when there is one.
    own,      // Opens what it needs itself; cannot be done through a running server.
  };
  CLI::App* app = nullptr;  // parsed(): this is the one.
  Needs needs = Needs::house;
  std::function<int(Call&)> run;
};

/// One reading of a command line. Built anew for each.
class Cli {
 public:
  Cli();
  Cli(const Cli&) = delete;
  Cli& operator=(const Cli&) = delete;

  /// Finds the command. Without one: the exit code, after having said why (or the help).
  const Command* parse(std::vector<std::string> arguments, Console& console, int& exit_code);

  CLI::App& root() { return root_; }
  const Common& common() const { return common_; }
  /// Adds --data, --database, --config and --json.
  CLI::App* add(CLI::App& parent, const std::string& name, const std::string& help);
  void add(Command command) { commands_.push_back(std::move(command)); }

 private:
  CLI::App root_;
  Common common_;
  std::vector<Command> commands_;
};

// One per file, each adds its commands.
void add_serve(Cli& cli);
void add_import(Cli& cli);
void add_export(Cli& cli);
void add_verify(Cli& cli);
void add_users(Cli& cli);
void add_backup(Cli& cli);
void add_migrate(Cli& cli);
void add_doctor(Cli& cli);
void add_bench(Cli& cli);
void add_openapi(Cli& cli);
void add_reconcile(Cli& cli);
void add_webhook(Cli& cli);
void add_worker(Cli& cli);

/// The installation that --data and --database name.
HouseConfig house_config(const Common& common, const Console& console);

/// Makes the data directory, closed to others.
void make_directory(const std::string& path);

/// main() without its own variables: reads, forwards or opens, runs. Returns the exit code.
int run(const std::vector<std::string>& arguments, Console& console);
/// In the server: a forwarded command against its own house.
int run_forwarded(const std::vector<std::string>& arguments, Console& console, House& house);

}  // namespace fondaco::server
