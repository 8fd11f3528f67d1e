// A Google Merchant feed, in XML or tab-separated: one item per variant.
#include "import_google_xml.h"
#include "import_records.h"

#include <fondaco/base/text.h>

#include <algorithm>
#include <array>

namespace fondaco::catalog {
namespace {

constexpr std::size_t kMostGroups = 100'000;  // That are remembered at once.

constexpr OwnRecord::Named kColumns[] = {
    {Field::handle, "id"},
    {Field::title, "title"},
    {Field::description, "description"},
    {Field::brand, "brand"},
    {Field::category, "product_type"},
    {Field::status, "status"},
    {Field::option_name, "item_group_id", 0},
    {Field::option_value, "item_group_id", 0},
    {Field::option_name, "item_group_id", 1},
    {Field::option_value, "item_group_id", 1},
    {Field::option_name, "item_group_id", 2},
    {Field::option_value, "item_group_id", 2},
    {Field::sku, "id"},
    {Field::barcode, "gtin"},
    {Field::price, "price"},
    {Field::compare_at, "sale_price"},
    {Field::stock, "quantity"},
    {Field::tracker, "availability"},
    {Field::policy, "availability"},
    {Field::weight, "shipping_weight"},
    {Field::unit_measure, "unit_pricing_measure"},
    {Field::image, "image_link"},
    {Field::variant_image, "image_link"},
};

/// What tells the variants of a group apart, and how the option is called here.
constexpr std::pair<std::string_view, const char*> kVariants[] = {
    {"color", "Color"},     {"size", "Size"},           {"material", "Material"},
    {"pattern", "Pattern"}, {"age_group", "Age group"}, {"gender", "Gender"}};

constexpr std::string_view kTaken[] = {"id",
                                       "title",
                                       "description",
                                       "brand",
                                       "price",
                                       "sale_price",
                                       "image_link",
                                       "additional_image_link",
                                       "gtin",
                                       "quantity",
                                       "shipping_weight",
                                       "sell_on_google_quantity",
                                       "unit_pricing_measure",
                                       "unit_pricing_base_measure"};

/// Items of a tab-separated feed; names may have blanks or the prefix g:.
class TabItems {
 public:
  explicit TabItems(ByteSource& bytes) : csv_(bytes, limits()) {}
  std::optional<ImportRefusal> open() {
    if (auto bad = read_header(csv_)) return bad;
    bool id = false;
    for (const auto cell : csv_.cells()) {
      auto name = to_lower_ascii(trim(cell));
      std::replace(name.begin(), name.end(), ' ', '_');
      if (name.starts_with("g:")) name.erase(0, 2);
      id = id || name == "id";
      names_.push_back(std::move(name));
    }
    if (!id || names_.size() < 2) {
      return ImportRefusal{"bad_header",
                           "there is no column \"id\": is it XML or a tab-separated feed?"};
    }
    csv_.expect_columns(names_.size());
    return std::nullopt;
  }
  CsvReader::Got next(GoogleItem& out) {
    out = {};
    const auto got = csv_.next();
    if (got == CsvReader::Got::bad_row) out.problem = csv_.problem();
    if (got != CsvReader::Got::row) return got;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      const auto text = trim(undo_formula_guard(trim(csv_.cells()[i])));
      if (!text.empty()) out.members.push_back({names_[i], std::string(text)});
    }
    return got;
  }
  const CsvReader& csv() const { return csv_; }

 private:
  static CsvLimits limits() {
    CsvLimits out;
    out.separator = '\t';
    return out;
  }
  CsvReader csv_;
  std::vector<std::string> names_;
};

class GoogleRecords final : public RecordSource {
 public:
  explicit GoogleRecords(Peeked peeked) : bytes_(std::move(peeked.source)), out_(kColumns) {
    const std::string_view head = trim(peeked.head);
    is_xml_ = head.starts_with("<") || head.starts_with("\xEF\xBB\xBF<") ||
              head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF");
    empty_ = head.empty();
  }
  std::optional<ImportRefusal> open() {
    if (empty_) return ImportRefusal{"empty_file", "the file is empty"};
    if (is_xml_) {
      xml_.emplace(*bytes_);
      return std::nullopt;
    }
    tabs_.emplace(*bytes_);
    return tabs_->open();
  }
  const std::vector<Column>& columns() const { return out_.columns(); }

