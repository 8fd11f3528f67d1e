#include "wire.h"

#include "api.h"
#include "fetch_images.h"
#include "offers_json.h"
#include "order_letters.h"
#include "search_feed.h"
#include "settings.h"
#include "upkeep.h"

#include <fondaco/base/json.h>
#include <fondaco/base/log.h>
#include <fondaco/base/product.h>
#include <fondaco/catalog/api.h>
#include <fondaco/community/api.h>
#include <fondaco/events/marketplace.h>
#include <fondaco/events/orders.h>
#include <fondaco/events/settlement.h>
#include <fondaco/http/server.h>
#include <fondaco/inventory/api.h>
#include <fondaco/ledger/api.h>
#include <fondaco/ledger/seller.h>
#include <fondaco/logistics.h>
#include <fondaco/marketplace/api.h>
#include <fondaco/matching.h>
#include <fondaco/orders/api.h>
#include <fondaco/orders/chargebacks.h>
#include <fondaco/orders/documents.h>
#include <fondaco/orders/privacy.h>
#include <fondaco/orders/reconciliation.h>
#include <fondaco/orders/settlement.h>
#include <fondaco/orders/settlement_api.h>
#include <fondaco/orders/vendors.h>
#include <fondaco/outreach/api.h>
#include <fondaco/payments/api.h>
#include <fondaco/payments/test_provider.h>
#include <fondaco/shoppers/api.h>
#include <fondaco/storefront/api.h>
#include <fondaco/webhooks/api.h>
#include <fondaco/webhooks/deliverer.h>

namespace fondaco::server {
namespace {

/// Orders tell of the movements and journals that they made, under the order's own id; refunds
/// name their order.
const std::vector<std::string> kOrderEvents = {
    std::string(events::OrderPlaced::kType),    std::string(events::OrderPaid::kType),
    std::string(events::OrderCancelled::kType), std::string(events::OrderRefunded::kType),
    std::string(events::OrderShipped::kType),   std::string(events::OrderReleased::kType),
    std::string(events::RefundChanged::kType)};

std::vector<std::int64_t> order_told(const storage::StoredEvent& e) {
  if (e.type != events::RefundChanged::kType) return {e.entity};
  const auto changed = read_json<events::RefundChanged>(e.payload);
  return changed.ok() ? std::vector{changed->order.value} : std::vector<std::int64_t>{};
}

/// Settlement's facts are the refs of their own journals.
std::vector<std::string> journal_events() {
  std::vector<std::string> all = kOrderEvents;
  all.emplace_back(events::DepositChanged::kType);
  all.emplace_back(events::PayoutChanged::kType);
  all.emplace_back(events::ReserveChanged::kType);
  all.emplace_back(events::CommissionTaxed::kType);
  all.emplace_back(events::ChargebackChanged::kType);
  all.emplace_back(events::ReportTaken::kType);
  all.emplace_back(events::AnnualFeeCharged::kType);
  all.emplace_back(events::VendorsSettled::kType);
  return all;
}

void join(std::vector<storage::Migration>& all, std::vector<storage::Migration> more) {
  all.insert(all.end(), more.begin(), more.end());
}

}  // namespace

std::string user_agent() {
  return std::string(product::kName) + "/" + std::string(product::kVersion);
}

std::vector<storage::Migration> all_migrations() {
  auto all = storage::migrations();
  join(all, http::migrations());
  join(all, catalog::migrations());
  join(all, inventory::migrations());
  join(all, ledger::migrations());
  join(all, shoppers::migrations());
  join(all, marketplace::migrations());
  join(all, payments::migrations());
  join(all, logistics::migrations());
  join(all, webhooks::migrations());
  join(all, outreach::migrations());
  join(all, orders::migrations());
  join(all, community::migrations());
  return all;
}

/// What exists only while requests are answered. Members are destroyed from the last to the
/// first: the server before what it calls.
struct House::Serving {
  explicit Serving(House& house) : house_search(house) {}

  struct SearchParts {
    explicit SearchParts(House& house) : feed({house.store(), house.offers(), index}) {}
    matching::MemorySearch index;
    SearchFeed feed;
  };

