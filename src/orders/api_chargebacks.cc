#include "api_settlement.h"

#include <fondaco/orders/chargebacks.h>

namespace fondaco::orders {
namespace {

using http::Idempotency;
using http::Method;
using http::Owner;
using http::Rate;
using http::schema_of;

constexpr std::size_t kMostEvidenceText = 20'000;

struct ChargebackOut {
  ChargebackId id;
  OrderId order;
  PaymentId payment;
  MerchantId merchant;
  std::string provider_ref;
  Money amount;
  Money fee;
  std::string reason;
  ChargebackState state = ChargebackState::needs_response;
  std::optional<Instant> due;
  std::int64_t evidence = 0;
  Instant opened_at;
  std::optional<Instant> closed_at;
};
BOOST_DESCRIBE_STRUCT(ChargebackOut, (),
                      (id, order, payment, merchant, provider_ref, amount, fee, reason, state, due,
                       evidence, opened_at, closed_at))
struct ChargebackListOut {
  std::vector<ChargebackOut> data;
  bool has_more = false;
};
BOOST_DESCRIBE_STRUCT(ChargebackListOut, (), (data, has_more))

struct ChargebackIn {
  PaymentId payment;
  std::string provider_ref;
  Money amount;
  std::optional<std::int64_t> fee;
  std::optional<std::string> reason;
  std::optional<Instant> due;
};
BOOST_DESCRIBE_STRUCT(ChargebackIn, (), (payment, provider_ref, amount, fee, reason, due))

struct ChargebackDecisionIn {
  bool won = false;
};
BOOST_DESCRIBE_STRUCT(ChargebackDecisionIn, (), (won))

struct EvidenceIn {
  std::string kind;
  std::string text;
};
BOOST_DESCRIBE_STRUCT(EvidenceIn, (), (kind, text))
struct EvidenceOut {
  std::string kind;
  std::optional<std::string> text;  // Nothing when the person was erased.
  std::string by;
  Instant at;
};
BOOST_DESCRIBE_STRUCT(EvidenceOut, (), (kind, text, by, at))
struct EvidenceListOut {
  std::vector<EvidenceOut> data;
};
BOOST_DESCRIBE_STRUCT(EvidenceListOut, (), (data))

Response refused(ChargebackRefusal refusal) {
  switch (refusal) {
    case ChargebackRefusal::unknown_payment:
      return http::problem(404, "unknown_payment", "there is no such payment");
    case ChargebackRefusal::unknown_chargeback:
      return http::problem(404, "unknown_chargeback", "there is no such chargeback");
    case ChargebackRefusal::bad_amount:
      return http::invalid("/amount", "has to be 1 to what was charged, in its currency");
    case ChargebackRefusal::not_paid:
      return http::problem(409, "not_paid", "no order of this payment was paid");
    case ChargebackRefusal::closed:
      return http::problem(409, "chargeback_closed", "the chargeback is decided");
    case ChargebackRefusal::bad_text:
      return http::invalid("/text", "kind: 1 to 40 bytes, text: 1 to 20000 bytes of UTF-8");
    case ChargebackRefusal::too_many:
      return http::problem(409, "too_many", "there are 20 pieces of evidence already");
  }
  return http::problem(500, "internal", "unnamed refusal");
}

ChargebackOut shown(const Chargeback& c) {
  const auto unless_zero = [](Instant t) { return t.us == 0 ? std::nullopt : std::optional(t); };
  return {.id = c.id,
          .order = c.order,
          .payment = c.payment,
          .merchant = c.merchant,
          .provider_ref = c.provider_ref,
          .amount = c.amount,
          .fee = {c.fee, c.amount.currency},
          .reason = c.reason,
          .state = c.state,
          .due = unless_zero(c.due),
          .evidence = c.evidence,
          .opened_at = c.opened_at,
          .closed_at = unless_zero(c.closed_at)};
}

/// The chargeback of the path, if it is of the merchant of the path.
std::optional<Chargeback> named(const SettlementServices& s, Context& c) {
  const auto id = c.id_param<ChargebackId>("chargeback");
  auto found = id ? find_chargeback(c.read(), *id) : std::nullopt;
  if (!found || found->merchant != merchant_named(s.offers, c)) return std::nullopt;
  return found;
}

Response list(const SettlementServices& s, Context& c, bool of_all) {
  const auto page = http::page_of(c);
  if (!page.ok()) return page.refusal();
  const auto before = start_of<ChargebackId>(*page);
  if (!before) return http::invalid("/query/starting_after", "is no chargeback");
  auto rows =
      of_all ? list_chargebacks(c.read(), *before, page->limit + 1)
             : chargebacks_of(c.read(), *merchant_named(s.offers, c), *before, page->limit + 1);
  return cut_list(std::move(rows), page->limit, [](const Chargeback& b) { return shown(b); });
}

http::WritePlan record(const SettlementServices& s, Context& c) {
  auto body = http::body_as<ChargebackIn>(c);
  if (!body.ok()) return body.refusal();
  return [s, in = std::move(*body)](storage::Tx& tx) {
    payments::ProviderDispute d;
    d.ref = in.provider_ref;
    d.amount = in.amount;
    d.fee = in.fee.value_or(0);
    d.reason = in.reason.value_or("");
    d.due = in.due.value_or(Instant{});
    const auto done = apply_dispute(tx, s.accounts, {in.payment, d});
    if (!done.ok()) return refused(done.refusal());
    ChargebackListOut out;
    for (const Chargeback& b : *done) out.data.push_back(shown(b));
    return http::json(json_of(out), 201);
  };
}

http::WritePlan decision(const SettlementServices& s, Context& c) {
  auto body = http::body_as<ChargebackDecisionIn>(c);
  if (!body.ok()) return body.refusal();
  const auto id = c.id_param<ChargebackId>("chargeback");
  if (!id) return refused(ChargebackRefusal::unknown_chargeback);
  return [s, id = *id, won = body->won](storage::Tx& tx) {
    const auto done = decide(tx, s.accounts, id, won);
    return done.ok() ? http::json(json_of(shown(*done))) : refused(done.refusal());
  };
}

/// Sealed at the edge under the order's key: what people wrote goes when the person goes.
http::WritePlan give_evidence(const SettlementServices& s, Context& c) {
  auto body = http::body_as<EvidenceIn>(c);
  if (!body.ok()) return body.refusal();
  const auto found = named(s, c);
  if (!found) return refused(ChargebackRefusal::unknown_chargeback);
  if (body->text.empty() || body->text.size() > kMostEvidenceText || !is_utf8(body->kind)) {
    return refused(ChargebackRefusal::bad_text);
  }
  const auto order = find_order(c.read(), found->order);
  if (!order || !s.keyring.exists(order->key)) {
    return http::problem(409, "person_erased", "the buyer's data is erased, and evidence with it");
  }
  return [id = found->id, kind = body->kind, key = order->key,
          sealed = s.keyring.seal(order->key, body->text)](storage::Tx& tx) {
    const auto done = add_evidence(tx, id, {kind, key, sealed});
    return done.ok() ? http::json(json_of(shown(*done)), 201) : refused(done.refusal());
  };
}

Response read_evidence(const SettlementServices& s, Context& c) {
  const auto found = named(s, c);
  if (!found) return refused(ChargebackRefusal::unknown_chargeback);
  EvidenceListOut out;
  for (const Evidence& e : evidence_of(c.read(), found->id)) {
    out.data.push_back({e.kind, s.keyring.open(e.key, e.sealed), e.by, e.at});
  }
  return http::json(json_of(out));
}

void mount_merchants(http::Router& router, const SettlementServices& s) {
  const http::Access reads{"payments.read", Owner::merchant, Rate::read, Idempotency::safe};
  auto theirs = of_merchant(s, Method::get, "/api/v1/merchants/{merchant}/chargebacks", reads,
                            "Payments of a merchant's orders that buyers dispute, newest first");
  theirs.response = schema_of<ChargebackListOut>();
  theirs.query = {{"limit", "1 to 100", "integer"}, {"starting_after", "A chargeback's id"}};
  router.read(theirs, [s](Context& c) { return list(s, c, false); });
  auto one = of_merchant(s, Method::get, "/api/v1/merchants/{merchant}/chargebacks/{chargeback}",
                         reads, "One chargeback");
  one.response = schema_of<ChargebackOut>();
  one.refusals = {"unknown_merchant", "unknown_chargeback"};
  router.read(one, [s](Context& c) {
    const auto found = named(s, c);
    return found ? http::json(json_of(shown(*found)))
                 : refused(ChargebackRefusal::unknown_chargeback);
  });
  const std::string evidence = "/api/v1/merchants/{merchant}/chargebacks/{chargeback}/evidence";
  auto given = of_merchant(s, Method::get, evidence, reads, "What was said for the merchant");
  given.response = schema_of<EvidenceListOut>();
  given.refusals = {"unknown_merchant", "unknown_chargeback"};
  router.read(given, [s](Context& c) { return read_evidence(s, c); });
  auto give = of_merchant(s, Method::post, evidence,
                          {"orders.refund", Owner::merchant, Rate::write, Idempotency::required},
                          "Evidence before the deadline; kept sealed under the order's key");
  give.request = schema_of<EvidenceIn>();
  give.response = schema_of<ChargebackOut>();
  give.success = 201;
  give.refusals = {"unknown_merchant", "unknown_chargeback", "chargeback_closed", "too_many",
                   "person_erased"};
  router.write(give, [s](Context& c) { return give_evidence(s, c); });
}

}  // namespace

void mount_chargebacks(http::Router& router, const SettlementServices& s) {
  mount_merchants(router, s);
  auto all = of_operators(Method::get, "/api/v1/chargebacks", "payments.read", Idempotency::safe,
                          "Chargebacks of all merchants, newest first");
  all.response = schema_of<ChargebackListOut>();
  all.query = {{"limit", "1 to 100", "integer"}, {"starting_after", "A chargeback's id"}};
  router.read(all, [s](Context& c) { return list(s, c, true); });
  auto recorded =
      of_operators(Method::post, "/api/v1/chargebacks", "payments.write", Idempotency::required,
                   "A dispute that a provider told by other means than a webhook");
  recorded.request = schema_of<ChargebackIn>();
  recorded.response = schema_of<ChargebackListOut>();
  recorded.success = 201;
  recorded.refusals = {"unknown_payment", "not_paid"};
  router.write(recorded, [s](Context& c) { return record(s, c); });
  auto decided = of_operators(Method::post, "/api/v1/chargebacks/{chargeback}/decision",
                              "payments.write", Idempotency::required, "Won or lost");
  decided.request = schema_of<ChargebackDecisionIn>();
  decided.response = schema_of<ChargebackOut>();
  decided.refusals = {"unknown_chargeback", "chargeback_closed"};
  router.write(decided, [s](Context& c) { return decision(s, c); });
}

}  // namespace fondaco::orders
