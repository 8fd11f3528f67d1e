#include "api_json.h"

#include <fondaco/events/shoppers.h>
#include <fondaco/webhooks/envelope.h>

#include <map>
#include <mutex>
#include <vector>

namespace fondaco::webhooks {
namespace {

constexpr int kReplayPage = 500;
constexpr int kReplayMost = 100'000;

/// What somebody may see and wants to.
struct View {
  TypeFilter types;
  MerchantId merchant;  // 0: everybody's.
  std::string person;   // Who reads: "per_…".
};

/// An event, taken apart for as many streams as want it.
class Told {
 public:
  explicit Told(const storage::StoredEvent& event) : event_(event) {}
  const storage::StoredEvent& event() const { return event_; }
  bool is_for(const View& view) {
    if (!view.types.wants(event_.type)) return false;
    if (!view.merchant) return true;
    if (!std::exchange(known_, true)) merchant_ = merchant_of(event_);
    return merchant_ == view.merchant;
  }
  const std::string& text() {
    if (text_.empty()) text_ = cloud_event(event_);
    return text_;
  }

 private:
  const storage::StoredEvent& event_;
  bool known_ = false;
  std::optional<MerchantId> merchant_;
  std::string text_;
};

/// Rights of this person may have changed: the stream comes back and is asked again.
bool asks_again(const storage::StoredEvent& e, const std::string& person) {
  using namespace events;  // NOLINT: four names of it
  const bool rights = e.type == GrantsChanged::kType || e.type == TokenRevoked::kType ||
                      e.type == SessionsRevoked::kType || e.type == PersonErased::kType;
  return rights && e.payload.find('"' + person + '"') != e.payload.npos;
}

/// All open streams. The first events of a stream come from the table, the others as they happen.
class EventStreams {
 public:
  explicit EventStreams(storage::Store& store) : store_(store) {
    store_.outbox().every_process("event_stream", {}, [this](auto events) { pass_on(events); });
  }

  void open(std::shared_ptr<http::Stream> stream, View view, std::string_view last_id) {
    Open open{std::move(stream), std::move(view), {}};
    const auto place = parse_event_id(last_id);
    if (place) {
      open.seen[place->node] = place->seq;
      if (!replay(open, place->node)) return;
    }
    // What happened while the table was read: the rest, with nobody passing on meanwhile.
    const std::scoped_lock lock(mutex_);
    if (place && !replay(open, place->node)) return;
    streams_.push_back(std::move(open));
  }

 private:
  struct Open {
    std::shared_ptr<http::Stream> stream;
    View view;
    std::map<int, std::int64_t> seen;  // By node.

    /// False when the peer is gone.
    bool pass(Told& told) {
      const auto& e = told.event();
      auto& last = seen[e.node];
      if (e.seq <= last) return true;
      last = e.seq;
      if (!told.is_for(view)) return true;
      return stream->send(event_id({e.node, e.seq}), e.type, told.text());
    }
  };

  /// False when the peer is gone, or has to come back with the last id that it has seen.
  bool replay(Open& open, int node) {
    for (int sent = 0; sent < kReplayMost; sent += kReplayPage) {
      const auto events = store_.outbox().after(node, open.seen[node], kReplayPage);
      for (const auto& e : events) {
        Told told(e);
        if (!open.pass(told)) return false;
      }
      if (events.size() < kReplayPage) return true;
    }
    open.stream->close();
    return false;
  }

  void pass_on(std::span<const storage::StoredEvent> events) {
    const std::scoped_lock lock(mutex_);
    if (streams_.empty()) return;
    for (const auto& e : events) {
      Told told(e);
      std::erase_if(streams_, [&](Open& open) {
        if (!open.pass(told)) return true;
        if (asks_again(e, open.view.person)) open.stream->close();
        return open.stream->closed();
      });
    }
  }

  storage::Store& store_;
  std::mutex mutex_;
  std::vector<Open> streams_;  // Guarded by mutex_.
};

http::Route route_of(std::string path, std::string_view scope, http::Owner owner) {
  http::Route route;
  route.path = std::move(path);
  route.access = {scope, owner, http::Rate::read, http::Idempotency::safe};
  route.summary = "What happens, as CloudEvents; goes on after Last-Event-ID (node-seq)";
  route.request = http::Schema::none();
  route.response = http::Schema::text("text/event-stream");
  route.query = {{"types", "Which ones: order.*,refund.changed; all when left out"},
                 {"last_event_id", "Instead of the header, for browsers"}};
  return route;
}

}  // namespace

void mount_streams(http::Router& router, storage::Store& store) {
  auto streams = std::make_shared<EventStreams>(store);
  const auto open = [streams](http::Context& c, std::shared_ptr<http::Stream> stream,
                              MerchantId merchant) {
    auto types = TypeFilter::parse(std::string_view(c.request().query_value("types").value_or("")));
    // A filter that is none wants nothing: the stream ends rather than tell more than was asked.
    if (!types) return stream->close();
    streams->open(std::move(stream), {std::move(*types), merchant, c.who().actor()},
                  http::last_event_id(c));
  };
  auto all = route_of("/api/v1/events", "events.read", http::Owner::operators);
  all.query.push_back({"merchant", "Only events of this merchant, by id"});
  router.events(std::move(all), [open](http::Context& c, std::shared_ptr<http::Stream> stream) {
    const auto text = c.request().query_value("merchant");
    const auto merchant = text ? id_from_text<MerchantId>(*text) : std::optional(MerchantId{});
    if (!merchant) return stream->close();
    open(c, std::move(stream), *merchant);
  });
  auto own =
      route_of("/api/v1/merchants/{merchant}/events", "webhooks.read", http::Owner::merchant);
  own.merchant_of = [](http::Context& c) { return c.id_param<MerchantId>("merchant"); };
  router.events(std::move(own), [open](http::Context& c, std::shared_ptr<http::Stream> stream) {
    open(c, std::move(stream), c.id_param<MerchantId>("merchant").value_or(MerchantId{-1}));
  });
}

}  // namespace fondaco::webhooks
