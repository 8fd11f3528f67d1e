#include "api_json.h"

#include <fondaco/base/text.h>
#include <fondaco/http/server.h>

#include <algorithm>

namespace fondaco::orders {

using http::Context;
using http::Idempotency;
using http::Method;
using http::Owner;
using http::problem;
using http::Rate;
using http::Response;
using http::Route;
using http::schema_of;

struct ParcelLineIn {
  std::int64_t line = 0;
  std::int64_t quantity = 0;
};
BOOST_DESCRIBE_STRUCT(ParcelLineIn, (), (line, quantity))

struct ParcelIn {
  std::string carrier;
  std::optional<std::string> tracking;
  std::optional<DeliveryKind> delivery;
  std::optional<std::vector<ParcelLineIn>> lines;
};
BOOST_DESCRIBE_STRUCT(ParcelIn, (), (carrier, tracking, delivery, lines))

struct ParcelLineOut {
  std::int64_t line = 0;
  std::int64_t quantity = 0;
  std::string title;
};
BOOST_DESCRIBE_STRUCT(ParcelLineOut, (), (line, quantity, title))

struct ParcelOut {
  ShipmentId id;
  OrderId order;
  std::string carrier;
  std::string tracking;
  std::string state;
  std::vector<ParcelLineOut> lines;
  Instant sent_at;
  std::optional<Instant> delivered_at;
  std::optional<RefundId> refund;  // For which it is a replacement.
};
BOOST_DESCRIBE_STRUCT(ParcelOut, (),
                      (id, order, carrier, tracking, state, lines, sent_at, delivered_at, refund))

struct ParcelListOut {
  std::vector<ParcelOut> data;
};
BOOST_DESCRIBE_STRUCT(ParcelListOut, (), (data))

struct ReceiptIn {
  std::optional<std::vector<std::int64_t>> lines;
};
BOOST_DESCRIBE_STRUCT(ReceiptIn, (), (lines))

struct PartOut {
  std::int64_t line = 0;  // -1: the shipping.
  std::string state;      // held, frozen, released, returned
  Money paid;
  Money refunded;
  Money held;
  std::int64_t sent = 0;
  std::int64_t left_to_send = 0;
  std::optional<Instant> released_by;  // When it is released by itself.
  std::optional<Instant> received_at;
  std::optional<RefundId> refund;
};
BOOST_DESCRIBE_STRUCT(PartOut, (),
                      (line, state, paid, refunded, held, sent, left_to_send, released_by,
                       received_at, refund))

struct EscrowOut {
  std::string state;
  std::vector<PartOut> parts;
};
BOOST_DESCRIBE_STRUCT(EscrowOut, (), (state, parts))

struct TimelineOut {
  Instant at;
  std::string type;
  std::string by;                    // buyer, staff, house
  std::optional<std::string> actor;  // For the merchant's staff and the operator.
  std::string what;
};
BOOST_DESCRIBE_STRUCT(TimelineOut, (), (at, type, by, actor, what))

struct TimelineListOut {
  std::vector<TimelineOut> data;
};
BOOST_DESCRIBE_STRUCT(TimelineListOut, (), (data))

struct NoteIn {
  std::string text;
};
BOOST_DESCRIBE_STRUCT(NoteIn, (), (text))

struct NoteOut {
  Instant at;
  std::string author;
  std::string text;
};
BOOST_DESCRIBE_STRUCT(NoteOut, (), (at, author, text))

struct NoteListOut {
  std::vector<NoteOut> data;
};
BOOST_DESCRIBE_STRUCT(NoteListOut, (), (data))

namespace {

std::optional<Order> order_named(Context& c) {
  const auto id = c.id_param<OrderId>("id");
  return id ? find_order(c.read(), *id) : std::nullopt;
}

std::optional<MerchantId> merchant_of_order(Context& c) {
  const auto order = order_named(c);
  return order ? std::optional(order->merchant) : std::nullopt;
}

ParcelOut parcel_out(const logistics::Shipment& s, const Order& order) {
  ParcelOut out;
  out.id = s.id;
  out.order = s.order;
  out.carrier = s.carrier;
  out.tracking = s.tracking;
  out.state = boost::describe::enum_to_string(s.state, "unknown");
  for (const auto& line : s.lines) {
    out.lines.push_back(
        {line.line, line.quantity, order.lines[static_cast<std::size_t>(line.line)].title});
  }
  out.sent_at = s.sent_at;
  if (s.delivered_at.us != 0) out.delivered_at = s.delivered_at;
  if (s.refund) out.refund = s.refund;
  return out;
}

Response parcels(const Services& s, Context& c) {
  const auto order = order_named(c);
  if (!order || !may_read(s, c, *order)) return unknown_order();
  ParcelListOut out;
  for (const auto& parcel : logistics::shipments_of(c.read(), order->id)) {
    out.data.push_back(parcel_out(parcel, *order));
  }
  return http::json(json_of(out));
}

std::optional<Response> check_carrier(const std::string& carrier, const std::string& tracking) {
  if (trim(carrier).empty() || carrier.size() > logistics::kMostName) {
    return http::invalid("/carrier", "expected 1 to 80 bytes");
  }
  if (tracking.size() > logistics::kMostName) {
    return http::invalid("/tracking", "expected at most 80 bytes");
  }
  return std::nullopt;
}

http::WritePlan send_parcel(const Services& s, Context& c) {
  auto in = http::body_as<ParcelIn>(c);
  if (!in.ok()) return in.refusal();
  NewParcel parcel;
  parcel.order = *c.id_param<OrderId>("id");  // merchant_of has found it.
  parcel.carrier = in->carrier;
  parcel.tracking = in->tracking.value_or("");
  parcel.delivery = in->delivery.value_or(DeliveryKind::express);
  if (auto bad = check_carrier(parcel.carrier, parcel.tracking)) return std::move(*bad);
  if (parcel.delivery != DeliveryKind::express && parcel.delivery != DeliveryKind::mail) {
    // The shorter times belong to things that are no goods; a merchant cannot choose them.
    return http::invalid("/delivery", "expected one of: express, mail");
  }
  for (const auto& line : in->lines.value_or(std::vector<ParcelLineIn>{})) {
    parcel.lines.push_back({line.line, line.quantity});
  }
  return [s, parcel = std::move(parcel)](storage::Tx& tx) {
    const auto sent = s.aftersale.ship(tx, parcel);
    if (!sent.ok()) return problem_of(sent.refusal());
    return http::json(json_of(parcel_out(*sent, *find_order(tx, parcel.order))), 201);
  };
}

http::WritePlan deliver_parcel(const Services& s, Context& c) {
  const auto id = c.id_param<ShipmentId>("id");
  return [s, id = *id](storage::Tx& tx) {
    const auto order = s.aftersale.deliver(tx, id);
    if (!order.ok()) return problem_of(order.refusal());
    return http::json(json_of(parcel_out(*logistics::find(tx, id), *order)));
  };
}

Response escrow_json(storage::Read& read, const Order& order) {
  EscrowOut out;
  out.state = boost::describe::enum_to_string(order.state, "unknown");
  if (!was_paid(order.state)) return http::json(json_of(out));
  for (const LifePart& p : life_of(read, order).parts) {
    PartOut& part = out.parts.emplace_back();
    const bool returned = !p.released && p.gross > 0 && p.refunded == p.gross;
    part.line = p.line;
    part.state = p.released ? "released" : returned ? "returned" : p.refund ? "frozen" : "held";
    part.paid = order.money(p.gross);
    part.refunded = order.money(p.refunded);
    part.held = order.money(held_of(p));
    part.sent = p.shipped;
    part.left_to_send = p.quantity - p.shipped - p.withdrawn;
    if (p.due != 0) part.released_by = Instant{p.due};
    if (p.received != 0) part.received_at = Instant{p.received};
    if (p.refund) part.refund = p.refund;
  }
  return http::json(json_of(out));
}

http::WritePlan confirm_receipt(const Services& s, Context& c) {
  auto in = http::body_as<ReceiptIn>(c);
  if (!in.ok()) return in.refusal();
  const auto order = order_named(c);
  if (!order || !is_buyer(s, c, *order)) return unknown_order();
  return [s, id = order->id,
          lines = in->lines.value_or(std::vector<std::int64_t>{})](storage::Tx& tx) {
    const auto confirmed = s.aftersale.confirm(tx, id, lines);
    return confirmed.ok() ? escrow_json(tx, *confirmed) : problem_of(confirmed.refusal());
  };
}

Response timeline(const Services& s, Context& c) {
  const auto order = order_named(c);
  if (!order || !may_read(s, c, *order)) return unknown_order();
  const bool staff = c.who().may("orders.read", order->merchant);
  TimelineListOut out;
  auto derived = s.store.derived().read();
  for (const auto& entry : timeline_of(derived, order->id)) {
    if (!staff && entry.type == "order.noted") continue;
    const bool buyer = entry.actor == to_text(order->person) || entry.actor == "guest" ||
                       entry.actor == "anonymous";
    TimelineOut& t = out.data.emplace_back();
    t.at = entry.at;
    t.type = entry.type;
    t.by = entry.actor.empty() ? "house" : buyer ? "buyer" : "staff";
    if (staff && !entry.actor.empty()) t.actor = entry.actor;
    t.what = entry.what;
  }
  return http::json(json_of(out));
}

http::WritePlan write_note(const Services& s, Context& c) {
  auto in = http::body_as<NoteIn>(c);
  if (!in.ok()) return in.refusal();
  if (trim(in->text).empty() || in->text.size() > kMostText) {
    return http::invalid("/text", "expected 1 to 2000 bytes");
  }
  const auto order = order_named(c);
  std::string sealed = seal_for(s, *order, in->text);
  return [order = *order, sealed = std::move(sealed)](storage::Tx& tx) {
    add_note(tx, order, sealed);
    return http::json("{}", 201);
  };
}

Response notes(const Services& s, Context& c) {
  const auto order = order_named(c);
  NoteListOut out;
  for (const Note& note : notes_of(c.read(), order->id)) {
    out.data.push_back({note.at, note.author, open_for(s, *order, note.sealed).value_or("")});
  }
  return http::json(json_of(out));
}

void mount_parcels(http::Router& router, const Services& s) {
  Route list = order_route(Method::get, "/api/v1/orders/{id}/shipments",
                           {"orders.read", Owner::everyone, Rate::read, Idempotency::safe},
                           "The parcels of an order, oldest first");
  list.response = schema_of<ParcelListOut>();
  list.refusals = {"unknown_order"};
  router.read(list, [s](Context& c) { return parcels(s, c); });

  Route send = order_route(Method::post, "/api/v1/orders/{id}/shipments",
                           {"orders.write", Owner::merchant, Rate::write, Idempotency::optional},
                           "A parcel leaves; without lines: all that is left to send");
  send.request = schema_of<ParcelIn>();
  send.response = schema_of<ParcelOut>();
  send.success = 201;
  send.merchant_of = merchant_of_order;
  send.refusals = {"not_open", "unknown_line", "bad_quantity", "in_refund", "nothing_left"};
  router.write(send, [s](Context& c) { return send_parcel(s, c); });

  Route arrive = order_route(Method::post, "/api/v1/shipments/{id}/delivery",
                             {"orders.write", Owner::merchant, Rate::write, Idempotency::optional},
                             "A parcel has reached the buyer");
  arrive.response = schema_of<ParcelOut>();
  arrive.merchant_of = [](Context& c) -> std::optional<MerchantId> {
    const auto id = c.id_param<ShipmentId>("id");
    const auto parcel = id ? logistics::find(c.read(), *id) : std::nullopt;
    return parcel ? std::optional(parcel->merchant) : std::nullopt;
  };
  arrive.refusals = {"already_delivered", "not_open"};
  router.write(arrive, [s](Context& c) { return deliver_parcel(s, c); });
}

}  // namespace

std::string seal_for(const Services& s, const Order& order,
                     const std::optional<std::string>& text) {
  if (!text || trim(*text).empty() || !s.keyring.exists(order.key)) return {};
  return s.keyring.seal(order.key, *text);
}

std::optional<std::string> open_for(const Services& s, const Order& order,
                                    const std::string& sealed) {
  if (sealed.empty()) return std::nullopt;
  return s.keyring.open(order.key, sealed);
}

void mount_aftersale(http::Router& router, const Services& s) {
  mount_parcels(router, s);

  Route receipt = order_route(Method::post, "/api/v1/orders/{id}/receipt",
                              {"orders.write", Owner::everyone, Rate::write, Idempotency::optional},
                              "The buyer has it: the money of these lines (without: all that was "
                              "sent) is released");
  receipt.request = schema_of<ReceiptIn>();
  receipt.response = schema_of<EscrowOut>();
  receipt.refusals = {"unknown_order", "not_open", "unknown_line", "in_refund", "nothing_left"};
  router.write(receipt, [s](Context& c) { return confirm_receipt(s, c); });

  Route escrow = order_route(Method::get, "/api/v1/orders/{id}/escrow",
                             {"orders.read", Owner::everyone, Rate::read, Idempotency::safe},
                             "What is held of an order, line by line, and when it is released");
  escrow.response = schema_of<EscrowOut>();
  escrow.refusals = {"unknown_order"};
  router.read(escrow, [s](Context& c) {
    const auto order = order_named(c);
    return order && may_read(s, c, *order) ? escrow_json(c.read(), *order) : unknown_order();
  });

  Route time = order_route(Method::get, "/api/v1/orders/{id}/timeline",
                           {"orders.read", Owner::everyone, Rate::read, Idempotency::safe},
                           "What happened to an order and who did it, oldest first");
  time.response = schema_of<TimelineListOut>();
  time.refusals = {"unknown_order"};
  router.read(time, [s](Context& c) { return timeline(s, c); });

  Route note = order_route(Method::post, "/api/v1/orders/{id}/notes",
                           {"orders.write", Owner::merchant, Rate::write, Idempotency::optional},
                           "A note for the staff; the buyer never sees it");
  note.request = schema_of<NoteIn>();
  note.success = 201;
  note.merchant_of = merchant_of_order;
  router.write(note, [s](Context& c) { return write_note(s, c); });

  Route read_notes = order_route(Method::get, "/api/v1/orders/{id}/notes",
                                 {"orders.read", Owner::merchant, Rate::read, Idempotency::safe},
                                 "Notes of the staff, oldest first");
  read_notes.response = schema_of<NoteListOut>();
  read_notes.merchant_of = merchant_of_order;
  router.read(read_notes, [s](Context& c) { return notes(s, c); });
}

Response problem_of(const AftersaleRefusing& r) {
  const auto numbers = [&](std::string_view text) {
    return std::string(text) + (r.what.empty() ? "" : " " + r.what) + " is " +
           std::to_string(r.wanted) + " when " + std::to_string(r.available) + " is left";
  };
  switch (r.reason) {
    case AftersaleRefusal::unknown_order:
      return unknown_order();
    case AftersaleRefusal::unknown_refund:
      return problem(404, "unknown_refund", "there is no such refund, or it is not yours");
    case AftersaleRefusal::unknown_shipment:
      return problem(404, "unknown_shipment", "there is no such parcel");
    case AftersaleRefusal::unknown_line:
      return problem(422, "unknown_line", "the order has no line " + r.what + ", or named twice");
    case AftersaleRefusal::not_open:
      return problem(409, "not_open", "the order is " + r.what);
    case AftersaleRefusal::bad_quantity:
      return problem(422, "bad_quantity", numbers("quantity of line"));
    case AftersaleRefusal::in_refund:
      return problem(409, "in_refund", "line " + r.what + " belongs to an open refund");
    case AftersaleRefusal::nothing_left:
      return problem(409, "nothing_left", "nothing is left to do it with");
    case AftersaleRefusal::not_enough_stock:
      return problem(409, "not_enough_stock", "fewer units are free than would be sent");
    case AftersaleRefusal::already_delivered:
      return problem(409, "already_delivered", "the parcel has arrived already");
    case AftersaleRefusal::wrong_state:
      return problem(409, "wrong_state", "the refund is in state " + r.what);
    case AftersaleRefusal::version_changed:
      return problem(409, "version_changed",
                     "refund_version is " + std::to_string(r.available) + " when " +
                         std::to_string(r.wanted) + " was named",
                     "\"refund_version\":" + std::to_string(r.available));
    case AftersaleRefusal::bad_amount:
      return problem(422, "bad_amount", numbers("amount"));
    case AftersaleRefusal::reason_needed:
      return problem(422, "reason_needed", "the time for giving no reason is over");
    case AftersaleRefusal::not_returnable:
      return problem(422, "not_returnable", "such goods do not go back: " + r.what);
    case AftersaleRefusal::no_withdrawal:
      return problem(422, "no_withdrawal", "there is no right of withdrawal in " + r.what);
    case AftersaleRefusal::unknown_variant:
      return problem(422, "unknown_variant", "the merchant does not sell " + r.what);
    case AftersaleRefusal::dearer:
      return problem(422, "dearer",
                     "it costs " + std::to_string(r.wanted) + " when " +
                         std::to_string(r.available) + " was paid");
    case AftersaleRefusal::payout_not_failed:
      return problem(409, "payout_not_failed", "the payout is " + r.what);
    case AftersaleRefusal::no_wallet:
      return problem(409, "no_wallet", "a guest has no wallet");
  }
  return problem(500, "internal", "an unknown refusal");
}

}  // namespace fondaco::orders
