#include "secrets.h"

#include <fondaco/base/check.h>
#include <fondaco/base/text.h>

#include <sodium.h>

namespace fondaco::shoppers {
namespace {

const unsigned char* bytes_of(std::string_view s) {
  return reinterpret_cast<const unsigned char*>(s.data());
}

}  // namespace

void sodium_ready() {
  static const bool ready = sodium_init() >= 0;
  if (!ready) throw Fault("libsodium does not start");
}

std::string blake2b(std::string_view text, std::string_view key) {
  unsigned char out[32];
  FONDACO_CHECK(key.size() <= crypto_generichash_KEYBYTES_MAX);
  crypto_generichash(out, sizeof out, bytes_of(text), text.size(),
                     key.empty() ? nullptr : bytes_of(key), key.size());
  return to_base64url({reinterpret_cast<const char*>(out), sizeof out});
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace fondaco::shoppers
