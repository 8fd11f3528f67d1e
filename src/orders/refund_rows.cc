#include "life.h"

#include <fondaco/base/check.h>
#include <fondaco/base/json.h>
#include <fondaco/events/orders.h>
#include <fondaco/storage/publish.h>

#include <algorithm>

namespace fondaco::orders {
namespace {

constexpr storage::Sql kInsert{"orders.refund_insert", R"sql(
  INSERT INTO orders_refund
    (shard, id, order_id, group_id, merchant_id, person_id, kind, reason, state, after_release,
     payout, payout_tries, lines, shipping, currency, amount, variant_id, carrier, tracking,
     buyer_text, merchant_text, platform_text, return_to, opened_at, due, version)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
          $20, $21, $22, $23, $24, $25, $26))sql"};
constexpr storage::Sql kUpdate{"orders.refund_update", R"sql(
  UPDATE orders_refund
     SET kind = $3, reason = $4, state = $5, after_release = $6, payout = $7, payout_tries = $8,
         lines = $9, shipping = $10, amount = $11, variant_id = $12, carrier = $13, tracking = $14,
         buyer_text = $15, merchant_text = $16, platform_text = $17, return_to = $18, due = $19,
         version = $20 + 1
   WHERE shard = $1 AND id = $2 AND version = $20)sql"};
constexpr storage::Sql kOne{"orders.refund_find", R"sql(
  SELECT id, order_id, group_id, merchant_id, person_id, kind, reason, state, after_release,
         payout, payout_tries, lines, shipping, currency, amount, variant_id, carrier, tracking,
         buyer_text, merchant_text, platform_text, return_to, opened_at, due, version
    FROM orders_refund WHERE shard = $1 AND id = $2)sql"};
constexpr storage::Sql kOfOrders{"orders.refunds_of.batch", R"sql(
  SELECT id, order_id, group_id, merchant_id, person_id, kind, reason, state, after_release,
         payout, payout_tries, lines, shipping, currency, amount, variant_id, carrier, tracking,
         buyer_text, merchant_text, platform_text, return_to, opened_at, due, version
    FROM orders_refund WHERE shard = $1 AND order_id = $2)sql",
                                 R"sql(
  SELECT r.id, r.order_id, r.group_id, r.merchant_id, r.person_id, r.kind, r.reason, r.state,
         r.after_release, r.payout, r.payout_tries, r.lines, r.shipping, r.currency, r.amount,
         r.variant_id, r.carrier, r.tracking, r.buyer_text, r.merchant_text, r.platform_text,
         r.return_to, r.opened_at, r.due, r.version
    FROM unnest($1::bigint[], $2::bigint[]) q(shard, id)
    JOIN orders_refund r ON r.shard = q.shard AND r.order_id = q.id)sql"};
constexpr storage::Sql kOfMerchant{"orders.refunds_of_merchant", R"sql(
  SELECT id, order_id, group_id, merchant_id, person_id, kind, reason, state, after_release,
         payout, payout_tries, lines, shipping, currency, amount, variant_id, carrier, tracking,
         buyer_text, merchant_text, platform_text, return_to, opened_at, due, version
    FROM orders_refund WHERE merchant_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3)sql"};
constexpr storage::Sql kInState{"orders.refunds_in_state", R"sql(
  SELECT id, order_id, group_id, merchant_id, person_id, kind, reason, state, after_release,
         payout, payout_tries, lines, shipping, currency, amount, variant_id, carrier, tracking,
         buyer_text, merchant_text, platform_text, return_to, opened_at, due, version
    FROM orders_refund WHERE state = $1 AND id > $2 ORDER BY id LIMIT $3)sql"};

