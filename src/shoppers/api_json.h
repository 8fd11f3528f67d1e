// Bodies of the shoppers routes and how refusals are answered. Private to the api library.
#pragma once

#include <fondaco/http/router.h>
#include <fondaco/shoppers/api.h>

#include <boost/describe.hpp>

#include <optional>
#include <string>
#include <vector>

namespace fondaco::shoppers {

http::Response problem_of(Refusal refusal);

struct AccountIn {
  std::string email;
  std::string password;
  std::optional<std::string> name;
  std::optional<std::string> locale;
};
BOOST_DESCRIBE_STRUCT(AccountIn, (), (email, password, name, locale))

struct AccountOut {
  std::string status;
};
BOOST_DESCRIBE_STRUCT(AccountOut, (), (status))

struct SessionIn {
  std::string email;
  std::string password;
  std::optional<std::string> totp;
};
BOOST_DESCRIBE_STRUCT(SessionIn, (), (email, password, totp))

struct SessionOut {
  SessionId id;
  PersonId person;
  bool staff = false;
  std::string csrf;
  Instant expires_at;
};
BOOST_DESCRIBE_STRUCT(SessionOut, (), (id, person, staff, csrf, expires_at))

struct PermissionOut {
  std::string permission;
  std::optional<MerchantId> merchant;
  std::optional<PlaceId> place;
};
BOOST_DESCRIBE_STRUCT(PermissionOut, (), (permission, merchant, place))

struct MeOut {
  PersonId id;
  std::string name;
  std::string email;
  std::string locale;
  bool staff = false;
  bool totp = false;
  Instant created_at;
  std::optional<std::string> csrf;
  std::vector<PermissionOut> permissions;
};
BOOST_DESCRIBE_STRUCT(MeOut, (),
                      (id, name, email, locale, staff, totp, created_at, csrf, permissions))

struct MeIn {
  std::optional<std::string> name;
  std::optional<std::string> locale;
};
BOOST_DESCRIBE_STRUCT(MeIn, (), (name, locale))

struct PasswordIn {
  std::string password;
};
BOOST_DESCRIBE_STRUCT(PasswordIn, (), (password))

struct NewPasswordIn {
  std::string password;
  std::string new_password;
};
BOOST_DESCRIBE_STRUCT(NewPasswordIn, (), (password, new_password))

struct AddressOut {
  AddressId id;
  Address address;
};
BOOST_DESCRIBE_STRUCT(AddressOut, (), (id, address))

struct ConsentIn {
  Purpose purpose = Purpose::marketing;
  ContactChannel channel = ContactChannel::web;
  bool granted = false;
  std::string text_version;
  std::optional<std::string> proof;
};
BOOST_DESCRIBE_STRUCT(ConsentIn, (), (purpose, channel, granted, text_version, proof))

struct ConsentOut {
  ConsentId id;
  Purpose purpose = Purpose::marketing;
  ContactChannel channel = ContactChannel::web;
  bool granted = false;
  std::string text_version;
  Instant at;
};
BOOST_DESCRIBE_STRUCT(ConsentOut, (), (id, purpose, channel, granted, text_version, at))

struct EmailIn {
  std::string email;
};
BOOST_DESCRIBE_STRUCT(EmailIn, (), (email))

struct ResetIn {
  std::string email;
  std::string code;
  std::string password;
};
BOOST_DESCRIBE_STRUCT(ResetIn, (), (email, code, password))

struct CodeSessionIn {
  std::string email;
  std::string code;
  std::optional<std::string> totp;
};
BOOST_DESCRIBE_STRUCT(CodeSessionIn, (), (email, code, totp))

struct OpenSessionOut {
  SessionId id;
  bool current = false;
  std::string device;
  Instant created_at;
  Instant seen_at;
  Instant expires_at;
};
BOOST_DESCRIBE_STRUCT(OpenSessionOut, (), (id, current, device, created_at, seen_at, expires_at))

struct TokenIn {
  std::string label;
  std::vector<std::string> scopes;
  std::optional<Instant> expires_at;
};
BOOST_DESCRIBE_STRUCT(TokenIn, (), (label, scopes, expires_at))

struct CreatedTokenOut {
  TokenId id;
  std::string token;
  std::string prefix;
};
BOOST_DESCRIBE_STRUCT(CreatedTokenOut, (), (id, token, prefix))

struct TokenOut {
  TokenId id;
  std::string prefix;
  std::string label;
  std::vector<std::string> scopes;
  Instant created_at;
  std::optional<Instant> expires_at;
};
BOOST_DESCRIBE_STRUCT(TokenOut, (), (id, prefix, label, scopes, created_at, expires_at))

struct TotpOut {
  std::string secret;
  std::string uri;
};
BOOST_DESCRIBE_STRUCT(TotpOut, (), (secret, uri))

struct CodeIn {
  std::string code;
};
BOOST_DESCRIBE_STRUCT(CodeIn, (), (code))

struct PasskeyOptionsOut {
  std::string challenge;
  std::string rp_id;
  std::string user_id;
  std::vector<int> algorithms;
  std::vector<std::string> exclude;
};
BOOST_DESCRIBE_STRUCT(PasskeyOptionsOut, (), (challenge, rp_id, user_id, algorithms, exclude))

struct PasskeyChallengeOut {
  std::string challenge;
  std::string rp_id;
};
BOOST_DESCRIBE_STRUCT(PasskeyChallengeOut, (), (challenge, rp_id))

/// All members as URL-safe base 64.
struct PasskeyIn {
  std::string client_data;
  std::string attestation_object;
  std::optional<std::string> label;
};
BOOST_DESCRIBE_STRUCT(PasskeyIn, (), (client_data, attestation_object, label))

struct PasskeySignInIn {
  std::string credential_id;
  std::string client_data;
  std::string authenticator_data;
  std::string signature;
};
BOOST_DESCRIBE_STRUCT(PasskeySignInIn, (),
                      (credential_id, client_data, authenticator_data, signature))

struct PasskeyOut {
  PasskeyId id;
  std::string label;
  Instant created_at;
};
BOOST_DESCRIBE_STRUCT(PasskeyOut, (), (id, label, created_at))

struct StaffIn {
  std::string email;
  std::string password;
  std::optional<std::string> name;
  std::string role;
  std::optional<PlaceId> place;
};
BOOST_DESCRIBE_STRUCT(StaffIn, (), (email, password, name, role, place))

struct PersonOut {
  PersonId id;
};
BOOST_DESCRIBE_STRUCT(PersonOut, (), (id))

struct RoleIn {
  std::string name;
  std::vector<std::string> permissions;
};
BOOST_DESCRIBE_STRUCT(RoleIn, (), (name, permissions))

/// `role` is what a grant names.
struct RoleOut {
  std::string role;
  std::string name;
  bool ready = false;
  std::vector<std::string> permissions;
};
BOOST_DESCRIBE_STRUCT(RoleOut, (), (role, name, ready, permissions))

struct GrantIn {
  PersonId person;
  std::string role;
  std::optional<PlaceId> place;
};
BOOST_DESCRIBE_STRUCT(GrantIn, (), (person, role, place))

struct GrantOut {
  GrantId id;
  PersonId person;
  std::string role;
  std::optional<MerchantId> merchant;
  std::optional<PlaceId> place;
  Instant granted_at;
};
BOOST_DESCRIBE_STRUCT(GrantOut, (), (id, person, role, merchant, place, granted_at))

template <class T>
http::Response list_of(const std::vector<T>& items, bool has_more = false) {
  std::string body;
  for (const auto& item : items) body += (body.empty() ? "" : ",") + json_of(item);
  return http::json(http::list_json(body, has_more));
}

template <class I>
std::optional<I> if_set(I id) {
  return id ? std::optional(id) : std::nullopt;
}

/// The answer of every way to sign in: who it is, and the cookie.
http::Response signed_in(const http::Context& c, const OpenedSession& session);

/// Runs blocking work on the pool and replies with what it returns; 503 when the pool is full.
void on_pool(http::Router& router, http::Reply reply, std::function<http::Response()> work);

/// The permissions of who asks, as the use cases want them.
std::vector<Permission> held_by(const http::Principal& who);

void mount_sessions(http::Router& router, Shoppers& shoppers);
void mount_codes(http::Router& router, Shoppers& shoppers);
void mount_me(http::Router& router, Shoppers& shoppers);
void mount_factors(http::Router& router, Shoppers& shoppers);
void mount_invitations(http::Router& router, Shoppers& shoppers);
void mount_staff(http::Router& router, Shoppers& shoppers);

}  // namespace fondaco::shoppers
