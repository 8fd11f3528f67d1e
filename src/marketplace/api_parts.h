// What the files of the REST face share. Private to fondaco_marketplace_api.
#pragma once

#include <fondaco/base/json.h>
#include <fondaco/http/router.h>
#include <fondaco/marketplace.h>
#include <fondaco/marketplace/api.h>
#include <fondaco/shoppers/keyring.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fondaco::marketplace {

class FeeBook;
class Onboarding;

template <class T>
http::Response answer(const T& out, std::int64_t version, int status = 200) {
  return http::json(json_of(out), status).with("ETag", http::etag_of(version));
}

/// Lists are cut one after the page's last row, so that has_more needs no second statement.
template <class Row, class F>
http::Response list(std::vector<Row> rows, int limit, F&& out_of) {
  const bool more = rows.size() > static_cast<std::size_t>(limit);
  if (more) rows.pop_back();
  std::string items;
  for (const Row& row : rows) items += (items.empty() ? "" : ",") + json_of(out_of(row));
  return http::json(http::list_json(items, more));
}

inline std::optional<Merchant> named(storage::Read& read, std::string_view slug_or_id) {
  if (const auto id = id_from_text<MerchantId>(slug_or_id)) return find_merchant(read, *id);
  return find_merchant(read, slug_or_id);
}

/// One problem+json per refusal, exhaustive.
http::Response refused(MerchantRefusal refusal);

void mount_ratings(http::Router& router);
void mount_vendors(http::Router& router);
void mount_fees(http::Router& router, FeeBook& fees);
void mount_onboarding(http::Router& router, const Services& services);

}  // namespace fondaco::marketplace
