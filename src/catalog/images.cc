#include <fondaco/catalog/images.h>

#include <algorithm>
#include <set>

namespace fondaco::catalog {
namespace {

constexpr std::string_view kHolder = "catalog.image";
constexpr std::int64_t kFetched = 1;
constexpr std::int64_t kRefused = 2;

constexpr storage::Sql kKnown{"catalog.known_images.batch", R"sql(
  SELECT address FROM catalog_image WHERE shard = $1 AND owner = $2 AND address = $3)sql",
                              R"sql(
  SELECT i.address
    FROM unnest($1::bigint[], $2::bigint[], $3::text[]) q(shard, owner, address)
    JOIN catalog_image i ON i.shard = q.shard AND i.owner = q.owner AND i.address = q.address)sql"};
constexpr storage::Sql kFind{"catalog.find_image", R"sql(
  SELECT id, state, sha256, media_type FROM catalog_image
   WHERE shard = $1 AND owner = $2 AND address = $3)sql"};
constexpr storage::Sql kAdd{"catalog.add_image", R"sql(
  INSERT INTO catalog_image (shard, id, owner, address, state, sha256, media_type, why, updated_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9))sql"};
constexpr storage::Sql kSet{"catalog.set_image", R"sql(
  UPDATE catalog_image SET state = $3, sha256 = $4, media_type = $5, why = $6, updated_at = $7
   WHERE shard = $1 AND id = $2)sql"};

struct Stored {
  MediaId id;
  std::int64_t state = 0;
  std::string sha256;
  std::string media_type;
};

std::optional<Stored> find(storage::Read& read, MerchantId owner, std::string_view address) {
  return read.first(kFind, {owner.shard(), owner, address}, [](const storage::Row& row) {
    return Stored{row.id<MediaId>(0), row.integer(1), row.str(2), row.str(3)};
  });
}

bool is_absolute(std::string_view address) {
  return address.starts_with("http://") || address.starts_with("https://");
}

/// The row of the address, made or changed.
MediaId put(storage::Tx& tx, MerchantId owner, std::string_view address, const Stored& wanted,
            std::string_view why) {
  const auto old = find(tx, owner, address);
  if (old) {
    tx.exec(kSet, {owner.shard(), old->id, wanted.state, wanted.sha256, wanted.media_type, why,
                   tx.now()});
    return old->id;
  }
  const auto id = tx.next_id<MediaId>(owner.shard());
  tx.exec(kAdd, {owner.shard(), id, owner, address, wanted.state, wanted.sha256, wanted.media_type,
                 why, tx.now()});
  return id;
}

}  // namespace

std::vector<std::string> images_to_fetch(storage::Read& read, MerchantId owner, ImageWalk& walk,
                                         int most_products) {
  Listing listing;
  listing.owner = owner;
  listing.after = walk.after;
  listing.limit = most_products;
  const auto ids = list_products(read, listing);
  walk.ended = ids.empty();
  if (walk.ended) return {};
  walk.after = ids.back();
  std::set<std::string> wanted;
  for (const auto& p : products(read, ids)) {
    for (const auto& image : p.media) {
      if (is_absolute(image.src)) wanted.insert(image.src);
    }
    for (const auto& v : p.variants) {
      if (is_absolute(v.image)) wanted.insert(v.image);
    }
  }
  if (wanted.empty()) return {};
  const auto known = read.lookup(kKnown);
  for (const auto& address : wanted) known->add({owner.shard(), owner, address});
  std::vector<std::string> found;
  known->run([&](const storage::Row& row) { found.push_back(row.str(0)); });
  for (const auto& address : found) wanted.erase(address);
  return {wanted.begin(), wanted.end()};
}

void record_fetched_image(storage::Tx& tx, storage::Blobs& blobs, MerchantId owner,
                          std::string_view address, const storage::BlobInfo& blob) {
  const auto old = find(tx, owner, address);
  const auto id =
      put(tx, owner, address,
          {{}, kFetched, blob.sha256, std::string(storage::media_type_of(blob.type))}, "");
  if (old && !old->sha256.empty() && old->sha256 != blob.sha256) {
    blobs.release(tx, old->sha256, kHolder, id.value);
  }
  blobs.refer(tx, blob, kHolder, id.value);
}

void record_refused_image(storage::Tx& tx, MerchantId owner, std::string_view address,
                          std::string_view why) {
  put(tx, owner, address, {{}, kRefused, "", ""}, why);
}

std::optional<FetchedImage> fetched_image(storage::Read& read, MerchantId owner,
                                          std::string_view address) {
  const auto stored = find(read, owner, address);
  if (!stored || stored->state != kFetched) return std::nullopt;
  return FetchedImage{stored->sha256, stored->media_type};
}

}  // namespace fondaco::catalog
