// CSV as it comes from the world: a streaming reader that survives broken rows, a writer, and
// where the bytes come from. Depends on nothing of the house but base.
// RFC 4180 with quoted newlines, doubled quotes, CRLF, LF or CR, a byte order mark. Memory is
// bounded by the row limit, whatever the file holds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fondaco::catalog {

/// Where bytes come from. read() gives 0 at the end.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual std::size_t read(char* out, std::size_t size) = 0;
  /// Bytes of the file taken so far (of the compressed file when it is one).
  virtual std::int64_t consumed() const = 0;
  /// Size of the file; -1 when it is not known (a pipe).
  virtual std::int64_t total() const = 0;
  /// Empty, or why the bytes ended early ("the compressed data is cut off").
  virtual std::string_view damage() const { return {}; }
};

/// A file, plain or gzip by its content; "-" is standard input. Fault when it cannot be opened.
std::unique_ptr<ByteSource> open_source(const std::string& path);
/// The text must outlive the source. Plain bytes only.
std::unique_ptr<ByteSource> memory_source(std::string_view bytes);

struct CsvLimits {
  std::size_t cell = 1 << 20;
  std::size_t row = 4 << 20;
  std::size_t columns = 2000;
  char separator = ',';
};

/// Reads record by record. A broken record (quotes, encoding, NUL, too large, wrong number of
/// columns) is reported once, and reading goes on with the next line that can be a record.
class CsvReader {
 public:
  enum class Got { row, bad_row, end };

  explicit CsvReader(ByteSource& source, CsvLimits limits = {});
  /// Views are valid until the next call.
  Got next();
  std::span<const std::string_view> cells() const { return cells_; }
  /// The record as it stands in the file (of a bad one at most its first 64 KB).
  std::string_view raw() const { return raw_; }
  /// Counts records from 1 (the header), as a spreadsheet does; empty lines are not counted.
  std::int64_t row() const { return row_; }
  /// What is wrong with a bad row; names both numbers where there are two.
  const std::string& problem() const { return problem_; }
  /// Every record from now on must have so many columns (more when the rest is empty).
  void expect_columns(std::size_t columns) { expected_ = columns; }

 private:
  struct Span {
    std::size_t begin;
    std::size_t end;
    bool doubled;  // Holds "" that mean ".
  };
  enum class Scan { good, broken, oversize };

  bool fill();
  bool have(std::size_t at) { return at < buffer_.size() || (fill() && at < buffer_.size()); }
  Scan scan(std::size_t begin, std::size_t most);
  bool scan_quoted(std::size_t begin, std::size_t most, Scan& outcome);
  bool scan_plain(std::size_t begin, std::size_t most, Scan& outcome);
  bool end_of_cell(bool& more);
  Got finish_good(std::size_t begin);
  Got finish_broken(std::size_t begin);
  Got finish_oversize(std::size_t begin);
  bool resync(std::size_t begin, std::size_t stop);
  void discard_line(bool in_quotes);
  Got bad(std::string_view raw, std::string problem);
  std::string column_problem() const;
  std::string count_problem() const;
  void unescape();

  ByteSource& source_;
  const CsvLimits limits_;
  std::string buffer_;
  std::size_t start_ = 0;  // Of the next record.
  std::size_t at_ = 0;     // Where scanning stands.
  bool ended_ = false;
  bool first_ = true;
  bool in_quotes_ = false;
  std::vector<Span> spans_;
  std::vector<std::string_view> cells_;
  std::string unescaped_;
  std::string_view raw_;
  std::string raw_copy_;
  std::string problem_;
  std::string broken_;
  std::int64_t row_ = 0;
  std::size_t expected_ = 0;
  std::int64_t taken_ = 0;      // Bytes given to us so far.
  std::int64_t rescanned_ = 0;  // Bytes looked at again after broken records.
};

/// Appends one record, quoting what needs it.
void append_csv_row(std::string& out, std::span<const std::string> cells);

/// A cell that a spreadsheet could take for a formula (= + - @ tab, return at its start) gets an
/// apostrophe in front; undo_formula_guard() takes exactly that one away again.
std::string formula_guard(std::string_view cell);
std::string_view undo_formula_guard(std::string_view cell);

/// Fuzz entry: reads the bytes as CSV to their end; returns the number of records.
std::int64_t read_all_csv(std::string_view bytes);

}  // namespace fondaco::catalog
