#include "password.h"
#include "rows.h"
#include "secrets.h"
#include "throttle.h"

#include <fondaco/shoppers/codes.h>
#include <fondaco/storage/publish.h>

namespace fondaco::shoppers {
namespace {

constexpr storage::Sql kAdd{"shoppers.add_code", R"sql(
  INSERT INTO shoppers_code (shard, id, person_id, purpose, tries, expires_at)
  VALUES ($1, $2, $3, $4, 0, $5))sql"};

constexpr storage::Sql kForgetOld{"shoppers.forget_old_codes", R"sql(
  DELETE FROM shoppers_code WHERE shard = $1 AND person_id = $2 AND expires_at < $3)sql"};

constexpr storage::Sql kCount{"shoppers.count_codes", R"sql(
  SELECT COUNT(*) FROM shoppers_code WHERE shard = $1 AND person_id = $2)sql"};

// Only the newest one counts: who asks twice types what came last.
constexpr storage::Sql kNewest{"shoppers.newest_code", R"sql(
  SELECT id, tries, expires_at FROM shoppers_code
   WHERE shard = $1 AND person_id = $2 AND purpose = $3 ORDER BY id DESC LIMIT 1)sql"};

constexpr storage::Sql kTry{"shoppers.try_code", R"sql(
  UPDATE shoppers_code SET tries = tries + 1 WHERE shard = $1 AND id = $2)sql"};

constexpr storage::Sql kUse{"shoppers.use_code", R"sql(
  DELETE FROM shoppers_code WHERE shard = $1 AND person_id = $2 AND purpose = $3)sql"};

constexpr std::int64_t kMostTries = 5;
constexpr std::int64_t kMostCodes = 5;  // Asked for by one person in kCodeLife.

struct CodeRow {
  MailCodeId id;
  std::int64_t tries = 0;
  Instant expires_at;
};

/// Uses up the newest code when it is this one; a wrong guess counts.
bool take_code(storage::Tx& tx, const Keyring& keyring, PersonId person, CodePurpose purpose,
               std::string_view given) {
  const auto newest = tx.first(kNewest, {person.shard(), person, purpose}, [](const auto& row) {
    return CodeRow{row.template id<MailCodeId>(0), row.integer(1), row.instant(2)};
  });
  if (!newest || newest->expires_at <= tx.now() || newest->tries >= kMostTries) return false;
  if (!equal_in_constant_time(mail_code(keyring, newest->id), given)) {
    tx.exec(kTry, {person.shard(), newest->id});
    return false;
  }
  tx.exec(kUse, {person.shard(), person, purpose});
  return true;
}

}  // namespace

std::string keyed_digits(const Keyring& keyring, std::string_view text, std::size_t digits) {
  FONDACO_CHECK(digits <= 18);
  std::uint64_t number = 0;
  // Ten of its characters are 60 bits; wrapping around mixes the ones before them in.
  for (const char c : keyring.lookup_hash(text)) {
    number = number * 67 + static_cast<unsigned char>(c);
  }
  std::string out;
  for (std::size_t i = 0; i < digits; ++i, number /= 10) {
    out += static_cast<char>('0' + number % 10);
  }
  return out;
}

std::string mail_code(const Keyring& keyring, MailCodeId id) {
  return keyed_digits(keyring, "mail code " + to_text(id), kCodeDigits);
}

struct Codes::State {
  explicit State(Shoppers& s) : shoppers(s), throttle(SecureRandom().number()) {}
  Shoppers& shoppers;
  Throttle throttle;
};

Codes::Codes(Shoppers& shoppers) : state_(std::make_unique<State>(shoppers)) {}
Codes::~Codes() = default;

Result<Unit, CodeRefusal> Codes::ask(std::string_view email, CodePurpose purpose,
                                     std::string_view remote) {
  Keyring& keyring = state_->shoppers.keyring();
  storage::Store& store = state_->shoppers.store();
  const auto address = parse_email(email);
  if (!address) return Refused{CodeRefusal::email_malformed};
  const std::string account = keyring.lookup_hash(*address);
  // Not the account's own bucket: asking keeps nobody from signing in.
  if (!state_->throttle.take("ask " + account, remote, store.clock().now())) {
    return Refused{CodeRefusal::throttled};
  }
  // The same answer whether somebody has this address or not.
  store.main().write([&](storage::Tx& tx) {
    const auto person = person_by_hash(tx, account);
    if (!person || !active_row(tx, *person)) return;
    tx.act_as("guest");
    tx.exec(kForgetOld, {person->shard(), *person, tx.now()});
    if (tx.scalar(kCount, {person->shard(), *person}).value_or(0) >= kMostCodes) return;
    const auto id = tx.next_id<MailCodeId>(person->shard());
    tx.exec(kAdd, {id.shard(), id, *person, purpose, tx.now() + kCodeLife});
    storage::publish(
        tx, id.value, 1,
        events::CodeAsked{*person, id,
                          purpose == CodePurpose::sign_in ? "sign_in" : "password_reset"});
  });
  return Unit{};
}

Result<Unit, CodeRefusal> Codes::reset_password(const CodeGiven& given,
                                                const std::string& new_password) {
  Keyring& keyring = state_->shoppers.keyring();
  storage::Store& store = state_->shoppers.store();
  if (!check_new_password(new_password).ok()) return Refused{CodeRefusal::password_refused};
  const std::string account = keyring.lookup_hash(given.email);
  const Instant now = store.clock().now();
  if (!state_->throttle.take(account, given.remote, now)) return Refused{CodeRefusal::throttled};
  const std::string phc = hash_password(new_password);
  const auto person = store.main().write([&](storage::Tx& tx) -> std::optional<PersonId> {
    const auto id = person_by_hash(tx, account);
    if (!id || !active_row(tx, *id)) return std::nullopt;
    if (!take_code(tx, keyring, *id, CodePurpose::password_reset, given.code)) {
      return std::nullopt;
    }
    tx.act_as(to_text(*id));
    store_password(tx, *id, phc);
    revoke_sessions(tx, *id);
    storage::publish(tx, id->value, bump_version(tx, *id), events::PersonChanged{*id, "password"});
    return id;
  });
  if (!person) return Refused{CodeRefusal::code_wrong};
  state_->shoppers.identities().drop_person(*person);
  state_->throttle.give_back(account, given.remote, now);
  return Unit{};
}

Result<OpenedSession, CodeRefusal> Codes::sign_in(const CodeGiven& given,
                                                  std::optional<std::string> totp,
                                                  std::string_view device) {
  Keyring& keyring = state_->shoppers.keyring();
  storage::Store& store = state_->shoppers.store();
  const std::string account = keyring.lookup_hash(given.email);
  const Instant now = store.clock().now();
  if (!state_->throttle.take(account, given.remote, now)) return Refused{CodeRefusal::throttled};
  using Opened = Result<OpenedSession, CodeRefusal>;
  auto opened = store.main().write([&](storage::Tx& tx) -> Opened {
    const auto id = person_by_hash(tx, account);
    if (!id || !active_row(tx, *id)) return Refused{CodeRefusal::code_wrong};
    const bool second = has_totp(tx, *id);
    // The second factor is asked for first, so that a code is not used up by its absence.
    if (second && !totp) return Refused{CodeRefusal::totp_needed};
    if (!take_code(tx, keyring, *id, CodePurpose::sign_in, given.code)) {
      return Refused{CodeRefusal::code_wrong};
    }
    tx.act_as(to_text(*id));
    if (second && !use_totp(tx, keyring, *id, *totp).ok()) return Refused{CodeRefusal::totp_wrong};
    const auto session = open_session(tx, keyring, *id, device, second ? "code_totp" : "code");
    if (!session.ok()) return Refused{CodeRefusal::code_wrong};
    return *session;
  });
  if (opened.ok()) state_->throttle.give_back(account, given.remote, now);
  return opened;
}

}  // namespace fondaco::shoppers
