// Real catalogues. The numbers were counted once with Python's csv module, not with our reader.
#include "testing.h"

#include <fondaco/base/text.h>

#include <cstdio>

namespace fondaco::catalog {
namespace {

class RealData : public CatalogTest {
 protected:
  void SetUp() override {
    const auto found = shared_catalogues();
    if (!found) GTEST_SKIP() << "the shared data sets are not there (FONDACO_SHARED)";
    folder = *found;
  }
  ImportResult import_file(const std::string& name, bool dry_run = false,
                           std::string_view currency = "EUR") {
    return import_from(*open_source(folder + "/" + name), ImportFormat::shopify, dry_run, currency);
  }
  /// Sum of prices in minor units, number of prices and of compare-at prices.
  std::array<std::int64_t, 3> price_totals() {
    std::array<std::int64_t, 3> out{};
    auto read = store->main().read();
    for (const auto& p : all()) {
      std::vector<VariantId> ids;
      for (const auto& v : p.variants) ids.push_back(v.id);
      for (const auto& o : offers.offers(read, owner, ids)) {
        if (o.price) out[0] += o.price->minor;
        out[1] += o.price.has_value();
        out[2] += o.compare_at.has_value();
      }
    }
    return out;
  }
  std::string exported() {
    std::string csv;
    auto read = store->main().read();
    export_shopify(read, owner, offers, [&](std::string_view part) { csv += part; });
    return csv;
  }
  void expect_unchanged(const ImportResult& r, std::int64_t products, std::int64_t variants) {
    EXPECT_EQ(r.errors, 0);
    EXPECT_EQ(r.products.unchanged, products);
    EXPECT_EQ(r.variants.unchanged, variants);
    EXPECT_EQ(r.products.created + r.products.updated, 0);
    EXPECT_EQ(r.variants.created + r.variants.updated, 0);
  }
  std::string folder;
};
INSTANTIATE_TEST_SUITE_P(Engines, RealData, testing::ValuesIn(storage::test_engines()),
                         [](const auto& p) { return storage::engine_name(p.param); });

struct Totals {
  std::int64_t images = 0;
  std::int64_t barcodes = 0;
  std::int64_t gtins = 0;
  std::int64_t skus = 0;
  std::map<std::size_t, std::int64_t> by_options;
};

Totals totals(const std::vector<Product>& products) {
  Totals t;
  for (const auto& p : products) {
    t.images += static_cast<std::int64_t>(p.media.size());
    ++t.by_options[p.options.size()];
    for (const auto& v : p.variants) {
      t.barcodes += !v.barcode.empty();
      t.gtins += !v.gtin().empty();
      t.skus += !v.sku.empty();
    }
  }
  return t;
}

/// Barcodes that are no GTIN; SKUs used once too often; stock below zero.
constexpr std::int64_t kWarnings = 3549 + 72 + 23;

// The bicycle shop: counts, variants, options, prices and barcodes are the file's.
TEST_P(RealData, BicycleShopIsTakenOverWhole) {
  const auto r = import_file("shopify/bicycle-shop.csv.gz");
  EXPECT_EQ(r.rows, 6618);
  EXPECT_EQ(r.products.created, 1244);
  EXPECT_EQ(r.variants.created, 4969);
  EXPECT_EQ(r.images, 5829);
  EXPECT_EQ(r.errors, 0) << (r.error_file ? text_of(*r.error_file).substr(0, 2000) : "");
  EXPECT_EQ(r.warnings, kWarnings);
  const auto t = totals(all());
  EXPECT_EQ(t.images, 5829);
  EXPECT_EQ(t.barcodes, 3864);
  EXPECT_EQ(t.gtins, 315);
  EXPECT_EQ(t.skus, 4966);
  const std::map<std::size_t, std::int64_t> by_options{{0, 14}, {1, 244}, {2, 970}, {3, 16}};
  EXPECT_EQ(t.by_options, by_options);
  EXPECT_EQ(price_totals(), (std::array<std::int64_t, 3>{4074434598, 4969, 205}));
  const auto shoe = by_handle("dzr-minna").value();
  EXPECT_EQ(shoe.brand, "DZR");
  EXPECT_EQ(shoe.variants.size(), 5U);
  EXPECT_EQ(shoe.variants[2].values[0], "43");
  EXPECT_EQ(shoe.variants[2].sku, "Shoes - DZR - Minna - 43");
  EXPECT_EQ(shoe.variants[2].weight_grams, 907);
}

// Importing it twice changes nothing, and its export imported again changes nothing either.
TEST_P(RealData, BicycleShopTwiceAndRoundTrip) {
  const auto dry = import_file("shopify/bicycle-shop.csv.gz", true);
  EXPECT_EQ(dry.products.created, 1244);
  EXPECT_EQ(dry.variants.created, 4969);
  EXPECT_EQ(dry.warnings, kWarnings);
  EXPECT_TRUE(all().empty());
  import_file("shopify/bicycle-shop.csv.gz");
  const auto before = all();
  const auto again = import_file("shopify/bicycle-shop.csv.gz");
  expect_unchanged(again, 1244, 4969);
  EXPECT_EQ(again.warnings, kWarnings);
  const auto csv = exported();
  expect_unchanged(import_text(csv, ImportFormat::shopify), 1244, 4969);
  EXPECT_EQ(all(), before);
  EXPECT_EQ(exported(), csv);
}

// The bicycle shop in our own format: importing it again changes nothing.
TEST_P(RealData, BicycleShopInOurOwnFormat) {
  import_file("shopify/bicycle-shop.csv.gz");
  const auto before = all();
  std::string csv;
  {
    auto read = store->main().read();
    export_own(read, owner, offers, [&](std::string_view part) { csv += part; });
  }
  expect_unchanged(import_text(csv), 1244, 4969);
  EXPECT_EQ(all(), before);
}

struct Small {
  const char* name;
  std::int64_t rows;
  std::int64_t variants;
  std::int64_t images;
  std::int64_t price_sum;
  std::int64_t compare_at;
};

// The three small files, with old headers of different widths.
TEST_P(RealData, SmallShopifyFiles) {
  const Small files[] = {{"shopify/apparel.csv", 22, 22, 20, 129500, 0},
                         {"shopify/home-and-garden.csv", 21, 21, 21, 234584, 16},
                         {"shopify/jewelery.csv", 41, 23, 41, 98074, 17}};
  std::array<std::int64_t, 3> sum{};
  for (const auto& f : files) {
    const auto r = import_file(f.name);
    EXPECT_EQ(r.rows, f.rows) << f.name;
    EXPECT_EQ(r.products.created, 20) << f.name;
    EXPECT_EQ(r.variants.created, f.variants) << f.name;
    EXPECT_EQ(r.images, f.images) << f.name;
    EXPECT_EQ(r.errors + r.warnings, 0) << f.name;
    sum = {sum[0] + f.price_sum, sum[1] + f.variants, sum[2] + f.compare_at};
    EXPECT_EQ(price_totals(), sum) << f.name;
    expect_unchanged(import_file(f.name), 20, f.variants);
  }
  const auto before = all();
  expect_unchanged(import_text(exported(), ImportFormat::shopify), 60, 66);
  EXPECT_EQ(all(), before);
}

/// What a file in a foreign format holds, counted with Python.
struct Foreign {
  const char* name;
  ImportFormat format;
  std::int64_t rows;
  std::int64_t products;
  std::int64_t variants;
  std::int64_t prices;
  std::int64_t price_sum;
  std::int64_t compare_at;
};

// WooCommerce's sample, Google's demo feed and Open Food Facts UK arrive whole, twice is once, and
// our own format carries all of them.
TEST_P(RealData, ForeignFormats) {
  const Foreign files[] = {
      {"woocommerce/sample_products.csv", ImportFormat::woocommerce, 24, 15, 22, 21, 70100, 6},
      {"google-merchant/demo-store-42.xml", ImportFormat::google, 42, 42, 42, 42, 191600, 12},
      {"openfoodfacts/uk_products.csv.gz", ImportFormat::openfoodfacts, 5459, 5459, 5459, 0, 0, 0}};
  std::int64_t products = 0;
  std::int64_t variants = 0;
  for (const auto& f : files) {
    const auto before = price_totals();
    const auto r = import_from(*open_source(folder + "/" + f.name), f.format);
    EXPECT_EQ(r.rows, f.rows) << f.name;
    EXPECT_EQ(r.errors, 0) << (r.error_file ? text_of(*r.error_file).substr(0, 2000) : "");
    EXPECT_EQ(r.products.created, f.products) << f.name;
    EXPECT_EQ(r.variants.created, f.variants) << f.name;
    const auto after = price_totals();
    EXPECT_EQ(after[0] - before[0], f.price_sum) << f.name;
    EXPECT_EQ(after[1] - before[1], f.prices) << f.name;
    EXPECT_EQ(after[2] - before[2], f.compare_at) << f.name;
    expect_unchanged(import_from(*open_source(folder + "/" + f.name), f.format), f.products,
                     f.variants);
    products += f.products;
    variants += f.variants;
  }
  std::string csv;
  {
    auto read = store->main().read();
    export_own(read, owner, offers, [&](std::string_view part) { csv += part; });
  }
  expect_unchanged(import_text(csv), products, variants);
}

/// Our own CSV of a Chinese data set, made by the converter in a process of its own.
std::string converted(const std::string& what, const std::string& folder) {
  const auto command = "python3 tools/convert_zh.py " + what + " " + folder + " 2>/dev/null";
  std::string out;
  FILE* pipe = popen(command.c_str(), "r");
  char buffer[65536];
  for (std::size_t n = 0; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;) out.append(buffer, n);
  EXPECT_EQ(pclose(pipe), 0) << command;
  return out;
}

// A Chinese house brand end to end: goods, SKUs with options, brands, a category tree, attributes.
TEST_P(RealData, ChineseHouseBrand) {
  const auto csv = converted("litemall", folder);
  const auto r = import_from(*memory_source(csv), ImportFormat::own, false, "CNY");
  EXPECT_EQ(r.errors, 0) << (r.error_file ? text_of(*r.error_file).substr(0, 1000) : "");
  EXPECT_EQ(r.products.created, 239);
  EXPECT_EQ(r.variants.created, 244);
  const auto bed = by_handle("goods-1181000").value();
  EXPECT_EQ(bed.variants.size(), 6U);
  EXPECT_EQ(bed.options, (std::vector<std::string>{"规格", "颜色"}));
  EXPECT_EQ(bed.variants[1].values[1], "玛瑙红");
  auto read = store->main().read();
  EXPECT_GE(categories(read).size(), 9U);
  expect_unchanged(import_from(*memory_source(csv), ImportFormat::own, false, "CNY"), 239, 244);
}

// A Chinese supermarket: in-store codes beside GTINs, all kept as they are.
TEST_P(RealData, ChineseSupermarket) {
  const auto csv = converted("supermarket", folder);
  const auto r = import_from(*memory_source(csv), ImportFormat::own, false, "CNY");
  EXPECT_EQ(r.errors, 0) << (r.error_file ? text_of(*r.error_file).substr(0, 1000) : "");
  EXPECT_EQ(r.products.created, 6404);
  EXPECT_EQ(r.variants.created, 6404);
  EXPECT_EQ(totals(all()).gtins, 5874);  // 5,868 of 8 to 13 digits and six GTIN-14.
  EXPECT_EQ(r.warnings, 6404 - 5874);
  auto read = store->main().read();
  EXPECT_EQ(variants_by_gtin(read, "01000009").size(), 1U);
  expect_unchanged(import_from(*memory_source(csv), ImportFormat::own, false, "CNY"), 6404, 6404);
}

}  // namespace
}  // namespace fondaco::catalog
