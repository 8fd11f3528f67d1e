#include "cli.h"
#include "fetch_images.h"
#include "import_cli.h"
#include "import_run.h"

#include <fmt/format.h>

namespace fondaco::server {
namespace {

struct Options {
  std::string format;
  std::string merchant;
  std::string file;
  std::string currency;
  bool dry_run = false;
  bool fetch_images = false;
};

std::string summary(const catalog::ImportResult& r, const std::string& merchant) {
  return fmt::format(
      "{}{} rows of {}: products {} created, {} updated, {} unchanged; variants {} created, {} "
      "updated, {} unchanged; {} images, {} warnings, {} errors, {:.1f} s",
      r.dry_run ? "Dry run, nothing kept: " : "", r.rows, merchant, r.products.created,
      r.products.updated, r.products.unchanged, r.variants.created, r.variants.updated,
      r.variants.unchanged, r.images, r.warnings, r.errors, r.seconds);
}

/// A job of the server, or done here and now without one. What could not be fetched yet is left to
/// the next server. Returns the member that the result gets.
std::string fetch_images(Call& call, MerchantId merchant) {
  House& house = *call.house;
  const JobId id = house.store().main().write([&](storage::Tx& tx) {
    tx.act_as("import");
    return enqueue_fetch_images(tx, merchant);
  });
  if (call.by_server) {
    call.console.note("Pictures are fetched by the server's job " + to_text(id));
  } else {
    house.jobs().run_due(storage::kServerQueue);
    const auto job = storage::find_job(*house.store().main().read(), id);
    if (job) call.console.note("Pictures: " + job->result + " " + job->error);
  }
  return ",\"fetch_job\":\"" + to_text(id) + "\"}";
}

int import(const Options& options, Call& call) {
  Console& console = call.console;
  const auto format = catalog::import_format_named(options.format);
  if (!format)
    return console.fail(kUsage, "usage",
                        "--format is shopify, fondaco, woocommerce, google or openfoodfacts");
  std::optional<Currency> currency;
  if (!options.currency.empty()) {
    currency = Currency::parse(options.currency);
    if (!currency) {
      return console.fail(kUsage, "unknown_currency",
                          options.currency + " is no ISO 4217 currency");
    }
  }
  if (!is_import_file(options.file, console)) {
    return console.fail(kUsage, "no_such_file", "there is no file " + options.file);
  }
  House& house = *call.house;
  auto source = open_import(options.file, console);
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
  run.report_prefix = import_report_prefix(house, options.merchant);
  run.progress = [&](const catalog::ImportProgress& p) { console.progress(import_progress(p)); };
  const auto done = run_import(house, *target, *source, run);
  if (!done) return console.fail(kRefused, done.refusal().code, done.refusal().message);
  console.say(summary(*done, options.merchant));
  if (done->error_file) console.note("Rows that were not taken over: " + *done->error_file);
  if (done->warning_file) console.note("Warnings: " + *done->warning_file);
  auto answer = catalog::json_of_import(*done);
  if (options.fetch_images && !options.dry_run) {
    answer.pop_back();
    answer += fetch_images(call, target->merchant.id);
  }
  console.result(answer);
  return done->errors > 0 ? kFindings : kDone;
}

}  // namespace

void add_import(Cli& cli) {
  CLI::App* group = cli.root().add_subcommand("import", "Takes things in");
  group->require_subcommand(1);
  CLI::App* app = cli.add(*group, "products", "Products of a merchant from a file, also .gz");
  auto options = std::make_shared<Options>();
  app->add_option("--format", options->format,
                  "shopify, fondaco, woocommerce, google or openfoodfacts")
      ->required();
  app->add_option("--merchant", options->merchant, "Slug; created when missing")->required();
  app->add_option("--currency", options->currency, "Of prices without one");
  app->add_flag("--dry-run", options->dry_run, "Counts the same and keeps nothing");
  app->add_flag("--fetch-images", options->fetch_images,
                "Fetches the pictures that the products name, from public addresses only");
  app->add_option("file", options->file, "A file, or - for standard input")->required();
  cli.add({app, Command::Needs::house, [options](Call& call) { return import(*options, call); }});
  add_table_imports(cli, *group);
}

}  // namespace fondaco::server
