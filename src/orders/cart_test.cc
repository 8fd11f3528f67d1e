#include "fixture.h"

namespace fondaco::orders {
namespace {

class CartTest : public MarketTest {
 protected:
  NewCart make(PersonId person = {}) {
    return store->main().write(
        [&](storage::Tx& tx) { return create_cart(tx, person, Currency::of("EUR")); });
  }
  Result<Cart, CartRefusal> add(CartId id, CartOwner owner, std::string sku, std::int64_t n,
                                bool set = false) {
    return store->main().write(
        [&](storage::Tx& tx) { return change_line(tx, id, owner, {"bikes", sku, {}, n}, set); });
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, CartTest, testing::ValuesIn(storage::test_engines()),
                         [](const auto& p) { return storage::engine_name(p.param); });

// Only the secret opens a guest's cart, only the person his own.
TEST_P(CartTest, BelongsToWhoeverKnowsItsSecret) {
  const NewCart guest = make();
  EXPECT_TRUE(add(guest.id, {{}, guest.secret}, "B-1", 2).ok());
  EXPECT_EQ(add(guest.id, {{}, "wrong"}, "B-1", 2).refusal(), CartRefusal::unknown_cart);
  EXPECT_EQ(add(guest.id, {anna, ""}, "B-1", 2).refusal(), CartRefusal::unknown_cart);
  const NewCart own = make(anna);
  EXPECT_TRUE(add(own.id, {anna, ""}, "B-1", 1).ok());
  EXPECT_EQ(add(own.id, {{}, own.secret}, "B-1", 1).refusal(), CartRefusal::unknown_cart);
}

// Adding sums up, setting replaces, zero removes, limits hold.
TEST_P(CartTest, LinesAddUp) {
  const NewCart cart = make();
  const CartOwner me{{}, cart.secret};
  EXPECT_TRUE(add(cart.id, me, "B-1", 2).ok());
  EXPECT_EQ(add(cart.id, me, "B-1", 3)->lines.at(0).quantity, 5);
  EXPECT_EQ(add(cart.id, me, "B-1", 1, true)->lines.at(0).quantity, 1);
  EXPECT_EQ(add(cart.id, me, "B-1", kMostQuantity).refusal(), CartRefusal::too_many_units);
  EXPECT_EQ(add(cart.id, me, "B-1", 0).refusal(), CartRefusal::bad_quantity);
  EXPECT_TRUE(add(cart.id, me, "B-1", 0, true)->lines.empty());
  for (std::size_t i = 0; i < kMostLines; ++i) {
    ASSERT_TRUE(add(cart.id, me, "S-" + std::to_string(i), 1).ok());
  }
  EXPECT_EQ(add(cart.id, me, "ONE-MORE", 1).refusal(), CartRefusal::too_many_lines);
}

// At sign-in the guest's things join the person's cart.
TEST_P(CartTest, MergesAtSignIn) {
  const NewCart own = make(anna);
  ASSERT_TRUE(add(own.id, {anna, ""}, "B-1", 1).ok());
  const NewCart guest = make();
  ASSERT_TRUE(add(guest.id, {{}, guest.secret}, "B-1", 2).ok());
  ASSERT_TRUE(add(guest.id, {{}, guest.secret}, "B-2", 1).ok());
  const auto merged = store->main().write(
      [&](storage::Tx& tx) { return merge_cart(tx, guest.id, guest.secret, anna); });
  ASSERT_TRUE(merged.ok());
  EXPECT_EQ(merged->id, own.id);
  ASSERT_EQ(merged->lines.size(), 2U);
  EXPECT_EQ(merged->lines[0].quantity, 3);
  EXPECT_EQ(add(guest.id, {{}, guest.secret}, "B-1", 1).refusal(), CartRefusal::unknown_cart)
      << "it is the person's now, and its secret opens nothing";
}

// A cart is ordered once: what was changed or ordered meanwhile is refused.
TEST_P(CartTest, IsOrderedOnce) {
  offer(bikes, bike_store, "B-1", 1000, 50);
  const NewCart cart = make(anna);
  const auto filled = add(cart.id, {anna, ""}, "B-1", 2);
  ASSERT_TRUE(filled.ok());
  Purchase p = purchase_of(*filled);
  Purchase rest = purchase({});
  p.contact = rest.contact;
  p.method = "wallet";
  ASSERT_TRUE(place(p).ok());
  const Outcome again = place(p);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.refusal().reason, Refusal::cart_changed);
  EXPECT_EQ(find_cart(*store->main().read(), cart.id, {anna, ""})->state, CartState::ordered);
  expect_books_agree();
}

}  // namespace
}  // namespace fondaco::orders
