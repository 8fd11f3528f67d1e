// Upkeep: what has to be done again and again while a server runs. Depends on the modules.
// One thread; each task is bounded and safe to repeat, so several processes may do it.
#pragma once

#include <fondaco/matching.h>
#include <fondaco/orders/checkout.h>
#include <fondaco/shoppers.h>
#include <fondaco/storage/blobs.h>
#include <fondaco/storage/settings.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace fondaco::server {

class Upkeep {
 public:
  struct Parts {
    storage::Store& store;
    storage::Settings& settings;
    storage::Blobs& blobs;
    ledger::AccountBook& accounts;
    orders::Checkout& checkout;
    payments::Providers& providers;
    shoppers::Shoppers& shoppers;
    matching::MemorySearch& search;
  };
  explicit Upkeep(Parts parts);
  ~Upkeep();
  void start();
  void stop();

 private:
  using Time = std::chrono::steady_clock;
  struct Task {
    std::string name;
    std::chrono::seconds every;
    std::function<void()> run;
    Time::time_point next;
  };
  void add(std::string name, std::chrono::seconds every, std::function<void()> run);
  void loop();

  Parts parts_;
  std::vector<Task> tasks_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace fondaco::server
