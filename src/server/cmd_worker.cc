#include "cli.h"
#include "wire.h"

#include <fondaco/base/log.h>

#include <pthread.h>

#include <csignal>

namespace fondaco::server {
namespace {

struct Options {
  std::string queue = std::string(storage::kWorkerQueue);
  bool once = false;
};

/// Jobs of one queue in a process of its own. On SQLite only while no server runs: the directory
/// belongs to one process, and a server runs its own.
int work(const Options& options, Call& call) {
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
  cli.add({app, Command::Needs::own, [options](Call& call) { return work(*options, call); }});
}

}  // namespace fondaco::server
