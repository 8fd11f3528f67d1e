#include "import_rows.h"

#include "taxonomy.h"

#include <fondaco/base/gtin.h>
#include <fondaco/base/text.h>
#include <fondaco/catalog/html.h>

#include <algorithm>

namespace fondaco::catalog {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// An address that a page may show: absolute, or below this site.
bool is_address(std::string_view text) {
  const auto head = to_lower_ascii(text.substr(0, 8));
  const bool known =
      head.starts_with("http://") || head.starts_with("https://") || head.starts_with("/");
  return known && text.size() > 1 && text.size() <= kMaxAddress &&
         std::none_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) <= 0x20 || c == '"' || c == '<' || c == '>';
         });
}

std::vector<std::string> tags_of(std::string_view cell) {
  std::vector<std::string> tags;
  for (const auto part : split(cell, ',')) {
    const std::string tag(trim(part));
    if (!tag.empty() && std::find(tags.begin(), tags.end(), tag) == tags.end()) tags.push_back(tag);
  }
  return tags;
}

/// "907.0033" -> 907, to the nearest gram.
std::optional<std::int64_t> grams(std::string_view text) {
  const auto point = std::min(text.find('.'), text.size());
  const auto whole = parse_int(text.substr(0, point));
  const auto rest = text.substr(std::min(point + 1, text.size()));
  const bool digits =
      std::all_of(rest.begin(), rest.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!whole || *whole < 0 || *whole > 1'000'000'000 || !digits || text.front() == '-') {
    return std::nullopt;
  }
  return *whole + (!rest.empty() && rest.front() >= '5' ? 1 : 0);
}

std::optional<std::int64_t> count(std::string_view text) {
  if (const auto point = text.find('.'); point != std::string_view::npos) {
    if (text.find_first_not_of('0', point + 1) != std::string_view::npos) return std::nullopt;
    text = text.substr(0, point);
  }
  const auto n = parse_int(text);
  return n && *n < 1'000'000'000'000 ? n : std::nullopt;
}

bool says_no(std::string_view text) {
  return iequals_ascii(text, "false") || iequals_ascii(text, "no") || text == "0";
}

}  // namespace

struct RowReader::RowState {
  std::span<const std::string_view> cells;
  std::span<const NamedText> attributes;
  RowText at;
  ProductPatch& product;
  std::vector<ImportNote>& notes;
  bool product_row = false;
  bool refused = false;
};

RowReader::RowReader(std::vector<Column> columns, ImportFormat format, Currency currency,
                     std::span<const std::string> spoken)
    : columns_(std::move(columns)),
      spoken_(spoken.begin(), spoken.end()),
      format_(format),
      currency_(currency) {
  by_field_.fill(-1);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    auto& at = by_field_[static_cast<std::size_t>(columns_[i].field)];
    if (at < 0) at = static_cast<int>(i);
    switch (columns_[i].field) {
      case Field::product_attribute:
      case Field::variant_attribute:
        spoken_.insert(columns_[i].name);
        break;
      case Field::type:
        spoken_.insert("Type");
        break;
      case Field::published:
        spoken_.insert("Published on online store");
        break;
      case Field::tracker:
        spoken_.insert("Inventory tracker");
        break;
      case Field::policy:
        spoken_.insert("Continue selling when out of stock");
        break;
      case Field::charge_tax:
        spoken_.insert("Charge tax");
        break;
      default:
        break;
    }
  }
}

// Trimmed, and without the apostrophe that guards a spreadsheet; empty without the column.
std::string_view RowReader::cell(std::span<const std::string_view> cells, Field field) const {
  const int at = by_field_[static_cast<std::size_t>(field)];
  if (at < 0) return {};
  return undo_formula_guard(trim(cells[static_cast<std::size_t>(at)]));
}

const std::string& RowReader::name_of_column(Field field) const {
  static const std::string kNone;
  const int at = by_field_[static_cast<std::size_t>(field)];
  return at < 0 ? kNone : columns_[static_cast<std::size_t>(at)].name;
}

void RowReader::warn(RowState& s, const std::string& column, std::string message) {
  s.notes.push_back({false, s.at.row, column, std::move(message), s.at.raw});
}

void RowReader::refuse(RowState& s, const std::string& column, std::string message) {
  if (!s.refused) s.notes.push_back({true, s.at.row, column, std::move(message), s.at.raw});
  s.refused = true;
}

