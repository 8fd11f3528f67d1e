#include <fondaco/base/json.h>
#include <fondaco/http/router.h>
#include <fondaco/payments/api.h>

namespace fondaco::payments {
namespace {

using http::Context;
using http::Response;

struct EventOut {
  EventType type = EventType::charge;
  EventResult result = EventResult::request;
  std::int64_t operation = 1;
  Money amount;
  Instant at;
  std::string key;
  std::string note;
};
BOOST_DESCRIBE_STRUCT(EventOut, (), (type, result, operation, amount, at, key, note))

struct PaymentDetailOut {
  PaymentId id;
  OrderGroupId group;
  std::string provider;
  std::string method;
  std::string provider_ref;
  PaymentState state = PaymentState::pending;
  Money amount;
  Money authorized;
  Money charged;
  Money refunded;
  Money refunding;
  std::vector<EventOut> events;
};
BOOST_DESCRIBE_STRUCT(PaymentDetailOut, (),
                      (id, group, provider, method, provider_ref, state, amount, authorized,
                       charged, refunded, refunding, events))

struct ProviderWebhookOut {
  std::int64_t received = 0;
};
BOOST_DESCRIBE_STRUCT(ProviderWebhookOut, (), (received))

Response refused(WebhookRefusal refusal) {
  switch (refusal) {
    case WebhookRefusal::bad_signature:
      return http::problem(401, "bad_signature", "the signature does not fit these bytes");
    case WebhookRefusal::stale:
      return http::problem(401, "stale_signature", "the signature is older than 300 seconds");
    case WebhookRefusal::malformed:
      return http::problem(400, "malformed_webhook", "the body is not what this provider sends");
  }
  return http::problem(500, "internal", "unnamed refusal");
}

PaymentDetailOut shown(const Payment& p) {
  const PaymentSums s = sums(p.events);
  const auto money = [&](std::int64_t minor) { return Money{minor, p.amount.currency}; };
  PaymentDetailOut out{.id = p.id,
                       .group = p.group,
                       .provider = p.provider,
                       .method = p.method,
                       .provider_ref = p.provider_ref,
                       .state = p.state,
                       .amount = p.amount,
                       .authorized = money(s.authorized),
                       .charged = money(s.charged),
                       .refunded = money(s.refunded),
                       .refunding = money(s.refunding),
                       .events = {}};
  for (const PaymentEvent& e : p.events) {
    out.events.push_back({.type = e.type,
                          .result = e.result,
                          .operation = e.operation,
                          .amount = money(e.amount_minor),
                          .at = e.at,
                          .key = e.key,
                          .note = e.note});
  }
  return out;
}

Response one_payment(Context& c) {
  const auto id = c.id_param<PaymentId>("id");
  const auto payment = id ? find(c.read(), *id) : std::nullopt;
  if (!payment) return http::problem(404, "unknown_payment", "there is no such payment");
  return http::json(json_of(shown(*payment))).with("ETag", http::etag_of(payment->version));
}

/// Verified at the edge, over the bytes as they came; 200 only after the commit, so that the
/// provider sends again what we have not kept.
http::WritePlan take_webhook(Context& c, const Services& services) {
  PaymentProvider* provider = services.providers.find(c.param("provider"));
  if (!provider) return http::problem(404, "unknown_provider", "there is no such provider");
  Headers headers;
  for (const http::Header& h : c.request().headers) headers.emplace_back(h.name, h.value);
  auto events = provider->webhook(headers, c.request().body);
  if (!events.ok()) return refused(events.refusal());
  return [told = std::move(*events), &sink = services.sink](storage::Tx& tx) {
    sink(tx, told);
    return http::json(json_of(ProviderWebhookOut{static_cast<std::int64_t>(told.size())}));
  };
}

}  // namespace

void mount(http::Router& router, Services services) {
  using http::Idempotency;
  using http::Method;
  using http::Owner;
  using http::Rate;
  using http::Schema;
  const auto shared = std::make_shared<const Services>(std::move(services));
  router.write(
      {.method = Method::post,
       .path = "/api/v1/payments/webhooks/{provider}",
       .access = {"-", Owner::everyone, Rate::internal, Idempotency::natural},
       .summary = "What a payment provider tells; signed, may repeat",
       .request = Schema::text("application/json"),
       .response = http::schema_of<ProviderWebhookOut>(),
       .refusals = {"unknown_provider", "bad_signature", "stale_signature", "malformed_webhook"}},
      [shared](Context& c) { return take_webhook(c, *shared); });
  router.read({.method = Method::get,
               .path = "/api/v1/payments/{id}",
               .access = {"payments.read", Owner::operators, Rate::read, Idempotency::safe},
               .summary = "A payment with everything that was asked and said about it",
               .request = Schema::none(),
               .response = http::schema_of<PaymentDetailOut>(),
               .refusals = {"unknown_payment"}},
              one_payment);
}

}  // namespace fondaco::payments
