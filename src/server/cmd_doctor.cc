#include "cli.h"
#include "wire.h"

#include <fondaco/base/json_write.h>
#include <fondaco/storage/backup.h>

namespace fondaco::server {
namespace {

int doctor(Call& call) {
  std::string out;
  JsonWriter w(out);
  bool good = true;
  w.begin_object().key("checks").begin_array();
  for (const auto& check : storage::examine(call.house->store(), all_migrations())) {
    const std::string status(storage::name_of(check.status));
    good = good && check.status == storage::Check::Status::good;
    call.console.say(status + "\t" + check.name + ": " + check.detail);
    w.begin_object().member("name", check.name).member("status", status);
    w.member("detail", check.detail).end_object();
  }
  w.end_array().member("ok", good).end_object();
  call.console.result(out);
  return good ? kDone : kFindings;
}

}  // namespace

void add_doctor(Cli& cli) {
  CLI::App* app = cli.add(cli.root(), "doctor", "Looks for what is wrong with the installation");
  cli.add({app, Command::Needs::house, doctor});
}

}  // namespace fondaco::server
