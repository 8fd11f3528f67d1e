#include "rows.h"

#include <fondaco/shoppers/privacy.h>

#include <algorithm>
#include <array>
#include <unordered_set>

namespace fondaco::shoppers {
namespace {

constexpr storage::Sql kActive{"shoppers.count_active", R"sql(
  SELECT COUNT(*) FROM shoppers_person WHERE state = 1)sql"};

constexpr storage::Sql kEmails{"shoppers.count_emails", R"sql(
  SELECT COUNT(*) FROM shoppers_email)sql"};

constexpr storage::Sql kLost{"shoppers.lost_people", R"sql(
  SELECT p.id FROM shoppers_person p LEFT JOIN shoppers_email e ON e.hash = p.email_hash
   WHERE p.state = 1 AND COALESCE(e.person_id, 0) <> p.id)sql"};

constexpr storage::Sql kRemains{"shoppers.erased_remains", R"sql(
  SELECT id FROM shoppers_person
   WHERE state = 2 AND (email_hash <> '' OR password <> '' OR profile IS NOT NULL))sql"};

constexpr storage::Sql kLeftSessions{"shoppers.left_sessions", R"sql(
  SELECT p.id, COUNT(*) FROM shoppers_session o
    JOIN shoppers_person p ON p.shard = o.shard AND p.id = o.person_id
   WHERE p.state = 2 GROUP BY p.id)sql"};

constexpr storage::Sql kLeftTokens{"shoppers.left_tokens", R"sql(
  SELECT p.id, COUNT(*) FROM shoppers_token o
    JOIN shoppers_person p ON p.shard = o.shard AND p.id = o.person_id
   WHERE p.state = 2 GROUP BY p.id)sql"};

constexpr storage::Sql kLeftAddresses{"shoppers.left_addresses", R"sql(
  SELECT p.id, COUNT(*) FROM shoppers_address o
    JOIN shoppers_person p ON p.shard = o.shard AND p.id = o.person_id
   WHERE p.state = 2 GROUP BY p.id)sql"};

constexpr storage::Sql kLeftPasskeys{"shoppers.left_passkeys", R"sql(
  SELECT p.id, COUNT(*) FROM shoppers_passkey o
    JOIN shoppers_person p ON p.shard = o.shard AND p.id = o.person_id
   WHERE p.state = 2 GROUP BY p.id)sql"};

constexpr storage::Sql kLeftGrants{"shoppers.left_grants", R"sql(
  SELECT p.id, COUNT(*) FROM shoppers_grant o
    JOIN shoppers_person p ON p.shard = o.shard AND p.id = o.person_id
   WHERE p.state = 2 GROUP BY p.id)sql"};

struct Leftover {
  std::string_view what;
  const storage::Sql* sql;
};

// Everything but the consent ledger goes with its person.
constexpr auto kLeftovers = std::to_array<Leftover>({
    {"sessions", &kLeftSessions},
    {"tokens", &kLeftTokens},
    {"addresses", &kLeftAddresses},
    {"passkeys", &kLeftPasskeys},
    {"grants", &kLeftGrants},
});

constexpr storage::Sql kKeysOfPeople{"shoppers.keys_of_people", R"sql(
  SELECT id, key_id, state FROM shoppers_person WHERE id > $1 ORDER BY id LIMIT $2)sql"};

constexpr storage::Sql kKnownKeys{"shoppers.known_keys.batch", R"sql(
  SELECT id FROM shoppers_key WHERE shard = $1 AND id = $2)sql",
                                  R"sql(
  SELECT k.id FROM shoppers_key k
    JOIN unnest($1::bigint[], $2::bigint[]) AS wanted(shard, id)
      ON k.shard = wanted.shard AND k.id = wanted.id)sql"};

constexpr int kChunk = 500;
constexpr int kDoomedShown = 1000;

struct Keyed {
  PersonId person;
  KeyId key;
  PersonState state = PersonState::active;
};

std::unordered_set<KeyId> known_keys(storage::Read& keys, const std::vector<Keyed>& people) {
  const auto lookup = keys.lookup(kKnownKeys);
  for (const auto& p : people) lookup->add({p.key.shard(), p.key});
  std::unordered_set<KeyId> out;
  lookup->run([&](const storage::Row& r) { out.insert(r.id<KeyId>(0)); });
  return out;
}

}  // namespace

void verify(storage::Read& read, storage::Findings& findings) {
  const std::int64_t active = read.scalar(kActive, {}).value_or(0);
  const std::int64_t emails = read.scalar(kEmails, {}).value_or(0);
  findings.checked["people"] += active;
  if (active != emails) {
    findings.differences.push_back({"e-mail hashes of people", "", active, emails});
  }
  read.each(kLost, {}, [&](const storage::Row& r) {
    findings.differences.push_back({"e-mail hash of a person", to_text(r.id<PersonId>(0)), 1, 0});
  });
  read.each(kRemains, {}, [&](const storage::Row& r) {
    findings.differences.push_back(
        {"personal data of an erased person", to_text(r.id<PersonId>(0)), 0, 1});
  });
  for (const auto& leftover : kLeftovers) {
    read.each(*leftover.sql, {}, [&](const storage::Row& r) {
      findings.differences.push_back({std::string(leftover.what) + " of an erased person",
                                      to_text(r.id<PersonId>(0)), 0, r.integer(1)});
    });
  }
  for (const KeyId key : doomed_keys(read, kDoomedShown)) {
    findings.differences.push_back({"key of an erased person not destroyed", to_text(key), 0, 1});
  }
}

void verify_keys(storage::Read& read, storage::Read& keys, storage::Findings& findings) {
  PersonId last;
  for (;;) {
    const auto people = read.all(kKeysOfPeople, {last, kChunk}, [](const storage::Row& r) {
      return Keyed{r.id<PersonId>(0), r.id<KeyId>(1), static_cast<PersonState>(r.integer(2))};
    });
    if (people.empty()) return;
    const auto known = known_keys(keys, people);
    for (const auto& p : people) {
      const std::int64_t wanted = p.state == PersonState::active ? 1 : 0;
      const std::int64_t there = known.contains(p.key) ? 1 : 0;
      if (wanted != there) {
        findings.differences.push_back({"key of a person", to_text(p.person), wanted, there});
      }
    }
    findings.checked["keys"] += static_cast<std::int64_t>(people.size());
    last = people.back().person;
  }
}

}  // namespace fondaco::shoppers
