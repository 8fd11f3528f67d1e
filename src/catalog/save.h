// Writes many products of one merchant in one go. Private to catalog; save_product() and the
// import both end here, so that there is one place that knows what "changed" means.
#pragma once

#include "taxonomy.h"

#include <optional>
#include <vector>

namespace fondaco::catalog {

enum class Change : std::uint8_t { created, updated, unchanged };

struct PlannedSave {
  std::optional<Product> before;
  /// As it shall be, with brand and category by name; ids and versions are filled in. Variants of
  /// `before` must all be in it.
  Product now;
  Change change = Change::unchanged;
  std::vector<Change> variants;  // Beside now.variants.
};

/// Decides what changed, writes those rows and publishes ProductChanged for each.
void write_products(storage::Tx& tx, std::span<PlannedSave> plans, Taxonomy& taxonomy);

}  // namespace fondaco::catalog
