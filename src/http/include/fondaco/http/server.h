// The HTTP server: listens, limits, authenticates, routes, answers. Depends on router.h.
#pragma once

#include <fondaco/http/router.h>

#include <memory>
#include <string>

namespace fondaco::http {

struct ServerConfig {
  std::string listen = "127.0.0.1:8080";  // HOST:PORT; port 0 picks a free one. [::1]:8080 works.
  int threads = 0;                        // 0: by the number of cores.
  std::string certificate_file;           // PEM; with key: TLS.
  std::string key_file;
  std::size_t header_limit = 16 * 1024;
  int connections_max = 10'000;
  Duration read_timeout = seconds(30);    // A whole request must arrive within it.
  Duration drain_timeout = seconds(10);
  std::string trusted_proxy;              // Address whose X-Forwarded-For is believed; empty: none.
  bool rate_limits = true;
  std::string metrics_token;              // When set, /metrics asks for it as bearer token.
};

class Server {
 public:
  struct Ports {
    storage::Store& store;
    Authenticator& authenticator;
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
