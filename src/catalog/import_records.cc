#include "import_records.h"

#include <fondaco/base/text.h>

#include <algorithm>

namespace fondaco::catalog {
namespace {

/// Our own and Shopify's CSV: the columns are the file's.
class CsvRecords final : public RecordSource {
 public:
  explicit CsvRecords(ByteSource& bytes) : bytes_(bytes), csv_(bytes) {}
  CsvReader& csv() { return csv_; }
  Got next() override { return csv_.next(); }
  std::span<const std::string_view> cells() const override { return csv_.cells(); }
  std::string_view raw() const override { return csv_.raw(); }
  std::int64_t row() const override { return csv_.row(); }
  const std::string& problem() const override { return csv_.problem(); }
  std::string damage() const override { return std::string(bytes_.damage()); }

 private:
  ByteSource& bytes_;
  CsvReader csv_;
};

class Replayed final : public ByteSource {
 public:
  Replayed(std::string head, ByteSource& rest) : head_(std::move(head)), rest_(rest) {}
  std::size_t read(char* out, std::size_t size) override {
    if (at_ == head_.size()) return rest_.read(out, size);
    const auto n = head_.copy(out, size, at_);
    at_ += n;
    return n;
  }
  std::int64_t consumed() const override { return rest_.consumed(); }
  std::int64_t total() const override { return rest_.total(); }
  std::string_view damage() const override { return rest_.damage(); }

 private:
  const std::string head_;
  ByteSource& rest_;
  std::size_t at_ = 0;
};

}  // namespace

Peeked peek(ByteSource& bytes) {
  Peeked out;
  out.head.resize(64 << 10);
  std::size_t had = 0;
  while (had < out.head.size()) {
    const auto n = bytes.read(out.head.data() + had, out.head.size() - had);
    if (n == 0) break;
    had += n;
  }
  out.head.resize(had);
  out.source = std::make_unique<Replayed>(out.head, bytes);
  return out;
}

Result<OpenedRecords, ImportRefusal> open_records(ByteSource& bytes, ImportFormat format) {
  switch (format) {
    case ImportFormat::woocommerce:
      return open_woocommerce(bytes);
    case ImportFormat::google:
      return open_google(bytes);
    case ImportFormat::openfoodfacts:
      return open_openfoodfacts(bytes);
    case ImportFormat::shopify:
    case ImportFormat::own:
      break;
  }
  auto source = std::make_unique<CsvRecords>(bytes);
  if (auto bad = read_header(source->csv())) return Refused{std::move(*bad)};
  auto columns = parse_columns(format, source->cells());
  if (!columns) return Refused{columns.refusal()};
  source->csv().expect_columns(columns->size());
  return OpenedRecords{std::move(source), std::move(columns.value()), {}};
}

OwnRecord::OwnRecord(std::span<const Named> columns) {
  for (const auto& named : columns) {
    at_.emplace(std::pair(named.field, named.option), columns_.size());
    auto& column = columns_.emplace_back();
    column.field = named.field;
    column.option = named.option;
    column.name = named.name;
  }
  texts_.resize(columns_.size());
  views_.resize(columns_.size());
}

void OwnRecord::clear() {
  for (auto& text : texts_) text.clear();
  attributes_.clear();
  warnings_.clear();
}

void OwnRecord::set(Field field, std::string text, int option) {
  const auto found = at_.find({field, option});
  FONDACO_CHECK(found != at_.end());
  texts_[found->second] = std::move(text);
}

void OwnRecord::attribute(std::string name, std::string text) {
  if (!name.empty() && !text.empty()) attributes_.push_back({std::move(name), std::move(text)});
}

void OwnRecord::warn(std::string column, std::string message) {
  warnings_.push_back({std::move(column), std::move(message)});
}

std::span<const std::string_view> OwnRecord::cells() {
  std::copy(texts_.begin(), texts_.end(), views_.begin());
  return views_;
}

std::optional<std::int64_t> grams_of(std::string_view number, std::int64_t milligrams_each) {
  const auto point = std::min(number.find('.'), number.size());
  const auto whole =
      point == 0 ? std::optional<std::int64_t>(0) : parse_int(number.substr(0, point));
  if (number.empty() || !whole || *whole < 0 || *whole > 100'000) return std::nullopt;
  std::int64_t micro = *whole;
  const auto rest = number.substr(std::min(point + 1, number.size()));
  for (std::size_t i = 0; i < 6; ++i) {
    const char c = i < rest.size() ? rest[i] : '0';
    if (c < '0' || c > '9') return std::nullopt;
    micro = micro * 10 + (c - '0');
  }
  // At most 100,000 units of a million milligrams, in millionths: within 64 bits after the split.
  const std::int64_t milligrams =
      micro / 1'000'000 * milligrams_each + micro % 1'000'000 * milligrams_each / 1'000'000;
  return (milligrams + 500) / 1000;
}

std::optional<std::int64_t> milligrams_of_unit(std::string_view unit) {
  const auto lower = to_lower_ascii(unit);
  if (lower == "kg") return 1'000'000;
  if (lower == "g") return 1'000;
  if (lower == "lb" || lower == "lbs") return 453'592;
  if (lower == "oz") return 28'350;
  return std::nullopt;
}

}  // namespace fondaco::catalog
