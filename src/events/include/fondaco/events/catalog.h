// What catalog publishes. Depends on base. Additive only; no personal data.
#pragma once

#include <fondaco/base/ids.h>

#include <boost/describe.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace fondaco::events {

/// A product or one of its variants is new or not what it was; consumers read it again.
/// Entity is the product, entity_version its version. One per product and transaction.
struct ProductChanged {
  static constexpr std::string_view kType = "catalog.product_changed";
  static constexpr int kVersion = 1;
  ProductId product_id;
  MerchantId owner;
  std::int64_t version = 0;
  std::string status;  // draft, active, archived
};
BOOST_DESCRIBE_STRUCT(ProductChanged, (), (product_id, owner, version, status))

}  // namespace fondaco::events
