// The outbox: what happened, once, in order, in the transaction that made it so.
// Depends on tx.h; publish<E>() needs Boost.Describe and base/json.h, and so does who calls it.
// Position is (node, gapless seq). Delivery is at least once after commit.
#pragma once

#include <fondaco/storage/tx.h>

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace fondaco::storage {

class Database;

struct StoredEvent {
  int node = 0;
  std::int64_t seq = 0;
  std::string type;
  int version = 1;
  std::int64_t entity = 0;
  std::int64_t entity_version = 0;
  Instant occurred_at;
  std::string actor;
  std::string trace;
  std::string payload;
};

class Outbox {
 public:
  using Every = std::function<void(std::span<const StoredEvent>)>;
  using Once = std::function<void(Tx&, std::span<const StoredEvent>)>;

  virtual ~Outbox() = default;
  /// Each process gets every event from now on (search, caches, SSE, counters): position in
  /// memory. Runs on the dispatcher's thread. `types` empty: all.
  virtual void every_process(std::string name, std::vector<std::string> types, Every handler) = 0;
  /// One process at a time gets each event; the position moves in the handler's own transaction
  /// on `target` (main or derived). Batches of at most 512.
  virtual void once(std::string name, std::vector<std::string> types, Database& target,
                    Once handler) = 0;

  /// Events after a position of one node, oldest first, at most `limit` (for SSE and replay).
  virtual std::vector<StoredEvent> after(int node, std::int64_t seq, int limit) = 0;
  /// Newest stored position of this process's node.
  virtual std::int64_t last_seq() const = 0;
  virtual int node() const = 0;
  /// Sets a `once` subscriber back, so that it sees everything after (node, seq) again.
  virtual void rewind(const std::string& name, int node, std::int64_t seq) = 0;
  /// Deletes events before `until` that every `once` subscriber has seen; returns how many.
  virtual std::int64_t retain(Instant until) = 0;
  /// Blocks until everything committed before the call has reached every subscriber here.
  virtual void drain() = 0;
};

}  // namespace fondaco::storage
