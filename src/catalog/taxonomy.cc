#include "taxonomy.h"

#include <fondaco/base/text.h>

#include <algorithm>
#include <unordered_map>

namespace fondaco::catalog {
namespace {

constexpr storage::Sql kFindBrand{"catalog.find_brand", R"sql(
  SELECT id FROM catalog_brand WHERE name = $1)sql"};
constexpr storage::Sql kAddBrand{"catalog.add_brand", R"sql(
  INSERT INTO catalog_brand (id, name) VALUES ($1, $2))sql"};
constexpr storage::Sql kFindCategory{"catalog.find_category", R"sql(
  SELECT id, path_zh FROM catalog_category WHERE path = $1)sql"};
constexpr storage::Sql kAddCategory{"catalog.add_category", R"sql(
  INSERT INTO catalog_category (id, parent_id, path, path_zh) VALUES ($1, $2, $3, $4))sql"};
constexpr storage::Sql kNameCategory{"catalog.name_category", R"sql(
  UPDATE catalog_category SET path_zh = $2 WHERE id = $1)sql"};
constexpr storage::Sql kParent{"catalog.category_parent", R"sql(
  SELECT parent_id FROM catalog_category WHERE id = $1)sql"};
constexpr storage::Sql kBrands{"catalog.brands", R"sql(
  SELECT id, name FROM catalog_brand ORDER BY name)sql"};
constexpr storage::Sql kBrandCounts{"catalog.brand_counts", R"sql(
  SELECT brand_id, COUNT(*) FROM catalog_product WHERE status = 1 GROUP BY brand_id)sql"};
constexpr storage::Sql kCategories{"catalog.categories", R"sql(
  SELECT id, parent_id, path, path_zh FROM catalog_category ORDER BY path)sql"};
constexpr storage::Sql kCategoryCounts{"catalog.category_counts", R"sql(
  SELECT category_id, COUNT(*) FROM catalog_product WHERE status = 1 GROUP BY category_id)sql"};

constexpr std::string_view kArrow = " > ";

std::vector<std::string_view> levels(std::string_view path) {
  std::vector<std::string_view> out;
  for (const auto part : split(path, '>')) {
    if (const auto name = trim(part); !name.empty()) out.push_back(name);
  }
  return out;
}

std::unordered_map<std::int64_t, std::int64_t> counts(storage::Read& read,
                                                      const storage::Sql& sql) {
  std::unordered_map<std::int64_t, std::int64_t> out;
  read.each(sql, {}, [&](const storage::Row& row) { out[row.integer(0)] = row.integer(1); });
  return out;
}

}  // namespace

std::string tidy_path(std::string_view path) {
  std::string out;
  for (const auto name : levels(path)) {
    if (!out.empty()) out += kArrow;
    out += name;
  }
  return out;
}

BrandId Taxonomy::brand(storage::Tx& tx, std::string_view name) {
  if (name.empty()) return {};
  if (known_) {
    if (const auto it = known_->brands.find(name); it != known_->brands.end()) return it->second;
  }
  if (const auto it = fresh_.brands.find(name); it != fresh_.brands.end()) return it->second;
  BrandId id{tx.scalar(kFindBrand, {name}).value_or(0)};
  if (!id) {
    id = tx.next_id<BrandId>();
    tx.exec(kAddBrand, {id, name});
  }
  fresh_.brands.emplace(name, id);
  return id;
}

CategoryKnown Taxonomy::level(storage::Tx& tx, const std::string& path, const std::string& path_zh,
                              CategoryId parent) {
  CategoryKnown here;
  const auto cached = fresh_.categories.find(path);
  if (cached != fresh_.categories.end()) {
    here = cached->second;
  } else if (known_ && known_->categories.contains(path)) {
    here = known_->categories.find(path)->second;
  } else if (auto found = tx.first(kFindCategory, {path}, [](const storage::Row& row) {
               return CategoryKnown{row.id<CategoryId>(0), row.str(1)};
             })) {
    here = std::move(*found);
  } else {
    here = {tx.next_id<CategoryId>(), path_zh};
    tx.exec(kAddCategory, {here.id, parent, path, path_zh});
  }
  if (here.path_zh.empty() && !path_zh.empty()) {
    here.path_zh = path_zh;
    tx.exec(kNameCategory, {here.id, path_zh});
  }
  fresh_.categories.insert_or_assign(path, here);
  return here;
}

CategoryId Taxonomy::category(storage::Tx& tx, std::string_view path, std::string_view path_zh) {
  const auto names = levels(path);
  const auto names_zh = levels(path_zh);
  const bool both = names.size() == names_zh.size();
  std::string so_far;
  std::string so_far_zh;
  CategoryId parent;
  for (std::size_t i = 0; i < names.size(); ++i) {
    so_far += (i > 0 ? std::string(kArrow) : std::string()) + std::string(names[i]);
    if (both) so_far_zh += (i > 0 ? std::string(kArrow) : std::string()) + std::string(names_zh[i]);
    parent = level(tx, so_far, so_far_zh, parent).id;
  }
  return parent;
}

CategoryId ensure_category(storage::Tx& tx, std::string_view path, std::string_view path_zh) {
  return Taxonomy().category(tx, path, path_zh);
}

BrandId ensure_brand(storage::Tx& tx, std::string_view name) {
  return Taxonomy().brand(tx, trim(name));
}

std::string_view Category::name() const {
  const auto at = path.rfind(kArrow);
  return at == std::string::npos ? std::string_view(path)
                                 : std::string_view(path).substr(at + kArrow.size());
}

std::vector<Category> categories(storage::Read& read) {
  const auto count = counts(read, kCategoryCounts);
  auto out = read.all(kCategories, {}, [&](const storage::Row& row) {
    Category c{row.id<CategoryId>(0), row.id<CategoryId>(1), row.str(2), row.str(3), 0, 0};
    if (const auto it = count.find(c.id.value); it != count.end()) c.products = it->second;
    return c;
  });
  // Parents before children: compare level by level, not letter by letter ("A > B" and "A & C").
  std::sort(out.begin(), out.end(), [](const Category& a, const Category& b) {
    const auto x = levels(a.path);
    const auto y = levels(b.path);
    return std::lexicographical_compare(x.begin(), x.end(), y.begin(), y.end());
  });
  std::unordered_map<std::int64_t, Category*> by_id;
  for (auto& c : out) by_id[c.id.value] = &c;
  for (auto& c : out) {
    int depth = 0;  // A damaged tree must not make this endless.
    for (auto* at = &c; at && depth < 32; ++depth) {
      at->products_below += c.products;
      const auto up = by_id.find(at->parent.value);
      at = up == by_id.end() ? nullptr : up->second;
    }
  }
  return out;
}

CategoryId top_category(storage::Read& read, CategoryId category) {
  for (int depth = 0; category && depth < 32; ++depth) {  // A damaged tree is not endless.
    const auto parent = read.scalar(kParent, {category});
    if (!parent) return {};
    if (*parent == 0) return category;
    category = CategoryId{*parent};
  }
  return {};
}

std::vector<CategoryId> category_line(storage::Read& read, CategoryId category) {
  constexpr std::size_t kDeepest = 32;  // A damaged tree is not endless.
  std::vector<CategoryId> line;
  while (category && line.size() < kDeepest) {
    line.push_back(category);
    category = CategoryId{read.scalar(kParent, {category}).value_or(0)};
  }
  return line;
}

std::vector<Brand> brands(storage::Read& read) {
  const auto count = counts(read, kBrandCounts);
  return read.all(kBrands, {}, [&](const storage::Row& row) {
    Brand b{row.id<BrandId>(0), row.str(1), 0};
    if (const auto it = count.find(b.id.value); it != count.end()) b.products = it->second;
    return b;
  });
}

std::optional<BrandId> brand_named(storage::Read& read, std::string_view name) {
  const auto id = read.scalar(kFindBrand, {name});
  if (!id) return std::nullopt;
  return BrandId{*id};
}

}  // namespace fondaco::catalog
