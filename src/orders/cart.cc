#include <fondaco/orders/cart.h>

#include "cart_rows.h"
#include "key_index.h"

#include <fondaco/base/check.h>
#include <fondaco/base/json.h>
#include <fondaco/base/text.h>

#include <sodium.h>

#include <algorithm>

namespace fondaco::orders {
namespace {

constexpr storage::Sql kInsert{"orders.cart_insert", R"sql(
  INSERT INTO orders_cart
    (shard, id, person_id, secret_hash, state, currency, lines, key_id, contact, country,
     shipping, group_id, updated_at, version)
  VALUES ($1, $2, $3, $4, 1, $5, '[]', 0, $6, '', 'standard', 0, $7, 1))sql"};
constexpr storage::Sql kLoad{"orders.cart_load", R"sql(
  SELECT id, person_id, secret_hash, state, currency, lines, key_id, contact, country, shipping,
         group_id, updated_at, version, promotions, shippings
    FROM orders_cart WHERE shard = $1 AND id = $2)sql"};
constexpr storage::Sql kSave{"orders.cart_save", R"sql(
  UPDATE orders_cart SET person_id = $3, state = $4, lines = $5, key_id = $6, contact = $7,
         country = $8, shipping = $9, updated_at = $10, version = version + 1, promotions = $12,
         shippings = $13
   WHERE shard = $1 AND id = $2 AND version = $11)sql"};
constexpr storage::Sql kOfPerson{"orders.cart_of_person", R"sql(
  SELECT id FROM orders_cart WHERE person_id = $1 AND state = 1
   ORDER BY updated_at DESC, id DESC LIMIT 1)sql"};
constexpr storage::Sql kOpen{"orders.cart_open.batch", R"sql(
  SELECT id, version FROM orders_cart WHERE shard = $1 AND id = $2 AND state = 1)sql",
                             R"sql(
  SELECT c.id, c.version FROM unnest($1::bigint[], $2::bigint[]) q(shard, id)
    JOIN orders_cart c ON c.shard = q.shard AND c.id = q.id WHERE c.state = 1)sql"};
constexpr storage::Sql kClose{"orders.cart_close.batch", R"sql(
  UPDATE orders_cart SET state = 2, group_id = $3, version = version + 1
   WHERE shard = $1 AND id = $2 AND state = 1)sql",
                              R"sql(
  UPDATE orders_cart c SET state = 2, group_id = q.g, version = c.version + 1
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) q(shard, id, g)
   WHERE c.shard = q.shard AND c.id = q.id AND c.state = 1)sql"};

std::string hash_of(std::string_view secret) { return short_hash("cart", secret); }

struct Stored {
  Cart cart;
  std::string secret_hash;
};

Stored stored_of(const storage::Row& row) {
  Stored s;
  Cart& c = s.cart;
  c.id = row.id<CartId>(0);
  c.person = row.id<PersonId>(1);
  s.secret_hash = row.blob(2);
  c.state = static_cast<CartState>(row.integer(3));
  c.currency = row.currency(4);
  auto lines = read_json<std::vector<CartLine>>(row.text(5));
  FONDACO_CHECK(lines.ok());
  c.lines = std::move(*lines);
  c.key = row.id<KeyId>(6);
  c.contact = row.blob(7);
  c.country = row.str(8);
  c.shipping = row.str(9);
  c.group = row.id<OrderGroupId>(10);
  c.updated_at = row.instant(11);
  c.version = row.integer(12);
  for (const std::string_view code : split(row.text(13), ',')) {
    if (!code.empty()) c.promotions.emplace_back(code);
  }
  if (!row.text(14).empty()) {
    auto shippings = read_json<std::map<std::string, std::string>>(row.text(14));
    FONDACO_CHECK(shippings.ok());
    c.shippings = std::move(*shippings);
  }
  return s;
}

