#include "testing.h"

namespace fondaco::catalog {
namespace {

class Import : public CatalogTest {};
INSTANTIATE_TEST_SUITE_P(Engines, Import, testing::ValuesIn(storage::test_engines()),
                         [](const auto& p) { return storage::engine_name(p.param); });

constexpr std::string_view kShirts =
    "handle,title,title:zh,description,brand,category,category:zh,tags,status,option1 name,"
    "option1 name:zh,option1 value,option1 value:zh,sku,gtin,price,compare at price,price:CNY,"
    "stock,weight grams,tax class,unit price measure,image,colour,attr:care\n"
    "shirt,Blue Shirt,蓝衬衫,<p>Soft</p>,Ada,Men > Shirts,男装 > 衬衫,\"cotton, blue\",active,Size,"
    "尺码,S,小,SH-S,4006381333931,19.90,25,150,4,200,reduced,,"
    "https://a.example/1.jpg https://a.example/2.jpg,blue,30 degrees\n"
    "shirt,,,,,,,,,,,M,中,SH-M,12345,19.90,,150.50,0,210,reduced,,,,\n"
    "mug,Mug,,,,Home,,,draft,,,,,MUG,,7,,,,,,300 ml / 1 l,,,\n";

// Every column of our own format arrives where it belongs.
TEST_P(Import, OwnFormatKeepsEverything) {
  const auto r = import_text(kShirts);
  EXPECT_EQ(r.rows, 3);
  EXPECT_EQ(r.products.created, 2);
  EXPECT_EQ(r.variants.created, 3);
  EXPECT_EQ(r.images, 2);
  EXPECT_EQ(r.warnings, 1);  // 12345 is no GTIN.
  EXPECT_EQ(r.errors, 0);
  EXPECT_FALSE(r.error_file);
  const auto shirt = by_handle("shirt").value();
  EXPECT_EQ(shirt.id.shard(), owner.shard());
  EXPECT_EQ(shirt.variants[0].id.shard(), owner.shard());
  EXPECT_EQ(title_in(shirt, "zh"), "蓝衬衫");
  EXPECT_EQ(description_in(shirt, "zh"), "<p>Soft</p>");
  EXPECT_EQ(shirt.category, "Men > Shirts");
  EXPECT_EQ(category_in(shirt, "zh"), "男装 > 衬衫");
  EXPECT_EQ(shirt.brand, "Ada");
  EXPECT_EQ(shirt.tags, (std::vector<std::string>{"cotton", "blue"}));
  EXPECT_EQ(shirt.status, Status::active);
  EXPECT_EQ(shirt.options, std::vector<std::string>{"Size"});
  EXPECT_EQ(option_in(shirt, 0, "zh"), "尺码");
  EXPECT_EQ(shirt.media.size(), 2U);
  EXPECT_EQ(colour_of(shirt), "blue");
  EXPECT_EQ(shirt.attributes.at("care"), "30 degrees");
  ASSERT_EQ(shirt.variants.size(), 2U);
  EXPECT_EQ(variant_title_in(shirt, shirt.variants[1], "zh"), "中");
  EXPECT_EQ(shirt.variants[0].gtin(), "04006381333931");
  EXPECT_EQ(shirt.variants[1].gtin(), "");
  EXPECT_EQ(shirt.variants[1].barcode, "12345");
  EXPECT_EQ(shirt.variants[0].weight_grams, 200);
  EXPECT_EQ(shirt.variants[0].tax_class, "reduced");
  const auto mug = by_handle("mug").value();
  EXPECT_EQ(mug.status, Status::draft);
  EXPECT_TRUE(mug.options.empty());
  EXPECT_EQ(mug.variants[0].unit_measure, "300 ml / 1 l");
  const auto offer = store->main().read()->first(
      kReadOffer, {shirt.variants[1].id}, [](const storage::Row& row) { return row.str(0); });
  EXPECT_EQ(offer, "EUR 1990,CNY 15050");
}

// Twice is once: no row changes, no event is published, all is counted as unchanged.
TEST_P(Import, TwiceChangesNothing) {
  import_text(kShirts);
  const auto events = store->outbox().last_seq();
  const auto before = all();
  const auto r = import_text(kShirts);
  EXPECT_EQ(r.products.unchanged, 2);
  EXPECT_EQ(r.variants.unchanged, 3);
  EXPECT_EQ(r.products.created + r.products.updated + r.variants.created + r.variants.updated, 0);
  EXPECT_EQ(r.warnings, 1);
  EXPECT_EQ(store->outbox().last_seq(), events);
  EXPECT_EQ(all(), before);
}

// A dry run counts like the real one, before and after it, and keeps nothing.
TEST_P(Import, DryRunCountsTheSameAndKeepsNothing) {
  batch_products = 1;  // Handles that come again are in other batches.
  const std::string file =
      "handle,title,option1 name,option1 value,sku,price,stock\n"
      "a,A,Size,S,1,5,1\nb,B,,,2,5,1\na,,,M,2,5,1\nb,,,,2,5,1\na,,,S,1,5,1\n";
  const auto dry = import_text(file, ImportFormat::own, true);
  EXPECT_TRUE(dry.dry_run);
  EXPECT_TRUE(all().empty());
  EXPECT_EQ(store->main().read()->scalar(kSumOffers, {}), 0);
  EXPECT_EQ(store->outbox().last_seq(), 0);
  const auto real = import_text(file);
  EXPECT_EQ(real.products.created, 2);
  EXPECT_EQ(real.variants.created, 3);
  EXPECT_EQ(real.warnings, 1);  // SKU 2 is on two variants.
  EXPECT_EQ(dry.products.created, real.products.created);
  EXPECT_EQ(dry.variants.created, real.variants.created);
  EXPECT_EQ(dry.variants.updated, real.variants.updated);
  EXPECT_EQ(dry.warnings, real.warnings);
  EXPECT_EQ(dry.errors, real.errors);
  const auto again = import_text(file, ImportFormat::own, true);
  EXPECT_EQ(again.products.unchanged, 2);
  EXPECT_EQ(again.variants.unchanged, 3);
}

// A change of one price is one updated variant; of one title one updated product; both counted.
TEST_P(Import, CountsWhatChanged) {
  import_text(kShirts);
  std::string other(kShirts);
  other.replace(other.find("MUG,,7,"), 7, "MUG,,8,");
  auto r = import_text(other);
  EXPECT_EQ(r.variants.updated, 1);
  EXPECT_EQ(r.variants.unchanged, 2);
  EXPECT_EQ(r.products.unchanged, 2);
  other.replace(other.find("Blue Shirt"), 10, "Navy Shirt");
  r = import_text(other);
  EXPECT_EQ(r.products.updated, 1);
  EXPECT_EQ(r.variants.unchanged, 3);
  EXPECT_EQ(by_handle("shirt")->title, "Navy Shirt");
  EXPECT_EQ(by_handle("shirt")->version, 2);
}

// Without matching option values the SKU says which variant a row means.
TEST_P(Import, UpsertsByOptionValuesElseBySku) {
  import_text(kShirts);
  const auto before = by_handle("shirt")->variants;
  const auto r = import_text(
      "handle,title,option1 value,sku,price\nshirt,Blue Shirt,Small,SH-S,19.90\n"
      "shirt,,M,SH-M2,19.90\nshirt,,L,SH-L,19.90\n");
  EXPECT_EQ(r.variants.updated, 2);
  EXPECT_EQ(r.variants.created, 1);
  const auto after = by_handle("shirt")->variants;
  ASSERT_EQ(after.size(), 3U);
  EXPECT_EQ(after[0].id, before[0].id);
  EXPECT_EQ(after[0].values[0], "Small");
  EXPECT_EQ(after[1].id, before[1].id);
  EXPECT_EQ(after[1].sku, "SH-M2");
  EXPECT_EQ(after[2].values[0], "L");
}

// A column that is not there leaves what is stored; one that is there and empty takes it away.
TEST_P(Import, AbsentColumnsLeaveWhatIsStored) {
  import_text(kShirts);
  import_text("handle,title,brand,option1 value,price\nshirt,Blue Shirt,,S,19.90\n");
  const auto shirt = by_handle("shirt").value();
  EXPECT_EQ(shirt.brand, "");
  EXPECT_EQ(shirt.category, "Men > Shirts");
  EXPECT_EQ(shirt.tags.size(), 2U);
  EXPECT_EQ(shirt.variants[0].sku, "SH-S");
}

// Rows of a product may stand apart; rows that only bring an image bring only an image.
TEST_P(Import, ProductsSpanManyRows) {
  batch_products = 1;
  const auto r = import_text(
      "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Image Src,Image Position\n"
      "a,A,Size,S,a1,5,https://x.example/2.jpg,2\n"
      "a,,,,,,https://x.example/1.jpg,1\n"
      "b,B,Title,Default Title,b1,5,,\n"
      "a,,,M,a2,6,https://x.example/3.jpg,\n",
      ImportFormat::shopify);
  EXPECT_EQ(r.products.created, 2);
  EXPECT_EQ(r.variants.created, 3);
  EXPECT_EQ(r.images, 3);
  EXPECT_EQ(r.errors, 0);
  const auto a = by_handle("a").value();
  EXPECT_EQ(a.variants.size(), 2U);
  ASSERT_EQ(a.media.size(), 3U);
  EXPECT_EQ(a.media[0].src, "https://x.example/1.jpg");
  EXPECT_TRUE(by_handle("b")->options.empty());
}

// New headers, unknown columns kept where they belong, a product that has only a title.
TEST_P(Import, ShopifyNewHeadersAndUnknownColumns) {
  const auto r = import_text(
      "Title,URL handle,Description,Vendor,Product category,Type,Status,SKU,Option1 name,"
      "Option1 value,Price,Cost per item,Charge tax,Tax code,Inventory tracker,"
      "Inventory quantity,Price / International,Season (product.metafields.custom.season)\n"
      "Nice Lamp,,<b>x</b><script>y</script>,Ada,,Lamps,Active,L1,Title,Default Title,10,4.5,"
      "FALSE,,,3,11,winter\n",
      ImportFormat::shopify);
  EXPECT_EQ(r.errors, 0);
  const auto lamp = by_handle("nice-lamp").value();
  EXPECT_EQ(lamp.description, "<b>x</b>");
  EXPECT_EQ(lamp.category, "Lamps");
  EXPECT_EQ(lamp.attributes.at("Season (product.metafields.custom.season)"), "winter");
  const auto& v = lamp.variants.at(0);
  EXPECT_EQ(v.attributes.at("Cost per item"), "4.5");
  EXPECT_EQ(v.attributes.at("Price / International"), "11");
  EXPECT_EQ(v.tax_class, "exempt");
}

struct Bad {
  std::string_view row;
  std::string_view message;
};

// Each refusal: the row is an error with its reason, the others are taken over.
TEST_P(Import, BadRowsAreErrorsAndNothingElseIsLost) {
  const Bad cases[] = {
      {",X,,,x,5,,,\n", "the handle is missing"},
      {"x,,,,x,5,,,\n", "must not be empty"},
      {"x,X,,,x,-5,,,\n", "\"-5\" is negative"},
      {"x,X,,,x,5.999,,,\n", "is no amount in EUR (2 decimals)"},
      {"x,X,,,x,5 XXY,,,\n", "names an unknown currency"},
      {"x,X,,,x,5 USD,,,\n", "is in USD when the column is in EUR"},
      {"x,X,,,x,abc,,,\n", "is no amount"},
      {"x,X,,,x,5,1,,\n", "names an unknown currency"},
      {"x,X,,,x,5,,4,\n", "has option 4, at most 3 are possible"},
      {"x,X,,,x,5,,,lots\n", "is no whole number"},
      {"x,X,,\"un\"closed,x,5,,,\n", "text after a closing quote"},
      {"x,X,\xD0 \xD0,,x,5,,,\n", "is not UTF-8"},
      {"x,X,,,x\n", "has 5 columns when the header has 9"},
  };
  int number = 0;
  for (const auto& c : cases) {
    const auto tag = std::to_string(++number);
    const std::string file =
        "handle,title,brand,option1 value,sku,price,price:XXQ,option4 value,stock\n"
        "before" +
        tag + ",B,,,b,5,,,1\n" + std::string(c.row) + "after" + tag + ",A,,,a" + tag + ",5,,,1\n";
    const auto r = import_text(file);
    EXPECT_EQ(r.errors, 1) << c.message;
    EXPECT_EQ(r.products.created, 2) << c.message;
    ASSERT_TRUE(r.error_file) << c.message;
    const auto report = text_of(*r.error_file);
    EXPECT_NE(report.find(std::string(c.message.substr(0, c.message.find('"') ? 60 : 0))),
              std::string::npos)
        << report;
    EXPECT_EQ(report.rfind("row,column,message,original row\n3,", 0), 0U) << report;
    EXPECT_FALSE(by_handle("x")) << c.message;
  }
}

// A product keeps its good variants when one row is bad, even the first.
TEST_P(Import, OneBadVariantDoesNotCostTheProduct) {
  const auto r = import_text(
      "handle,title,option1 name,option1 value,sku,price\n"
      "a,A,Size,S,1,-1\na,,,M,2,5\na,,,,3,5\n");
  EXPECT_EQ(r.errors, 2);  // The price; and a variant without a value for its option.
  EXPECT_EQ(r.variants.created, 1);
  EXPECT_EQ(by_handle("a")->title, "A");
}

// More variants than possible: the first 2,000 are taken over, each other row is an error.
TEST_P(Import, VariantsAreLimited) {
  std::string file = "handle,title,option1 name,option1 value,sku,price\n";
  for (int i = 1; i <= 2002; ++i) {
    file += i == 1 ? "a,A,No," : "a,,,";
    file += std::to_string(i) + ",s" + std::to_string(i) + ",5\n";
  }
  const auto r = import_text(file);
  EXPECT_EQ(r.errors, 2);
  EXPECT_EQ(r.variants.created, 2000);
  EXPECT_NE(text_of(*r.error_file).find("has 2001 variants, at most 2000"), std::string::npos);
}

// Two rows with the same option values: the same SKU is a repetition, another one a loss.
TEST_P(Import, RepeatedOptionValues) {
  const auto r = import_text("handle,title,sku,price\na,A,1,5\na,,1,6\na,,2,7\n");
  EXPECT_EQ(r.warnings, 1);
  EXPECT_EQ(r.errors, 1);
  EXPECT_EQ(by_handle("a")->variants.size(), 1U);
}

// Files that are no such CSV are refused as a whole and say why.
TEST_P(Import, HopelessFilesAreRefused) {
  const Bad cases[] = {
      {"", "empty_file"},
      {"a;b;c\n1;2;3\n", "bad_header"},
      {"title,price\nx,1\n", "bad_header"},
      {"handle,title,Title\n", "bad_header"},
      {std::string_view("\xFF\xFEh\0a\0", 6), "wrong_encoding"},
      {"handle,titl\xE9\n", "wrong_encoding"},
  };
  for (const auto& c : cases) {
    ImportOptions options;
    options.format = ImportFormat::own;
    options.owner = owner;
    options.currency = Currency::of("EUR");
    const auto r = import_products(*store, *memory_source(c.row), options, sink);
    ASSERT_FALSE(r.ok()) << c.row;
    EXPECT_EQ(r.refusal().code, c.message) << c.row;
  }
}

// Formulas stay text in the catalogue, and cannot run when exported; the guard comes off again.
TEST_P(Import, FormulasAreGuardedInExports) {
  import_text("handle,title,sku,price\na,=HYPERLINK(1),+1,5\n");
  EXPECT_EQ(by_handle("a")->title, "=HYPERLINK(1)");
  std::string csv;
  auto read = store->main().read();
  export_shopify(read, owner, offers, [&](std::string_view part) { csv += part; });
  EXPECT_NE(csv.find("'=HYPERLINK(1)"), std::string::npos);
  EXPECT_NE(csv.find("'+1"), std::string::npos);
  const auto r = import_text(csv, ImportFormat::shopify);
  EXPECT_EQ(r.products.unchanged, 1);
  EXPECT_EQ(r.variants.unchanged, 1);
}

// Everything of our own format survives an export as Shopify's CSV.
TEST_P(Import, ExportAndImportAgain) {
  import_text(kShirts);
  import_text(
      "handle,title,option1 name,option1 value,sku,price,attr:Title\n"
      "odd,Odd,Colour,red,o1,5,a name of theirs\nodd,,,blue,o2,6,only blue's\n");
  std::string csv;
  {
    auto read = store->main().read();
    const auto done = export_shopify(read, owner, offers, [&](std::string_view p) { csv += p; });
    EXPECT_EQ(done.products, 3);
    EXPECT_EQ(done.variants, 5);
  }
  const auto before = all();
  const auto r = import_text(csv, ImportFormat::shopify);
  EXPECT_EQ(r.errors, 0);
  EXPECT_EQ(r.products.unchanged, 3);
  EXPECT_EQ(r.variants.unchanged, 5);
  EXPECT_EQ(all(), before);
}

constexpr std::string_view kOdd =
    "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Image Src,Image Alt Text,"
    "Variant Image,Variant Inventory Tracker,Variant Inventory Policy,Variant Taxable,Type,"
    "Published,attr:Title,Variant Weight Unit\n"
    "odd,Odd,Colour,red,o1,5,https://x.example/1.jpg,one,https://x.example/2.jpg,,deny,false,Toys,"
    "false,a name of theirs,lb\n"
    "odd,,,blue,o2,6,https://x.example/2.jpg,two,,shopify,continue,true,,,,\n"
    "odd,,,,,,https://x.example/3.jpg,three,,,,,,,,\n"
    "bare,Bare,Title,Default Title,,,https://x.example/4.jpg,,,shopify,deny,true,,,,\n";

// Our own format gives everything back: what came from our files and what came from Shopify's,
// also into an empty shop.
TEST_P(Import, OwnExportAndImportAgain) {
  import_text(kShirts);
  import_text(kOdd, ImportFormat::shopify);
  std::string csv;
  {
    auto read = store->main().read();
    const auto done = export_own(read, owner, offers, [&](std::string_view p) { csv += p; });
    EXPECT_EQ(done.products, 4);
    EXPECT_EQ(done.variants, 6);
  }
  const auto before = all();
  const auto events = store->outbox().last_seq();
  const auto r = import_text(csv);
  EXPECT_EQ(r.errors, 0);
  EXPECT_EQ(r.products.unchanged, 4);
  EXPECT_EQ(r.variants.unchanged, 6);
  EXPECT_EQ(store->outbox().last_seq(), events);
  EXPECT_EQ(all(), before);
  owner = IdSource(store.clock(), 4).next<MerchantId>(78);
  EXPECT_EQ(import_text(csv).products.created, 4);
  std::string again;
  auto read = store->main().read();
  export_own(read, owner, offers, [&](std::string_view p) { again += p; });
  EXPECT_EQ(again, csv);
}

// A cell of 10 MB costs its own row and nothing else, and never its size in memory.
TEST_P(Import, HugeCellIsAnErrorOfItsRow) {
  std::string file = "handle,title,sku,price\nbefore,B,b,5\nhuge,\"";
  file.append(10 << 20, 'x');
  file += "\",h,5\nafter,A,a,5\n";
  const auto r = import_text(file);
  EXPECT_EQ(r.rows, 3);
  EXPECT_EQ(r.errors, 1);
  EXPECT_EQ(r.products.created, 2);
  EXPECT_FALSE(by_handle("huge"));
  EXPECT_TRUE(by_handle("after"));
  const auto report = text_of(r.error_file.value());
  EXPECT_NE(report.find("1048576"), std::string::npos) << report.substr(0, 300);
  EXPECT_LT(report.size(), 100'000U);
}

// Quotes that nobody closes cost what they swallow up to the limit, never the rest of the file.
TEST_P(Import, UnclosedQuotesLoseNothingElse) {
  std::string file = "handle,title,sku,price\nbefore,B,b,5\nopen,\"Never closed,o,5\n";
  for (int i = 0; i < 50; ++i) {
    const auto n = std::to_string(i);
    file += "p" + n + ",P,s" + n + ",5\n";
  }
  const auto r = import_text(file);
  EXPECT_EQ(r.errors, 1) << text_of(r.error_file.value());
  EXPECT_EQ(r.products.created, 51);
}

// The last line that the command prints is exactly the contract's object.
TEST(ImportJson, IsTheContracts) {
  ImportResult r;
  r.rows = 3;
  r.products.created = 1;
  r.error_file = "/x";
  EXPECT_EQ(json_of_import(r),
            "{\"rows\":3,\"products\":{\"created\":1,\"updated\":0,\"unchanged\":0},"
            "\"variants\":{\"created\":0,\"updated\":0,\"unchanged\":0},\"images\":0,"
            "\"warnings\":0,\"errors\":0,\"error_file\":\"/x\",\"seconds\":0,\"dry_run\":false}");
}

}  // namespace
}  // namespace fondaco::catalog
