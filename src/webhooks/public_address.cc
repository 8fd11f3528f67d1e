#include <fondaco/base/text.h>
#include <fondaco/webhooks/post.h>

#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>

namespace fondaco::webhooks {
namespace {

struct Net4 {
  std::uint32_t net;
  int bits;
};
/// IANA's special purpose registry: nobody's public server is in these.
constexpr Net4 kClosed4[] = {{0x00000000, 8},  {0x0a000000, 8},  {0x64400000, 10}, {0x7f000000, 8},
                             {0xa9fe0000, 16}, {0xac100000, 12}, {0xc0000000, 24}, {0xc0000200, 24},
                             {0xc0586300, 24}, {0xc0a80000, 16}, {0xc6120000, 15}, {0xc6336400, 24},
                             {0xcb007100, 24}, {0xe0000000, 4},  {0xf0000000, 4}};

bool is_public4(std::uint32_t address) {
  for (const auto& [net, bits] : kClosed4) {
    if ((address >> (32 - bits)) == (net >> (32 - bits))) return false;
  }
  return true;
}

std::uint32_t four(const std::uint8_t* at) {
  return std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 | std::uint32_t{at[2]} << 8 |
         std::uint32_t{at[3]};
}

bool is_public6(const std::array<std::uint8_t, 16>& a) {
  const std::uint32_t head = four(a.data());
  const bool translated = head == 0x0064ff9b && four(&a[4]) == 0 && four(&a[8]) == 0;
  if (translated) return is_public4(four(&a[12]));  // 64:ff9b::/96 carries an IPv4 address.
  if ((head >> 16) == 0x2002) return is_public4(four(&a[2]));        // 6to4 does too.
  if ((head >> 29) != 1) return false;                               // Only 2000::/3 is given out.
  if ((head >> 9) == (0x20010000u >> 9)) return false;               // 2001::/23: Teredo, ORCHID, …
  return head != 0x20010db8 && (head >> 12) != (0x3fff0000u >> 12);  // Documentation.
}

}  // namespace

bool is_public(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in in;
    std::memcpy(&in, &address, sizeof in);
    return is_public4(ntohl(in.sin_addr.s_addr));
  }
  if (address.sa_family != AF_INET6) return false;
  sockaddr_in6 in;
  std::memcpy(&in, &address, sizeof in);
  std::array<std::uint8_t, 16> a;
  std::memcpy(a.data(), &in.sin6_addr, a.size());
  const bool mapped = four(a.data()) == 0 && four(&a[4]) == 0 && four(&a[8]) == 0x0000ffff;
  return mapped ? is_public4(four(&a[12])) : is_public6(a);
}

bool is_target(std::string_view url, bool plain_http) {
  if (url.size() > 2'000 || !is_utf8(url)) return false;
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), curl_url_cleanup);
  const std::string text(url);
  if (curl_url_set(parsed.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) return false;
  const auto part = [&](CURLUPart which) {
    char* value = nullptr;
    std::string out;
    if (curl_url_get(parsed.get(), which, &value, 0) == CURLUE_OK && value) out = value;
    curl_free(value);
    return out;
  };
  const std::string scheme = part(CURLUPART_SCHEME);
  return (scheme == "https" || (plain_http && scheme == "http")) && !part(CURLUPART_HOST).empty() &&
         part(CURLUPART_USER).empty() && part(CURLUPART_PASSWORD).empty() &&
         part(CURLUPART_FRAGMENT).empty();
}

}  // namespace fondaco::webhooks
