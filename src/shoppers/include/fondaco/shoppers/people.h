// People: who they are, their address book, their passwords. Depends on: keyring.
//
// A person row holds no name and no address in the clear: the profile is sealed under the
// person's key, the e-mail address is found by its keyed hash. Invariants: an active person has
// a key and exactly one row in shoppers_email; an erased one has neither.
#pragma once

#include <fondaco/base/result.h>
#include <fondaco/shoppers/keyring.h>

#include <boost/describe/class.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fondaco::shoppers {

/// Every expected refusal of the module, in the order in which they are checked.
enum class Refusal {
  throttled,  // Too many failures for this account or address; try again in minutes.
  email_malformed,
  name_too_long,       // More than 200 characters.
  locale_unknown,      // Not en or zh.
  password_too_short,  // Fewer than 8 characters.
  password_too_long,   // More than 256 bytes.
  password_breached,   // On the list of passwords that everybody tries first.
  email_taken,         // Said to operators and merchants only, never at sign-up.
  wrong_credentials,   // Unknown address, wrong password, erased: all the same answer.
  totp_needed,         // Password right; a code of the authenticator app is asked for.
  totp_wrong,          // Wrong, too old, or used before.
  totp_not_begun,
  totp_active,  // Already confirmed: remove it first.
  unknown_person,
  unknown_address,
  address_incomplete,  // Name, line1, city and country (two letters) are needed.
  too_many,            // A limit per person is reached: 50 addresses, 50 tokens, 20 passkeys.
  version_changed,     // If-Match names another version.
  unknown_session,
  unknown_token,
  scope_unknown,
  scope_not_held,  // A token cannot do what its person may not do.
  expiry_past,
  label_too_long,
  unknown_role,
  role_not_here,  // Operator's roles have no merchant, a merchant's roles have one.
  permission_unknown,
  permission_not_held,  // Nobody gives what he does not have.
  unknown_grant,
  last_owner,  // A merchant keeps at least one owner.
  text_version_missing,
  passkey_malformed,
  passkey_challenge,  // Unknown, used or expired challenge.
  passkey_origin,
  passkey_unknown,
  passkey_taken,
  passkey_signature,
  passkey_unverified,  // The authenticator did not verify the user.
  passkey_replayed,    // The sign count did not grow: a cloned authenticator.
};

struct Profile {
  std::string name;
  std::string email;
  std::string locale = "en";
};
BOOST_DESCRIBE_STRUCT(Profile, (), (name, email, locale))

enum class PersonState { active = 1, erased = 2 };

struct Person {
  PersonId id;
  KeyId key;
  PersonState state = PersonState::active;
  bool staff = false;
  std::optional<Profile> profile;  // Nothing when erased.
  Instant created_at;
  std::int64_t version = 0;
};

/// Opens the profile: one row and 2 µs.
std::optional<Person> find_person(storage::Read& read, Keyring& keyring, PersonId id);
std::optional<PersonId> person_by_email(storage::Read& read, const Keyring& keyring,
                                        std::string_view email);
/// "Somebody@Example.org" → "Somebody@Example.org" trimmed; nothing when it cannot be an address.
std::optional<std::string> parse_email(std::string_view text);

struct ProfileChange {
  std::optional<std::string> name;
  std::optional<std::string> locale;
};
/// Refuses name_too_long, locale_unknown, unknown_person, version_changed.
Result<Person, Refusal> change_profile(storage::Tx& tx, Keyring& keyring, PersonId id,
                                       const ProfileChange& change,
                                       std::optional<std::int64_t> if_version);

/// Where something is sent to. Checkout uses the same shape.
struct Address {
  std::string name;
  std::string line1;
  std::optional<std::string> line2;
  std::string city;
  std::optional<std::string> region;
  std::optional<std::string> postcode;
  std::string country;  // ISO 3166-1, two capitals.
  std::optional<std::string> telephone;
};
BOOST_DESCRIBE_STRUCT(Address, (), (name, line1, line2, city, region, postcode, country, telephone))

/// As it lies in the sealed column: JSON, and back. Orders seal their address with these.
std::string address_text(const Address& address);
Address address_from_text(std::string_view text);
/// Refuses address_incomplete; every part at most 200 characters.
Result<Unit, Refusal> check_address(const Address& address);

struct SavedAddress {
  AddressId id;
  Address address;
};

/// Newest first, at most 50.
std::vector<SavedAddress> addresses_of(storage::Read& read, Keyring& keyring, PersonId person);
/// Refuses address_incomplete, unknown_person, too_many.
Result<AddressId, Refusal> add_address(storage::Tx& tx, Keyring& keyring, PersonId person,
                                       const Address& address);
/// Refuses unknown_address, another person's too.
Result<Unit, Refusal> remove_address(storage::Tx& tx, PersonId person, AddressId id);

/// Refuses password_too_short, _too_long, _breached.
Result<Unit, Refusal> check_new_password(std::string_view password);

}  // namespace fondaco::shoppers
