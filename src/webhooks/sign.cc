#include <fondaco/base/check.h>
#include <fondaco/base/text.h>
#include <fondaco/webhooks/sign.h>

#include <sodium.h>

#include <array>

namespace fondaco::webhooks {
namespace {

constexpr std::string_view kPrefix = "whsec_";
constexpr std::size_t kSecretBytes = 32;

const unsigned char* bytes(std::string_view s) {
  return reinterpret_cast<const unsigned char*>(s.data());
}

std::string hmac(std::string_view key, std::string_view text) {
  std::array<unsigned char, crypto_auth_hmacsha256_BYTES> out;
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, bytes(key), key.size());
  crypto_auth_hmacsha256_update(&state, bytes(text), text.size());
  crypto_auth_hmacsha256_final(&state, out.data());
  return to_base64({reinterpret_cast<const char*>(out.data()), out.size()});
}

}  // namespace

std::string new_secret(Random& random) {
  return std::string(kPrefix) + to_base64(random.bytes(kSecretBytes));
}

std::optional<std::string> key_of(std::string_view secret) {
  if (!secret.starts_with(kPrefix)) return std::nullopt;
  const std::string_view text = secret.substr(kPrefix.size());
  std::string out(text.size(), '\0');
  std::size_t size = 0;
  const bool good =
      sodium_base642bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), text.data(),
                        text.size(), nullptr, &size, nullptr, sodium_base64_VARIANT_ORIGINAL) == 0;
  if (!good || size < 24 || size > 64) return std::nullopt;
  out.resize(size);
  return out;
}

Signed sign(const std::vector<std::string>& secrets, std::string_view id, Instant at,
            std::string_view body) {
  Signed out{std::string(id), std::to_string(at.us / 1'000'000), ""};
  std::string text;
  text.append(out.id).append(".").append(out.timestamp).append(".").append(body);
  for (const auto& secret : secrets) {
    const auto key = key_of(secret);
    FONDACO_CHECK(key.has_value());
    if (!out.signature.empty()) out.signature += ' ';
    out.signature += "v1," + hmac(*key, text);
  }
  return out;
}

}  // namespace fondaco::webhooks
