// Fetching from the world, in a process of its own that knows no database: `worker --fetch DIR`.
// Depends on public_address.h and libcurl.
// Reads addresses from standard input, one a line; answers one line each, in order:
// "ok", "gone WHY" (asking again cannot help) or "later WHY". What was fetched lies in DIR/<n>,
// n counting from 0.
#pragma once

#include <cstdint>
#include <string>

namespace fondaco::server {

struct FetchLimits {
  std::int64_t bytes = 10 << 20;
  std::int64_t milliseconds = 10'000;
  /// Test hook: a port of this machine that may be asked although it is not public; 0: none.
  int loopback_port = 0;
};

struct Fetched {
  enum class Kind { ok, gone, later };
  Kind kind = Kind::later;
  std::string why;
  std::string bytes;
};

/// http and https only. Each address that the name resolves to is judged before it is connected
/// to, and what is connected to is that address. A redirect is followed at most three times and
/// only to the same host. No proxy, no cookies, no sign-in of this machine is used.
Fetched fetch(const std::string& address, const FetchLimits& limits);

/// The process: reads, fetches, answers until standard input ends. Returns the exit code.
int fetch_child(const std::string& directory, const FetchLimits& limits);

}  // namespace fondaco::server
