#include "cbor.h"
#include "rows.h"
#include "secrets.h"
#include "webauthn.h"

#include <fondaco/base/text.h>
#include <fondaco/events/shoppers.h>
#include <fondaco/storage/publish.h>

namespace fondaco::shoppers {
namespace {

constexpr storage::Sql kChallenge{"shoppers.add_challenge", R"sql(
  INSERT INTO shoppers_challenge (hash, person_id, expires_at) VALUES ($1, $2, $3))sql"};

// Deleting is the proof that it was there: two requests with one challenge, one winner.
constexpr storage::Sql kTakeChallenge{"shoppers.take_challenge", R"sql(
  DELETE FROM shoppers_challenge WHERE hash = $1 AND person_id = $2 AND expires_at > $3)sql"};

constexpr storage::Sql kExpired{"shoppers.expired_challenges", R"sql(
  SELECT hash, person_id FROM shoppers_challenge WHERE expires_at <= $1 LIMIT 100)sql"};

constexpr storage::Sql kDropChallenge{"shoppers.drop_challenge", R"sql(
  DELETE FROM shoppers_challenge WHERE hash = $1)sql"};

constexpr storage::Sql kClaim{"shoppers.claim_credential", R"sql(
  INSERT INTO shoppers_credential (credential, passkey_id) VALUES ($1, $2)
  ON CONFLICT (credential) DO NOTHING)sql"};

constexpr storage::Sql kAdd{"shoppers.add_passkey", R"sql(
  INSERT INTO shoppers_passkey
    (shard, id, person_id, credential, public_key, algorithm, sign_count, backup_state, label,
     created_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10))sql"};

constexpr storage::Sql kCount{"shoppers.count_passkeys", R"sql(
  SELECT COUNT(*) FROM shoppers_passkey WHERE shard = $1 AND person_id = $2)sql"};

constexpr storage::Sql kByCredential{"shoppers.passkey_by_credential", R"sql(
  SELECT passkey_id FROM shoppers_credential WHERE credential = $1)sql"};

constexpr storage::Sql kPasskey{"shoppers.passkey", R"sql(
  SELECT person_id, public_key, algorithm FROM shoppers_passkey
   WHERE shard = $1 AND id = $2)sql"};

// Authenticators without a counter always say 0.
constexpr storage::Sql kCountUp{"shoppers.passkey_used", R"sql(
  UPDATE shoppers_passkey SET sign_count = $3, backup_state = $4
   WHERE shard = $1 AND id = $2 AND (sign_count < $3 OR (sign_count = 0 AND $3 = 0)))sql"};

constexpr storage::Sql kPasskeys{"shoppers.passkeys", R"sql(
  SELECT id, label, created_at, credential FROM shoppers_passkey
   WHERE shard = $1 AND person_id = $2 ORDER BY id)sql"};

constexpr storage::Sql kCredentialOf{"shoppers.credential_of", R"sql(
  SELECT credential FROM shoppers_passkey WHERE shard = $1 AND id = $2 AND person_id = $3)sql"};

constexpr storage::Sql kRemove{"shoppers.remove_passkey", R"sql(
  DELETE FROM shoppers_passkey WHERE shard = $1 AND id = $2 AND person_id = $3)sql"};

constexpr storage::Sql kFree{"shoppers.remove_credential", R"sql(
  DELETE FROM shoppers_credential WHERE credential = $1)sql"};

constexpr Duration kChallengeLife = minutes(5);
constexpr std::int64_t kPasskeysMax = 20;
constexpr std::size_t kLabelMax = 60;

bool take_challenge(storage::Tx& tx, const std::string& challenge, PersonId person) {
  return tx.exec(kTakeChallenge, {blake2b(challenge), person, tx.now()}) == 1;
}

/// What registration and sign-in check alike.
Result<Unit, Refusal> check_context(const PasskeyConfig& config, const ClientData& client,
                                    const AuthenticatorData& data, std::string_view type) {
  if (client.type != type) return Refused{Refusal::passkey_malformed};
  const bool ours = origin_allowed(config, client.origin) && !client.cross_origin;
  if (!ours || data.rp_hash != sha256(config.rp_id)) return Refused{Refusal::passkey_origin};
  if (!data.user_present || !data.user_verified) return Refused{Refusal::passkey_unverified};
  return Unit{};
}

void changed(storage::Tx& tx, PersonId person) {
  const std::int64_t version = bump_version(tx, person);
  storage::publish(tx, person.value, version, events::PersonChanged{person, "passkeys"});
}

}  // namespace

std::string make_challenge(storage::Tx& tx, PersonId person) {
  const auto expired = tx.all(kExpired, {tx.now()}, [](const storage::Row& r) { return r.str(0); });
  for (const auto& hash : expired) tx.exec(kDropChallenge, {hash});
  std::string challenge = to_base64url(tx.random().bytes(32));
  tx.exec(kChallenge, {blake2b(challenge), person, tx.now() + kChallengeLife});
  return challenge;
}

Result<CheckedPasskey, Refusal> check_registration(const PasskeyConfig& config,
                                                   const PasskeyRegistration& r) {
  const auto client = read_client_data(r.client_data);
  std::string_view rest = r.attestation_object;
  const auto object = read_cbor(rest);
  const Cbor* bytes = object && rest.empty() ? object->find("authData") : nullptr;
  if (!client || !bytes || bytes->kind != Cbor::Kind::bytes) {
    return Refused{Refusal::passkey_malformed};
  }
  const auto data = read_authenticator_data(bytes->bytes);
  if (!data || data->credential_id.empty()) return Refused{Refusal::passkey_malformed};
  const auto context = check_context(config, *client, *data, "webauthn.create");
  if (!context.ok()) return Refused{context.refusal()};
  return CheckedPasskey{client->challenge, to_base64url(data->credential_id),
                        data->public_key,  data->algorithm,
                        data->sign_count,  data->backed_up};
}

Result<PasskeyId, Refusal> add_passkey(storage::Tx& tx, Keyring& keyring, PersonId person,
                                       const CheckedPasskey& checked, std::string_view label) {
  const auto row = active_row(tx, person);
  if (!row) return Refused{Refusal::unknown_person};
  if (characters(label) > kLabelMax) return Refused{Refusal::label_too_long};
  if (!take_challenge(tx, checked.challenge, person)) return Refused{Refusal::passkey_challenge};
  if (tx.scalar(kCount, {person.shard(), person}).value_or(0) >= kPasskeysMax) {
    return Refused{Refusal::too_many};
  }
  const auto id = tx.next_id<PasskeyId>(person.shard());
  if (tx.exec(kClaim, {checked.credential, id}) == 0) return Refused{Refusal::passkey_taken};
  const std::string sealed = label.empty() ? "" : keyring.seal(row->key, label);
  tx.exec(kAdd, {id.shard(), id, person, checked.credential, storage::Blob{checked.public_key},
                 checked.algorithm, checked.sign_count, checked.backed_up, storage::Blob{sealed},
                 tx.now()});
  changed(tx, person);
  return id;
}

Result<CheckedAssertion, Refusal> check_assertion(storage::Read& read, const PasskeyConfig& config,
                                                  const PasskeyAssertion& a) {
  const auto client = read_client_data(a.client_data);
  const auto data = read_authenticator_data(a.authenticator_data);
  if (!client || !data) return Refused{Refusal::passkey_malformed};
  const auto context = check_context(config, *client, *data, "webauthn.get");
  if (!context.ok()) return Refused{context.refusal()};

  CheckedAssertion out;
  const auto id = read.scalar(kByCredential, {to_base64url(a.credential_id)});
  if (!id) return Refused{Refusal::passkey_unknown};
  out.passkey = PasskeyId{*id};
  std::string public_key;
  std::int64_t algorithm = 0;
  read.each(kPasskey, {out.passkey.shard(), out.passkey}, [&](const storage::Row& r) {
    out.person = r.id<PersonId>(0);
    public_key = std::string(r.blob(1));
    algorithm = r.integer(2);
  });
  const std::string message = a.authenticator_data + sha256(a.client_data);
  if (!signature_good(public_key, algorithm, message, a.signature)) {
    return Refused{Refusal::passkey_signature};
  }
  out.challenge = client->challenge;
  out.sign_count = data->sign_count;
  out.backed_up = data->backed_up;
  return out;
}

Result<PersonId, Refusal> use_passkey(storage::Tx& tx, const CheckedAssertion& checked) {
  // A refusal below keeps the challenge spent: it was for one try.
  if (!take_challenge(tx, checked.challenge, {})) return Refused{Refusal::passkey_challenge};
  const auto id = checked.passkey;
  const auto known =
      tx.first(kPasskey, {id.shard(), id}, [](const storage::Row& r) { return r.id<PersonId>(0); });
  if (!known || *known != checked.person) return Refused{Refusal::passkey_unknown};
  const auto moved = tx.exec(kCountUp, {id.shard(), id, checked.sign_count, checked.backed_up});
  if (moved == 0) return Refused{Refusal::passkey_replayed};
  return checked.person;
}

std::vector<PasskeyRow> passkeys_of(storage::Read& read, Keyring& keyring, PersonId person) {
  const auto row = active_row(read, person);
  if (!row) return {};
  return read.all(kPasskeys, {person.shard(), person}, [&](const storage::Row& r) {
    return PasskeyRow{r.id<PasskeyId>(0), open_label(keyring, row->key, r.blob(1)), r.instant(2)};
  });
}

std::vector<std::string> credentials_of(storage::Read& read, PersonId person) {
  return read.all(kPasskeys, {person.shard(), person},
                  [](const storage::Row& r) { return r.str(3); });
}

Result<Unit, Refusal> remove_passkey(storage::Tx& tx, PersonId person, PasskeyId id) {
  const auto credential = tx.first(kCredentialOf, {id.shard(), id, person},
                                   [](const storage::Row& r) { return r.str(0); });
  if (!credential) return Refused{Refusal::passkey_unknown};
  tx.exec(kRemove, {id.shard(), id, person});
  tx.exec(kFree, {*credential});
  changed(tx, person);
  return Unit{};
}

}  // namespace fondaco::shoppers
