// The HTTP server: listens, limits, authenticates, routes, answers. Depends on router.h.
#pragma once

#include <fondaco/http/router.h>

#include <array>
#include <memory>
#include <string>

namespace fondaco::http {

/// Requests of each class (in the order of enum Rate) in 60 s, all of which may come at once.
/// Many people may share one address, so an address may do more than one person; only guessing
/// passwords may not. Rate::internal is never limited.
struct RateQuotas {
  std::array<int, 7> per_person = {1200, 300, 300, 60, 20, 60, 0};
  std::array<int, 7> per_address = {6000, 1200, 1200, 600, 30, 60, 0};
};

struct ServerConfig {
  std::string listen = "127.0.0.1:8080";  // HOST:PORT; port 0 picks a free one. [::1]:8080 works.
  int threads = 0;                        // 0: by the number of cores.
  std::string certificate_file;           // PEM; with key: TLS.
  std::string key_file;
  std::size_t header_limit = 16 * 1024;
  int connections_max = 10'000;
  Duration read_timeout = seconds(30);  // A whole request must arrive within it.
  Duration drain_timeout = seconds(10);
  std::string trusted_proxy;  // Address whose X-Forwarded-For is believed; empty: none.
  bool rate_limits = true;
  RateQuotas quotas;
  std::string metrics_token;         // When set, /metrics asks for it as bearer token.
  Duration heartbeat = seconds(15);  // Of event streams.
};

/// Tables of this module: stored answers of writes with an Idempotency-Key.
std::vector<storage::Migration> migrations();
/// Deletes at most 1,000 stored answers older than 24 hours; returns how many. Call until 0.
std::int64_t purge(storage::Tx& tx);
/// The Idempotency-Key of a request, bare or quoted (RFC 8941), at most 255 printable characters;
/// empty when absent, nothing when malformed. For routes of Idempotency::own.
std::optional<std::string> idempotency_key(const Request& request);

/// Value of Set-Cookie for a session: __Host- prefix, Secure, HttpOnly, SameSite=Lax. On a
/// loopback listener without TLS, and nowhere else, prefix and Secure are dropped. A max_age of
/// zero deletes the cookie.
std::string session_cookie(std::string_view name, std::string_view value, Duration max_age,
                           const Request& request);
/// The value that session_cookie() has set under that name.
std::optional<std::string> session_cookie_of(std::string_view name, const Request& request);

class Server {
 public:
  struct Ports {
    storage::Store& store;
    Authenticator& authenticator;
    /// What a {merchant} in a path that is no id means (a shop's slug); routes then see the id.
    std::function<std::optional<MerchantId>(storage::Read&, std::string_view)> merchant_named = {};
  };
  static std::unique_ptr<Server> create(const ServerConfig& config, Ports ports);
  virtual ~Server() = default;

  virtual Router& router() = 0;
  /// Binds and serves on own threads. Throws Fault when the address is taken.
  virtual void start() = 0;
  /// Not ready any more, finishes what is in flight, closes.
  virtual void drain() = 0;
  virtual std::string url() const = 0;  // "http://127.0.0.1:8080", known after start().
  virtual int port() const = 0;
  /// Asked by /readyz; several checks may be added before start().
  virtual void ready_when(std::string name, std::function<bool()> check) = 0;
  /// OpenAPI 3.1 of all mounted routes.
  virtual std::string openapi() const = 0;

  /// Runs one request through routing, rights and handler without a socket (tests, OpenAPI
  /// rights test). Blocks until a detached handler has replied.
  virtual Response handle(Request request) = 0;
};

/// Metrics of the process, text format 0.0.4. Names get the product's prefix.
class Metrics {
 public:
  static Metrics& global();
  /// `labels` like outcome="paid"; bounded sets only, never ids.
  void add(std::string_view name, std::string_view help, std::string_view labels = {},
           std::int64_t by = 1);
  void set(std::string_view name, std::string_view help, std::string_view labels, double value);
  void observe(std::string_view name, std::string_view help, std::string_view labels,
               double seconds);
  std::string text() const;

 private:
  struct Impl;
  Metrics();
  std::unique_ptr<Impl> impl_;
};

}  // namespace fondaco::http
