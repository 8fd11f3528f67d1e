// Brands and categories by name, found or created once a use case. Private to catalog.
#pragma once

#include <fondaco/catalog.h>

#include <map>
#include <string>

namespace fondaco::catalog {

struct CategoryKnown {
  CategoryId id;
  std::string path_zh;
};

/// Names already resolved. An import keeps one over its batches; each batch works on `fresh` and
/// the import takes it over only after the commit, since a rolled back row has no id.
struct TaxonomyCache {
  std::map<std::string, BrandId, std::less<>> brands;
  std::map<std::string, CategoryKnown, std::less<>> categories;
};

class Taxonomy {
 public:
  explicit Taxonomy(const TaxonomyCache* known = nullptr) : known_(known) {}
  /// 0 for the empty name.
  BrandId brand(storage::Tx& tx, std::string_view name);
  CategoryId category(storage::Tx& tx, std::string_view path, std::string_view path_zh);
  TaxonomyCache& fresh() { return fresh_; }

 private:
  CategoryKnown level(storage::Tx& tx, const std::string& path, const std::string& path_zh,
                      CategoryId parent);
  const TaxonomyCache* known_;
  TaxonomyCache fresh_;
};

/// "A>B > C " as "A > B > C".
std::string tidy_path(std::string_view path);

}  // namespace fondaco::catalog
