#include "export_all.h"
#include "import_cli.h"
#include "import_customers.h"
#include "import_orders.h"
#include "import_redirects.h"
#include "import_stock.h"

#include <fmt/format.h>

#include <filesystem>

namespace fondaco::server {

std::string import_progress(const catalog::ImportProgress& p) {
  const double rate = p.seconds > 0 ? static_cast<double>(p.rows) / p.seconds : 0;
  if (p.bytes_total <= 0) return fmt::format("{} rows, {:.0f} rows/s", p.rows, rate);
  constexpr int kWidth = 30;
  const double part = static_cast<double>(p.bytes) / static_cast<double>(p.bytes_total);
  const int filled = std::min(kWidth, static_cast<int>(part * kWidth));
  return fmt::format("[{:=<{}}{:{}}] {:3.0f} %  {} rows, {:.0f} rows/s", "", filled, "",
                     kWidth - filled, part * 100, p.rows, rate);
}

std::string import_report_prefix(House& house, const std::string& about) {
  namespace fs = std::filesystem;
  const fs::path dir = fs::path(house.config().store.data_dir) / "imports";
  fs::create_directories(dir);
  std::string stamp;
  for (const char c : format_rfc3339(SystemClock().now())) {
    if (c != '-' && c != ':') stamp += c;
  }
  return (dir / (stamp + "-" + about)).string();
}

bool is_import_file(const std::string& file, const Console& console) {
  namespace fs = std::filesystem;
  if (file == "-") return true;
  return fs::exists(console.path(file)) && !fs::is_directory(console.path(file));
}

std::unique_ptr<catalog::ByteSource> open_import(const std::string& file, const Console& console) {
  if (file != "-") return catalog::open_source(console.path(file));
  return catalog::open_source("/proc/self/fd/" + std::to_string(console.streams().in));
}

namespace {

struct Options {
  std::string things;  // "stock"
  std::string merchant;
  std::string file;
  bool dry_run = false;
  bool create_places = false;
};

int import_with(const Options& options, Call& call, TableTaker& taker) {
  Console& console = call.console;
  const bool personal = options.things == "customers" || options.things == "orders";
  auto source = open_import(options.file, console);
  TableRun run;
  run.dry_run = options.dry_run;
  run.personal = personal;
  run.report_prefix = import_report_prefix(
      *call.house, options.merchant.empty() ? options.things : options.merchant);
  run.progress = [&](const catalog::ImportProgress& p) { console.progress(import_progress(p)); };
  const auto done = import_table(call.house->store(), *source, run, taker);
  console.end_progress();
  if (!done) return console.fail(kRefused, done.refusal().code, done.refusal().message);
  std::string line =
      fmt::format("{}{} rows: {} created, {} updated, {} unchanged",
                  done->dry_run ? "Dry run, nothing kept: " : "", done->rows, done->things.created,
                  done->things.updated, done->things.unchanged);
  for (const auto& [name, number] : done->more) line += fmt::format(", {} {}", name, number);
  console.say(line + fmt::format("; {} warnings, {} errors, {:.1f} s", done->warnings, done->errors,
                                 done->seconds));
  if (done->error_file) console.note("Rows that were not taken over: " + *done->error_file);
  if (done->warning_file) console.note("Warnings: " + *done->warning_file);
  console.result(json_of_table(*done, options.things));
  return done->errors > 0 ? kFindings : kDone;
}

int import_of_merchant(const Options& options, Call& call) {
  House& house = *call.house;
  std::optional<marketplace::Merchant> merchant;
  {
    auto read = house.store().main().read();
    merchant = marketplace::find_merchant(read, options.merchant);
  }
  if (!merchant) {
    return call.console.fail(kRefused, "unknown_merchant",
                             "there is no merchant " + options.merchant);
  }
  if (options.things == "stock") {
    StockTaker taker({merchant->id, options.create_places}, house.availability());
    return import_with(options, call, taker);
  }
  if (options.things == "orders") {
    OrderTaker taker({merchant->id, merchant->currency}, house.shoppers().keyring());
    return import_with(options, call, taker);
  }
  RedirectTaker taker(merchant->id);
  return import_with(options, call, taker);
}

int import_things(const Options& options, Call& call) {
  if (!is_import_file(options.file, call.console)) {
    return call.console.fail(kUsage, "no_such_file", "there is no file " + options.file);
  }
  if (options.things != "customers") return import_of_merchant(options, call);
  CustomerTaker taker(call.house->shoppers().keyring());
  return import_with(options, call, taker);
}

int import_everything(const std::string& directory, Call& call) {
  Console& console = call.console;
  const auto done = import_all(*call.house, console.path(directory),
                               [&](std::string_view line) { console.note(line); });
  if (!done) return console.fail(kRefused, done.refusal().code, done.refusal().message);
  console.say(fmt::format(
      "{} merchants, {} products, {} customers, {} orders as history, {} journals as history; {} "
      "errors",
      done->merchants, done->products, done->customers, done->orders, done->journals,
      done->errors));
  console.result(fmt::format(
      R"({{"merchants":{},"products":{},"customers":{},"orders":{},"journals":{},"errors":{}}})",
      done->merchants, done->products, done->customers, done->orders, done->journals,
      done->errors));
  return done->errors > 0 ? kFindings : kDone;
}

}  // namespace

void add_table_imports(Cli& cli, CLI::App& group) {
  const std::pair<const char*, const char*> kinds[] = {
      {"stock", "Units per place from a CSV file"},
      {"customers", "People of an old shop; consent only where the file proves it"},
      {"orders", "Orders of an old shop as closed history"},
      {"redirects", "Addresses of an old shop that lead to products"}};
  for (const auto& [name, help] : kinds) {
    CLI::App* app = cli.add(group, name, help);
    auto options = std::make_shared<Options>();
    options->things = name;
    if (options->things != "customers") {
      app->add_option("--merchant", options->merchant, "Slug")->required();
    }
    if (options->things == "stock") {
      app->add_flag("--create-places", options->create_places, "Makes warehouses that are missing");
    }
    app->add_flag("--dry-run", options->dry_run, "Counts the same and keeps nothing");
    app->add_option("file", options->file, "A file, also .gz, or - for standard input")->required();
    cli.add({app, Command::Needs::house,
             [options](Call& call) { return import_things(*options, call); }});
  }
  CLI::App* all = cli.add(group, "all", "What `export all` wrote, into an empty installation");
  auto directory = std::make_shared<std::string>();
  all->add_option("directory", *directory, "The directory with manifest.json")->required();
  cli.add({all, Command::Needs::house,
           [directory](Call& call) { return import_everything(*directory, call); }});
}

}  // namespace fondaco::server
