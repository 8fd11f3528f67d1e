// A merchant's feed with what the modules above catalog know. Depends on catalog, marketplace,
// orders (shipping).
#pragma once

#include <fondaco/catalog/feed.h>
#include <fondaco/marketplace.h>

namespace fondaco::server {

catalog::FeedResult write_feed(storage::Read& read, const marketplace::Merchant& merchant,
                               const std::string& base_url, std::int64_t most_items,
                               const std::function<void(std::string_view)>& write);

}  // namespace fondaco::server
