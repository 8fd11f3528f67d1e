#include "api.h"

#include <fondaco/base/json.h>
#include <fondaco/base/product.h>
#include <fondaco/base/text.h>
#include <fondaco/http/router.h>

#include <map>
#include <mutex>
#include <vector>

namespace fondaco::server {
namespace {

constexpr int kReplayPage = 500;
constexpr int kReplayMost = 100'000;

/// CloudEvents 1.0, JSON format.
std::string cloud_event(const storage::StoredEvent& e) {
  std::string out;
  JsonWriter w(out);
  w.begin_object().member("specversion", "1.0");
  w.member("id", std::to_string(e.node) + "-" + std::to_string(e.seq));
  w.member("source", "/" + std::string(product::kName));
  w.member("type", std::string(product::kEventPrefix) + e.type + ".v" + std::to_string(e.version));
  w.member("time", e.occurred_at).member("subject", std::to_string(e.entity));
  w.member("entityversion", e.entity_version).member("actor", e.actor);
  w.member("datacontenttype", "application/json").key("data").raw(e.payload).end_object();
  return out;
}

bool send(http::Stream& stream, const storage::StoredEvent& e) {
  const std::string id = std::to_string(e.node) + "-" + std::to_string(e.seq);
  return stream.send(id, e.type, cloud_event(e));
}

/// All open streams. The first events of a stream come from the table, the others as they happen.
class EventStreams {
 public:
  explicit EventStreams(storage::Store& store) : store_(store) {
    store_.outbox().every_process("event_stream", {}, [this](auto events) { pass_on(events); });
  }

  void open(std::shared_ptr<http::Stream> stream, std::string_view last_id) {
    const auto dash = last_id.find('-');
    const auto node = parse_int(last_id.substr(0, dash));
    const auto seq =
        dash == std::string_view::npos ? std::nullopt : parse_int(last_id.substr(dash + 1));
    Open open{std::move(stream), {}};
    if (node && seq) {
      open.seen[static_cast<int>(*node)] = *seq;
      if (!replay(open, static_cast<int>(*node))) return;
    }
    // What happened while the table was read: the rest, with nobody passing on meanwhile.
    const std::scoped_lock lock(mutex_);
    if (node && seq && !replay(open, static_cast<int>(*node))) return;
    streams_.push_back(std::move(open));
  }

 private:
  struct Open {
    std::shared_ptr<http::Stream> stream;
    std::map<int, std::int64_t> seen;  // By node.

    /// False when the peer is gone.
    bool pass(const storage::StoredEvent& e) {
      auto& last = seen[e.node];
      if (e.seq <= last) return true;
      last = e.seq;
      return send(*stream, e);
    }
  };

  /// False when the peer is gone, or has to come back with the last id that it has seen.
  bool replay(Open& open, int node) {
    for (int sent = 0; sent < kReplayMost; sent += kReplayPage) {
      const auto events = store_.outbox().after(node, open.seen[node], kReplayPage);
      for (const auto& e : events) {
        if (!open.pass(e)) return false;
      }
      if (events.size() < kReplayPage) return true;
    }
    open.stream->close();
    return false;
  }

  void pass_on(std::span<const storage::StoredEvent> events) {
    const std::scoped_lock lock(mutex_);
    std::erase_if(streams_, [&](Open& open) {
      for (const auto& e : events) {
        if (!open.pass(e)) return true;
      }
      return open.stream->closed();
    });
  }

  storage::Store& store_;
  std::mutex mutex_;
  std::vector<Open> streams_;  // Guarded by mutex_.
};

}  // namespace

void mount_event_stream(http::Router& router, storage::Store& store) {
  auto streams = std::make_shared<EventStreams>(store);
  http::Route route;
  route.path = "/api/v1/events";
  route.access = {"events.read", http::Owner::operators, http::Rate::read, http::Idempotency::safe};
  route.summary = "What happens, as CloudEvents; goes on after Last-Event-ID (node-seq)";
  route.request = http::Schema::none();
  route.response = http::Schema::text("text/event-stream");
  route.query = {{"last_event_id", "Instead of the header, for browsers"}};
  router.events(std::move(route),
                [streams](http::Context& c, std::shared_ptr<http::Stream> stream) {
                  streams->open(std::move(stream), http::last_event_id(c));
                });
}

}  // namespace fondaco::server
