// Pictures that products name by address and that were fetched to stand beside us, so that a page
// asks no third party. Depends on catalog.h, blobs.h. Who fetches is above (server).
#pragma once

#include <fondaco/catalog.h>
#include <fondaco/storage/blobs.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fondaco::catalog {

/// Position of a walk over a merchant's products.
struct ImageWalk {
  ProductId after;
  bool ended = false;
};
/// Absolute addresses that the next `most_products` products name and that were neither fetched
/// nor given up, each once.
std::vector<std::string> images_to_fetch(storage::Read& read, MerchantId owner, ImageWalk& walk,
                                         int most_products);
/// The blob must have been put. Saying it again replaces what was known of the address.
void record_fetched_image(storage::Tx& tx, storage::Blobs& blobs, MerchantId owner,
                          std::string_view address, const storage::BlobInfo& blob);
/// Not asked for again.
void record_refused_image(storage::Tx& tx, MerchantId owner, std::string_view address,
                          std::string_view why);

struct FetchedImage {
  std::string sha256;
  std::string media_type;
};
std::optional<FetchedImage> fetched_image(storage::Read& read, MerchantId owner,
                                          std::string_view address);

}  // namespace fondaco::catalog
