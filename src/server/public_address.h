// Which addresses the world may send us to. Depends on nothing.
#pragma once

#include <sys/socket.h>

namespace fondaco::server {

/// True for addresses that the internet routes to somebody: not this machine, not its network, no
/// documentation, multicast, tunnelled or mapped range. What is not known to be public is not.
bool is_public_address(const sockaddr& address);
/// 127.0.0.0/8 or ::1.
bool is_loopback_address(const sockaddr& address);
int port_of(const sockaddr& address);

}  // namespace fondaco::server
