// The tables that a moving shop brings, on both engines: each kind of row, each refusal, twice is
// once, a dry run keeps nothing, and what goes out comes in again.
#include "import_customers.h"
#include "import_orders.h"
#include "import_redirects.h"
#include "import_sink.h"
#include "import_stock.h"
#include "wire.h"

#include <fondaco/base/json_write.h>
#include <fondaco/catalog/import.h>
#include <fondaco/orders/privacy.h>
#include <fondaco/shoppers/customers.h>
#include <fondaco/storage/testing.h>

#include <gtest/gtest.h>

#include <fstream>

namespace fondaco::server {
namespace {

class Tables : public testing::TestWithParam<storage::Engine> {
 protected:
  Tables() : store_(GetParam(), all_migrations()), shoppers_(*store_) {
    bikes_ = merchant("bikes");
    products(bikes_,
             "handle,title,option1 name,option1 value,sku,price\n"
             "lamp,Lamp,Colour,Red,L-R,10\nlamp,,,Blue,L-B,11\nchair,Chair,,,C-1,50\n"
             "twin,Twin,,,SAME,5\ntwin2,Twin,,,SAME,5\n");
  }

  marketplace::Merchant merchant(const std::string& slug) {
    marketplace::NewMerchant wanted;
    wanted.slug = slug;
    wanted.name = slug;
    wanted.state = marketplace::MerchantState::active;
    wanted.currency = Currency::of("EUR");
    wanted.country = "DE";
    return store_->main().write([&](storage::Tx& tx) {
      auto made = marketplace::create_merchant(tx, wanted).value();
      place_for_import(tx, made);
      return *marketplace::find_merchant(tx, made.id);
    });
  }
  void products(const marketplace::Merchant& m, std::string_view csv) {
    catalog::ImportOptions options;
    options.format = catalog::ImportFormat::own;
    options.owner = m.id;
    options.currency = m.currency;
    ImportSink sink(m.id, m.default_place, counters_);
    const auto done =
        catalog::import_products(*store_, *catalog::memory_source(csv), options, sink);
    ASSERT_TRUE(done.ok());
    ASSERT_EQ(done->errors, 0);
  }
  TableResult run(TableTaker& taker, std::string_view csv, bool dry_run = false,
                  bool personal = false) {
    TableRun run;
    run.dry_run = dry_run;
    run.personal = personal;
    run.report_prefix = store_.dir() + "/table";
    run.batch = 2;
    auto done = import_table(*store_, *catalog::memory_source(csv), run, taker);
    EXPECT_TRUE(done.ok()) << (done.ok() ? "" : done.refusal().message);
    return done.ok() ? std::move(done.value()) : TableResult{};
  }
  TableResult stock(std::string_view csv, bool create = false, bool dry_run = false) {
    StockTaker taker({bikes_.id, create}, counters_);
    return run(taker, csv, dry_run);
  }
  TableResult customers(std::string_view csv, bool dry_run = false) {
    CustomerTaker taker(shoppers_.keyring());
    return run(taker, csv, dry_run, true);
  }
  TableResult orders(std::string_view csv) {
    OrderTaker taker({bikes_.id, bikes_.currency}, shoppers_.keyring());
    return run(taker, csv, false, true);
  }
  TableResult redirects(std::string_view csv) {
    RedirectTaker taker(bikes_.id);
    return run(taker, csv);
  }
  static std::string text_of(const std::optional<std::string>& path) {
    if (!path) return {};
    std::ifstream in(*path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static void expect(const TableResult& r, std::int64_t created, std::int64_t updated,
                     std::int64_t unchanged, std::int64_t errors) {
    EXPECT_EQ(r.things.created, created);
    EXPECT_EQ(r.things.updated, updated);
    EXPECT_EQ(r.things.unchanged, unchanged);
    EXPECT_EQ(r.errors, errors) << text_of(r.error_file);
  }
  PersonId person(std::string_view mail) {
    auto read = store_->main().read();
    return shoppers::person_by_email(read, shoppers_.keyring(), mail).value_or(PersonId{});
  }
  template <class F>
  std::string exported(F&& f) {
    std::string out;
    auto read = store_->main().read();
    f(*read, [&](std::string_view part) { out += part; });
    return out;
  }
  storage::Findings verified() {
    storage::Findings findings;
    auto read = store_->main().read();
    inventory::verify(read, findings);
    shoppers::verify(read, findings);
    auto keys = store_->keys().read();
    shoppers::verify_keys(read, keys, findings);
    return findings;
  }

  storage::TestStore store_;
  shoppers::Shoppers shoppers_;
  inventory::Availability counters_{store_.clock()};
  marketplace::Merchant bikes_;
};
INSTANTIATE_TEST_SUITE_P(Engines, Tables, testing::ValuesIn(storage::test_engines()),
                         [](const auto& p) { return storage::engine_name(p.param); });

constexpr std::string_view kStock =
    "Handle,Option1 Value,SKU,Location,On hand (new)\n"
    ",,C-1,Back room,7\nlamp,Blue,,bikes warehouse,3\n,,C-1,bikes warehouse,not stocked\n";

// Units go to places by name; a new place needs the flag; twice is once; verify recomputes.
TEST_P(Tables, StockPerPlace) {
  const auto refused = stock(kStock);
  expect(refused, 0, 1, 1, 1);
  EXPECT_NE(text_of(refused.error_file).find("there is no place \"\"Back room\"\""),
            std::string::npos);
  const auto dry = stock(kStock, true, true);
  expect(dry, 1, 0, 2, 0);
  EXPECT_EQ(dry.more[0].second, 1);
  const auto done = stock(kStock, true);
  expect(done, 1, 0, 2, 0);
  EXPECT_EQ(json_of_table(done, "stock").find("{\"rows\":3,\"stock\":{\"created\":1,"), 0U);
  EXPECT_NE(json_of_table(done, "stock").find("\"places_created\":1"), std::string::npos);
  const auto events = store_->outbox().last_seq();
  expect(stock(kStock, true), 0, 0, 3, 0);
  EXPECT_EQ(store_->outbox().last_seq(), events);
  EXPECT_TRUE(verified().differences.empty());
}

// Each row that cannot be taken says why, and costs only itself.
TEST_P(Tables, StockRefusals) {
  const auto r = stock(
      "sku,handle,option1 value,place,place kind,on hand\n"
      "NONE,,,bikes warehouse,,1\nSAME,,,bikes warehouse,,1\n,,,bikes warehouse,,1\n"
      ",gone,,bikes warehouse,,1\n,lamp,Green,bikes warehouse,,1\nC-1,,,,,1\n"
      "C-1,,,bikes warehouse,,-1\nC-1,,,bikes warehouse,,many\nC-1,,,New,castle,1\n"
      "C-1,,,bikes warehouse,,4\n",
      true);
  expect(r, 0, 1, 0, 9);
  const auto report = text_of(r.error_file);
  for (const char* why :
       {"there is no SKU \"\"NONE\"\"", "is of 2 variants", "the SKU is missing",
        "there is no product \"\"gone\"\"", "has no variant with these option values",
        "the place is missing", "\"\"-1\"\" is no number", "\"\"many\"\" is no number",
        "\"\"castle\"\" is no kind of place"}) {
    EXPECT_NE(report.find(why), std::string::npos) << why << report;
  }
  store_->main().write([&](storage::Tx& tx) {
    const auto chair = catalog::variants_by_sku(tx, bikes_.id, "C-1").at(0).variant;
    const auto row = inventory::find(tx, chair, bikes_.default_place).value();
    ASSERT_TRUE(inventory::reserve(tx, {row.id, 3, 0, tx.now() + hours(1)}).ok());
  });
  const auto below = stock("sku,place,on hand\nC-1,bikes warehouse,2\n");
  expect(below, 0, 0, 0, 1);
  EXPECT_NE(text_of(below.error_file).find("is 2, but 3 units are promised"), std::string::npos);
}

// Stock goes out and comes in again as it was.
TEST_P(Tables, StockOutAndInAgain) {
  stock(kStock, true);
  const auto csv = exported(
      [&](storage::Read& read, const auto& write) { export_stock(read, bikes_.id, write); });
  EXPECT_NE(csv.find("chair,,,,C-1,Back room,warehouse,7\n"), std::string::npos) << csv;
  const auto again = stock(csv);
  EXPECT_EQ(again.things.created + again.things.updated + again.errors, 0);
}

// A header that names too little is refused as a whole.
TEST_P(Tables, HopelessHeadersAreRefused) {
  const auto code = [&](TableTaker&& taker, std::string_view csv) {
    const auto r = import_table(*store_, *catalog::memory_source(csv), {}, taker);
    return r.ok() ? "taken" : r.refusal().code;
  };
  EXPECT_EQ(code(StockTaker({bikes_.id}, counters_), "place,on hand\n"), "bad_header");
  EXPECT_EQ(code(StockTaker({bikes_.id}, counters_), "sku,on hand\n"), "bad_header");
  EXPECT_EQ(code(StockTaker({bikes_.id}, counters_), "sku,place\n"), "bad_header");
  EXPECT_EQ(code(StockTaker({bikes_.id}, counters_), ""), "empty_file");
  EXPECT_EQ(code(CustomerTaker(shoppers_.keyring()), "name\n"), "bad_header");
  EXPECT_EQ(code(OrderTaker({bikes_.id, bikes_.currency}, shoppers_.keyring()), "Name\n"),
            "bad_header");
  EXPECT_EQ(code(RedirectTaker(bikes_.id), "from\n"), "bad_header");
  EXPECT_EQ(code(RedirectTaker(bikes_.id), "to\n"), "bad_header");
}

constexpr std::string_view kShopifyCustomers =
    "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Address1,"
    "Default Address City,Default Address Country Code,Default Address Zip,Phone,"
    "Email Marketing Consent Date\n"
    "1,Ada,Lovelace,ada@x.example,yes,St James 12,London,GB,SW1,+44 20,2024-01-02\n"
    "2,Bob,Builder,bob@x.example,yes,Street 1,,DE,,,\n"
    "3,Cleo,,cleo@x.example,no,,,,,,\n"
    "4,Nobody,,,no,,,,,,\n5,Bad,,not an address,no,,,,,,\n";

// People come with what the file proves; a mere "yes" is no consent; twice is once; the reports
// repeat nothing personal.
TEST_P(Tables, CustomersWithProvenConsentOnly) {
  const auto dry = customers(kShopifyCustomers, true);
  expect(dry, 3, 0, 0, 2);
  EXPECT_FALSE(person("ada@x.example"));
  const auto r = customers(kShopifyCustomers);
  expect(r, 3, 0, 0, 2);
  EXPECT_EQ(r.warnings, 1);
  const std::vector<std::pair<std::string, std::int64_t>> more = {
      {"addresses", 1}, {"consents", 1}, {"consents_unproven", 1}};
  EXPECT_EQ(r.more, more);
  const auto reports = text_of(r.error_file) + text_of(r.warning_file);
  for (const char* personal : {"Ada", "Street", "not an address", "example"}) {
    EXPECT_EQ(reports.find(personal), std::string::npos) << personal;
  }
  const auto ada = person("ADA@x.example");
  using shoppers::ContactChannel, shoppers::Purpose;
  {
    auto read = store_->main().read();
    EXPECT_TRUE(shoppers::consent_for(read, ada, Purpose::marketing, ContactChannel::email));
    EXPECT_FALSE(shoppers::consent_for(read, person("bob@x.example"), Purpose::marketing,
                                       ContactChannel::email));
    const auto ledger = shoppers::consents_of(read, shoppers_.keyring(), ada, 10);
    ASSERT_EQ(ledger.size(), 1U);
    EXPECT_NE(ledger[0].proof.find("date: 2024-01-02"), std::string::npos);
    const auto address = shoppers::addresses_of(read, shoppers_.keyring(), ada).at(0).address;
    EXPECT_EQ(address.name, "Ada Lovelace");
    EXPECT_EQ(address.telephone, "+44 20");
  }
  const auto events = store_->outbox().last_seq();
  expect(customers(kShopifyCustomers), 0, 0, 3, 2);
  EXPECT_EQ(store_->outbox().last_seq(), events);
  EXPECT_TRUE(verified().differences.empty());
}

// What somebody has taken back here is not given again by an old file.
TEST_P(Tables, ConsentTakenBackStaysTakenBack) {
  customers(kShopifyCustomers);
  const auto ada = person("ada@x.example");
  using shoppers::ContactChannel, shoppers::Purpose;
  store_->main().write([&](storage::Tx& tx) {
    ASSERT_TRUE(shoppers::record_consent(tx, shoppers_.keyring(),
                                         {ada, Purpose::marketing, ContactChannel::email, false,
                                          "2026-11", "account page"})
                    .ok());
  });
  expect(customers(kShopifyCustomers), 0, 0, 3, 2);
  auto read = store_->main().read();
  EXPECT_FALSE(shoppers::consent_for(read, ada, Purpose::marketing, ContactChannel::email));
}

// WooCommerce's columns, and our own export read back: the same file again.
TEST_P(Tables, CustomersOfWooAndOurOwn) {
  const auto woo = customers(
      "user_email,first_name,last_name,billing_first_name,billing_last_name,billing_address_1,"
      "billing_city,billing_postcode,billing_country,shipping_first_name,shipping_last_name,"
      "shipping_address_1,shipping_city,shipping_country\n"
      "d@x.example,Dora,Dee,Dora,Dee,Way 1,Bonn,53111,DE,Work,Place,Lane 2,Ulm,DE\n");
  expect(woo, 1, 0, 0, 0);
  EXPECT_EQ(woo.more[0].second, 2);
  customers(kShopifyCustomers);
  const auto write_out = [&](storage::Read& read, const auto& write) {
    export_customers(read, shoppers_.keyring(), write);
  };
  const auto csv = exported(write_out);
  expect(customers(csv), 0, 0, 4, 0);
  storage::TestStore other(GetParam(), all_migrations(), 2);
  shoppers::Shoppers there(*other);
  CustomerTaker taker(there.keyring());
  const auto moved = import_table(*other, *catalog::memory_source(csv), {}, taker);
  ASSERT_TRUE(moved.ok());
  EXPECT_EQ(moved->things.created, 4);
  std::string again;
  auto read = other->main().read();
  export_customers(*read, there.keyring(), [&](std::string_view part) { again += part; });
  const auto lines = [](std::string text) {
    std::vector<std::string> out;
    for (std::size_t at = 0; at < text.size();) {
      const auto end = text.find('\n', at);
      out.push_back(text.substr(at, end - at));
      at = end + 1;
    }
    std::sort(out.begin(), out.end());  // Ids, and so the order, are the other house's own.
    return out;
  };
  EXPECT_EQ(lines(again), lines(csv));
}

constexpr std::string_view kShopifyOrders =
    "Name,Email,Financial Status,Fulfillment Status,Currency,Subtotal,Shipping,Taxes,Total,"
    "Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Shipping Name,"
    "Shipping Address1,Shipping City,Shipping Country,Discount Amount\n"
    "#1001,ada@x.example,paid,fulfilled,EUR,31.00,4.90,5.73,35.90,2024-01-02 03:04:05 +0100,1,"
    "Lamp - Red,10.00,L-R,Ada Lovelace,St James 12,London,GB,0.00\n"
    "#1001,ada@x.example,,,,,,,,2024-01-02 03:04:05 +0100,2,Mug,10.50,,,,,,\n"
    "#1002,new@x.example,refunded,,EUR,5,0,0,5,2024-02-03T00:00:00Z,1,Cup,5,,,,,,\n"
    "#1003,x@x.example,paid,,EUR,5,0,0,5,yesterday,1,Cup,5,,,,,,\n"
    "#1004,x@x.example,paid,,XXQ,5,0,0,5,2024-02-03,1,Cup,5,,,,,,\n"
    "#1005,x@x.example,paid,,EUR,5,0,0,5,2024-02-03,1,Cup,five,,,,,,\n"
    "#1006,x@x.example,paid,,EUR,5,0,0,5,2024-02-03,1,,5,,,,,,\n"
    "#1007,x@x.example,paid,,EUR,5,0,0,-5,2024-02-03,1,Cup,5,,,,,,\n"
    ",x@x.example,paid,,EUR,5,0,0,5,2024-02-03,1,Cup,5,,,,,,\n";

// Orders become history of their buyer, touch neither stock nor money, and come once.
TEST_P(Tables, OrdersAsHistory) {
  customers(kShopifyCustomers);
  const auto events = store_->outbox().last_seq();
  const auto r = orders(kShopifyOrders);
  expect(r, 2, 0, 0, 6);
  EXPECT_EQ(text_of(r.error_file).find("example"), std::string::npos);
  for (const char* why : {"is no time", "unknown currency", "is no amount in EUR", "has no lines",
                          "is negative", "the number is missing"}) {
    EXPECT_NE(text_of(r.error_file).find(why), std::string::npos) << why;
  }
  expect(orders(kShopifyOrders), 0, 0, 2, 6);
  EXPECT_EQ(store_->outbox().last_seq(), events);
  {
    auto read = store_->main().read();
    const auto of_ada = orders::past_orders_of_person(read, person("ada@x.example"), 10);
    ASSERT_EQ(of_ada.size(), 1U);
    EXPECT_EQ(of_ada[0].state, "paid / fulfilled");
    EXPECT_EQ(of_ada[0].items, 3100);
    EXPECT_EQ(of_ada[0].total, 3590);
    EXPECT_EQ(format_rfc3339(of_ada[0].placed_at).substr(0, 19), "2024-01-02T02:04:05");
    ASSERT_EQ(of_ada[0].lines.size(), 2U);
    EXPECT_EQ(of_ada[0].lines[1].amount, 2100);
    const auto contact = shoppers_.keyring().open(of_ada[0].key, of_ada[0].contact);
    EXPECT_NE(contact->find("St James 12"), std::string::npos);
    EXPECT_EQ(of_ada[0].contact.find("St James"), std::string::npos);
    std::string told;
    JsonWriter w(told);
    orders::past_export_section(shoppers_.keyring()).write(*read, person("ada@x.example"), w);
    EXPECT_NE(told.find("#1001"), std::string::npos);
    EXPECT_NE(told.find("St James 12"), std::string::npos);
  }
  customers("email\nnew@x.example\n");
  expect(orders(kShopifyOrders), 0, 1, 1, 6);  // The guest has become known.
}

// History and redirects go out and come in again as they were; erasing a buyer seals the contact.
TEST_P(Tables, OrdersAndRedirectsOutAndInAgain) {
  customers(kShopifyCustomers);
  orders(kShopifyOrders);
  const auto write_orders = [&](storage::Read& read, const auto& write) {
    auto derived = store_->derived().read();
    export_orders(read, *derived, shoppers_.keyring(), bikes_.id, write);
  };
  const auto csv = exported(write_orders);
  expect(orders(csv), 0, 0, 2, 0);
  EXPECT_EQ(exported(write_orders), csv);
  ASSERT_TRUE(shoppers_.erase(person("ada@x.example"), "test").ok());
  EXPECT_EQ(exported(write_orders).find("Lovelace"), std::string::npos);

  constexpr std::string_view kRedirects =
      "Redirect from,Redirect to\n/products/old-lamp,/products/lamp\n"
      "https://old.example/chair.html,chair\n/x,nothing\nx,lamp\n/y,\n";
  expect(redirects(kRedirects), 2, 0, 0, 3);
  expect(redirects(kRedirects), 0, 0, 2, 3);
  const auto list = exported(
      [&](storage::Read& read, const auto& write) { export_redirects(read, bikes_.id, write); });
  EXPECT_EQ(list, "from,to\n/products/old-lamp,lamp\n/chair.html,chair\n");
  expect(redirects(list), 0, 0, 2, 0);
}

}  // namespace
}  // namespace fondaco::server
