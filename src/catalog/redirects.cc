#include <fondaco/catalog/redirects.h>

#include <fondaco/base/text.h>

#include <algorithm>

namespace fondaco::catalog {
namespace {

constexpr storage::Sql kFind{"catalog.find_redirect", R"sql(
  SELECT owner, product_id FROM catalog_redirect WHERE path = $1)sql"};
constexpr storage::Sql kAdd{"catalog.add_redirect", R"sql(
  INSERT INTO catalog_redirect (id, owner, path, product_id) VALUES ($1, $2, $3, $4))sql"};
constexpr storage::Sql kSet{"catalog.set_redirect", R"sql(
  UPDATE catalog_redirect SET product_id = $2 WHERE path = $1)sql"};
constexpr storage::Sql kOfOwner{"catalog.redirects_of_owner", R"sql(
  SELECT id, path, product_id FROM catalog_redirect
   WHERE owner = $1 AND id > $2 ORDER BY id LIMIT $3)sql"};

}  // namespace

std::optional<std::string> redirect_path(std::string_view address) {
  auto path = trim(address);
  if (const auto scheme = path.find("://"); scheme != std::string_view::npos) {
    path.remove_prefix(scheme + 3);
    path.remove_prefix(std::min(path.find('/'), path.size()));
  }
  path = path.substr(0, path.find_first_of("?#"));
  while (path.ends_with('/')) path.remove_suffix(1);
  const bool plain = std::none_of(path.begin(), path.end(),
                                  [](char c) { return static_cast<unsigned char>(c) <= ' '; });
  if (path.size() < 2 || path.front() != '/' || path.size() > kMaxPath || !plain ||
      !is_utf8(path)) {
    return std::nullopt;
  }
  return std::string(path);
}

Result<RedirectDone, RedirectRefusal> set_redirect(storage::Tx& tx, MerchantId owner,
                                                   std::string_view path, ProductId product_id) {
  if (redirect_path(path) != path) return Refused{RedirectRefusal::bad_path};
  const auto found = product(tx, product_id);
  if (!found || found->owner != owner) return Refused{RedirectRefusal::unknown_product};
  struct Old {
    MerchantId owner;
    ProductId product;
  };
  const auto old = tx.first(kFind, {path}, [](const storage::Row& row) {
    return Old{row.id<MerchantId>(0), row.id<ProductId>(1)};
  });
  if (!old) {
    tx.exec(kAdd, {tx.next_id<MediaId>(), owner, path, product_id});
    return RedirectDone::created;
  }
  if (old->owner != owner) return Refused{RedirectRefusal::path_taken};
  if (old->product == product_id) return RedirectDone::unchanged;
  tx.exec(kSet, {path, product_id});
  return RedirectDone::updated;
}

std::optional<ProductId> redirected(storage::Read& read, std::string_view path) {
  return read.first(kFind, {path}, [](const storage::Row& row) { return row.id<ProductId>(1); });
}

std::vector<Redirect> redirects_of(storage::Read& read, MerchantId owner, std::int64_t after,
                                   int limit) {
  return read.all(kOfOwner, {owner, after, limit}, [](const storage::Row& row) {
    return Redirect{row.integer(0), row.str(1), row.id<ProductId>(2)};
  });
}

}  // namespace fondaco::catalog
