// Addresses of old shops that lead to products. Depends on catalog.h.
#pragma once

#include <fondaco/catalog.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fondaco::catalog {

inline constexpr std::size_t kMaxPath = 1000;  // Bytes.

/// "https://old.example/products/lamp/?x=1#y" -> "/products/lamp": path only, without a slash at
/// its end. Nothing for what is no path, for the root and for what is longer than kMaxPath.
std::optional<std::string> redirect_path(std::string_view address);

enum class RedirectRefusal {
  bad_path,
  unknown_product,
  path_taken,  // By another merchant.
};
enum class RedirectDone { created, updated, unchanged };

/// The path as redirect_path() gives it. The product must be the merchant's.
Result<RedirectDone, RedirectRefusal> set_redirect(storage::Tx& tx, MerchantId owner,
                                                   std::string_view path, ProductId product);
std::optional<ProductId> redirected(storage::Read& read, std::string_view path);

struct Redirect {
  std::int64_t id = 0;
  std::string path;
  ProductId product;
};
/// In order of id, after `after`, at most `limit`.
std::vector<Redirect> redirects_of(storage::Read& read, MerchantId owner, std::int64_t after,
                                   int limit);

}  // namespace fondaco::catalog
