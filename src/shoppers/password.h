// Passwords as argon2id PHC strings. Private. Depends on libsodium.
#pragma once

#include <string>
#include <string_view>

namespace fondaco::shoppers {

/// m = 19456 KiB, t = 2, p = 1 (OWASP); about 40 ms. Throws Fault when memory is short.
std::string hash_password(const std::string& password);
bool password_matches(const std::string& phc, const std::string& password);
/// True when the hash was made with other limits than today's.
bool needs_rehash(const std::string& phc);
bool is_breached(std::string_view lower);

}  // namespace fondaco::shoppers
