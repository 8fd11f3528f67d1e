// Records of a file in our own columns, whatever the file's format is. Private to catalog.
// Shopify's CSV and ours are read as they are; other formats are translated record by record.
#pragma once

#include "import_rows.h"

#include <fondaco/catalog/csv.h>

#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace fondaco::catalog {

/// One pass over a file. What it gives is valid until the next call of next().
class RecordSource {
 public:
  using Got = CsvReader::Got;
  virtual ~RecordSource() = default;
  virtual Got next() = 0;
  /// One per column.
  virtual std::span<const std::string_view> cells() const = 0;
  /// What a file without fixed columns says beyond them, and what the translation has to say.
  virtual std::span<const NamedText> attributes() const { return {}; }
  virtual std::span<const NamedText> warnings() const { return {}; }
  virtual std::string_view raw() const = 0;
  virtual std::int64_t row() const = 0;
  virtual const std::string& problem() const = 0;
  /// Empty, or why the file ended early.
  virtual std::string damage() const { return {}; }
};

struct OpenedRecords {
  std::unique_ptr<RecordSource> source;
  std::vector<Column> columns;
  std::vector<std::string> spoken;  // Attributes that a record without them takes away.
};

/// Reads the header, if the format has one. Refuses as import_products() does.
Result<OpenedRecords, ImportRefusal> open_records(ByteSource& bytes, ImportFormat format);
Result<OpenedRecords, ImportRefusal> open_woocommerce(ByteSource& bytes);
Result<OpenedRecords, ImportRefusal> open_google(ByteSource& bytes);
Result<OpenedRecords, ImportRefusal> open_openfoodfacts(ByteSource& bytes);

/// A record that is being translated.
class OwnRecord {
 public:
  struct Named {
    Field field;
    const char* name;  // As the foreign format calls it: it stands in reports.
    int option = 0;
  };
  explicit OwnRecord(std::span<const Named> columns);

  const std::vector<Column>& columns() const { return columns_; }
  void clear();
  void set(Field field, std::string text, int option = 0);
  void attribute(std::string name, std::string text);
  void warn(std::string column, std::string message);
  std::span<const std::string_view> cells();
  std::span<const NamedText> attributes() const { return attributes_; }
  std::span<const NamedText> warnings() const { return warnings_; }

 private:
  std::vector<Column> columns_;
  std::map<std::pair<Field, int>, std::size_t> at_;
  std::vector<std::string> texts_;
  std::vector<std::string_view> views_;
  std::vector<NamedText> attributes_;
  std::vector<NamedText> warnings_;
};

/// The first bytes of a source, and a source that gives them again.
struct Peeked {
  std::string head;  // At most 64 KB.
  std::unique_ptr<ByteSource> source;
};
Peeked peek(ByteSource& bytes);

/// "1.5" and a factor in milligrams per unit -> grams, to the nearest; nothing for what is none.
std::optional<std::int64_t> grams_of(std::string_view number, std::int64_t milligrams_each);
/// 1000 for "g", 453592 for "lb"; nothing for an unknown unit.
std::optional<std::int64_t> milligrams_of_unit(std::string_view unit);

}  // namespace fondaco::catalog