std::string RowReader::handle_of(std::span<const std::string_view> cells) const {
  const auto handle = cell(cells, Field::handle);
  if (!handle.empty() || format_ != ImportFormat::shopify) return std::string(handle);
  auto made = slugify(cell(cells, Field::title));
  if (made.size() > kMaxName) made.resize(made.find_last_of('-', kMaxName));
  return made;
}

void RowReader::read(Record record, ProductPatch& product, std::vector<ImportNote>& notes) {
  RowState s{record.cells, record.attributes, std::move(record.at), product, notes};
  const bool titled = !cell(s.cells, Field::title).empty();
  s.product_row = titled || (record.first && product.variants.empty() &&
                             product.image_rows.empty() && !product.bad_variant);
  if (titled) product.full = true;
  if (s.product_row) {
    read_product(s);
    read_status(s);
  }
  read_options(s);
  read_images(s);
  if (has_variant(s)) {
    read_variant(s);
    return;
  }
  if (s.product_row) read_attributes(s, nullptr);
  product.image_rows.push_back(std::move(s.at));
}

void RowReader::read_product(RowState& s) {
  auto& p = s.product;
  const bool full = p.full;
  // Sets the value when the column is there and says something, or may say "empty".
  const auto take = [&](Field field, std::optional<std::string>& out) {
    const auto text = cell(s.cells, field);
    if (by_field_[static_cast<std::size_t>(field)] >= 0 && (full || !text.empty())) out = text;
  };
  take(Field::title, p.title);
  take(Field::title_zh, p.title_zh);
  take(Field::description, p.description);
  take(Field::description_zh, p.description_zh);
  if (p.description) p.description = clean_html(*p.description);
  if (p.description_zh) p.description_zh = clean_html(*p.description_zh);
  take(Field::brand, p.brand);
  take(Field::category, p.category);
  take(Field::category_zh, p.category_zh);
  if (by_field_[static_cast<std::size_t>(Field::tags)] >= 0) {
    if (auto tags = tags_of(cell(s.cells, Field::tags)); full || !tags.empty()) {
      p.tags = std::move(tags);
    }
  }
  const auto type = cell(s.cells, Field::type);
  if (!type.empty()) {
    p.attributes["Type"] = type;
    if (!p.category || p.category->empty()) p.category = type;
  }
  if (p.category) p.category = tidy_path(*p.category);
  if (p.category_zh) p.category_zh = tidy_path(*p.category_zh);
}

void RowReader::read_status(RowState& s) {
  auto& p = s.product;
  const auto published = cell(s.cells, Field::published);
  const bool hidden = says_no(published);
  if (hidden) p.attributes["Published on online store"] = "false";
  const auto status = cell(s.cells, Field::status);
  if (!status.empty()) {
    p.status = status_named(status);
    if (!p.status) {
      p.status = Status::draft;
      warn(s, name_of_column(Field::status),
           "\"" + std::string(status) + "\" is not draft, active or archived: kept as draft");
    }
  } else if (!published.empty()) {
    p.status = hidden ? Status::draft : Status::active;
  }
}

void RowReader::read_options(RowState& s) {
  auto& p = s.product;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const auto& column = columns_[i];
    if (column.field != Field::option_name && column.field != Field::option_name_zh) continue;
    const auto text = undo_formula_guard(trim(s.cells[i]));
    if (text.empty()) continue;
    const auto option = static_cast<std::size_t>(column.option);
    if (column.field == Field::option_name) {
      p.option_names[option] = text;
    } else {
      p.option_names_zh[option] = text;
    }
  }
}

void RowReader::read_images(RowState& s) {
  const auto text = cell(s.cells, Field::image);
  if (text.empty()) return;
  const auto& column = name_of_column(Field::image);
  const auto position = count(cell(s.cells, Field::image_position)).value_or(0);
  const std::string alt(cell(s.cells, Field::image_alt));
  std::size_t i = 0;
  while (i < text.size()) {
    while (i < text.size() && is_blank(text[i])) ++i;
    const auto from = i;
    while (i < text.size() && !is_blank(text[i])) ++i;
    const auto address = text.substr(from, i - from);
    if (address.empty()) continue;
    if (!is_address(address)) {
      warn(s, column, "\"" + std::string(address.substr(0, 80)) + "\" is no address of an image");
      continue;
    }
    auto& images = s.product.images;
    const auto same = std::find_if(images.begin(), images.end(),
                                   [&](const ImagePatch& p) { return p.image.src == address; });
    if (same != images.end()) {
      if (!alt.empty()) same->image.alt = alt;
      continue;
    }
    if (images.size() >= kMaxImages) {
      return warn(
          s, column,
          "has more than " + std::to_string(kMaxImages) + " images, the rest " + "is left out");
    }
    images.push_back({position, {std::string(address), alt}});
  }
}

