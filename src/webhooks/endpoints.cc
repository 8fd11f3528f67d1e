#include "rows.h"

#include <fondaco/events/webhooks.h>
#include <fondaco/storage/publish.h>
#include <fondaco/webhooks/post.h>

namespace fondaco::webhooks {
namespace {

constexpr storage::Sql kInsert{"webhooks.add_endpoint", R"sql(
  INSERT INTO webhooks_endpoint (shard, id, merchant_id, url, types, description, state, key_id,
    secret, old_secret, old_until, created_at, version)
  VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $8, $9, 0, $10, 1))sql"};

constexpr storage::Sql kUpdate{"webhooks.change_endpoint", R"sql(
  UPDATE webhooks_endpoint SET url = $3, types = $4, description = $5, state = $6, secret = $7,
         old_secret = $8, old_until = $9, version = version + 1
   WHERE shard = $1 AND id = $2)sql"};

constexpr storage::Sql kCancel{"webhooks.cancel_waiting", R"sql(
  UPDATE webhooks_delivery SET state = 4, open = 0, behind = 0, ended_at = $3
   WHERE shard = $1 AND endpoint_id = $2 AND open = 1)sql"};

constexpr std::size_t kDescription = 200;

std::optional<Refusal> wrong(const std::string& url, std::span<const std::string> types,
                             const std::string& description, bool plain_http) {
  if (!is_target(url, plain_http)) return Refusal::url_malformed;
  if (!TypeFilter::parse(types)) return Refusal::types_malformed;
  if (description.size() > kDescription) return Refusal::description_too_long;
  return std::nullopt;
}

void save(storage::Tx& tx, Endpoint& e, std::string_view what) {
  tx.exec(kUpdate, {e.id.shard(), e.id, e.url, e.types.text(), e.description, e.state,
                    storage::Blob{e.secret}, storage::Blob{e.old_secret}, e.old_until});
  ++e.version;
  announce(tx, e, what);
}

Result<Endpoint, Refusal> own(storage::Read& read, MerchantId merchant, WebhookId id) {
  auto endpoint = find_endpoint(read, id);
  if (!endpoint || endpoint->merchant != merchant) return Refused{Refusal::unknown_endpoint};
  if (endpoint->state == EndpointState::removed) return Refused{Refusal::removed};
  return std::move(*endpoint);
}

}  // namespace

Result<Endpoint, Refusal> create_endpoint(storage::Tx& tx, const NewEndpoint& wanted) {
  if (const auto why = wrong(wanted.url, wanted.types, wanted.description, wanted.plain_http)) {
    return Refused{*why};
  }
  if (endpoints_of(tx, wanted.merchant).size() >= kMostEndpoints) return Refused{Refusal::too_many};
  Endpoint e;
  e.id = tx.next_id<WebhookId>(wanted.merchant.shard());
  e.merchant = wanted.merchant;
  e.url = wanted.url;
  e.types = *TypeFilter::parse(wanted.types);
  e.description = wanted.description;
  e.key = wanted.secret.key;
  e.secret = wanted.secret.bytes;
  e.created_at = tx.now();
  e.version = 1;
  tx.exec(kInsert, {e.id.shard(), e.id, e.merchant, e.url, e.types.text(), e.description, e.key,
                    storage::Blob{e.secret}, storage::Blob{e.old_secret}, e.created_at});
  announce(tx, e, "created");
  return e;
}

Result<Endpoint, Refusal> change_endpoint(storage::Tx& tx, MerchantId merchant, WebhookId id,
                                          const EndpointChange& change,
                                          std::optional<std::int64_t> if_version) {
  auto found = own(tx, merchant, id);
  if (!found.ok()) return found;
  Endpoint& e = *found;
  if (if_version && *if_version != e.version) return Refused{Refusal::version_changed};
  const bool plain = change.plain_http || !change.url;  // One that is there stays as it is.
  const auto types = change.types.value_or(e.types.words());
  const auto url = change.url.value_or(e.url);
  const auto description = change.description.value_or(e.description);
  if (const auto why = wrong(url, types, description, plain)) return Refused{*why};
  e.url = url;
  e.types = *TypeFilter::parse(types);
  e.description = description;
  std::string_view what = "changed";
  if (change.enabled && *change.enabled != (e.state == EndpointState::active)) {
    e.state = *change.enabled ? EndpointState::active : EndpointState::disabled;
    what = *change.enabled ? "enabled" : "disabled";
  }
  save(tx, e, what);
  return found;
}

Result<Unit, Refusal> remove_endpoint(storage::Tx& tx, MerchantId merchant, WebhookId id) {
  auto found = own(tx, merchant, id);
  if (!found.ok()) return Refused{found.refusal()};
  found->state = EndpointState::removed;
  found->secret.clear();
  found->old_secret.clear();
  save(tx, *found, "removed");
  tx.exec(kCancel, {id.shard(), id, tx.now()});
  return Unit{};
}

Result<Endpoint, Refusal> rotate_secret(storage::Tx& tx, MerchantId merchant, WebhookId id,
                                        std::string_view sealed) {
  auto found = own(tx, merchant, id);
  if (!found.ok()) return found;
  found->old_secret = std::exchange(found->secret, std::string(sealed));
  found->old_until = tx.now() + kOldSecret;
  save(tx, *found, "secret_rotated");
  return found;
}

Result<Unit, Refusal> send_test(storage::Tx& tx, MerchantId merchant, WebhookId id) {
  const auto found = own(tx, merchant, id);
  if (!found.ok()) return Refused{found.refusal()};
  if (found->state != EndpointState::active) return Refused{Refusal::not_active};
  storage::publish(tx, id.value, found->version, events::WebhookTest{id, merchant});
  return Unit{};
}

}  // namespace fondaco::webhooks
