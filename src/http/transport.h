// What carries requests over sockets: implemented by beast.cc alone. Depends on dispatch.h.
#pragma once

#include "dispatch.h"

#include <memory>

namespace fondaco::http {

class Transport {
 public:
  static std::unique_ptr<Transport> create(const ServerConfig& config, Dispatcher& dispatcher);
  virtual ~Transport() = default;  // Cuts what is open.
  /// Binds and serves on own threads. Throws Fault when the address is taken or the certificate
  /// is none.
  virtual void start() = 0;
  /// Accepts no more, lets what is in flight finish for drain_timeout, then cuts.
  virtual void drain() = 0;
  virtual int port() const = 0;
  virtual std::int64_t connections() const = 0;
};

/// "127.0.0.1:8080", "[::1]:0" to host and port; throws Fault when it is neither.
struct Listen {
  std::string host;
  int port = 0;
  bool loopback = false;
};
Listen parse_listen(const std::string& text);

}  // namespace fondaco::http
