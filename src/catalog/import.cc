#include <fondaco/catalog/import.h>

#include "fingerprints.h"
#include "import_batch.h"
#include "import_records.h"

#include <fondaco/base/json_write.h>
#include <fondaco/base/text.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <unordered_map>

namespace fondaco::catalog {
namespace {

constexpr std::size_t kBatchBytes = 8 << 20;
constexpr std::size_t kBatchVariants = 4000;
constexpr std::size_t kBatchNotes = 2000;
constexpr std::size_t kProductBytes = 16 << 20;
constexpr std::size_t kProductRows = 10'000;
constexpr std::size_t kCachedNames = 100'000;

std::string report_path(const ImportOptions& options, std::string_view kind) {
  return options.report_prefix.empty() ? std::string()
                                       : options.report_prefix + "." + std::string(kind) + ".csv";
}

class Importer {
 public:
  Importer(storage::Store& store, ByteSource& source, const ImportOptions& options,
           ImportSink& sink, RowReader& rows, RecordSource& records)
      : store_(store),
        source_(source),
        options_(options),
        sink_(sink),
        rows_(rows),
        records_(records),
        errors_(report_path(options, "errors")),
        warnings_(report_path(options, "warnings")),
        began_(std::chrono::steady_clock::now()) {}
  ~Importer() {
    if (running_.valid()) running_.wait();  // It refers to this object.
  }
  Importer(const Importer&) = delete;
  Importer& operator=(const Importer&) = delete;

  ImportResult run() {
    for (auto got = records_.next(); got != CsvReader::Got::end; got = records_.next()) {
      ++result_.rows;
      if (got == CsvReader::Got::bad_row) {
        refuse(records_.problem());
      } else {
        take_row();
      }
      if (full()) flush();
    }
    if (const auto why = records_.damage(); !why.empty()) refuse("the file ends early: " + why);
    flush();
    settle();
    result_.errors = errors_.lines();
    result_.warnings = warnings_.lines();
    result_.error_file = errors_.finish();
    result_.warning_file = warnings_.finish();
    result_.seconds = seconds();
    result_.dry_run = options_.dry_run;
    return std::move(result_);
  }

 private:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  }
  bool full() const {
    return next_.bytes >= kBatchBytes || next_.variants >= kBatchVariants ||
           next_.notes.size() >= kBatchNotes;
  }
  void refuse(std::string message) {
    next_.notes.push_back(
        {true, records_.row(), "", std::move(message), std::string(records_.raw())});
    next_.bytes += records_.raw().size();
  }
  void take_row();
  ProductPatch* product_of(const std::string& handle);
  void mark_seen(ProductPatch& product);
  void flush();
  void settle();
  void report(std::vector<ImportNote> notes);

  storage::Store& store_;
  ByteSource& source_;
  const ImportOptions& options_;
  ImportSink& sink_;
  RowReader& rows_;
  RecordSource& records_;
  ReportFile errors_;
  ReportFile warnings_;
  std::chrono::steady_clock::time_point began_;
  ImportResult result_;

  ImportBatch next_;
  std::unordered_map<std::string, std::size_t> in_next_;  // Handle -> product of next_.

  ImportBatch writing_;
  BatchOutcome outcome_;
  std::promise<void> committed_;
  std::future<void> running_;

