#include <fondaco/base/text.h>
#include <fondaco/catalog/csv.h>

#include <algorithm>
#include <cstring>

namespace fondaco::catalog {
namespace {

constexpr std::size_t kChunk = 256 << 10;
constexpr std::size_t kRawShown = 64 << 10;
constexpr std::size_t kTrial = 256 << 10;  // How far a line is read to see if it is a record.

bool ends_line(char c) { return c == '\n' || c == '\r'; }

std::string hex_byte(char c) {
  std::string out = "0x";
  out += to_hex(std::string_view(&c, 1));
  return out;
}

/// Position of the first byte that is not UTF-8; the text is known to hold one.
std::size_t first_bad_byte(std::string_view text) {
  std::size_t good = 0;
  std::size_t bad = text.size();
  while (bad - good > 1) {  // Prefixes of good text are good but for a cut character.
    const auto middle = good + (bad - good) / 2;
    auto cut = middle;
    while (cut > good && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
    if (cut == good) break;
    (is_utf8(text.substr(0, cut)) ? good : bad) = cut;
  }
  while (good < text.size() && static_cast<unsigned char>(text[good]) < 0x80) ++good;
  return good;
}

}  // namespace

CsvReader::CsvReader(ByteSource& source, CsvLimits limits) : source_(source), limits_(limits) {}

bool CsvReader::fill() {
  if (ended_) return false;
  const auto old = buffer_.size();
  buffer_.resize(old + kChunk);
  const auto got = source_.read(buffer_.data() + old, kChunk);
  buffer_.resize(old + got);
  taken_ += static_cast<std::int64_t>(got);
  ended_ = got == 0;
  return got > 0;
}

CsvReader::Got CsvReader::next() {
  cells_.clear();
  problem_.clear();
  if (start_ > 0) {
    if (start_ >= kChunk || start_ == buffer_.size()) {
      buffer_.erase(0, start_);
      start_ = 0;
    }
  }
  if (first_) {
    first_ = false;
    if (have(2) && std::string_view(buffer_).substr(0, 3) == "\xEF\xBB\xBF") start_ = 3;
  }
  while (have(start_) && ends_line(buffer_[start_])) ++start_;  // Empty lines.
  if (!have(start_)) return Got::end;
  ++row_;
  const auto begin = start_;
  switch (scan(begin, limits_.row)) {
    case Scan::good:
      return finish_good(begin);
    case Scan::broken:
      return finish_broken(begin);
    case Scan::oversize:
      break;
  }
  return finish_oversize(begin);
}

// Reads one record into spans_; at_ is behind its end of line, or where it broke.
CsvReader::Scan CsvReader::scan(std::size_t begin, std::size_t most) {
  spans_.clear();
  at_ = begin;
  in_quotes_ = false;
  Scan outcome = Scan::good;
  bool more = true;
  while (more) {
    const bool quoted = have(at_) && buffer_[at_] == '"';
    const bool ok = quoted ? scan_quoted(begin, most, outcome) : scan_plain(begin, most, outcome);
    if (!ok) return outcome;
    if (spans_.size() > limits_.columns) {
      broken_ = "has more than " + std::to_string(limits_.columns) + " columns";
      return Scan::broken;
    }
    if (!end_of_cell(more)) {
      broken_ = "has text after a closing quote in " + column_problem();
      return Scan::broken;
    }
  }
  return Scan::good;
}

bool CsvReader::scan_quoted(std::size_t begin, std::size_t most, Scan& outcome) {
  Span span{at_ + 1, 0, false};
  ++at_;
  in_quotes_ = true;
  for (;;) {
    const char* found =
        at_ < buffer_.size()
            ? static_cast<const char*>(std::memchr(buffer_.data() + at_, '"', buffer_.size() - at_))
            : nullptr;
    at_ = found ? static_cast<std::size_t>(found - buffer_.data()) : buffer_.size();
    if (at_ - span.begin > limits_.cell || at_ - begin > most) {
      spans_.push_back(span);
      outcome = Scan::oversize;
      return false;
    }
    if (!found) {
      if (fill()) continue;
      spans_.push_back(span);
      broken_ = "has a quote that is never closed in " + column_problem();
      outcome = Scan::broken;
      return false;
    }
    if (!have(at_ + 1) || buffer_[at_ + 1] != '"') break;
    span.doubled = true;
    at_ += 2;
  }
  in_quotes_ = false;
  span.end = at_++;
  spans_.push_back(span);
  return true;
}

bool CsvReader::scan_plain(std::size_t begin, std::size_t most, Scan& outcome) {
  Span span{at_, 0, false};
  for (;;) {
    while (at_ < buffer_.size() && buffer_[at_] != limits_.separator && !ends_line(buffer_[at_]))
      ++at_;
    if (at_ - span.begin > limits_.cell || at_ - begin > most) {
      spans_.push_back(span);
      outcome = Scan::oversize;
      return false;
    }
    if (at_ < buffer_.size() || !fill()) break;
  }
  span.end = at_;
  spans_.push_back(span);
  return true;
}

// Steps over the comma (more = true) or the end of the line; false when neither follows.
bool CsvReader::end_of_cell(bool& more) {
  more = false;
  if (!have(at_)) return true;
  if (buffer_[at_] == limits_.separator) {
    ++at_;
    more = true;
    return true;
  }
  if (!ends_line(buffer_[at_])) return false;
  const bool cr = buffer_[at_] == '\r';
  ++at_;
  if (cr && have(at_) && buffer_[at_] == '\n') ++at_;
  return true;
}

std::string CsvReader::column_problem() const {
  return "column " + std::to_string(std::max<std::size_t>(1, spans_.size()));
}

std::string CsvReader::count_problem() const {
  return "has " + std::to_string(spans_.size()) + " columns when the header has " +
         std::to_string(expected_);
}

CsvReader::Got CsvReader::bad(std::string_view raw, std::string problem) {
  raw_copy_ = raw.substr(0, kRawShown);
  while (!raw_copy_.empty() && ends_line(raw_copy_.back())) raw_copy_.pop_back();
  raw_ = raw_copy_;
  problem_ = std::move(problem);
  cells_.clear();
  return Got::bad_row;
}

CsvReader::Got CsvReader::finish_good(std::size_t begin) {
  auto end = at_;
  while (end > begin && ends_line(buffer_[end - 1])) --end;
  const auto raw = std::string_view(buffer_).substr(begin, end - begin);
  if (expected_ != 0 && spans_.size() > expected_) {
    const bool rest_empty =
        std::all_of(spans_.begin() + static_cast<std::ptrdiff_t>(expected_), spans_.end(),
                    [](const Span& s) { return s.begin == s.end; });
    if (rest_empty) spans_.resize(expected_);
  }
  if (expected_ != 0 && spans_.size() != expected_) {
    broken_ = count_problem();
    return finish_broken(begin);
  }
  start_ = at_;
  if (const auto nul = raw.find('\0'); nul != std::string_view::npos) {
    return bad(raw, "has a NUL byte at position " + std::to_string(nul + 1));
  }
  if (!is_utf8(raw)) {
    const auto at = first_bad_byte(raw);
    return bad(raw, "is not UTF-8: byte " + hex_byte(raw[std::min(at, raw.size() - 1)]) +
                        " at position " + std::to_string(at + 1));
  }
  raw_ = raw;
  unescape();
  return Got::row;
}

void CsvReader::unescape() {
  std::size_t need = 0;
  for (const auto& s : spans_) need += s.doubled ? s.end - s.begin : 0;
  unescaped_.clear();
  unescaped_.reserve(need);  // Views into it must not move.
  for (const auto& s : spans_) {
    const auto text = std::string_view(buffer_).substr(s.begin, s.end - s.begin);
    if (!s.doubled) {
      cells_.push_back(text);
      continue;
    }
    const auto from = unescaped_.size();
    for (std::size_t i = 0; i < text.size(); ++i) {
      unescaped_ += text[i];
      if (text[i] == '"') ++i;
    }
    cells_.push_back(std::string_view(unescaped_).substr(from));
  }
}

// One quote too many or too few can swallow the rows behind it. The record's first line is the
// bad row; reading goes on with the first line behind it that is a record of the right width.
CsvReader::Got CsvReader::finish_broken(std::size_t begin) {
  const auto stop = at_;
  std::string why = std::move(broken_);
  if (!resync(begin, stop)) {
    at_ = stop;
    if (stop > begin && stop <= buffer_.size() && ends_line(buffer_[stop - 1])) {
      start_ = stop;  // The record was whole but for its width.
    } else {
      start_ = stop;
      const auto raw = buffer_.substr(begin, std::min(kRawShown, stop - begin));
      discard_line(false);
      return bad(raw, std::move(why));
    }
  }
  return bad(std::string_view(buffer_).substr(begin, start_ - begin), std::move(why));
}

bool CsvReader::resync(std::size_t begin, std::size_t stop) {
  if (expected_ == 0) return false;
  for (auto line = begin; line < stop;) {
    while (line < stop && !ends_line(buffer_[line])) ++line;
    while (line < stop && ends_line(buffer_[line])) ++line;
    if (line >= stop || rescanned_ > taken_ * 8 + (64 << 20)) return false;
    const bool good = scan(line, kTrial) == Scan::good && spans_.size() == expected_;
    rescanned_ += static_cast<std::int64_t>(at_ - line);
    if (good) {
      start_ = line;
      return true;
    }
  }
  return false;
}

CsvReader::Got CsvReader::finish_oversize(std::size_t begin) {
  const auto stop = at_;
  const bool quoted = in_quotes_;
  const auto column = spans_.size();
  const auto cell = stop - spans_.back().begin;
  const bool by_cell = cell > limits_.cell;
  std::string raw = buffer_.substr(begin, std::min(kRawShown, stop - begin));
  std::string why = by_cell ? "has a cell of more than " + std::to_string(limits_.cell) +
                                  " bytes in column " + std::to_string(column)
                            : "has more than " + std::to_string(limits_.row) + " bytes";
  if (quoted && resync(begin, stop)) {
    return bad(raw, "has a quote that is not closed within " + std::to_string(limits_.cell) +
                        " bytes in column " + std::to_string(column));
  }
  const auto before =
      taken_ - static_cast<std::int64_t>(buffer_.size()) + static_cast<std::int64_t>(stop - cell);
  start_ = stop;
  discard_line(quoted);
  if (by_cell) {
    const auto size = taken_ - static_cast<std::int64_t>(buffer_.size() - start_) - before;
    why = "has a cell of about " + std::to_string(size) + " bytes in column " +
          std::to_string(column) + ", at most " + std::to_string(limits_.cell);
  }
  return bad(raw, std::move(why));
}

// Forgets everything up to the end of the record that start_ is in, without keeping it.
void CsvReader::discard_line(bool in_quotes) {
  for (;;) {
    if (start_ > kChunk) {
      buffer_.erase(0, start_);
      start_ = 0;
    }
    if (!have(start_)) return;
    const char c = buffer_[start_++];
    if (c == '"') in_quotes = !in_quotes;  // A doubled quote flips twice.
    if (!in_quotes && ends_line(c)) return;
  }
}

std::int64_t read_all_csv(std::string_view bytes) {
  const auto source = memory_source(bytes);
  CsvReader reader(*source, {.cell = 4096, .row = 16384, .columns = 64});
  std::int64_t records = 0;
  for (auto got = reader.next(); got != CsvReader::Got::end; got = reader.next()) {
    if (++records == 1) reader.expect_columns(reader.cells().size());
  }
  return records;
}

}  // namespace fondaco::catalog
