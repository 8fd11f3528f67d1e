#include <fondaco/logistics.h>

#include <fondaco/base/check.h>
#include <fondaco/base/json.h>

#include <map>

namespace fondaco::logistics {
namespace {

constexpr storage::Sql kInsert{"logistics.shipment_insert", R"sql(
  INSERT INTO logistics_shipment
    (shard, id, order_id, merchant_id, refund_id, carrier, tracking, state, lines, sent_at,
     delivered_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11))sql"};
constexpr storage::Sql kOne{"logistics.shipment", R"sql(
  SELECT id, order_id, merchant_id, refund_id, carrier, tracking, state, lines, sent_at,
         delivered_at
    FROM logistics_shipment WHERE shard = $1 AND id = $2)sql"};
constexpr storage::Sql kOfOrder{"logistics.shipments_of", R"sql(
  SELECT id, order_id, merchant_id, refund_id, carrier, tracking, state, lines, sent_at,
         delivered_at
    FROM logistics_shipment WHERE shard = $1 AND order_id = $2 ORDER BY id)sql"};
constexpr storage::Sql kAll{"logistics.shipments_after", R"sql(
  SELECT id, order_id, merchant_id, refund_id, carrier, tracking, state, lines, sent_at,
         delivered_at
    FROM logistics_shipment WHERE id > $1 ORDER BY id LIMIT $2)sql"};
constexpr storage::Sql kDelivered{"logistics.shipment_delivered", R"sql(
  UPDATE logistics_shipment SET state = $3, delivered_at = $4 WHERE shard = $1 AND id = $2)sql"};

Shipment shipment_of(const storage::Row& row) {
  Shipment s;
  s.id = row.id<ShipmentId>(0);
  s.order = row.id<OrderId>(1);
  s.merchant = row.id<MerchantId>(2);
  s.refund = row.id<RefundId>(3);
  s.carrier = row.str(4);
  s.tracking = row.str(5);
  s.state = static_cast<ShipmentState>(row.integer(6));
  auto lines = read_json<std::vector<ShipmentLine>>(row.text(7));
  FONDACO_CHECK(lines.ok());
  s.lines = std::move(*lines);
  s.sent_at = row.instant(8);
  s.delivered_at = row.instant(9);
  return s;
}

/// Units that nobody has been promised yet must be free.
bool covered(storage::Read& read, const Shipment& s) {
  std::map<StockId, std::int64_t> wanted;
  for (const ShipmentLine& line : s.lines) wanted[StockId{line.stock}] += line.quantity;
  std::vector<StockId> ids;
  for (const auto& [id, quantity] : wanted) ids.push_back(id);
  std::size_t found = 0;
  for (const auto& level : inventory::load(read, ids)) {
    if (level.covers(wanted.at(level.id))) ++found;
  }
  return found == ids.size();
}

}  // namespace

Result<Shipment, Refusal> send(storage::Tx& tx, Shipment s, inventory::Availability* counters) {
  FONDACO_CHECK(!s.lines.empty());
  if (s.refund && !covered(tx, s)) return Refused{Refusal::not_enough_stock};
  inventory::Movement m;
  m.id = tx.next_id<MovementId>(s.order.shard());
  m.reason = inventory::Reason::order_shipped;
  m.ref = s.order.value;
  for (const ShipmentLine& line : s.lines) {
    m.lines.push_back({StockId{line.stock}, -line.quantity, s.refund ? 0 : -line.quantity});
  }
  inventory::apply(tx, m.lines, counters);
  inventory::record(tx, {&m, 1});
  s.id = tx.next_id<ShipmentId>(s.order.shard());
  s.state = ShipmentState::sent;
  s.sent_at = tx.now();
  s.delivered_at = {};
  tx.exec(kInsert, {s.id.shard(), s.id, s.order, s.merchant, s.refund, s.carrier, s.tracking,
                    s.state, json_of(s.lines), s.sent_at, s.delivered_at});
  return s;
}

Result<Shipment, Refusal> deliver(storage::Tx& tx, ShipmentId id, Instant at) {
  auto found = find(tx, id);
  if (!found) return Refused{Refusal::unknown_shipment};
  if (found->state == ShipmentState::delivered) return Refused{Refusal::already_delivered};
  found->state = ShipmentState::delivered;
  found->delivered_at = at;
  tx.exec(kDelivered, {id.shard(), id, found->state, at});
  return std::move(*found);
}

std::optional<Shipment> find(storage::Read& read, ShipmentId id) {
  return read.first(kOne, {id.shard(), id}, shipment_of);
}

std::vector<Shipment> shipments_of(storage::Read& read, OrderId order) {
  return read.all(kOfOrder, {order.shard(), order}, shipment_of);
}

void verify(storage::Read& read, storage::Findings& findings) {
  constexpr std::int64_t kPage = 1000;
  std::int64_t after = -1;
  for (;;) {
    const auto page = read.all(kAll, {after, kPage}, shipment_of);
    if (page.empty()) return;
    after = page.back().id.value;
    for (const Shipment& s : page) {
      ++findings.checked["shipments"];
      std::int64_t units = 0;
      for (const ShipmentLine& line : s.lines) units += line.quantity;
      if (units < 1) findings.differences.push_back({"units of parcel", to_text(s.id), 1, units});
      if (s.state == ShipmentState::delivered && s.delivered_at < s.sent_at) {
        findings.differences.push_back(
            {"delivery of parcel", to_text(s.id), s.sent_at.us, s.delivered_at.us});
      }
    }
  }
}

}  // namespace fondaco::logistics
