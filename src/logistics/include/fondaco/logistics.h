// Parcels: which units of an order left with which carrier, and whether they arrived. Depends on
// base, storage, inventory.
//
// Invariant: the units of a parcel were taken off the shelf in the transaction that wrote it
// (inventory movement order_shipped, ref = order).
#pragma once

#include <fondaco/base/ids.h>
#include <fondaco/base/result.h>
#include <fondaco/inventory.h>
#include <fondaco/storage/findings.h>
#include <fondaco/storage/migration.h>
#include <fondaco/storage/tx.h>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fondaco::logistics {

inline constexpr std::size_t kMostName = 80;  // Bytes of a carrier's name or a tracking number.

/// Stored as numbers: a released number keeps its meaning.
enum class ShipmentState { sent = 1, delivered = 2 };
BOOST_DESCRIBE_ENUM(ShipmentState, sent, delivered)

struct ShipmentLine {
  std::int64_t line = 0;   // Of the order, from 0.
  std::int64_t stock = 0;  // StockId
  std::int64_t quantity = 0;
};
BOOST_DESCRIBE_STRUCT(ShipmentLine, (), (line, stock, quantity))

struct Shipment {
  ShipmentId id;  // Of the order's shard.
  OrderId order;
  MerchantId merchant;
  RefundId refund;  // Set for what replaces goods: these units had not been promised before.
  std::string carrier;
  std::string tracking;
  ShipmentState state = ShipmentState::sent;
  std::vector<ShipmentLine> lines;
  Instant sent_at;
  Instant delivered_at;  // 0 until then.
};

enum class Refusal {
  unknown_shipment,
  already_delivered,
  not_enough_stock,  // For a replacement: fewer units are free.
};

/// Takes the units (promised ones unless `refund` is set) and writes the parcel; `id`, `state` and
/// times are set here. Publishes nothing: orders tells it. Refuses not_enough_stock.
Result<Shipment, Refusal> send(storage::Tx& tx, Shipment wanted,
                               inventory::Availability* counters = nullptr);
/// Refuses unknown_shipment, already_delivered.
Result<Shipment, Refusal> deliver(storage::Tx& tx, ShipmentId id, Instant at);

std::optional<Shipment> find(storage::Read& read, ShipmentId id);
/// Of one order, oldest first. Cost: an index over the order.
std::vector<Shipment> shipments_of(storage::Read& read, OrderId order);

/// Counts "shipments"; a parcel without lines or delivered before it was sent is a difference.
void verify(storage::Read& read, storage::Findings& findings);

std::vector<storage::Migration> migrations();

}  // namespace fondaco::logistics
