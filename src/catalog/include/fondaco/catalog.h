// Products, variants, brands and categories: what a thing is, never what it costs or how many
// there are. Depends on base, storage.
// Invariant: a product has 1 to 2,000 variants, which carry its owner and its owner's shard; no
// two variants of a product have the same option values; handles are unique per owner. SKUs and
// barcodes are kept as given and need not be unique.
#pragma once

#include <fondaco/base/ids.h>
#include <fondaco/base/result.h>
#include <fondaco/storage/migration.h>
#include <fondaco/storage/tx.h>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fondaco::catalog {

inline constexpr std::size_t kMaxOptions = 3;
inline constexpr std::size_t kMaxVariants = 2000;
inline constexpr std::size_t kMaxImages = 250;
inline constexpr std::size_t kMaxAttributes = 200;
inline constexpr std::size_t kMaxName = 255;    // Handle, brand, option, SKU: bytes.
inline constexpr std::size_t kMaxTitle = 1000;  // Bytes.
inline constexpr std::size_t kMaxDescription = 1 << 20;
inline constexpr std::size_t kMaxAddress = 2000;  // An image's address, bytes.

/// Only active products are sold and shown; draft is not yet, archived no longer.
enum class Status { draft, active, archived };
std::string_view name_of(Status status);
std::optional<Status> status_named(std::string_view name);

/// A picture as its address, in the order in which it is shown; alt is for those who cannot see.
struct Image {
  std::string src;
  std::string alt;
  friend bool operator==(const Image&, const Image&) = default;
};

struct OptionTranslation {
  std::string name;
  std::map<std::string, std::string> values;  // Value as the variants have it -> translated.
  friend bool operator==(const OptionTranslation&, const OptionTranslation&) = default;
};

/// Another language's texts; an empty text falls back to the product's own.
struct Translation {
  std::string title;
  std::string description;
  std::vector<OptionTranslation> options;  // By position of the option; may be shorter.
  friend bool operator==(const Translation&, const Translation&) = default;
};

struct Variant {
  VariantId id;
  ProductId product;
  MerchantId owner;
  std::int64_t position = 0;  // From 1; the order in which they are offered.
  std::int64_t version = 0;
  std::array<std::string, kMaxOptions> values;  // One per option of the product, else empty.
  std::string sku;
  std::string barcode;            // As given.
  std::int64_t weight_grams = 0;  // 0: not known.
  std::string tax_class;          // Empty: the standard rate of the region.
  std::string image;              // Address; empty: the product's first.
  std::string unit_measure;       // "750 ml / 1 l": content, and what the unit price is for.
  std::map<std::string, std::string> attributes;

  /// 14 digits when the barcode is a valid GTIN, else empty.
  std::string gtin() const;
  friend bool operator==(const Variant&, const Variant&) = default;
};

struct Product {
  ProductId id;
  MerchantId owner;
  std::string handle;  // In the address of its page.
  Status status = Status::draft;
  std::int64_t version = 0;  // Grows with each change of it or of one of its variants.
  Instant updated_at;
  std::string title;
  std::string description;  // HTML, already sanitised.
  BrandId brand_id;
  std::string brand;
  CategoryId category_id;
  std::string category;     // "Men > Shirts"
  std::string category_zh;  // The same path in Chinese, when known.
  std::vector<std::string> tags;
  std::vector<std::string> options;  // Names: "Size", "Colour".
  std::vector<Image> media;
  std::map<std::string, std::string> attributes;
  std::map<std::string, Translation> translations;  // By language: "zh".
  std::vector<Variant> variants;                    // By position.

  const Variant* find(VariantId variant) const;
  friend bool operator==(const Product&, const Product&) = default;
};

// Texts in a language ("en", "zh"), falling back to the product's own. The reference lives as
// long as the product.
const std::string& title_in(const Product& product, std::string_view locale);
const std::string& description_in(const Product& product, std::string_view locale);
const std::string& category_in(const Product& product, std::string_view locale);
const std::string& option_in(const Product& product, std::size_t option, std::string_view locale);
const std::string& value_in(const Product& product, std::size_t option, const std::string& value,
                            std::string_view locale);
/// "Red / M" of a variant, empty for a product without options.
std::string variant_title_in(const Product& product, const Variant& variant,
                             std::string_view locale);
/// Address of the picture to show first: a variant's, the product's, or the generated one.
std::string picture_of(const Product& product, const Variant* variant = nullptr);
/// What the product says of its colour: attribute or option value; empty when it says nothing.
std::string colour_of(const Product& product);

/// Where a variant belongs, for callers that hold only a SKU or a barcode.
struct VariantRef {
  VariantId variant;
  ProductId product;
  MerchantId owner;
};

