#include "api_json.h"

#include <fondaco/base/text.h>
#include <fondaco/http/server.h>
#include <fondaco/orders/tax.h>
#include <fondaco/shoppers.h>

namespace fondaco::orders {

using http::Context;
using http::Idempotency;
using http::Method;
using http::Owner;
using http::problem;
using http::Rate;
using http::Response;
using http::Route;
using http::schema_of;

namespace {

struct ExemptionIn {
  std::string country;
  std::string certificate;  // Number and authority, as they stand on it.
  Instant valid_until;
};
BOOST_DESCRIBE_STRUCT(ExemptionIn, (), (country, certificate, valid_until))

struct ExemptionOut {
  TaxExemptionId id;
  PersonId person;
  std::string country;
  ExemptionState state = ExemptionState::asked;
  Instant valid_until;
  std::optional<std::string> certificate;  // Gone once the person is erased.
  std::int64_t version = 1;
};
BOOST_DESCRIBE_STRUCT(ExemptionOut, (),
                      (id, person, country, state, valid_until, certificate, version))

struct ExemptionDecisionIn {
  bool confirm = false;
};
BOOST_DESCRIBE_STRUCT(ExemptionDecisionIn, (), (confirm))

ExemptionOut shown(const Services& s, const Exemption& e) {
  return {e.id,     e.person,      e.country,
          e.state,  e.valid_until, s.keyring.open(e.key, e.certificate),
          e.version};
}

Response refused(ExemptionRefusal refusal) {
  switch (refusal) {
    case ExemptionRefusal::unknown_exemption:
      return problem(404, "unknown_exemption", "there is no such exemption");
    case ExemptionRefusal::bad_country:
      return http::invalid("/country", "expected two capitals");
    case ExemptionRefusal::bad_date:
      return http::invalid("/valid_until", "is over already");
    case ExemptionRefusal::decided:
      return problem(409, "exemption_decided", "the exemption was decided already");
    case ExemptionRefusal::stale_version:
      return problem(412, "stale_version", "somebody else decided the exemption meanwhile");
  }
  return problem(500, "internal", "unnamed refusal");
}

Response list(const Services& s, const std::vector<Exemption>& all) {
  std::string items;
  for (const Exemption& e : all) items += (items.empty() ? "" : ",") + json_of(shown(s, e));
  return http::json(http::list_json(items, false));
}

http::WritePlan plan_ask(const Services& s, Context& c) {
  const auto in = http::body_as<ExemptionIn>(c);
  if (!in.ok()) return in.refusal();
  if (trim(in->certificate).empty() || in->certificate.size() > 500) {
    return http::invalid("/certificate", "has 1 to 500 bytes");
  }
  const auto person = shoppers::find_person(c.read(), s.keyring, c.who().person);
  if (!person) return problem(404, "unknown_person", "there is no such person any more");
  Exemption wanted;
  wanted.person = c.who().person;
  wanted.country = in->country;
  wanted.valid_until = in->valid_until;
  wanted.key = person->key;
  wanted.certificate = s.keyring.seal(person->key, in->certificate);
  return [s, wanted](storage::Tx& tx) {
    const auto asked = ask_exemption(tx, wanted);
    if (!asked.ok()) return refused(asked.refusal());
    return http::json(json_of(shown(s, *asked)), 201).with("ETag", http::etag_of(asked->version));
  };
}

http::WritePlan plan_decide(const Services& s, Context& c) {
  const auto id = c.id_param<TaxExemptionId>("id");
  if (!id) return refused(ExemptionRefusal::unknown_exemption);
  const auto in = http::body_as<ExemptionDecisionIn>(c);
  if (!in.ok()) return in.refusal();
  return [&c, s, id = *id, confirm = in->confirm](storage::Tx& tx) {
    const auto stored = find_exemption(tx, id);
    if (!stored) return refused(ExemptionRefusal::unknown_exemption);
    if (auto stale = http::check_if_match(c, stored->version)) return *std::move(stale);
    const auto decided = decide_exemption(tx, id, confirm, stored->version);
    if (!decided.ok()) return refused(decided.refusal());
    tx.after_commit([s, person = decided->person] {
      s.checkout.exemptions().refresh(*s.store.main().read(), person);
    });
    return http::json(json_of(shown(s, *decided))).with("ETag", http::etag_of(decided->version));
  };
}

}  // namespace

void mount_tax(http::Router& router, const Services& s) {
  Route ask;
  ask.method = Method::post;
  ask.path = "/api/v1/me/tax-exemptions";
  ask.access = {"me.write", Owner::self, Rate::write, Idempotency::optional};
  ask.summary = "Asks to buy without tax in a country; holds once an operator has confirmed it";
  ask.request = schema_of<ExemptionIn>();
  ask.response = schema_of<ExemptionOut>();
  ask.success = 201;
  ask.refusals = {"invalid_request"};
  router.write(ask, [s](Context& c) { return plan_ask(s, c); });

  Route mine;
  mine.path = ask.path;
  mine.access = {"me.read", Owner::self, Rate::read, Idempotency::safe};
  mine.summary = "The signed-in person's tax exemptions";
  mine.response = http::list_schema_of<ExemptionOut>();
  router.read(mine, [s](Context& c) { return list(s, exemptions_of(c.read(), c.who().person)); });

  Route asked;
  asked.path = "/api/v1/tax-exemptions";
  asked.access = {"orders.read", Owner::operators, Rate::read, Idempotency::safe};
  asked.summary = "Tax exemptions that wait for a decision, oldest first";
  asked.response = http::list_schema_of<ExemptionOut>();
  router.read(asked, [s](Context& c) { return list(s, exemptions_asked(c.read(), 100)); });

  Route decide;
  decide.method = Method::post;
  decide.path = "/api/v1/tax-exemptions/{id}/decision";
  decide.access = {"orders.write", Owner::operators, Rate::write, Idempotency::optional};
  decide.summary = "Confirms or refuses a tax exemption (If-Match)";
  decide.request = schema_of<ExemptionDecisionIn>();
  decide.response = schema_of<ExemptionOut>();
  decide.refusals = {"unknown_exemption", "exemption_decided", "stale_version"};
  router.write(decide, [s](Context& c) { return plan_decide(s, c); });
}

}  // namespace fondaco::orders
