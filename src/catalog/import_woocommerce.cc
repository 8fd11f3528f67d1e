// WooCommerce's product CSV: one row per product or variation.
#include "fingerprints.h"
#include "import_records.h"

#include <fondaco/base/text.h>

#include <algorithm>
#include <array>

namespace fondaco::catalog {
namespace {

constexpr std::size_t kMostParents = 100'000;  // Variable products that are remembered.

constexpr OwnRecord::Named kColumns[] = {
    {Field::handle, "Slug"},
    {Field::title, "Name"},
    {Field::description, "Description"},
    {Field::brand, "Brands"},
    {Field::category, "Categories"},
    {Field::tags, "Tags"},
    {Field::status, "Published"},
    {Field::option_name, "Attribute 1 name", 0},
    {Field::option_value, "Attribute 1 value(s)", 0},
    {Field::option_name, "Attribute 2 name", 1},
    {Field::option_value, "Attribute 2 value(s)", 1},
    {Field::option_name, "Attribute 3 name", 2},
    {Field::option_value, "Attribute 3 value(s)", 2},
    {Field::sku, "SKU"},
    {Field::barcode, "GTIN, UPC, EAN, or ISBN"},
    {Field::price, "Regular price"},
    {Field::compare_at, "Sale price"},
    {Field::stock, "Stock"},
    {Field::tracker, "In stock?"},
    {Field::policy, "Backorders allowed?"},
    {Field::weight, "Weight"},
    {Field::tax_class, "Tax class"},
    {Field::charge_tax, "Tax status"},
    {Field::image, "Images"},
    {Field::variant_image, "Images"},
};

/// Columns that become something else than an attribute of their own name.
constexpr std::string_view kTaken[] = {"type",
                                       "sku",
                                       "name",
                                       "slug",
                                       "published",
                                       "description",
                                       "tax status",
                                       "tax class",
                                       "in stock?",
                                       "stock",
                                       "backorders allowed?",
                                       "sale price",
                                       "regular price",
                                       "categories",
                                       "tags",
                                       "images",
                                       "parent",
                                       "brands",
                                       "gtin, upc, ean, or isbn"};
/// What the export writes when nothing was said.
constexpr std::pair<std::string_view, std::string_view> kStandard[] = {
    {"is featured?", "0"},
    {"visibility in catalog", "visible"},
    {"sold individually?", "0"},
    {"allow customer reviews?", "1"},
    {"position", "0"},
    {"download limit", "-1"},
    {"download expiry days", "-1"}};

std::vector<std::string> parts_of(std::string_view cell) {
  std::vector<std::string> out;
  std::string part;
  for (std::size_t i = 0; i <= cell.size(); ++i) {
    const bool escaped = i + 1 < cell.size() && cell[i] == '\\' && cell[i + 1] == ',';
    if (i == cell.size() || (cell[i] == ',')) {
      if (const auto text = trim(part); !text.empty()) out.emplace_back(text);
      part.clear();
    } else {
      part += escaped ? cell[++i] : cell[i];
    }
  }
  return out;
}

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string out;
  for (const auto& part : parts) out += (out.empty() ? "" : std::string(between)) + part;
  return out;
}

struct Parent {
  std::string handle;
  std::string tax_class;
  bool untaxed = false;
  std::vector<std::string> options;  // In the order in which variations name them.
};

class WooRecords final : public RecordSource {
 public:
  explicit WooRecords(ByteSource& bytes) : bytes_(bytes), csv_(bytes), out_(kColumns) {}

  std::optional<ImportRefusal> open();
  const std::vector<Column>& columns() const { return out_.columns(); }
  std::vector<std::string> spoken() const {
    std::vector<std::string> out;
    for (const auto i : kept_) out.push_back(header_.names()[i]);
    return out;
  }

  Got next() override;
  std::span<const std::string_view> cells() const override { return cells_; }
  std::span<const NamedText> attributes() const override { return out_.attributes(); }
  std::span<const NamedText> warnings() const override { return out_.warnings(); }
  std::string_view raw() const override { return csv_.raw(); }
  std::int64_t row() const override { return csv_.row(); }
  const std::string& problem() const override {
    return problem_.empty() ? csv_.problem() : problem_;
  }
  std::string damage() const override { return std::string(bytes_.damage()); }

