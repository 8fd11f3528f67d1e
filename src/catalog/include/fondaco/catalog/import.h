// Takes a merchant's products in from a CSV file. Depends on catalog.h, csv.h, store.h.
// Memory is bounded whatever the file holds; rows are upserts, so a second import of the same
// file changes nothing.
#pragma once

#include <fondaco/base/money.h>
#include <fondaco/base/product.h>
#include <fondaco/catalog.h>
#include <fondaco/catalog/csv.h>
#include <fondaco/storage/store.h>

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fondaco::catalog {

/// shopify: their product CSV, old and new headers. own: our columns (docs of parse_columns()).
/// Either understands the other's translated and extra price columns.
/// woocommerce: their product CSV. google: a Merchant feed, RSS 2.0, Atom or tab-separated.
/// openfoodfacts: their export as CSV or tab-separated; it names no price, so products are drafts.
enum class ImportFormat { shopify, own, woocommerce, google, openfoodfacts };
/// "shopify", "woocommerce", "google", "openfoodfacts", or the product's name for our own format.
std::optional<ImportFormat> import_format_named(std::string_view name);

/// What a row says of a variant beyond the catalogue. Views are valid during apply().
struct ImportedVariant {
  MerchantId owner;
  ProductId product;
  VariantId variant;
  std::string_view sku;
  std::string_view title;  // Of the product.
  std::string_view tax_class;
  std::int64_t weight_grams = 0;
  Status status = Status::draft;  // Of the product.
  std::optional<Money> price;     // In the import's currency; nothing: not for sale yet.
  std::optional<Money> compare_at;
  bool has_compare_at = false;          // The column is there: an empty cell takes it away.
  std::span<const Money> extra_prices;  // Columns price:<CUR>.
  std::optional<std::int64_t> stock;    // Units on hand, never negative.
  bool stock_tracked = true;            // false: sold without counting.
  bool sell_when_out = false;
  bool created = false;  // The catalogue did not know the variant before.
};

enum class ImportChange : std::uint8_t { created, updated, unchanged };

/// Port: prices and stock belong to modules above. One answer per variant, in order. Part of the
/// import's transaction, at most a few thousand variants a call; a dry run calls it too and rolls
/// everything back. It may be called twice for the same batch and must not remember the first.
class ImportSink {
 public:
  virtual ~ImportSink() = default;
  virtual std::vector<ImportChange> apply(storage::Tx& tx,
                                          std::span<const ImportedVariant> variants) = 0;
};

struct ImportProgress {
  std::int64_t rows = 0;
  std::int64_t bytes = 0;         // Taken of the file (of the compressed one).
  std::int64_t bytes_total = -1;  // -1: not known.
  double seconds = 0;
};

struct ImportOptions {
  ImportFormat format = ImportFormat::shopify;
  MerchantId owner;
  Currency currency;          // Of the columns that name none.
  bool dry_run = false;       // Does everything, counts the same and keeps nothing.
  std::string report_prefix;  // "/data/import-7": errors go to "….errors.csv", warnings to
                              // "….warnings.csv", each only when there are some. Empty: nowhere.
  std::string actor;          // For the audit entry.
  int batch_products = 500;   // At most so many a commit.
  std::function<void(const ImportProgress&)> progress;  // After each batch.
};

struct ImportCounts {
  std::int64_t created = 0;
  std::int64_t updated = 0;
  std::int64_t unchanged = 0;
};

struct ImportResult {
  std::int64_t rows = 0;  // Records below the header.
  ImportCounts products;  // By what the catalogue keeps of them.
  ImportCounts variants;  // By the catalogue and the sink.
  std::int64_t images = 0;
  std::int64_t warnings = 0;
  std::int64_t errors = 0;  // Rows that were not taken over.
  std::optional<std::string> error_file;
  std::optional<std::string> warning_file;
  double seconds = 0;
  bool dry_run = false;
};
/// The one object that the command prints.
std::string json_of_import(const ImportResult& result);

/// The file as a whole cannot be read: nothing was taken over.
struct ImportRefusal {
  std::string code;  // empty_file, bad_header, wrong_encoding
  std::string message;
};

/// Reads, then writes in batches on the store's writer while the next batch is read. What is
/// committed stays when a later batch throws Fault. Not from the writer's thread.
Result<ImportResult, ImportRefusal> import_products(storage::Store& store, ByteSource& source,
                                                    const ImportOptions& options, ImportSink& sink);

}  // namespace fondaco::catalog
