#include "rights.h"
#include "secret_text.h"

#include <fondaco/events/shoppers.h>
#include <fondaco/shoppers/invitations.h>
#include <fondaco/storage/publish.h>

namespace fondaco::shoppers {
namespace {

constexpr storage::Sql kAdd{"shoppers.add_invitation", R"sql(
  INSERT INTO shoppers_invitation (shard, id, merchant_id, place_id, role, email_hash, token_hash,
    invited_at, expires_at, used_by)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0))sql"};

constexpr storage::Sql kFind{"shoppers.invitation", R"sql(
  SELECT merchant_id, place_id, role, email_hash, token_hash, expires_at, used_by
    FROM shoppers_invitation WHERE shard = $1 AND id = $2)sql"};

constexpr storage::Sql kUse{"shoppers.use_invitation", R"sql(
  UPDATE shoppers_invitation SET used_by = $3 WHERE shard = $1 AND id = $2 AND used_by = 0)sql"};

constexpr storage::Sql kDrop{"shoppers.drop_invitation", R"sql(
  DELETE FROM shoppers_invitation
   WHERE shard = $1 AND id = $2 AND merchant_id = $3 AND used_by = 0)sql"};

constexpr storage::Sql kOpen{"shoppers.open_invitations", R"sql(
  SELECT id, role, place_id, invited_at, expires_at FROM shoppers_invitation
   WHERE shard = $1 AND merchant_id = $2 AND used_by = 0 AND expires_at > $3
   ORDER BY id LIMIT 1000)sql"};

constexpr std::size_t kOpenMost = 100;

struct Stored {
  NewGrant grant;
  std::string email_hash;
  std::string token_hash;
  Instant expires_at;
  bool used = false;
};

void tell(storage::Tx& tx, TokenId id, std::int64_t version, MerchantId merchant,
          std::string_view role, std::string_view state) {
  storage::publish(tx, id.value, version,
                   events::InvitationChanged{id, merchant, std::string(role), std::string(state)});
}

}  // namespace

Result<CreatedInvitation, Refusal> invite(storage::Tx& tx, const Keyring& keyring,
                                          const NewInvitation& wanted, Held held) {
  const auto email = parse_email(wanted.email);
  if (!email) return Refused{Refusal::email_malformed};
  const NewGrant grant{{}, wanted.role, wanted.merchant, wanted.place};
  if (const auto refusal = why_not_granted(tx, grant, held)) return Refused{*refusal};
  if (invitations_of(tx, wanted.merchant, tx.now()).size() >= kOpenMost) {
    return Refused{Refusal::too_many};
  }
  CreatedInvitation out;
  out.id = tx.next_id<TokenId>(wanted.merchant.shard());
  out.token = new_secret(out.id, tx.random());
  out.expires_at = tx.now() + kInvitationTime;
  tx.exec(kAdd, {out.id.shard(), out.id, wanted.merchant, wanted.place, wanted.role,
                 keyring.lookup_hash(*email), blake2b(out.token), tx.now(), out.expires_at});
  tell(tx, out.id, 1, wanted.merchant, wanted.role, "open");
  return out;
}

Result<GrantId, Refusal> accept_invitation(storage::Tx& tx, Keyring& keyring, PersonId person,
                                           std::string_view token) {
  const auto id = id_of_secret<TokenId>(token);
  if (!id) return Refused{Refusal::unknown_token};
  const auto found = tx.first(kFind, {id->shard(), *id}, [&](const storage::Row& row) {
    return Stored{{person, row.str(2), row.id<MerchantId>(0), row.id<PlaceId>(1)},
                  row.str(3),
                  row.str(4),
                  row.instant(5),
                  row.flag(6)};
  });
  const auto who = find_person(tx, keyring, person);
  if (!found || found->used || found->token_hash != blake2b(token) || !who || !who->profile ||
      keyring.lookup_hash(who->profile->email) != found->email_hash) {
    return Refused{Refusal::unknown_token};
  }
  if (found->expires_at <= tx.now()) return Refused{Refusal::expiry_past};
  const Permission all{"*", {}, {}};  // What may be given was judged when it was given.
  auto granted = grant_role(tx, found->grant, {&all, 1});
  if (!granted.ok()) return granted;
  tx.exec(kUse, {id->shard(), *id, person});
  tell(tx, *id, 2, found->grant.merchant, found->grant.role, "accepted");
  return granted;
}

Result<Unit, Refusal> withdraw_invitation(storage::Tx& tx, MerchantId merchant, TokenId id) {
  if (tx.exec(kDrop, {id.shard(), id, merchant}) == 0) return Refused{Refusal::unknown_token};
  tell(tx, id, 2, merchant, "", "withdrawn");
  return Unit{};
}

std::vector<Invitation> invitations_of(storage::Read& read, MerchantId merchant, Instant now) {
  return read.all(kOpen, {merchant.shard(), merchant, now}, [](const storage::Row& row) {
    return Invitation{row.id<TokenId>(0), row.str(1), row.id<PlaceId>(2), row.instant(3),
                      row.instant(4)};
  });
}

}  // namespace fondaco::shoppers
