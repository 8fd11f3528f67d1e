#include "rows.h"

#include <fondaco/base/text.h>
#include <fondaco/events/shoppers.h>
#include <fondaco/shoppers/customers.h>
#include <fondaco/shoppers/privacy.h>
#include <fondaco/storage/publish.h>

namespace fondaco::shoppers {
namespace {

constexpr storage::Sql kRecord{"shoppers.record_consent", R"sql(
  INSERT INTO shoppers_consent
    (shard, id, person_id, purpose, channel, granted, text_version, proof, at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9))sql"};

// Time first: ids of two nodes may stand in another order than what happened.
constexpr storage::Sql kNewest{"shoppers.newest_consent", R"sql(
  SELECT granted FROM shoppers_consent
   WHERE shard = $1 AND person_id = $2 AND purpose = $3 AND channel = $4
   ORDER BY at DESC, id DESC LIMIT 1)sql"};

constexpr storage::Sql kLedger{"shoppers.consents", R"sql(
  SELECT id, purpose, channel, granted, text_version, proof, at FROM shoppers_consent
   WHERE shard = $1 AND person_id = $2 AND id < $3
   ORDER BY id DESC LIMIT $4)sql"};

constexpr std::size_t kVersionMax = 60;
constexpr std::size_t kProofMax = 500;

template <class E>
std::string name_of(E e) {
  return boost::describe::enum_to_string(e, "");
}

template <class E>
E named(const std::string& name) {
  E out{};
  if (!boost::describe::enum_from_string(name.c_str(), out)) {
    throw Fault("the consent ledger names an unknown " + name);
  }
  return out;
}

}  // namespace

Result<ConsentId, Refusal> record_consent(storage::Tx& tx, Keyring& keyring,
                                          const NewConsent& consent) {
  return record_consent_of(tx, keyring, consent, tx.now());
}

Result<ConsentId, Refusal> record_consent_of(storage::Tx& tx, Keyring& keyring,
                                             const NewConsent& consent, Instant at) {
  const auto person = active_row(tx, consent.person);
  if (!person) return Refused{Refusal::unknown_person};
  if (trim(consent.text_version).empty()) return Refused{Refusal::text_version_missing};
  if (characters(consent.text_version) > kVersionMax || characters(consent.proof) > kProofMax) {
    return Refused{Refusal::label_too_long};
  }
  const auto id = tx.next_id<ConsentId>(consent.person.shard());
  const std::string proof = consent.proof.empty() ? "" : keyring.seal(person->key, consent.proof);
  const std::string purpose = name_of(consent.purpose);
  const std::string channel = name_of(consent.channel);
  tx.exec(kRecord, {id.shard(), id, consent.person, purpose, channel, consent.granted,
                    consent.text_version, storage::Blob{proof}, at});
  const std::int64_t version = bump_version(tx, consent.person);
  storage::publish(tx, consent.person.value, version,
                   events::ConsentChanged{consent.person, purpose, channel, consent.granted,
                                          consent.text_version});
  return id;
}

bool consent_for(storage::Read& read, PersonId person, Purpose purpose, ContactChannel channel) {
  const std::string p = name_of(purpose);
  const std::string c = name_of(channel);
  return read.scalar(kNewest, {person.shard(), person, p, c}).value_or(0) != 0;
}

std::vector<ConsentRow> consents_of(storage::Read& read, Keyring& keyring, PersonId person,
                                    int limit, ConsentId before) {
  const auto row = active_row(read, person);
  if (!row) return {};
  const std::int64_t below = before ? before.value : INT64_MAX;
  return read.all(kLedger, {person.shard(), person, below, limit}, [&](const storage::Row& r) {
    ConsentRow c;
    c.id = r.id<ConsentId>(0);
    c.purpose = named<Purpose>(r.str(1));
    c.channel = named<ContactChannel>(r.str(2));
    c.granted = r.flag(3);
    c.text_version = r.str(4);
    c.proof = open_label(keyring, row->key, r.blob(5));
    c.at = r.instant(6);
    return c;
  });
}

}  // namespace fondaco::shoppers
