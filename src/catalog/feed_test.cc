#include <fondaco/catalog/feed.h>

#include "testing.h"

#include <cstdio>

namespace fondaco::catalog {
namespace {

class FeedTest : public CatalogTest {
 protected:
  std::string feed(FeedOptions options = {}) {
    options.title = "Ada & Sons";
    options.base_url = "https://shop.example";
    std::string out;
    auto read = store->main().read();
    last = export_google(read, owner, offers, options, [&](std::string_view p) { out += p; });
    return out;
  }
  FeedResult last;
};
INSTANTIATE_TEST_SUITE_P(Engines, FeedTest, testing::ValuesIn(storage::test_engines()),
                         [](const auto& p) { return storage::engine_name(p.param); });

constexpr std::string_view kShop =
    "handle,title,description,brand,category,status,option1 name,option1 value,option2 name,"
    "option2 value,sku,gtin,price,compare at price,stock,weight grams,unit price measure,image\n"
    "shirt,Shirt <\x01\x62>,<p>Soft &amp; warm</p>,Ada,Men > Shirts,active,Colour,Red,Fit,Slim,S-1,"
    "4006381333931,15,20,3,250,750 ml / 1 l,https://x.example/1.jpg https://x.example/2.jpg\n"
    "shirt,,,,,,,Blue,,Wide,S-1,,15,,0,,,\n"
    "cup,Cup,,,,active,,,,,,,7,,1,,,\nfree,Free,,,,active,,,,,F-1,,0,,1,,,\n"
    "none,No price,,,,active,,,,,N-1,,,,1,,,\ndraft,Draft,,,,draft,,,,,D-1,,7,,1,,,\n";

// Every variant on sale is an item that says what Google asks for; others are not there.
TEST_P(FeedTest, SaysWhatGoogleAsksFor) {
  import_text(kShop);
  FeedOptions options;
  options.shipping = {{"DE", "standard", {490, Currency::of("EUR")}}};
  const auto xml = feed(options);
  EXPECT_EQ(last.items, 3);
  EXPECT_EQ(last.left_out, 2);
  for (const char* part :
       {"<title>Ada &amp; Sons</title>",
        "<g:id>S-1</g:id>",
        "<g:title>Shirt &lt;b&gt; – Red / Slim</g:title>",
        "<g:description>Soft &amp; warm</g:description>",
        "<g:link>https://shop.example/p/prd_",
        "<g:image_link>https://x.example/1.jpg</g:image_link>",
        "<g:additional_image_link>https://x.example/2.jpg</g:additional_image_link>",
        "<g:availability>in_stock</g:availability>",
        "<g:availability>out_of_stock</g:availability>",
        "<g:price>20.00 EUR</g:price>",
        "<g:sale_price>15.00 EUR</g:sale_price>",
        "<g:gtin>04006381333931</g:gtin>",
        "<g:brand>Ada</g:brand>",
        "<g:product_type>Men &gt; Shirts</g:product_type>",
        "<g:item_group_id>shirt</g:item_group_id>",
        "<g:color>Red</g:color>",
        "<g:attribute_name>Fit</g:attribute_name>",
        "<g:shipping_weight>250 g</g:shipping_weight>",
        "<g:unit_pricing_measure>750 ml</g:unit_pricing_measure>",
        "<g:country>DE</g:country>",
        "<g:price>4.90 EUR</g:price>",
        "<g:image_link>https://shop.example/media/generated/prd_",
        "<g:id>var_"}) {
    EXPECT_NE(xml.find(part), std::string::npos) << part;
  }
  EXPECT_EQ(xml.find("Draft"), std::string::npos);
  EXPECT_EQ(xml.find("F-1"), std::string::npos);
  options.most_items = 2;
  feed(options);
  EXPECT_TRUE(last.cut);
  EXPECT_EQ(last.items, 2);
}

// The feed is well-formed by somebody else's reading, too, and our own import reads it back:
// another shop gets the same variants, prices and barcodes, and twice is once.
TEST_P(FeedTest, IsWellFormedAndReadBack) {
  import_text(kShop);
  const auto xml = feed();
  const auto path = store.dir() + "/feed.xml";
  std::ofstream(path, std::ios::binary) << xml;
  const auto command = "command -v xmllint >/dev/null || exit 77; xmllint --noout " + path;
  const int code = std::system(command.c_str());
  EXPECT_TRUE(code == 0 || code >> 8 == 77) << code;
  owner = IdSource(store.clock(), 4).next<MerchantId>(78);
  const auto r = import_text(xml, ImportFormat::google);
  EXPECT_EQ(r.errors, 0);
  EXPECT_EQ(r.variants.created, 3);
  EXPECT_EQ(r.products.created, 2);
  EXPECT_EQ(import_text(xml, ImportFormat::google).products.unchanged, 2);
  const auto shirt = by_handle("shirt").value();
  EXPECT_EQ(shirt.options, std::vector<std::string>{"Color"});
  EXPECT_EQ(shirt.variants[0].gtin(), "04006381333931");
  EXPECT_EQ(shirt.variants[0].weight_grams, 250);
  auto read = store->main().read();
  const VariantId ids[] = {shirt.variants[0].id};
  const auto offer = offers.offers(read, owner, ids).at(0);
  EXPECT_EQ(offer.price->minor, 1500);
  EXPECT_EQ(offer.compare_at->minor, 2000);
}

}  // namespace
}  // namespace fondaco::catalog
