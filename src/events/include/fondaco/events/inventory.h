// What inventory tells everyone. Depends on base. Additive only: a released member stays.
#pragma once

#include <fondaco/base/ids.h>

#include <boost/describe.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fondaco::events {

/// One stock row of a movement: what changed and what it came to.
struct StockMovedLine {
  StockId stock;
  VariantId variant;
  PlaceId place;
  std::int64_t on_hand_delta = 0;
  std::int64_t reserved_delta = 0;
  std::int64_t on_hand = 0;   // After the movement.
  std::int64_t reserved = 0;  // After the movement.
};
BOOST_DESCRIBE_STRUCT(StockMovedLine, (),
                      (stock, variant, place, on_hand_delta, reserved_delta, on_hand, reserved))

/// Units moved by an ordinary use case of inventory; entity is the movement. Movements of orders
/// are told by the events of orders.
struct StockMoved {
  static constexpr std::string_view kType = "inventory.stock_moved";
  static constexpr int kVersion = 1;
  MovementId movement;
  std::string reason;     // Name of inventory::Reason.
  std::int64_t ref = 0;   // Order, job or reservation; 0 without.
  std::int64_t rows = 0;  // Stock rows moved.
  /// Empty when more than 100 rows moved (imports): then read the movement.
  std::vector<StockMovedLine> lines;
};
BOOST_DESCRIBE_STRUCT(StockMoved, (), (movement, reason, ref, rows, lines))

/// A merchant has a new place; entity is the place.
struct PlaceCreated {
  static constexpr std::string_view kType = "inventory.place_created";
  static constexpr int kVersion = 1;
  PlaceId place;
  MerchantId merchant;
  std::string kind;  // Name of inventory::PlaceKind.
};
BOOST_DESCRIBE_STRUCT(PlaceCreated, (), (place, merchant, kind))

}  // namespace fondaco::events
