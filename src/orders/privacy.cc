#include <fondaco/orders/history.h>
#include <fondaco/orders/privacy.h>

#include <fondaco/base/json.h>
#include <fondaco/orders/aftersale.h>

#include <algorithm>

namespace fondaco::orders {
namespace {

constexpr storage::Sql kCartKeys{"orders.cart_keys_of_person", R"sql(
  SELECT DISTINCT key_id FROM orders_cart WHERE person_id = $1 AND key_id <> 0)sql"};
constexpr storage::Sql kForgetCarts{"orders.forget_carts", R"sql(
  DELETE FROM orders_cart WHERE person_id = $1)sql"};

constexpr int kExportPage = 100;
constexpr int kExportPastMost = 100'000;

void write_order(JsonWriter& w, storage::Read& read, const Order& o, shoppers::Keyring& keyring) {
  w.begin_object().member("id", o.id).member("placed_at", o.placed_at);
  w.member("state", std::string_view(boost::describe::enum_to_string(o.state, "unknown")));
  w.member("total", o.money(o.total)).member("shipping_method", o.shipping_method);
  const auto sealed = keyring.open(o.key, o.contact);
  w.key("contact").raw(sealed ? *sealed : "null").key("lines").begin_array();
  for (const Line& line : o.lines) {
    w.begin_object().member("sku", line.sku).member("title", line.title);
    w.member("quantity", line.quantity).member("amount", o.money(line.amount)).end_object();
  }
  w.end_array().key("refunds").begin_array();
  for (const Refund& r : refunds_of(read, o.id)) {
    const auto text = r.buyer_text.empty() ? std::nullopt : keyring.open(o.key, r.buyer_text);
    w.begin_object().member("id", r.id).member("opened_at", r.opened_at);
    w.member("amount", r.amount).member("text", text.value_or("")).end_object();
  }
  w.end_array().end_object();
}

bool is_over(OrderState state) {
  switch (state) {
    case OrderState::cancelled:
    case OrderState::expired:
    case OrderState::finished:
    case OrderState::refunded:
      return true;
    case OrderState::pending_payment:
    case OrderState::paid:
    case OrderState::shipped_part:
    case OrderState::shipped:
      break;
  }
  return false;
}

}  // namespace

shoppers::ExportSection export_section(storage::Store& store, shoppers::Keyring& keyring) {
  return {"orders", [&](storage::Read& read, PersonId person, JsonWriter& w) {
            w.begin_array();
            OrderId before;
            for (;;) {
              std::vector<OrderId> ids;
              {
                auto derived = store.derived().read();
                ids = order_ids_of_person(*derived, person, before, kExportPage);
              }
              for (const OrderId id : ids) {
                if (const auto order = find_order(read, id)) write_order(w, read, *order, keyring);
              }
              if (ids.size() < static_cast<std::size_t>(kExportPage)) break;
              before = ids.back();
            }
            w.end_array();
          }};
}

shoppers::ExportSection past_export_section(shoppers::Keyring& keyring) {
  return {"past_orders", [&](storage::Read& read, PersonId person, JsonWriter& w) {
            w.begin_array();
            for (const auto& o : past_orders_of_person(read, person, kExportPastMost)) {
              w.begin_object().member("number", o.number).member("placed_at", o.placed_at);
              w.member("state", o.state).member("total", o.money(o.total));
              const auto sealed = keyring.open(o.key, o.contact);
              w.key("contact").raw(sealed ? *sealed : "null").key("lines");
              write_json(w, o.lines);
              w.end_object();
            }
            w.end_array();
          }};
}

shoppers::EraseHook erase_hook() {
  return {"orders", [](storage::Tx& tx, PersonId person, std::vector<KeyId>& doomed) {
            for (const KeyId key : tx.all(kCartKeys, {person},
                                          [](const storage::Row& r) { return r.id<KeyId>(0); })) {
              if (std::find(doomed.begin(), doomed.end(), key) == doomed.end()) {
                doomed.push_back(key);
              }
            }
            tx.exec(kForgetCarts, {person});
          }};
}

Result<KeyId, ErasureRefusal> erasable_key(storage::Read& read, OrderId id) {
  const auto order = find_order(read, id);
  const auto group = order ? find_group(read, order->group) : std::nullopt;
  if (!group) return Refused{ErasureRefusal::unknown_order};
  if (order->person) return Refused{ErasureRefusal::of_an_account};
  const auto all = orders_of(read, *group);
  const bool over =
      std::all_of(all.begin(), all.end(), [](const Order& o) { return is_over(o.state); });
  if (!over) return Refused{ErasureRefusal::order_open};
  return order->key;
}

}  // namespace fondaco::orders
