// Talks to payment providers on a thread of its own: outside any transaction, off the writer's
// thread. Private to orders.
#pragma once

#include "settle.h"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace fondaco::orders {

/// What became of a charge as far as its first answer goes.
struct ChargeEnd {
  bool captured = false;
  bool failed = false;
  std::string code;    // Why it failed.
  std::string action;  // Where the shopper goes.
};

class PayQueue {
 public:
  PayQueue(storage::Store& store, payments::Providers& providers, SettleBatch& settle);
  ~PayQueue() { stop(); }

  /// Asks the provider, makes the answer durable, then calls `end` once.
  void charge(std::string provider, payments::Intent intent, std::function<void(ChargeEnd)> end);
  /// Sends refunds; answers are settled. What gets no answer is found by reconcile().
  void refund(Refunds refunds);
  void stop();

 private:
  void push(std::function<void()> work);
  void loop();
  void answered(const payments::Operation& operation, const payments::ProviderResult& result,
                std::function<void(ChargeEnd)> end);

  storage::Store& store_;
  payments::Providers& providers_;
  SettleBatch& settle_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::function<void()>> queue_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace fondaco::orders
