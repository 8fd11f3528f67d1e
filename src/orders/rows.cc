#include "rows.h"

#include <fondaco/base/check.h>
#include <fondaco/base/json.h>
#include <fondaco/base/text.h>
#include <fondaco/events/orders.h>
#include <fondaco/storage/publish.h>

#include <algorithm>

namespace fondaco::orders {
namespace {

constexpr storage::Sql kInsertGroup{"orders.group_insert.batch", R"sql(
  INSERT INTO orders_group
    (shard, id, person_id, payment_id, state, currency, total, orders, key_hash, body_hash,
     action, placed_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12))sql",
                                    R"sql(
  INSERT INTO orders_group
    (shard, id, person_id, payment_id, state, currency, total, orders, key_hash, body_hash,
     action, placed_at)
  SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[],
    $6::text[], $7::bigint[], $8::text[], $9::bytea[], $10::bytea[], $11::text[],
    $12::bigint[]))sql"};

constexpr storage::Sql kInsertOrder{"orders.order_insert.batch", R"sql(
  INSERT INTO orders_order
    (shard, id, group_id, merchant_id, person_id, state, currency, items, shipping, tax,
     tax_included, total, commission, shipping_method, country, lines, key_id, contact,
     placed_at, version, discount, platform_discount, payment_fee, fee_version, details)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
          $20, $21, $22, $23, $24, $25))sql",
                                    R"sql(
  INSERT INTO orders_order
    (shard, id, group_id, merchant_id, person_id, state, currency, items, shipping, tax,
     tax_included, total, commission, shipping_method, country, lines, key_id, contact,
     placed_at, version, discount, platform_discount, payment_fee, fee_version, details)
  SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[],
    $6::bigint[], $7::text[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[],
    $12::bigint[], $13::bigint[], $14::text[], $15::text[], $16::text[], $17::bigint[],
    $18::bytea[], $19::bigint[], $20::bigint[], $21::bigint[], $22::bigint[], $23::bigint[],
    $24::bigint[], $25::text[]))sql"};

constexpr storage::Sql kOrderState{"orders.order_state.batch", R"sql(
  UPDATE orders_order SET state = $3, version = version + 1 WHERE shard = $1 AND id = $2)sql",
                                   R"sql(
  UPDATE orders_order o SET state = q.state, version = o.version + 1
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) q(shard, id, state)
   WHERE o.shard = q.shard AND o.id = q.id)sql"};

constexpr storage::Sql kLock{"orders.order_lock", R"sql(
  UPDATE orders_order SET version = version WHERE shard = $1 AND id = $2)sql"};

constexpr storage::Sql kGroupState{"orders.group_state.batch", R"sql(
  UPDATE orders_group SET state = $3 WHERE shard = $1 AND id = $2)sql",
                                   R"sql(
  UPDATE orders_group g SET state = q.state
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) q(shard, id, state)
   WHERE g.shard = q.shard AND g.id = q.id)sql"};

constexpr storage::Sql kAction{"orders.group_action", R"sql(
  UPDATE orders_group SET action = $3 WHERE shard = $1 AND id = $2)sql"};

constexpr storage::Sql kGroups{"orders.group_load.batch", R"sql(
  SELECT id, person_id, payment_id, state, currency, total, orders, key_hash, body_hash, action,
         placed_at
    FROM orders_group WHERE shard = $1 AND id = $2)sql",
                               R"sql(
  SELECT g.id, g.person_id, g.payment_id, g.state, g.currency, g.total, g.orders, g.key_hash,
         g.body_hash, g.action, g.placed_at
    FROM unnest($1::bigint[], $2::bigint[]) q(shard, id)
    JOIN orders_group g ON g.shard = q.shard AND g.id = q.id)sql"};

