// What shoppers publishes: people, their rights and consents, by id only. Depends on base.
// The entity is the person (sessions and tokens: themselves). No name, address, mail or number.
#pragma once

#include <fondaco/base/ids.h>

#include <boost/describe/class.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fondaco {

/// A code sent to a person's address.
struct MailCodeTag {
  static constexpr std::string_view prefix = "mcd";
};
using MailCodeId = Id<MailCodeTag>;

}  // namespace fondaco

namespace fondaco::events {

struct PersonCreated {
  static constexpr std::string_view kType = "shoppers.person_created";
  static constexpr int kVersion = 1;
  PersonId person;
  bool staff = false;
};
BOOST_DESCRIBE_STRUCT(PersonCreated, (), (person, staff))

/// Profile or password changed; sessions and rights may have changed with it.
struct PersonChanged {
  static constexpr std::string_view kType = "shoppers.person_changed";
  static constexpr int kVersion = 1;
  PersonId person;
  std::string what;  // "profile", "password", "totp", "passkeys"
};
BOOST_DESCRIBE_STRUCT(PersonChanged, (), (person, what))

/// The person's data cannot be read any more; `keys` are to be dropped from every cache. Without a
/// person (0) it was a guest's checkout, and the entity is its key.
struct PersonErased {
  static constexpr std::string_view kType = "shoppers.person_erased";
  static constexpr int kVersion = 1;
  PersonId person;
  std::vector<KeyId> keys;
};
BOOST_DESCRIBE_STRUCT(PersonErased, (), (person, keys))

struct PersonSignedIn {
  static constexpr std::string_view kType = "shoppers.person_signed_in";
  static constexpr int kVersion = 1;
  PersonId person;
  SessionId session;
  std::string by;  // "password", "password_totp", "passkey", "code", "code_totp"
};
BOOST_DESCRIBE_STRUCT(PersonSignedIn, (), (person, session, by))

struct SessionsRevoked {
  static constexpr std::string_view kType = "shoppers.sessions_revoked";
  static constexpr int kVersion = 1;
  PersonId person;
  std::int64_t count = 0;
};
BOOST_DESCRIBE_STRUCT(SessionsRevoked, (), (person, count))

/// A role was given or taken.
struct GrantsChanged {
  static constexpr std::string_view kType = "shoppers.grants_changed";
  static constexpr int kVersion = 1;
  PersonId person;
  GrantId grant;
  std::string role;
  MerchantId merchant;
  PlaceId place;
  bool given = false;
};
BOOST_DESCRIBE_STRUCT(GrantsChanged, (), (person, grant, role, merchant, place, given))

/// A seat in a merchant's team was offered to an address, taken, or the offer withdrawn.
struct InvitationChanged {
  static constexpr std::string_view kType = "shoppers.invitation_changed";
  static constexpr int kVersion = 1;
  TokenId invitation;
  MerchantId merchant;
  std::string role;   // Empty when withdrawn.
  std::string state;  // open, accepted, withdrawn.
};
BOOST_DESCRIBE_STRUCT(InvitationChanged, (), (invitation, merchant, role, state))

/// A custom role was made; the entity is the role.
struct RoleCreated {
  static constexpr std::string_view kType = "shoppers.role_created";
  static constexpr int kVersion = 1;
  RoleId role;
  MerchantId merchant;
  std::vector<std::string> permissions;
};
BOOST_DESCRIBE_STRUCT(RoleCreated, (), (role, merchant, permissions))

struct TokenCreated {
  static constexpr std::string_view kType = "shoppers.token_created";
  static constexpr int kVersion = 1;
  TokenId token;
  PersonId person;
  std::vector<std::string> scopes;
};
BOOST_DESCRIBE_STRUCT(TokenCreated, (), (token, person, scopes))

struct TokenRevoked {
  static constexpr std::string_view kType = "shoppers.token_revoked";
  static constexpr int kVersion = 1;
  TokenId token;
  PersonId person;
};
BOOST_DESCRIBE_STRUCT(TokenRevoked, (), (token, person))

struct ConsentChanged {
  static constexpr std::string_view kType = "shoppers.consent_changed";
  static constexpr int kVersion = 1;
  PersonId person;
  std::string purpose;
  std::string channel;
  bool granted = false;
  std::string text_version;
};
BOOST_DESCRIBE_STRUCT(ConsentChanged, (), (person, purpose, channel, granted, text_version))

/// Somebody asked for a code by mail; the entity is the code, whose digits are in no event.
struct CodeAsked {
  static constexpr std::string_view kType = "shoppers.code_asked";
  static constexpr int kVersion = 1;
  PersonId person;
  MailCodeId code;
  std::string purpose;  // "password_reset", "sign_in"
};
BOOST_DESCRIBE_STRUCT(CodeAsked, (), (person, code, purpose))

}  // namespace fondaco::events
