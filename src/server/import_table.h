// Taking in a table that is not products: reads rows, writes them in batches on the writer while
// counting, with reports and dry runs as `import products` has them. Depends on catalog (CSV).
#pragma once

#include <fondaco/catalog/table.h>
#include <fondaco/storage/store.h>

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fondaco::server {

struct TableRow {
  std::int64_t number = 0;
  std::vector<std::string> texts;
  std::string raw;

  std::vector<std::string_view> cells() const { return {texts.begin(), texts.end()}; }
};

/// What became of a row, or of the rows of one thing.
struct RowOutcome {
  enum class Done { created, updated, unchanged, refused };
  Done done = Done::unchanged;
  std::string column;
  std::string message;                       // Why it is refused.
  std::vector<std::string> warnings;         // Said beside it.
  std::map<std::string, std::int64_t> more;  // What else it adds to, by name.
  static RowOutcome refuse(std::string column, std::string message) {
    return {Done::refused, std::move(column), std::move(message), {}, {}};
  }
};

/// What a kind of table does. Used by one import at a time.
class TableTaker {
 public:
  virtual ~TableTaker() = default;
  /// Empty, or what the header lacks.
  virtual std::string lacks(const catalog::TableHeader& header) = 0;
  /// Rows next to each other with the same key are one thing; empty: each row is.
  virtual std::string key(const TableRow&) { return {}; }
  /// Before the transaction, on the caller's thread: what must not be done inside one.
  virtual void prepare(storage::Read&, std::span<const std::vector<TableRow>>) {}
  /// In the transaction. May run twice for the same thing and must not remember the first.
  virtual RowOutcome take(storage::Tx& tx, const std::vector<TableRow>& rows) = 0;
  /// After a batch was committed (or tried, in a dry run).
  virtual void committed() {}
  /// Names of what else is counted.
  virtual std::vector<std::string> counted() const { return {}; }
};

struct TableRun {
  bool dry_run = false;
  bool personal = false;      // Reports do not repeat the rows: they hold personal data.
  std::string report_prefix;  // As catalog::ImportOptions has it.
  std::string actor = "import";
  int batch = 200;  // Things a commit.
  std::function<void(const catalog::ImportProgress&)> progress = {};
};

struct TableResult {
  std::int64_t rows = 0;
  catalog::ImportCounts things;
  std::int64_t warnings = 0;
  std::int64_t errors = 0;  // Rows that were not taken over.
  std::optional<std::string> error_file;
  std::optional<std::string> warning_file;
  double seconds = 0;
  bool dry_run = false;
  std::vector<std::pair<std::string, std::int64_t>> more;  // As counted() names them.
};
/// {"rows":n,"<things>":{"created":n,…},…,"warnings":n,"errors":n,…}
std::string json_of_table(const TableResult& result, std::string_view things);

/// What is committed stays when a later batch throws. Not from the writer's thread.
Result<TableResult, catalog::ImportRefusal> import_table(storage::Store& store,
                                                         catalog::ByteSource& source,
                                                         const TableRun& run, TableTaker& taker);

}  // namespace fondaco::server
