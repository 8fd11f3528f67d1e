#include "connection.h"

#include <fondaco/storage/tx.h>

namespace fondaco::storage {

Engine Read::engine() const { return connection_.engine(); }

void Read::each(const Sql& sql, Args args, RowFn row) {
  connection_.each(sql, {args.begin(), args.size()}, row);
}

void Read::each(const Sql& sql, std::span<const Value> args, RowFn row) {
  connection_.each(sql, args, row);
}

std::optional<std::int64_t> Read::scalar(const Sql& sql, Args args) {
  std::optional<std::int64_t> out;
  bool seen = false;
  each(sql, args, [&](const Row& row) {
    if (!seen) out = row.maybe_integer(0);
    seen = true;
  });
  return out;
}

std::unique_ptr<BatchRead> Read::lookup(const Sql& sql) { return connection_.lookup(sql); }

std::int64_t Tx::exec(const Sql& sql, Args args) {
  return connection_.exec(sql, {args.begin(), args.size()});
}

std::unique_ptr<BatchWrite> Tx::batch(const Sql& sql) { return connection_.batch(sql); }

void Tx::publish(EventRecord event) {
  if (event.actor.empty()) event.actor = actor_;
  if (event.trace.empty()) event.trace = trace_;
  events_.push_back(std::move(event));
}

std::int64_t Tx::schedule(std::string_view kind, Instant due, std::int64_t ref) {
  const std::int64_t id = env_.ids.next_value(shard_of(ref));
  timers_.push_back({id, std::string(kind), due, ref});
  return id;
}

}  // namespace fondaco::storage
