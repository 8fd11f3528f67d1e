#include "cli.h"
#include "fetch_child.h"
#include "wire.h"

#include <fondaco/base/log.h>
#include <fondaco/base/text.h>

#include <pthread.h>

#include <csignal>
#include <cstdlib>

namespace fondaco::server {
namespace {

struct Options {
  std::string queue = std::string(storage::kWorkerQueue);
  bool once = false;
  std::string fetch;  // Directory.
};

/// FONDACO_TEST_FETCH_PORT lets tests serve pictures from this machine; nothing else does.
FetchLimits fetch_limits() {
  FetchLimits limits;
  if (const char* port = std::getenv("FONDACO_TEST_FETCH_PORT")) {
    limits.loopback_port = static_cast<int>(parse_int(port).value_or(0));
  }
  return limits;
}

/// Jobs of one queue in a process of its own. On SQLite only while no server runs: the directory
/// belongs to one process, and a server runs its own.
int work(const Options& options, Call& call) {
  if (!options.fetch.empty()) return fetch_child(options.fetch, fetch_limits());
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  HouseConfig config = house_config(call.common, call.console);
  config.queues = {{options.queue, 1}};
  make_directory(config.store.data_dir);
  House house(config);
  if (options.once) {
    const int attempts = house.jobs().run_due(options.queue);
    call.console.say(std::to_string(attempts) + " attempts");
    call.console.result("{\"attempts\":" + std::to_string(attempts) + "}");
  } else {
    house.jobs().start();
    int signal = 0;
    sigwait(&signals, &signal);
    house.jobs().stop();
  }
  house.stop();
  return kDone;
}

}  // namespace

void add_worker(Cli& cli) {
  CLI::App* app = cli.add(cli.root(), "worker", "Runs long jobs in a process of its own");
  auto options = std::make_shared<Options>();
  app->add_option("--queue", options->queue, "worker or server");
  app->add_flag("--once", options->once, "What is due now, then ends");
  app->add_option("--fetch", options->fetch,
                  "Fetches the addresses of standard input into this directory, and nothing else");
  cli.add({app, Command::Needs::own, [options](Call& call) { return work(*options, call); }});
}

}  // namespace fondaco::server
