// One request on its way through the house, and how its answer finds back to the HTTP thread.
// Depends on route_tree.h, rate.h. No HTTP library shows through.
#pragma once

#include "rate.h"
#include "route_tree.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace fondaco::http {

/// Something an HTTP thread waits for; on_wake is set and called on that thread only.
class Wakeable {
 public:
  virtual ~Wakeable() = default;
  std::function<void()> on_wake;
};

/// Carries a wake-up to the HTTP thread it belongs to. From any thread.
class Waker {
 public:
  virtual ~Waker() = default;
  virtual void wake(std::shared_ptr<Wakeable> whom) = 0;
};

class StreamImpl;

class Call final : public Context, public Wakeable, public std::enable_shared_from_this<Call> {
 public:
  Call(storage::Store& store, std::shared_ptr<Waker> waker)
      : store_(store), waker_(std::move(waker)) {}

  const Request& request() const override { return request_; }
  std::string_view param(std::string_view name) const override;
  const Principal& who() const override { return who_; }
  std::string_view locale() const override;
  Instant now() const override { return now_; }
  storage::Read& read() override;
  const std::string& nonce() const override;

  /// The answer; the first one counts. From any thread.
  void answer(Response response);
  /// HTTP thread: true when the answer is there; else answer() will wake.
  bool settled_or_wait();
  Response& response() { return response_; }
  const Response& response() const { return response_; }
  bool nonce_used() const { return !nonce_.empty(); }
  void give_lease_back() { lease_.reset(); }
  /// Only the thread that runs the handler may read.
  void enter() { thread_ = std::this_thread::get_id(); }
  void leave() {
    lease_.reset();
    thread_ = {};
  }
  storage::Store& store() { return store_; }
  const std::shared_ptr<Waker>& waker() const { return waker_; }

  Request request_;
  Match match_;
  std::string merchant_;  // The id that stands for a slug in match_, which only borrows.
  Principal who_;
  Instant now_;
  RateVerdict rate_;
  std::chrono::steady_clock::time_point began_;
  std::shared_ptr<StreamImpl> stream_;  // Set when the answer is an event stream.
  std::optional<Response> early_;       // No route: the answer that says why.

 private:
  enum State : int { running, waiting, answered };
  storage::Store& store_;
  std::shared_ptr<Waker> waker_;
  std::optional<storage::ReadLease> lease_;
  std::thread::id thread_;
  mutable std::string_view locale_;
  mutable std::string nonce_;
  Response response_;
  std::atomic<bool> taken_{false};
  std::atomic<int> state_{running};
};

/// A Reply that answers 500 when it is dropped without having been called.
Reply reply_of(std::shared_ptr<Call> call);

}  // namespace fondaco::http