/// What a basket needs of a variant, without the product's texts.
struct VariantBrief {
  VariantId id;
  ProductId product;
  MerchantId owner;
  Status status = Status::draft;  // Of the product.
  std::string handle;
  std::string title;  // Of the product, in its own language.
  std::array<std::string, kMaxOptions> values;
  std::string sku;
  std::int64_t weight_grams = 0;
  std::string tax_class;
  CategoryId category;  // 0: none.
};

// Reading. Cost: about three point look-ups a product.
std::optional<Product> product(storage::Read& read, ProductId id);
/// In the order asked for; unknown ones are left out.
std::vector<Product> products(storage::Read& read, std::span<const ProductId> ids);
/// In the order asked for; unknown ones are left out. One look-up and a join each.
std::vector<VariantBrief> variant_briefs(storage::Read& read, std::span<const VariantId> ids);
std::optional<ProductId> product_by_handle(storage::Read& read, MerchantId owner,
                                           std::string_view handle);
/// Of all merchants, at most 100.
std::vector<ProductId> products_by_handle(storage::Read& read, std::string_view handle);
/// All variants of a merchant with that SKU (at most 100): more than one means it is ambiguous.
std::vector<VariantRef> variants_by_sku(storage::Read& read, MerchantId owner,
                                        std::string_view sku);
/// Of all merchants, at most 100.
std::vector<VariantRef> variants_by_sku(storage::Read& read, std::string_view sku);
/// Of all merchants, at most 100; nothing for what is no GTIN. Any of its forms (8 to 14 digits).
std::vector<VariantRef> variants_by_gtin(storage::Read& read, std::string_view gtin);

/// One page of products by id, oldest first. Zero and empty members do not filter.
struct Listing {
  MerchantId owner;
  std::string category;  // A path; what lies below it is included.
  BrandId brand;
  std::optional<Status> status;
  ProductId after;  // Keyset: the last one of the page before.
  int limit = 20;
};
std::vector<ProductId> list_products(storage::Read& read, const Listing& listing);

/// Position of a walk over all products (rebuilding search, export): begin with the empty one.
struct Scan {
  std::int64_t shard = -1;
  ProductId after;
};
/// The next products in storage order, at most `limit`; moves the position. Empty: the end.
std::vector<Product> scan_products(storage::Read& read, Scan& position, int limit);

struct Category {
  CategoryId id;
  CategoryId parent;  // 0: top.
  std::string path;
  std::string path_zh;
  std::int64_t products = 0;        // Active ones in it.
  std::int64_t products_below = 0;  // Active ones in it and below it.

  std::string_view name() const;
};
/// The whole tree, parents before children, siblings by path. Counts all: keep the answer.
std::vector<Category> categories(storage::Read& read);
/// The category and those above it, the top last. A category never moves: the answer may be kept.
std::vector<CategoryId> category_line(storage::Read& read, CategoryId category);
/// Finds or creates the category and those above it; a Chinese path fills an empty one.
CategoryId ensure_category(storage::Tx& tx, std::string_view path, std::string_view path_zh = {});

/// The top of the tree above a category; 0 for none or an unknown one. A category never moves.
CategoryId top_category(storage::Read& read, CategoryId category);

struct Brand {
  BrandId id;
  std::string name;
  std::int64_t products = 0;  // Active ones.
};
std::vector<Brand> brands(storage::Read& read);
std::optional<BrandId> brand_named(storage::Read& read, std::string_view name);
BrandId ensure_brand(storage::Tx& tx, std::string_view name);

// Writing: one product with its variants in one transaction.
enum class Refusal {
  unknown_product,
  version_drifted,  // It is not the version that the caller had read.
  handle_taken,
  invalid,
};
struct SaveRefusal {
  Refusal code = Refusal::invalid;
  std::string pointer;  // JSON Pointer of the place: "/variants/3/sku".
  std::string message;
};
struct Saved {
  ProductId id;
  std::int64_t version = 0;
  bool changed = false;
};

/// Why a product cannot be stored as it is, or nothing.
std::optional<SaveRefusal> check_product(const Product& wanted);

/// Creates (id 0) or replaces a product. Brand and category are taken by name and created when
/// missing. Variants are matched by id, else by option values, else by SKU; those not named stay
/// as they are (orders and stock refer to them). The description is sanitised. Publishes
/// ProductChanged when something changed; a refusal changes nothing.
Result<Saved, SaveRefusal> save_product(storage::Tx& tx, Product wanted,
                                        std::optional<std::int64_t> if_version = std::nullopt);
Result<Saved, SaveRefusal> set_status(storage::Tx& tx, ProductId id, Status status);

std::vector<storage::Migration> migrations();

}  // namespace fondaco::catalog
