// Access: sessions, roles and grants, API tokens, second factors. Depends on: people.
//
// A secret is shown once and stored as a hash; its text begins with its row's id, so that it is
// found by key on the person's shard and no index on random text is needed.
#pragma once

#include <fondaco/shoppers/people.h>

#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fondaco::shoppers {

// ---- Sessions -------------------------------------------------------------------------------

inline constexpr std::string_view kSessionCookie = "session";
inline constexpr Duration kShopperSession = days(30);
inline constexpr Duration kStaffSession = hours(12);
/// A session is written again only when it was seen longer ago than this.
inline constexpr Duration kSessionTouch = minutes(30);

struct OpenedSession {
  SessionId id;
  PersonId person;
  bool staff = false;
  std::string token;  // For the cookie; stored nowhere.
  Instant expires_at;
};

struct SessionRow {
  SessionId id;
  bool staff = false;
  std::string device;  // What the browser called itself; empty when none was given.
  Instant created_at;
  Instant seen_at;
  Instant expires_at;
};

/// The caller has made sure who it is. Keeps the newest 50 sessions of a person. `by` goes into
/// the event: "password", "password_totp", "passkey". Refuses unknown_person.
Result<OpenedSession, Refusal> open_session(storage::Tx& tx, Keyring& keyring, PersonId person,
                                            std::string_view device, std::string_view by);
/// Newest first, open ones only.
std::vector<SessionRow> sessions_of(storage::Read& read, Keyring& keyring, PersonId person,
                                    Instant now);
/// Refuses unknown_session, another person's too.
Result<Unit, Refusal> revoke_session(storage::Tx& tx, PersonId person, SessionId id);
/// All but `kept` (0: all). Returns how many.
std::int64_t revoke_sessions(storage::Tx& tx, PersonId person, SessionId kept = {});
/// Moves seen_at and expires_at to now; nothing for a session that is gone.
void touch_session(storage::Tx& tx, SessionId id);
/// Expected form field or X-CSRF-Token of a session: made from its token, stored nowhere.
std::string csrf_of(std::string_view session_token);

// ---- Roles and grants -----------------------------------------------------------------------

/// One permission of a person; merchant 0: the operator's, place 0: every place.
struct Permission {
  std::string name;  // "orders.read"; "*" for all of them.
  MerchantId merchant;
  PlaceId place;
};

struct ReadyRole {
  std::string_view name;
  std::string_view title;
  bool of_operator = false;
  std::span<const std::string_view> permissions;
};

/// operator, support; owner, manager, editor, desk, picker, cashier.
std::span<const ReadyRole> ready_roles();
const ReadyRole* ready_role(std::string_view name);
/// Every permission that a role or token may name, without "*".
std::span<const std::string_view> known_permissions();
/// Scopes that every person may give to a token for the own account.
std::span<const std::string_view> self_scopes();

struct CustomRole {
  RoleId id;
  MerchantId merchant;
  std::string name;
  std::vector<std::string> permissions;
};

/// What the acting person may give away; operators' and the command line's is {"*"}.
using Held = std::span<const Permission>;

/// Refuses label_too_long (60 characters), permission_unknown, permission_not_held, too_many
/// (100 roles a merchant).
Result<RoleId, Refusal> create_role(storage::Tx& tx, const CustomRole& role, Held held);
std::vector<CustomRole> roles_of(storage::Read& read, MerchantId merchant);

struct NewGrant {
  PersonId person;
  std::string role;  // A ready role's name or a custom role's id as text.
  MerchantId merchant;
  PlaceId place;
};

struct GrantRow {
  GrantId id;
  PersonId person;
  std::string role;
  MerchantId merchant;
  PlaceId place;
  Instant granted_at;
};

