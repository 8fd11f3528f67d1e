#include "testing_shop.h"

#include <fondaco/base/text.h>
#include <fondaco/catalog/redirects.h>
#include <fondaco/orders/history.h>

#include <algorithm>

namespace fondaco::storefront {
namespace {

bool has(const std::string& html, std::string_view text) { return html.find(text) != html.npos; }

/// The checkout form as a German guest fills it in, with what the page has hidden in it.
Browser::Fields filled(const std::string& html, const std::string& payment = "test:approve") {
  Browser::Fields f;
  for (const char* name : {"cart", "key", "expected_minor", "expected_currency"}) {
    f.emplace_back(name, input_value(html, name));
  }
  f.insert(f.end(), {{"email", "ada@example.org"},
                     {"name", "Ada"},
                     {"line1", "Canal 8"},
                     {"city", "Berlin"},
                     {"postcode", "10115"},
                     {"country", "DE"},
                     {"shipping", "standard"},
                     {"payment", payment}});
  return f;
}

void replace(Browser::Fields& fields, std::string_view name, std::string value) {
  for (auto& [key, old] : fields) {
    if (key == name) old = value;
  }
}

class PageTest : public ShopTest {
 protected:
  marketplace::Merchant clay = merchant("clay", "Clay");
  marketplace::Merchant bikes = merchant("bikes", "Bikes");
  Browser browser{*server};