  payments::Providers providers;
  payments::TestProvider* test_provider = nullptr;
  payments::PayoutRails rails;
  std::unique_ptr<orders::Payouts> payouts;
  SearchParts house_search;
  std::unique_ptr<orders::Checkout> checkout;
  std::unique_ptr<orders::Aftersale> aftersale;
  std::unique_ptr<community::Disputes> disputes;
  std::unique_ptr<webhooks::Deliverer> deliverer;
  std::unique_ptr<Letters> letters;
  std::unique_ptr<outreach::Postman> postman;
  std::unique_ptr<http::Authenticator> authenticator;
  std::unique_ptr<Upkeep> upkeep;
  std::unique_ptr<http::Server> server;
  bool started = false;
};

House::House(HouseConfig config) : config_(std::move(config)) {
  store_ = storage::Store::open(config_.store, {clock_, random_, all_migrations()});
  fees_ = std::make_unique<marketplace::FeeBook>(store_->main());
  settings_ = std::make_unique<storage::Settings>(*store_, setting_specs());
  blobs_ = std::make_unique<storage::Blobs>(*store_);
  storage::Jobs::Config jobs;
  jobs.threads = config_.queues;
  jobs_ = std::make_unique<storage::Jobs>(*store_, std::move(jobs));
  jobs_->handle(fetch_images_job(*store_, *blobs_));
}

House::~House() { stop(); }

shoppers::Shoppers& House::shoppers() {
  std::call_once(shoppers_made_, [this] {
    shoppers_ = std::make_unique<shoppers::Shoppers>(*store_);
    shoppers_->add_export(orders::export_section(*store_, shoppers_->keyring()));
    shoppers_->add_export(orders::past_export_section(shoppers_->keyring()));
    shoppers_->add_erase_hook(orders::erase_hook());
  });
  return *shoppers_;
}

storage::Findings House::verify() {
  storage::Findings findings;
  const bool serving = serving_ && serving_->started;
  if (serving) store_->outbox().drain();
  auto read = store_->main().read();
  inventory::verify(read, findings);
  ledger::verify(read, findings);
  shoppers::verify(read, findings);
  marketplace::verify(read, findings);
  payments::verify(read, findings);
  logistics::verify(read, findings);
  webhooks::verify(read, findings);
  outreach::verify(read, findings);
  orders::verify(read, findings);
  community::verify(read, findings);
  orders::verify_documents(read, findings);
  orders::verify_payouts(read, findings);
  orders::verify_commission_invoices(read, findings);
  orders::verify_chargebacks(read, findings);
  orders::verify_reports(read, findings);
  // Only where events are worked off: after a kill some may wait for the next start.
  if (serving) orders::verify_commission_tax(read, findings);
  auto derived = store_->derived().read();
  ledger::verify_sellers(read, derived, findings);
  auto keys = store_->keys().read();
  shoppers::verify_keys(read, keys, findings);
  return findings;
}

http::Server& House::serve(const http::ServerConfig& config) {
  FONDACO_CHECK(!serving_);
  serving_ = std::make_unique<Serving>(*this);
  Serving& s = *serving_;
  if (config_.demo || config_.test_clock || config_.test_payments) {
    payments::TestProviderConfig test;
    test.secret = random_.bytes(32);
    auto provider = std::make_unique<payments::TestProvider>(
        clock_, std::move(test),
        [this, &s](const payments::Headers& headers, const std::string& body) {
          const auto told = s.test_provider->webhook(headers, body);
          if (!told) return;
          store_->main().write([&](storage::Tx& tx) { hear(tx, *told); });
        });
    s.test_provider = provider.get();
    s.providers.add(std::move(provider));
  }
  s.checkout = std::make_unique<orders::Checkout>(orders::Checkout::Parts{
      *store_, offers_, *fees_, availability_, accounts_, shoppers().keyring(), s.providers});
  s.aftersale = std::make_unique<orders::Aftersale>(
      orders::Aftersale::Parts{*store_, *s.checkout, availability_, accounts_});
  s.disputes = std::make_unique<community::Disputes>(community::Disputes::Parts{
      *store_, shoppers().keyring(), [&s](storage::Tx& tx, const community::Verdict& verdict) {
        return s.aftersale
            ->decide(tx, verdict.refund, {verdict.granted, verdict.amount, verdict.sealed})
            .ok();
      }});
  if (config_.stripe) {
    s.providers.add(std::make_unique<payments::StripeProvider>(clock_, *config_.stripe));
    s.rails.add(std::make_unique<payments::StripeRail>(*config_.stripe));
  }
  s.rails.add(std::make_unique<payments::BankRail>());
  if (s.test_provider) s.rails.add(std::make_unique<payments::TestRail>());
  s.payouts = std::make_unique<orders::Payouts>(orders::Payouts::Parts{
      *store_, accounts_, shoppers().keyring(), s.rails, *settings_,
      [this](storage::Tx& tx, std::string_view month) {
        static_cast<void>(orders::CommissionInvoices{*store_, *settings_}.start(tx, month));
      }});
  s.deliverer = std::make_unique<webhooks::Deliverer>(webhooks::Deliverer::Parts{
      .store = *store_,
      .keyring = shoppers().keyring(),
      .private_addresses = [this] { return settings_->flag(kPrivateWebhooks); },
      .user_agent = user_agent()});
  s.letters = std::make_unique<Letters>(
      Letters::Parts{*s.checkout, offers_, shoppers(), config_.public_url, config_.shop_name});
  s.postman = std::make_unique<outreach::Postman>(outreach::Postman::Parts{
      .store = *store_,
      .keyring = shoppers().keyring(),
      .compose = [&s](storage::Read& read,
                      outreach::Mail& mail) { return s.letters->compose(read, mail); },
      .from = config_.mail_from,
      .mailer = config_.mailer});
  s.authenticator = shoppers::make_authenticator(shoppers());
  s.server = http::Server::create(
      config, {*store_, *s.authenticator,
               [this](storage::Read& read, std::string_view slug) -> std::optional<MerchantId> {
                 const auto found = offers_.merchant(read, slug);
                 return found ? std::optional(found->id) : std::nullopt;
               }});
  s.upkeep =
      std::make_unique<Upkeep>(Upkeep::Parts{*store_, *settings_, *blobs_, accounts_, *s.checkout,
                                             s.providers, shoppers(), s.house_search.index});
  subscribe(s);
  mount(s);
  return *s.server;
}

/// What a provider says is about a payment or about a dispute of one.
void House::hear(storage::Tx& tx, std::span<const payments::ProviderEvent> events) {
  orders::on_disputes(tx, accounts_, events);
  std::vector<payments::ProviderEvent> of_payments;
  for (const auto& e : events) {
    if (!e.dispute) of_payments.push_back(e);
  }
  if (!of_payments.empty()) serving_->checkout->on_provider_events(tx, of_payments);
}

void House::subscribe(Serving& s) {
  settings_->subscribe();
  shoppers().subscribe();
  inventory::subscribe({*store_, availability_, kOrderEvents, order_told});
  ledger::subscribe({*store_, journal_events(), order_told});
  store_->outbox().every_process("offer_book", marketplace::OfferBook::types(),
                                 [this](auto events) { offers_.on_events(events); });
  store_->outbox().every_process("fee_book", marketplace::FeeBook::types(),
                                 [this](auto) { fees_->on_events(); });
  fees_->load();
  gates_ = std::make_unique<marketplace::Onboarding>(
      marketplace::Onboarding::Parts{*store_, accounts_, shoppers().keyring(), offers_});
  gates_->wire();
  s.checkout->wire();
  s.aftersale->wire();
  s.disputes->wire();
  s.payouts->wire(*jobs_);
  orders::CommissionInvoices{*store_, *settings_}.wire(*jobs_);
  orders::wire_settlement({*store_, accounts_, *settings_});
  orders::wire_chargebacks(*store_, accounts_);
  orders::wire_vendors(*store_, accounts_);
  orders::wire_documents(*store_);
  s.deliverer->subscribe();
  store_->outbox().once("outreach", letter_events(), store_->main(),
                        [&s](storage::Tx& tx, auto events) {
                          queue_letters(tx, events);
                          tx.after_commit([&s] { s.postman->wake(); });
                        });
  s.house_search.feed.subscribe();
}

void House::mount(Serving& s) {
  http::Router& router = s.server->router();
  const auto merchant_named = [this](storage::Read& read, std::string_view slug) {
    const auto merchant = offers_.merchant(read, slug);
    return merchant ? std::optional(merchant->id) : std::nullopt;
  };
  catalog::mount(router,
                 {.store = *store_,
                  .offers = [this](JsonWriter& w, storage::Read& read,
                                   VariantId variant) { write_offers(w, read, offers_, variant); },
                  .merchant_named = merchant_named,
                  .blobs = blobs_.get()});
  inventory::mount(router, {*store_, availability_});
  ledger::mount(router, {*store_, accounts_, s.test_provider != nullptr});
  shoppers::mount(router, {shoppers()});
  marketplace::mount(router,
                     {offers_, *fees_, *gates_, shoppers().keyring(), &shoppers().identities()});
  payments::mount(router, {s.providers, [this](storage::Tx& tx, auto told) { hear(tx, told); }});
  orders::mount(router, {*store_, *s.checkout, offers_, shoppers().keyring(), shoppers(),
                         *s.aftersale, accounts_});
  orders::mount_settlement(router, {*store_,
                                    *s.payouts,
                                    offers_,
                                    shoppers().keyring(),
                                    *settings_,
                                    accounts_,
                                    {*store_, *settings_}});
  community::mount(
      router, {*store_, shoppers().keyring(), merchant_named,
               [&s](OrderGroupId group) { return s.checkout->order_token(group); }, *s.disputes});
  storefront::mount(router, {.store = *store_,
                             .search = s.house_search.index,
                             .checkout = *s.checkout,
                             .aftersale = *s.aftersale,
                             .offers = offers_,
                             .availability = availability_,
                             .shoppers = shoppers(),
                             .providers = s.providers,
                             .test_provider = s.test_provider,
                             .demo = config_.demo,
                             .public_url = config_.public_url,
                             .gates = gates_.get(),
                             .blobs = blobs_.get()});
  mount_search(router, {*store_, s.house_search.index, offers_});
  mount_operations(router, {*store_, *settings_});
  mount_feeds(router, {config_.public_url});
  webhooks::mount(router, {*store_, shoppers().keyring(),
                           [this] { return settings_->flag(kPrivateWebhooks); }});
  webhooks::mount_streams(router, *store_);
  outreach::mount(router, {shoppers().keyring(), *s.postman});
  if (config_.test_clock) {
    mount_test_clock(router, {clock_, [this] { run_due(); }});
  }
}

void House::start() {
  Serving& s = *serving_;
  store_->start();
  jobs_->start();
  s.deliverer->start();
  s.postman->start();
  s.house_search.feed.start();
  // A visitor's first search of the sample shall find something; real catalogues take their time.
  if (config_.demo) s.house_search.feed.wait_built(std::chrono::seconds(5));
  s.upkeep->start();
  s.server->start();
  s.started = true;
}

void House::run_due() {
  store_->timers().run_due();
  if (serving_ && serving_->test_provider) serving_->test_provider->drain();
  store_->timers().run_due();
  store_->outbox().drain();
  while (jobs_->run_due(storage::kServerQueue) > 0) store_->outbox().drain();
  if (serving_) {
    serving_->postman->run_due();
    serving_->deliverer->run_due();
  }
}

void House::stop() {
  if (serving_ && serving_->started) {
    serving_->started = false;
    serving_->server->drain();
    serving_->upkeep->stop();
    serving_->deliverer->stop();
    serving_->postman->stop();
    serving_->house_search.feed.stop();
    jobs_->stop();
  }
  store_->stop();
  serving_.reset();
}

}  // namespace fondaco::server
