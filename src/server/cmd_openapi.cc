#include "cli.h"
#include "event_schemas.h"
#include "wire.h"

#include <fondaco/http/server.h>

#include <unistd.h>

#include <filesystem>

namespace fondaco::server {
namespace {

/// A house that nobody lives in: the routes know the document, and they need one to be mounted.
class EmptyHouse {
 public:
  EmptyHouse()
      : dir_(std::filesystem::temp_directory_path() /
             ("fondaco-openapi-" + std::to_string(::getpid()))) {
    HouseConfig config;
    config.store.data_dir = dir_.string();
    config.store.sync = false;
    house_ = std::make_unique<House>(config);
  }
  ~EmptyHouse() {
    house_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(dir_, ignored);
  }
  EmptyHouse(const EmptyHouse&) = delete;
  EmptyHouse& operator=(const EmptyHouse&) = delete;
  House& operator*() { return *house_; }

 private:
  const std::filesystem::path dir_;
  std::unique_ptr<House> house_;
};

int openapi(bool events, Call& call) {
  if (events) {
    call.console.write_out(event_schemas() + "\n");
    return kDone;
  }
  EmptyHouse house;
  call.console.write_out((*house).serve({}).openapi() + "\n");
  return kDone;
}

}  // namespace

void add_openapi(Cli& cli) {
  CLI::App* app = cli.root().add_subcommand("openapi", "Prints the OpenAPI document of the API");
  auto events = std::make_shared<bool>(false);
  app->add_flag("--events", *events, "The schemas of all events instead");
  cli.add({app, Command::Needs::nothing, [events](Call& call) { return openapi(*events, call); }});
}

}  // namespace fondaco::server
