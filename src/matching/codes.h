// SKUs and barcodes as they are compared. Depends on base.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace fondaco::matching {

/// Letters and digits only, lower case: "Ab-12 3" is "ab123".
std::string code_key(std::string_view text);
/// The 14 digit form where the check digit is right, else code_key.
std::string gtin_key(std::string_view text);

/// FNV-1a, 64 bits. A collision, if one is ever made, shows one wrong product.
constexpr std::uint64_t code_hash(std::string_view key) {
  std::uint64_t h = 0xcbf29ce484222325ULL;
  for (const char c : key) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return h;
}

}  // namespace fondaco::matching
