#include <fondaco/base/json.h>
#include <fondaco/base/product.h>
#include <fondaco/webhooks.h>
#include <fondaco/webhooks/envelope.h>

#include <algorithm>
#include <array>

namespace fondaco::webhooks {
namespace {

/// Groups of events that a merchant may see when they name it. What people do, and where a
/// movement of stock belongs that names no merchant, is the operator's.
constexpr auto kMerchantGroups = std::to_array<std::string_view>(
    {"catalog.", "chargeback.", "community.", "dispute.", "inventory.", "invoice.", "marketplace.",
     "order.", "payout.", "promotion.", "refund.", "return.", "shipment.", "webhooks."});

/// Sealed personal data and the name of its key, in whatever event they are.
constexpr auto kHidden = std::to_array<std::string_view>({"contact", "key"});

bool hides(std::string_view member) {
  return std::find(kHidden.begin(), kHidden.end(), member) != kHidden.end();
}

std::optional<boost::json::value> parsed(std::string_view payload) {
  boost::system::error_code failed;
  auto value = boost::json::parse(payload, failed);
  if (failed || !value.is_object()) return std::nullopt;
  return value;
}

/// The payload as it was, or without its hidden members.
std::string shown(const std::string& payload) {
  const bool some = std::any_of(kHidden.begin(), kHidden.end(), [&](std::string_view name) {
    return payload.find('"' + std::string(name) + "\":") != payload.npos;
  });
  if (!some) return payload;
  auto value = parsed(payload);
  if (!value) return payload;
  std::string out = "{";
  for (const auto& [name, member] : value->get_object()) {
    if (hides(name)) continue;
    if (out.size() > 1) out += ',';
    append_json_string(out, name);
    out += ':';
    out += boost::json::serialize(member);
  }
  return out + '}';
}

}  // namespace

std::string event_id(EventPlace place) {
  return std::to_string(place.node) + "-" + std::to_string(place.seq);
}

std::string cloud_event(const storage::StoredEvent& e) {
  std::string out;
  JsonWriter w(out);
  w.begin_object().member("specversion", "1.0");
  w.member("id", event_id({e.node, e.seq}));
  w.member("source", "/" + std::string(product::kName));
  w.member("type", std::string(product::kEventPrefix) + e.type + ".v" + std::to_string(e.version));
  w.member("time", e.occurred_at).member("subject", std::to_string(e.entity));
  w.member("entityversion", e.entity_version).member("actor", e.actor);
  w.member("datacontenttype", "application/json").key("data").raw(shown(e.payload)).end_object();
  return out;
}

std::optional<MerchantId> merchant_of(const storage::StoredEvent& e) {
  const bool theirs =
      std::any_of(kMerchantGroups.begin(), kMerchantGroups.end(),
                  [&](std::string_view group) { return e.type.starts_with(group); });
  const auto value = theirs ? parsed(e.payload) : std::nullopt;
  if (!value) return std::nullopt;
  for (const std::string_view member : {"merchant", "owner"}) {
    const auto* found = value->get_object().if_contains(member);
    if (!found || !found->is_string()) continue;
    const auto id = id_from_text<MerchantId>(std::string_view(found->get_string()));
    if (id && *id) return id;
  }
  return std::nullopt;
}

}  // namespace fondaco::webhooks
