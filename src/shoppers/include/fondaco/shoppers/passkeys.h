// Passkeys (WebAuthn level 3): discoverable credentials, user verification required, no
// attestation, ES256 and EdDSA. Depends on: people.
//
// Signatures are checked outside a transaction (check_…), what must happen once happens inside
// (add_passkey, use_passkey): the challenge is taken, the sign count moves.
#pragma once

#include <fondaco/shoppers/people.h>

#include <string>
#include <vector>

namespace fondaco::shoppers {

struct PasskeyConfig {
  std::string rp_id = "localhost";   // A domain: an address like 127.0.0.1 does not work.
  std::vector<std::string> origins;  // Empty: https://rp_id, and for localhost any port.
};

/// 32 random bytes as base 64, valid for 5 minutes, once. person 0: for signing in.
/// Cleans up expired ones, at most 100 a call.
std::string make_challenge(storage::Tx& tx, PersonId person);

/// What navigator.credentials.create() gave, decoded from base 64.
struct PasskeyRegistration {
  std::string client_data;
  std::string attestation_object;
};
/// What navigator.credentials.get() gave, decoded from base 64.
struct PasskeyAssertion {
  std::string credential_id;
  std::string client_data;
  std::string authenticator_data;
  std::string signature;
};

struct CheckedPasskey {
  std::string challenge;
  std::string credential;  // Base 64.
  std::string public_key;  // DER, SubjectPublicKeyInfo.
  std::int64_t algorithm = 0;
  std::int64_t sign_count = 0;
  bool backed_up = false;
};
/// Refuses passkey_malformed, passkey_origin, passkey_unverified.
Result<CheckedPasskey, Refusal> check_registration(const PasskeyConfig& config,
                                                   const PasskeyRegistration& r);
/// Refuses unknown_person, label_too_long, passkey_challenge, passkey_taken, too_many (20).
Result<PasskeyId, Refusal> add_passkey(storage::Tx& tx, Keyring& keyring, PersonId person,
                                       const CheckedPasskey& checked, std::string_view label);

struct CheckedAssertion {
  PasskeyId passkey;
  PersonId person;
  std::string challenge;
  std::int64_t sign_count = 0;
  bool backed_up = false;
};
/// Verifies the signature (about 0.2 ms). Refuses passkey_malformed, passkey_origin,
/// passkey_unverified, passkey_unknown, passkey_signature.
Result<CheckedAssertion, Refusal> check_assertion(storage::Read& read, const PasskeyConfig& config,
                                                  const PasskeyAssertion& a);
/// Refuses passkey_challenge, passkey_unknown, passkey_replayed. The person may then sign in.
Result<PersonId, Refusal> use_passkey(storage::Tx& tx, const CheckedAssertion& checked);

struct PasskeyRow {
  PasskeyId id;
  std::string label;
  Instant created_at;
};
std::vector<PasskeyRow> passkeys_of(storage::Read& read, Keyring& keyring, PersonId person);
/// For the list of credentials that a new registration shall not repeat. Base 64.
std::vector<std::string> credentials_of(storage::Read& read, PersonId person);
Result<Unit, Refusal> remove_passkey(storage::Tx& tx, PersonId person, PasskeyId id);

}  // namespace fondaco::shoppers
