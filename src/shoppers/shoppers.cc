#include "password.h"
#include "rows.h"
#include "throttle.h"

#include <fondaco/base/json.h>
#include <fondaco/base/log.h>
#include <fondaco/base/text.h>
#include <fondaco/events/shoppers.h>
#include <fondaco/shoppers.h>
#include <fondaco/storage/publish.h>

namespace fondaco::shoppers {
namespace {

constexpr int kErasureBatch = 500;

std::uint64_t throttle_seed(const Keyring::Options& options) {
  if (options.random) return options.random->number();
  return SecureRandom().number();
}

/// Rolls the use case back when it ended as a refusal.
template <class T>
Result<T, Refusal> or_roll_back(storage::Tx& tx, Result<T, Refusal> result) {
  if (!result.ok()) tx.refuse();
  return result;
}

}  // namespace

Shoppers::Shoppers(storage::Store& store) : Shoppers(store, Options{}) {}

Shoppers::Shoppers(storage::Store& store, Options options)
    : store_(store),
      options_(std::move(options)),
      keyring_(std::make_unique<Keyring>(store, options_.keyring)),
      throttle_(std::make_unique<Throttle>(throttle_seed(options_.keyring))) {}

Shoppers::~Shoppers() = default;

std::string Shoppers::hash(const std::string& password) {
  ++hashes_;
  return hash_password(password);
}

bool Shoppers::matches(const std::string& phc, const std::string& password) {
  ++hashes_;
  return password_matches(phc, password);
}

const std::string& Shoppers::decoy() {
  // What an unknown address is compared with, so that it costs what a known one costs.
  std::call_once(decoy_made_, [&] { decoy_ = hash_password("nobody has this password"); });
  return decoy_;
}

Result<Unit, Refusal> Shoppers::sign_up(const SignUp& wanted) {
  const auto email = parse_email(wanted.email);
  if (!email) return Refused{Refusal::email_malformed};
  const auto profile = check_profile(wanted.name, wanted.locale);
  if (!profile.ok()) return Refused{profile.refusal()};
  const auto good = check_new_password(wanted.password);
  if (!good.ok()) return Refused{good.refusal()};

  NewPerson person;
  person.password = hash(wanted.password);
  person.key = keyring_->take();
  person.email_hash = keyring_->lookup_hash(*email);
  person.profile = keyring_->seal(
      person.key, profile_text({std::string(trim(wanted.name)), *email, wanted.locale}));
  // email_taken is nobody's business here: who owns the address can sign in, who does not
  // learns nothing.
  (void)store_.main().write([&](storage::Tx& tx) {
    tx.act_as("guest");
    return create_person(tx, person);
  });
  return Unit{};
}

Result<OpenedSession, Refusal> Shoppers::sign_in(const SignIn& attempt) {
  const std::string account = keyring_->lookup_hash(attempt.email);
  const Instant now = store_.clock().now();
  if (!throttle_->take(account, attempt.remote, now)) return Refused{Refusal::throttled};

  std::optional<PersonRow> person;
  {
    auto read = store_.main().read();
    if (const auto id = person_by_hash(*read, account)) person = active_row(*read, *id);
  }
  const std::string& phc = person ? person->password : decoy();
  const bool right = matches(phc, attempt.password);
  if (!person || !right) return Refused{Refusal::wrong_credentials};

  const std::string fresh = needs_rehash(phc) ? hash(attempt.password) : "";
  auto session = finish_sign_in(attempt, person->id, phc, fresh);
  const bool password_was_right = session.ok() || session.refusal() == Refusal::totp_needed;
  if (password_was_right) throttle_->give_back(account, attempt.remote, now);
  return session;
}

Result<OpenedSession, Refusal> Shoppers::finish_sign_in(const SignIn& attempt, PersonId person,
                                                        const std::string& old_phc,
                                                        const std::string& new_phc) {
  using Opened = Result<OpenedSession, Refusal>;
  return store_.main().write([&](storage::Tx& tx) -> Opened {
    tx.act_as(to_text(person));
    // The password may have changed while it was being hashed.
    const auto row = active_row(tx, person);
    if (!row || row->password != old_phc) return Refused{Refusal::wrong_credentials};
    const bool second = has_totp(tx, person);
    if (second && !attempt.totp) return Refused{Refusal::totp_needed};
    if (second) {
      const auto used = use_totp(tx, *keyring_, person, *attempt.totp);
      if (!used.ok()) return Refused{Refusal::totp_wrong};
    }
    if (!new_phc.empty()) store_password(tx, person, new_phc);
    const auto by = second ? "password_totp" : "password";
    return or_roll_back(tx, open_session(tx, *keyring_, person, attempt.device, by));
  });
}

Result<OpenedSession, Refusal> Shoppers::sign_in_with_passkey(const PasskeyAssertion& assertion,
                                                              std::string_view device) {
  auto lease = store_.main().read();
  const auto checked = check_assertion(*lease, options_.passkeys, assertion);
  if (!checked.ok()) return Refused{checked.refusal()};
  using Opened = Result<OpenedSession, Refusal>;
  return store_.main().write([&](storage::Tx& tx) -> Opened {
    const auto person = use_passkey(tx, *checked);
    if (!person.ok()) return Refused{person.refusal()};
    tx.act_as(to_text(*person));
    return or_roll_back(tx, open_session(tx, *keyring_, *person, device, "passkey"));
  });
}

Result<Unit, Refusal> Shoppers::check_password(PersonId person, const std::string& password,
                                               std::string_view remote) {
  std::optional<PersonRow> row;
  {
    auto read = store_.main().read();
    row = active_row(*read, person);
  }
  if (!row) return Refused{Refusal::wrong_credentials};
  const Instant now = store_.clock().now();
  if (!throttle_->take(row->email_hash, remote, now)) return Refused{Refusal::throttled};
  if (!matches(row->password, password)) return Refused{Refusal::wrong_credentials};
  throttle_->give_back(row->email_hash, remote, now);
  return Unit{};
}

Result<Unit, Refusal> Shoppers::change_password(PersonId person, const std::string& old_password,
                                                const std::string& new_password, SessionId kept,
                                                std::string_view remote) {
  const auto good = check_new_password(new_password);
  if (!good.ok()) return Refused{good.refusal()};
  const auto right = check_password(person, old_password, remote);
  if (!right.ok()) return Refused{right.refusal()};
  const std::string phc = hash(new_password);
  store_.main().write([&](storage::Tx& tx) {
    tx.act_as(to_text(person));
    store_password(tx, person, phc);
    revoke_sessions(tx, person, kept);
    const std::int64_t version = bump_version(tx, person);
    storage::publish(tx, person.value, version, events::PersonChanged{person, "password"});
  });
  identities_.drop_person(person);
  return Unit{};
}

Result<PersonId, Refusal> Shoppers::create_user(const NewUser& user, Held held,
                                                std::string_view actor) {
  const auto email = parse_email(user.email);
  if (!email) return Refused{Refusal::email_malformed};
  const auto profile = check_profile(user.name, "en");
  if (!profile.ok()) return Refused{profile.refusal()};
  const auto good = check_new_password(user.password);
  if (!good.ok()) return Refused{good.refusal()};

  NewPerson person;
  person.password = hash(user.password);
  person.key = keyring_->take();
  person.email_hash = keyring_->lookup_hash(*email);
  person.profile =
      keyring_->seal(person.key, profile_text({std::string(trim(user.name)), *email, "en"}));
  using Created = Result<PersonId, Refusal>;
  return store_.main().write([&](storage::Tx& tx) -> Created {
    tx.act_as(std::string(actor));
    const auto created = create_person(tx, person);
    if (!created.ok() || user.role.empty()) return created;
    const auto granted = grant_role(tx, {*created, user.role, user.merchant, user.place}, held);
    if (granted.ok()) return created;
    return or_roll_back(tx, Created(Refused{granted.refusal()}));
  });
}

void Shoppers::destroy_keys(const std::vector<KeyId>& keys) {
  store_.keys().write([&](storage::Tx& tx) {
    for (const KeyId key : keys) keyring_->destroy(tx, key);
  });
  log_due_ = true;
  empty_key_log();
  store_.main().write([&](storage::Tx& tx) { forget_doomed(tx, keys); });
}

/// The page that a destroyed key has left is still in the log until that is emptied.
void Shoppers::empty_key_log() {
  if (!log_due_.exchange(false) || store_.keys().empty_log()) return;
  log_due_ = true;
  log::warn("shoppers", "the log of the keys is in use and is emptied later");
}

void Shoppers::erase_keys(const std::vector<KeyId>& keys, std::string_view actor) {
  if (keys.empty()) return;
  store_.main().write([&](storage::Tx& tx) {
    tx.act_as(std::string(actor));
    doom_keys(tx, keys);
  });
  destroy_keys(keys);
}

Result<Unit, Refusal> Shoppers::erase(PersonId person, std::string_view actor) {
  using Erased = Result<std::vector<KeyId>, Refusal>;
  const auto erased = store_.main().write([&](storage::Tx& tx) -> Erased {
    tx.act_as(std::string(actor));
    return or_roll_back(tx, erase_rows(tx, person, erase_hooks_));
  });
  if (!erased.ok()) return Refused{erased.refusal()};
  identities_.drop_person(person);
  destroy_keys(*erased);
  return Unit{};
}

std::int64_t Shoppers::finish_erasures() {
  std::int64_t count = 0;
  for (;;) {
    std::vector<KeyId> keys;
    {
      auto read = store_.main().read();
      keys = doomed_keys(*read, kErasureBatch);
    }
    if (keys.empty()) {
      empty_key_log();
      return count;
    }
    destroy_keys(keys);
    count += static_cast<std::int64_t>(keys.size());
  }
}

void Shoppers::subscribe() {
  using events::GrantsChanged, events::PersonChanged, events::PersonErased;
  using events::SessionsRevoked, events::TokenRevoked;
  const auto drop = [this](std::span<const storage::StoredEvent> happened) {
    for (const auto& e : happened) identities_.drop_person(PersonId{e.entity});
  };
  const auto drop_token = [this](std::span<const storage::StoredEvent> happened) {
    for (const auto& e : happened) {
      const auto revoked = read_stored<TokenRevoked>(e.payload);
      if (revoked.ok()) identities_.drop_person(revoked->person);
    }
  };
  const auto drop_keys = [this](std::span<const storage::StoredEvent> happened) {
    for (const auto& e : happened) {
      const auto erased = read_stored<PersonErased>(e.payload);
      if (!erased.ok()) continue;
      for (const KeyId key : erased->keys) keyring_->forget(key);
    }
  };
  auto& outbox = store_.outbox();
  outbox.every_process("shoppers.identities",
                       {std::string(PersonChanged::kType), std::string(SessionsRevoked::kType),
                        std::string(GrantsChanged::kType), std::string(PersonErased::kType)},
                       drop);
  outbox.every_process("shoppers.tokens", {std::string(TokenRevoked::kType)}, drop_token);
  outbox.every_process("shoppers.keys", {std::string(PersonErased::kType)}, drop_keys);
}

std::optional<RoleSpec> parse_role_spec(std::string_view text) {
  if (text == "shopper") return RoleSpec{};
  const auto parts = split(text, ':');
  if (parts.size() == 1) {
    const auto* role = ready_role(text);
    if (!role || !role->of_operator) return std::nullopt;
    return RoleSpec{std::string(text), ""};
  }
  if (parts[0] != "merchant" || parts[1].empty() || parts.size() > 3) return std::nullopt;
  const std::string role(parts.size() == 3 ? parts[2] : "owner");
  const auto* ready = ready_role(role);
  if (ready && ready->of_operator) return std::nullopt;
  if (!ready && !id_from_text<RoleId>(role)) return std::nullopt;
  return RoleSpec{role, std::string(parts[1])};
}

}  // namespace fondaco::shoppers
