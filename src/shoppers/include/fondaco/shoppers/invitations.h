// Invitations: a merchant's owner gives a seat to an address; whoever has it takes it. Depends on
// access. The link's secret is shown once and works once, for a person with that address only.
#pragma once

#include <fondaco/shoppers/access.h>

namespace fondaco::shoppers {

inline constexpr Duration kInvitationTime = days(7);

struct NewInvitation {
  std::string email;
  std::string role;  // A ready role's name or a custom role's id as text.
  MerchantId merchant;
  PlaceId place;
};
struct Invitation {
  TokenId id;
  std::string role;
  PlaceId place;
  Instant invited_at;
  Instant expires_at;
};
struct CreatedInvitation {
  TokenId id;
  std::string token;  // Shown once.
  Instant expires_at;
};

/// Refuses email_malformed, unknown_role, role_not_here, permission_not_held, too_many (100 open
/// ones a merchant). Publishes InvitationChanged.
Result<CreatedInvitation, Refusal> invite(storage::Tx& tx, const Keyring& keyring,
                                          const NewInvitation& wanted, Held held);
/// Gives the role to the person. Refuses unknown_token (unknown, used, or for another address),
/// expiry_past, and as grant_role.
Result<GrantId, Refusal> accept_invitation(storage::Tx& tx, Keyring& keyring, PersonId person,
                                           std::string_view token);
/// Refuses unknown_token, another merchant's too.
Result<Unit, Refusal> withdraw_invitation(storage::Tx& tx, MerchantId merchant, TokenId id);
/// Open ones, oldest first.
std::vector<Invitation> invitations_of(storage::Read& read, MerchantId merchant, Instant now);

}  // namespace fondaco::shoppers