constexpr storage::Sql kOrders{"orders.order_load.batch", R"sql(
  SELECT id, group_id, merchant_id, person_id, state, currency, items, shipping, tax,
         tax_included, total, commission, shipping_method, country, lines, key_id, contact,
         placed_at, version, discount, platform_discount, payment_fee, fee_version, details
    FROM orders_order WHERE shard = $1 AND id = $2)sql",
                               R"sql(
  SELECT o.id, o.group_id, o.merchant_id, o.person_id, o.state, o.currency, o.items, o.shipping,
         o.tax, o.tax_included, o.total, o.commission, o.shipping_method, o.country, o.lines,
         o.key_id, o.contact, o.placed_at, o.version, o.discount, o.platform_discount,
         o.payment_fee, o.fee_version, o.details
    FROM unnest($1::bigint[], $2::bigint[]) q(shard, id)
    JOIN orders_order o ON o.shard = q.shard AND o.id = q.id)sql"};

std::string ids_text(const std::vector<OrderId>& ids) {
  std::string out;
  for (const OrderId id : ids) {
    if (!out.empty()) out += ',';
    out += std::to_string(id.value);
  }
  return out;
}

/// Nothing for the usual order.
std::string details_text(const Order& order) {
  return order.details == OrderDetails{} ? std::string() : json_of(order.details);
}

OrderDetails details_from(std::string_view text) {
  if (text.empty()) return {};
  auto details = read_stored<OrderDetails>(text);
  FONDACO_CHECK(details.ok());
  return std::move(*details);
}

std::vector<OrderId> ids_from(std::string_view text) {
  std::vector<OrderId> out;
  for (const std::string_view part : split(text, ',')) {
    const auto value = parse_int(part);
    FONDACO_CHECK(value.has_value());
    out.push_back({*value});
  }
  return out;
}

Group group_of(const storage::Row& row) {
  Group g;
  g.id = row.id<OrderGroupId>(0);
  g.person = row.id<PersonId>(1);
  g.payment = row.id<PaymentId>(2);
  g.state = static_cast<OrderState>(row.integer(3));
  g.total = {row.integer(5), row.currency(4)};
  g.orders = ids_from(row.text(6));
  g.key_hash = row.blob(7);
  g.body_hash = row.blob(8);
  g.action = row.str(9);
  g.placed_at = row.instant(10);
  return g;
}

Order order_of(const storage::Row& row) {
  Order o;
  o.id = row.id<OrderId>(0);
  o.group = row.id<OrderGroupId>(1);
  o.merchant = row.id<MerchantId>(2);
  o.person = row.id<PersonId>(3);
  o.state = static_cast<OrderState>(row.integer(4));
  o.currency = row.currency(5);
  o.items = row.integer(6);
  o.shipping = row.integer(7);
  o.tax = row.integer(8);
  o.tax_included = row.flag(9);
  o.total = row.integer(10);
  o.commission = row.integer(11);
  o.shipping_method = row.str(12);
  o.country = row.str(13);
  auto lines = read_json<std::vector<Line>>(row.text(14));
  FONDACO_CHECK(lines.ok());
  o.lines = std::move(*lines);
  o.key = row.id<KeyId>(15);
  o.contact = row.blob(16);
  o.placed_at = row.instant(17);
  o.version = row.integer(18);
  o.discount = row.integer(19);
  o.platform_discount = row.integer(20);
  o.payment_fee = row.integer(21);
  o.fee_version = row.id<FeeScheduleId>(22);
  o.details = details_from(row.text(23));
  return o;
}

}  // namespace

std::string lines_text(const std::vector<Line>& lines) { return json_of(lines); }

void insert_orders(storage::Tx& tx, std::span<const OrderRow> rows) {
  const auto insert = tx.batch(kInsertOrder);
  for (const auto& [o, lines] : rows) {
    insert->add({o->id.shard(),   o->id,
                 o->group,        o->merchant,
                 o->person,       o->state,
                 o->currency,     o->items,
                 o->shipping,     o->tax,
                 o->tax_included, o->total,
                 o->commission,   o->shipping_method,
                 o->country,      lines,
                 o->key,          storage::Blob{o->contact},
                 o->placed_at,    o->version,
                 o->discount,     o->platform_discount,
                 o->payment_fee,  o->fee_version,
                 details_text(*o)});
  }
  insert->finish();
}