/// Makes the person staff. Refuses unknown_person, unknown_role, role_not_here,
/// permission_not_held, too_many (100 grants a person).
Result<GrantId, Refusal> grant_role(storage::Tx& tx, const NewGrant& grant, Held held);
/// Refuses unknown_grant (another merchant's too), permission_not_held, last_owner.
Result<Unit, Refusal> withdraw_grant(storage::Tx& tx, GrantId id, MerchantId merchant, Held held);
std::vector<GrantRow> grants_of(storage::Read& read, PersonId person);
std::vector<GrantRow> grants_of_merchant(storage::Read& read, MerchantId merchant);
/// Resolved: one entry a permission and scope.
std::vector<Permission> permissions_of(storage::Read& read, PersonId person);

// ---- API tokens -----------------------------------------------------------------------------

struct NewToken {
  PersonId person;
  std::string label;
  std::vector<std::string> scopes;
  std::optional<Instant> expires_at;
};

struct CreatedToken {
  TokenId id;
  std::string token;   // Shown once.
  std::string prefix;  // Shown always.
};

struct TokenRow {
  TokenId id;
  std::string prefix;
  std::string label;
  std::vector<std::string> scopes;
  Instant created_at;
  std::optional<Instant> expires_at;
};

/// Refuses unknown_person, label_too_long (60), scope_unknown, scope_not_held, expiry_past,
/// too_many.
Result<CreatedToken, Refusal> create_token(storage::Tx& tx, Keyring& keyring, const NewToken& t);
std::vector<TokenRow> tokens_of(storage::Read& read, Keyring& keyring, PersonId person);
Result<Unit, Refusal> revoke_token(storage::Tx& tx, PersonId person, TokenId id);

// ---- Who is it ------------------------------------------------------------------------------

/// What a session or token stands for.
struct Identity {
  PersonId person;
  SessionId session;  // 0 for a token.
  TokenId token;      // 0 for a session.
  bool staff = false;
  std::vector<Permission> permissions;
  std::vector<std::string> scopes;  // Of a token.
  std::string csrf;                 // Of a session.
  Instant seen_at;
  std::optional<Instant> expires_at;
};

/// Nothing when unknown, expired, revoked or of an erased person. Two or three rows, about 10 µs.
std::optional<Identity> identify(storage::Read& read, std::string_view secret, Instant now);

/// Recently seen secrets, as hashes, for 5 s and until something about the person changes.
/// Thread-safe; at most 64k entries. Cost of find(): about 0.5 µs.
class IdentityCache {
 public:
  static constexpr Duration kAge = seconds(5);
  struct Entry {
    std::shared_ptr<const Identity> identity;
    Instant loaded_at;
    std::atomic<bool> touched = false;  // Its session's sliding expiry is being written.
  };

  IdentityCache();
  ~IdentityCache();
  std::shared_ptr<Entry> find(std::string_view secret, Instant now);
  /// Before reading the identity that will be put: a drop in between makes put() do nothing.
  std::uint64_t generation() const;
  std::shared_ptr<Entry> put(std::string_view secret, Identity identity, Instant now,
                             std::uint64_t generation);
  void drop_person(PersonId person);
  void drop_all();

 private:
  struct Shard;
  std::unique_ptr<Shard[]> shards_;
  std::atomic<std::uint64_t> generation_ = 0;
};

// ---- Authenticator apps (RFC 6238: SHA-1, 6 digits, 30 s) -----------------------------------

/// The code of one 30 s step.
std::string totp_code(std::string_view secret, std::int64_t step);

struct BegunTotp {
  std::string secret;  // Base 32, shown once.
  std::string uri;     // otpauth://… for the QR code.
};
/// Not asked for until confirmed. Refuses unknown_person, totp_active.
Result<BegunTotp, Refusal> begin_totp(storage::Tx& tx, Keyring& keyring, PersonId person);
/// Refuses totp_not_begun, totp_wrong.
Result<Unit, Refusal> confirm_totp(storage::Tx& tx, Keyring& keyring, PersonId person,
                                   std::string_view code);
bool has_totp(storage::Read& read, PersonId person);
/// One step before or after is accepted; each step once. Refuses totp_not_begun, totp_wrong.
Result<Unit, Refusal> use_totp(storage::Tx& tx, Keyring& keyring, PersonId person,
                               std::string_view code);
void remove_totp(storage::Tx& tx, PersonId person);

}  // namespace fondaco::shoppers
