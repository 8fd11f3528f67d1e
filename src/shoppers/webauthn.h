// What a browser and an authenticator say, taken apart and checked. Private. Depends on cbor.h.
#pragma once

#include <fondaco/shoppers/passkeys.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fondaco::shoppers {

struct ClientData {
  std::string type;
  std::string challenge;
  std::string origin;
  bool cross_origin = false;
};
std::optional<ClientData> read_client_data(std::string_view json);
bool origin_allowed(const PasskeyConfig& config, std::string_view origin);

struct AuthenticatorData {
  std::string_view rp_hash;
  bool user_present = false;
  bool user_verified = false;
  bool backed_up = false;
  std::int64_t sign_count = 0;
  std::string_view credential_id;  // Empty without attested data.
  std::string public_key;          // DER.
  std::int64_t algorithm = 0;
};
/// Nothing when it is malformed, or its key is neither ES256 on P-256 nor Ed25519.
std::optional<AuthenticatorData> read_authenticator_data(std::string_view bytes);

std::string sha256(std::string_view bytes);
/// `algorithm` is COSE's: -7 or -8.
bool signature_good(std::string_view public_key_der, std::int64_t algorithm,
                    std::string_view message, std::string_view signature);

}  // namespace fondaco::shoppers
