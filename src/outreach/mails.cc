#include <fondaco/base/json.h>
#include <fondaco/events/outreach.h>
#include <fondaco/outreach.h>
#include <fondaco/storage/publish.h>

#include "rows.h"

namespace fondaco::outreach {
namespace {

constexpr storage::Sql kQueue{"outreach.queue", R"sql(
  INSERT INTO outreach_mail (shard, id, kind, state, open, ref, detail, key_id, sealed, next_at,
    lease_until, attempts, answer, created_at, ended_at)
  VALUES ($1, $2, $3, 1, 1, $4, $5, 0, $6, $7, 0, 0, '', $7, 0))sql"};

constexpr storage::Sql kFind{"outreach.mail", R"sql(
  SELECT id, kind, state, ref, detail, key_id, sealed, next_at, attempts, answer, created_at,
         ended_at
    FROM outreach_mail WHERE shard = $1 AND id = $2)sql"};

constexpr storage::Sql kAbout{"outreach.mail_about", R"sql(
  SELECT id, kind, state, ref, detail, key_id, sealed, next_at, attempts, answer, created_at,
         ended_at
    FROM outreach_mail WHERE ref = $1 AND kind = $2 ORDER BY id DESC LIMIT 1)sql"};

constexpr storage::Sql kList{"outreach.mails", R"sql(
  SELECT id, kind, state, ref, detail, key_id, sealed, next_at, attempts, answer, created_at,
         ended_at
    FROM outreach_mail WHERE id < $1 AND ($2 = 0 OR state = $2) ORDER BY id DESC LIMIT $3)sql"};

constexpr storage::Sql kAgain{"outreach.send_again", R"sql(
  UPDATE outreach_mail SET state = 1, open = 1, next_at = $3, attempts = 0, ended_at = 0
   WHERE shard = $1 AND id = $2 AND open = 0)sql"};

constexpr storage::Sql kOld{"outreach.old_mails", R"sql(
  SELECT id FROM outreach_mail WHERE open = 0 AND ended_at < $1 LIMIT 1000)sql"};

constexpr storage::Sql kForget{"outreach.forget_mail", R"sql(
  DELETE FROM outreach_mail WHERE shard = $1 AND id = $2)sql"};

}  // namespace

Mail mail_from(const storage::Row& row) {
  return {.id = row.id<MailId>(0),
          .kind = static_cast<MailKind>(row.integer(1)),
          .state = static_cast<MailState>(row.integer(2)),
          .ref = row.integer(3),
          .detail = row.str(4),
          .key = row.id<KeyId>(5),
          .sealed = std::string(row.blob(6)),
          .next_at = row.instant(7),
          .attempts = row.integer(8),
          .answer = row.str(9),
          .created_at = row.instant(10),
          .ended_at = row.instant(11)};
}

void announce(storage::Tx& tx, const Mail& mail, MailState state) {
  storage::publish(tx, mail.id.value, mail.attempts + 1,
                   events::MailChanged{mail.id, boost::describe::enum_to_string(mail.kind, ""),
                                       boost::describe::enum_to_string(state, "")});
}

MailId queue_mail(storage::Tx& tx, MailKind kind, std::int64_t ref, std::int64_t shard,
                  std::string detail) {
  const auto id = tx.next_id<MailId>(shard);
  tx.exec(kQueue, {id.shard(), id, kind, ref, detail, storage::Blob{}, tx.now()});
  return id;
}

std::optional<Mail> find_mail(storage::Read& read, MailId id) {
  return read.first(kFind, {id.shard(), id}, mail_from);
}

std::optional<Mail> mail_about(storage::Read& read, MailKind kind, std::int64_t ref) {
  return read.first(kAbout, {ref, kind}, mail_from);
}

std::vector<Mail> list_mails(storage::Read& read, MailId before, int limit,
                             std::optional<MailState> only) {
  const std::int64_t end = before ? before.value : INT64_MAX;
  return read.all(kList, {end, only ? static_cast<std::int64_t>(*only) : 0, limit}, mail_from);
}

std::optional<MailText> open_mail(shoppers::Keyring& keyring, const Mail& mail) {
  if (!mail.key || mail.sealed.empty()) return std::nullopt;
  const auto text = keyring.open(mail.key, mail.sealed);
  if (!text) return std::nullopt;
  auto out = read_json<MailText>(*text);
  if (!out.ok()) throw Fault("a sealed mail is " + out.refusal().message);
  return std::move(*out);
}

Result<Unit, MailRefusal> send_again(storage::Tx& tx, MailId id) {
  const auto mail = find_mail(tx, id);
  if (!mail) return Refused{MailRefusal::unknown_mail};
  if (tx.exec(kAgain, {id.shard(), id, tx.now()}) == 0) return Refused{MailRefusal::on_its_way};
  announce(tx, *mail, MailState::queued);
  return Unit{};
}

std::int64_t purge(storage::Tx& tx, Instant until) {
  const auto old = tx.all(kOld, {until}, [](const storage::Row& r) { return r.id<MailId>(0); });
  for (const MailId id : old) tx.exec(kForget, {id.shard(), id});
  return static_cast<std::int64_t>(old.size());
}

bool may_contact(storage::Read& read, PersonId person, shoppers::Purpose purpose,
                 shoppers::ContactChannel channel) {
  return person && shoppers::consent_for(read, person, purpose, channel);
}

}  // namespace fondaco::outreach
