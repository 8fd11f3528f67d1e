// What every import of a table needs: its header by name, and report files. Depends on csv.h,
// import.h.
#pragma once

#include <fondaco/catalog/import.h>

#include <fstream>
#include <initializer_list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fondaco::catalog {

/// Columns of a table by name, in lower case.
class TableHeader {
 public:
  /// Refuses a column that is there twice.
  static Result<TableHeader, ImportRefusal> of(std::span<const std::string_view> header);
  bool has(std::string_view name) const { return find(name) >= 0; }
  /// Position, -1 without such a column.
  int find(std::string_view name) const;
  /// Trimmed; empty without such a column.
  std::string_view cell(std::span<const std::string_view> cells, std::string_view name) const;
  /// The first of these columns that is there and says something, without a spreadsheet's guard.
  std::string any(std::span<const std::string_view> cells,
                  std::span<const std::string_view> names) const;
  std::string any(std::span<const std::string_view> cells,
                  std::initializer_list<std::string_view> names) const {
    return any(cells, std::span(names.begin(), names.size()));
  }
  bool has_any(std::span<const std::string_view> names) const;
  /// As the file writes them.
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::vector<std::string> names_;
  std::map<std::string, int, std::less<>> by_name_;
};

/// The first record of a CSV is its header; or why it is none.
std::optional<ImportRefusal> read_header(CsvReader& csv);

/// A line for one of the reports.
struct ImportNote {
  bool error = false;
  std::int64_t row = 0;
  std::string column;
  std::string message;
  std::string raw;
};

/// One report file, made when there is something to write.
class ReportFile {
 public:
  /// An empty path only counts.
  explicit ReportFile(std::string path) : path_(std::move(path)) {}
  void add(const ImportNote& note);
  std::int64_t lines() const { return lines_; }
  /// The path, or nothing when no line was written.
  std::optional<std::string> finish();

 private:
  void write(std::span<const std::string> cells);

  std::string path_;
  std::ofstream out_;
  std::int64_t lines_ = 0;
};

}  // namespace fondaco::catalog
