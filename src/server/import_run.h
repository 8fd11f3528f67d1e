// One import into a house, as the command and the demo do it. Depends on wire.h.
#pragma once

#include "wire.h"

#include <fondaco/catalog/import.h>

#include <functional>
#include <optional>
#include <string>

namespace fondaco::server {

struct ImportTarget {
  marketplace::Merchant merchant;
  PlaceId place;
  bool merchant_created = false;
};

struct ImportRefused {
  std::string code;
  std::string message;
};

/// The merchant with its place. A missing one is made: an active specialist with `currency`, else
/// EUR. Refuses a slug that none can have and a merchant that is closed. A dry run makes nothing:
/// then the answer is a merchant that exists nowhere else.
Result<ImportTarget, ImportRefused> import_target(House& house, const std::string& slug,
                                                  std::optional<Currency> currency, bool dry_run);

struct ImportRun {
  catalog::ImportFormat format = catalog::ImportFormat::own;
  std::optional<Currency> currency;  // Of columns that name none; else the merchant's.
  bool dry_run = false;
  std::string report_prefix;
  std::function<void(const catalog::ImportProgress&)> progress = {};
};
Result<catalog::ImportResult, catalog::ImportRefusal> run_import(House& house,
                                                                 const ImportTarget& target,
                                                                 catalog::ByteSource& source,
                                                                 const ImportRun& run);

}  // namespace fondaco::server