  void add(const Thing& t, const std::string& quantity = "1", std::size_t variant = 0) {
    browser.get(t.path);
    browser.post("/cart/add", {{"offer", to_text(t.offers[variant])}, {"quantity", quantity}});
  }
};

// Start page, category, search and merchant page show what is there, in both languages.
TEST_P(PageTest, ListsShowProducts) {
  const Thing bowl = thing(clay, "Morning Bowl", {}, 2400, 8);
  for (const char* path : {"/", "/c/home/bowls", "/search?q=bowl", "/m/clay"}) {
    browser.get(path);
    EXPECT_EQ(browser.status, 200) << path;
    EXPECT_TRUE(has(browser.html, bowl.path)) << path;
    EXPECT_TRUE(has(browser.html, "€24.00")) << path;
    EXPECT_TRUE(has(browser.html, "<html lang=\"en\">")) << path;
  }
  browser.get("/c/home/bowls?lang=zh");
  EXPECT_TRUE(has(browser.html, "<html lang=\"zh-Hans\">"));
  EXPECT_TRUE(has(browser.html, "碗"));
  browser.get("/");
  EXPECT_TRUE(has(browser.html, "万店同柜")) << "the language is remembered";
}

// A search without a hit helps instead of showing nothing; a page that does not exist says so in
// words, and so does a form of another site.
TEST_P(PageTest, NothingFoundIsAPageToo) {
  thing(clay, "Morning Bowl", {}, 2400, 8);
  browser.get("/search?q=zzzzqqqq");
  EXPECT_TRUE(has(browser.html, "Nothing found for"));
  EXPECT_TRUE(has(browser.html, "/c/home"));
  for (const char* path :
       {"/nowhere", "/p/prd_0000000000000/x", "/c/nowhere", "/m/nobody", "/o/grp_0000000000000"}) {
    browser.get(path);
    EXPECT_EQ(browser.status, 404) << path;
    EXPECT_TRUE(has(browser.html, "Nothing here")) << path;
  }
  browser.headers.push_back({"Sec-Fetch-Site", "cross-site"});
  browser.post("/cart/add", {{"offer", "ofr_0000000000000"}});
  EXPECT_EQ(browser.status, 403);
  EXPECT_TRUE(has(browser.html, "Please send that again"));
}

// A hostile title stands as text in the page, its search result and the structured data.
TEST_P(PageTest, HostileTitlesAreText) {
  const Thing evil = thing(clay, "</script><script>alert(1)</script>\"'><b>", {}, 2400, 8);
  browser.get(evil.path);
  EXPECT_EQ(browser.status, 200);
  EXPECT_FALSE(has(browser.html, "<script>alert"));
  EXPECT_TRUE(has(browser.html, "&lt;script&gt;alert(1)"));
  EXPECT_TRUE(has(browser.html, "\\u003c/script\\u003e"));
  browser.get("/search?q=%3C/title%3E%3Cscript%3Ealert(1)%3C/script%3E");
  EXPECT_FALSE(has(browser.html, "<script>alert"));
}

// The variants say which can be had; the structured data names each offer with its price.
TEST_P(PageTest, ProductShowsVariantsAndStock) {
  const Thing coat = thing(clay, "Coat", {"S", "M", "L"}, 32900, 8);
  set_units(coat.stocks[0], 0);
  set_units(coat.stocks[1], 2);
  browser.get(coat.path);
  EXPECT_TRUE(has(browser.html, "Sold out"));
  EXPECT_TRUE(has(browser.html, "Only 2 left"));
  EXPECT_TRUE(has(browser.html, "\"price\":\"329.00\""));
  EXPECT_TRUE(has(browser.html, "https://schema.org/OutOfStock"));
  EXPECT_TRUE(has(browser.html, "<link rel=\"canonical\" href=\"https://shop.example/p/"));
  const auto moved = browser.raw(http::Method::get, "/p/" + to_text(coat.product) + "/other");
  EXPECT_EQ(moved.status, 301);
}

// A page that is kept follows price and stock at once: nobody sees what is no longer true.
TEST_P(PageTest, KeptPagesFollowPriceAndStock) {
  const Thing bowl = thing(clay, "Morning Bowl", {}, 2400, 8);
  EXPECT_TRUE(has(browser.get(bowl.path), "€24.00"));
  EXPECT_TRUE(has(browser.get(bowl.path), "In stock"));
  store->main().write([&](storage::Tx& tx) {
    ASSERT_TRUE(marketplace::set_price(tx, bowl.offers[0], {1999, Currency::of("EUR")}).ok());
  });
  store->outbox().drain();
  EXPECT_TRUE(has(browser.get(bowl.path), "€19.99"));
  set_units(bowl.stocks[0], 1);
  EXPECT_TRUE(has(browser.get(bowl.path), "Only 1 left"));
  Browser buyer(*server);
  buyer.get(bowl.path);
  buyer.post("/cart/add", {{"offer", to_text(bowl.offers[0])}});
  buyer.get("/checkout");
  buyer.post("/checkout", filled(buyer.html));
  EXPECT_TRUE(buyer.at.starts_with("/o/grp_")) << buyer.html;
  store->outbox().drain();
  EXPECT_TRUE(has(browser.get(bowl.path), "Sold out"));
}

// A guest puts things of two merchants into a basket, pays, and sees one order of each; nobody
// else sees them; the ledgers agree.
TEST_P(PageTest, GuestBuysFromTwoMerchants) {
  const Thing bowl = thing(clay, "Morning Bowl", {}, 2400, 8);
  const Thing bell = thing(bikes, "Bell", {"Brass", "Black"}, 1500, 3);
  add(bowl, "2");
  EXPECT_EQ(browser.at, "/cart?notice=added");
  add(bell, "1", 1);
  EXPECT_TRUE(has(browser.html, "Clay"));
  EXPECT_TRUE(has(browser.html, "Bikes"));
  EXPECT_TRUE(has(browser.html, "€63.00"));
  browser.get("/checkout");
  EXPECT_TRUE(has(browser.html, "€72.80")) << "items, and two parcels";
  browser.post("/checkout", filled(browser.html));
  ASSERT_TRUE(browser.at.starts_with("/o/grp_")) << browser.html;
  EXPECT_TRUE(has(browser.html, "Thank you, it is paid."));
  EXPECT_TRUE(has(browser.html, "Canal 8"));
  EXPECT_TRUE(has(browser.html, "Bell (Black)"));
  EXPECT_FALSE(browser.cookies.contains("cart"));
  Browser stranger(*server);
  stranger.get(browser.at);
  EXPECT_EQ(stranger.status, 404);
  EXPECT_TRUE(verified().differences.empty());
}

// Sending the form twice buys once: both answers are the same order.
TEST_P(PageTest, TheSameFormTwiceIsOneOrder) {
  const Thing bowl = thing(clay, "Morning Bowl", {}, 2400, 8);
  add(bowl);
  browser.get("/checkout");
  const auto fields = filled(browser.html);
  const auto cookies = browser.cookies;
  browser.post("/checkout", fields);
  const std::string first = browser.at;
  ASSERT_TRUE(first.starts_with("/o/grp_"));
  browser.cookies = cookies;
  browser.post("/checkout", fields);
  EXPECT_EQ(browser.at, first);
  const auto level = inventory::load(store->main().read(), bowl.stocks).at(0);
  EXPECT_EQ(level.reserved, 1);
}

// A declined card loses nothing: the message stands above the form, the input is kept, and the
// basket can be paid in another way.
TEST_P(PageTest, DeclinedPaymentKeepsTheBasket) {
  const Thing bowl = thing(clay, "Morning Bowl", {}, 2400, 8);
  add(bowl);
  browser.get("/checkout");
  browser.post("/checkout", filled(browser.html, "test:decline"));
  EXPECT_EQ(browser.status, 402);
  EXPECT_TRUE(has(browser.html, "The payment was declined"));
  EXPECT_EQ(input_value(browser.html, "line1"), "Canal 8");
  browser.post("/checkout", filled(browser.html));
  EXPECT_TRUE(has(browser.html, "Thank you, it is paid.")) << browser.html;
  EXPECT_TRUE(verified().differences.empty());
}

// A missing field is named beside itself and above the form, and what was typed stays.
TEST_P(PageTest, FormErrorsStandBesideTheField) {
  const Thing bowl = thing(clay, "Morning Bowl", {}, 2400, 8);
  add(bowl);
  browser.get("/checkout");
  auto fields = filled(browser.html);
  replace(fields, "email", "no address");
  replace(fields, "city", "");
  browser.post("/checkout", fields);
  EXPECT_EQ(browser.status, 422);
  EXPECT_TRUE(has(browser.html, "href=\"#email\""));
  EXPECT_TRUE(has(browser.html, "aria-describedby=\"city-error\""));
  EXPECT_EQ(input_value(browser.html, "email"), "no address");
}

// Another country or way of delivery changes the total; it is shown before it is charged.
TEST_P(PageTest, AChangedTotalIsShownFirst) {
  const Thing bowl = thing(clay, "Morning Bowl", {}, 2400, 8);
  add(bowl);
  browser.get("/checkout");
  auto fields = filled(browser.html);
  replace(fields, "shipping", "express");
  browser.post("/checkout", fields);
  EXPECT_EQ(browser.status, 409);
  EXPECT_TRUE(has(browser.html, "The total is now €36.90 (it was €28.90)"));
  fields = filled(browser.html);
  replace(fields, "shipping", "express");
  browser.post("/checkout", fields);
  EXPECT_TRUE(has(browser.html, "Thank you, it is paid."));
}

// A code takes its discount off in the basket, line by line, says when it does not apply, and is
// part of the order.
TEST_P(PageTest, ACodeTakesItsDiscountOff) {
  const Thing bowl = thing(clay, "Morning Bowl", {}, 2400, 8);
  store->main().write([&](storage::Tx& tx) {
    orders::Promotion p;
    p.code = "TEN";
    p.title = "Ten per cent";
    p.terms.percent_bp = 1000;
    checkout->promotions().put(*orders::create_promotion(tx, p));
  });
  add(bowl, "2");
  browser.post("/cart/code", {{"code", "nobody"}});
  EXPECT_TRUE(has(browser.html, "The code NOBODY does not apply: we do not know it."));
  browser.post("/cart/code", {{"remove", "NOBODY"}});
  EXPECT_FALSE(has(browser.html, "NOBODY"));
  browser.post("/cart/code", {{"code", "ten"}});
  EXPECT_TRUE(has(browser.html, "Ten per cent"));
  EXPECT_TRUE(has(browser.html, "−€4.80"));
  browser.get("/checkout");
  EXPECT_TRUE(has(browser.html, "€48.10"));
  browser.post("/checkout", filled(browser.html));
  EXPECT_TRUE(has(browser.html, "Thank you, it is paid."));
  EXPECT_TRUE(has(browser.html, "−€4.80"));
}

// A company may name its VAT id; one that no state gives is said where it stands.
TEST_P(PageTest, AVatIdHasAForm) {
  const Thing bowl = thing(clay, "Morning Bowl", {}, 2400, 8);
  add(bowl);
  browser.get("/checkout");
  auto fields = filled(browser.html);
  fields.push_back({"vat_id", "DE1"});
  browser.post("/checkout", fields);
  EXPECT_EQ(browser.status, 422);
  EXPECT_TRUE(has(browser.html, "aria-describedby=\"vat_id-error\""));
  EXPECT_TRUE(has(browser.html, "This is not the form of an EU state"));
}

// What was sold out meanwhile is said in the basket, with the quantity that can be had at hand,
// and refused at checkout.
TEST_P(PageTest, SoldOutIsExplained) {
  const Thing bowl = thing(clay, "Morning Bowl", {}, 2400, 8);
  add(bowl, "5");
  browser.get("/checkout");
  const auto fields = filled(browser.html);
  set_units(bowl.stocks[0], 2);
  browser.post("/checkout", fields);
  EXPECT_EQ(browser.status, 409);
  EXPECT_TRUE(has(browser.html, "you want 5, only 2 can be had"));
  browser.get("/cart");
  EXPECT_TRUE(has(browser.html, "You want 5, only 2 can be had."));
  EXPECT_TRUE(has(browser.html, "Set to 2"));
  browser.post("/cart/set", {{"merchant", "clay"},
                             {"sku", input_value(browser.html, "sku")},
                             {"variant", input_value(browser.html, "variant")},
                             {"quantity", "5"},
                             {"available", "2"}});
  EXPECT_FALSE(has(browser.html, "only 2 can be had"));
  EXPECT_TRUE(has(browser.html, "€48.00"));
}

// 3-D Secure: the shopper is sent to confirm, and then the order is paid; refusing gives it up.
TEST_P(PageTest, ConfirmsThreeDSecure) {
  const Thing bowl = thing(clay, "Morning Bowl", {}, 2400, 8);
  for (const bool yes : {true, false}) {
    add(bowl);
    browser.get("/checkout");
    browser.post("/checkout", filled(browser.html, "test:3ds"));
    ASSERT_TRUE(browser.at.starts_with("/pay/test/")) << browser.at;
    EXPECT_TRUE(has(browser.html, "€28.90"));
    browser.post(browser.at, {{"answer", yes ? "approve" : "refuse"}});
    EXPECT_TRUE(browser.at.starts_with("/o/grp_")) << browser.at;
    EXPECT_TRUE(has(browser.html, yes ? "Thank you, it is paid." : "This order was cancelled."))
        << browser.html;
  }
  EXPECT_TRUE(verified().differences.empty());
}

// An address of a shop that moved in leads to its product for good; one that nobody knows does not.
TEST_P(PageTest, OldAddressesLeadToProducts) {
  const Thing bowl = thing(clay, "Morning Bowl", {}, 2400, 8);
  store->main().write([&](storage::Tx& tx) {
    ASSERT_TRUE(catalog::set_redirect(tx, clay.id, "/products/old-bowl", bowl.product).ok());
  });
  const auto moved = browser.raw(http::Method::get, "/products/old-bowl/?ref=mail");
  EXPECT_EQ(moved.status, 301);
  EXPECT_TRUE(std::any_of(moved.headers.begin(), moved.headers.end(), [&](const auto& h) {
    return h.name == "Location" && h.value == bowl.path;
  }));
  EXPECT_EQ(browser.raw(http::Method::get, "/products/new-bowl").status, 404);
  store->main().write([&](storage::Tx& tx) {
    ASSERT_TRUE(catalog::set_status(tx, bowl.product, catalog::Status::draft).ok());
  });
  EXPECT_EQ(browser.raw(http::Method::get, "/products/old-bowl").status, 404);
}

// What was bought in the old shop stands in the account, as text that leads nowhere.
TEST_P(PageTest, PastOrdersAreInTheAccount) {
  browser.get("/sign-up");
  browser.post(
      "/sign-up",
      {{"name", "Ada"}, {"email", "ada@example.org"}, {"password", "a good long password"}});
  orders::PastOrder past;
  past.merchant = clay.id;
  past.number = "#1001";
  past.state = "paid / <b>sent</b>";
  past.currency = Currency::of("EUR");
  past.items = past.total = 4000;
  past.lines = {{"B-1", "Bowl", 2, 2000, 4000}};
  past.placed_at = *parse_rfc3339("2024-01-02T03:04:05Z");
  store->main().write([&](storage::Tx& tx) {
    past.person = shoppers::person_by_email(tx, people.keyring(), "ada@example.org").value();
    ASSERT_TRUE(orders::put_past_order(tx, past).ok());
  });
  browser.get("/account");
  EXPECT_TRUE(has(browser.html, "From before this shop moved in"));
  EXPECT_TRUE(has(browser.html, "Clay #1001"));
  EXPECT_TRUE(has(browser.html, "€40.00"));
  EXPECT_TRUE(has(browser.html, "paid / &lt;b&gt;sent"));
}

// A guest's basket becomes the person's at sign-up; the order is in the account and can be
// cancelled there once.
TEST_P(PageTest, SignUpTakesTheBasketAlong) {
  const Thing bowl = thing(clay, "Morning Bowl", {}, 2400, 8);
  add(bowl, "2");
  browser.get("/sign-up?next=%2Fcart");
  browser.post(
      "/sign-up",
      {{"email", "ada@example.org"}, {"name", "Ada"}, {"password", "short"}, {"next", "/cart"}});
  EXPECT_TRUE(has(browser.html, "At least 8 characters, please."));
  EXPECT_EQ(input_value(browser.html, "name"), "Ada");
  browser.post("/sign-up", {{"email", "ada@example.org"},
                            {"name", "Ada"},
                            {"password", "a long enough sentence"},
                            {"next", "/cart"}});
  EXPECT_EQ(browser.at, "/cart");
  EXPECT_TRUE(has(browser.html, "€48.00"));
  EXPECT_FALSE(browser.cookies.contains("cart"));
  browser.get("/checkout");
  EXPECT_EQ(input_value(browser.html, "email"), "ada@example.org");
  browser.post("/checkout", filled(browser.html));
  const std::string order = browser.at;
  EXPECT_TRUE(has(browser.html, "Thank you, it is paid.")) << browser.html;
  store->outbox().drain();
  browser.get("/account");
  EXPECT_TRUE(has(browser.html, order)) << browser.html;
  browser.get(order);
  browser.post(order + "/cancel", {{"order", input_value(browser.html, "order")}});
  EXPECT_TRUE(has(browser.html, "The order is cancelled.")) << browser.html;
  browser.get(order);
  EXPECT_TRUE(browser.cookies.contains("order_" + order.substr(3)));
  EXPECT_TRUE(verified().differences.empty());
}

// Signing out ends the session at once, also for whoever has kept its cookie and for pages that
// were just shown to it; a form without the session's own field signs nobody out.
TEST_P(PageTest, SignOutEndsTheSessionAtOnce) {
  browser.get("/sign-up");
  browser.post("/sign-up", {{"email", "ada@example.org"},
                            {"name", "Ada"},
                            {"password", "a long enough sentence"},
                            {"next", "/account"}});
  ASSERT_EQ(browser.at, "/account");
  const auto kept = browser.cookies;
  browser.get("/");
  browser.post("/sign-out", {});
  EXPECT_EQ(browser.status, 403) << "the start page has no field csrf";
  EXPECT_TRUE(has(browser.get("/account"), "ada@example.org"));
  browser.post("/sign-out", {});
  EXPECT_EQ(browser.at, "/sign-in?notice=signed_out") << browser.html;
  EXPECT_FALSE(browser.cookies.contains("__Host-session"));
  browser.cookies = kept;
  browser.get("/account");
  EXPECT_TRUE(browser.at.starts_with("/sign-in")) << browser.at;
  EXPECT_FALSE(has(browser.html, "ada@example.org"));
}

// After payment, without scripts: the parcel with its number, a request for a return, what
// happened, the receipt that pays the seller, and the withdrawal in two steps.
TEST_P(PageTest, AnOrderAfterPayment) {
  const Thing bowl = thing(clay, "Morning Bowl", {}, 2400, 8);
  add(bowl, "2");
  browser.get("/checkout");
  browser.post("/checkout", filled(browser.html));
  const std::string page = browser.at;
  const std::string order = input_value(browser.html, "order");
  const auto id = id_from_text<OrderId>(order);
  ASSERT_TRUE(id) << browser.html;
  store->main().write(
      [&](storage::Tx& tx) { EXPECT_TRUE(aftersale->ship(tx, {*id, "Post", "RR 77"}).ok()); });
  store->outbox().drain();
  browser.get(page);
  EXPECT_TRUE(has(browser.html, "RR 77")) << browser.html;
  EXPECT_TRUE(has(browser.html, "A parcel was sent"));
  EXPECT_FALSE(has(browser.html, page + "/cancel"));
  browser.get(page + "/refund?order=" + order);
  EXPECT_TRUE(has(browser.html, "Morning Bowl")) << browser.html;
  browser.post(page + "/refund", {{"order", order},
                                  {"kind", "return_goods"},
                                  {"reason", "damaged"},
                                  {"units-0", "1"},
                                  {"text", "cracked"}});
  EXPECT_TRUE(has(browser.html, "Your request was sent to the seller.")) << browser.html;
  browser.post(page + "/refund-step", {{"refund", input_value(browser.html, "refund")},
                                       {"version", input_value(browser.html, "version")},
                                       {"step", "close"}});
  EXPECT_TRUE(has(browser.html, "Your request was changed.")) << browser.html;
  browser.get(page + "/withdrawal?order=" + order);
  EXPECT_TRUE(has(browser.html, "Confirm withdrawal")) << browser.html;
  EXPECT_TRUE(has(browser.html, "ada@example.org"));
  browser.post(page + "/receipt", {{"order", order}});
  EXPECT_TRUE(has(browser.html, "This order is finished.")) << browser.html;
  browser.post(page + "/withdrawal", {{"order", order}});
  EXPECT_TRUE(has(browser.html, "Your withdrawal has arrived")) << browser.html;
  EXPECT_TRUE(has(browser.html, "waits for you to send it back"));
  EXPECT_TRUE(verified().differences.empty());
}

// A wrong password says so without telling which part was wrong; `next` never leads elsewhere.
TEST_P(PageTest, SignInRefusesAndStaysHere) {
  browser.get("/sign-in?next=https%3A%2F%2Fevil.example");
  EXPECT_EQ(input_value(browser.html, "next"), "/account");
  browser.get("/sign-in?next=%2F%2Fevil.example");
  EXPECT_EQ(input_value(browser.html, "next"), "/account");
  browser.post("/sign-in", {{"email", "ada@example.org"}, {"password", "wrong wrong"}});
  EXPECT_EQ(browser.status, 422);
  EXPECT_TRUE(has(browser.html, "E-mail address or password is not right."));
}

// Machines find the style sheet for ever under its content's name, robots.txt and the sitemap.
TEST_P(PageTest, MachinesFindTheirFiles) {
  const Thing bowl = thing(clay, "Morning Bowl", {}, 2400, 8);
  browser.get("/");
  const auto at = browser.html.find("/assets/shop.");
  const auto css =
      browser.raw(http::Method::get, browser.html.substr(at, browser.html.find('"', at) - at));
  EXPECT_EQ(css.status, 200);
  EXPECT_TRUE(has(css.content_type, "text/css"));
  EXPECT_EQ(browser.raw(http::Method::get, "/assets/shop.0.css").status, 404);
  EXPECT_TRUE(has(browser.raw(http::Method::get, "/robots.txt").body, "Disallow: /checkout"));
  EXPECT_TRUE(has(browser.raw(http::Method::get, "/sitemap.xml").body,
                  "<loc>https://shop.example" + bowl.path + "</loc>"));
}

INSTANTIATE_TEST_SUITE_P(Engines, PageTest, testing::ValuesIn(storage::test_engines()),
                         [](const auto& i) { return storage::engine_name(i.param); });

}  // namespace
}  // namespace fondaco::storefront