  TaxonomyCache known_;
  Fingerprints handles_;
  Fingerprints variants_;
  Fingerprints skus_;  // Of a dry run, which finds nothing of itself stored.
};

// The product that a row belongs to; null after a batch had to be closed before a new one.
ProductPatch* Importer::product_of(const std::string& handle) {
  if (const auto found = in_next_.find(handle); found != in_next_.end()) {
    return &next_.products[found->second];
  }
  if (next_.products.size() >= static_cast<std::size_t>(std::max(1, options_.batch_products))) {
    return nullptr;
  }
  in_next_.emplace(handle, next_.products.size());
  auto& product = next_.products.emplace_back();
  product.handle = handle;
  product.seen_before = !handles_.insert(handle);
  product.only.at = {records_.row(), std::string(records_.raw())};
  return &product;
}

void Importer::take_row() {
  const auto handle = rows_.handle_of(records_.cells());
  if (handle.empty()) return refuse("the handle is missing");
  auto* product = product_of(handle);
  if (!product) {
    flush();
    product = product_of(handle);
  }
  const auto size = records_.raw().size() + 256;
  if (product->bytes + size > kProductBytes ||
      product->variants.size() + product->image_rows.size() >= kProductRows) {
    return refuse("product \"" + handle + "\" has more than " + std::to_string(kProductBytes) +
                  " bytes or " + std::to_string(kProductRows) + " rows in one place");
  }
  product->bytes += size;
  next_.bytes += size;
  const auto before = product->variants.size();
  for (const auto& [column, message] : records_.warnings()) {
    next_.notes.push_back({false, records_.row(), column, message, std::string(records_.raw())});
  }
  rows_.read({records_.cells(),
              records_.attributes(),
              {records_.row(), std::string(records_.raw())},
              !product->seen_before},
             *product, next_.notes);
  if (product->variants.size() > before) {
    ++next_.variants;
    mark_seen(*product);
  }
}

void Importer::mark_seen(ProductPatch& product) {
  auto& v = product.variants.back();
  std::string key = product.handle;
  for (const auto& value : v.values) key.append(1, '\x1f').append(value);
  v.seen_before = !variants_.insert(key);
  if (!options_.dry_run || v.seen_before || !v.sku || v.sku->empty()) return;
  v.sku_seen_before = !skus_.insert(*v.sku);
}

// Hands the batch to the writer and goes on reading while it is written.
void Importer::flush() {
  settle();
  in_next_.clear();
  std::swap(writing_, next_);
  next_ = {};
  if (writing_.products.empty()) {
    report(std::move(writing_.notes));
    return;
  }
  committed_ = {};
  running_ = committed_.get_future();
  store_.main().writer().submit(
      [this](storage::Tx& tx) {
        tx.act_as(options_.actor);
        const BatchContext context{options_.owner, options_.dry_run, options_.format,
                                   rows_,          known_,           sink_};
        outcome_ = apply_batch(tx, writing_, context);
        if (options_.dry_run) tx.refuse();
      },
      [this](std::exception_ptr error) {
        if (error) {
          committed_.set_exception(error);
        } else {
          committed_.set_value();
        }
      });
}

// Waits for the batch that is being written and adds up what became of it.
void Importer::settle() {
  if (!running_.valid()) return;
  running_.get();
  const auto add = [](ImportCounts& to, const ImportCounts& from) {
    to.created += from.created;
    to.updated += from.updated;
    to.unchanged += from.unchanged;
  };
  add(result_.products, outcome_.products);
  add(result_.variants, outcome_.variants);
  result_.images += outcome_.images;
  if (!options_.dry_run) {  // A rolled back name has no id.
    if (known_.brands.size() + known_.categories.size() > kCachedNames) known_ = {};
    known_.brands.merge(outcome_.fresh.brands);
    for (auto& [path, known] : outcome_.fresh.categories) known_.categories[path] = known;
  }
  auto notes = std::move(writing_.notes);
  std::move(outcome_.notes.begin(), outcome_.notes.end(), std::back_inserter(notes));
  report(std::move(notes));
  writing_ = {};
  outcome_ = {};
  if (options_.progress) {
    options_.progress({result_.rows, source_.consumed(), source_.total(), seconds()});
  }
}

void Importer::report(std::vector<ImportNote> notes) {
  std::stable_sort(notes.begin(), notes.end(),
                   [](const ImportNote& a, const ImportNote& b) { return a.row < b.row; });
  for (const auto& note : notes) (note.error ? errors_ : warnings_).add(note);
}

void counts_json(JsonWriter& w, std::string_view name, const ImportCounts& c) {
  w.key(name).begin_object();
  w.member("created", c.created).member("updated", c.updated).member("unchanged", c.unchanged);
  w.end_object();
}

}  // namespace

Result<ImportResult, ImportRefusal> import_products(storage::Store& store, ByteSource& source,
                                                    const ImportOptions& options,
                                                    ImportSink& sink) {
  auto records = open_records(source, options.format);
  if (!records) return Refused{records.refusal()};
  RowReader rows(std::move(records->columns), options.format, options.currency, records->spoken);
  return Importer(store, source, options, sink, rows, *records->source).run();
}

std::string json_of_import(const ImportResult& r) {
  std::string out;
  JsonWriter w(out);
  w.begin_object().member("rows", r.rows);
  counts_json(w, "products", r.products);
  counts_json(w, "variants", r.variants);
  w.member("images", r.images).member("warnings", r.warnings).member("errors", r.errors);
  w.key("error_file");
  r.error_file ? w.value(*r.error_file) : w.null();
  w.member("seconds", r.seconds).member("dry_run", r.dry_run).end_object();
  return out;
}

}  // namespace fondaco::catalog
