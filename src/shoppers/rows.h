// What several use cases of shoppers ask of a person row. Private.
#pragma once

#include <fondaco/shoppers/people.h>

#include <string>
#include <string_view>

namespace fondaco::shoppers {

struct PersonRow {
  PersonId id;
  KeyId key;
  PersonState state = PersonState::active;
  bool staff = false;
  std::string email_hash;
  std::string password;
  std::string profile;  // Sealed.
  Instant created_at;
  std::int64_t version = 0;
};

std::optional<PersonRow> person_row(storage::Read& read, PersonId id);
/// Nothing when erased.
std::optional<PersonRow> active_row(storage::Read& read, PersonId id);
std::optional<PersonId> person_by_hash(storage::Read& read, std::string_view email_hash);

struct NewPerson {
  KeyId key;
  std::string email_hash;
  std::string password;
  std::string profile;  // Sealed.
};
/// Draws the shard. Refuses email_taken.
Result<PersonId, Refusal> create_person(storage::Tx& tx, const NewPerson& person);

/// Adds one to the version, which numbers the person's events, and returns it.
std::int64_t bump_version(storage::Tx& tx, PersonId id);
/// Stores another hash, as it is (rehash) or after a change of password.
void store_password(storage::Tx& tx, PersonId id, std::string_view phc);
void make_staff(storage::Tx& tx, PersonId id);

std::string profile_text(const Profile& profile);
/// Refuses name_too_long, locale_unknown.
Result<Unit, Refusal> check_profile(std::string_view name, std::string_view locale);
/// A label that a person chose, sealed; `label` may be empty.
std::string open_label(Keyring& keyring, KeyId key, std::string_view sealed);

std::size_t characters(std::string_view text);

}  // namespace fondaco::shoppers
