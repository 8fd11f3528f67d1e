// Webhooks: endpoints, their deliveries and replay. Depends on base, events, storage, shoppers.
//
// Invariant: of one endpoint and entity exactly one open delivery is not `behind`.
#pragma once

#include <fondaco/base/ids.h>
#include <fondaco/base/result.h>
#include <fondaco/shoppers/keyring.h>
#include <fondaco/storage/findings.h>
#include <fondaco/storage/outbox.h>
#include <fondaco/storage/store.h>

#include <boost/describe/enum.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fondaco::webhooks {

inline constexpr std::size_t kMostEndpoints = 20;  // Of one merchant, removed ones not counted.
inline constexpr std::size_t kMostTypes = 20;      // Filters of one endpoint.
inline constexpr Duration kOldSecret = hours(24);  // How long the one before signs as well.

/// Stored as numbers: a released number keeps its meaning.
enum class EndpointState {
  active = 1,
  disabled = 2,  // By its owner.
  gone = 3,      // Its receiver answered 410.
  removed = 4,   // By its owner, for good; its log stays.
};
BOOST_DESCRIBE_ENUM(EndpointState, active, disabled, gone, removed)

enum class DeliveryState {
  waiting = 1,
  delivered = 2,
  failed = 3,     // Given up after the last attempt.
  cancelled = 4,  // Its endpoint was removed.
};
BOOST_DESCRIBE_ENUM(DeliveryState, waiting, delivered, failed, cancelled)

enum class Refusal {
  unknown_endpoint,
  unknown_delivery,
  unknown_event,  // No such event, or not one that this endpoint may get.
  url_malformed,  // https://host/…, at most 2,000 bytes, no user, no fragment.
  types_malformed,
  description_too_long,  // 200 bytes.
  too_many,              // kMostEndpoints.
  removed,               // A removed endpoint does not change any more.
  not_active,            // Only an active one is sent anything.
  version_changed,
  range_malformed,  // Replay needs an event, or from before to.
};

/// Which events: "*", "order.*", "order.placed".
class TypeFilter {
 public:
  TypeFilter() = default;
  /// Nothing unless every word is "*", a group with ".*", or a type. Empty words: everything.
  static std::optional<TypeFilter> parse(std::span<const std::string> words);
  /// Words with blanks or commas between.
  static std::optional<TypeFilter> parse(std::string_view text);
  bool wants(std::string_view type) const;
  const std::vector<std::string>& words() const { return words_; }
  std::string text() const;

 private:
  std::vector<std::string> words_;  // Empty: all.
};

struct Endpoint {
  WebhookId id;
  MerchantId merchant;  // 0: the operator's, which gets events of every merchant.
  std::string url;
  TypeFilter types;
  std::string description;
  EndpointState state = EndpointState::active;
  KeyId key;           // Under which both secrets are sealed.
  std::string secret;  // Sealed; so is the old one, which is empty when there is none.
  std::string old_secret;
  Instant old_until;
  Instant created_at;
  std::int64_t version = 0;
};

struct NewEndpoint {
  MerchantId merchant;
  std::string url;
  std::vector<std::string> types;
  std::string description;
  shoppers::SealedFor secret;  // seal_new(new_secret(random)), made outside the transaction.
  bool plain_http = false;     // The operator allows http:// and private addresses.
};
/// Refuses url_malformed, types_malformed, description_too_long, too_many.
Result<Endpoint, Refusal> create_endpoint(storage::Tx& tx, const NewEndpoint& wanted);

struct EndpointChange {
  std::optional<std::string> url;
  std::optional<std::vector<std::string>> types;
  std::optional<std::string> description;
  std::optional<bool> enabled;  // True also after `gone`: what waits is sent then.
  bool plain_http = false;
};
/// Refuses unknown_endpoint (another merchant's too), removed, version_changed and as
/// create_endpoint.
Result<Endpoint, Refusal> change_endpoint(storage::Tx& tx, MerchantId merchant, WebhookId id,
                                          const EndpointChange& change,
                                          std::optional<std::int64_t> if_version);
