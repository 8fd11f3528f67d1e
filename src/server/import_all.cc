#include "export_all.h"
#include "import_customers.h"
#include "import_orders.h"
#include "import_redirects.h"
#include "import_run.h"
#include "import_sink.h"
#include "import_stock.h"

#include <fondaco/base/json.h>
#include <fondaco/base/product.h>
#include <fondaco/base/text.h>
#include <fondaco/ledger/archive.h>
#include <fondaco/shoppers/customers.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <set>

namespace fondaco::server {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLinesAtOnce = 500;
constexpr std::size_t kMostManifest = 64 << 20;

Refused<AllRefused> refuse(std::string code, std::string message) {
  return {AllRefused{std::move(code), std::move(message)}};
}

/// Below the directory and nowhere else.
bool is_inside(const std::string& name) {
  if (name.empty() || name.front() == '/' || name.find('\\') != std::string::npos) return false;
  for (const auto part : split(name, '/')) {
    if (part.empty() || part == "." || part == "..") return false;
  }
  return true;
}

Result<Manifest, AllRefused> read_manifest(const std::string& directory) {
  const auto path = directory + "/manifest.json";
  if (!fs::exists(path)) return refuse("no_manifest", "there is no " + path);
  if (fs::file_size(path) > kMostManifest) return refuse("bad_manifest", path + " is too large");
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  auto read = read_json<Manifest>(text);
  if (!read.ok()) {
    return refuse("bad_manifest",
                  path + " at " + read.refusal().pointer + ": " + read.refusal().message);
  }
  if (read->format != 1 || read->product != product::kName) {
    return refuse("bad_manifest", path + " is of " + read->product + ", format " +
                                      std::to_string(read->format) + ", expected " +
                                      std::string(product::kName) + ", format 1");
  }
  for (const auto& file : read->files) {
    const auto at = directory + "/" + file.name;
    if (!is_inside(file.name) || !fs::is_regular_file(at)) {
      return refuse("damaged", "the file " + file.name + " is missing");
    }
    if (storage::sha256_of_file(at) != file.sha256) {
      return refuse("damaged", "the file " + file.name + " is not what the manifest says");
    }
  }
  return std::move(*read);
}

/// One line of the paused offers.
class PausedTaker final : public TableTaker {
 public:
  explicit PausedTaker(MerchantId merchant) : merchant_(merchant) {}
  std::string lacks(const catalog::TableHeader& header) override {
    header_ = header;
    return header.has("handle") ? "" : "there is no column \"handle\"";
  }
  RowOutcome take(storage::Tx& tx, const std::vector<TableRow>& rows) override {
    const auto cells = rows.front().cells();
    const auto id = catalog::product_by_handle(tx, merchant_, header_.any(cells, {"handle"}));
    const auto product = id ? catalog::product(tx, *id) : std::nullopt;
    const std::array<std::string, catalog::kMaxOptions> values = {
        header_.any(cells, {"option1 value"}), header_.any(cells, {"option2 value"}),
        header_.any(cells, {"option3 value"})};
    for (const auto& v : product ? product->variants : std::vector<catalog::Variant>{}) {
      if (v.values != values) continue;
      for (const auto& offer : marketplace::offers_of(tx, {&v.id, 1})) {
        if (offer.merchant != merchant_) continue;
        const auto done =
            marketplace::set_offer_state(tx, offer.id, marketplace::OfferState::paused);
        RowOutcome out;
        if (done.ok()) out.done = RowOutcome::Done::updated;
        return out;
      }
    }
    return RowOutcome::refuse("handle", "there is no such offer");
  }

 private:
  const MerchantId merchant_;
  catalog::TableHeader header_;
};

class Importer {
 public:
  Importer(House& house, std::string directory, const Saying& say)
      : house_(house),
        directory_(std::move(directory)),
        say_(say),
        reports_(house.config().store.data_dir + "/imports/") {
    fs::create_directories(reports_);
  }

  bool is_empty() {
    auto lease = house_.store().main().read();
    storage::Read& read = *lease;
    return marketplace::list_merchants(read, {}, 1).empty() &&
           shoppers::customers_after(read, {}, 1).empty() && !ledger::has_journals(read) &&
           ledger::archived_journals(read) == 0;
  }

  Result<AllImported, AllRefused> run(const Manifest& manifest) {
    for (const auto& file : manifest.files) files_.insert(file.name);
    auto lines = merchant_lines();
    if (!lines) return Refused{lines.refusal()};
    CustomerTaker customers(house_.shoppers().keyring());
    result_.customers = table("customers.csv", customers, true);
    for (const auto& line : *lines) {
      const auto merchant = create(line);
      if (!merchant) return Refused{merchant.refusal()};
      import_merchant(*merchant);
      settle(*merchant, line);
    }
    import_ledger();
    return result_;
  }

 private:
  Result<std::vector<MerchantLine>, AllRefused> merchant_lines() {
    std::vector<MerchantLine> out;
    std::ifstream in(directory_ + "/merchants.jsonl", std::ios::binary);
    for (std::string text; std::getline(in, text);) {
      auto line = read_json<MerchantLine>(text);
      if (!line.ok() || !Currency::parse(line->currency)) {
        return refuse("bad_manifest", "merchants.jsonl, line " + std::to_string(out.size() + 1) +
                                          ": is no merchant");
      }
      out.push_back(std::move(*line));
    }
    return out;
  }

