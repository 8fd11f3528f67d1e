#include "cli.h"

namespace fondaco::server {

void add_bench(Cli& cli) {
  CLI::App* app = cli.add(cli.root(), "bench", "Measures; the benches live in bench/");
  auto name = std::make_shared<std::string>();
  app->add_option("name", *name, "checkout, oversell, browse, import, start")->required();
  cli.add({app, Command::Needs::nothing, [name](Call& call) {
             return call.console.fail(kRefused, "not_linked",
                                      "the bench " + *name +
                                          " is no part of this program: run `make bench`, its "
                                          "sources are in bench/");
           }});
}

}  // namespace fondaco::server
