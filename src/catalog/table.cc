#include <fondaco/catalog/table.h>

#include <fondaco/base/check.h>
#include <fondaco/base/text.h>

#include <algorithm>

namespace fondaco::catalog {
namespace {

// The report is UTF-8 although the row may not be.
std::string printable(std::string_view raw) {
  std::string out;
  each_code_point(raw, [&](std::uint32_t c) { append_utf8(out, c == 0 ? 0xFFFD : c); });
  return out;
}

}  // namespace

Result<TableHeader, ImportRefusal> TableHeader::of(std::span<const std::string_view> header) {
  TableHeader out;
  for (const auto cell : header) {
    const auto name = trim(undo_formula_guard(cell));
    const int at = static_cast<int>(out.names_.size());
    out.names_.emplace_back(name);
    if (!name.empty() && !out.by_name_.emplace(to_lower_ascii(name), at).second) {
      return Refused{
          ImportRefusal{"bad_header", "column \"" + std::string(name) + "\" is there twice"}};
    }
  }
  return out;
}

int TableHeader::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? -1 : found->second;
}

std::string_view TableHeader::cell(std::span<const std::string_view> cells,
                                   std::string_view name) const {
  const int at = find(name);
  return at < 0 ? std::string_view() : trim(cells[static_cast<std::size_t>(at)]);
}

std::string TableHeader::any(std::span<const std::string_view> cells,
                             std::span<const std::string_view> names) const {
  for (const auto name : names) {
    const auto text = undo_formula_guard(cell(cells, name));
    if (!text.empty()) return std::string(text);
  }
  return {};
}

bool TableHeader::has_any(std::span<const std::string_view> names) const {
  return std::any_of(names.begin(), names.end(), [this](auto name) { return has(name); });
}

std::optional<ImportRefusal> read_header(CsvReader& csv) {
  const auto got = csv.next();
  if (got == CsvReader::Got::row) return std::nullopt;
  if (got == CsvReader::Got::end) {
    return ImportRefusal{"empty_file", "the file has no header line"};
  }
  const auto raw = csv.raw();
  const bool utf16 = raw.starts_with("\xFF\xFE") || raw.starts_with("\xFE\xFF") ||
                     raw.find('\0') != std::string_view::npos;
  if (utf16) {
    return ImportRefusal{"wrong_encoding", "the file looks like UTF-16: save it as UTF-8"};
  }
  return ImportRefusal{csv.problem().starts_with("is not UTF-8") ? "wrong_encoding" : "bad_header",
                       "the header line " + csv.problem()};
}

void ReportFile::add(const ImportNote& note) {
  ++lines_;
  if (path_.empty()) return;
  if (lines_ == 1) {
    out_.open(path_, std::ios::binary | std::ios::trunc);
    if (!out_) throw Fault("cannot write " + path_);
    const std::string head[] = {"row", "column", "message", "original row"};
    write(head);
  }
  const std::string line[] = {std::to_string(note.row), formula_guard(note.column),
                              formula_guard(note.message), formula_guard(printable(note.raw))};
  write(line);
}

std::optional<std::string> ReportFile::finish() {
  if (path_.empty() || lines_ == 0) return std::nullopt;
  out_.close();
  if (!out_) throw Fault("cannot write " + path_);
  return path_;
}

void ReportFile::write(std::span<const std::string> cells) {
  std::string text;
  append_csv_row(text, cells);
  out_ << text;
}

}  // namespace fondaco::catalog