bool owns(const Stored& s, const CartOwner& owner) {
  if (s.cart.person) return s.cart.person == owner.person;
  const std::string given = hash_of(owner.secret);
  return !owner.secret.empty() && s.secret_hash.size() == given.size() &&
         sodium_memcmp(s.secret_hash.data(), given.data(), given.size()) == 0;
}

Result<Cart, CartRefusal> open_cart(storage::Tx& tx, CartId id, const CartOwner& owner) {
  auto cart = find_cart(tx, id, owner);
  if (cart.ok() && cart->state != CartState::open) return Refused{CartRefusal::not_open};
  return cart;
}

std::string codes_text(const std::vector<std::string>& codes) {
  std::string out;
  for (const std::string& code : codes) out += (out.empty() ? "" : ",") + code;
  return out;
}

Cart save(storage::Tx& tx, Cart cart) {
  cart.updated_at = tx.now();
  const auto changed =
      tx.exec(kSave, {cart.id.shard(), cart.id, cart.person, cart.state, json_of(cart.lines),
                      cart.key, storage::Blob{cart.contact}, cart.country, cart.shipping,
                      cart.updated_at, cart.version, codes_text(cart.promotions),
                      cart.shippings.empty() ? "" : json_of(cart.shippings)});
  // Another process may have changed it between our look and our write.
  if (changed != 1) throw storage::Conflict("cart " + to_text(cart.id) + " changed meanwhile");
  ++cart.version;
  return cart;
}

bool same_thing(const CartLine& a, const CartLine& b) {
  return a.merchant == b.merchant && a.sku == b.sku && a.variant == b.variant;
}

std::optional<CartRefusal> put_line(Cart& cart, const CartLine& line, bool set) {
  const auto found = std::find_if(cart.lines.begin(), cart.lines.end(),
                                  [&](const CartLine& l) { return same_thing(l, line); });
  if (line.quantity < (set ? 0 : 1) || line.quantity > kMostQuantity) {
    return CartRefusal::bad_quantity;
  }
  if (found == cart.lines.end()) {
    if (line.quantity == 0) return std::nullopt;
    if (cart.lines.size() >= kMostLines) return CartRefusal::too_many_lines;
    cart.lines.push_back(line);
    return std::nullopt;
  }
  const std::int64_t quantity = set ? line.quantity : found->quantity + line.quantity;
  if (quantity > kMostQuantity) return CartRefusal::too_many_units;
  if (quantity == 0) {
    cart.lines.erase(found);
  } else {
    found->quantity = quantity;
  }
  return std::nullopt;
}

}  // namespace

NewCart create_cart(storage::Tx& tx, PersonId person, Currency currency) {
  const std::int64_t shard =
      person ? person.shard() : static_cast<std::int64_t>(tx.random().below(256));
  NewCart out;
  out.id = tx.next_id<CartId>(shard);
  out.secret = to_base64url(tx.random().bytes(16));
  tx.exec(kInsert, {shard, out.id, person, storage::Blob{hash_of(out.secret)}, currency,
                    storage::Blob{""}, tx.now()});
  return out;
}

Result<Cart, CartRefusal> find_cart(storage::Read& read, CartId id, const CartOwner& owner) {
  auto stored = read.first(kLoad, {id.shard(), id}, stored_of);
  if (!stored || !owns(*stored, owner)) return Refused{CartRefusal::unknown_cart};
  return std::move(stored->cart);
}

std::optional<CartId> cart_of(storage::Read& read, PersonId person) {
  const auto id = read.scalar(kOfPerson, {person});
  if (!id) return std::nullopt;
  return CartId{*id};
}

Result<Cart, CartRefusal> change_line(storage::Tx& tx, CartId id, const CartOwner& owner,
                                      const CartLine& line, bool set) {
  auto cart = open_cart(tx, id, owner);
  if (!cart.ok()) return cart;
  if (const auto refusal = put_line(*cart, line, set)) return Refused{*refusal};
  return save(tx, std::move(*cart));
}