bool RowReader::has_variant(const RowState& s) const {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    switch (columns_[i].field) {
      case Field::option_value:
      case Field::sku:
      case Field::barcode:
      case Field::price:
      case Field::compare_at:
      case Field::stock:
      case Field::weight:
      case Field::extra_price:
      case Field::unknown_currency:
      case Field::too_many_options:
        if (!trim(s.cells[i]).empty()) return true;
        break;
      default:
        break;
    }
  }
  return false;
}

void RowReader::read_variant(RowState& s) {
  VariantPatch v;
  const bool no_options = iequals_ascii(s.product.option_names[0].value_or(""), "Title") &&
                          iequals_ascii(cell(s.cells, Field::option_value), "Default Title");
  if (no_options) s.product.no_options = true;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const auto& column = columns_[i];
    const auto option = static_cast<std::size_t>(column.option);
    const auto text = undo_formula_guard(trim(s.cells[i]));
    if (text.empty()) continue;
    if (column.field == Field::option_value && !no_options) v.values[option] = text;
    if (column.field == Field::option_value_zh && !no_options) v.values_zh[option] = text;
    if (column.field == Field::too_many_options) {
      refuse(s, column.name,
             "has option " + std::to_string(option + 1) + ", at most " +
                 std::to_string(kMaxOptions) + " are possible");
    }
  }
  const auto take = [&](Field field, std::optional<std::string>& out) {
    if (by_field_[static_cast<std::size_t>(field)] >= 0) out = cell(s.cells, field);
  };
  take(Field::sku, v.sku);
  take(Field::barcode, v.barcode);
  if (v.barcode && !v.barcode->empty() && !is_gtin(*v.barcode)) {
    warn(s, name_of_column(Field::barcode),
         "\"" + v.barcode->substr(0, 80) + "\" is no GTIN: kept as it is");
  }
  take(Field::variant_image, v.image);
  if (v.image && !v.image->empty() && !is_address(*v.image)) {
    warn(s, name_of_column(Field::variant_image),
         "\"" + v.image->substr(0, 80) + "\" is no address of an image");
    v.image.reset();
  }
  read_prices(s, v);
  read_stock(s, v);
  read_tax(s, v);
  read_measures(s, v);
  read_attributes(s, &v);
  if (s.refused) {
    s.product.bad_variant = true;
    return;
  }
  v.at = std::move(s.at);
  s.product.variants.push_back(std::move(v));
}

std::optional<Money> RowReader::money(RowState& s, std::string_view text, Currency currency,
                                      const std::string& column) {
  const auto shown = "\"" + std::string(text.substr(0, 80)) + "\"";
  auto digits = text;
  std::string code;  // "12.50 EUR" and "EUR 12.50" are understood when they name the right one.
  if (const auto gap = text.find(' '); gap != std::string_view::npos) {
    const auto head = text.substr(0, gap);
    const auto tail = trim(text.substr(gap));
    const bool leads = head.size() == 3 && !parse_int(head);
    code = leads ? head : tail;
    digits = leads ? tail : head;
  }
  if (code.size() == 3) {
    const auto named = Currency::parse(code);
    if (!named) {
      refuse(s, column, shown + " names an unknown currency");
      return std::nullopt;
    }
    if (*named != currency) {
      refuse(s, column,
             shown + " is in " + code + " when the column is in " + std::string(currency.code()));
      return std::nullopt;
    }
  }
  const auto amount =
      code.empty() || code.size() == 3 ? parse_decimal(digits, currency) : std::nullopt;
  if (!amount) {
    refuse(s, column,
           shown + " is no amount in " + std::string(currency.code()) + " (" +
               std::to_string(currency.exponent()) + " decimals)");
  } else if (amount->minor < 0) {
    refuse(s, column, shown + " is negative");
    return std::nullopt;
  }
  return amount;
}

