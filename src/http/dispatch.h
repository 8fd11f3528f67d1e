// The way of a request: route, limits, who, rights, forgery, key, handler, answer.
// Depends on everything else in this folder but the server and the HTTP library.
#pragma once

#include "call.h"
#include "compress.h"
#include "finish.h"
#include "idempotency.h"
#include "rate.h"
#include "route_tree.h"
#include "workers.h"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace fondaco::http {

class Dispatcher {
 public:
  Dispatcher(const ServerConfig& config, Server::Ports ports);

  /// Checks the route's words and adds it. Throws Bug; before the first request only.
  void mount(std::unique_ptr<Mounted> mounted);

  /// Once the header is there: reads the target and finds the route; sets early_ without one.
  void prepare(Call& call);
  /// How long the body may be.
  std::size_t body_limit(const Call& call) const;
  /// Runs the request; the answer is then, or later, in the call. HTTP thread.
  void run(const std::shared_ptr<Call>& call);
  /// Makes the answer ready to be written, counts and logs it. HTTP thread.
  void finish(Call& call, HeaderSink sink);

  std::vector<Route> routes() const;
  void problem_pages(ProblemPage page) { problem_page_ = std::move(page); }
  bool offload(std::function<void()> work) { return workers_.offer(std::move(work)); }
  storage::Store& store() const { return ports_.store; }
  /// Histograms of all routes and what is being worked on.
  void render_metrics(std::string& out) const;

 private:
  void handle(const std::shared_ptr<Call>& call);
  void name_merchant(Call& call);
  /// False, and the call is answered, when what was presented is not valid.
  bool authenticate(Call& call);
  bool admit(Call& call);
  void run_write(const std::shared_ptr<Call>& call);
  void submit(const std::shared_ptr<Call>& call, std::function<Response(storage::Tx&)> act,
              std::optional<Keyed> key);
  void run_events(const std::shared_ptr<Call>& call);
  void show_as_page(const Call& call, Response& r) const;
  void log_answer(const Call& call, const Response& r, std::int64_t us) const;

  const ServerConfig& config_;
  Server::Ports ports_;
  RouteTree tree_;
  std::vector<std::unique_ptr<Mounted>> mounted_;
  RouteStats unrouted_;
  ProblemPage problem_page_;
  RateLimiter limiter_;
  std::shared_ptr<InFlight> in_flight_ = std::make_shared<InFlight>();  // A late commit needs it.
  CompressedCache cache_;
  std::atomic<std::int64_t> active_{0};
  std::atomic<std::uint64_t> counter_;
  const std::string id_prefix_;
  Workers workers_;  // Last: its threads end before what they use.
};

/// What a request is told when something broke; the reason goes into the log only.
Response broken(std::exception_ptr what, std::string_view request_id);

}  // namespace fondaco::http