Result<Cart, CartRefusal> set_contact(storage::Tx& tx, CartId id, const CartOwner& owner, KeyId key,
                                      std::string_view sealed, std::string_view country) {
  auto cart = open_cart(tx, id, owner);
  if (!cart.ok()) return cart;
  cart->key = key;
  cart->contact = sealed;
  cart->country = country;
  return save(tx, std::move(*cart));
}

Result<Cart, CartRefusal> set_shipping(storage::Tx& tx, CartId id, const CartOwner& owner,
                                       std::string_view method, std::string_view merchant) {
  auto cart = open_cart(tx, id, owner);
  if (!cart.ok()) return cart;
  if (merchant.empty()) {
    cart->shipping = method;
    cart->shippings.clear();
  } else {
    if (cart->shippings.size() >= kMostLines) cart->shippings.clear();
    cart->shippings[std::string(merchant)] = method;
  }
  return save(tx, std::move(*cart));
}

Result<Cart, CartRefusal> set_promotions(storage::Tx& tx, CartId id, const CartOwner& owner,
                                         const std::vector<std::string>& codes) {
  if (codes.size() > kMostCodes) return Refused{CartRefusal::too_many_promotions};
  auto cart = open_cart(tx, id, owner);
  if (!cart.ok()) return cart;
  cart->promotions.clear();
  for (const std::string& written : codes) {
    const std::string code = promotion_code(written);
    if (code.empty() || code.size() > 64 || code.find(',') != std::string::npos) {
      return Refused{CartRefusal::bad_promotion};
    }
    const auto& known = cart->promotions;
    if (std::find(known.begin(), known.end(), code) == known.end()) {
      cart->promotions.push_back(code);
    }
  }
  return save(tx, std::move(*cart));
}

Result<Cart, CartRefusal> merge_cart(storage::Tx& tx, CartId guest, std::string_view secret,
                                     PersonId person) {
  auto from = open_cart(tx, guest, {{}, std::string(secret)});
  if (!from.ok()) return from;
  const auto own = cart_of(tx, person);
  if (!own) {
    from->person = person;
    return save(tx, std::move(*from));
  }
  auto into = open_cart(tx, *own, {person, {}});
  if (!into.ok()) return into;
  for (const CartLine& line : from->lines) {
    // A line beyond a limit stays behind: the rest of the basket is not lost for it.
    static_cast<void>(put_line(*into, line, false));
  }
  for (const std::string& code : from->promotions) {
    const auto& known = into->promotions;
    if (known.size() < kMostCodes && std::find(known.begin(), known.end(), code) == known.end()) {
      into->promotions.push_back(code);
    }
  }
  from->state = CartState::merged;
  from->person = person;  // What is sealed in it goes when the person goes.
  save(tx, std::move(*from));
  return save(tx, std::move(*into));
}

Purchase purchase_of(const Cart& cart) {
  Purchase p;
  p.person = cart.person;
  p.currency = cart.currency;
  p.shipping = cart.shipping;
  p.shippings = cart.shippings;
  p.promotions = cart.promotions;
  p.cart = cart.id;
  p.cart_version = cart.version;
  p.contact.country = cart.country;
  if (!cart.person) p.contact_key = cart.key;
  for (const CartLine& line : cart.lines) {
    p.lines.push_back({line.merchant, line.sku, line.variant, line.quantity});
  }
  return p;
}

std::unordered_map<CartId, std::int64_t> open_carts(storage::Read& read,
                                                    std::span<const CartId> ids) {
  std::unordered_map<CartId, std::int64_t> out;
  const auto look = read.lookup(kOpen);
  for (const CartId id : ids) look->add({id.shard(), id});
  look->run([&](const storage::Row& row) { out.emplace(row.id<CartId>(0), row.integer(1)); });
  return out;
}

void close_carts(storage::Tx& tx, std::span<const ClosedCart> carts) {
  const auto close = tx.batch(kClose);
  for (const auto& [cart, group] : carts) close->add({cart.shard(), cart, group});
  close->finish();
}

}  // namespace fondaco::orders
