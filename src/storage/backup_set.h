// What a backup set says of itself. Private to storage.
#pragma once

#include <fondaco/base/json.h>
#include <fondaco/storage/store.h>

#include <map>
#include <string>
#include <vector>

namespace fondaco::storage {

struct SetFile {
  std::string name;
  std::int64_t bytes = 0;
  std::string sha256;
};
BOOST_DESCRIBE_STRUCT(SetFile, (), (name, bytes, sha256))

struct Manifest {
  std::int64_t format = 1;
  std::string program;
  std::string engine;
  Instant made_at;
  std::map<std::string, std::int64_t> schemas;  // Module → newest number.
  std::vector<SetFile> files;
  std::vector<std::string> blobs;  // Names are their hashes.
};
BOOST_DESCRIBE_STRUCT(Manifest, (), (format, program, engine, made_at, schemas, files, blobs))

constexpr std::int64_t kManifestFormat = 1;
constexpr const char* kManifestName = "manifest.json";

SetFile describe_file(const std::string& directory, const std::string& name);

/// True when that PostgreSQL database has been migrated by us before.
bool has_our_tables(const std::string& url);
/// The schema that our tables are made in: "public" unless the URL names another one.
std::string schema_of(const std::string& url);
/// Path of pg_dump or pg_restore; Fault that names the package when it is not installed.
std::string find_pg_tool(const std::string& name);
/// Runs it with the connection of `url` in its environment (no password in its arguments); Fault
/// with what it said when it fails.
void run_pg_tool(const std::string& tool, const std::string& url,
                 const std::vector<std::string>& arguments);

}  // namespace fondaco::storage
