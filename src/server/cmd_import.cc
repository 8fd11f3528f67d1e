#include "cli.h"
#include "import_run.h"

#include <fmt/format.h>

#include <filesystem>

namespace fondaco::server {
namespace {

struct Options {
  std::string format;
  std::string merchant;
  std::string file;
  std::string currency;
  bool dry_run = false;
};

std::string summary(const catalog::ImportResult& r, const std::string& merchant) {
  return fmt::format(
      "{}{} rows of {}: products {} created, {} updated, {} unchanged; variants {} created, {} "
      "updated, {} unchanged; {} images, {} warnings, {} errors, {:.1f} s",
      r.dry_run ? "Dry run, nothing kept: " : "", r.rows, merchant, r.products.created,
      r.products.updated, r.products.unchanged, r.variants.created, r.variants.updated,
      r.variants.unchanged, r.images, r.warnings, r.errors, r.seconds);
}

std::string progress_line(const catalog::ImportProgress& p) {
  const double rate = p.seconds > 0 ? static_cast<double>(p.rows) / p.seconds : 0;
  if (p.bytes_total <= 0) return fmt::format("{} rows, {:.0f} rows/s", p.rows, rate);
  constexpr int kWidth = 30;
  const double part = static_cast<double>(p.bytes) / static_cast<double>(p.bytes_total);
  const int filled = std::min(kWidth, static_cast<int>(part * kWidth));
  return fmt::format("[{:=<{}}{:{}}] {:3.0f} %  {} rows, {:.0f} rows/s", "", filled, "",
                     kWidth - filled, part * 100, p.rows, rate);
}

/// "<data>/imports/20261122T101500Z-bikes": beside what it is about, not where the file lies.
std::string report_prefix(House& house, const std::string& merchant) {
  namespace fs = std::filesystem;
  const fs::path dir = fs::path(house.config().store.data_dir) / "imports";
  fs::create_directories(dir);
  std::string stamp;
  for (const char c : format_rfc3339(SystemClock().now())) {
    if (c != '-' && c != ':') stamp += c;
  }
  return (dir / (stamp + "-" + merchant)).string();
}

std::unique_ptr<catalog::ByteSource> open_file(const Options& options, Console& console) {
  if (options.file == "-") {
    return catalog::open_source("/proc/self/fd/" + std::to_string(console.streams().in));
  }
  return catalog::open_source(console.path(options.file));
}

int import(const Options& options, Call& call) {
  Console& console = call.console;
  const auto format = catalog::import_format_named(options.format);
  if (!format) return console.fail(kUsage, "usage", "--format is shopify or fondaco");
  std::optional<Currency> currency;
  if (!options.currency.empty()) {
    currency = Currency::parse(options.currency);
    if (!currency) {
      return console.fail(kUsage, "unknown_currency",
                          options.currency + " is no ISO 4217 currency");
    }
  }
  if (options.file != "-" && (!std::filesystem::exists(console.path(options.file)) ||
                              std::filesystem::is_directory(console.path(options.file)))) {
    return console.fail(kUsage, "no_such_file", "there is no file " + options.file);
  }
  House& house = *call.house;
  auto source = open_file(options, console);
  const auto target = import_target(house, options.merchant, currency, options.dry_run);
  if (!target) return console.fail(kRefused, target.refusal().code, target.refusal().message);
  if (target->merchant_created) {
    console.note("The merchant " + options.merchant +
                 (options.dry_run ? " would be created" : " was created") +
                 ": an active specialist in " + std::string(target->merchant.currency.code()));
  }
  ImportRun run;
  run.format = *format;
  run.currency = currency;
  run.dry_run = options.dry_run;
  run.report_prefix = report_prefix(house, options.merchant);
  run.progress = [&](const catalog::ImportProgress& p) { console.progress(progress_line(p)); };
  const auto done = run_import(house, *target, *source, run);
  if (!done) return console.fail(kRefused, done.refusal().code, done.refusal().message);
  console.say(summary(*done, options.merchant));
  if (done->error_file) console.note("Rows that were not taken over: " + *done->error_file);
  if (done->warning_file) console.note("Warnings: " + *done->warning_file);
  console.result(catalog::json_of_import(*done));
  return done->errors > 0 ? kFindings : kDone;
}

}  // namespace

void add_import(Cli& cli) {
  CLI::App* group = cli.root().add_subcommand("import", "Takes things in");
  group->require_subcommand(1);
  CLI::App* app = cli.add(*group, "products", "Products of a merchant from a CSV file, or .csv.gz");
  auto options = std::make_shared<Options>();
  app->add_option("--format", options->format, "shopify or fondaco")->required();
  app->add_option("--merchant", options->merchant, "Slug; created when missing")->required();
  app->add_option("--currency", options->currency, "Of prices without one");
  app->add_flag("--dry-run", options->dry_run, "Counts the same and keeps nothing");
  app->add_option("file", options->file, "A file, or - for standard input")->required();
  cli.add({app, Command::Needs::house, [options](Call& call) { return import(*options, call); }});
}

}  // namespace fondaco::server
