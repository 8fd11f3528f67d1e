// Formats of other houses. What each of them says arrives where it belongs, and what we do not
// have is said.
#include "import_records.h"
#include "testing.h"

namespace fondaco::catalog {
namespace {

class Foreign : public CatalogTest {
 protected:
  ImportResult twice(std::string_view file, ImportFormat format) {
    auto first = import_text(file, format);
    const auto events = store->outbox().last_seq();
    const auto again = import_text(file, format);
    EXPECT_EQ(again.products.created + again.products.updated, 0);
    EXPECT_EQ(again.variants.created + again.variants.updated, 0);
    EXPECT_EQ(store->outbox().last_seq(), events);
    return first;
  }
  std::string offer_of(const Variant& v) {
    return store->main()
        .read()
        ->first(kReadOffer, {v.id},
                [](const storage::Row& row) {
                  return row.str(0) + (row.is_null(1) ? "" : " #" + std::to_string(row.integer(1)));
                })
        .value_or("none");
  }
  std::string refused(std::string_view file, ImportFormat format) {
    ImportOptions options;
    options.format = format;
    options.owner = owner;
    options.currency = Currency::of("EUR");
    const auto r = import_products(*store, *memory_source(file), options, sink);
    return r.ok() ? "taken" : r.refusal().code;
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, Foreign, testing::ValuesIn(storage::test_engines()),
                         [](const auto& p) { return storage::engine_name(p.param); });

constexpr std::string_view kWoo =
    "ID,Type,SKU,Name,Published,Visibility in catalog,Short description,Description,"
    "Date sale price ends,Tax status,Tax class,In stock?,Stock,Backorders allowed?,Weight (lbs),"
    "Sale price,Regular price,Categories,Tags,Images,Download 1 URL,Parent,Grouped products,"
    "External URL,Position,Attribute 1 name,Attribute 1 value(s),Attribute 2 name,"
    "Attribute 2 value(s),Meta: colour_code\n"
    "10,variable,TEE,Tee,1,visible,short,<p>long</p>,,taxable,reduced-rate,1,,0,,,,"
    "\"Clothing > Tees, Sale\",\"a, b\",\"https://x.example/1.png, https://x.example/2.png\",,,,,0,"
    "Colour,\"Blue, Red\",Fabric,Cotton,#1\n"
    "11,variation,TEE-B,Tee - Blue,1,visible,,,,taxable,parent,1,3,notify,1.5,8,10,,,"
    "https://x.example/2.png,,TEE,,,0,Colour,Blue,,,\n"
    "12,variation,TEE-R,Tee - Red,1,visible,,,2030-01-01,taxable,parent,0,,0,,8,10,,,,,id:10,,,0,"
    "Colour,,,,\n"
    "13,simple,,Tee,1,visible,only short,,,none,,1,,0,,,5,,,,,,,,0,,,,,\n"
    "14,\"simple, downloadable, virtual\",ALB,Album,1,visible,,,,taxable,,1,,0,,,15,Music,,,"
    "https://x.example/paid.zip,,,,0,,,,,\n"
    "15,grouped,GRP,Set,1,visible,,,,taxable,,1,,0,,,,,,,,,\"TEE, ALB\",,0,,,,,\n"
    "16,external,EXT,Elsewhere,1,visible,,,,taxable,,1,,0,,,30,,,,,,,https://y.example/,0,,,,,\n"
    "17,simple,HID,Hidden,1,hidden,,,,taxable,,1,,0,,,30,,,,,,,,0,,,,,\n"
    "18,simple,OFF,Off,0,visible,,,,taxable,,1,,0,,,30,,,,,,,,0,,,,,\n"
    "19,variation,LOST,Lost,1,visible,,,,taxable,,1,,0,,,30,,,,,NOBODY,,,0,Colour,Blue,,,\n"
    "20,simple,,,1,visible,,,,taxable,,1,,0,,,30,,,,,,,,0,,,,,\n"
    "21,simple,NEG,Negative,1,visible,,,,taxable,,1,,0,,,-3,,,,,,,,0,,,,,\n";

// Variable products with their variations, sale prices, stock that is or is not counted, tax
// classes, weights in pounds; two products of one name keep apart.
TEST_P(Foreign, WooCommerceArrives) {
  const auto r = twice(kWoo, ImportFormat::woocommerce);
  EXPECT_EQ(r.rows, 12);
  EXPECT_EQ(r.products.created, 7);
  EXPECT_EQ(r.variants.created, 8);
  EXPECT_EQ(r.errors, 3);
  const auto report = text_of(r.error_file.value());
  for (const char* why :
       {"the parent \"\"NOBODY\"\" is not in a row above", "the name is missing", "is negative"}) {
    EXPECT_NE(report.find(why), std::string::npos) << why << report;
  }
  const auto tee = by_handle("tee").value();
  EXPECT_EQ(tee.description, "<p>long</p>");
  EXPECT_EQ(tee.category, "Clothing > Tees");
  EXPECT_EQ(tee.attributes.at("Categories"), "Clothing > Tees, Sale");
  EXPECT_EQ(tee.attributes.at("Short description"), "short");
  EXPECT_EQ(tee.attributes.at("Fabric"), "Cotton");
  EXPECT_EQ(tee.attributes.at("Meta: colour_code"), "#1");
  EXPECT_EQ(tee.attributes.at("WooCommerce ID"), "10");
  EXPECT_EQ(tee.tags.size(), 2U);
  EXPECT_EQ(tee.media.size(), 2U);
  EXPECT_EQ(tee.status, Status::active);
  EXPECT_EQ(tee.options, std::vector<std::string>{"Colour"});
  ASSERT_EQ(tee.variants.size(), 2U);
  const auto& blue = tee.variants[0];
  EXPECT_EQ(blue.values[0], "Blue");
  EXPECT_EQ(blue.sku, "TEE-B");
  EXPECT_EQ(blue.weight_grams, 680);
  EXPECT_EQ(blue.tax_class, "reduced");
  EXPECT_EQ(blue.image, "https://x.example/2.png");
  EXPECT_EQ(blue.attributes.at("Continue selling when out of stock"), "continue");
  EXPECT_EQ(offer_of(blue), "EUR 800/1000 #3");
  EXPECT_EQ(tee.variants[1].values[0], "Any");
  EXPECT_EQ(offer_of(tee.variants[1]), "EUR 800/1000 #0");
  const auto other = by_handle("tee-13").value();
  EXPECT_EQ(other.description, "only short");
  EXPECT_EQ(other.variants[0].tax_class, "exempt");
  EXPECT_EQ(other.variants[0].attributes.at("Inventory tracker"), "none");
}

// What we cannot sell as the old shop did is a draft with a warning; paid files stay private.
TEST_P(Foreign, WooCommerceSaysWhatWeDoNotHave) {
  const auto r = import_text(kWoo, ImportFormat::woocommerce);
  const auto report = text_of(r.warning_file.value());
  for (const char* handle : {"album", "set", "elsewhere", "hidden", "off"}) {
    EXPECT_EQ(by_handle(handle)->status, Status::draft) << handle;
  }
  for (const char* why : {"is a download", "is a group of products", "is sold at another address",
                          "was hidden in the old shop", "is virtual", "has dates"}) {
    EXPECT_NE(report.find(why), std::string::npos) << why;
  }
  EXPECT_EQ(by_handle("set")->attributes.at("Grouped products"), "TEE, ALB");
  EXPECT_EQ(by_handle("elsewhere")->attributes.at("External URL"), "https://y.example/");
  const auto album = by_handle("album").value();
  for (const auto& [name, value] : album.attributes) {
    EXPECT_EQ(value.find("paid.zip"), std::string::npos) << name;
  }
}

constexpr std::string_view kFeed =
    "<?xml version=\"1.0\"?>\n<rss version=\"2.0\" xmlns:g=\"http://base.google.com/ns/1.0\">"
    "<channel><title>Shop</title>\n"
    "<item><g:id>S-1</g:id><g:item_group_id>Shirt</g:item_group_id><title>Shirt</title>"
    "<description>Soft &amp; &lt; wide</description><link>https://old.example/p/1</link>"
    "<g:color>Red</g:color><g:size>M</g:size><g:price>20.00 EUR</g:price>"
    "<g:sale_price>15.00 EUR</g:sale_price><g:availability>in stock</g:availability>"
    "<g:gtin>4006381333931</g:gtin><g:brand>Ada</g:brand><g:product_type>Men &gt; Shirts"
    "</g:product_type><g:shipping_weight>0.25 kg</g:shipping_weight>"
    "<g:image_link>https://x.example/1.jpg</g:image_link>"
    "<g:additional_image_link>https://x.example/2.jpg</g:additional_image_link>"
    "<g:shipping><g:country>DE</g:country>\n <g:price>4.90 EUR</g:price></g:shipping></item>\n"
    "<item><g:id>S-2</g:id><g:item_group_id>Shirt</g:item_group_id><title>Shirt, blue</title>"
    "<g:color>Blue</g:color><g:size>M</g:size><g:price>20.00 EUR</g:price>"
    "<g:availability>out_of_stock</g:availability></item>\n"
    "<item><g:id>K-1</g:id><g:item_group_id>Kitchen</g:item_group_id><title>Cup</title>"
    "<g:price>7.00 EUR</g:price><g:availability>preorder</g:availability></item>\n"
    "<item><g:id>K-2</g:id><g:item_group_id>Kitchen</g:item_group_id><title>Pot</title>"
    "<g:price>9.00 USD</g:price><g:availability>in_stock</g:availability></item>\n"
    "<item><g:id>K-3</g:id><title>Pan</title><g:price>9.00 EUR</g:price>"
    "<g:quantity>4</g:quantity><g:availability>in_stock</g:availability></item>\n"
    "<item><title>No id</title></item>\n"
    "</channel></rss>\n";

// Groups with colours become one product with variants, groups without are products of their own;
// sale prices, availability, weights and nested members arrive.
TEST_P(Foreign, GoogleFeedArrives) {
  const auto r = twice(kFeed, ImportFormat::google);
  EXPECT_EQ(r.rows, 6);
  EXPECT_EQ(r.products.created, 3);
  EXPECT_EQ(r.variants.created, 4);
  EXPECT_EQ(r.errors, 2);  // Dollars in a shop in euro; no id.
  const auto shirt = by_handle("shirt").value();
  EXPECT_EQ(shirt.title, "Shirt");
  EXPECT_EQ(shirt.description, "Soft &amp; &lt; wide");
  EXPECT_EQ(shirt.category, "Men > Shirts");
  EXPECT_EQ(shirt.brand, "Ada");
  EXPECT_EQ(shirt.options, (std::vector<std::string>{"Color", "Size"}));
  EXPECT_EQ(shirt.media.size(), 2U);
  EXPECT_EQ(shirt.attributes.at("shipping"), "country=DE; price=4.90 EUR");
  EXPECT_EQ(shirt.attributes.at("link"), "https://old.example/p/1");
  ASSERT_EQ(shirt.variants.size(), 2U);
  EXPECT_EQ(shirt.variants[0].sku, "S-1");
  EXPECT_EQ(shirt.variants[0].gtin(), "04006381333931");
  EXPECT_EQ(shirt.variants[0].weight_grams, 250);
  EXPECT_EQ(offer_of(shirt.variants[0]), "EUR 1500/2000");
  EXPECT_EQ(shirt.variants[0].attributes.at("Inventory tracker"), "none");
  EXPECT_EQ(offer_of(shirt.variants[1]), "EUR 2000 #0");
  const auto cup = by_handle("k-1").value();
  EXPECT_EQ(cup.variants[0].attributes.at("Continue selling when out of stock"), "continue");
  EXPECT_EQ(cup.attributes.at("item_group_id"), "Kitchen");
  EXPECT_EQ(offer_of(by_handle("k-3")->variants[0]), "EUR 900 #4");
}

// The same as tabs, with the names of the spreadsheet template, and as Atom.
TEST_P(Foreign, GoogleTabsAndAtom) {
  const auto tabs = twice(
      "id\ttitle\tdescription\tlink\timage link\tavailability\tprice\tsale price\titem group id\t"
      "color\n"
      "T-1\tTie\ta \"fine\" tie\thttps://o.example/1\thttps://x.example/t.jpg\tin stock\t"
      "12.00 EUR\t10 EUR\tties\tRed\n"
      "T-2\tTie\t\t\t\tin stock\t12.00 EUR\t\tties\tBlue\n",
      ImportFormat::google);
  EXPECT_EQ(tabs.products.created, 1);
  EXPECT_EQ(tabs.variants.created, 2);
  EXPECT_EQ(tabs.errors, 0);
  EXPECT_EQ(by_handle("ties")->description, "a &quot;fine&quot; tie");
  const auto atom = twice(
      "<feed xmlns=\"http://www.w3.org/2005/Atom\" xmlns:g=\"http://base.google.com/ns/1.0\">"
      "<entry><id>tag:x</id><title>Hat</title><summary>Warm</summary>"
      "<link href=\"https://o.example/hat\"/><g:id>H-1</g:id><g:price>30 EUR</g:price>"
      "<g:availability>in_stock</g:availability></entry></feed>",
      ImportFormat::google);
  EXPECT_EQ(atom.products.created, 1);
  const auto hat = by_handle("h-1").value();
  EXPECT_EQ(hat.title, "Hat");
  EXPECT_EQ(hat.description, "Warm");
  EXPECT_EQ(hat.attributes.at("link"), "https://o.example/hat");
}

// A feed that breaks off loses nothing of what came before; one that declares entities is stopped.
TEST_P(Foreign, BrokenFeedsAreErrors) {
  const auto cut = std::string(kFeed.substr(0, kFeed.find("<item><g:id>K-3")));
  const auto r = import_text(cut, ImportFormat::google);
  EXPECT_EQ(r.products.created, 2);
  EXPECT_NE(text_of(r.error_file.value()).find("the file ends early: line 8: no element found"),
            std::string::npos)
      << text_of(*r.error_file);
  const auto bomb = import_text(
      "<!DOCTYPE r [<!ENTITY a \"x\"><!ENTITY b \"&a;&a;\">]><rss><channel><item>"
      "<id>1</id><title>&b;</title></item></channel></rss>",
      ImportFormat::google);
  EXPECT_EQ(bomb.errors, 1);
  EXPECT_EQ(bomb.products.created, 0);
  EXPECT_NE(text_of(bomb.error_file.value()).find("declares an entity"), std::string::npos);
  const auto large =
      import_text("<rss><item><id>big</id><title>" + std::string(2 << 20, 'x') +
                      "</title></item><item><id>small</id><title>Small</title></item></rss>",
                  ImportFormat::google);
  EXPECT_EQ(large.errors, 1);
  EXPECT_TRUE(by_handle("small"));
}

// Food arrives as drafts without an offer, by their extract's names and by the project's own.
TEST_P(Foreign, FoodArrivesWithoutPrice) {
  const auto r = twice(
      "gtin,name,ingredients,image_url,fat_100g\n"
      "5000000126422,Cranberries,\"oats, sugar\",https://x.example/1.jpg,20\n"
      "123,Odd code,,,\n,No code,,,\n456,,,,\n",
      ImportFormat::openfoodfacts);
  EXPECT_EQ(r.products.created, 2);
  EXPECT_EQ(r.errors, 2);
  EXPECT_EQ(r.warnings, 1);
  const auto p = by_handle("5000000126422").value();
  EXPECT_EQ(p.status, Status::draft);
  EXPECT_EQ(p.variants[0].gtin(), "05000000126422");
  EXPECT_EQ(p.attributes.at("ingredients"), "oats, sugar");
  EXPECT_EQ(p.attributes.at("fat_100g"), "20");
  EXPECT_EQ(offer_of(p.variants[0]), "");
  const auto own = twice(
      "code\tproduct_name\tbrands\tcategories\tquantity\n"
      "5000102020017\t12 Taco Shell\tOld El Paso,Other\tMeals, Tacos\t150 g\n",
      ImportFormat::openfoodfacts);
  EXPECT_EQ(own.products.created, 1);
  const auto taco = by_handle("5000102020017").value();
  EXPECT_EQ(taco.brand, "Old El Paso");
  EXPECT_EQ(taco.category, "Meals");
  EXPECT_EQ(taco.attributes.at("quantity"), "150 g");
}

// Files that are no such format are refused as a whole.
TEST_P(Foreign, HopelessFilesAreRefused) {
  EXPECT_EQ(refused("", ImportFormat::woocommerce), "empty_file");
  EXPECT_EQ(refused("handle,title\na,A\n", ImportFormat::woocommerce), "bad_header");
  EXPECT_EQ(refused("Type,Name,Regular price,name\n", ImportFormat::woocommerce), "bad_header");
  EXPECT_EQ(refused("Type,N\xE9me\n", ImportFormat::woocommerce), "wrong_encoding");
  EXPECT_EQ(refused("", ImportFormat::google), "empty_file");
  EXPECT_EQ(refused("title\tprice\n", ImportFormat::google), "bad_header");
  EXPECT_EQ(refused("name,price\n", ImportFormat::openfoodfacts), "bad_header");
  EXPECT_EQ(refused("code,price\n", ImportFormat::openfoodfacts), "bad_header");
}

// Weights of other units come to the nearest gram; what is none is nothing.
TEST(Weights, OfOtherUnits) {
  EXPECT_EQ(grams_of("1.5", *milligrams_of_unit("kg")), 1500);
  EXPECT_EQ(grams_of(".5", *milligrams_of_unit("KG")), 500);
  EXPECT_EQ(grams_of("1", *milligrams_of_unit("lbs")), 454);
  EXPECT_EQ(grams_of("2", *milligrams_of_unit("oz")), 57);
  EXPECT_EQ(grams_of("12", *milligrams_of_unit("g")), 12);
  for (const char* none : {"", "x", "-1", "1e3", "1.x", "1000000"}) {
    EXPECT_FALSE(grams_of(none, 1000)) << none;
  }
  EXPECT_FALSE(milligrams_of_unit("stone"));
}

}  // namespace
}  // namespace fondaco::catalog
