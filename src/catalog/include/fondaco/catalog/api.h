// The REST face of catalog. Depends on http (library fondaco_catalog_api).
#pragma once

#include <fondaco/base/json_write.h>
#include <fondaco/catalog.h>
#include <fondaco/storage/blobs.h>
#include <fondaco/storage/store.h>

#include <functional>
#include <optional>
#include <string_view>

namespace fondaco::http {
class Router;
}
namespace fondaco::catalog {

/// References must outlive the router.
struct Services {
  storage::Store& store;
  /// Writes one JSON value: what modules above say of a variant (offers: price, stock). It stands
  /// as member "offers" of each variant; without it that is [].
  std::function<void(JsonWriter&, storage::Read&, VariantId)> offers = {};
  /// Who a slug means in {merchant} and ?merchant=; without it only ids are understood.
  std::function<std::optional<MerchantId>(storage::Read&, std::string_view)> merchant_named = {};
  /// Pictures that were fetched; without it a product that names a far picture shows the
  /// generated one.
  storage::Blobs* blobs = nullptr;
};

/// Public: products, one product, categories, generated pictures; active products only.
/// Scopes catalog.read and catalog.write, owner merchant: a merchant's own products.
void mount(http::Router& router, Services services);

}  // namespace fondaco::catalog
