#include "api_json.h"

#include <fondaco/webhooks/envelope.h>
#include <fondaco/webhooks/sign.h>

namespace fondaco::webhooks {
namespace {

using http::Context;
using http::Method;
using http::Response;
using http::Route;
using http::Schema;
using http::WritePlan;

/// The same routes twice: the operator's own endpoints and each merchant's.
struct Side {
  std::string prefix;
  http::Owner owner;
};
const Side kOperator{"/api/v1", http::Owner::operators};
const Side kMerchant{"/api/v1/merchants/{merchant}", http::Owner::merchant};

MerchantId merchant_in(const Side& side, const Context& c) {
  if (side.owner == http::Owner::operators) return {};
  return c.id_param<MerchantId>("merchant").value_or(MerchantId{});
}

Response problem_of(Refusal why) {
  switch (why) {
    case Refusal::unknown_endpoint:
      return http::problem(404, "unknown_webhook", "there is no such webhook here");
    case Refusal::unknown_delivery:
      return http::problem(404, "unknown_delivery", "this webhook has no such delivery");
    case Refusal::unknown_event:
      return http::problem(404, "unknown_event", "there is no such event for this webhook");
    case Refusal::url_malformed:
      return http::invalid("/url",
                           "has to be https://host/…, at most 2000 bytes, without user "
                           "and fragment");
    case Refusal::types_malformed:
      return http::invalid("/types", "has at most 20 of *, group.* or group.name");
    case Refusal::description_too_long:
      return http::invalid("/description", "has to be at most 200 bytes");
    case Refusal::too_many:
      return http::problem(409, "too_many", "there are 20 webhooks already");
    case Refusal::removed:
      return http::problem(409, "webhook_removed", "a removed webhook does not change any more");
    case Refusal::not_active:
      return http::problem(409, "webhook_not_active", "only an active webhook is sent anything");
    case Refusal::version_changed:
      return http::problem(412, "version_changed", "somebody else changed it meanwhile");
    case Refusal::range_malformed:
      return http::invalid("", "name an event, or from and to with from before to");
  }
  return http::problem(500, "internal", "unnamed refusal");
}

Route route_of(const Side& side, Method method, std::string_view path, std::string summary) {
  const bool reads = method == Method::get;
  Route out{.method = method,
            .path = side.prefix + std::string(path),
            .access = {reads ? "webhooks.read" : "webhooks.write", side.owner,
                       reads ? http::Rate::read : http::Rate::write,
                       reads                    ? http::Idempotency::safe
                       : method == Method::post ? http::Idempotency::optional
                                                : http::Idempotency::natural},
            .summary = std::move(summary),
            .request = Schema::none(),
            .response = Schema::none()};
  if (side.owner == http::Owner::merchant) {
    out.merchant_of = [](Context& c) { return c.id_param<MerchantId>("merchant"); };
  }
  return out;
}

WebhookOut shown(const Endpoint& e, Instant now, std::optional<std::string> secret = {}) {
  WebhookOut out;
  out.id = e.id;
  if (e.merchant) out.merchant = e.merchant;
  out.url = e.url;
  out.types = e.types.words();
  if (out.types.empty()) out.types = {"*"};
  out.description = e.description;
  out.state = e.state;
  out.secret = std::move(secret);
  if (!e.old_secret.empty() && now < e.old_until) out.old_secret_until = e.old_until;
  out.created_at = e.created_at;
  return out;
}

DeliveryOut shown(const Delivery& d) {
  const bool open = d.state == DeliveryState::waiting;
  DeliveryOut out{.id = d.id,
                  .webhook = d.endpoint,
                  .event = event_id({d.node, d.seq}),
                  .type = d.type,
                  .state = d.state,
                  .behind_an_earlier_one = d.behind,
                  .attempts = d.attempts,
                  .last_status = d.status,
                  .next_attempt_at = {},
                  .created_at = d.created_at,
                  .ended_at = {}};
  if (open && !d.behind) out.next_attempt_at = d.next_at;
  if (!open) out.ended_at = d.ended_at;
  return out;
}

Response answer(const WebhookOut& out, std::int64_t version, int status = 200) {
  return http::json(json_of(out), status).with("ETag", http::etag_of(version));
}

template <class Out>
Response list_of(const std::vector<Out>& rows, bool more = false) {
  std::string items;
  for (const auto& row : rows) items += (items.empty() ? "" : ",") + json_of(row);
  return http::json(http::list_json(items, more));
}

/// The endpoint in the path, when it is on this side.
std::optional<Endpoint> endpoint_in(const Side& side, Context& c, storage::Read& read) {
  const auto id = c.id_param<WebhookId>("id");
  auto found = id ? find_endpoint(read, *id) : std::nullopt;
  if (!found || found->merchant != merchant_in(side, c)) return std::nullopt;
  return found;
}

bool allowed(const Services& s) { return s.private_addresses && s.private_addresses(); }

void mount_create(http::Router& router, const Services& s, const Side& side) {
  auto route =
      route_of(side, Method::post, "/webhooks", "Make a webhook; its secret is shown once");
  route.request = http::schema_of<WebhookIn>();
  route.response = http::schema_of<WebhookOut>();
  route.success = 201;
  route.refusals = {"invalid_request", "too_many"};
  router.write(std::move(route), [s, side](Context& c) -> WritePlan {
    auto body = http::body_as<WebhookIn>(c);
    if (!body.ok()) return std::move(body.refusal());
    SecureRandom random;
    const std::string secret = new_secret(random);
    NewEndpoint wanted{merchant_in(side, c),
                       body->url,
                       body->types.value_or(std::vector<std::string>{}),
                       body->description.value_or(""),
                       s.keyring.seal_new(secret),
                       allowed(s)};
    return [wanted = std::move(wanted), secret](storage::Tx& tx) {
      const auto made = create_endpoint(tx, wanted);
      if (!made.ok()) return problem_of(made.refusal());
      return answer(shown(*made, tx.now(), secret), made->version, 201);
    };
  });
}

void mount_reads(http::Router& router, const Side& side) {
  auto list = route_of(side, Method::get, "/webhooks", "Webhooks, removed ones left out");
  list.response = http::list_schema_of<WebhookOut>();
  router.read(std::move(list), [side](Context& c) {
    std::vector<WebhookOut> out;
    for (const auto& e : endpoints_of(c.read(), merchant_in(side, c))) {
      out.push_back(shown(e, c.now()));
    }
    return list_of(out);
  });
  auto one = route_of(side, Method::get, "/webhooks/{id}", "One webhook");
  one.response = http::schema_of<WebhookOut>();
  one.refusals = {"unknown_webhook"};
  router.read(std::move(one), [side](Context& c) {
    const auto e = endpoint_in(side, c, c.read());
    if (!e) return problem_of(Refusal::unknown_endpoint);
    return answer(shown(*e, c.now()), e->version);
  });
}

void mount_changes(http::Router& router, const Services& s, const Side& side) {
  auto patch = route_of(side, Method::patch, "/webhooks/{id}",
                        "Change a webhook, switch it off or on again");
  patch.request = http::schema_of<WebhookPatch>();
  patch.response = http::schema_of<WebhookOut>();
  patch.refusals = {"unknown_webhook", "webhook_removed", "version_changed", "invalid_request"};
  router.write(std::move(patch), [s, side](Context& c) -> WritePlan {
    auto body = http::body_as<WebhookPatch>(c);
    if (!body.ok()) return std::move(body.refusal());
    const auto now = endpoint_in(side, c, c.read());
    if (!now) return problem_of(Refusal::unknown_endpoint);
    if (auto stale = http::check_if_match(c, now->version)) return std::move(*stale);
    EndpointChange change{body->url, body->types, body->description, body->enabled, allowed(s)};
    return [id = now->id, version = now->version, merchant = now->merchant,
            change = std::move(change)](storage::Tx& tx) {
      const auto changed = change_endpoint(tx, merchant, id, change, version);
      if (!changed.ok()) return problem_of(changed.refusal());
      return answer(shown(*changed, tx.now()), changed->version);
    };
  });

  auto remove = route_of(side, Method::del, "/webhooks/{id}", "Remove a webhook; its log stays");
  remove.success = 204;
  remove.refusals = {"unknown_webhook", "webhook_removed"};
  router.write(std::move(remove), [side](Context& c) -> WritePlan {
    const auto id = c.id_param<WebhookId>("id");
    if (!id) return problem_of(Refusal::unknown_endpoint);
    return [id = *id, merchant = merchant_in(side, c)](storage::Tx& tx) {
      const auto removed = remove_endpoint(tx, merchant, id);
      return removed.ok() ? http::no_content() : problem_of(removed.refusal());
    };
  });

  auto rotate = route_of(side, Method::post, "/webhooks/{id}/secret",
                         "A new secret, shown once; the old one signs for 24 hours more");
  rotate.response = http::schema_of<WebhookOut>();
  rotate.refusals = {"unknown_webhook", "webhook_removed"};
  router.write(std::move(rotate), [s, side](Context& c) -> WritePlan {
    const auto e = endpoint_in(side, c, c.read());
    if (!e) return problem_of(Refusal::unknown_endpoint);
    SecureRandom random;
    std::string secret = new_secret(random);
    return [id = e->id, merchant = e->merchant, sealed = s.keyring.seal(e->key, secret),
            secret](storage::Tx& tx) {
      const auto changed = rotate_secret(tx, merchant, id, sealed);
      if (!changed.ok()) return problem_of(changed.refusal());
      return answer(shown(*changed, tx.now(), secret), changed->version);
    };
  });
}

void mount_log(http::Router& router, const Services& s, const Side& side) {
  auto list = route_of(side, Method::get, "/webhooks/{id}/deliveries", "Deliveries, newest first");
  list.response = http::list_schema_of<DeliveryOut>();
  list.query = {{"limit", "1 to 100, default 20", "integer"},
                {"starting_after", "id of the last one of the page before"},
                {"state", "waiting, delivered, failed or cancelled"}};
  list.refusals = {"unknown_webhook", "invalid_request"};
  router.read(std::move(list), [side](Context& c) {
    const auto page = http::page_of(c);
    if (!page.ok()) return page.refusal();
    const auto e = endpoint_in(side, c, c.read());
    if (!e) return problem_of(Refusal::unknown_endpoint);
    DeliveryId before;
    if (page->starting_after) {
      const auto id = id_from_text<DeliveryId>(*page->starting_after);
      if (!id) return http::invalid("/starting_after", "is no delivery's id");
      before = *id;
    }
    std::optional<DeliveryState> only;
    if (const auto text = c.request().query_value("state")) {
      DeliveryState state{};
      if (!boost::describe::enum_from_string(text->c_str(), state)) {
        return http::invalid("/state", "is waiting, delivered, failed or cancelled");
      }
      only = state;
    }
    auto rows = deliveries_of(c.read(), e->id, before, page->limit + 1, only);
    const bool more = rows.size() > static_cast<std::size_t>(page->limit);
    if (more) rows.pop_back();
    std::vector<DeliveryOut> out;
    for (const auto& d : rows) out.push_back(shown(d));
    return list_of(out, more);
  });

  auto one = route_of(side, Method::get, "/webhooks/{id}/deliveries/{delivery}",
                      "One delivery with its attempts and what is sent");
  one.response = http::schema_of<DeliveryDetailOut>();
  one.refusals = {"unknown_webhook", "unknown_delivery"};
  router.read(std::move(one), [s, side](Context& c) {
    const auto e = endpoint_in(side, c, c.read());
    if (!e) return problem_of(Refusal::unknown_endpoint);
    const auto id = c.id_param<DeliveryId>("delivery");
    const auto d = id ? find_delivery(c.read(), *id) : std::nullopt;
    if (!d || d->endpoint != e->id) return problem_of(Refusal::unknown_delivery);
    DeliveryDetailOut out{shown(*d), {}, {}};
    for (const auto& a : attempts_of(c.read(), *id)) {
      out.attempts.push_back({a.at, a.status, a.latency.us / 1'000, a.error, a.answer});
    }
    if (const auto event = find_event(s.store, {d->node, d->seq})) {
      out.body.text = cloud_event(*event);
    }
    return http::json(json_of(out));
  });
}

void mount_test(http::Router& router, const Side& side) {
  auto test = route_of(side, Method::post, "/webhooks/{id}/test", "Send webhooks.test to it");
  test.success = 202;
  test.refusals = {"unknown_webhook", "webhook_removed", "webhook_not_active"};
  router.write(std::move(test), [side](Context& c) -> WritePlan {
    const auto id = c.id_param<WebhookId>("id");
    if (!id) return problem_of(Refusal::unknown_endpoint);
    return [id = *id, merchant = merchant_in(side, c)](storage::Tx& tx) {
      const auto sent = send_test(tx, merchant, id);
      return sent.ok() ? http::json("{}", 202) : problem_of(sent.refusal());
    };
  });
}

/// What is to be sent again, or why not. Reads the outbox, so at the edge.
Result<Found, Refusal> wanted_of(const Services& s, const Endpoint& e, const ReplayIn& in,
                                 Instant now) {
  if (in.event) {
    const auto place = parse_event_id(*in.event);
    auto event = place ? find_event(s.store, *place) : std::nullopt;
    if (!event) return Refused{Refusal::unknown_event};
    Found one;
    one.events.push_back(std::move(*event));
    return one;
  }
  const Instant to = in.to.value_or(now);
  if (!in.from || *in.from >= to) return Refused{Refusal::range_malformed};
  std::optional<EventPlace> after;
  if (in.after) {
    after = parse_event_id(*in.after);
    if (!after) return Refused{Refusal::range_malformed};
  }
  return find_events(s.store, e, *in.from, to, after);
}

void mount_replay(http::Router& router, const Services& s, const Side& side) {
  auto route = route_of(side, Method::post, "/webhooks/{id}/replay",
                        "Send again: one event, or those of a time, 500 a call");
  route.request = http::schema_of<ReplayIn>();
  route.response = http::schema_of<ReplayOut>();
  route.success = 202;
  route.refusals = {"unknown_webhook", "unknown_event", "webhook_not_active", "invalid_request"};
  router.write(std::move(route), [s, side](Context& c) -> WritePlan {
    const auto body = http::body_as<ReplayIn>(c);
    if (!body.ok()) return body.refusal();
    const auto e = endpoint_in(side, c, c.read());
    if (!e) return problem_of(Refusal::unknown_endpoint);
    auto found = wanted_of(s, *e, *body, c.now());
    if (!found.ok()) return problem_of(found.refusal());
    return [id = e->id, merchant = e->merchant,
            found = std::make_shared<Found>(std::move(*found))](storage::Tx& tx) {
      const auto queued = replay(tx, merchant, id, found->events);
      if (!queued.ok()) return problem_of(queued.refusal());
      ReplayOut out{*queued, {}};
      if (found->next) out.next = event_id(*found->next);
      return http::json(json_of(out), 202);
    };
  });
}

}  // namespace

void mount(http::Router& router, Services services) {
  for (const Side& side : {kOperator, kMerchant}) {
    mount_create(router, services, side);
    mount_reads(router, side);
    mount_changes(router, services, side);
    mount_log(router, services, side);
    mount_test(router, side);
    mount_replay(router, services, side);
  }
}

}  // namespace fondaco::webhooks
