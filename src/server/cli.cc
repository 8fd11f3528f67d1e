#include "cli.h"

#include "config.h"
#include "control.h"
#include "wire.h"

#include <fondaco/base/product.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>

namespace fondaco::server {

namespace fs = std::filesystem;

namespace {

constexpr auto kLockWait = std::chrono::seconds(10);

/// What CLI11 says of help and mistakes, on the caller's streams.
int say_parse_error(CLI::App& root, const CLI::ParseError& e, Console& console) {
  std::ostringstream out;
  std::ostringstream err;
  if (root.exit(e, out, err) == 0) {
    console.write_out(out.str());
    return kDone;
  }
  std::string text = err.str();
  while (text.ends_with('\n')) text.pop_back();
  return console.fail(kUsage, "usage", text);
}

/// True when nobody holds the directory's lock.
bool is_free(const std::string& data) {
  const int handle = ::open((data + "/lock").c_str(), O_RDWR | O_CLOEXEC);
  if (handle < 0) return true;
  const bool free = ::flock(handle, LOCK_EX | LOCK_NB) == 0;
  ::close(handle);
  return free;
}

int run_here(const Command& command, Call& call) {
  const HouseConfig config = house_config(call.common, call.console);
  make_directory(config.store.data_dir);
  House house(config);
  call.house = &house;
  const int code = command.run(call);
  house.stop();
  return code;
}

/// By the server when one runs on the directory; another short command there is waited for.
int run_with_house(const Command& command, Call& call, const std::vector<std::string>& arguments) {
  const std::string data = call.console.path(call.common.data);
  if (!call.common.database.empty()) return run_here(command, call);
  const auto give_up = std::chrono::steady_clock::now() + kLockWait;
  for (;;) {
    if (const auto code = forward(data, arguments, call.console)) return *code;
    if (is_free(data)) return run_here(command, call);
    if (std::chrono::steady_clock::now() > give_up) {
      return call.console.fail(kBroken, "directory_in_use", "another process uses " + data);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

int dispatch(Cli& cli, const Command& command, Console& console,
             const std::vector<std::string>& arguments, House* house) {
  Call call{cli.common(), console, house, house != nullptr};
  try {
    if (command.needs != Command::Needs::house || house != nullptr) return command.run(call);
    return run_with_house(command, call, arguments);
  } catch (const ConfigError& e) {
    return console.fail(kUsage, "bad_configuration", e.what());
  } catch (const std::exception& e) {
    return console.fail(kBroken, "broken", e.what());
  }
}

}  // namespace

void make_directory(const std::string& path) {
  if (fs::exists(path)) return;
  if (const auto parent = fs::path(path).parent_path(); !parent.empty()) {
    fs::create_directories(parent);
  }
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    throw Fault("cannot make the directory " + path);
  }
}

Cli::Cli() : root_("An open New Retail platform: shop, store, warehouse on one ledger.") {
  root_.name(std::string(product::kName));
  root_.set_version_flag("--version",
                         std::string(product::kName) + " " + std::string(product::kVersion));
  root_.require_subcommand(1);
  root_.footer("Exit codes: 0 done, 1 done with findings, 2 wrong usage, 3 refused, 4 broken.");
  for (const auto add_one :
       {add_serve, add_import, add_export, add_verify, add_users, add_backup, add_migrate,
        add_doctor, add_bench, add_openapi, add_reconcile, add_webhook, add_worker}) {
    add_one(*this);
  }
}

CLI::App* Cli::add(CLI::App& parent, const std::string& name, const std::string& help) {
  CLI::App* app = parent.add_subcommand(name, help);
  app->add_option("--data", common_.data, "Directory of the installation")->envname("FONDACO_DATA");
  app->add_option("--database", common_.database, "PostgreSQL URL instead of SQLite")
      ->envname("FONDACO_DATABASE");
  app->add_option("--config", common_.config_file, "TOML file")->envname("FONDACO_CONFIG");
  app->add_flag("--json", common_.json, "One JSON object as the last line of standard output");
  return app;
}

const Command* Cli::parse(std::vector<std::string> arguments, Console& console, int& exit_code) {
  // Known before the rest is understood, so that a refusal is an object, too.
  console.set_json(std::find(arguments.begin(), arguments.end(), "--json") != arguments.end());
  try {
    std::reverse(arguments.begin(), arguments.end());  // As CLI11 wants them.
    root_.parse(arguments);
    for (const auto& command : commands_) {
      if (!command.app->parsed()) continue;
      fill_from_file(common_.config_file, console.path(common_.config_file), *command.app);
      return &command;
    }
    exit_code = console.fail(kUsage, "usage", "no such command");
  } catch (const CLI::ParseError& e) {
    exit_code = say_parse_error(root_, e, console);
  } catch (const ConfigError& e) {
    exit_code = console.fail(kUsage, "bad_configuration", e.what());
  }
  return nullptr;
}

HouseConfig house_config(const Common& common, const Console& console) {
  HouseConfig config;
  config.store.data_dir = console.path(common.data);
  config.store.database_url = common.database;
  return config;
}

int run(const std::vector<std::string>& arguments, Console& console) {
  Cli cli;
  int code = kDone;
  const Command* command = cli.parse(arguments, console, code);
  return command ? dispatch(cli, *command, console, arguments, nullptr) : code;
}

int run_forwarded(const std::vector<std::string>& arguments, Console& console, House& house) {
  Cli cli;
  int code = kDone;
  const Command* command = cli.parse(arguments, console, code);
  if (!command) return code;
  if (command->needs != Command::Needs::house) {
    return console.fail(kRefused, "server_runs", "a server runs on this directory");
  }
  return dispatch(cli, *command, console, arguments, &house);
}

}  // namespace fondaco::server