void RowReader::read_prices(RowState& s, VariantPatch& v) {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const auto& column = columns_[i];
    const auto text = trim(s.cells[i]);
    if (column.field == Field::compare_at) v.has_compare_at = true;
    if (text.empty()) continue;
    if (column.field == Field::price) {
      v.price = money(s, text, currency_, column.name);
    } else if (column.field == Field::compare_at) {
      v.compare_at = money(s, text, currency_, column.name);
    } else if (column.field == Field::extra_price) {
      if (const auto extra = money(s, text, column.currency, column.name)) {
        v.extra_prices.push_back(*extra);
      }
    } else if (column.field == Field::unknown_currency) {
      refuse(s, column.name, "names an unknown currency");
    }
  }
}

void RowReader::read_stock(RowState& s, VariantPatch& v) {
  const auto text = cell(s.cells, Field::stock);
  if (!text.empty()) {
    v.stock = count(text);
    if (!v.stock) {
      refuse(s, name_of_column(Field::stock),
             "\"" + std::string(text.substr(0, 80)) + "\" is no whole number");
    } else if (*v.stock < 0) {
      warn(s, name_of_column(Field::stock), "is " + std::string(text) + ": taken as 0");
      v.stock = 0;
    }
  }
  if (by_field_[static_cast<std::size_t>(Field::tracker)] >= 0) {
    const auto tracker = cell(s.cells, Field::tracker);
    v.tracked = !tracker.empty();
    if (tracker != "shopify") {
      v.attributes["Inventory tracker"] = tracker.empty() ? "none" : std::string(tracker);
    }
  }
  const auto policy = cell(s.cells, Field::policy);
  v.sell_when_out = iequals_ascii(policy, "continue") || iequals_ascii(policy, "true");
  if (v.sell_when_out) v.attributes["Continue selling when out of stock"] = "continue";
}

void RowReader::read_tax(RowState& s, VariantPatch& v) {
  const bool has_code = by_field_[static_cast<std::size_t>(Field::tax_class)] >= 0;
  const bool has_charge = by_field_[static_cast<std::size_t>(Field::charge_tax)] >= 0;
  if (!has_code && !has_charge) return;
  v.tax_class = cell(s.cells, Field::tax_class);
  if (has_charge && says_no(cell(s.cells, Field::charge_tax))) {
    v.attributes["Charge tax"] = "false";
    if (v.tax_class->empty()) v.tax_class = "exempt";
  }
}

void RowReader::read_measures(RowState& s, VariantPatch& v) {
  const auto weight = cell(s.cells, Field::weight);
  if (!weight.empty()) {
    v.weight_grams = grams(weight);
    if (!v.weight_grams) {
      refuse(s, name_of_column(Field::weight),
             "\"" + std::string(weight.substr(0, 80)) + "\" is no weight in grams");
    }
  }
  if (by_field_[static_cast<std::size_t>(Field::unit_measure)] >= 0) {
    v.unit_measure = cell(s.cells, Field::unit_measure);
  }
  if (by_field_[static_cast<std::size_t>(Field::unit_total)] >= 0) {
    std::string text(cell(s.cells, Field::unit_total));
    const auto add = [&](std::string_view before, Field field) {
      if (const auto part = cell(s.cells, field); !part.empty()) {
        text += std::string(before) + std::string(part);
      }
    };
    add(" ", Field::unit_total_unit);
    add(" / ", Field::unit_base);
    add(" ", Field::unit_base_unit);
    v.unit_measure = std::move(text);
  }
}

// Unknown columns: on the product's row they speak of the product, on the others of the variant.
void RowReader::read_attributes(RowState& s, VariantPatch* v) {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const auto& column = columns_[i];
    const bool of_variant = column.field == Field::variant_attribute;
    if ((!of_variant && column.field != Field::product_attribute) || column.name.empty()) continue;
    const auto text = undo_formula_guard(trim(s.cells[i]));
    if (text.empty() || text == column.standard) continue;
    if (v && (of_variant || !s.product_row)) {
      v->attributes[column.name] = text;
    } else if (s.product_row) {
      s.product.attributes[column.name] = text;
    }
  }
  for (const auto& [name, text] : s.attributes) {
    if (v && (is_variant_attribute(name) || !s.product_row)) {
      v->attributes[name] = text;
    } else if (s.product_row) {
      s.product.attributes[name] = text;
    }
  }
}

}  // namespace fondaco::catalog
