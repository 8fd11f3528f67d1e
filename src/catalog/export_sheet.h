// What the exporters share: a sheet whose columns are found first and whose rows follow, and the
// walk over a merchant's products. Private to catalog.
#pragma once

#include <fondaco/catalog/csv.h>
#include <fondaco/catalog/export.h>

#include <map>
#include <string>

namespace fondaco::catalog {

class ExportSheet {
 public:
  ExportSheet(storage::Read& read, MerchantId owner, ExportSource& source,
              const std::function<void(std::string_view)>& write)
      : read_(read), owner_(owner), source_(source), write_(write) {}
  virtual ~ExportSheet() = default;
  ExportSheet(const ExportSheet&) = delete;
  ExportSheet& operator=(const ExportSheet&) = delete;

  /// Walks twice: columns, then rows. Memory holds one page.
  ExportResult run() {
    add_first_columns();
    each_page([&](const std::vector<Product>& page, const std::vector<ExportedOffer>& offers) {
      for (const auto& p : page) find_columns(p);
      for (const auto& o : offers) {
        for (const Money& m : o.extra_prices) add_column("price:" + std::string(m.currency.code()));
      }
    });
    append_csv_row(out_, header_);
    each_page([&](const std::vector<Product>& page, const std::vector<ExportedOffer>& offers) {
      std::size_t at = 0;
      for (const auto& p : page) {
        ++result_.products;
        write_product(p, std::span(offers).subspan(at, p.variants.size()));
        at += p.variants.size();
      }
      write_(out_);
      out_.clear();
    });
    if (!out_.empty()) write_(out_);
    return result_;
  }

 protected:
  virtual void add_first_columns() = 0;
  /// Columns that only some products need.
  virtual void find_columns(const Product& p) = 0;
  virtual void write_product(const Product& p, std::span<const ExportedOffer> offers) = 0;

  void add_column(std::string name) {
    if (columns_.emplace(name, header_.size()).second) header_.push_back(std::move(name));
  }
  bool has_column(const std::string& name) const { return columns_.contains(name); }
  void set(const std::string& column, std::string_view value) {
    const auto found = columns_.find(column);
    FONDACO_CHECK(found != columns_.end());
    row_[found->second] = formula_guard(value);
  }
  void set_some(const std::string& column, std::string_view value) {
    if (!value.empty()) set(column, value);
  }
  void begin_row() { row_.assign(header_.size(), {}); }
  void end_row() {
    append_csv_row(out_, row_);
    ++result_.rows;
  }

  ExportResult result_;

 private:
  static constexpr int kPage = 200;

  template <class F>
  void each_page(F&& f) {
    Listing listing;
    listing.owner = owner_;
    listing.limit = kPage;
    for (;;) {
      const auto ids = list_products(read_, listing);
      if (ids.empty()) return;
      listing.after = ids.back();
      const auto page = products(read_, ids);
      std::vector<VariantId> variants;
      for (const auto& p : page) {
        for (const auto& v : p.variants) variants.push_back(v.id);
      }
      const auto offers = source_.offers(read_, owner_, variants);
      FONDACO_CHECK(offers.size() == variants.size());
      f(page, offers);
    }
  }

  storage::Read& read_;
  const MerchantId owner_;
  ExportSource& source_;
  const std::function<void(std::string_view)>& write_;
  std::vector<std::string> header_;
  std::map<std::string, std::size_t> columns_;
  std::vector<std::string> row_;
  std::string out_;
};

}  // namespace fondaco::catalog
