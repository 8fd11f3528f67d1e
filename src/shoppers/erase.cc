#include "rows.h"

#include <fondaco/events/shoppers.h>
#include <fondaco/shoppers/privacy.h>
#include <fondaco/storage/publish.h>

#include <array>

namespace fondaco::shoppers {
namespace {

constexpr storage::Sql kEmpty{"shoppers.empty_person", R"sql(
  UPDATE shoppers_person
     SET state = 2, email_hash = '', password = '', profile = NULL, staff = 0
   WHERE shard = $1 AND id = $2)sql"};

constexpr storage::Sql kFreeEmail{"shoppers.free_email", R"sql(
  DELETE FROM shoppers_email WHERE hash = $1 AND person_id = $2)sql"};

constexpr storage::Sql kCredentials{"shoppers.erase_credentials", R"sql(
  SELECT credential FROM shoppers_passkey WHERE shard = $1 AND person_id = $2)sql"};

constexpr storage::Sql kFreeCredential{"shoppers.free_credential", R"sql(
  DELETE FROM shoppers_credential WHERE credential = $1)sql"};

constexpr storage::Sql kEraseSessions{"shoppers.erase_sessions", R"sql(
  DELETE FROM shoppers_session WHERE shard = $1 AND person_id = $2)sql"};

constexpr storage::Sql kEraseTokens{"shoppers.erase_tokens", R"sql(
  DELETE FROM shoppers_token WHERE shard = $1 AND person_id = $2)sql"};

constexpr storage::Sql kEraseGrants{"shoppers.erase_grants", R"sql(
  DELETE FROM shoppers_grant WHERE shard = $1 AND person_id = $2)sql"};

constexpr storage::Sql kEraseAddresses{"shoppers.erase_addresses", R"sql(
  DELETE FROM shoppers_address WHERE shard = $1 AND person_id = $2)sql"};

constexpr storage::Sql kEraseTotp{"shoppers.erase_totp", R"sql(
  DELETE FROM shoppers_totp WHERE shard = $1 AND id = $2)sql"};

constexpr storage::Sql kEraseCodes{"shoppers.erase_codes", R"sql(
  DELETE FROM shoppers_code WHERE shard = $1 AND person_id = $2)sql"};

constexpr storage::Sql kErasePasskeys{"shoppers.erase_passkeys", R"sql(
  DELETE FROM shoppers_passkey WHERE shard = $1 AND person_id = $2)sql"};

// Each deletes what is a person's own: shard, person.
constexpr auto kOwn = std::to_array<const storage::Sql*>(
    {&kEraseSessions, &kEraseTokens, &kEraseGrants, &kEraseAddresses, &kEraseTotp, &kErasePasskeys,
     &kEraseCodes});

constexpr storage::Sql kEraseChallenges{"shoppers.erase_challenges", R"sql(
  DELETE FROM shoppers_challenge WHERE person_id = $1)sql"};

constexpr storage::Sql kDoom{"shoppers.doom_key", R"sql(
  INSERT INTO shoppers_doomed_key (shard, id) VALUES ($1, $2)
  ON CONFLICT DO NOTHING)sql"};

constexpr storage::Sql kDoomed{"shoppers.doomed_keys", R"sql(
  SELECT id FROM shoppers_doomed_key ORDER BY id LIMIT $1)sql"};

constexpr storage::Sql kForgetDoomed{"shoppers.forget_doomed", R"sql(
  DELETE FROM shoppers_doomed_key WHERE shard = $1 AND id = $2)sql"};

void delete_own(storage::Tx& tx, const PersonRow& person) {
  const auto credentials = tx.all(kCredentials, {person.id.shard(), person.id},
                                  [](const storage::Row& r) { return r.str(0); });
  for (const auto& credential : credentials) tx.exec(kFreeCredential, {credential});
  for (const auto* sql : kOwn) tx.exec(*sql, {person.id.shard(), person.id});
  tx.exec(kEraseChallenges, {person.id});
  tx.exec(kFreeEmail, {person.email_hash, person.id});
  tx.exec(kEmpty, {person.id.shard(), person.id});
}

}  // namespace

Result<std::vector<KeyId>, Refusal> erase_rows(storage::Tx& tx, PersonId person,
                                               const std::vector<EraseHook>& hooks) {
  const auto row = active_row(tx, person);
  if (!row) return Refused{Refusal::unknown_person};
  std::vector<KeyId> doomed{row->key};
  for (const auto& hook : hooks) hook.run(tx, person, doomed);
  delete_own(tx, *row);
  for (const KeyId key : doomed) tx.exec(kDoom, {key.shard(), key});
  const std::int64_t version = bump_version(tx, person);
  storage::publish(tx, person.value, version, events::PersonErased{person, doomed});
  return doomed;
}

void doom_keys(storage::Tx& tx, const std::vector<KeyId>& keys) {
  // A key may be doomed already when an erasure is repeated after a crash.
  for (const KeyId key : keys) tx.exec(kDoom, {key.shard(), key});
  storage::publish(tx, keys.front().value, 1, events::PersonErased{{}, keys});
}

std::vector<KeyId> doomed_keys(storage::Read& read, int limit) {
  return read.all(kDoomed, {limit}, [](const storage::Row& r) { return r.id<KeyId>(0); });
}

void forget_doomed(storage::Tx& tx, const std::vector<KeyId>& keys) {
  for (const KeyId key : keys) tx.exec(kForgetDoomed, {key.shard(), key});
}

}  // namespace fondaco::shoppers
