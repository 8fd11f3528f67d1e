#include "sell.h"
#include "testing_shop.h"

namespace fondaco::storefront {
namespace {

using namespace std::string_literals;

/// A JPEG as far as its segments go, with a place in it.
const std::string kJpeg =
    "\xff\xd8\xff\xe1\0\x0cGPS 52.5N!"s + "\xff\xda\0\x06scan"s + "pixels\xff\xd9"s;

class SellTest : public ShopTest {
 protected:
  Browser signed_in(const std::string& email) {
    Browser b(*server);
    b.get("/sign-up");
    b.post("/sign-up", {{"email", email}, {"name", "Ada"}, {"password", "correct horse battery"}});
    return b;
  }
  static Browser::Fields bowl(std::string title = "Blue bowl", std::string price = "12,50") {
    return {{"title", std::move(title)}, {"price", std::move(price)},  {"condition", "good"},
            {"handover", "meeting"},     {"meeting_point", "Station"}, {"description", "<Nice>"}};
  }
  std::string problem(const Browser& b) {
    const auto at = b.html.find("class=\"error\"");
    return at == b.html.npos ? b.html.substr(0, 200) : b.html.substr(at, 200);
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, SellTest, testing::ValuesIn(storage::test_engines()),
                         [](const auto& i) { return storage::engine_name(i.param); });

// One form puts a thing up for sale: photo, price, place to meet; the page shows it, the photo has
// lost where it was taken, the name of the seller is told nowhere, and the books agree.
TEST_P(SellTest, OneFormIsEnough) {
  Browser b = signed_in("ada@example.org");
  b.get("/sell");
  ASSERT_EQ(b.status, 200);
  b.upload("/sell", bowl(), {{"photos", kJpeg}});
  ASSERT_EQ(b.status, 200) << problem(b);
  EXPECT_TRUE(b.at.starts_with("/p/")) << b.at;
  EXPECT_NE(b.html.find("Blue bowl"), std::string::npos);
  EXPECT_NE(b.html.find("12.50"), std::string::npos);
  EXPECT_NE(b.html.find("Station"), std::string::npos);
  EXPECT_NE(b.html.find("&lt;Nice&gt;"), std::string::npos);
  EXPECT_EQ(b.html.find("Ada"), std::string::npos);
  const auto at = b.html.find("/photos/");
  ASSERT_NE(at, std::string::npos);
  const auto photo = b.raw(http::Method::get, b.html.substr(at, b.html.find('"', at) - at));
  EXPECT_EQ(photo.content_type, "image/jpeg");
  EXPECT_EQ(photo.body.find("GPS"), std::string::npos);
  EXPECT_NE(photo.body.find("pixels"), std::string::npos);
  const auto found = verified();
  for (const auto& d : found.differences) ADD_FAILURE() << d.what << ' ' << d.id;

  // Withdrawn, the page is gone and the list empty.
  const std::string path = b.at;
  b.get("/sell");
  const std::string product = input_value(b.html, "product");
  ASSERT_FALSE(product.empty());
  Browser other = signed_in("ben@example.org");
  other.get("/sell");
  other.post("/sell/end", {{"product", product}});
  EXPECT_EQ(other.status, 404);
  b.post("/sell/end", {{"product", product}});
  EXPECT_EQ(b.status, 200);
  EXPECT_TRUE(input_value(b.html, "product").empty());
  store->outbox().drain();
  EXPECT_EQ(b.raw(http::Method::get, path).status, 404);
}

// Each mistake is said beside its field, and nothing is listed.
TEST_P(SellTest, MistakesAreSaid) {
  Browser guest(*server);
  guest.get("/sell");
  EXPECT_TRUE(guest.at.starts_with("/sign-in")) << guest.at;
  Browser b = signed_in("ada@example.org");
  const auto tried = [&](Browser::Fields fields, const std::string& photo) {
    b.get("/sell");
    b.upload("/sell", fields, {{"photos", photo}});
    return b.status;
  };
  EXPECT_EQ(tried(bowl("ab"), kJpeg), 422);
  EXPECT_NE(b.html.find("3 to 120"), std::string::npos);
  EXPECT_EQ(tried(bowl("Blue bowl", "0"), kJpeg), 422);
  EXPECT_EQ(tried(bowl("Blue bowl", "500.01"), kJpeg), 422);
  EXPECT_NE(b.html.find("up to 500"), std::string::npos);
  EXPECT_EQ(tried(bowl(), "<svg onload='x'/>"), 422);
  auto nowhere = bowl();
  nowhere[4].second = " ";
  EXPECT_EQ(tried(nowhere, kJpeg), 422);
  EXPECT_EQ(tried({{"title", "Blue bowl"}, {"price", "1"}}, kJpeg), 200);
  b.get("/sell");
  b.cookies.erase("nothing");
  b.html = "";  // Without the token of the form nothing is taken.
  b.upload("/sell", bowl(), {{"photos", kJpeg}});
  EXPECT_EQ(b.status, 403);
}

// Somebody who is not identified has ten open listings; ending one makes room.
TEST_P(SellTest, TenListingsUntilIdentified) {
  const PersonId ada = *people.create_user(
      {"ada@example.org", "correct horse battery", "Ada", "", {}, {}}, {}, "test");
  const Seller seller{gates, offers, availability, people};
  NewListing listing;
  listing.title = "Blue bowl";
  listing.price = {50'000, Currency::of("EUR")};
  listing.photos = {"/photos/a.jpg"};
  const auto list = [&] {
    return store->main().write(
        [&](storage::Tx& tx) { return list_thing(tx, seller, ada, listing); });
  };
  ProductId first;
  for (int i = 0; i < 10; ++i) {
    listing.title = "Bowl " + std::to_string(i);
    const auto listed = list();
    ASSERT_TRUE(listed.ok());
    if (i == 0) first = listed->product;
    EXPECT_EQ(list()->product, listed->product);  // Sent twice it is listed once.
  }
  listing.title = "One more";
  EXPECT_EQ(list().refusal(), SellRefusal::too_many);
  const auto end = [&](PersonId who) {
    return store->main().write(
        [&](storage::Tx& tx) { return end_listing(tx, seller, who, first); });
  };
  EXPECT_EQ(end(PersonId{5}).refusal(), SellRefusal::unknown_listing);
  EXPECT_TRUE(end(ada).ok());
  EXPECT_EQ(end(ada).refusal(), SellRefusal::unknown_listing);
  EXPECT_TRUE(list().ok());
  listing.title = "Too dear";
  listing.price.minor = 50'001;
  EXPECT_EQ(list().refusal(), SellRefusal::bad_price);
  listing.price.minor = 1;
  listing.description = std::string(2'001, 'a');
  EXPECT_EQ(list().refusal(), SellRefusal::bad_text);
  listing.description = "";
  listing.photos.clear();
  EXPECT_EQ(list().refusal(), SellRefusal::bad_photos);
  listing.photos = {"/photos/a.jpg"};
  listing.handover = Handover::meeting;
  EXPECT_EQ(list().refusal(), SellRefusal::meeting_point);
}

}  // namespace
}  // namespace fondaco::storefront
