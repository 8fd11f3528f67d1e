// Open Food Facts' export: food with barcodes, no price.
#include "import_records.h"

#include <fondaco/base/text.h>

#include <algorithm>

namespace fondaco::catalog {
namespace {

constexpr OwnRecord::Named kColumns[] = {
    {Field::handle, "code"},   {Field::title, "product_name"},  {Field::brand, "brands"},
    {Field::status, "status"}, {Field::category, "categories"}, {Field::sku, "code"},
    {Field::barcode, "code"},  {Field::image, "image_url"}};

/// Their export's name, and that of extracts of it.
struct Name {
  const char* theirs;
  const char* other;
};
constexpr Name kCode{"code", "gtin"};
constexpr Name kTitle{"product_name", "name"};
constexpr Name kImage{"image_url", "image_front_url"};

class FoodRecords final : public RecordSource {
 public:
  FoodRecords(std::unique_ptr<ByteSource> bytes, char separator)
      : bytes_(std::move(bytes)), csv_(*bytes_, limits(separator)), out_(kColumns) {}

  std::optional<ImportRefusal> open() {
    if (auto bad = read_header(csv_)) return bad;
    auto header = TableHeader::of(csv_.cells());
    if (!header) return header.refusal();
    header_ = std::move(header.value());
    for (const auto& name : {kCode, kTitle}) {
      if (header_.has(name.theirs) || header_.has(name.other)) continue;
      return ImportRefusal{"bad_header", "there is no column \"" + std::string(name.theirs) + "\""};
    }
    csv_.expect_columns(header_.names().size());
    for (std::size_t i = 0; i < header_.names().size(); ++i) {
      const auto& name = header_.names()[i];
      constexpr std::string_view kTaken[] = {"code",      "gtin",   "product_name",   "name",
                                             "image_url", "brands", "image_front_url"};
      if (!name.empty() && std::find(std::begin(kTaken), std::end(kTaken), to_lower_ascii(name)) ==
                               std::end(kTaken)) {
        kept_.push_back(i);
      }
    }
    return std::nullopt;
  }
  const std::vector<Column>& columns() const { return out_.columns(); }
  std::vector<std::string> spoken() const {
    std::vector<std::string> out;
    for (const auto i : kept_) out.push_back(header_.names()[i]);
    return out;
  }

  Got next() override {
    problem_.clear();
    const auto got = csv_.next();
    if (got != Got::row) return got;
    out_.clear();
    translate();
    cells_.assign(out_.cells().begin(), out_.cells().end());
    return problem_.empty() ? Got::row : Got::bad_row;
  }
  std::span<const std::string_view> cells() const override { return cells_; }
  std::span<const NamedText> attributes() const override { return out_.attributes(); }
  std::string_view raw() const override { return csv_.raw(); }
  std::int64_t row() const override { return csv_.row(); }
  const std::string& problem() const override {
    return problem_.empty() ? csv_.problem() : problem_;
  }
  std::string damage() const override { return std::string(bytes_->damage()); }

 private:
  static CsvLimits limits(char separator) {
    CsvLimits out;
    out.separator = separator;
    return out;
  }
  std::string text(std::string_view name) const {
    return std::string(undo_formula_guard(header_.cell(csv_.cells(), name)));
  }
  std::string text(const Name& name) const {
    auto out = text(name.theirs);
    return out.empty() ? text(name.other) : out;
  }

  void translate() {
    const auto code = text(kCode);
    const auto title = text(kTitle);
    if (code.empty() || title.empty()) {
      problem_ = code.empty() ? "the code is missing" : "the name is missing";
      return;
    }
    out_.set(Field::handle, code);
    out_.set(Field::title, title);
    out_.set(Field::sku, code);
    out_.set(Field::barcode, code);
    out_.set(Field::status, "draft");
    const auto brands = text("brands");
    out_.set(Field::brand, std::string(trim(std::string_view(brands).substr(0, brands.find(',')))));
    const auto categories = text("categories");
    out_.set(Field::category,
             std::string(trim(std::string_view(categories).substr(0, categories.find(',')))));
    out_.set(Field::image, text(kImage));
    for (const auto i : kept_) {
      const auto& name = header_.names()[i];
      out_.attribute(name, text(to_lower_ascii(name)));
    }
  }

  std::unique_ptr<ByteSource> bytes_;
  CsvReader csv_;
  OwnRecord out_;
  TableHeader header_;
  std::vector<std::size_t> kept_;
  std::vector<std::string_view> cells_;
  std::string problem_;
};

}  // namespace

Result<OpenedRecords, ImportRefusal> open_openfoodfacts(ByteSource& bytes) {
  auto peeked = peek(bytes);
  const auto first_line = peeked.head.substr(0, peeked.head.find('\n'));
  const bool tabs = first_line.find('\t') != std::string::npos;
  auto source = std::make_unique<FoodRecords>(std::move(peeked.source), tabs ? '\t' : ',');
  if (auto bad = source->open()) return Refused{std::move(*bad)};
  auto columns = source->columns();
  auto spoken = source->spoken();
  return OpenedRecords{std::move(source), std::move(columns), std::move(spoken)};
}

}  // namespace fondaco::catalog
