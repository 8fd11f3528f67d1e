// Numbered schema files of the modules. Depends on sql.h.
//
// A file says of each table what it is, and the runner writes the key for the engine:
//   -- table: distributed(merchant) | distributed(shopper) | reference | local
//   CREATE TABLE orders_order (id KEY, …);
// distributed: SQLite `id INTEGER PRIMARY KEY, shard BIGINT NOT NULL`,
//              PostgreSQL `id BIGINT NOT NULL, shard BIGINT NOT NULL, PRIMARY KEY (shard, id)`;
// else:        SQLite `id INTEGER PRIMARY KEY`, PostgreSQL `id BIGINT PRIMARY KEY`.
// Statements name `shard` in both engines (Id::shard()). A file belongs to the database `main`
// unless its first line is `-- database: keys | behaviour | derived`. Types: BIGINT, TEXT, BYTEA,
// DOUBLE PRECISION. Only additive: a released file never changes.
#pragma once

#include <fondaco/storage/sql.h>

#include <string>
#include <string_view>
#include <vector>

namespace fondaco::storage {

struct Migration {
  std::string_view module;
  int number;
  std::string_view name;
  std::string_view text;
};

/// Which database file a migration belongs to.
std::string_view database_of(const Migration& m);
/// The statements for one engine, one by one.
std::vector<std::string> statements_for(const Migration& m, Engine engine);

/// The migrations of storage itself; every module has a function of this name in its namespace.
std::vector<Migration> migrations();

}  // namespace fondaco::storage
