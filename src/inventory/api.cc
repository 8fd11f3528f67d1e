#include <fondaco/base/text.h>
#include <fondaco/http/router.h>
#include <fondaco/inventory/api.h>

namespace fondaco::inventory {

BOOST_DESCRIBE_ENUM(PlaceKind, warehouse, store, pickup_point, locker, in_transit)

namespace {

using http::Context;
using http::Response;

/// Reasons that a person may give; all others belong to use cases.
enum class AdjustmentReason { counted, received, damaged, lost, found, corrected };
BOOST_DESCRIBE_ENUM(AdjustmentReason, counted, received, damaged, lost, found, corrected)

struct StockOut {
  StockId id;
  VariantId variant;
  PlaceId place;
  std::int64_t on_hand = 0;
  std::int64_t reserved = 0;
  std::int64_t available = 0;
  bool deduct_on_payment = false;
  bool oversell = false;
};
BOOST_DESCRIBE_STRUCT(StockOut, (),
                      (id, variant, place, on_hand, reserved, available, deduct_on_payment,
                       oversell))

struct StockMovementOut {
  MovementId id;
  Instant at;
  std::string reason;
  std::optional<std::string> ref;
  std::string actor;
  std::int64_t on_hand_delta = 0;
  std::int64_t reserved_delta = 0;
  std::int64_t on_hand = 0;
  std::int64_t reserved = 0;
};
BOOST_DESCRIBE_STRUCT(StockMovementOut, (),
                      (id, at, reason, ref, actor, on_hand_delta, reserved_delta, on_hand,
                       reserved))

/// The rows above explain on_hand up to pending_*, which is 0 at rest.
struct StockMovementsOut {
  std::vector<StockMovementOut> data;
  bool has_more = false;
  std::int64_t pending_on_hand = 0;
  std::int64_t pending_reserved = 0;
};
BOOST_DESCRIBE_STRUCT(StockMovementsOut, (), (data, has_more, pending_on_hand, pending_reserved))

/// Exactly one of the two: what was counted, or by how much it changes.
struct StockAdjustmentIn {
  std::optional<std::int64_t> counted;
  std::optional<std::int64_t> delta;
  std::optional<AdjustmentReason> reason;  // With delta; else it is counted.
};
BOOST_DESCRIBE_STRUCT(StockAdjustmentIn, (), (counted, delta, reason))

struct PlaceIn {
  std::string name;
  PlaceKind kind = PlaceKind::warehouse;
};
BOOST_DESCRIBE_STRUCT(PlaceIn, (), (name, kind))

struct PlaceOut {
  PlaceId id;
  MerchantId merchant;
  std::string name;
  PlaceKind kind = PlaceKind::warehouse;
  bool active = true;
};
BOOST_DESCRIBE_STRUCT(PlaceOut, (), (id, merchant, name, kind, active))

struct PlaceCreatedOut {
  PlaceId id;
};
BOOST_DESCRIBE_STRUCT(PlaceCreatedOut, (), (id))

Response refused(Refusal refusal) {
  switch (refusal) {
    case Refusal::unknown_place:
      return http::problem(404, "unknown_place", "there is no such place");
    case Refusal::unknown_stock:
      return http::problem(404, "unknown_stock", "there is no such stock row");
    case Refusal::unknown_reservation:
      return http::problem(404, "unknown_reservation", "there is no such open reservation");
    case Refusal::not_enough_stock:
      return http::problem(409, "sold_out", "fewer units are free than were asked for");
    case Refusal::below_reserved:
      return http::problem(409, "below_reserved", "more units are promised than would be on hand");
    case Refusal::too_many_places:
      return http::problem(409, "too_many_places",
                           "a merchant has at most " + std::to_string(kMostPlaces) + " places");
    case Refusal::too_many_units:
      return http::problem(409, "too_many_units",
                           "a row holds at most " + std::to_string(kMostUnits) + " units");
  }
  return http::problem(500, "internal_error", "unnamed refusal");
}

std::optional<MerchantId> merchant_of(Context& c) { return c.id_param<MerchantId>("merchant"); }

StockOut out(const StockLevel& l) {
  return {l.id,          l.variant,           l.place,   l.on_hand, l.reserved,
          l.available(), l.deduct_on_payment, l.oversell};
}

/// Reads {id} as a stock row of {merchant}; nothing when it is somebody else's.
std::optional<StockLevel> own_stock(Context& c) {
  const auto id = c.id_param<StockId>("id");
  if (!id) return std::nullopt;
  const auto levels = load(c.read(), {&*id, 1});
  if (levels.empty()) return std::nullopt;
  const auto at = place(c.read(), levels.front().place);
  if (!at || at->merchant != merchant_of(c)) return std::nullopt;
  return levels.front();
}

template <class T>
std::string items(const std::vector<T>& list) {
  std::string all = json_of(list);
  return all.substr(1, all.size() - 2);
}

/// Rows in order of (place, id): the cursor is a stock row, which names its place.
Response list_stock(Context& c) {
  const auto page = http::page_of(c);
  if (!page) return page.refusal();
  const MerchantId merchant = merchant_of(c).value();
  PlaceId at;
  StockId after;
  if (page->starting_after) {
    const auto id = id_from_text<StockId>(*page->starting_after);
    const auto found = id ? load(c.read(), {&*id, 1}) : std::vector<StockLevel>();
    if (found.empty()) return http::invalid("/query/starting_after", "is no stock row");
    at = found.front().place;
    after = found.front().id;
  }
  const std::size_t wanted = static_cast<std::size_t>(page->limit) + 1;
  std::vector<StockOut> rows;
  const auto fill = [&](PlaceId from) {
    const int left = static_cast<int>(wanted - rows.size());
    for (const StockLevel& l : levels_at(c.read(), from, after, left)) rows.push_back(out(l));
    after = {};
  };
  if (at) {
    const auto cursor_place = place(c.read(), at);
    if (!cursor_place || cursor_place->merchant != merchant) {
      return http::invalid("/query/starting_after", "is no stock row of this merchant");
    }
    fill(at);
  }
  while (rows.size() < wanted) {
    const auto places = places_of(c.read(), merchant, at, 100);
    if (places.empty()) break;
    for (const Place& p : places) {
      at = p.id;
      if (rows.size() < wanted) fill(p.id);
    }
  }
  const bool more = rows.size() == wanted;
  if (more) rows.pop_back();
  return http::json(http::list_json(items(rows), more));
}

/// "ord_…" is for those who know what it is; here a ref is a number that explains.
std::optional<std::string> ref_text(std::int64_t ref) {
  if (ref == 0) return std::nullopt;
  return std::to_string(ref);
}

Response list_movements(Context& c, Services s) {
  const auto page = http::page_of(c);
  if (!page) return page.refusal();
  const auto stock = own_stock(c);
  if (!stock) return refused(Refusal::unknown_stock);
  MovementId before;
  if (page->starting_after) {
    const auto id = id_from_text<MovementId>(*page->starting_after);
    if (!id) return http::invalid("/query/starting_after", "is no movement");
    before = *id;
  }
  auto derived = s.store.derived().read();
  const auto found = movements_of(c.read(), derived, stock->id, before, page->limit);
  if (!found) return refused(found.refusal());
  StockMovementsOut body{{}, found->has_more, found->pending_on_hand, found->pending_reserved};
  for (const MovementEntry& e : found->entries) {
    body.data.push_back({e.id, e.at, std::string(name_of(e.reason)), ref_text(e.ref), e.actor,
                         e.on_hand_delta, e.reserved_delta, e.on_hand, e.reserved});
  }
  return http::json(json_of(body));
}

Reason reason_of(AdjustmentReason reason) {
  switch (reason) {
    case AdjustmentReason::counted:
      return Reason::counted;
    case AdjustmentReason::received:
      return Reason::received;
    case AdjustmentReason::damaged:
      return Reason::damaged;
    case AdjustmentReason::lost:
      return Reason::lost;
    case AdjustmentReason::found:
      return Reason::found;
    case AdjustmentReason::corrected:
      return Reason::corrected;
  }
  return Reason::corrected;
}

http::WritePlan post_adjustment(Context& c, Services s) {
  auto body = http::body_as<StockAdjustmentIn>(c);
  if (!body) return body.refusal();
  if (body->counted.has_value() == body->delta.has_value()) {
    return http::invalid("", "exactly one of counted and delta is needed");
  }
  if (body->counted && (*body->counted < 0 || *body->counted > kMostUnits)) {
    return http::invalid("/counted", "is " + std::to_string(*body->counted) +
                                         " when it should be 0 to " + std::to_string(kMostUnits));
  }
  if (body->delta && (*body->delta < -kMostUnits || *body->delta > kMostUnits)) {
    return http::invalid("/delta", "is " + std::to_string(*body->delta) + " when at most " +
                                       std::to_string(kMostUnits) + " units move at once");
  }
  if (body->counted && body->reason && *body->reason != AdjustmentReason::counted) {
    return http::invalid("/reason", "belongs to delta; what was counted says counted");
  }
  const auto stock = own_stock(c);
  if (!stock) return refused(Refusal::unknown_stock);
  return [s, id = stock->id, wanted = *body](storage::Tx& tx) -> Response {
    const Reason reason = reason_of(wanted.reason.value_or(AdjustmentReason::corrected));
    const auto done = wanted.counted ? count(tx, id, *wanted.counted, &s.counters)
                                     : adjust(tx, id, *wanted.delta, reason, 0, &s.counters);
    if (!done) return refused(done.refusal());
    return http::json(json_of(out(*done)));
  };
}

http::WritePlan post_place(Context& c) {
  auto body = http::body_as<PlaceIn>(c);
  if (!body) return body.refusal();
  const std::string name(trim(body->name));
  if (name.empty() || name.size() > 200) {
    return http::invalid(
        "/name", "has " + std::to_string(name.size()) + " bytes when it should have 1 to 200");
  }
  return [place = NewPlace{merchant_of(c).value(), body->kind, name}](storage::Tx& tx) {
    const auto id = create_place(tx, place);
    if (!id) return refused(id.refusal());
    return http::json(json_of(PlaceCreatedOut{*id}), 201);
  };
}

Response list_places(Context& c) {
  const auto page = http::page_of(c);
  if (!page) return page.refusal();
  PlaceId after;
  if (page->starting_after) {
    const auto id = id_from_text<PlaceId>(*page->starting_after);
    if (!id) return http::invalid("/query/starting_after", "is no place");
    after = *id;
  }
  const std::size_t limit = static_cast<std::size_t>(page->limit);
  const auto found = places_of(c.read(), merchant_of(c).value(), after, page->limit + 1);
  std::vector<PlaceOut> rows;
  for (const Place& p : found) {
    if (rows.size() < limit) rows.push_back({p.id, p.merchant, p.name, p.kind, p.active});
  }
  return http::json(http::list_json(items(rows), found.size() > limit));
}

constexpr http::Access kRead{"inventory.read", http::Owner::merchant, http::Rate::read,
                             http::Idempotency::safe};
constexpr http::Access kWrite{"inventory.write", http::Owner::merchant, http::Rate::write,
                              http::Idempotency::optional};

http::Route route(http::Method method, std::string path, http::Access access, std::string summary) {
  http::Route r{method, "/api/v1/merchants/{merchant}" + path, access, std::move(summary), {}, {}};
  r.merchant_of = merchant_of;
  if (access.idempotency == http::Idempotency::safe) {
    r.query = {{"limit", "1 to 100, default 20", "integer"},
               {"starting_after", "id of the last entry of the page before"}};
  }
  return r;
}

}  // namespace

void mount(http::Router& router, Services services) {
  auto stock = route(http::Method::get, "/stock", kRead, "Stock rows of all places");
  stock.response = http::list_schema_of<StockOut>();
  router.read(std::move(stock), list_stock);

  auto movements = route(http::Method::get, "/stock/{id}/movements", kRead,
                         "Why is it 47: what moved a stock row, newest first");
  movements.response = http::schema_of<StockMovementsOut>();
  movements.refusals = {"unknown_stock"};
  router.read(std::move(movements), [services](Context& c) { return list_movements(c, services); });

  auto adjustments = route(http::Method::post, "/stock/{id}/adjustments", kWrite,
                           "Count a stock row, or change it by some units");
  adjustments.request = http::schema_of<StockAdjustmentIn>();
  adjustments.response = http::schema_of<StockOut>();
  adjustments.refusals = {"unknown_stock", "below_reserved", "too_many_units"};
  router.write(std::move(adjustments),
               [services](Context& c) { return post_adjustment(c, services); });

  auto places = route(http::Method::get, "/places", kRead, "Warehouses, stores and lockers");
  places.response = http::list_schema_of<PlaceOut>();
  router.read(std::move(places), list_places);

  auto new_place = route(http::Method::post, "/places", kWrite, "Open a place");
  new_place.request = http::schema_of<PlaceIn>();
  new_place.response = http::schema_of<PlaceCreatedOut>();
  new_place.success = 201;
  new_place.refusals = {"too_many_places"};
  router.write(std::move(new_place), post_place);
}

}  // namespace fondaco::inventory
