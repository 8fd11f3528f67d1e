#include "events.h"

#include <fondaco/base/check.h>
#include <fondaco/events/payments.h>
#include <fondaco/storage/publish.h>

#include <algorithm>
#include <set>

namespace fondaco::payments {
namespace {

constexpr storage::Sql kInsert{"payments.record.batch", R"sql(
  INSERT INTO payments_payment (shard, id, group_id, provider, method, amount_minor, currency,
    state, provider_ref, version, more, open_since, events)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, 0, $10, $11))sql",
                               R"sql(
  INSERT INTO payments_payment (shard, id, group_id, provider, method, amount_minor, currency,
    state, provider_ref, version, more, open_since, events)
  SELECT shard, id, group_id, provider, method, amount_minor, currency, state, provider_ref,
         1, 0, open_since, events
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::bigint[],
      $7::text[], $8::bigint[], $9::text[], $10::bigint[], $11::text[])
      AS n(shard, id, group_id, provider, method, amount_minor, currency, state, provider_ref,
           open_since, events))sql"};

constexpr storage::Sql kLoad{"payments.load.batch", R"sql(
  SELECT id, group_id, provider, method, amount_minor, currency, state, provider_ref, version,
         more, events
    FROM payments_payment WHERE shard = $1 AND id = $2)sql",
                             R"sql(
  SELECT p.id, p.group_id, p.provider, p.method, p.amount_minor, p.currency, p.state,
         p.provider_ref, p.version, p.more, p.events
    FROM unnest($1::bigint[], $2::bigint[]) AS k(shard, id)
    JOIN payments_payment p ON p.shard = k.shard AND p.id = k.id)sql"};

constexpr storage::Sql kMore{"payments.more_events", R"sql(
  SELECT type, result, operation, amount_minor, at, key, note
    FROM payments_event WHERE shard = $1 AND payment_id = $2 ORDER BY id)sql"};

// The version is a guard: two processes that append at once do not lose an event.
constexpr storage::Sql kAppend{"payments.append.batch", R"sql(
  UPDATE payments_payment
     SET state = $4, provider_ref = $5, more = $6, open_since = $7, events = $8, version = $3
   WHERE shard = $1 AND id = $2 AND version = $3 - 1)sql",
                               R"sql(
  UPDATE payments_payment p
     SET state = n.state, provider_ref = n.provider_ref, more = n.more,
         open_since = n.open_since, events = n.events, version = n.version
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[],
      $6::bigint[], $7::bigint[], $8::text[])
      AS n(shard, id, version, state, provider_ref, more, open_since, events)
   WHERE p.shard = n.shard AND p.id = n.id AND p.version = n.version - 1)sql"};

constexpr storage::Sql kInsertEvent{"payments.insert_event.batch", R"sql(
  INSERT INTO payments_event (shard, id, payment_id, type, result, operation, amount_minor, at,
    key, note)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10))sql",
                                    R"sql(
  INSERT INTO payments_event (shard, id, payment_id, type, result, operation, amount_minor, at,
    key, note)
  SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[],
    $6::bigint[], $7::bigint[], $8::bigint[], $9::text[], $10::text[]))sql"};

constexpr std::size_t kPacked = 16;      // Events inside the row; the others have rows.
constexpr std::size_t kEventsMax = 500;  // Of one payment.
constexpr std::size_t kKeyBytes = 64;
constexpr std::size_t kNoteBytes = 500;
constexpr std::size_t kNameBytes = 32;
constexpr std::size_t kRefBytes = 200;

void check(const PaymentEvent& e) {
  FONDACO_CHECK(e.amount_minor >= 0);
  FONDACO_CHECK(e.operation >= 1);
  FONDACO_CHECK(!e.key.empty() && e.key.size() <= kKeyBytes);
  FONDACO_CHECK(e.note.size() <= kNoteBytes);
}

std::optional<std::int64_t> us_of(std::optional<Instant> t) {
  return t ? std::optional(t->us) : std::nullopt;
}

PaymentEvent event_from(const storage::Row& row) {
  return {.type = static_cast<EventType>(row.integer(0)),
          .result = static_cast<EventResult>(row.integer(1)),
          .operation = row.integer(2),
          .amount_minor = row.integer(3),
          .at = row.instant(4),
          .key = row.str(5),
          .note = row.str(6)};
}

/// What is worth telling others: orders tells of captures and authorisations itself.
bool is_news(PaymentState before, PaymentState after) {
  return before != after &&
         (after == PaymentState::failed || after == PaymentState::cancelled ||
          after == PaymentState::partially_refunded || after == PaymentState::refunded);
}

void tell(storage::Tx& tx, const Payment& p) {
  const PaymentSums s = sums(p.events);
  storage::publish(tx, p.id.value, p.version,
                   events::PaymentChanged{p.id,
                                          p.group,
                                          boost::describe::enum_to_string(p.state, "unknown"),
                                          {s.charged, p.amount.currency},
                                          {s.refunded, p.amount.currency}});
}

/// One call of append_events().
class Append {
 public:
  explicit Append(storage::Tx& tx) : tx_(tx) {}