  /// A closed one takes nothing in: settle() closes it when its things are there.
  Result<marketplace::Merchant, AllRefused> create(const MerchantLine& line) {
    marketplace::NewMerchant wanted;
    wanted.slug = line.slug;
    wanted.name = line.name;
    wanted.name_zh = line.name_zh;
    wanted.kind = line.kind;
    const bool closed = line.state == marketplace::MerchantState::closed;
    wanted.state = closed ? marketplace::MerchantState::active : line.state;
    wanted.currency = *Currency::parse(line.currency);
    wanted.country = line.country;
    wanted.commission_bp = line.commission_bp;
    wanted.agreed = line.agreed;
    wanted.prices_include_tax = line.prices_include_tax;
    wanted.presentation = {line.tagline, line.tagline_zh, line.about, line.about_zh, line.accent};
    using Made = Result<marketplace::Merchant, AllRefused>;
    return house_.store().main().write([&](storage::Tx& tx) -> Made {
      tx.act_as("import");
      const auto made = marketplace::create_merchant(tx, wanted);
      if (!made.ok()) {
        tx.refuse();
        return refuse("bad_manifest", "the merchant " + line.slug + " cannot be made");
      }
      ++result_.merchants;
      if (line.default_place.empty()) return *made;
      const auto place = inventory::create_place(
          tx, {made->id,
               place_kind_named(line.default_place_kind).value_or(inventory::PlaceKind::warehouse),
               line.default_place});
      if (!place.ok()) return *made;
      marketplace::MerchantChange change;
      change.default_place = *place;
      return marketplace::update_merchant(tx, made->id, change, std::nullopt).value();
    });
  }

  void settle(const marketplace::Merchant& merchant, const MerchantLine& line) {
    const bool closed = line.closed_from && line.closed_until;
    const bool ends = line.state == marketplace::MerchantState::closed;
    if (!ends && !closed) return;
    house_.store().main().write([&](storage::Tx& tx) {
      tx.act_as("import");
      marketplace::MerchantChange change;
      if (ends) change.state = line.state;
      if (closed) {
        change.closure = {*line.closed_from, *line.closed_until, line.closed_message.value_or("")};
      }
      if (!marketplace::update_merchant(tx, merchant.id, change, std::nullopt).ok()) {
        throw Fault("the state of " + line.slug + " could not be set");
      }
    });
  }

  void import_merchant(const marketplace::Merchant& m) {
    const auto below = "merchants/" + m.slug + "/";
    if (files_.contains(below + "products.csv")) {
      ImportRun run;
      run.report_prefix = reports_ + m.slug + "-products";
      auto source = catalog::open_source(directory_ + "/" + below + "products.csv");
      // A shop without a place had no stock: it gets its first place with its first units.
      const auto target = import_target(house_, m.slug, std::nullopt, false);
      if (!target) throw Fault(target.refusal().message);
      const auto done = run_import(house_, *target, *source, run);
      if (!done) throw Fault(below + "products.csv: " + done.refusal().message);
      result_.products += done->products.created;
      result_.errors += done->errors;
      say_(below + "products.csv: " + std::to_string(done->rows) + " rows");
    }
    StockTaker stock({m.id, true}, house_.availability());
    table(below + "stock.csv", stock, false);
    PausedTaker paused(m.id);
    table(below + "paused.csv", paused, false);
    RedirectTaker redirects(m.id);
    table(below + "redirects.csv", redirects, false);
    OrderTaker orders({m.id, m.currency}, house_.shoppers().keyring());
    result_.orders += table(below + "orders.csv", orders, true);
  }

  /// Returns how many things were created.
  std::int64_t table(const std::string& name, TableTaker& taker, bool personal) {
    if (!files_.contains(name)) return 0;
    TableRun run;
    run.personal = personal;
    auto about = name;
    for (auto& c : about) c = c == '/' ? '-' : c;
    run.report_prefix = reports_ + about;
    auto source = catalog::open_source(directory_ + "/" + name);
    const auto done = import_table(house_.store(), *source, run, taker);
    if (!done) throw Fault(name + ": " + done.refusal().message);
    result_.errors += done->errors;
    say_(name + ": " + std::to_string(done->rows) + " rows");
    return done->things.created;
  }

  void import_ledger() {
    if (!files_.contains("ledger.jsonl")) return;
    std::ifstream in(directory_ + "/ledger.jsonl", std::ios::binary);
    std::vector<std::string> lines;
    const auto flush = [&] {
      if (lines.empty()) return;
      house_.store().main().write([&](storage::Tx& tx) {
        tx.act_as("import");
        ledger::archive_journals(tx, lines);
      });
      result_.journals += static_cast<std::int64_t>(lines.size());
      lines.clear();
    };
    for (std::string line; std::getline(in, line);) {
      lines.push_back(line);
      if (lines.size() == kLinesAtOnce) flush();
    }
    flush();
    say_("ledger.jsonl: " + std::to_string(result_.journals) + " rows");
  }

  House& house_;
  const std::string directory_;
  const Saying& say_;
  const std::string reports_;  // Where reports of rows that were not taken over go.
  std::set<std::string> files_;
  AllImported result_;
};

}  // namespace

Result<AllImported, AllRefused> import_all(House& house, const std::string& directory,
                                           const Saying& say) {
  const auto manifest = read_manifest(directory);
  if (!manifest) return Refused{manifest.refusal()};
  Importer importer(house, directory, say);
  if (!importer.is_empty()) {
    return refuse("not_empty", "the installation has merchants, customers or books of its own");
  }
  return importer.run(*manifest);
}

}  // namespace fondaco::server
