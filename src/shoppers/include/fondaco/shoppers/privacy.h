// Privacy: the consent ledger, export and erasure, and what `verify` checks. Depends on: people.
#pragma once

#include <fondaco/shoppers/people.h>
#include <fondaco/storage/findings.h>

#include <boost/describe/enum.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace fondaco {
class JsonWriter;
}

namespace fondaco::shoppers {

enum class Purpose { marketing, personalisation, analytics, research, store_sensing, mandate };
BOOST_DESCRIBE_ENUM(Purpose, marketing, personalisation, analytics, research, store_sensing,
                    mandate)
enum class ContactChannel { email, sms, push, phone, post, web, store };
BOOST_DESCRIBE_ENUM(ContactChannel, email, sms, push, phone, post, web, store)

struct NewConsent {
  PersonId person;
  Purpose purpose = Purpose::marketing;
  ContactChannel channel = ContactChannel::web;
  bool granted = false;
  std::string text_version;  // Which wording the person saw; at most 60 characters.
  std::string proof;         // Where and how, sealed; at most 500 characters.
};

struct ConsentRow {
  ConsentId id;
  Purpose purpose = Purpose::marketing;
  ContactChannel channel = ContactChannel::web;
  bool granted = false;
  std::string text_version;
  std::string proof;
  Instant at;
};

/// Appends to the ledger, also when nothing changes: each click is evidence.
/// Refuses unknown_person, text_version_missing, label_too_long.
Result<ConsentId, Refusal> record_consent(storage::Tx& tx, Keyring& keyring,
                                          const NewConsent& consent);
/// What the newest row says; without a row: no. One index look-up.
bool consent_for(storage::Read& read, PersonId person, Purpose purpose, ContactChannel channel);
/// The person's ledger, newest first, at most `limit`; older than `before` when it is not 0.
std::vector<ConsentRow> consents_of(storage::Read& read, Keyring& keyring, PersonId person,
                                    int limit, ConsentId before = {});

/// A module's part of "everything about you": writes one JSON value.
struct ExportSection {
  std::string name;
  std::function<void(storage::Read&, PersonId, JsonWriter&)> write;
};
/// What a module does when a person is erased, in the same transaction. It may add keys of its
/// own sealed data to `doomed`; they are destroyed right after the commit.
struct EraseHook {
  std::string name;
  std::function<void(storage::Tx&, PersonId, std::vector<KeyId>& doomed)> run;
};

/// JSON object: own sections, then `more` in order. Refuses unknown_person (erased too).
Result<std::string, Refusal> export_person(storage::Read& read, Keyring& keyring, PersonId person,
                                           const std::vector<ExportSection>& more);

/// The part of an erasure that belongs to the main database: empties the person row, deletes
/// hash, sessions, tokens, grants, second factors and addresses, notes the keys as doomed,
/// publishes PersonErased. Use Shoppers::erase(), which also destroys the keys.
Result<std::vector<KeyId>, Refusal> erase_rows(storage::Tx& tx, PersonId person,
                                               const std::vector<EraseHook>& hooks);
/// The same for keys that belong to no person's row (a guest's order): notes them as doomed and
/// publishes PersonErased without a person. Use Shoppers::erase_keys().
void doom_keys(storage::Tx& tx, const std::vector<KeyId>& keys);
/// Doomed keys that are still there, at most `limit`.
std::vector<KeyId> doomed_keys(storage::Read& read, int limit);
void forget_doomed(storage::Tx& tx, const std::vector<KeyId>& keys);

/// Main database: active people are found by exactly one hash, erased ones left nothing behind,
/// no key is still doomed.
void verify(storage::Read& read, storage::Findings& findings);
/// Both: every active person has a key, no erased one has.
void verify_keys(storage::Read& read, storage::Read& keys, storage::Findings& findings);

}  // namespace fondaco::shoppers