Refund refund_of(const storage::Row& row) {
  Refund r;
  r.id = row.id<RefundId>(0);
  r.order = row.id<OrderId>(1);
  r.group = row.id<OrderGroupId>(2);
  r.merchant = row.id<MerchantId>(3);
  r.person = row.id<PersonId>(4);
  r.kind = static_cast<RefundKind>(row.integer(5));
  r.reason = static_cast<RefundReason>(row.integer(6));
  r.state = static_cast<RefundState>(row.integer(7));
  r.after_release = row.flag(8);
  r.payout = static_cast<PayoutState>(row.integer(9));
  r.payout_tries = row.integer(10);
  auto lines = read_json<std::vector<RefundLine>>(row.text(11));
  FONDACO_CHECK(lines.ok());
  r.lines = std::move(*lines);
  r.shipping = row.integer(12);
  r.amount = {row.integer(14), row.currency(13)};
  r.variant = row.id<VariantId>(15);
  r.carrier = row.str(16);
  r.tracking = row.str(17);
  r.buyer_text = row.blob(18);
  r.merchant_text = row.blob(19);
  r.platform_text = row.blob(20);
  r.return_to = row.blob(21);
  r.opened_at = row.instant(22);
  r.due = row.instant(23);
  r.version = row.integer(24);
  return r;
}

}  // namespace

void insert_refund(storage::Tx& tx, const Refund& r) {
  tx.exec(kInsert, {r.id.shard(),
                    r.id,
                    r.order,
                    r.group,
                    r.merchant,
                    r.person,
                    r.kind,
                    r.reason,
                    r.state,
                    r.after_release,
                    r.payout,
                    r.payout_tries,
                    json_of(r.lines),
                    r.shipping,
                    r.amount.currency,
                    r.amount.minor,
                    r.variant,
                    r.carrier,
                    r.tracking,
                    storage::Blob{r.buyer_text},
                    storage::Blob{r.merchant_text},
                    storage::Blob{r.platform_text},
                    storage::Blob{r.return_to},
                    r.opened_at,
                    r.due,
                    r.version});
}

void update_refund(storage::Tx& tx, Refund& r) {
  const auto changed = tx.exec(kUpdate, {r.id.shard(),
                                         r.id,
                                         r.kind,
                                         r.reason,
                                         r.state,
                                         r.after_release,
                                         r.payout,
                                         r.payout_tries,
                                         json_of(r.lines),
                                         r.shipping,
                                         r.amount.minor,
                                         r.variant,
                                         r.carrier,
                                         r.tracking,
                                         storage::Blob{r.buyer_text},
                                         storage::Blob{r.merchant_text},
                                         storage::Blob{r.platform_text},
                                         storage::Blob{r.return_to},
                                         r.due,
                                         r.version});
  if (changed != 1) throw storage::GuardFailed(kUpdate.name);
  ++r.version;
}

std::optional<Refund> find_refund(storage::Read& read, RefundId id) {
  return read.first(kOne, {id.shard(), id}, refund_of);
}

std::vector<Refund> refunds_of_orders(storage::Read& read, std::span<const OrderId> orders) {
  std::vector<Refund> out;
  const auto look = read.lookup(kOfOrders);
  for (const OrderId id : orders) look->add({id.shard(), id});
  look->run([&](const storage::Row& row) { out.push_back(refund_of(row)); });
  std::sort(out.begin(), out.end(), [](const Refund& a, const Refund& b) { return a.id < b.id; });
  return out;
}

std::vector<Refund> refunds_of(storage::Read& read, OrderId order) {
  return refunds_of_orders(read, {&order, 1});
}

std::vector<Refund> refunds_of_merchant(storage::Read& read, MerchantId merchant, RefundId before,
                                        int limit) {
  return read.all(kOfMerchant, {merchant, before ? before.value : INT64_MAX, limit}, refund_of);
}

std::vector<Refund> refunds_in_arbitration(storage::Read& read, RefundId after, int limit) {
  return read.all(kInState, {RefundState::arbitration, after, limit}, refund_of);
}

void publish_refund(storage::Tx& tx, const Refund& r, Side by) {
  const auto name = [](auto e) { return std::string(boost::describe::enum_to_string(e, "")); };
  events::RefundChanged e;
  e.refund = r.id;
  e.order = r.order;
  e.group = r.group;
  e.merchant = r.merchant;
  e.person = r.person;
  e.kind = name(r.kind);
  e.reason = name(r.reason);
  e.state = name(r.state);
  e.phase = r.after_release ? "aftersale" : "onsale";
  e.payout = name(r.payout);
  for (const RefundLine& line : r.lines) e.lines.push_back({line.line, line.quantity, line.amount});
  e.amount = r.amount;
  e.shipping = r.shipping;
  e.due = r.due.us;
  e.opened = r.opened_at.us;
  e.by = name(by);
  storage::publish(tx, r.id.value, r.version, e);
}

}  // namespace fondaco::orders
