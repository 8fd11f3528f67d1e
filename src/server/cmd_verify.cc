#include "cli.h"
#include "wire.h"

#include <fondaco/base/json.h>

namespace fondaco::server {
namespace {

std::string json_of_findings(const storage::Findings& findings) {
  std::string out;
  JsonWriter w(out);
  w.begin_object().member("ok", findings.differences.empty()).key("checked");
  write_json(w, findings.checked);
  w.key("differences").begin_array();
  for (const auto& d : findings.differences) {
    w.begin_object().member("what", d.what).member("id", d.id);
    w.member("ledger", d.ledger).member("balance", d.balance).end_object();
  }
  w.end_array().end_object();
  return out;
}

int verify(Call& call) {
  const storage::Findings findings = call.house->verify();
  for (const auto& [what, count] : findings.checked) {
    call.console.say(std::to_string(count) + " " + what + " checked");
  }
  for (const auto& d : findings.differences) {
    call.console.say("DIFFERENCE " + d.what + " " + d.id + ": ledger " + std::to_string(d.ledger) +
                     ", balance " + std::to_string(d.balance));
  }
  if (findings.differences.empty()) call.console.say("No difference");
  call.console.result(json_of_findings(findings));
  return findings.differences.empty() ? kDone : kFindings;
}

}  // namespace

void add_verify(Cli& cli) {
  CLI::App* app = cli.add(cli.root(), "verify", "Recomputes stock and money from their ledgers");
  cli.add({app, Command::Needs::house, verify});
}

}  // namespace fondaco::server
