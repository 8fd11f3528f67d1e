#include "rows.h"

#include <fondaco/base/json.h>
#include <fondaco/base/text.h>
#include <fondaco/events/shoppers.h>
#include <fondaco/storage/publish.h>

namespace fondaco::shoppers {
namespace {

constexpr storage::Sql kPerson{"shoppers.person", R"sql(
  SELECT id, key_id, state, staff, email_hash, password, profile, created_at, version
    FROM shoppers_person WHERE shard = $1 AND id = $2)sql"};

constexpr storage::Sql kByHash{"shoppers.person_by_hash", R"sql(
  SELECT person_id FROM shoppers_email WHERE hash = $1)sql"};

constexpr storage::Sql kClaimEmail{"shoppers.claim_email", R"sql(
  INSERT INTO shoppers_email (hash, person_id) VALUES ($1, $2)
  ON CONFLICT (hash) DO NOTHING)sql"};

constexpr storage::Sql kCreate{"shoppers.create_person", R"sql(
  INSERT INTO shoppers_person
    (shard, id, key_id, email_hash, password, state, staff, profile, created_at, version)
  VALUES ($1, $2, $3, $4, $5, 1, 0, $6, $7, 1))sql"};

constexpr storage::Sql kBump{"shoppers.bump_version", R"sql(
  UPDATE shoppers_person SET version = version + 1 WHERE shard = $1 AND id = $2)sql"};

constexpr storage::Sql kVersion{"shoppers.person_version", R"sql(
  SELECT version FROM shoppers_person WHERE shard = $1 AND id = $2)sql"};

constexpr storage::Sql kPassword{"shoppers.store_password", R"sql(
  UPDATE shoppers_person SET password = $3 WHERE shard = $1 AND id = $2 AND state = 1)sql"};

constexpr storage::Sql kStaff{"shoppers.make_staff", R"sql(
  UPDATE shoppers_person SET staff = 1 WHERE shard = $1 AND id = $2)sql"};

constexpr storage::Sql kProfile{"shoppers.store_profile", R"sql(
  UPDATE shoppers_person SET profile = $3 WHERE shard = $1 AND id = $2)sql"};

constexpr std::size_t kNameMax = 200;

PersonRow row_of(const storage::Row& r) {
  PersonRow p;
  p.id = r.id<PersonId>(0);
  p.key = r.id<KeyId>(1);
  p.state = static_cast<PersonState>(r.integer(2));
  p.staff = r.flag(3);
  p.email_hash = r.str(4);
  p.password = r.str(5);
  p.profile = std::string(r.blob(6));
  p.created_at = r.instant(7);
  p.version = r.integer(8);
  return p;
}

Profile profile_from(std::string_view text) {
  auto read = read_json<Profile>(text);
  if (!read.ok()) throw Fault("a stored profile is broken at " + read.refusal().pointer);
  return std::move(*read);
}

}  // namespace

std::size_t characters(std::string_view text) {
  std::size_t n = 0;
  each_code_point(text, [&](std::uint32_t) { ++n; });
  return n;
}

std::optional<PersonRow> person_row(storage::Read& read, PersonId id) {
  return read.first(kPerson, {id.shard(), id}, row_of);
}

std::optional<PersonRow> active_row(storage::Read& read, PersonId id) {
  auto row = person_row(read, id);
  if (row && row->state != PersonState::active) return std::nullopt;
  return row;
}

std::optional<PersonId> person_by_hash(storage::Read& read, std::string_view email_hash) {
  return read.first(kByHash, {email_hash}, [](const storage::Row& r) { return r.id<PersonId>(0); });
}

std::optional<PersonId> person_by_email(storage::Read& read, const Keyring& keyring,
                                        std::string_view email) {
  return person_by_hash(read, keyring.lookup_hash(email));
}

Result<PersonId, Refusal> create_person(storage::Tx& tx, const NewPerson& person) {
  const auto shard = static_cast<std::int64_t>(tx.random().below(256));
  const auto id = tx.next_id<PersonId>(shard);
  if (tx.exec(kClaimEmail, {person.email_hash, id}) == 0) return Refused{Refusal::email_taken};
  tx.exec(kCreate, {id.shard(), id, person.key, person.email_hash, person.password,
                    storage::Blob{person.profile}, tx.now()});
  storage::publish(tx, id.value, 1, events::PersonCreated{id, false});
  return id;
}

std::int64_t bump_version(storage::Tx& tx, PersonId id) {
  tx.exec(kBump, {id.shard(), id});
  const auto version = tx.scalar(kVersion, {id.shard(), id});
  FONDACO_CHECK(version.has_value());
  return *version;
}

void store_password(storage::Tx& tx, PersonId id, std::string_view phc) {
  tx.exec(kPassword, {id.shard(), id, phc});
}

void make_staff(storage::Tx& tx, PersonId id) { tx.exec(kStaff, {id.shard(), id}); }

std::string profile_text(const Profile& profile) { return json_of(profile); }

std::string open_label(Keyring& keyring, KeyId key, std::string_view sealed) {
  if (sealed.empty()) return "";
  return keyring.open(key, sealed).value_or("");
}

std::optional<Person> find_person(storage::Read& read, Keyring& keyring, PersonId id) {
  const auto row = person_row(read, id);
  if (!row) return std::nullopt;
  Person out{row->id, row->key, row->state, row->staff, {}, row->created_at, row->version};
  if (row->state == PersonState::active && !row->profile.empty()) {
    if (const auto text = keyring.open(row->key, row->profile)) out.profile = profile_from(*text);
  }
  return out;
}

std::optional<std::string> parse_email(std::string_view text) {
  const auto email = trim(text);
  if (email.size() < 3 || email.size() > 254 || !is_utf8(email)) return std::nullopt;
  for (const char c : email) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte == 0x7f || c == ',' || c == ';' || c == '<' || c == '>' || c == '"') {
      return std::nullopt;
    }
  }
  const auto at = email.rfind('@');
  if (at == email.npos || at == 0 || at > 64 || email.find('@') != at) return std::nullopt;
  const auto domain = email.substr(at + 1);
  const bool dotted = domain.find('.') != domain.npos && domain.find("..") == domain.npos;
  if (!dotted || domain.front() == '.' || domain.back() == '.' || domain.front() == '-') {
    return std::nullopt;
  }
  return std::string(email);
}

Result<Unit, Refusal> check_profile(std::string_view name, std::string_view locale) {
  if (characters(name) > kNameMax) return Refused{Refusal::name_too_long};
  if (locale != "en" && locale != "zh") return Refused{Refusal::locale_unknown};
  return Unit{};
}

Result<Person, Refusal> change_profile(storage::Tx& tx, Keyring& keyring, PersonId id,
                                       const ProfileChange& change,
                                       std::optional<std::int64_t> if_version) {
  auto person = find_person(tx, keyring, id);
  if (!person || !person->profile) return Refused{Refusal::unknown_person};
  if (if_version && *if_version != person->version) return Refused{Refusal::version_changed};
  Profile& profile = *person->profile;
  if (change.name) profile.name = std::string(trim(*change.name));
  if (change.locale) profile.locale = *change.locale;
  const auto checked = check_profile(profile.name, profile.locale);
  if (!checked.ok()) return Refused{checked.refusal()};

  const std::string sealed = keyring.seal(person->key, profile_text(profile));
  tx.exec(kProfile, {id.shard(), id, storage::Blob{sealed}});
  person->version = bump_version(tx, id);
  storage::publish(tx, id.value, person->version, events::PersonChanged{id, "profile"});
  return std::move(*person);
}

}  // namespace fondaco::shoppers
