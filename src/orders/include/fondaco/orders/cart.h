// Carts: what somebody means to buy. Depends on checkout.h.
// A cart belongs to a person, or to whoever knows its secret; the row holds only the secret's
// hash. Invariant: at most kMostLines lines, each (merchant, SKU or variant) once.
#pragma once

#include <fondaco/orders/checkout.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fondaco::orders {

enum class CartState { open = 1, ordered = 2, merged = 3 };

struct CartLine {
  std::string merchant;  // Slug or id, as given.
  std::string sku;
  std::optional<VariantId> variant;
  std::int64_t quantity = 0;
};
BOOST_DESCRIBE_STRUCT(CartLine, (), (merchant, sku, variant, quantity))

struct Cart {
  CartId id;
  PersonId person;  // 0: guest.
  CartState state = CartState::open;
  Currency currency;
  std::vector<CartLine> lines;
  KeyId key;            // 0 until there is a contact.
  std::string contact;  // Sealed; empty until given.
  std::string country;  // Of the contact; empty until given.
  std::string shipping;
  std::map<std::string, std::string> shippings;  // By merchant, where it is another method.
  std::vector<std::string> promotions;           // Codes as entered, capitals.
  OrderGroupId group;                            // Once ordered.
  Instant updated_at;
  std::int64_t version = 1;
};

struct NewCart {
  CartId id;
  std::string secret;  // Shown once; 22 characters of base 64.
};

enum class CartRefusal {
  unknown_cart,
  not_open,
  too_many_lines,
  bad_quantity,
  too_many_units,
  too_many_promotions,
  bad_promotion,  // No code could look like this.
};

/// Who asks: the person, or the secret of a guest's cart.
struct CartOwner {
  PersonId person;
  std::string secret;
};

NewCart create_cart(storage::Tx& tx, PersonId person, Currency currency);
/// unknown_cart also when it is somebody else's.
Result<Cart, CartRefusal> find_cart(storage::Read& read, CartId id, const CartOwner& owner);
/// The open cart of a person that was changed last.
std::optional<CartId> cart_of(storage::Read& read, PersonId person);
/// Adds units of one thing; `set` replaces the quantity instead (0 removes the line).
Result<Cart, CartRefusal> change_line(storage::Tx& tx, CartId id, const CartOwner& owner,
                                      const CartLine& line, bool set);
/// `sealed` under `key`: made by the caller outside the transaction.
Result<Cart, CartRefusal> set_contact(storage::Tx& tx, CartId id, const CartOwner& owner, KeyId key,
                                      std::string_view sealed, std::string_view country);
/// For all merchants, or for the one that is named.
Result<Cart, CartRefusal> set_shipping(storage::Tx& tx, CartId id, const CartOwner& owner,
                                       std::string_view method, std::string_view merchant = {});
/// Replaces the codes. Whether they apply is told by a quote.
Result<Cart, CartRefusal> set_promotions(storage::Tx& tx, CartId id, const CartOwner& owner,
                                         const std::vector<std::string>& codes);
/// At sign-in: the guest's lines join the person's open cart, or the cart becomes his.
Result<Cart, CartRefusal> merge_cart(storage::Tx& tx, CartId guest, std::string_view secret,
                                     PersonId person);
/// Lines and shipping as a purchase; contact and payment are the caller's to fill.
Purchase purchase_of(const Cart& cart);

}  // namespace fondaco::orders
