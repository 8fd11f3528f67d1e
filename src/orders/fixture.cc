#include "fixture.h"

#include <fondaco/base/json.h>
#include <fondaco/events/marketplace.h>
#include <fondaco/events/orders.h>
#include <fondaco/events/settlement.h>
#include <fondaco/orders/chargebacks.h>
#include <fondaco/orders/payouts.h>
#include <fondaco/orders/vendors.h>

namespace fondaco::orders {
namespace {

std::vector<storage::Migration> all_migrations() {
  return storage::join({storage::migrations(), catalog::migrations(), inventory::migrations(),
                        ledger::migrations(), shoppers::migrations(), marketplace::migrations(),
                        payments::migrations(), logistics::migrations(), migrations()});
}

std::vector<std::int64_t> refs_told(const storage::StoredEvent& e) {
  if (e.type != events::RefundChanged::kType) return {e.entity};
  return {read_json<events::RefundChanged>(e.payload)->order.value};
}

MerchantId merchant(storage::Tx& tx, std::string slug, std::int64_t commission) {
  marketplace::NewMerchant wanted;
  wanted.slug = slug;
  wanted.name = slug;
  wanted.state = marketplace::MerchantState::active;
  wanted.currency = Currency::of("EUR");
  wanted.country = "DE";
  wanted.commission_bp = commission;
  return marketplace::create_merchant(tx, wanted)->id;
}

}  // namespace

MarketTest::MarketTest()
    : store(GetParam(), all_migrations()), offers(store.clock()), availability(store.clock()) {
  people = std::make_unique<shoppers::Shoppers>(*store);
  auto test = std::make_unique<payments::TestProvider>(
      store.clock(), payments::TestProviderConfig{"0123456789abcdef0123", {}, seconds(2), "/pay/"},
      [this](const payments::Headers& headers, const std::string& body) {
        const auto events = provider->webhook(headers, body);
        store->main().write([&](storage::Tx& tx) { checkout->on_provider_events(tx, *events); });
      });
  provider = test.get();
  providers.add(std::move(test));
  checkout = std::make_unique<Checkout>(
      Checkout::Parts{*store, offers, fees, availability, accounts, people->keyring(), providers});
  checkout->wire();
  aftersale =
      std::make_unique<Aftersale>(Aftersale::Parts{*store, *checkout, availability, accounts});
  aftersale->wire();
  store->outbox().every_process("offer_book", marketplace::OfferBook::types(),
                                [this](auto events) { offers.on_events(events); });
  settings = std::make_unique<storage::Settings>(*store, money_settings());
  wire_settlement({*store, accounts, *settings});
  wire_chargebacks(*store, accounts);
  wire_vendors(*store, accounts);
  ledger::subscribe(
      {*store,
       {std::string(events::OrderReleased::kType), std::string(events::RefundChanged::kType),
        std::string(events::PayoutChanged::kType), std::string(events::ReserveChanged::kType),
        std::string(events::CommissionTaxed::kType), std::string(events::ChargebackChanged::kType),
        std::string(events::VendorsSettled::kType)},
       refs_told});
  store->start();
  store->main().write([this](storage::Tx& tx) {
    bikes = merchant(tx, "bikes", 500);
    phones = merchant(tx, "phones", 1000);
    bike_store = *inventory::create_place(tx, {bikes, {}, "Bike store"});
    phone_store = *inventory::create_place(tx, {phones, {}, "Phone store"});
  });
  anna = *people->create_user({"anna@shop.example", "correct horse battery", "Anna", "", {}, {}},
                              {}, "test");
  store->main().write([this](storage::Tx& tx) {
    EXPECT_TRUE(ledger::fund_wallet(tx, accounts, anna, {100'000, Currency::of("EUR")}).ok());
  });
}

MarketTest::~MarketTest() {
  store->stop();
  checkout.reset();
}

OfferId MarketTest::offer(MerchantId merchant, PlaceId place, const std::string& sku,
                          std::int64_t price, std::int64_t units, bool deduct_on_payment) {
  return store->main().write([&](storage::Tx& tx) {
    catalog::Product product;
    product.owner = merchant;
    product.handle = sku;
    product.title = "Thing " + sku;
    product.status = catalog::Status::active;
    product.variants.emplace_back();
    product.variants[0].sku = sku;
    product.variants[0].position = 1;
    const auto saved = catalog::save_product(tx, product);
    EXPECT_TRUE(saved.ok()) << saved.refusal().message;
    const VariantId variant = catalog::product(tx, saved->id)->variants[0].id;
    inventory::StockSetting setting{variant, place, units, deduct_on_payment, std::nullopt};
    inventory::set_stock(tx, {&setting, 1}, inventory::Reason::imported, 0, &availability);
    marketplace::OfferSetting wanted;
    wanted.merchant = merchant;
    wanted.variant = variant;
    wanted.product = saved->id;
    wanted.sku = sku;
    wanted.price = Money{price, Currency::of("EUR")};
    wanted.stock = inventory::find(tx, variant, place)->id;
    const auto done = marketplace::upsert_offers(tx, {&wanted, 1});
    EXPECT_TRUE(done[0].ok());
    return done[0]->id;
  });
}

Purchase MarketTest::purchase(std::vector<WantedLine> lines, std::string method,
                              std::string token) {
  Purchase p;
  if (method == "wallet") p.person = anna;
  p.actor = "anna";
  p.currency = Currency::of("EUR");
  p.contact = {"anna@shop.example", "Anna", "Street 1", {}, "Berlin", {}, "10115", "DE", {}};
  p.lines = std::move(lines);
  p.shipping = "standard";
  p.method = std::move(method);
  p.token = std::move(token);
  return p;
}

Outcome MarketTest::place(Purchase p) {
  std::promise<Outcome> promise;
  {
    auto read = store->main().read();
    checkout->place(read, std::move(p),
                    [&](Outcome outcome) { promise.set_value(std::move(outcome)); });
  }
  return promise.get_future().get();
}

void MarketTest::expect_books_agree() {
  provider->drain();
  storage::Findings findings;
  auto read = store->main().read();
  inventory::verify(read, findings);
  ledger::verify(read, findings);
  payments::verify(read, findings);
  logistics::verify(read, findings);
  marketplace::verify(read, findings);
  verify(read, findings);
  for (const auto& d : findings.differences) {
    ADD_FAILURE() << d.what << " " << d.id << ": ledger " << d.ledger << " balance " << d.balance;
  }
}

inventory::StockLevel MarketTest::level(OfferId offer) {
  auto read = store->main().read();
  const StockId stock = marketplace::find_offer(read, offer)->stock;
  return inventory::load(read, {&stock, 1}).at(0);
}

std::int64_t MarketTest::wallet() {
  auto read = store->main().read();
  const auto id =
      accounts.find(read, {ledger::AccountKind::wallet, anna.value, Currency::of("EUR")});
  return ledger::balances(read, {&*id, 1}).at(0).balance;
}

void MarketTest::pass(Duration time) {
  store.clock().advance(time);
  provider->drain();
  store->timers().run_due();
  provider->drain();
  checkout->settle_refunds();
}

std::int64_t MarketTest::balance(ledger::AccountKind kind, std::int64_t owner) {
  auto read = store->main().read();
  const auto id = accounts.find(read, {kind, owner, Currency::of("EUR")});
  return id ? ledger::balances(read, {&*id, 1}).at(0).balance : 0;
}

Order MarketTest::order(const Outcome& outcome, std::size_t i) {
  return *find_order(*store->main().read(), outcome->orders.at(i).id);
}

}  // namespace fondaco::orders