void insert_groups(storage::Tx& tx, std::span<const Group* const> groups) {
  const auto insert = tx.batch(kInsertGroup);
  for (const Group* g : groups) {
    insert->add({g->id.shard(), g->id, g->person, g->payment, g->state, g->total.currency,
                 g->total.minor, ids_text(g->orders), storage::Blob{g->key_hash},
                 storage::Blob{g->body_hash}, g->action, g->placed_at});
  }
  insert->finish();
}

void lock_order(storage::Tx& tx, OrderId order) {
  // SQLite has one writer only.
  if (tx.engine() == storage::Engine::postgres) tx.exec(kLock, {order.shard(), order});
}

void set_order_states(storage::Tx& tx, std::span<const OrderId> orders, OrderState state) {
  const auto update = tx.batch(kOrderState);
  for (const OrderId id : orders) update->add({id.shard(), id, state});
  update->finish();
}

void set_group_states(storage::Tx& tx, std::span<const OrderGroupId> groups, OrderState state) {
  const auto update = tx.batch(kGroupState);
  for (const OrderGroupId id : groups) update->add({id.shard(), id, state});
  update->finish();
}

void set_action(storage::Tx& tx, OrderGroupId group, std::string_view action) {
  tx.exec(kAction, {group.shard(), group, action});
}

std::vector<Group> load_groups(storage::Read& read, std::span<const OrderGroupId> ids) {
  std::vector<Group> out;
  const auto look = read.lookup(kGroups);
  for (const OrderGroupId id : ids) look->add({id.shard(), id});
  look->run([&](const storage::Row& row) { out.push_back(group_of(row)); });
  return out;
}

std::vector<Order> load_orders(storage::Read& read, std::span<const OrderId> ids) {
  std::vector<Order> out;
  const auto look = read.lookup(kOrders);
  for (const OrderId id : ids) look->add({id.shard(), id});
  look->run([&](const storage::Row& row) { out.push_back(order_of(row)); });
  std::sort(out.begin(), out.end(), [](const Order& a, const Order& b) { return a.id < b.id; });
  return out;
}

std::optional<Order> find_order(storage::Read& read, OrderId id) {
  auto found = load_orders(read, {&id, 1});
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::optional<Group> find_group(storage::Read& read, OrderGroupId id) {
  auto found = load_groups(read, {&id, 1});
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::vector<Order> orders_of(storage::Read& read, const Group& group) {
  return load_orders(read, group.orders);
}

std::vector<ProductId> products_told(std::string_view payload) {
  // Inside a text the quotes of such a member would be escaped, so this is always a line's own.
  constexpr std::string_view kMember = "\"product\":";
  std::vector<ProductId> out;
  for (auto at = payload.find(kMember); at != std::string_view::npos;
       at = payload.find(kMember, at)) {
    at += kMember.size();
    const auto end = payload.find_first_not_of("0123456789", at);
    if (const auto id = parse_int(payload.substr(at, end - at))) out.push_back({*id});
  }
  return out;
}

void publish_placed(storage::Tx& tx, const OrderRow& row) {
  const Order& o = *row.order;
  events::OrderPlaced e;
  e.order = o.id;
  e.group = o.group;
  e.merchant = o.merchant;
  e.person = o.person;
  e.state = static_cast<std::int64_t>(o.state);
  e.currency = o.currency;
  e.items = o.items;
  e.shipping = o.shipping;
  e.tax = o.tax;
  e.tax_included = o.tax_included;
  e.total = o.total;
  e.commission = o.commission;
  e.shipping_method = o.shipping_method;
  e.country = o.country;
  e.lines.text = row.lines;
  e.key = o.key;
  e.contact = to_base64(o.contact);
  e.placed_at = o.placed_at.us;
  e.discount = o.discount;
  e.platform_discount = o.platform_discount;
  e.payment_fee = o.payment_fee;
  e.fee_version = o.fee_version.value;
  e.details = details_text(o);
  storage::publish(tx, o.id.value, o.version, e);
}

}  // namespace fondaco::orders
