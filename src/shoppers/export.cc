#include <fondaco/base/json.h>
#include <fondaco/shoppers/access.h>
#include <fondaco/shoppers/passkeys.h>
#include <fondaco/shoppers/privacy.h>

namespace fondaco::shoppers {
namespace {

constexpr int kConsentsMax = 100'000;

void write_person(JsonWriter& w, const Person& person) {
  w.key("person").begin_object();
  w.member("id", person.id).member("created_at", person.created_at).member("staff", person.staff);
  w.key("profile");
  write_json(w, *person.profile);
  w.end_object();
}

void write_addresses(JsonWriter& w, const std::vector<SavedAddress>& addresses) {
  w.key("addresses").begin_array();
  for (const auto& a : addresses) write_json(w, a.address);
  w.end_array();
}

void write_consents(JsonWriter& w, const std::vector<ConsentRow>& consents) {
  w.key("consents").begin_array();
  for (const auto& c : consents) {
    w.begin_object().key("purpose");
    write_json(w, c.purpose);
    w.key("channel");
    write_json(w, c.channel);
    w.member("granted", c.granted).member("text_version", c.text_version);
    w.member("proof", c.proof).member("at", c.at).end_object();
  }
  w.end_array();
}

void write_access(JsonWriter& w, storage::Read& read, Keyring& keyring, PersonId person) {
  w.key("sessions").begin_array();
  for (const auto& s : sessions_of(read, keyring, person, Instant{})) {
    w.begin_object().member("device", s.device).member("created_at", s.created_at);
    w.member("seen_at", s.seen_at).end_object();
  }
  w.end_array().key("tokens").begin_array();
  for (const auto& t : tokens_of(read, keyring, person)) {
    w.begin_object().member("label", t.label).member("prefix", t.prefix);
    w.member("created_at", t.created_at).end_object();
  }
  w.end_array().key("passkeys").begin_array();
  for (const auto& p : passkeys_of(read, keyring, person)) {
    w.begin_object().member("label", p.label).member("created_at", p.created_at).end_object();
  }
  w.end_array().key("roles").begin_array();
  for (const auto& g : grants_of(read, person)) {
    w.begin_object().member("role", g.role).member("granted_at", g.granted_at).end_object();
  }
  w.end_array();
}

}  // namespace

Result<std::string, Refusal> export_person(storage::Read& read, Keyring& keyring, PersonId person,
                                           const std::vector<ExportSection>& more) {
  const auto found = find_person(read, keyring, person);
  if (!found || !found->profile) return Refused{Refusal::unknown_person};
  std::string out;
  JsonWriter w(out);
  w.begin_object();
  write_person(w, *found);
  write_addresses(w, addresses_of(read, keyring, person));
  write_consents(w, consents_of(read, keyring, person, kConsentsMax));
  write_access(w, read, keyring, person);
  for (const auto& section : more) {
    w.key(section.name);
    section.write(read, person, w);
  }
  w.end_object();
  return out;
}

}  // namespace fondaco::shoppers
