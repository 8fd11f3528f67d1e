#include "password.h"
#include "rows.h"

#include <fondaco/base/check.h>
#include <fondaco/base/text.h>

#include <sodium.h>

namespace fondaco::shoppers {
namespace {

constexpr unsigned long long kPasses = 2;
constexpr std::size_t kMemory = std::size_t{19456} * 1024;
constexpr std::size_t kShortest = 8;
constexpr std::size_t kLongest = 256;

}  // namespace

std::string hash_password(const std::string& password) {
  char out[crypto_pwhash_STRBYTES];
  const int bad = crypto_pwhash_str_alg(out, password.data(), password.size(), kPasses, kMemory,
                                        crypto_pwhash_ALG_ARGON2ID13);
  if (bad != 0) throw Fault("a password could not be hashed: 19 MB of memory were not there");
  return out;
}

bool password_matches(const std::string& phc, const std::string& password) {
  // Longer ones are refused at sign-up, so they match nothing; hashing them would be a gift.
  if (password.size() > kLongest) return false;
  return crypto_pwhash_str_verify(phc.c_str(), password.data(), password.size()) == 0;
}

bool needs_rehash(const std::string& phc) {
  return crypto_pwhash_str_needs_rehash(phc.c_str(), kPasses, kMemory) != 0;
}

Result<Unit, Refusal> check_new_password(std::string_view password) {
  if (characters(password) < kShortest) return Refused{Refusal::password_too_short};
  if (password.size() > kLongest) return Refused{Refusal::password_too_long};
  if (is_breached(to_lower_ascii(password))) return Refused{Refusal::password_breached};
  return Unit{};
}

}  // namespace fondaco::shoppers
