#include "cli.h"
#include "wire.h"

#include <fondaco/base/json_write.h>
#include <fondaco/storage/backup.h>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace fondaco::server {
namespace {

namespace fs = std::filesystem;

/// A set, or the newest finished one of a directory of sets.
std::string newest_set(const std::string& given) {
  if (fs::exists(fs::path(given) / "manifest.json") || !fs::is_directory(given)) return given;
  std::string newest = given;
  for (const auto& entry : fs::directory_iterator(given)) {
    if (!fs::exists(entry.path() / "manifest.json")) continue;
    if (newest == given || entry.path().string() > newest) newest = entry.path().string();
  }
  return newest;
}

int backup(const std::string& target, Call& call) {
  Console& console = call.console;
  const auto made =
      storage::backup(call.house->store(), console.path(target), all_migrations(),
                      [&](std::int64_t done, std::int64_t total) {
                        console.progress(fmt::format("{} of {} MB", done >> 20, total >> 20));
                      });
  console.say(fmt::format("{}: {} files, {} bytes, {} blobs", made.path, made.files, made.bytes,
                          made.blobs));
  std::string out;
  JsonWriter w(out);
  w.begin_object().member("path", made.path).member("files", made.files);
  w.member("bytes", made.bytes).member("blobs", made.blobs).end_object();
  console.result(out);
  return kDone;
}

int restore(const std::string& set, Call& call) {
  Console& console = call.console;
  const auto config = house_config(call.common, console).store;
  const std::string from = newest_set(console.path(set));
  const auto done = storage::restore(from, config, all_migrations());
  if (!done) return console.fail(kRefused, "restore_refused", done.refusal().message);
  console.say(fmt::format("{} restored into {}: {} files, {} blobs", from, config.data_dir,
                          done->files, done->blobs));
  std::string out;
  JsonWriter w(out);
  w.begin_object().member("path", from).member("into", config.data_dir);
  w.member("files", done->files).member("blobs", done->blobs).end_object();
  console.result(out);
  return kDone;
}

}  // namespace

void add_backup(Cli& cli) {
  CLI::App* app = cli.add(cli.root(), "backup", "Copies everything while it is in use");
  auto target = std::make_shared<std::string>();
  app->add_option("directory", *target, "Gets one set per backup, and the newest keys beside them")
      ->required();
  cli.add({app, Command::Needs::house, [target](Call& call) { return backup(*target, call); }});

  CLI::App* back = cli.add(cli.root(), "restore", "Fills an empty --data from a backup");
  auto set = std::make_shared<std::string>();
  back->add_option("set", *set, "A set, or the directory of sets: its newest one")->required();
  cli.add({back, Command::Needs::own, [set](Call& call) { return restore(*set, call); }});
}

}  // namespace fondaco::server
