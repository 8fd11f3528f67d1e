#include <fondaco/orders/history.h>

#include <fondaco/base/json.h>

#include <algorithm>

namespace fondaco::orders {
namespace {

constexpr std::size_t kMostPastLines = 1000;
constexpr std::int64_t kMostMinor = 10'000'000'000'000;

constexpr storage::Sql kFind{"orders.past_order", R"sql(
  SELECT id, merchant_id, person_id, number, state, currency, items, shipping, tax, discount,
         total, lines, key_id, contact, placed_at
    FROM orders_history WHERE shard = $1 AND merchant_id = $2 AND number = $3)sql"};
constexpr storage::Sql kOfPerson{"orders.past_of_person", R"sql(
  SELECT id, merchant_id, person_id, number, state, currency, items, shipping, tax, discount,
         total, lines, key_id, contact, placed_at
    FROM orders_history WHERE person_id = $1
   ORDER BY placed_at DESC, id DESC LIMIT $2)sql"};
constexpr storage::Sql kOfMerchant{"orders.past_of_merchant", R"sql(
  SELECT id, merchant_id, person_id, number, state, currency, items, shipping, tax, discount,
         total, lines, key_id, contact, placed_at
    FROM orders_history WHERE shard = $1 AND merchant_id = $2 AND number > $3
   ORDER BY number LIMIT $4)sql"};
constexpr storage::Sql kAdd{"orders.add_past", R"sql(
  INSERT INTO orders_history (shard, id, merchant_id, person_id, number, state, currency, items,
         shipping, tax, discount, total, lines, key_id, contact, placed_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16))sql"};
constexpr storage::Sql kSet{"orders.set_past", R"sql(
  UPDATE orders_history
     SET person_id = $3, state = $4, currency = $5, items = $6, shipping = $7, tax = $8,
         discount = $9, total = $10, lines = $11, placed_at = $12, key_id = $13, contact = $14
   WHERE shard = $1 AND id = $2)sql"};

PastOrder order_of(const storage::Row& row) {
  PastOrder o;
  o.id = row.id<PastOrderId>(0);
  o.merchant = row.id<MerchantId>(1);
  o.person = row.id<PersonId>(2);
  o.number = row.str(3);
  o.state = row.str(4);
  o.currency = row.currency(5);
  o.items = row.integer(6);
  o.shipping = row.integer(7);
  o.tax = row.integer(8);
  o.discount = row.integer(9);
  o.total = row.integer(10);
  auto lines = read_json<std::vector<PastLine>>(row.text(11));
  if (!lines.ok()) throw Fault("the lines of a past order are broken");
  o.lines = std::move(*lines);
  o.key = row.id<KeyId>(12);
  o.contact = std::string(row.blob(13));
  o.placed_at = row.instant(14);
  return o;
}

std::optional<PastRefusal> check(const PastOrder& o) {
  if (o.number.empty() || o.number.size() > 100 || o.state.size() > 100) {
    return PastRefusal::bad_number;
  }
  if (o.lines.empty() || o.lines.size() > kMostPastLines) return PastRefusal::no_lines;
  const auto bad = [](std::int64_t minor) { return minor < 0 || minor > kMostMinor; };
  if (bad(o.items) || bad(o.shipping) || bad(o.tax) || bad(o.discount) || bad(o.total) ||
      std::any_of(o.lines.begin(), o.lines.end(), [&](const PastLine& l) {
        return bad(l.price) || bad(l.amount) || l.quantity < 0 || l.quantity > kMostMinor;
      })) {
    return PastRefusal::bad_amount;
  }
  return std::nullopt;
}

}  // namespace

std::optional<PastOrder> past_order(storage::Read& read, MerchantId merchant,
                                    std::string_view number) {
  return read.first(kFind, {merchant.shard(), merchant, number}, order_of);
}

Result<PastDone, PastRefusal> put_past_order(storage::Tx& tx, const PastOrder& o) {
  if (const auto why = check(o)) return Refused{*why};
  const auto lines = json_of(o.lines);
  const auto old = past_order(tx, o.merchant, o.number);
  if (!old) {
    const auto id = tx.next_id<PastOrderId>(o.merchant.shard());
    tx.exec(kAdd, {id.shard(), id, o.merchant, o.person, o.number, o.state, o.currency, o.items,
                   o.shipping, o.tax, o.discount, o.total, lines, o.key, storage::Blob{o.contact},
                   o.placed_at});
    return PastDone::created;
  }
  const PersonId person = old->person ? old->person : o.person;
  const bool known_now = !old->person && o.person;  // Then his key seals the contact, too.
  const bool same = person == old->person && o.state == old->state && o.currency == old->currency &&
                    o.items == old->items && o.shipping == old->shipping && o.tax == old->tax &&
                    o.discount == old->discount && o.total == old->total &&
                    lines == json_of(old->lines) && o.placed_at == old->placed_at;
  if (same) return PastDone::unchanged;
  const auto& contact = known_now ? o.contact : old->contact;
  tx.exec(kSet, {old->id.shard(), old->id, person, o.state, o.currency, o.items, o.shipping, o.tax,
                 o.discount, o.total, lines, o.placed_at, known_now ? o.key : old->key,
                 storage::Blob{contact}});
  return PastDone::updated;
}

std::vector<PastOrder> past_orders_of_person(storage::Read& read, PersonId person, int limit) {
  return read.all(kOfPerson, {person, limit}, order_of);
}

std::vector<PastOrder> past_orders_of_merchant(storage::Read& read, MerchantId merchant,
                                               std::string_view after, int limit) {
  return read.all(kOfMerchant, {merchant.shard(), merchant, after, limit}, order_of);
}

}  // namespace fondaco::orders
