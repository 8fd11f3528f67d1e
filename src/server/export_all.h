// Moving out and in whole: a directory of open formats with a manifest. Depends on every module
// whose things move.
//   manifest.json            what is there: name, rows and SHA-256 of each file
//   merchants.jsonl          slug, names, kind, state, currency, terms, default place, presentation
//   merchants/<slug>/        products.csv (ours), stock.csv, orders.csv, redirects.csv, paused.csv
//   customers.csv            with addresses and consents
//   ledger.jsonl             one journal a line
// Orders and ledger come back as closed history: they move no stock and no money again. What is
// not carried: staff, passwords, sessions and tokens; fetched pictures (their addresses are kept);
// offers for another merchant's products (counted).
#pragma once

#include "wire.h"

#include <functional>
#include <map>
#include <optional>
#include <string>

namespace fondaco::server {

using Saying = std::function<void(std::string_view)>;

struct AllExported {
  std::int64_t files = 0;
  std::int64_t rows = 0;
  std::int64_t offers_left_out = 0;
};
/// The directory must be empty or missing; it becomes readable by its owner only. Nothing when it
/// holds something.
std::optional<AllExported> export_all(House& house, const std::string& directory,
                                      const Saying& say);

struct AllRefused {
  std::string code;
  std::string message;
};
struct AllImported {
  std::int64_t merchants = 0;
  std::int64_t products = 0;
  std::int64_t customers = 0;
  std::int64_t orders = 0;
  std::int64_t journals = 0;
  std::int64_t errors = 0;  // Rows that were not taken over.
};
/// Refuses no_manifest, bad_manifest, damaged (a file is not what the manifest says: nothing was
/// taken over), not_empty (the installation has merchants, customers or journals).
Result<AllImported, AllRefused> import_all(House& house, const std::string& directory,
                                           const Saying& say);

struct ManifestFile {
  std::string name;  // Below the directory, with "/".
  std::int64_t rows = 0;
  std::string sha256;
};
BOOST_DESCRIBE_STRUCT(ManifestFile, (), (name, rows, sha256))
struct Manifest {
  std::int64_t format = 1;
  std::string product;
  std::string version;
  std::string created_at;
  std::vector<ManifestFile> files;
};
BOOST_DESCRIBE_STRUCT(Manifest, (), (format, product, version, created_at, files))

/// A line of merchants.jsonl.
struct MerchantLine {
  std::string slug;
  std::string name;
  std::string name_zh;
  marketplace::MerchantKind kind = marketplace::MerchantKind::specialist;
  marketplace::MerchantState state = marketplace::MerchantState::active;
  std::string currency;
  std::string country;
  std::int64_t commission_bp = 0;
  bool agreed = true;
  bool prices_include_tax = true;
  std::string default_place;  // Its name; empty: none yet.
  std::string default_place_kind;
  std::string tagline;
  std::string tagline_zh;
  std::string about;
  std::string about_zh;
  std::string accent;
  std::optional<Instant> closed_from;  // For holidays.
  std::optional<Instant> closed_until;
  std::optional<std::string> closed_message;
};
BOOST_DESCRIBE_STRUCT(MerchantLine, (),
                      (slug, name, name_zh, kind, state, currency, country, commission_bp, agreed,
                       prices_include_tax, default_place, default_place_kind, tagline, tagline_zh,
                       about, about_zh, accent, closed_from, closed_until, closed_message))

/// Every merchant, in order of id.
std::vector<marketplace::Merchant> all_merchants(storage::Read& read);

}  // namespace fondaco::server
