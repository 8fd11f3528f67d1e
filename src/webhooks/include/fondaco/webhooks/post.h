// One POST to somebody else's server. Depends on base. libcurl lives behind it.
#pragma once

#include <fondaco/base/time.h>

#include <atomic>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct sockaddr;

namespace fondaco::webhooks {

/// True for addresses that everybody may reach: not loopback, private, link-local, multicast,
/// documentation, nor an IPv6 form that carries such an IPv4 address.
bool is_public(const sockaddr& address);
/// https (or, when allowed, http) with a host; no user, no fragment, at most 2,000 bytes.
bool is_target(std::string_view url, bool plain_http);

struct Post {
  std::string url;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers = {};
  Duration time_out = seconds(10);          // For everything, name resolution to last byte.
  bool private_addresses = false;           // And http://.
  const std::atomic<bool>* stop = nullptr;  // When it becomes true the call is given up.
};
struct Answer {
  int status = 0;          // 0: none came.
  std::string error = {};  // Then: "timed out", "address not allowed", "could not resolve" …
  std::string body = {};   // At most 64 KiB were read, the first 1,024 bytes are kept.
  Duration latency = {};
  bool stopped = false;
};
/// Blocks. Redirects are not followed, environment proxies are not used.
Answer post(const Post& what);

}  // namespace fondaco::webhooks
