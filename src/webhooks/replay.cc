#include "rows.h"

#include <fondaco/base/text.h>
#include <fondaco/events/webhooks.h>
#include <fondaco/webhooks/envelope.h>

#include <algorithm>

namespace fondaco::webhooks {
namespace {

constexpr int kPage = 500;
constexpr int kLookedAt = 20'000;
constexpr std::size_t kMostEvents = 500;
constexpr int kNodes = 16;

/// The number before the first event of a node at or after `from`: halved, since they come in the
/// order of time. Events of one commit may differ by moments; so it begins a minute early.
std::int64_t before_time(storage::Outbox& outbox, int node, Instant from) {
  if (outbox.after(node, 0, 1).empty()) return 0;
  const Instant early = from - minutes(1);
  std::int64_t low = 0;                       // Known to be before it.
  std::int64_t high = std::int64_t{1} << 47;  // Known to be at or after it, or empty.
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    const auto next = outbox.after(node, middle, 1);
    if (next.empty() || next[0].occurred_at >= early) {
      high = middle;
    } else {
      low = next[0].seq;
    }
  }
  return low;
}

}  // namespace

std::optional<EventPlace> parse_event_id(std::string_view text) {
  const auto dash = text.find('-');
  if (dash == text.npos) return std::nullopt;
  const auto node = parse_int(text.substr(0, dash));
  const auto seq = parse_int(text.substr(dash + 1));
  if (!node || !seq || *node < 0 || *node >= kNodes || *seq < 0) return std::nullopt;
  return EventPlace{static_cast<int>(*node), *seq};
}

std::optional<storage::StoredEvent> find_event(storage::Store& store, EventPlace place) {
  auto found = store.outbox().after(place.node, place.seq - 1, 1);
  if (found.empty() || found[0].seq != place.seq) return std::nullopt;
  return std::move(found[0]);
}

Found find_events(storage::Store& store, const Endpoint& endpoint, Instant from, Instant to,
                  std::optional<EventPlace> after) {
  Found out;
  int looked = 0;
  for (int node = after ? after->node : 0; node < kNodes; ++node) {
    const bool goes_on = after && node == after->node;
    EventPlace at{node, goes_on ? after->seq : before_time(store.outbox(), node, from)};
    for (;;) {
      auto page = store.outbox().after(node, at.seq, kPage);
      for (auto& event : page) {
        at.seq = event.seq;
        ++looked;
        const bool in_time = event.occurred_at >= from && event.occurred_at < to;
        if (in_time && is_for(endpoint, event)) out.events.push_back(std::move(event));
        if (out.events.size() >= kMostEvents || looked >= kLookedAt) {
          out.next = at;
          return out;
        }
      }
      const bool past = !page.empty() && page.back().occurred_at >= to + minutes(1);
      if (page.size() < kPage || past) break;
    }
  }
  return out;
}

Result<std::int64_t, Refusal> replay(storage::Tx& tx, MerchantId merchant, WebhookId id,
                                     std::span<const storage::StoredEvent> events) {
  const auto endpoint = find_endpoint(tx, id);
  if (!endpoint || endpoint->merchant != merchant) return Refused{Refusal::unknown_endpoint};
  if (endpoint->state != EndpointState::active) return Refused{Refusal::not_active};
  // Its filter does not matter here: who asks for one event by its name gets it.
  const bool all = std::all_of(events.begin(), events.end(), [&](const auto& event) {
    if (event.type == events::WebhookTest::kType) return event.entity == id.value;
    return !endpoint->merchant || merchant_of(event) == endpoint->merchant;
  });
  if (!all) return Refused{Refusal::unknown_event};
  for (const auto& event : events) queue(tx, *endpoint, event);
  return static_cast<std::int64_t>(events.size());
}

}  // namespace fondaco::webhooks