  std::vector<Appended> run(std::span<const NewEvent> events) {
    std::vector<PaymentId> ids;
    for (const NewEvent& e : events) ids.push_back(e.payment);
    for (Payment& p : load(tx_, ids)) {
      const PaymentState before = p.state;
      const std::size_t stored = p.events.size();
      targets_.emplace(p.id, Target{std::move(p), before, stored});
    }
    std::vector<Appended> out;
    out.reserve(events.size());
    for (const NewEvent& e : events) out.push_back({.done = take(e)});
    write();
    for (std::size_t i = 0; i < events.size(); ++i) {
      const auto at = targets_.find(events[i].payment);
      if (at == targets_.end()) continue;
      out[i].before = at->second.before;
      out[i].after = at->second.payment.state;
    }
    return out;
  }

 private:
  struct Target {
    Payment payment;
    PaymentState before;
    std::size_t stored;  // So many of the events are in the database.
    bool touched = false;
  };

  Appended::Done take(const NewEvent& e) {
    check(e.event);
    FONDACO_CHECK(e.provider_ref.size() <= kRefBytes);
    const auto at = targets_.find(e.payment);
    if (at == targets_.end()) return Appended::Done::unknown_payment;
    Target& t = at->second;
    if (t.payment.provider_ref.empty() && !e.provider_ref.empty()) {
      t.payment.provider_ref = e.provider_ref;
      t.touched = true;
    }
    if (knows(t.payment.events, e.event)) return Appended::Done::repeated;
    if (t.payment.events.size() >= kEventsMax) return Appended::Done::full;
    t.payment.events.push_back(e.event);
    t.touched = true;
    return Appended::Done::applied;
  }

  void write() {
    const auto updates = tx_.batch(kAppend);
    const auto inserts = tx_.batch(kInsertEvent);
    for (auto& [id, t] : targets_) {
      if (!t.touched) continue;
      Payment& p = t.payment;
      p.state = derive(p.events);
      ++p.version;
      const std::span<const PaymentEvent> all = p.events;
      const std::size_t packed = std::min(all.size(), kPacked);
      for (std::size_t i = std::max(t.stored, packed); i < all.size(); ++i) {
        const PaymentEvent& e = all[i];
        inserts->add({id.shard(), tx_.next_id<PaymentEventId>(id.shard()), id, e.type, e.result,
                      e.operation, e.amount_minor, e.at, e.key, e.note});
      }
      const std::string text = pack(all.first(packed));
      updates->add({id.shard(), id, p.version, p.state, p.provider_ref, all.size() - packed,
                    us_of(open_since(all)), text});
      if (is_news(t.before, p.state)) tell(tx_, p);
    }
    updates->finish();
    inserts->finish();
  }

  storage::Tx& tx_;
  std::map<PaymentId, Target> targets_;  // Sorted: rows are written in the order of their keys.
};

}  // namespace

void record(storage::Tx& tx, std::span<const NewPayment> payments) {
  const auto batch = tx.batch(kInsert);
  for (const NewPayment& p : payments) {
    FONDACO_CHECK(!p.events.empty() && p.events.size() <= kPacked);
    FONDACO_CHECK(p.amount.minor >= 0);
    FONDACO_CHECK(p.provider.size() <= kNameBytes && p.method.size() <= kNameBytes);
    FONDACO_CHECK(p.provider_ref.size() <= kRefBytes);
    for (const PaymentEvent& e : p.events) check(e);
    const std::string text = pack(p.events);
    batch->add({p.id.shard(), p.id, p.group, p.provider, p.method, p.amount.minor,
                p.amount.currency, derive(p.events), p.provider_ref, us_of(open_since(p.events)),
                text});
  }
  batch->finish();
}

std::vector<Appended> append_events(storage::Tx& tx, std::span<const NewEvent> events) {
  if (events.empty()) return {};
  return Append(tx).run(events);
}

std::vector<Payment> load(storage::Read& read, std::span<const PaymentId> ids) {
  std::vector<Payment> out;
  std::vector<std::size_t> longer;
  const auto lookup = read.lookup(kLoad);
  for (const PaymentId id : std::set<PaymentId>(ids.begin(), ids.end())) {
    lookup->add({id.shard(), id});
  }
  lookup->run([&](const storage::Row& row) {
    if (row.integer(9) > 0) longer.push_back(out.size());
    out.push_back({.id = row.id<PaymentId>(0),
                   .group = row.id<OrderGroupId>(1),
                   .provider = row.str(2),
                   .method = row.str(3),
                   .amount = {row.integer(4), row.currency(5)},
                   .state = static_cast<PaymentState>(row.integer(6)),
                   .provider_ref = row.str(7),
                   .version = row.integer(8),
                   .events = unpack(row.text(10))});
  });
  for (const std::size_t i : longer) {
    read.each(kMore, {out[i].id.shard(), out[i].id},
              [&](const storage::Row& row) { out[i].events.push_back(event_from(row)); });
  }
  return out;
}

std::optional<Payment> find(storage::Read& read, PaymentId id) {
  auto found = load(read, {&id, 1});
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

}  // namespace fondaco::payments
