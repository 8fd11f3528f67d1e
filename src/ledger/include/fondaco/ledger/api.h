// Routes of the ledger. Depends on ledger.h; implemented in library fondaco_ledger_api.
#pragma once

#include <fondaco/ledger.h>

namespace fondaco::http {
class Router;
}

namespace fondaco::ledger {

struct Services {
  storage::Store& store;
  AccountBook& book;
  bool test_funding = false;  // Mounts POST /wallets/{person}/fundings.
};
/// Scopes ledger.read and ledger.write.
void mount(http::Router& router, Services services);

}  // namespace fondaco::ledger
