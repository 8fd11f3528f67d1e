#include "fixture.h"

#include <fondaco/base/json.h>
#include <fondaco/orders/privacy.h>

namespace fondaco::orders {
namespace {

class OrderPrivacyTest : public MarketTest {
 protected:
  OrderPrivacyTest() {
    offer(bikes, bike_store, "B-1", 1000, 50);
    people->add_erase_hook(erase_hook());
  }
  /// A basket with a contact sealed in it.
  Cart basket(PersonId person, CartOwner* owner = nullptr) {
    const shoppers::SealedFor sealed =
        people->keyring().seal_new(R"({"name":"Ada Secret","email":"ada@b.example"})");
    return store->main().write([&](storage::Tx& tx) {
      const NewCart made = create_cart(tx, person, Currency::of("EUR"));
      const CartOwner mine{person, person ? "" : made.secret};
      if (owner) *owner = mine;
      EXPECT_TRUE(change_line(tx, made.id, mine, {"bikes", "B-1", {}, 1}, false).ok());
      return *set_contact(tx, made.id, mine, sealed.key, sealed.bytes, "DE");
    });
  }
  bool readable(const Cart& cart) {
    return people->keyring().open(cart.key, cart.contact).has_value();
  }
  /// A guest's order, paid, from a basket of his own.
  Outcome guest_order(const Cart& cart) {
    Purchase p = purchase({{"bikes", "B-1", {}, 1}}, "test");
    p.person = {};
    p.contact_key = purchase_of(cart).contact_key;
    return place(std::move(p));
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, OrderPrivacyTest, testing::ValuesIn(storage::test_engines()),
                         [](const auto& p) { return storage::engine_name(p.param); });

// With a person go the contacts of all orders and of every basket, also of one that was filled as a
// guest and joined at sign-in; the orders themselves stay and the books agree.
TEST_P(OrderPrivacyTest, ErasedPersonLeavesNoContact) {
  const Outcome bought = place(purchase({{"bikes", "B-1", {}, 1}}));
  ASSERT_TRUE(bought.ok());
  const Cart own = basket(anna);
  CartOwner guest;
  const Cart joined = basket({}, &guest);
  ASSERT_TRUE(
      store->main()
          .write([&](storage::Tx& tx) { return merge_cart(tx, joined.id, guest.secret, anna); })
          .ok());
  ASSERT_TRUE(checkout->contact_of(order(bought)).has_value());
  ASSERT_TRUE(readable(own) && readable(joined));
  ASSERT_TRUE(people->erase(anna, "test").ok());
  EXPECT_EQ(checkout->contact_of(order(bought)), std::nullopt);
  EXPECT_FALSE(readable(own));
  EXPECT_FALSE(readable(joined));
  EXPECT_EQ(cart_of(*store->main().read(), anna), std::nullopt);
  EXPECT_EQ(find_cart(*store->main().read(), own.id, {anna, ""}).refusal(),
            CartRefusal::unknown_cart);
  expect_books_agree();
}

// "Everything about you" has the orders with what was bought and where it went.
TEST_P(OrderPrivacyTest, ExportHasTheOrders) {
  people->add_export(export_section(*store, people->keyring()));
  const Outcome bought = place(purchase({{"bikes", "B-1", {}, 2}}));
  ASSERT_TRUE(bought.ok());
  store->outbox().drain();
  const auto text =
      shoppers::export_person(*store->main().read(), people->keyring(), anna, people->exports());
  ASSERT_TRUE(text.ok());
  const Contact contact = *checkout->contact_of(order(bought));
  for (const std::string& part :
       {to_text(order(bought).id), std::string(R"("sku":"B-1")"), contact.line1, contact.email}) {
    EXPECT_NE(text->find(part), text->npos) << part << " in " << *text;
  }
}

// A guest's checkout and its basket have one key; it can be destroyed once nobody needs the
// address, and an account's orders only go with the account.
TEST_P(OrderPrivacyTest, GuestsAreErasedByOrder) {
  const auto key_of = [&](OrderId id) { return erasable_key(*store->main().read(), id); };
  EXPECT_EQ(key_of(OrderId{12345}).refusal(), ErasureRefusal::unknown_order);
  const Outcome by_anna = place(purchase({{"bikes", "B-1", {}, 1}}));
  EXPECT_EQ(key_of(by_anna->orders[0].id).refusal(), ErasureRefusal::of_an_account);
  const Cart cart = basket({});
  const Outcome bought = guest_order(cart);
  ASSERT_TRUE(bought.ok());
  const OrderId id = bought->orders[0].id;
  EXPECT_EQ(key_of(id).refusal(), ErasureRefusal::order_open);
  ASSERT_TRUE(store->main().write([&](storage::Tx& tx) { return checkout->cancel(tx, id); }).ok());
  const auto key = key_of(id);
  ASSERT_TRUE(key.ok());
  ASSERT_TRUE(checkout->contact_of(order(bought)).has_value());
  people->erase_keys({*key}, "guest");
  EXPECT_EQ(checkout->contact_of(order(bought)), std::nullopt);
  EXPECT_FALSE(readable(cart));
  expect_books_agree();
}

}  // namespace
}  // namespace fondaco::orders
