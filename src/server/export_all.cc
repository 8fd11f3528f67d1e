#include "export_all.h"

#include "import_customers.h"
#include "import_orders.h"
#include "import_redirects.h"
#include "import_sink.h"
#include "import_stock.h"

#include <fondaco/base/json.h>
#include <fondaco/base/product.h>
#include <fondaco/ledger/archive.h>

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace fondaco::server {
namespace {

namespace fs = std::filesystem;

constexpr int kPage = 500;

/// Writes the files and what the manifest says of them.
class Exporter {
 public:
  Exporter(House& house, std::string directory, const Saying& say)
      : house_(house), directory_(std::move(directory)), say_(say) {}

  AllExported run() {
    auto lease = house_.store().main().read();
    storage::Read& read = *lease;
    const auto merchants = all_merchants(read);
    file("merchants.jsonl", [&](const auto& write) {
      for (const auto& m : merchants) write(line_of(read, m) + "\n");
      return static_cast<std::int64_t>(merchants.size());
    });
    for (const auto& m : merchants) export_merchant(read, m);
    file("customers.csv", [&](const auto& write) {
      return export_customers(read, house_.shoppers().keyring(), write);
    });
    file("ledger.jsonl", [&](const auto& write) {
      return ledger::export_journals(
          read, [&](std::string_view line) { write(std::string(line) + "\n"); });
    });
    manifest_.product = product::kName;
    manifest_.version = product::kVersion;
    manifest_.created_at = format_rfc3339(house_.clock().now());
    write_file(directory_ + "/manifest.json", json_of(manifest_) + "\n");
    return result_;
  }

 private:
  using Write = std::function<void(std::string_view)>;

  /// One file: `fill` writes it and returns its rows.
  void file(const std::string& name, const std::function<std::int64_t(const Write&)>& fill) {
    const fs::path path = fs::path(directory_) / name;
    fs::create_directories(path.parent_path());
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    const auto rows = fill([&](std::string_view bytes) {
      out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    });
    out.close();
    if (!out) throw Fault("cannot write " + path.string());
    manifest_.files.push_back({name, rows, storage::sha256_of_file(path.string())});
    ++result_.files;
    result_.rows += rows;
    say_(name + ": " + std::to_string(rows) + " rows");
  }

  static void write_file(const std::string& path, const std::string& text) {
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out << text;
    out.close();
    if (!out) throw Fault("cannot write " + path);
  }

  static std::string line_of(storage::Read& read, const marketplace::Merchant& m) {
    MerchantLine line;
    line.slug = m.slug;
    line.name = m.name;
    line.name_zh = m.name_zh;
    line.kind = m.kind;
    line.state = m.state;
    line.currency = m.currency.code();
    line.country = m.country;
    line.commission_bp = m.commission_bp;
    line.agreed = m.agreed;
    line.prices_include_tax = m.prices_include_tax;
    if (const auto at = import_place(read, m)) {
      if (const auto place = inventory::place(read, *at)) {
        line.default_place = place->name;
        line.default_place_kind = place_kind_name(place->kind);
      }
    }
    line.tagline = m.presentation.tagline;
    line.tagline_zh = m.presentation.tagline_zh;
    line.about = m.presentation.about;
    line.about_zh = m.presentation.about_zh;
    line.accent = m.presentation.accent;
    if (m.closure.until > m.closure.from) {
      line.closed_from = m.closure.from;
      line.closed_until = m.closure.until;
      line.closed_message = m.closure.message;
    }
    return json_of(line);
  }

  void export_merchant(storage::Read& read, const marketplace::Merchant& m) {
    const auto below = "merchants/" + m.slug + "/";
    file(below + "products.csv", [&](const auto& write) {
      ExportSource source(import_place(read, m));
      return catalog::export_own(read, m.id, source, write).rows;
    });
    file(below + "stock.csv", [&](const auto& write) { return export_stock(read, m.id, write); });
    file(below + "paused.csv", [&](const auto& write) { return export_paused(read, m, write); });
    file(below + "redirects.csv",
         [&](const auto& write) { return export_redirects(read, m.id, write); });
    file(below + "orders.csv", [&](const auto& write) {
      auto derived = house_.store().derived().read();
      return export_orders(read, *derived, house_.shoppers().keyring(), m.id, write);
    });
  }

  /// Offers of the merchant's own products that are not on sale; others' products are counted.
  std::int64_t export_paused(storage::Read& read, const marketplace::Merchant& m,
                             const Write& write) {
    std::string out;
    std::int64_t rows = 0;
    const std::string head[] = {"handle", "option1 value", "option2 value", "option3 value"};
    catalog::append_csv_row(out, head);
    for (OfferId after;;) {
      const auto page = marketplace::offers_of_merchant(read, m.id, after, kPage);
      if (page.empty()) break;
      after = page.back().id;
      for (const auto& offer : page) {
        const auto product = catalog::product(read, offer.product);
        if (!product) continue;
        if (product->owner != m.id) {
          ++result_.offers_left_out;
        } else if (const auto* v = product->find(offer.variant);
                   v && offer.state == marketplace::OfferState::paused) {
          const std::string row[] = {
              catalog::formula_guard(product->handle), catalog::formula_guard(v->values[0]),
              catalog::formula_guard(v->values[1]), catalog::formula_guard(v->values[2])};
          catalog::append_csv_row(out, row);
          ++rows;
        }
      }
    }
    write(out);
    return rows;
  }

  House& house_;
  const std::string directory_;
  const Saying& say_;
  Manifest manifest_;
  AllExported result_;
};

}  // namespace

std::vector<marketplace::Merchant> all_merchants(storage::Read& read) {
  std::vector<marketplace::Merchant> out;
  for (;;) {
    const auto page =
        marketplace::list_merchants(read, out.empty() ? MerchantId{} : out.back().id, kPage);
    if (page.empty()) return out;
    out.insert(out.end(), page.begin(), page.end());
  }
}

std::optional<AllExported> export_all(House& house, const std::string& directory,
                                      const Saying& say) {
  if (fs::exists(directory) && (!fs::is_directory(directory) || !fs::is_empty(directory))) {
    return std::nullopt;
  }
  fs::create_directories(directory);
  if (::chmod(directory.c_str(), 0700) != 0) throw Fault("cannot close " + directory);
  return Exporter(house, directory, say).run();
}

}  // namespace fondaco::server
