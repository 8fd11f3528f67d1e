// What the tests of catalog share: a throw-away store, and a sink and source of offers that keep
// prices and stock in a table of their own, so that they are rolled back like the real ones.
#pragma once

#include <fondaco/catalog/export.h>
#include <fondaco/catalog/import.h>
#include <fondaco/storage/testing.h>

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>

namespace fondaco::catalog {

inline constexpr storage::Migration kOfferSchema{"catalogtest", 1, "init", R"sql(
-- table: local
CREATE TABLE catalog_test_offer (
  id KEY,
  offer TEXT NOT NULL,
  stock BIGINT
);
)sql"};
inline constexpr storage::Sql kReadOffer{"catalog.test_read", R"sql(
  SELECT offer, stock FROM catalog_test_offer WHERE id = $1)sql"};
inline constexpr storage::Sql kWriteOffer{"catalog.test_write", R"sql(
  INSERT INTO catalog_test_offer (id, offer, stock) VALUES ($1, $2, $3)
  ON CONFLICT (id) DO UPDATE SET offer = excluded.offer, stock = excluded.stock)sql"};
inline constexpr storage::Sql kSumOffers{"catalog.test_sum", R"sql(
  SELECT COUNT(*), CAST(COALESCE(SUM(stock), 0) AS BIGINT) FROM catalog_test_offer)sql"};

/// "EUR 1990/2500,CNY 15000"
inline std::string offer_text(const ImportedVariant& v) {
  std::string out;
  if (v.price) out = std::string(v.price->currency.code()) + " " + std::to_string(v.price->minor);
  if (v.compare_at) out += "/" + std::to_string(v.compare_at->minor);
  for (const Money& m : v.extra_prices) {
    out += "," + std::string(m.currency.code()) + " " + std::to_string(m.minor);
  }
  return out;
}

class TestSink final : public ImportSink {
 public:
  std::vector<ImportChange> apply(storage::Tx& tx,
                                  std::span<const ImportedVariant> variants) override {
    std::vector<ImportChange> out;
    for (const auto& v : variants) {
      const auto wanted = std::pair(offer_text(v), v.stock);
      const auto stored = tx.first(kReadOffer, {v.variant}, [](const storage::Row& row) {
        return std::pair(row.str(0), row.maybe_integer(1));
      });
      out.push_back(!stored             ? ImportChange::created
                    : *stored == wanted ? ImportChange::unchanged
                                        : ImportChange::updated);
      if (out.back() != ImportChange::unchanged) {
        tx.exec(kWriteOffer, {v.variant, wanted.first, wanted.second});
      }
    }
    return out;
  }
};

class TestOffers final : public ExportSource {
 public:
  std::vector<ExportedOffer> offers(storage::Read& read, MerchantId,
                                    std::span<const VariantId> variants) override {
    std::vector<ExportedOffer> out;
    for (const VariantId id : variants) {
      auto& offer = out.emplace_back();
      read.each(kReadOffer, {id}, [&](const storage::Row& row) {
        offer.stock = row.maybe_integer(1);
        offer.available = offer.stock.value_or(0) > 0;
        parse(row.str(0), offer);
      });
    }
    return out;
  }

 private:
  static void parse(const std::string& text, ExportedOffer& offer) {
    for (std::size_t from = 0; from < text.size();) {
      const auto comma = std::min(text.find(',', from), text.size());
      const auto part = text.substr(from, comma - from);
      const auto currency = Currency::of(part.substr(0, 3));
      const auto slash = part.find('/');
      const Money price{std::stoll(part.substr(4, slash - 4)), currency};
      if (from == 0) {
        offer.price = price;
        if (slash != std::string::npos) {
          offer.compare_at = Money{std::stoll(part.substr(slash + 1)), currency};
        }
      } else {
        offer.extra_prices.push_back(price);
      }
      from = comma + 1;
    }
  }
};

class CatalogTest : public testing::TestWithParam<storage::Engine> {
 protected:
  CatalogTest()
      : store(GetParam(), storage::join({storage::migrations(), migrations(), {kOfferSchema}})) {}

  ImportResult import_from(ByteSource& source, ImportFormat format, bool dry_run = false,
                           std::string_view currency = "EUR") {
    ImportOptions options;
    options.format = format;
    options.owner = owner;
    options.currency = Currency::of(currency);
    options.dry_run = dry_run;
    options.report_prefix = store.dir() + "/import";
    options.batch_products = batch_products;
    auto result = import_products(*store, source, options, sink);
    EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.refusal().message);
    return result.ok() ? std::move(result.value()) : ImportResult{};
  }
  ImportResult import_text(std::string_view text, ImportFormat format = ImportFormat::own,
                           bool dry_run = false) {
    return import_from(*memory_source(text), format, dry_run);
  }
  std::optional<Product> by_handle(std::string_view handle) {
    auto read = store->main().read();
    const auto id = product_by_handle(read, owner, handle);
    return id ? product(read, *id) : std::nullopt;
  }
  std::vector<Product> all() {
    auto read = store->main().read();
    std::vector<Product> out;
    Scan position;
    for (;;) {
      auto page = scan_products(read, position, 200);
      if (page.empty()) return out;
      std::move(page.begin(), page.end(), std::back_inserter(out));
    }
  }
  static std::string text_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  storage::TestStore store;
  TestSink sink;
  TestOffers offers;
  MerchantId owner{IdSource(store.clock(), 3).next<MerchantId>(77)};
  int batch_products = 500;
};

/// Folder of the shared data sets, or nothing: then the test is skipped by name.
inline std::optional<std::string> shared_catalogues() {
  const char* given = std::getenv("FONDACO_SHARED");
  for (const std::string& root : {std::string(given ? given : ""), std::string("../shared")}) {
    const auto path = root + "/data/catalogues";
    if (!root.empty() && std::ifstream(path + "/shopify/apparel.csv").good()) return path;
  }
  return std::nullopt;
}

}  // namespace fondaco::catalog