  Got next() override;
  std::span<const std::string_view> cells() const override { return cells_; }
  std::span<const NamedText> attributes() const override { return out_.attributes(); }
  std::span<const NamedText> warnings() const override { return out_.warnings(); }
  std::string_view raw() const override { return tabs_ ? tabs_->csv().raw() : raw_; }
  std::int64_t row() const override { return tabs_ ? tabs_->csv().row() : row_; }
  const std::string& problem() const override { return problem_; }
  std::string damage() const override {
    return xml_ ? xml_->damage() : std::string(bytes_->damage());
  }

 private:
  std::string get(std::string_view name) const;
  void write_raw();
  void translate();
  bool of_group();
  void texts(bool first_of_product);
  void prices();
  void availability();
  void measures();
  void images(bool of_variant);
  void keep();

  std::unique_ptr<ByteSource> bytes_;
  OwnRecord out_;
  bool is_xml_ = false;
  bool empty_ = false;
  std::optional<GoogleXml> xml_;
  std::optional<TabItems> tabs_;
  GoogleItem item_;
  std::string raw_;
  std::int64_t row_ = 0;
  std::vector<std::string_view> cells_;
  std::string problem_;
  /// Group -> which of kVariants its first item had: the product's options.
  std::map<std::string, std::vector<std::size_t>, std::less<>> groups_;
};

RecordSource::Got GoogleRecords::next() {
  problem_.clear();
  auto got = Got::row;
  if (tabs_) {
    got = tabs_->next(item_);
  } else {
    if (!xml_->next(item_)) return Got::end;
    ++row_;
    write_raw();
  }
  problem_ = item_.problem;
  if (got == Got::end) return got;
  out_.clear();
  if (problem_.empty()) translate();
  cells_.assign(out_.cells().begin(), out_.cells().end());
  return problem_.empty() ? Got::row : Got::bad_row;
}

// For reports: an item of XML as lines of name and value.
void GoogleRecords::write_raw() {
  constexpr std::size_t kMost = 64 << 10;
  raw_.clear();
  for (const auto& [name, text] : item_.members) {
    if (raw_.size() + name.size() + text.size() > kMost) return;
    raw_ += (raw_.empty() ? "" : "\n") + name + ": " + text;
  }
}

/// Google's member, else the feed's own of that name.
std::string GoogleRecords::get(std::string_view name) const {
  std::string other;
  for (const auto& member : item_.members) {
    if (member.name == name) return member.text;
    if (other.empty() && member.name.size() == name.size() + 1 && member.name.front() == ':' &&
        member.name.ends_with(name)) {
      other = member.text;
    }
  }
  return other;
}

void GoogleRecords::translate() {
  const auto id = get("id");
  if (id.empty()) {
    problem_ = "the id is missing";
    return;
  }
  const auto group = get("item_group_id");
  const bool first_of_group = !groups_.contains(group);
  const bool variant = of_group();
  auto handle = slugify(variant ? group : id);
  if (handle.empty()) handle = "item";
  out_.set(Field::handle, handle);
  out_.set(Field::sku, id);
  out_.set(Field::barcode, get("gtin"));
  out_.set(Field::status, "active");
  texts(!variant || first_of_group);
  prices();
  availability();
  measures();
  images(variant && !first_of_group);
  keep();
}

// Items of a group that say in which colour, size and so on they come are variants of one product.
// A group without that is only a name that products share: each item is a product.
bool GoogleRecords::of_group() {
  const auto group = get("item_group_id");
  if (group.empty()) return false;
  if (groups_.size() > kMostGroups) groups_.clear();
  const bool first = !groups_.contains(group);
  auto& options = groups_[group];
  if (first) {
    for (std::size_t i = 0; i < std::size(kVariants) && options.size() < kMaxOptions; ++i) {
      if (!get(kVariants[i].first).empty()) options.push_back(i);
    }
  }
  if (options.empty()) return false;
  for (std::size_t n = 0; n < options.size(); ++n) {
    const auto& [member, name] = kVariants[options[n]];
    const auto value = get(member);
    if (value.empty()) {
      out_.warn(std::string(member), "is missing, though the group \"" + group +
                                         "\" has it: taken over as a product of its own");
      for (std::size_t k = 0; k < n; ++k) {
        out_.set(Field::option_name, "", static_cast<int>(k));
        out_.set(Field::option_value, "", static_cast<int>(k));
      }
      return false;
    }
    out_.set(Field::option_name, name, static_cast<int>(n));
    out_.set(Field::option_value, value, static_cast<int>(n));
  }
  return true;
}

// Further items of a group speak of their variant, not of the product.
void GoogleRecords::texts(bool first_of_product) {
  if (!first_of_product) return;
  const auto title = get("title");
  out_.set(Field::title, title.empty() ? get("id") : title);
  if (title.empty()) out_.warn("title", "is missing: the id stands in");
  auto description = get("description");
  if (description.empty()) description = get("summary");
  const bool html = description.find("</") != std::string::npos ||
                    description.find("<br") != std::string::npos ||
                    description.find("<p>") != std::string::npos;
  out_.set(Field::description, html ? description : escape_html(description));
  out_.set(Field::brand, get("brand"));
  const auto type = get("product_type");
  out_.set(Field::category, type.empty() ? get("google_product_category") : type);
}

void GoogleRecords::prices() {
  const auto price = get("price");
  const auto sale = get("sale_price");
  out_.set(Field::price, sale.empty() ? price : sale);
  if (!sale.empty()) out_.set(Field::compare_at, price);
  if (!sale.empty() && !get("sale_price_effective_date").empty()) {
    out_.warn("sale_price", "has dates, which we do not keep: it counts from now on");
  }
}

// A feed says whether, not how many: what is in stock is sold without being counted.
void GoogleRecords::availability() {
  auto said = to_lower_ascii(get("availability"));
  std::replace(said.begin(), said.end(), ' ', '_');
  auto quantity = get("quantity");
  if (quantity.empty()) quantity = get("sell_on_google_quantity");
  const bool in_stock =
      said == "in_stock" || said == "limited_availability" || said == "available_for_order";
  const bool later = said == "preorder" || said == "backorder";
  if (!in_stock && !later && said != "out_of_stock") {
    out_.warn("availability",
              "\"" + get("availability") + "\" is not known: taken as out of stock");
  }
  if (later) out_.set(Field::policy, "continue");
  if (!quantity.empty()) {
    out_.set(Field::tracker, "shopify");
    out_.set(Field::stock, quantity);
  } else if (!in_stock) {
    out_.set(Field::tracker, "shopify");
    out_.set(Field::stock, "0");
  }
}

void GoogleRecords::measures() {
  if (const auto weight = get("shipping_weight"); !weight.empty()) {
    const auto digits = std::min(weight.find_first_not_of("0123456789."), weight.size());
    const auto unit = milligrams_of_unit(trim(std::string_view(weight).substr(digits)));
    const auto grams = unit ? grams_of(weight.substr(0, digits), *unit) : std::nullopt;
    if (grams) {
      out_.set(Field::weight, std::to_string(*grams));
    } else {
      out_.warn("shipping_weight", "\"" + weight.substr(0, 80) + "\" is no weight: left out");
    }
  }
  const auto measure = get("unit_pricing_measure");
  const auto base = get("unit_pricing_base_measure");
  out_.set(Field::unit_measure, base.empty() ? measure : measure + " / " + base);
}

void GoogleRecords::images(bool of_variant) {
  std::string all = get("image_link");
  if (of_variant) out_.set(Field::variant_image, all);
  for (const auto& [name, text] : item_.members) {
    if (name != "additional_image_link") continue;
    for (const auto part : split(text, ',')) all += "\n" + std::string(trim(part));
  }
  out_.set(Field::image, all);
}

void GoogleRecords::keep() {
  std::map<std::string, std::string> kept;
  for (const auto& [name, text] : item_.members) {
    const bool known = std::find(std::begin(kTaken), std::end(kTaken), name) != std::end(kTaken);
    const bool own = name.front() == ':';  // RSS's or Atom's: only the old page's address counts.
    if (known || (own && name != ":link")) continue;
    auto& value = kept[own ? name.substr(1) : name];
    value += (value.empty() ? "" : ", ") + text;
  }
  const auto said = kept.find("availability");
  if (said != kept.end() && (said->second == "in stock" || said->second == "in_stock" ||
                             said->second == "out of stock" || said->second == "out_of_stock")) {
    kept.erase(said);
  }
  for (auto& [name, value] : kept) out_.attribute(name, std::move(value));
}

}  // namespace

Result<OpenedRecords, ImportRefusal> open_google(ByteSource& bytes) {
  auto source = std::make_unique<GoogleRecords>(peek(bytes));
  if (auto bad = source->open()) return Refused{std::move(*bad)};
  auto columns = source->columns();
  return OpenedRecords{std::move(source), std::move(columns), {}};
}

}  // namespace fondaco::catalog
