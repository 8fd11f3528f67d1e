#include <fondaco/base/check.h>
#include <fondaco/base/random.h>
#include <fondaco/catalog/csv.h>

#include <gtest/gtest.h>

#include <zlib.h>

#include <filesystem>
#include <fstream>

namespace fondaco::catalog {
namespace {

using Rows = std::vector<std::vector<std::string>>;
using Got = CsvReader::Got;

struct Outcome {
  Rows rows;
  std::vector<std::pair<std::int64_t, std::string>> problems;
};

Outcome read_from(ByteSource& source, bool expect = true, CsvLimits limits = {}) {
  CsvReader reader(source, limits);
  Outcome out;
  for (auto got = reader.next(); got != Got::end; got = reader.next()) {
    if (got == Got::bad_row) {
      out.problems.emplace_back(reader.row(), reader.problem());
      continue;
    }
    out.rows.emplace_back(reader.cells().begin(), reader.cells().end());
    if (expect && out.rows.size() == 1) reader.expect_columns(reader.cells().size());
  }
  return out;
}

Outcome read_text(std::string_view text, bool expect = true) {
  return read_from(*memory_source(text), expect);
}

// Quoted commas, newlines and doubled quotes, CRLF, CR, a byte order mark and empty lines.
TEST(Csv, ReadsRfc4180) {
  const auto out = read_text(
      "\xEF\xBB\xBF"
      "a,b\r\n\"1,\n2\",\"say \"\"hi\"\"\"\r\n\r\n,\"\"\rx,y");
  EXPECT_TRUE(out.problems.empty());
  EXPECT_EQ(out.rows, (Rows{{"a", "b"}, {"1,\n2", "say \"hi\""}, {"", ""}, {"x", "y"}}));
}

// Whatever is written is read again, for any bytes that are UTF-8, also across buffer borders.
TEST(Csv, WriterAndReaderAgree) {
  SeededRandom random(11);
  const std::string alphabet[] = {"a", ",", "\"", "\n", "\r", "\r\n",
                                  " ", "=", "'",  "鞋", "\t", ";"};
  for (int round = 0; round < 300; ++round) {
    const auto columns = 1 + random.below(6);
    Rows rows(1 + random.below(40), std::vector<std::string>(columns));
    std::string text;
    for (auto& row : rows) {
      for (auto& cell : row) {
        const auto length = random.below(random.below(20) == 0 ? 4000 : 9);
        for (std::uint64_t i = 0; i < length; ++i) cell += alphabet[random.below(12)];
      }
      append_csv_row(text, row);
    }
    const auto out = read_text(text);
    ASSERT_TRUE(out.problems.empty()) << out.problems.front().second;
    ASSERT_EQ(out.rows, rows);
  }
}

// A quote that is never closed costs its own row, not the rows that it would swallow.
TEST(Csv, UnclosedQuoteCostsOneRow) {
  const auto out = read_text("h,t\na,\"broken\nb,fine\nc,\"also, fine\"\nd,last\n");
  EXPECT_EQ(out.rows, (Rows{{"h", "t"}, {"b", "fine"}, {"c", "also, fine"}, {"d", "last"}}));
  ASSERT_EQ(out.problems.size(), 1U);
  EXPECT_EQ(out.problems[0].first, 2);
}

// The same at the end of a file without any further quote.
TEST(Csv, UnclosedQuoteAtTheEndLosesNoOtherRow) {
  const auto out = read_text("h,t\na,\"broken\nb,fine\nc,too\n");
  EXPECT_EQ(out.rows, (Rows{{"h", "t"}, {"b", "fine"}, {"c", "too"}}));
  ASSERT_EQ(out.problems.size(), 1U);
  EXPECT_EQ(out.problems[0].second, "has a quote that is never closed in column 2");
}

// What is left of a broken HTML cell is reported, it does not become a row.
TEST(Csv, ResyncSkipsLinesThatAreNoRows) {
  const auto out = read_text("h,t,u\na,\"<p>one\ntwo</p>\" x\nthree\",1\nb,fine,2\n");
  EXPECT_EQ(out.rows, (Rows{{"h", "t", "u"}, {"b", "fine", "2"}}));
  ASSERT_EQ(out.problems.size(), 2U);
  EXPECT_EQ(out.problems[0].second, "has text after a closing quote in column 2");
}

// Too few and too many columns name both numbers; empty ones too many do not matter.
TEST(Csv, ColumnsAreCounted) {
  const auto out = read_text("a,b,c\n1,2\n1,2,3,4\n1,2,3,,\n");
  EXPECT_EQ(out.rows, (Rows{{"a", "b", "c"}, {"1", "2", "3"}}));
  ASSERT_EQ(out.problems.size(), 2U);
  EXPECT_EQ(out.problems[0].second, "has 2 columns when the header has 3");
  EXPECT_EQ(out.problems[1].second, "has 4 columns when the header has 3");
}

// GBK bytes and NUL are named with their position; the other rows are read.
TEST(Csv, WrongBytesAreRowErrors) {
  const auto out = read_text(std::string_view("a,b\n\xD0 ,1\nx,\0\nok,2\n", 18));
  EXPECT_EQ(out.rows, (Rows{{"a", "b"}, {"ok", "2"}}));
  ASSERT_EQ(out.problems.size(), 2U);
  EXPECT_EQ(out.problems[0].second, "is not UTF-8: byte 0xd0 at position 1");
  EXPECT_EQ(out.problems[1].second, "has a NUL byte at position 3");
}

// A cell of 10 MB is one bad row whatever it holds, and memory stays small.
TEST(Csv, GiantCellIsOneBadRow) {
  std::string lines;
  for (int i = 0; i < 400'000; ++i) lines += "a line of html, with a comma\n";
  for (const bool quoted : {true, false}) {
    const std::string giant = quoted ? "\"" + lines + "\"" : std::string(10'000'000, 'x');
    const auto out = read_text("a,b,c\n1," + giant + ",3\n4,5,6\n");
    EXPECT_EQ(out.rows, (Rows{{"a", "b", "c"}, {"4", "5", "6"}})) << quoted;
    ASSERT_EQ(out.problems.size(), 1U);
    EXPECT_NE(out.problems[0].second.find("at most 1048576"), std::string::npos)
        << out.problems[0].second;
  }
}

// A file of nothing but hostile quotes is read in linear time.
TEST(Csv, HostileQuotesStayLinear) {
  std::string text = "a,b\n";
  const std::string_view lines[] = {",\"\"\"\n", "\",x\"\n", "\"\n"};
  for (std::size_t i = 0; i < 200'000; ++i) text += lines[i % 3];
  EXPECT_GT(read_all_csv(text), 0);
  const auto out = read_text(text);
  EXPECT_GT(out.problems.size(), 0U);
}

// gzip is recognised by its content, a cut file says so.
TEST(Csv, ReadsGzipAndNoticesDamage) {
  const auto dir = std::filesystem::temp_directory_path();
  const auto path = (dir / ("catalog_csv_" + std::to_string(getpid()) + ".csv.gz")).string();
  std::string text = "a,b\n";
  SeededRandom random(3);
  for (int i = 0; i < 20'000; ++i) text += std::to_string(random.number()) + ",x\n";
  gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
  gzclose(file);
  EXPECT_EQ(read_from(*open_source(path)).rows.size(), 20'001U);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  const auto cut = open_source(path);
  EXPECT_LT(read_from(*cut).rows.size(), 20'001U);
  EXPECT_EQ(cut->damage(), "the compressed data is cut off");
  std::filesystem::remove(path);
  EXPECT_THROW(open_source(path), Fault);
  EXPECT_THROW(open_source(dir.string()), Fault);
}

// The guard is put on once and taken off once, for any cell.
TEST(Csv, FormulaGuardIsUndone) {
  constexpr std::string_view kStarts = "=+-@\t\r";
  for (const char* cell : {"=1+1", "+49", "-5", "@x", "\tx", "plain", "'", "'=1", "''=1", ""}) {
    const auto guarded = formula_guard(cell);
    EXPECT_EQ(undo_formula_guard(guarded), cell);
    EXPECT_TRUE(guarded.empty() || kStarts.find(guarded[0]) == std::string_view::npos);
  }
}

}  // namespace
}  // namespace fondaco::catalog
