// Whatever the bytes, the reader ends, keeps its limits, and a good row written is read back.
#include <fondaco/base/check.h>
#include <fondaco/catalog/csv.h>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using fondaco::catalog::CsvReader;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto source = fondaco::catalog::memory_source(text);
  fondaco::catalog::CsvLimits limits;
  limits.cell = 4096;
  limits.row = 16384;
  CsvReader reader(*source, limits);
  std::size_t rows = 0;
  for (auto got = reader.next(); got != CsvReader::Got::end; got = reader.next()) {
    FONDACO_CHECK(++rows <= size + 1);
    if (got == CsvReader::Got::bad_row) {
      FONDACO_CHECK(!reader.problem().empty());
      continue;
    }
    for (const auto cell : reader.cells()) FONDACO_CHECK(cell.size() <= limits.cell);
  }
  return 0;
}
