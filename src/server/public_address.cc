#include "public_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <iterator>

namespace fondaco::server {
namespace {

struct Range4 {
  std::uint32_t network;
  int bits;
};
// IANA's special-purpose registry, and multicast and what lies above it.
constexpr Range4 kSpecial4[] = {
    {0x00000000, 8},  {0x0A000000, 8},  {0x64400000, 10}, {0x7F000000, 8},  {0xA9FE0000, 16},
    {0xAC100000, 12}, {0xC0000000, 24}, {0xC0000200, 24}, {0xC01FC400, 24}, {0xC034C100, 24},
    {0xC0586300, 24}, {0xC0A80000, 16}, {0xC0AF3000, 24}, {0xC6120000, 15}, {0xC6336400, 24},
    {0xCB007100, 24}, {0xE0000000, 4},  {0xF0000000, 4}};

bool is_public4(std::uint32_t a) {
  return std::none_of(std::begin(kSpecial4), std::end(kSpecial4), [a](const Range4& r) {
    return (a >> (32 - r.bits)) == (r.network >> (32 - r.bits));
  });
}

// Global unicast is 2000::/3; 2001::/23 (Teredo, ORCHID), 2001:db8::/32, 2002::/16 (6to4, which
// carries any IPv4 address) and 3fff::/20 are not for us.
bool is_public6(const std::array<std::uint8_t, 16>& a) {
  const int head = a[0] << 8 | a[1];
  const int next = a[2] << 8 | a[3];
  if ((a[0] & 0xE0) != 0x20 || head == 0x2002) return false;
  if (head == 0x2001 && (next < 0x0200 || next == 0x0db8)) return false;
  return !(head == 0x3fff && next < 0x1000);
}

std::array<std::uint8_t, 16> bytes_of(const sockaddr& address) {
  sockaddr_in6 in{};
  std::memcpy(&in, &address, sizeof(in));
  std::array<std::uint8_t, 16> out{};
  std::memcpy(out.data(), &in.sin6_addr, out.size());
  return out;
}

std::uint32_t number_of(const sockaddr& address) {
  sockaddr_in in{};
  std::memcpy(&in, &address, sizeof(in));
  return ntohl(in.sin_addr.s_addr);
}

}  // namespace

bool is_public_address(const sockaddr& address) {
  if (address.sa_family == AF_INET) return is_public4(number_of(address));
  return address.sa_family == AF_INET6 && is_public6(bytes_of(address));
}

bool is_loopback_address(const sockaddr& address) {
  if (address.sa_family == AF_INET) return number_of(address) >> 24 == 127;
  if (address.sa_family != AF_INET6) return false;
  std::array<std::uint8_t, 16> one{};
  one.back() = 1;
  return bytes_of(address) == one;
}

int port_of(const sockaddr& address) {
  sockaddr_in in{};  // The port stands at the same place in both families.
  std::memcpy(&in, &address, sizeof(in));
  return ntohs(in.sin_port);
}

}  // namespace fondaco::server
