#include "cli.h"
#include "wire.h"

#include <fondaco/base/json.h>
#include <fondaco/orders/reconciliation.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace fondaco::server {
namespace {

constexpr std::uintmax_t kMostBytes = 64 << 20;

struct Options {
  std::string provider;
  std::string format = "own";
  std::string file;
};

std::string problem_text(const orders::ReportProblem& p) {
  switch (p.reason) {
    case orders::ReportRefusal::bad_heading:
      return "the heading lacks the column " + p.what;
    case orders::ReportRefusal::bad_line:
      return "line " + std::to_string(p.line) + ": " + p.what + " is not understood";
    case orders::ReportRefusal::too_many_lines:
      return "more than " + std::to_string(orders::kMostReportLines) + " lines: send it in parts";
    case orders::ReportRefusal::taken_before:
      return "this file has been taken before";
  }
  return "unnamed refusal";
}

std::string_view code_of(orders::ReportRefusal reason) {
  switch (reason) {
    case orders::ReportRefusal::bad_heading:
      return "bad_heading";
    case orders::ReportRefusal::bad_line:
      return "bad_line";
    case orders::ReportRefusal::too_many_lines:
      return "too_many_lines";
    case orders::ReportRefusal::taken_before:
      return "taken_before";
  }
  return "refused";
}

int refuse(Console& console, const orders::ReportProblem& problem) {
  return console.fail(kRefused, code_of(problem.reason), problem_text(problem));
}

int reconcile(const Options& options, Call& call) {
  Console& console = call.console;
  const std::string path = console.path(options.file);
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error || size > kMostBytes) {
    return console.fail(kUsage, "no_such_file", "there is no file " + options.file + " of 64 MB");
  }
  std::ifstream in(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const auto lines = orders::read_report(
      text, options.format == "stripe" ? orders::ReportFormat::stripe : orders::ReportFormat::own);
  if (!lines.ok()) return refuse(console, lines.refusal());
  House& house = *call.house;
  const auto taken = house.store().main().write([&](storage::Tx& tx) {
    tx.act_as("command line");
    auto done = orders::take_report(tx, house.accounts(), options.provider,
                                    storage::sha256_of(text), *lines);
    if (!done.ok()) tx.refuse();
    return done;
  });
  if (!taken.ok()) return refuse(console, taken.refusal());
  const orders::Report& r = *taken;
  console.say(std::to_string(r.matched) + " matched, " + std::to_string(r.missing) + " missing, " +
              std::to_string(r.different) + " different, " + std::to_string(r.unknown) +
              " unknown");
  std::string out;
  JsonWriter w(out);
  w.begin_object().member("id", r.id).member("matched", r.matched).member("missing", r.missing);
  w.member("different", r.different).member("unknown", r.unknown).end_object();
  console.result(out);
  return r.missing + r.different + r.unknown > 0 ? kFindings : kDone;
}

}  // namespace

void add_reconcile(Cli& cli) {
  CLI::App* app =
      cli.add(cli.root(), "reconcile", "Compares a provider's settlement report with our books");
  auto options = std::make_shared<Options>();
  app->add_option("--provider", options->provider, "stripe, test …")->required();
  app->add_option("--format", options->format, "own or stripe")
      ->check(CLI::IsMember({"own", "stripe"}));
  app->add_option("file", options->file, "CSV")->required();
  cli.add(
      {app, Command::Needs::house, [options](Call& call) { return reconcile(*options, call); }});
}

}  // namespace fondaco::server
