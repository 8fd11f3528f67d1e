#include "feed.h"

#include "import_sink.h"

#include <fondaco/orders/pricing.h>

namespace fondaco::server {

catalog::FeedResult write_feed(storage::Read& read, const marketplace::Merchant& merchant,
                               const std::string& base_url, std::int64_t most_items,
                               const std::function<void(std::string_view)>& write) {
  catalog::FeedOptions options;
  options.title = merchant.name;
  options.base_url = base_url;
  options.most_items = most_items;
  if (const auto price = orders::shipping_price("standard", merchant.currency)) {
    options.shipping.push_back({merchant.country, "standard", *price});
  }
  ExportSource source(import_place(read, merchant));
  return catalog::export_google(read, merchant.id, source, options, write);
}

}  // namespace fondaco::server
