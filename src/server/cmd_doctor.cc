#include "cli.h"
#include "wire.h"

#include <fondaco/base/json_write.h>
#include <fondaco/orders/payouts.h>
#include <fondaco/storage/backup.h>

namespace fondaco::server {
namespace {

/// Who holds the money, and whether what that needs is there. See docs/money.md.
storage::Check custody_check(House& house) {
  using Status = storage::Check::Status;
  const storage::Settings& settings = house.settings();
  const std::string custody = settings.text(orders::kCustody);
  if (custody == "test") return {"money", Status::good, "test: no money is real"};
  if (custody == "provider") {
    return {"money", Status::good, "the payment provider holds it and pays the merchants"};
  }
  if (custody != "bank") return {"money", Status::bad, "money.custody is not provider, bank, test"};
  const bool named = !settings.text(orders::kPlatformName).empty() &&
                     !settings.text(orders::kPlatformIban).empty();
  if (named)
    return {"money", Status::good, "the operator holds it: whether you may is for the law"};
  return {"money", Status::bad, "money.platform_name and money.platform_iban are needed for bank"};
}

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
  const auto custody = custody_check(*call.house);
  good = good && custody.status == storage::Check::Status::good;
  const std::string status(storage::name_of(custody.status));
  call.console.say(status + "\t" + custody.name + ": " + custody.detail);
  w.begin_object().member("name", custody.name).member("status", status);
  w.member("detail", custody.detail).end_object();
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
