// Deliverer: threads that send what fan_out() has written. Depends on webhooks.h.
// Several processes may share a database: a delivery belongs to who has its lease.
#pragma once

#include <fondaco/webhooks.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace fondaco::webhooks {

struct Answer;

/// Pause after the n-th failure (1 …): 5 s, 5 min, 30 min, 2, 5, 10, 14, 20, 24 h, together 75 h;
/// nothing after the tenth, which was the last.
std::optional<Duration> pause_after(std::int64_t failures);

class Deliverer {
 public:
  struct Parts {
    storage::Store& store;
    shoppers::Keyring& keyring;
    std::function<bool()> private_addresses;  // Whether the operator allows them, asked each time.
    std::string user_agent;
    int threads = 4;
    Duration time_out = seconds(10);
  };
  explicit Deliverer(Parts parts);
  ~Deliverer();
  Deliverer(const Deliverer&) = delete;
  Deliverer& operator=(const Deliverer&) = delete;

  /// Before Store::start().
  void subscribe();
  void start();
  /// Gives up what is on its way; it is sent again after the next start.
  void stop();
  void wake();
  /// Sends everything that is due by the store's clock, here and now; returns how many attempts
  /// were made (tests, --test-clock).
  int run_due();

 private:
  /// How an endpoint behaves: one that fails is asked by one request at a time, ever more rarely.
  struct Health {
    int in_flight = 0;
    int failures = 0;
    Instant rest_until;
  };
  struct Claimed {
    Delivery delivery;
    Endpoint endpoint;
  };
  void loop();
  /// `patient`: leaves endpoints alone that rest after a failure.
  std::optional<Claimed> claim(bool patient);
  std::optional<Delivery> claim_of(const Endpoint& endpoint);
  void deliver(const Claimed& claimed);
  Answer send(const Claimed& claimed);
  void settle(const Claimed& claimed, const Answer& answer);
  void remember(const Claimed& claimed, const Answer& answer);

  const Parts parts_;
  std::atomic<bool> stopping_{false};
  std::mutex wake_mutex_;  // Taken by the writer's thread too: nobody waits for it holding this.
  std::condition_variable wake_;
  std::uint64_t work_ = 0;  // Guarded by wake_mutex_.
  std::mutex claim_mutex_;
  std::int64_t last_ = 0;                  // Endpoint served last; guarded by claim_mutex_.
  std::map<std::int64_t, Health> health_;  // By endpoint; guarded by claim_mutex_.
  int in_flight_ = 0;                      // Of all endpoints; guarded by claim_mutex_.
  std::condition_variable landed_;         // in_flight_ has become 0.
  std::vector<std::thread> threads_;
};

}  // namespace fondaco::webhooks
