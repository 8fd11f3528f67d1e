#include "api_parts.h"

#include <fondaco/marketplace/onboarding.h>
#include <fondaco/shoppers/access.h>

namespace fondaco::marketplace {
namespace {

using http::Context;
using http::Idempotency;
using http::Method;
using http::Owner;
using http::Rate;
using http::Response;
using http::Schema;

struct ApplicationIn {
  std::string slug;
  std::string name;
  std::optional<std::string> name_zh;
  MerchantKind kind = MerchantKind::specialist;
  std::optional<Mark> mark;
  Currency currency;
  std::string country;
};
BOOST_DESCRIBE_STRUCT(ApplicationIn, (), (slug, name, name_zh, kind, mark, currency, country))

struct PaperOut {
  MerchantDocumentId id;
  PaperKind kind = PaperKind::licence;
  PaperState state = PaperState::asked;
  std::string media_type;
  std::int64_t size = 0;
  std::optional<Instant> expires_at;
  Instant created_at;
  std::optional<Instant> reviewed_at;
  std::string reason;
};
BOOST_DESCRIBE_STRUCT(PaperOut, (),
                      (id, kind, state, media_type, size, expires_at, created_at, reviewed_at,
                       reason))

struct OnboardingOut {
  MerchantId merchant;
  MerchantState state = MerchantState::pending;
  Step step = Step::applied;
  Mark mark = Mark::none;
  Money deposit_due;
  Money deposit;
  std::optional<Instant> opened_at;
  std::optional<Instant> countdown_ends;
  std::string restricted_because;
  bool trader_known = false;
  std::vector<PaperOut> papers;
};
BOOST_DESCRIBE_STRUCT(OnboardingOut, (),
                      (merchant, state, step, mark, deposit_due, deposit, opened_at, countdown_ends,
                       restricted_because, trader_known, papers))

struct PaperRequestIn {
  PaperKind kind = PaperKind::category_licence;
};
BOOST_DESCRIBE_STRUCT(PaperRequestIn, (), (kind))

struct PaperReviewIn {
  bool accept = false;
  std::optional<std::string> reason;
};
BOOST_DESCRIBE_STRUCT(PaperReviewIn, (), (accept, reason))

/// What everybody may see of a trader; tax numbers stay inside.
struct TraderOut {
  std::string name;
  std::string line1;
  std::string city;
  std::optional<std::string> postcode;
  std::string country;
  std::string email;
  std::optional<std::string> telephone;
  std::optional<std::string> registration_number;
  bool self_certified = false;
};
BOOST_DESCRIBE_STRUCT(TraderOut, (),
                      (name, line1, city, postcode, country, email, telephone, registration_number,
                       self_certified))

struct DepositIn {
  Money amount;
  std::optional<std::string> note;  // The bank's reference, or why it is taken.
};
BOOST_DESCRIBE_STRUCT(DepositIn, (), (amount, note))

struct DepositOut {
  Money deposit;
};
BOOST_DESCRIBE_STRUCT(DepositOut, (), (deposit))

Response refused(GateRefusal refusal) {
  switch (refusal) {
    case GateRefusal::merchant_refused:
      return http::problem(422, "invalid_request", "the merchant cannot be opened like this");
    case GateRefusal::unknown_merchant:
      return http::problem(404, "unknown_merchant", "no merchant of that name is being onboarded");
    case GateRefusal::unknown_paper:
      return http::problem(404, "unknown_document", "this merchant has no such document");
    case GateRefusal::too_many_papers:
      return http::problem(409, "too_many_documents", "a merchant has at most 100 documents");
    case GateRefusal::expiry_past:
      return http::problem(422, "expiry_past", "the document is not valid any more");
    case GateRefusal::not_in_review:
      return http::problem(409, "not_in_review", "the document is not waiting for a review");
    case GateRefusal::reason_missing:
      return http::problem(422, "reason_missing", "needs a reason of 1 to 1000 bytes");
    case GateRefusal::trader_incomplete:
      return http::problem(422, "trader_incomplete",
                           "name, address, e-mail and, for companies, a registration number are "
                           "needed");
    case GateRefusal::not_certified:
      return http::problem(422, "not_certified", "a trader certifies to sell only what is lawful");
    case GateRefusal::bad_amount:
      return http::invalid("/amount", "has to be positive and of the merchant's currency");
    case GateRefusal::wallet_short:
      return http::problem(402, "payment_declined", "the wallet holds less than that",
                           "\"decline_code\":\"insufficient_funds\"");
    case GateRefusal::deposit_short:
      return http::problem(409, "deposit_short", "the deposit holds less than that");
  }
  return http::problem(500, "internal", "unnamed refusal");
}

PaperOut shown(const Paper& p) {
  return {p.id,         p.kind,       p.state,       p.media_type, p.size,
          p.expires_at, p.created_at, p.reviewed_at, p.reason};
}

Response shown(const Onboarding& gates, storage::Read& read, const Merchant& m, int status = 200) {
  const auto state = gates.find(read, m);
  if (!state) return refused(GateRefusal::unknown_merchant);
  OnboardingOut out{.merchant = m.id,
                    .state = m.state,
                    .step = state->step,
                    .mark = state->mark,
                    .deposit_due = state->deposit_due,
                    .deposit = state->deposit,
                    .opened_at = state->opened_at,
                    .countdown_ends = state->countdown_ends,
                    .restricted_because = state->restricted_because,
                    .trader_known = gates.trader(read, m.id).has_value(),
                    .papers = {}};
  for (const Paper& p : gates.papers(read, m.id)) out.papers.push_back(shown(p));
  return http::json(json_of(out), status);
}

/// Who applies becomes the owner.
http::WritePlan apply(Context& c, Onboarding& gates, shoppers::IdentityCache* identities) {
  auto body = http::body_as<ApplicationIn>(c);
  if (!body.ok()) return body.refusal();
  return [&gates, identities, in = std::move(*body), person = c.who().person](storage::Tx& tx) {
    NewApplication wanted;
    wanted.merchant.slug = in.slug;
    wanted.merchant.name = in.name;
    wanted.merchant.name_zh = in.name_zh.value_or("");
    wanted.merchant.kind = in.kind;
    wanted.merchant.currency = in.currency;
    wanted.merchant.country = in.country;
    wanted.mark = in.mark.value_or(Mark::none);
    MerchantRefusal why{};
    const auto made = gates.apply(tx, person, wanted, why);
    if (!made.ok()) {
      return made.refusal() == GateRefusal::merchant_refused ? refused(why)
                                                             : refused(made.refusal());
    }
    const shoppers::Permission all{"*", {}, {}};
    const auto granted = shoppers::grant_role(tx, {person, "owner", made->merchant, {}}, {&all, 1});
    if (!granted.ok()) return http::problem(409, "too_many", "a person has at most 100 roles");
    if (identities) tx.after_commit([=] { identities->drop_person(person); });
    return shown(gates, tx, *find_merchant(tx, made->merchant), 201);
  };
}

/// Runs `act` in the writer on the merchant in the path, and answers what it answers.
template <class F>
http::WritePlan on_merchant(Context& c, F act) {
  return [slug = std::string(c.param("merchant")), act = std::move(act)](storage::Tx& tx) {
    const auto m = named(tx, slug);
    if (!m) return refused(GateRefusal::unknown_merchant);
    return act(tx, *m);
  };
}

std::string media_type_of(std::string_view bytes) {
  if (bytes.starts_with("%PDF-")) return "application/pdf";
  if (bytes.starts_with("\x89PNG\r\n\x1a\n")) return "image/png";
  if (bytes.starts_with("\xff\xd8\xff")) return "image/jpeg";
  return {};
}

http::WritePlan hand_in(Context& c, Onboarding& gates, shoppers::Keyring& keyring) {
  PaperKind kind{};
  const std::string kind_text = c.request().query_value("kind").value_or("");
  if (!boost::describe::enum_from_string(kind_text.c_str(), kind)) {
    return http::problem(422, "invalid_request", "kind names no kind of document");
  }
  const std::string type = media_type_of(c.request().body);
  if (type.empty()) {
    return http::problem(415, "unknown_type", "a document is a PDF, PNG or JPEG file");
  }
  std::optional<Instant> expires;
  if (const auto day = c.request().query_value("expires_on")) {
    expires = parse_rfc3339(*day + "T00:00:00Z");
    if (!expires) return http::problem(422, "invalid_request", "expires_on is no day");
  }
  Onboarding::HandedIn in{{},      kind,
                          type,    static_cast<std::int64_t>(c.request().body.size()),
                          expires, keyring.seal_new(c.request().body)};
  return on_merchant(c, [&gates, in = std::move(in)](storage::Tx& tx, const Merchant& m) {
    Onboarding::HandedIn paper = in;
    paper.merchant = m.id;
    const auto done = gates.hand_in(tx, paper);
    if (!done.ok()) return refused(done.refusal());
    return http::json(json_of(shown(*done)), 201);
  });
}

Response file(Context& c, const Onboarding& gates) {
  const auto m = named(c.read(), c.param("merchant"));
  const auto id = c.id_param<MerchantDocumentId>("id");
  if (!m || !id) return refused(GateRefusal::unknown_paper);
  auto bytes = gates.open_paper(c.read(), m->id, *id);
  if (!bytes) return refused(GateRefusal::unknown_paper);
  Response r;
  r.content_type = media_type_of(*bytes);
  r.body = std::move(*bytes);
  r.with("Content-Disposition", "attachment").with("Cache-Control", "no-store");
  return r;
}

http::WritePlan request_paper(Context& c, Onboarding& gates) {
  auto body = http::body_as<PaperRequestIn>(c);
  if (!body.ok()) return body.refusal();
  return on_merchant(c, [&gates, kind = body->kind](storage::Tx& tx, const Merchant& m) {
    const auto done = gates.ask_for(tx, m.id, kind);
    return done.ok() ? shown(gates, tx, *find_merchant(tx, m.id)) : refused(done.refusal());
  });
}

http::WritePlan review(Context& c, Onboarding& gates) {
  auto body = http::body_as<PaperReviewIn>(c);
  if (!body.ok()) return body.refusal();
  const auto id = c.id_param<MerchantDocumentId>("id");
  if (!id) return refused(GateRefusal::unknown_paper);
  return on_merchant(
      c, [&gates, id = *id, in = std::move(*body)](storage::Tx& tx, const Merchant& m) {
        const auto done = gates.review(tx, m.id, id, in.accept, in.reason.value_or(""));
        return done.ok() ? http::json(json_of(shown(*done))) : refused(done.refusal());
      });
}

http::WritePlan put_trader(Context& c, Onboarding& gates, shoppers::Keyring& keyring) {
  auto body = http::body_as<Trader>(c);
  if (!body.ok()) return body.refusal();
  if (const auto refusal = Onboarding::check(*body)) return refused(*refusal);
  return on_merchant(c, [&gates, trader = *body, sealed = keyring.seal_new(json_of(*body))](
                            storage::Tx& tx, const Merchant& m) {
    const auto done = gates.set_trader(tx, m.id, trader, sealed);
    return done.ok() ? http::no_content() : refused(done.refusal());
  });
}

Response get_trader(Context& c, const Onboarding& gates) {
  const auto m = named(c.read(), c.param("merchant"));
  const bool inside = m && c.who().may("marketplace.read", m->id);
  const bool open = m && m->state == MerchantState::active;
  const auto t = inside || open ? gates.trader(c.read(), m->id) : std::nullopt;
  if (!t) return http::problem(404, "unknown_trader", "nothing is known of the trader");
  return http::json(json_of(TraderOut{t->name, t->line1, t->city, t->postcode, t->country, t->email,
                                      t->telephone, t->registration_number, t->self_certified}));
}

enum class Flow { wallet, bank, deduction };

http::WritePlan deposit(Context& c, Onboarding& gates, Flow flow) {
  auto body = http::body_as<DepositIn>(c);
  if (!body.ok()) return body.refusal();
  return on_merchant(c, [&gates, flow, in = std::move(*body), person = c.who().person](
                            storage::Tx& tx, const Merchant& m) {
    const std::string note = in.note.value_or("");
    const auto done = flow == Flow::wallet ? gates.pay_deposit(tx, m.id, person, in.amount)
                      : flow == Flow::bank ? gates.book_deposit(tx, m.id, in.amount, note)
                                           : gates.deduct_deposit(tx, m.id, in.amount, note);
    return done.ok() ? http::json(json_of(DepositOut{*done}), 201) : refused(done.refusal());
  });
}

std::optional<MerchantId> merchant_of(Context& c) {
  const auto m = named(c.read(), c.param("merchant"));
  return m ? std::optional(m->id) : std::nullopt;
}

http::Route route(Method method, std::string path, Owner owner, std::string summary) {
  const bool reads = method == Method::get;
  http::Route r;
  r.method = method;
  r.path = "/api/v1/merchants/{merchant}" + std::move(path);
  r.access = {reads ? "marketplace.read" : "marketplace.write", owner,
              reads ? Rate::read : Rate::write,
              reads                   ? Idempotency::safe
              : method == Method::put ? Idempotency::natural
                                      : Idempotency::optional};
  r.summary = std::move(summary);
  if (owner == Owner::merchant) r.merchant_of = merchant_of;
  return r;
}

void mount_papers(http::Router& router, Onboarding& gates, shoppers::Keyring& keyring) {
  auto in = route(Method::post, "/documents", Owner::merchant, "Hand in a document, as its bytes");
  in.access.rate = Rate::upload;
  in.body_limit = kPaperBytesMost;
  in.query = {
      {"kind", "licence, identity, trademark, authorisation, category_licence", "string", true},
      {"expires_on", "Day from which it is not valid any more"}};
  in.response = http::schema_of<PaperOut>();
  in.success = 201;
  in.refusals = {"unknown_merchant", "too_many_documents", "expiry_past", "unknown_type",
                 "invalid_request"};
  router.write(std::move(in), [&](Context& c) { return hand_in(c, gates, keyring); });

  auto bytes = route(Method::get, "/documents/{id}/file", Owner::merchant, "The document itself");
  bytes.response = Schema::text("application/octet-stream");
  bytes.refusals = {"unknown_document"};
  router.read(std::move(bytes), [&](Context& c) { return file(c, gates); });

  auto ask = route(Method::post, "/document-requests", Owner::operators, "Ask for a document");
  ask.request = http::schema_of<PaperRequestIn>();
  ask.response = http::schema_of<OnboardingOut>();
  ask.refusals = {"unknown_merchant", "too_many_documents"};
  router.write(std::move(ask), [&](Context& c) { return request_paper(c, gates); });

  auto judge = route(Method::post, "/documents/{id}/review", Owner::operators,
                     "Accept or refuse a document");
  judge.request = http::schema_of<PaperReviewIn>();
  judge.response = http::schema_of<PaperOut>();
  judge.refusals = {"unknown_document", "not_in_review", "reason_missing", "expiry_past"};
  router.write(std::move(judge), [&](Context& c) { return review(c, gates); });
}

void mount_trader(http::Router& router, Onboarding& gates, shoppers::Keyring& keyring) {
  auto put = route(Method::put, "/trader", Owner::merchant, "Who the trader is");
  put.request = http::schema_of<Trader>();
  put.success = 204;
  put.refusals = {"unknown_merchant", "trader_incomplete", "not_certified"};
  router.write(std::move(put), [&](Context& c) { return put_trader(c, gates, keyring); });
  auto get = route(Method::get, "/trader", Owner::everyone, "Who the trader is, as the law asks");
  get.access.scope = "-";
  get.response = http::schema_of<TraderOut>();
  get.refusals = {"unknown_trader"};
  router.read(std::move(get), [&](Context& c) { return get_trader(c, gates); });
}

void mount_deposit(http::Router& router, Onboarding& gates) {
  const auto add = [&](std::string path, Owner owner, std::string summary, Flow flow) {
    auto r = route(Method::post, "/deposit/" + path, owner, std::move(summary));
    r.access.idempotency = Idempotency::required;
    r.request = http::schema_of<DepositIn>();
    r.response = http::schema_of<DepositOut>();
    r.success = 201;
    r.refusals = {"unknown_merchant", "payment_declined", "deposit_short", "reason_missing",
                  "invalid_request"};
    router.write(std::move(r), [&gates, flow](Context& c) { return deposit(c, gates, flow); });
  };
  add("payments", Owner::merchant, "Pay into the deposit from the own wallet", Flow::wallet);
  add("receipts", Owner::operators, "Book what the bank has received for a deposit", Flow::bank);
  add("deductions", Owner::operators, "Take from a deposit, with the reason", Flow::deduction);
}

}  // namespace

void mount_onboarding(http::Router& router, const Services& services) {
  Onboarding& gates = services.gates;
  shoppers::Keyring& keyring = services.keyring;
  http::Route application;
  application.method = Method::post;
  application.path = "/api/v1/merchant-applications";
  application.access = {"me.write", Owner::self, Rate::write, Idempotency::optional};
  application.summary = "Apply to sell here; the applicant becomes the owner";
  application.request = http::schema_of<ApplicationIn>();
  application.response = http::schema_of<OnboardingOut>();
  application.success = 201;
  application.refusals = {"slug_taken", "invalid_request", "too_many"};
  router.write(std::move(application), [&gates, identities = services.identities](Context& c) {
    return apply(c, gates, identities);
  });

  auto state = route(Method::get, "/onboarding", Owner::merchant,
                     "What is still missing before the merchant may sell");
  state.response = http::schema_of<OnboardingOut>();
  state.refusals = {"unknown_merchant"};
  router.read(std::move(state), [&gates](Context& c) {
    const auto m = named(c.read(), c.param("merchant"));
    return m ? shown(gates, c.read(), *m) : refused(GateRefusal::unknown_merchant);
  });
  mount_papers(router, gates, keyring);
  mount_trader(router, gates, keyring);
  mount_deposit(router, gates);
}

}  // namespace fondaco::marketplace