/// What waits is cancelled; the log stays. Refuses unknown_endpoint, removed.
Result<Unit, Refusal> remove_endpoint(storage::Tx& tx, MerchantId merchant, WebhookId id);
/// `sealed` is the new secret under the endpoint's key; the one before signs for kOldSecret more.
/// Refuses unknown_endpoint, removed.
Result<Endpoint, Refusal> rotate_secret(storage::Tx& tx, MerchantId merchant, WebhookId id,
                                        std::string_view sealed);
/// Publishes webhooks.test, which this endpoint alone gets. Refuses unknown_endpoint, not_active.
Result<Unit, Refusal> send_test(storage::Tx& tx, MerchantId merchant, WebhookId id);

std::optional<Endpoint> find_endpoint(storage::Read& read, WebhookId id);
/// Those of one merchant (0: the operator's) in order of id, removed ones left out.
std::vector<Endpoint> endpoints_of(storage::Read& read, MerchantId merchant);
std::vector<Endpoint> active_endpoints(storage::Read& read);

/// The outbox's subscriber: a row for each endpoint that wants an event and may see it. Without
/// endpoints it costs one look-up a batch.
void fan_out(storage::Tx& tx, std::span<const storage::StoredEvent> events);

// ---- The log --------------------------------------------------------------------------------

struct Delivery {
  DeliveryId id;
  WebhookId endpoint;
  int node = 0;
  std::int64_t seq = 0;
  std::string type;
  std::int64_t entity = 0;
  DeliveryState state = DeliveryState::waiting;
  bool behind = false;
  Instant next_at;
  std::int64_t attempts = 0;
  std::int64_t status = 0;  // Of the last attempt; 0: none, or no answer.
  Instant created_at;
  Instant ended_at;  // 0: still open.
};
struct Attempt {
  Instant at;
  std::int64_t status = 0;
  Duration latency;
  std::string error;   // Why there was no answer: a word or two.
  std::string answer;  // At most 1,024 bytes.
};
std::optional<Delivery> find_delivery(storage::Read& read, DeliveryId id);
/// Newest first, ids below `before` (0: from the newest).
std::vector<Delivery> deliveries_of(storage::Read& read, WebhookId endpoint, DeliveryId before,
                                    int limit, std::optional<DeliveryState> only = {});
/// Oldest first.
std::vector<Attempt> attempts_of(storage::Read& read, DeliveryId id);
/// Deletes at most 500 ended deliveries older than `until`, with their attempts; returns how many.
std::int64_t purge(storage::Tx& tx, Instant until);

// ---- Replay ---------------------------------------------------------------------------------

struct EventPlace {
  int node = 0;
  std::int64_t seq = 0;
};
/// "0-123" and back.
std::string event_id(EventPlace place);
std::optional<EventPlace> parse_event_id(std::string_view text);

struct Found {
  std::vector<storage::StoredEvent> events;
  std::optional<EventPlace> next;  // Go on after this one; nothing: that was all.
};
/// Events that this endpoint may get, from `from` until before `to`, behind `after`: at most 500
/// of at most 20,000 looked at. Reads the outbox, so: outside a transaction.
Found find_events(storage::Store& store, const Endpoint& endpoint, Instant from, Instant to,
                  std::optional<EventPlace> after);
std::optional<storage::StoredEvent> find_event(storage::Store& store, EventPlace place);
/// Queues them again, in order behind what waits. Refuses unknown_endpoint, not_active,
/// unknown_event when one is not for this endpoint. Returns how many.
Result<std::int64_t, Refusal> replay(storage::Tx& tx, MerchantId merchant, WebhookId id,
                                     std::span<const storage::StoredEvent> events);

/// Counts "webhook_deliveries"; an entity with none or two that may be sent is a difference.
void verify(storage::Read& read, storage::Findings& findings);

std::vector<storage::Migration> migrations();

}  // namespace fondaco::webhooks
