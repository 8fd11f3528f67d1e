#include "rows.h"
#include "secret_text.h"

#include <fondaco/events/shoppers.h>
#include <fondaco/shoppers/access.h>
#include <fondaco/storage/publish.h>

namespace fondaco::shoppers {
namespace {

constexpr storage::Sql kOpen{"shoppers.open_session", R"sql(
  INSERT INTO shoppers_session
    (shard, id, person_id, token_hash, staff, device, created_at, seen_at, expires_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8))sql"};

constexpr storage::Sql kOverflow{"shoppers.sessions_overflow", R"sql(
  SELECT id FROM shoppers_session WHERE shard = $1 AND person_id = $2
   ORDER BY id DESC LIMIT 100 OFFSET 49)sql"};

constexpr storage::Sql kSessions{"shoppers.sessions", R"sql(
  SELECT id, staff, device, created_at, seen_at, expires_at FROM shoppers_session
   WHERE shard = $1 AND person_id = $2 AND expires_at > $3
   ORDER BY id DESC)sql"};

constexpr storage::Sql kRevoke{"shoppers.revoke_session", R"sql(
  DELETE FROM shoppers_session WHERE shard = $1 AND id = $2 AND person_id = $3)sql"};

constexpr storage::Sql kRevokeAll{"shoppers.revoke_sessions", R"sql(
  DELETE FROM shoppers_session WHERE shard = $1 AND person_id = $2 AND id <> $3)sql"};

constexpr storage::Sql kTouch{"shoppers.touch_session", R"sql(
  UPDATE shoppers_session
     SET seen_at = $3,
         expires_at = $3 + CASE WHEN staff = 1 THEN CAST($4 AS BIGINT) ELSE CAST($5 AS BIGINT) END
   WHERE shard = $1 AND id = $2 AND expires_at > $3)sql"};

constexpr std::size_t kDeviceMax = 200;

Duration life_of(bool staff) { return staff ? kStaffSession : kShopperSession; }

void publish_revoked(storage::Tx& tx, PersonId person, std::int64_t count) {
  const std::int64_t version = bump_version(tx, person);
  storage::publish(tx, person.value, version, events::SessionsRevoked{person, count});
}

}  // namespace

Result<OpenedSession, Refusal> open_session(storage::Tx& tx, Keyring& keyring, PersonId person,
                                            std::string_view device, std::string_view by) {
  const auto row = active_row(tx, person);
  if (!row) return Refused{Refusal::unknown_person};
  for (const auto old : tx.all(kOverflow, {person.shard(), person},
                               [](const storage::Row& r) { return r.id<SessionId>(0); })) {
    tx.exec(kRevoke, {old.shard(), old, person});
  }
  OpenedSession out;
  out.id = tx.next_id<SessionId>(person.shard());
  out.person = person;
  out.staff = row->staff;
  out.token = new_secret(out.id, tx.random());
  out.expires_at = tx.now() + life_of(row->staff);
  const std::string name =
      device.empty() ? "" : keyring.seal(row->key, device.substr(0, kDeviceMax));
  tx.exec(kOpen, {out.id.shard(), out.id, person, blake2b(out.token), row->staff,
                  storage::Blob{name}, tx.now(), out.expires_at});
  storage::publish(tx, out.id.value, 1, events::PersonSignedIn{person, out.id, std::string(by)});
  return out;
}

std::vector<SessionRow> sessions_of(storage::Read& read, Keyring& keyring, PersonId person,
                                    Instant now) {
  const auto row = active_row(read, person);
  if (!row) return {};
  return read.all(kSessions, {person.shard(), person, now}, [&](const storage::Row& r) {
    return SessionRow{r.id<SessionId>(0), r.flag(1),    open_label(keyring, row->key, r.blob(2)),
                      r.instant(3),       r.instant(4), r.instant(5)};
  });
}

Result<Unit, Refusal> revoke_session(storage::Tx& tx, PersonId person, SessionId id) {
  if (tx.exec(kRevoke, {id.shard(), id, person}) == 0) return Refused{Refusal::unknown_session};
  publish_revoked(tx, person, 1);
  return Unit{};
}

std::int64_t revoke_sessions(storage::Tx& tx, PersonId person, SessionId kept) {
  const std::int64_t count = tx.exec(kRevokeAll, {person.shard(), person, kept});
  if (count > 0) publish_revoked(tx, person, count);
  return count;
}

void touch_session(storage::Tx& tx, SessionId id) {
  tx.exec(kTouch, {id.shard(), id, tx.now(), kStaffSession, kShopperSession});
}

std::string csrf_of(std::string_view session_token) {
  return blake2b(session_token, "csrf of a session").substr(0, 22);
}

}  // namespace fondaco::shoppers
