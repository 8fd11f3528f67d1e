#include <fondaco/catalog/csv.h>

namespace fondaco::catalog {
namespace {

bool is_formula_start(char c) {
  return c == '=' || c == '+' || c == '-' || c == '@' || c == '\t' || c == '\r';
}

/// Any number of apostrophes and then what a spreadsheet takes for a formula.
bool looks_guarded(std::string_view cell) {
  const auto at = cell.find_first_not_of('\'');
  return at != std::string_view::npos && is_formula_start(cell[at]);
}

bool needs_quotes(std::string_view cell) {
  if (cell.empty()) return false;
  return cell.find_first_of(",\"\n\r") != std::string_view::npos || cell.front() == ' ' ||
         cell.back() == ' ';
}

}  // namespace

void append_csv_row(std::string& out, std::span<const std::string> cells) {
  bool first = true;
  for (const auto& cell : cells) {
    if (!first) out += ',';
    first = false;
    if (!needs_quotes(cell)) {
      if (cell.empty() && cells.size() == 1) out += "\"\"";  // An empty line is no record.
      out += cell;
      continue;
    }
    out += '"';
    for (const char c : cell) {
      if (c == '"') out += '"';
      out += c;
    }
    out += '"';
  }
  out += '\n';
}

std::string formula_guard(std::string_view cell) {
  return looks_guarded(cell) ? "'" + std::string(cell) : std::string(cell);
}

std::string_view undo_formula_guard(std::string_view cell) {
  if (!cell.empty() && cell.front() == '\'' && looks_guarded(cell)) cell.remove_prefix(1);
  return cell;
}

}  // namespace fondaco::catalog
