#include "timeline.h"

#include <fondaco/base/json.h>
#include <fondaco/events/orders.h>
#include <fondaco/orders/aftersale.h>
#include <fondaco/storage/publish.h>

namespace fondaco::orders {
namespace {

constexpr std::int64_t kMostEntries = 500;

constexpr storage::Sql kAdd{"orders.timeline_add", R"sql(
  INSERT INTO orders_timeline (shard, id, order_id, at, type, actor, what)
  VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING)sql"};
constexpr storage::Sql kOf{"orders.timeline_of", R"sql(
  SELECT at, type, actor, what FROM orders_timeline
   WHERE shard = $1 AND order_id = $2 ORDER BY id LIMIT $3)sql"};
constexpr storage::Sql kNote{"orders.note_insert", R"sql(
  INSERT INTO orders_note (shard, id, order_id, author, sealed, at)
  VALUES ($1, $2, $3, $4, $5, $6))sql"};
constexpr storage::Sql kNotes{"orders.notes_of", R"sql(
  SELECT id, author, sealed, at FROM orders_note
   WHERE shard = $1 AND order_id = $2 ORDER BY id)sql"};

/// A member's text out of an event's payload; empty when there is none.
std::string member(const boost::json::object& o, std::string_view name) {
  const auto* found = o.if_contains(name);
  return found && found->is_string() ? std::string(found->as_string()) : std::string();
}

/// Words that say what the event was about: no names, no addresses are in these events.
std::string what_of(const storage::StoredEvent& e, const boost::json::object& payload) {
  std::string out;
  const auto add = [&](std::string_view name) {
    const std::string text = member(payload, name);
    if (text.empty()) return;
    out += out.empty() ? "" : " ";
    out += text;
  };
  if (e.type == events::OrderShipped::kType) {
    for (const auto* name : {"carrier", "tracking"}) add(name);
  } else if (e.type == events::RefundChanged::kType) {
    for (const auto* name : {"kind", "reason", "state"}) add(name);
  } else if (e.type == events::OrderReleased::kType) {
    add("by");
  } else {
    for (const auto* name : {"reason", "state"}) add(name);
  }
  return out;
}

void list(storage::Tx& tx, std::span<const storage::StoredEvent> stored) {
  for (const auto& e : stored) {
    boost::system::error_code error;
    const auto parsed = boost::json::parse(e.payload, error);
    if (error || !parsed.is_object()) continue;
    const auto order = id_from_text<OrderId>(member(parsed.as_object(), "order"));
    if (!order) continue;
    // Unique as (node, seq) is; nodes have four bits.
    const std::int64_t id = e.seq * 16 + e.node;
    tx.exec(kAdd, {order->shard(), id, *order, e.occurred_at, e.type, e.actor,
                   what_of(e, parsed.as_object())});
  }
}

}  // namespace

void subscribe_timeline(storage::Store& store) {
  const auto name = [](auto e) { return std::string(decltype(e)::kType); };
  store.outbox().once(
      "orders.timeline",
      {name(events::OrderPlaced{}), name(events::OrderPaid{}), name(events::OrderCancelled{}),
       name(events::OrderShipped{}), name(events::OrderDelivered{}), name(events::OrderReleased{}),
       name(events::OrderFinished{}), name(events::OrderRefunded{}), name(events::OrderNoted{}),
       name(events::RefundChanged{})},
      store.derived(), list);
}

std::vector<TimelineEntry> timeline_of(storage::Read& derived, OrderId order) {
  return derived.all(kOf, {order.shard(), order, kMostEntries}, [](const storage::Row& row) {
    return TimelineEntry{row.instant(0), row.str(1), row.str(2), row.str(3)};
  });
}

void add_note(storage::Tx& tx, const Order& order, std::string_view sealed) {
  const std::int64_t id = tx.next_id<OrderId>(order.id.shard()).value;
  tx.exec(kNote, {order.id.shard(), id, order.id, tx.actor(), storage::Blob{sealed}, tx.now()});
  storage::publish(tx, order.id.value, order.version, events::OrderNoted{order.id, order.merchant});
}

std::vector<Note> notes_of(storage::Read& read, OrderId order) {
  return read.all(kNotes, {order.shard(), order}, [](const storage::Row& row) {
    return Note{row.integer(0), row.str(1), std::string(row.blob(2)), row.instant(3)};
  });
}

}  // namespace fondaco::orders
