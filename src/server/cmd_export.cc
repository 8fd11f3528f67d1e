#include "cli.h"
#include "import_sink.h"
#include "wire.h"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace fondaco::server {
namespace {

struct Options {
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

int export_products(const Options& options, Call& call) {
  Console& console = call.console;
  if (options.format != "shopify") {
    return console.fail(kUsage, "usage", "--format is shopify");
  }
  const bool to_out = options.file == "-";
  if (to_out && console.json()) {
    return console.fail(kUsage, "usage", "--json needs a file: standard output is the export's");
  }
  auto read = call.house->store().main().read();
  const auto merchant = marketplace::find_merchant(read, options.merchant);
  if (!merchant) {
    return console.fail(kRefused, "unknown_merchant", "there is no merchant " + options.merchant);
  }
  ExportSource source;
  std::optional<OutFile> file;
  if (!to_out) file.emplace(console.path(options.file));
  const auto done = catalog::export_shopify(read, merchant->id, source, [&](auto bytes) {
    if (file) {
      file->write(bytes);
    } else {
      console.write_out(bytes);
    }
  });
  if (file) file->finish();
  const std::string line =
      fmt::format("{} products, {} variants, {} rows", done.products, done.variants, done.rows);
  if (to_out) {
    console.note(line);
  } else {
    console.say(line);
  }
  console.result(fmt::format(R"({{"products":{},"variants":{},"rows":{}}})", done.products,
                             done.variants, done.rows));
  return kDone;
}

}  // namespace

void add_export(Cli& cli) {
  CLI::App* group = cli.root().add_subcommand("export", "Gives things out");
  group->require_subcommand(1);
  CLI::App* app = cli.add(*group, "products", "Products of a merchant as Shopify's CSV");
  auto options = std::make_shared<Options>();
  app->add_option("--format", options->format, "shopify");
  app->add_option("--merchant", options->merchant, "Slug")->required();
  app->add_option("file", options->file, "A file, or - for standard output");
  cli.add({app, Command::Needs::house,
           [options](Call& call) { return export_products(*options, call); }});
}

}  // namespace fondaco::server
