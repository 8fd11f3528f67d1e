// From cells to what a file says of a product, before it meets what is stored. Private to catalog.
#pragma once

#include "import_columns.h"

#include <fondaco/catalog/table.h>

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace fondaco::catalog {

/// An attribute, or a column and what is to be said of it.
struct NamedText {
  std::string name;
  std::string text;
};

/// A row as it was, for the report when it is not taken over.
struct RowText {
  std::int64_t row = 0;
  std::string raw;
};

/// What a row says of a variant. An empty optional leaves what is stored.
struct VariantPatch {
  RowText at;
  std::array<std::string, kMaxOptions> values;
  std::array<std::string, kMaxOptions> values_zh;
  std::optional<std::string> sku;
  std::optional<std::string> barcode;
  std::optional<std::int64_t> weight_grams;
  std::optional<std::string> tax_class;
  std::optional<std::string> image;
  std::optional<std::string> unit_measure;
  std::map<std::string, std::string> attributes;
  std::optional<Money> price;
  std::optional<Money> compare_at;
  bool has_compare_at = false;
  std::vector<Money> extra_prices;
  std::optional<std::int64_t> stock;
  bool tracked = true;
  bool sell_when_out = false;
  bool seen_before = false;      // In this file: counted already.
  bool sku_seen_before = false;  // In this file, on another variant.
};

struct ImagePatch {
  std::int64_t position = 0;
  Image image;
};

/// What the rows of one handle say together.
struct ProductPatch {
  std::string handle;
  bool full = false;         // Some row had a title: blank cells of present columns mean empty.
  bool seen_before = false;  // The handle came earlier in this file: counted already.
  bool bad_variant = false;  // A row's variant was refused.
  std::optional<std::string> title;
  std::optional<std::string> title_zh;
  std::optional<std::string> description;
  std::optional<std::string> description_zh;
  std::optional<std::string> brand;
  std::optional<std::string> category;
  std::optional<std::string> category_zh;
  std::optional<std::vector<std::string>> tags;
  std::optional<Status> status;
  bool no_options = false;  // "Title" with "Default Title": Shopify's way of having none.
  std::array<std::optional<std::string>, kMaxOptions> option_names;
  std::array<std::string, kMaxOptions> option_names_zh;
  std::vector<ImagePatch> images;
  std::map<std::string, std::string> attributes;
  std::vector<VariantPatch> variants;
  std::vector<RowText> image_rows;  // Rows without a variant.
  VariantPatch only;                // Stands in when no row says anything of a variant.
  std::size_t bytes = 0;
};

/// Reads the cells of rows. Notes what is wrong with them.
class RowReader {
 public:
  /// `spoken`: attributes that come beside the columns and are taken away when they do not.
  RowReader(std::vector<Column> columns, ImportFormat format, Currency currency,
            std::span<const std::string> spoken = {});

  /// Handle of a row, empty when it is missing and cannot be made from the title.
  std::string handle_of(std::span<const std::string_view> cells) const;
  struct Record {
    std::span<const std::string_view> cells;
    std::span<const NamedText> attributes;  // Beside those of the columns.
    RowText at;
    bool first = false;  // The file has not named the handle before.
  };
  /// Adds the record to the product.
  void read(Record record, ProductPatch& product, std::vector<ImportNote>& notes);
  const std::vector<Column>& columns() const { return columns_; }
  /// Whether this file has a column for the attribute: then a row without it takes it away.
  bool speaks_of(const std::string& name) const { return spoken_.contains(name); }

 private:
  struct RowState;
  std::string_view cell(std::span<const std::string_view> cells, Field field) const;
  void read_product(RowState& s);
  void read_options(RowState& s);
  void read_images(RowState& s);
  void read_status(RowState& s);
  bool has_variant(const RowState& s) const;
  void read_variant(RowState& s);
  void read_prices(RowState& s, VariantPatch& v);
  void read_stock(RowState& s, VariantPatch& v);
  void read_tax(RowState& s, VariantPatch& v);
  void read_measures(RowState& s, VariantPatch& v);
  void read_attributes(RowState& s, VariantPatch* v);
  std::optional<Money> money(RowState& s, std::string_view text, Currency currency,
                             const std::string& column);
  void warn(RowState& s, const std::string& column, std::string message);
  void refuse(RowState& s, const std::string& column, std::string message);
  const std::string& name_of_column(Field field) const;

  std::vector<Column> columns_;
  std::set<std::string> spoken_;
  std::array<int, 64> by_field_{};  // Field -> column, -1 when the file has none.
  ImportFormat format_;
  Currency currency_;
};

}  // namespace fondaco::catalog
