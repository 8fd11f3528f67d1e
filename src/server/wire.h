// House: all modules of one installation, constructed and connected. wire.cc is the only place
// that constructs modules, subscribes them to events and mounts their routes.
// Depends on every module.
#pragma once

#include "clock.h"

#include <fondaco/catalog.h>
#include <fondaco/inventory.h>
#include <fondaco/ledger.h>
#include <fondaco/marketplace/onboarding.h>
#include <fondaco/outreach/mailer.h>
#include <fondaco/payments/provider.h>
#include <fondaco/payments/stripe.h>
#include <fondaco/shoppers.h>
#include <fondaco/storage/blobs.h>
#include <fondaco/storage/jobs.h>
#include <fondaco/storage/settings.h>
#include <fondaco/storage/store.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace fondaco::http {
class Server;
struct ServerConfig;
}  // namespace fondaco::http

namespace fondaco::server {

struct HouseConfig {
  storage::StoreConfig store;
  bool demo = false;
  bool test_clock = false;
  bool test_payments = false;  // The test provider and money for wallets; demo and clock bring it.
  /// Threads that run jobs, by queue.
  std::map<std::string, int, std::less<>> queues = {{std::string(storage::kServerQueue), 2},
                                                    {std::string(storage::kWorkerQueue), 1}};
  std::optional<payments::StripeConfig> stripe = {};
  std::string public_url;  // "https://shop.example"; empty: links stay relative.
  std::string shop_name;   // In mails; empty: the product's name.
  outreach::Sender mail_from;
  std::shared_ptr<outreach::Mailer> mailer;  // None: mails stay in the outbox.
};

/// How we name ourselves to others' servers.
std::string user_agent();

/// Every module's migrations, storage's own first.
std::vector<storage::Migration> all_migrations();

/// Opens the store, which migrates it. What only a server needs begins with serve().
class House {
 public:
  explicit House(HouseConfig config);
  ~House();
  House(const House&) = delete;
  House& operator=(const House&) = delete;

  const HouseConfig& config() const { return config_; }
  ShiftedClock& clock() { return clock_; }
  storage::Store& store() { return *store_; }
  storage::Settings& settings() { return *settings_; }
  storage::Blobs& blobs() { return *blobs_; }
  storage::Jobs& jobs() { return *jobs_; }
  inventory::Availability& availability() { return availability_; }
  ledger::AccountBook& accounts() { return accounts_; }
  marketplace::OfferBook& offers() { return offers_; }
  /// Made when first asked for: it reads the keys.
  shoppers::Shoppers& shoppers();

  /// Recomputes every ledger of every module.
  storage::Findings verify();

  /// Makes the HTTP server with all routes and connects all subscribers; nothing runs yet.
  http::Server& serve(const http::ServerConfig& config);
  /// Events, timers, jobs, search and upkeep begin, then requests are answered.
  void start();
  /// Finishes what is in flight. Safe to repeat; the destructor does it too.
  void stop();
  /// Fires what is due after the clock was moved, and waits for it.
  void run_due();

 private:
  struct Serving;
  void mount(Serving& s);
  void hear(storage::Tx& tx, std::span<const payments::ProviderEvent> events);
  void subscribe(Serving& s);

  const HouseConfig config_;
  ShiftedClock clock_;
  SecureRandom random_;
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<storage::Settings> settings_;
  std::unique_ptr<storage::Blobs> blobs_;
  std::unique_ptr<storage::Jobs> jobs_;
  inventory::Availability availability_{clock_};
  ledger::AccountBook accounts_;
  marketplace::OfferBook offers_{clock_};
  std::unique_ptr<marketplace::FeeBook> fees_;
  std::unique_ptr<marketplace::Onboarding> gates_;
  std::once_flag shoppers_made_;
  std::unique_ptr<shoppers::Shoppers> shoppers_;
  std::unique_ptr<Serving> serving_;
};

}  // namespace fondaco::server
