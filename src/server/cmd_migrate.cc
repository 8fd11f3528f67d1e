#include "cli.h"
#include "wire.h"

#include <fondaco/base/json.h>
#include <fondaco/storage/backup.h>

namespace fondaco::server {
namespace {

/// Opening has migrated; this says where everything stands.
int migrate(Call& call) {
  std::map<std::string, std::int64_t> schemas;
  storage::Store& store = call.house->store();
  for (storage::Database* db :
       {&store.main(), &store.keys(), &store.behaviour(), &store.derived()}) {
    for (const auto& [module, number] : storage::schema_numbers(*db->read())) {
      schemas[module] = std::max<std::int64_t>(schemas[module], number);
    }
  }
  for (const auto& [module, number] : schemas) {
    call.console.say(module + " " + std::to_string(number));
  }
  call.console.result(R"({"schemas":)" + json_of(schemas) + "}");
  return kDone;
}

}  // namespace

void add_migrate(Cli& cli) {
  CLI::App* app = cli.add(cli.root(), "migrate", "Brings the databases to this program's schema");
  cli.add({app, Command::Needs::house, migrate});
}

}  // namespace fondaco::server
