// Two real catalogues. They lie outside the repository: FONDACO_SHARED, else ../shared.
#include "test_documents.h"

#include <fondaco/base/gtin.h>

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>

namespace fondaco::matching {
namespace {

using Row = std::vector<std::string>;

std::filesystem::path catalogues() {
  const char* shared = std::getenv("FONDACO_SHARED");
  return std::filesystem::path(shared != nullptr ? shared : "../shared") / "data/catalogues";
}

std::string unzip(const std::filesystem::path& path) {
  std::string out;
  gzFile file = gzopen(path.c_str(), "rb");
  char block[65536];
  for (int n = 0; (n = gzread(file, block, sizeof block)) > 0;) {
    out.append(block, static_cast<std::size_t>(n));
  }
  gzclose(file);
  return out;
}

/// RFC 4180, quoted line breaks included; the first row is the header.
std::vector<Row> read_csv(const std::string& text) {
  std::vector<Row> rows(1, Row(1));
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      const bool doubled = quoted && i + 1 < text.size() && text[i + 1] == '"';
      if (doubled) {
        rows.back().back() += text[++i];
      } else {
        quoted = !quoted;
      }
    } else if (!quoted && c == ',') {
      rows.back().emplace_back();
    } else if (!quoted && c == '\n') {
      rows.emplace_back(1);
    } else if (quoted || c != '\r') {
      rows.back().back() += c;
    }
  }
  rows.pop_back();
  return rows;
}

std::string without_tags(const std::string& html) {
  std::string out;
  bool tag = false;
  for (const char c : html) {
    if (c == '<') tag = true;
    out += tag ? ' ' : c;
    if (c == '>') tag = false;
  }
  return out;
}

class RealData : public testing::Test {
 protected:
  /// Skips by name when the file is not there.
  bool open(const char* name) {
    path_ = catalogues() / name;
    return std::filesystem::exists(path_);
  }
  void load_bicycle_shop() {
    const auto rows = read_csv(unzip(path_));
    std::map<std::string, std::size_t> column;
    for (std::size_t i = 0; i < rows[0].size(); ++i) column[rows[0][i]] = i;
    std::map<std::string, SearchDocument> products;
    for (std::size_t r = 1; r < rows.size(); ++r) {
      const auto cell = [&](const char* name) { return rows[r].at(column.at(name)); };
      auto& d = products[cell("Handle")];
      if (!cell("Title").empty()) {
        d.product = ProductId{static_cast<std::int64_t>(r)};
        d.titles["en"] = cell("Title");
        d.description = without_tags(cell("Body (HTML)"));
        d.brand_name = cell("Vendor");
        d.tags = {cell("Tags"), cell("Type")};
        title_[d.product.value] = cell("Title");
      }
      if (!cell("Variant SKU").empty()) d.skus.push_back(cell("Variant SKU"));
      if (!cell("Variant Barcode").empty()) d.gtins.push_back(cell("Variant Barcode"));
      for (const auto* n : {"1", "2", "3"}) {
        const auto option = std::string("Option") + n;
        const auto value = cell((option + " Value").c_str());
        if (!value.empty()) d.attributes.push_back({cell((option + " Name").c_str()), value});
      }
    }
    std::vector<SearchDocument> all;
    for (auto& [handle, d] : products) all.push_back(std::move(d));
    search_.rebuild(source_of(all));
  }
  void load_supermarket() {
    const auto rows = read_csv(unzip(path_));
    std::vector<SearchDocument> all;
    for (std::size_t r = 1; r < rows.size(); ++r) {
      auto& d = all.emplace_back();
      d.product = ProductId{static_cast<std::int64_t>(r)};
      d.titles["zh"] = title_[d.product.value] = rows[r].at(2);
      d.gtins = {rows[r].at(0)};
      d.category_path = {{CategoryId{1}, rows[r].at(3), {{"zh", rows[r].at(3)}}}};
      d.tags = {rows[r].at(5)};
    }
    search_.rebuild(source_of(all));
  }
  std::vector<std::string> titles(const std::string& text) {
    std::vector<std::string> out;
    for (const auto id : ids(find(search_, text))) out.push_back(title_.at(id));
    return out;
  }
  std::int64_t titles_with(const std::string& part) const {
    return std::count_if(title_.begin(), title_.end(),
                         [&](const auto& t) { return t.second.find(part) != std::string::npos; });
  }
  std::filesystem::path path_;
  MemorySearch search_;
  std::map<std::int64_t, std::string> title_;
};

// In the bicycle shop the obvious questions have the obvious first answers, typos included.
TEST_F(RealData, BicycleShop) {
  if (!open("shopify/bicycle-shop.csv.gz")) GTEST_SKIP() << path_ << " is not there";
  load_bicycle_shop();
  EXPECT_EQ(search_.stats().documents, 1'244);
  const auto saddles = titles("brooks saddle");
  ASSERT_GE(saddles.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(saddles[i].starts_with("Brooks")) << saddles[i];
    EXPECT_TRUE(saddles[i].ends_with("Saddle")) << saddles[i];
  }
  EXPECT_EQ(titles("b17").at(0), "Brooks B17 Saddle");
  EXPECT_EQ(titles("B 17 ").at(0), "Brooks B17 Saddle");
  EXPECT_EQ(titles("broks sadle").at(0).substr(0, 6), "Brooks");
  EXPECT_EQ(titles("816411001372").at(0), "ACS Crossfire Freewheel");
  EXPECT_EQ(titles("shoes - dzr - minna - 42").at(0), "DZR Minna");
  EXPECT_EQ(titles("dzr minna").at(0), "DZR Minna");
  EXPECT_EQ(titles("45 mm wheelset").at(0), "650C 45mm Micro Wheelset");
}

// In the supermarket a Chinese word finds every title that contains it, units in both writings.
TEST_F(RealData, Supermarket) {
  if (!open("zh-supermarket/items.csv.gz")) GTEST_SKIP() << path_ << " is not there";
  load_supermarket();
  EXPECT_EQ(search_.stats().documents, 6'404);
  for (const auto* word : {"香蕉", "牛奶", "啤酒", "冰糖", "醋"}) {
    EXPECT_EQ(find(search_, word).total, titles_with(word)) << word;
    EXPECT_GT(titles_with(word), 0) << word;
  }
  EXPECT_EQ(titles("香蕉片").at(0), "香蕉片");
  EXPECT_EQ(titles("银鹭花生牛奶 500毫升").at(0), "银鹭花生牛奶500ml");
  EXPECT_EQ(titles("400g冰糖").at(0), "卓健单晶冰糖400克");
  EXPECT_EQ(titles("6922503601116").at(0), "香蕉片");
  EXPECT_GE(find(search_, "500ml").total, titles_with("500ml"));
  EXPECT_FALSE(titles("香蕉牛奶").empty()) << "no such pairs together, but such characters";
}

}  // namespace
}  // namespace fondaco::matching
