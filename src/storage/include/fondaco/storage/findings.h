// What `verify` reports: a balance that does not agree with its ledger. Depends on nothing.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace fondaco::storage {

struct Difference {
  std::string what;  // "stock on hand"
  std::string id;
  std::int64_t ledger = 0;
  std::int64_t balance = 0;
};

struct Findings {
  std::map<std::string, std::int64_t> checked;  // "orders" → 12
  std::vector<Difference> differences;
};

}  // namespace fondaco::storage
