// Small helpers around libsodium, private to shoppers. Depends on base.
#pragma once

#include <string>
#include <string_view>

namespace fondaco::shoppers {

/// Must have run before anything of libsodium; cheap to repeat.
void sodium_ready();
/// BLAKE2b-256 in base 64; `key` may be empty.
std::string blake2b(std::string_view text, std::string_view key = {});
/// Takes the same time wherever the texts differ.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace fondaco::shoppers
