#include "cli.h"
#include "export_all.h"
#include "feed.h"
#include "import_sink.h"
#include "import_stock.h"
#include "wire.h"

#include <fondaco/base/product.h>

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace fondaco::server {
namespace {

struct Options {
  std::string things = "products";
  std::string base_url;
  std::string format = "shopify";
  std::string merchant;
  std::string file = "-";
};

/// Writes beside and renames, so that a broken export leaves no half file.
class OutFile {
 public:
  explicit OutFile(std::string path) : path_(std::move(path)), beside_(path_ + ".part") {
    handle_ = ::open(beside_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (handle_ < 0) throw Fault("cannot write " + beside_ + ": " + std::strerror(errno));
  }
  ~OutFile() {
    if (handle_ < 0) return;
    ::close(handle_);
    ::unlink(beside_.c_str());
  }
  OutFile(const OutFile&) = delete;
  OutFile& operator=(const OutFile&) = delete;

  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::write(handle_, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) throw Fault("cannot write " + beside_ + ": " + std::strerror(errno));
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  void finish() {
    if (::fsync(handle_) != 0 || ::close(handle_) != 0 ||
        ::rename(beside_.c_str(), path_.c_str()) != 0) {
      handle_ = -1;
      throw Fault("cannot finish " + path_ + ": " + std::strerror(errno));
    }
    handle_ = -1;
  }

 private:
  const std::string path_;
  const std::string beside_;
  int handle_ = -1;
};

/// Of this merchant, into a file or on standard output. Returns the object of --json.
std::string export_of(const Options& options, const marketplace::Merchant& merchant, House& house,
                      storage::Read& read, const std::function<void(std::string_view)>& write) {
  if (options.things == "stock") {
    return fmt::format(R"({{"rows":{}}})", export_stock(read, merchant.id, write));
  }
  if (options.things == "feed") {
    const auto base = options.base_url.empty() ? house.config().public_url : options.base_url;
    const auto done = write_feed(read, merchant, base, INT64_MAX, write);
    return fmt::format(R"({{"items":{},"left_out":{}}})", done.items, done.left_out);
  }
  ExportSource source(import_place(read, merchant));
  const auto done = options.format == "shopify"
                        ? catalog::export_shopify(read, merchant.id, source, write)
                        : catalog::export_own(read, merchant.id, source, write);
  return fmt::format(R"({{"products":{},"variants":{},"rows":{}}})", done.products, done.variants,
                     done.rows);
}

/// Empty, or what is wrong with the call.
std::string misuse(const Options& options, const Call& call) {
  if (options.things == "products" && options.format != "shopify" &&
      options.format != product::kName) {
    return "--format is shopify or fondaco";
  }
  if (options.things == "feed" && options.format != "google") return "--format is google";
  if (options.things == "feed" && options.base_url.empty() &&
      call.house->config().public_url.empty()) {
    return "--base-url says where the shop stands: https://shop.example";
  }
  if (options.file == "-" && call.console.json()) {
    return "--json needs a file: standard output is the export's";
  }
  return {};
}

int export_things(const Options& options, Call& call) {
  Console& console = call.console;
  if (const auto why = misuse(options, call); !why.empty()) {
    return console.fail(kUsage, "usage", why);
  }
  const bool to_out = options.file == "-";
  auto read = call.house->store().main().read();
  const auto merchant = marketplace::find_merchant(read, options.merchant);
  if (!merchant) {
    return console.fail(kRefused, "unknown_merchant", "there is no merchant " + options.merchant);
  }
  std::optional<OutFile> file;
  if (!to_out) file.emplace(console.path(options.file));
  const auto done = export_of(options, *merchant, *call.house, *read, [&](std::string_view bytes) {
    if (file) {
      file->write(bytes);
    } else {
      console.write_out(bytes);
    }
  });
  if (file) file->finish();
  if (to_out) {
    console.note(done);
  } else if (!console.json()) {
    console.say(done);
  }
  console.result(done);
  return kDone;
}

int export_everything(const std::string& directory, Call& call) {
  Console& console = call.console;
  const auto done = export_all(*call.house, console.path(directory),
                               [&](std::string_view line) { console.note(line); });
  if (!done) {
    return console.fail(kRefused, "not_empty", "the directory " + directory + " is not empty");
  }
  console.say(
      fmt::format("{} files, {} rows. They hold personal data (customers, orders): keep "
                  "them as you keep the database.",
                  done->files, done->rows));
  if (done->offers_left_out > 0) {
    console.note(fmt::format("{} offers for other merchants' products are not carried",
                             done->offers_left_out));
  }
  console.result(fmt::format(R"({{"files":{},"rows":{},"offers_left_out":{}}})", done->files,
                             done->rows, done->offers_left_out));
  return kDone;
}

}  // namespace

void add_export(Cli& cli) {
  CLI::App* group = cli.root().add_subcommand("export", "Gives things out");
  group->require_subcommand(1);
  const std::pair<const char*, const char*> kinds[] = {
      {"products", "Products of a merchant as CSV"},
      {"stock", "Units of a merchant per place as CSV"},
      {"feed", "What a merchant has on sale, as a feed for Google Merchant"}};
  for (const auto& [name, help] : kinds) {
    CLI::App* app = cli.add(*group, name, help);
    auto options = std::make_shared<Options>();
    options->things = name;
    if (options->things == "products") {
      app->add_option("--format", options->format, "shopify or fondaco");
    }
    if (options->things == "feed") {
      options->format = "google";
      app->add_option("--format", options->format, "google");
      app->add_option("--base-url", options->base_url, "Where the shop stands");
    }
    app->add_option("--merchant", options->merchant, "Slug")->required();
    app->add_option("file", options->file, "A file, or - for standard output");
    cli.add({app, Command::Needs::house,
             [options](Call& call) { return export_things(*options, call); }});
  }
  CLI::App* all =
      cli.add(*group, "all", "Everything in open formats, personal data included: operator only");
  auto directory = std::make_shared<std::string>();
  all->add_option("directory", *directory, "An empty or missing directory")->required();
  cli.add({all, Command::Needs::house,
           [directory](Call& call) { return export_everything(*directory, call); }});
}

}  // namespace fondaco::server