 private:
  struct Types {
    bool variable = false;
    bool variation = false;
    bool grouped = false;
    bool external = false;
    bool is_virtual = false;
    bool downloadable = false;
  };

  std::string text(std::string_view name) const {
    return std::string(undo_formula_guard(header_.cell(csv_.cells(), name)));
  }
  Types types();
  void translate();
  void product(const Types& t);
  void variation();
  std::string handle_of(const std::string& name);
  void status(const Types& t);
  void prices(const Types& t);
  void stock(const Types& t);
  void tax(const Parent* parent);
  void weight();
  void images(bool of_variant);
  void categories();
  void keep_attributes();
  void keep_columns(bool of_variation);
  void options(Parent& parent);

  ByteSource& bytes_;
  CsvReader csv_;
  OwnRecord out_;
  TableHeader header_;
  std::vector<std::size_t> kept_;       // Columns that are kept as attributes.
  std::string weight_column_;           // "weight (kg)"
  std::int64_t weight_milligrams_ = 0;  // Of one of its unit.
  std::vector<std::string_view> cells_;
  std::string problem_;
  Fingerprints handles_;
  std::map<std::string, Parent, std::less<>> parents_;  // By SKU and by "id:123".
};

bool is_attribute_column(std::string_view lower) {
  return lower.starts_with("attribute ") && lower.size() > 10 && lower[10] >= '0' &&
         lower[10] <= '9';
}

std::optional<ImportRefusal> WooRecords::open() {
  if (auto bad = read_header(csv_)) return bad;
  auto header = TableHeader::of(csv_.cells());
  if (!header) return header.refusal();
  header_ = std::move(header.value());
  for (const char* needed : {"type", "name", "regular price"}) {
    if (header_.has(needed)) continue;
    return ImportRefusal{"bad_header", "there is no column \"" + std::string(needed) +
                                           "\": is it WooCommerce's product export in English?"};
  }
  csv_.expect_columns(header_.names().size());
  for (std::size_t i = 0; i < header_.names().size(); ++i) {
    const auto lower = to_lower_ascii(header_.names()[i]);
    if (lower.starts_with("weight (") && lower.ends_with(")")) {
      const auto unit = milligrams_of_unit(std::string_view(lower).substr(8, lower.size() - 9));
      if (unit) {
        weight_column_ = lower;
        weight_milligrams_ = *unit;
        continue;
      }
    }
    // Addresses of paid files must not become public.
    const bool file = lower.starts_with("download ") && lower.ends_with(" url");
    const bool taken = std::find(std::begin(kTaken), std::end(kTaken), lower) != std::end(kTaken);
    if (!taken && !file && !is_attribute_column(lower) && !lower.empty()) kept_.push_back(i);
  }
  return std::nullopt;
}

RecordSource::Got WooRecords::next() {
  problem_.clear();
  const auto got = csv_.next();
  if (got != Got::row) return got;
  out_.clear();
  translate();
  cells_.assign(out_.cells().begin(), out_.cells().end());
  return problem_.empty() ? Got::row : Got::bad_row;
}

WooRecords::Types WooRecords::types() {
  Types t;
  bool known = false;
  for (const auto& word : parts_of(to_lower_ascii(text("type")))) {
    known = known || word == "simple";
    for (const auto& [name, flag] : {std::pair<std::string_view, bool*>{"variable", &t.variable},
                                     {"variation", &t.variation},
                                     {"grouped", &t.grouped},
                                     {"external", &t.external},
                                     {"virtual", &t.is_virtual},
                                     {"downloadable", &t.downloadable}}) {
      if (word != name) continue;
      *flag = true;
      known = true;
    }
  }
  if (!known) out_.warn("Type", "\"" + text("type") + "\" is not known: taken as simple");
  return t;
}

void WooRecords::translate() {
  const Types t = types();
  if (t.variation) {
    variation();
  } else {
    product(t);
  }
}

// The export has no handle: it is made from the name, and told apart by SKU or id.
std::string WooRecords::handle_of(const std::string& name) {
  auto handle = text("slug").empty() ? slugify(name) : text("slug");
  if (handle.empty()) handle = "product";
  if (handle.size() > kMaxName / 2) handle.resize(handle.find_last_of('-', kMaxName / 2));
  const auto other = slugify(text("sku").empty() ? text("id") : text("sku"));
  if (!handles_.insert(handle) && !other.empty()) {
    handle += "-" + other;
    handles_.insert(handle);
  }
  return handle;
}

void WooRecords::product(const Types& t) {
  const auto name = text("name");
  if (name.empty()) {
    problem_ = "the name is missing";
    return;
  }
  const auto handle = handle_of(name);
  out_.set(Field::handle, handle);
  out_.set(Field::title, name);
  const auto description = text("description");
  out_.set(Field::description, description.empty() ? text("short description") : description);
  out_.set(Field::brand, joined(parts_of(text("brands")), " & "));
  categories();
  out_.set(Field::tags, text("tags"));
  status(t);
  keep_attributes();
  keep_columns(false);
  images(false);
  if (t.variable) {
    if (parents_.size() >= 2 * kMostParents) parents_.clear();  // Theirs come soon after them.
    const Parent parent{handle, text("tax class"), text("tax status") == "none", {}};
    if (!text("sku").empty()) parents_[text("sku")] = parent;
    if (!text("id").empty()) parents_["id:" + text("id")] = parent;
    out_.attribute("SKU of the variable product", text("sku"));
    return;  // Its variations are what is sold.
  }
  out_.set(Field::sku, text("sku"));
  out_.set(Field::barcode, text("gtin, upc, ean, or isbn"));
  prices(t);
  stock(t);
  tax(nullptr);
  weight();
}

void WooRecords::variation() {
  const auto named = text("parent");
  const auto found = parents_.find(named);
  if (found == parents_.end()) {
    problem_ = named.empty() ? "the variation names no parent"
                             : "the parent \"" + named + "\" is not in a row above";
    return;
  }
  Parent& parent = found->second;
  out_.set(Field::handle, parent.handle);
  options(parent);
  out_.set(Field::sku, text("sku"));
  out_.set(Field::barcode, text("gtin, upc, ean, or isbn"));
  if (text("published") == "0" || text("published") == "-1") {
    out_.warn("Published", "a variation cannot be hidden alone: it is shown with its product");
  }
  prices({});
  stock({});
  tax(&parent);
  weight();
  keep_columns(true);
  out_.attribute("Description", text("description"));
  images(true);
}

// The variations say which attributes are options; an empty value means "any".
void WooRecords::options(Parent& parent) {
  std::array<std::string, kMaxOptions> values;
  for (std::size_t i = 0; i < parent.options.size(); ++i) values[i] = "Any";
  for (int n = 1; n <= 100; ++n) {
    const auto key = "attribute " + std::to_string(n);
    if (!header_.has(key + " name")) break;
    const auto name = text(key + " name");
    if (name.empty()) continue;
    auto at = std::find(parent.options.begin(), parent.options.end(), name);
    if (at == parent.options.end()) {
      if (parent.options.size() == kMaxOptions) {
        problem_ = "has option " + std::to_string(kMaxOptions + 1) + " (" + name + "), at most " +
                   std::to_string(kMaxOptions) + " are possible";
        return;
      }
      at = parent.options.insert(parent.options.end(), name);
    }
    const auto value = text(key + " value(s)");
    values[static_cast<std::size_t>(at - parent.options.begin())] = value.empty() ? "Any" : value;
  }
  for (std::size_t i = 0; i < parent.options.size(); ++i) {
    out_.set(Field::option_name, parent.options[i], static_cast<int>(i));
    out_.set(Field::option_value, values[i], static_cast<int>(i));
  }
}

// What we cannot sell as the old shop did waits as a draft, and says why.
void WooRecords::status(const Types& t) {
  std::string draft;
  if (t.grouped) draft = "is a group of products, which we do not have";
  if (t.external) draft = "is sold at another address, which we do not have";
  if (t.downloadable)
    draft = "is a download, which we do not deliver; its files are not taken over";
  if (iequals_ascii(text("visibility in catalog"), "hidden")) draft = "was hidden in the old shop";
  if (!draft.empty()) out_.warn("Type", draft + ": taken over as a draft");
  if (t.is_virtual) {
    out_.warn("Type", "is virtual: checkout asks for an address and shipping all the same");
    out_.attribute("Requires shipping", "false");
  }
  const auto published = text("published");
  const bool shown = draft.empty() && (published.empty() || published == "1");
  out_.set(Field::status, shown ? "active" : "draft");
}

void WooRecords::prices(const Types& t) {
  if (t.grouped) return;
  const auto regular = text("regular price");
  const auto sale = text("sale price");
  out_.set(Field::price, sale.empty() ? regular : sale);
  if (!sale.empty()) out_.set(Field::compare_at, regular);
  if (!sale.empty() && !(text("date sale price starts") + text("date sale price ends")).empty()) {
    out_.warn("Sale price", "has dates, which we do not keep: it counts from now on");
  }
}

// A number is counted from now on; without one the old shop did not count.
void WooRecords::stock(const Types& t) {
  if (t.grouped || t.external) {
    out_.set(Field::tracker, "shopify");
    return;
  }
  const auto number = text("stock");
  const auto in_stock = to_lower_ascii(text("in stock?"));
  const bool out_of_stock = in_stock == "0" || in_stock == "no" || in_stock == "outofstock";
  if (iequals_ascii(number, "parent")) {
    out_.warn("Stock", "was counted at the parent: count it for each variation");
    out_.set(Field::tracker, "shopify");
  } else if (!number.empty()) {
    out_.set(Field::tracker, "shopify");
    out_.set(Field::stock, number);
  } else if (out_of_stock) {
    out_.set(Field::tracker, "shopify");
    out_.set(Field::stock, "0");
  }
  const auto backorders = to_lower_ascii(text("backorders allowed?"));
  if (in_stock == "backorder" || backorders == "1" || backorders == "notify" ||
      backorders == "yes") {
    out_.set(Field::policy, "continue");
  }
}

void WooRecords::tax(const Parent* parent) {
  auto name = text("tax class");
  if (parent && (name == "parent" || name.empty())) name = parent->tax_class;
  const auto of = to_lower_ascii(name);
  out_.set(Field::tax_class, of == "reduced-rate" ? "reduced" : of == "zero-rate" ? "zero" : name);
  const bool none = text("tax status") == "none" || (parent && parent->untaxed);
  out_.set(Field::charge_tax, none ? "false" : "true");
}

void WooRecords::weight() {
  if (weight_column_.empty()) return;
  const auto number = text(weight_column_);
  if (number.empty()) return;
  const auto grams = grams_of(number, weight_milligrams_);
  out_.set(Field::weight, grams ? std::to_string(*grams) : number);  // The reader refuses it.
}

void WooRecords::images(bool of_variant) {
  const auto addresses = parts_of(text("images"));
  out_.set(Field::image, joined(addresses, "\n"));
  if (of_variant && !addresses.empty()) out_.set(Field::variant_image, addresses.front());
}

void WooRecords::categories() {
  const auto paths = parts_of(text("categories"));
  if (paths.empty()) return;
  out_.set(Field::category, paths.front());
  if (paths.size() > 1) out_.attribute("Categories", joined(paths, ", "));
}

void WooRecords::keep_attributes() {
  for (int n = 1; n <= 100; ++n) {
    const auto key = "attribute " + std::to_string(n);
    if (!header_.has(key + " name")) return;
    out_.attribute(text(key + " name"), text(key + " value(s)"));
  }
}

void WooRecords::keep_columns(bool of_variation) {
  for (const auto i : kept_) {
    const auto& name = header_.names()[i];
    const auto lower = to_lower_ascii(name);
    const auto value = text(lower);
    const bool standard = std::any_of(std::begin(kStandard), std::end(kStandard), [&](auto& s) {
      return s.first == lower && s.second == value;
    });
    // A variation repeats these for its product.
    const bool repeated = of_variation && (lower == "allow customer reviews?" ||
                                           lower == "position" || lower == "is featured?");
    if (!standard && !repeated) {
      out_.attribute(lower == "id" ? std::string("WooCommerce ID") : name, value);
    }
  }
}

}  // namespace

Result<OpenedRecords, ImportRefusal> open_woocommerce(ByteSource& bytes) {
  auto source = std::make_unique<WooRecords>(bytes);
  if (auto bad = source->open()) return Refused{std::move(*bad)};
  auto columns = source->columns();
  auto spoken = source->spoken();
  return OpenedRecords{std::move(source), std::move(columns), std::move(spoken)};
}

}  // namespace fondaco::catalog
