#include "backup_set.h"
#include "files.h"

#include <fondaco/storage/backup.h>
#include <fondaco/storage/blobs.h>

#include <algorithm>
#include <fstream>

namespace fondaco::storage {

namespace fs = std::filesystem;

namespace {

Refused<RestoreRefusal> refuse(std::string message) {
  return Refused{RestoreRefusal{std::move(message)}};
}

std::optional<std::string> text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string{std::istreambuf_iterator<char>(in), {}};
}

/// Nothing when the file is what the manifest says, else why not.
std::optional<std::string> differs(const std::string& directory, const SetFile& file) {
  const std::string path = directory + "/" + file.name;
  if (file.name.find('/') != std::string::npos) return file.name + " is no name of a file";
  if (!fs::is_regular_file(path)) return path + " is missing";
  const auto found = describe_file(directory, file.name);
  if (found.bytes != file.bytes) {
    return path + " has " + std::to_string(found.bytes) + " bytes when the manifest says " +
           std::to_string(file.bytes);
  }
  if (found.sha256 != file.sha256) return path + " is damaged: its SHA-256 is not the manifest's";
  return std::nullopt;
}

std::string blob_path(const std::string& root, const std::string& sha) {
  return root + "/blobs/" + sha.substr(0, 2) + "/" + sha.substr(2);
}

std::optional<std::string> wrong_blob(const std::string& set, const std::string& sha) {
  if (sha.size() != 64 || sha.find_first_not_of("0123456789abcdef") != std::string::npos) {
    return "the manifest names a blob " + sha;
  }
  const std::string path = blob_path(set, sha);
  if (!fs::is_regular_file(path)) return path + " is missing";
  if (sha256_of_file(path) != sha) return path + " is damaged";
  return std::nullopt;
}

std::optional<std::string> newer_schema(const Manifest& manifest,
                                        const std::vector<Migration>& migrations) {
  for (const auto& [module, number] : manifest.schemas) {
    std::int64_t known = 0;
    for (const auto& m : migrations) {
      if (m.module == module) known = std::max<std::int64_t>(known, m.number);
    }
    if (number > known) {
      return "the set holds schema " + std::to_string(number) + " of " + module +
             " when this program knows " + std::to_string(known) + ": use a newer program";
    }
  }
  return std::nullopt;
}

/// A directory that holds nothing, or only what an empty start has left (the lock file).
bool is_empty_directory(const std::string& path) {
  if (!fs::exists(path)) return true;
  return std::all_of(fs::directory_iterator(path), fs::directory_iterator(),
                     [](const auto& entry) { return entry.path().filename() == "lock"; });
}

void copy_durably(const std::string& from, const std::string& to) {
  fs::create_directories(fs::path(to).parent_path());
  fs::copy_file(from, to);
  fs::permissions(to, fs::perms::owner_read | fs::perms::owner_write);
  sync_file(to);
}

struct Opened {
  Manifest manifest;
  std::optional<SetFile> keys;
};

Result<Opened, RestoreRefusal> open_set(const std::string& set, const std::string& beside,
                                        const StoreConfig& into,
                                        const std::vector<Migration>& migrations) {
  const auto text = text_of(set + "/" + kManifestName);
  if (!text) return refuse(set + " is no finished backup: it has no " + kManifestName);
  auto parsed = read_json<Manifest>(*text);
  if (!parsed) {
    return refuse("the manifest of " + set + " is wrong at '" + parsed.refusal().pointer +
                  "': " + parsed.refusal().message);
  }
  Opened out{std::move(*parsed), {}};
  const Manifest& manifest = out.manifest;
  if (manifest.format != kManifestFormat) {
    return refuse("the manifest has format " + std::to_string(manifest.format) +
                  " when this program knows " + std::to_string(kManifestFormat));
  }
  const std::string engine = into.database_url.empty() ? "sqlite" : "postgres";
  if (manifest.engine != engine) {
    return refuse("the set is of " + manifest.engine + " and cannot go into " + engine);
  }
  if (auto why = newer_schema(manifest, migrations)) return refuse(*why);
  for (const auto& file : manifest.files) {
    if (auto why = differs(set, file)) return refuse(*why);
  }
  for (const auto& sha : manifest.blobs) {
    if (auto why = wrong_blob(set, sha)) return refuse(*why);
  }
  if (tables_of(migrations, "keys").empty()) return out;
  const auto keys_text = text_of(beside + "/keys.json");
  if (!keys_text) return refuse(beside + "/keys.json is missing: it belongs beside the sets");
  const auto keys = read_json<SetFile>(*keys_text);
  if (!keys) return refuse(beside + "/keys.json is wrong: " + keys.refusal().message);
  if (auto why = differs(beside, *keys)) return refuse(*why);
  out.keys = *keys;
  return out;
}

}  // namespace

Result<RestoreReport, RestoreRefusal> restore(const std::string& set, const StoreConfig& into,
                                              const std::vector<Migration>& migrations) {
  if (!is_empty_directory(into.data_dir)) return refuse(into.data_dir + " is not empty");
  if (!into.database_url.empty() && has_our_tables(into.database_url)) {
    return refuse("the PostgreSQL database already holds our tables");
  }
  const std::string beside = fs::absolute(set).lexically_normal().parent_path().string();
  const auto opened = open_set(set, beside, into, migrations);
  if (!opened) return refuse(opened.refusal().message);
  fs::create_directories(into.data_dir);
  RestoreReport report{set, 0, 0};
  std::vector<std::string> sources;
  for (const auto& file : opened->manifest.files) sources.push_back(set + "/" + file.name);
  if (opened->keys) sources.push_back(beside + "/" + opened->keys->name);
  for (const auto& source : sources) {
    if (into.database_url.empty()) {
      copy_durably(source, into.data_dir + "/" + fs::path(source).filename().string());
    } else {
      run_pg_tool(find_pg_tool("pg_restore"), into.database_url,
                  // Of the schema only what is in it: every database has a "public" already.
                  {"--no-owner", "--no-acl", "--exit-on-error", "--single-transaction",
                   "--schema=" + schema_of(into.database_url), source});
    }
    report.files++;
  }
  for (const auto& sha : opened->manifest.blobs) {
    copy_durably(blob_path(set, sha), blob_path(into.data_dir, sha));
    report.blobs++;
  }
  sync_directory(into.data_dir);
  return report;
}

}  // namespace fondaco::storage
