#include <fondaco/base/json.h>
#include <fondaco/base/text.h>
#include <fondaco/community/disputes.h>
#include <fondaco/events/community.h>
#include <fondaco/events/orders.h>
#include <fondaco/orders.h>
#include <fondaco/storage/publish.h>

namespace fondaco::community {
namespace {

constexpr storage::Sql kInsert{"community.dispute_insert", R"sql(
  INSERT INTO community_dispute (shard, id, refund_id, order_id, merchant_id, person_id, key_id,
    state, merchant_spoke, due, version)
  VALUES ($1, $2, $3, $4, $5, $6, $7, 1, 0, $8, 1))sql"};

constexpr storage::Sql kChange{"community.dispute_change", R"sql(
  UPDATE community_dispute SET state = $4, merchant_spoke = $5, due = $6, version = version + 1
   WHERE shard = $1 AND id = $2 AND version = $3)sql"};

constexpr storage::Sql kFind{"community.dispute_find", R"sql(
  SELECT id, refund_id, order_id, merchant_id, person_id, key_id, state, merchant_spoke, due,
         version
    FROM community_dispute WHERE shard = $1 AND id = $2)sql"};

constexpr storage::Sql kOfRefund{"community.dispute_of_refund", R"sql(
  SELECT id, refund_id, order_id, merchant_id, person_id, key_id, state, merchant_spoke, due,
         version
    FROM community_dispute WHERE shard = $1 AND refund_id = $2)sql"};

constexpr storage::Sql kOpen{"community.disputes_open", R"sql(
  SELECT id, refund_id, order_id, merchant_id, person_id, key_id, state, merchant_spoke, due,
         version
    FROM community_dispute WHERE state < 3 AND id > $1 ORDER BY id LIMIT $2)sql"};

constexpr storage::Sql kOfMerchant{"community.disputes_of_merchant", R"sql(
  SELECT id, refund_id, order_id, merchant_id, person_id, key_id, state, merchant_spoke, due,
         version
    FROM community_dispute WHERE merchant_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3)sql"};

constexpr storage::Sql kSay{"community.statement_insert", R"sql(
  INSERT INTO community_statement (shard, id, dispute_id, side, author_id, text)
  VALUES ($1, $2, $3, $4, $5, $6))sql"};

constexpr storage::Sql kSaid{"community.statements_of", R"sql(
  SELECT id, side, text FROM community_statement
   WHERE shard = $1 AND dispute_id = $2 ORDER BY id)sql"};

constexpr storage::Sql kCount{"community.statements_count", R"sql(
  SELECT COUNT(*) FROM community_statement WHERE shard = $1 AND dispute_id = $2)sql"};

constexpr std::string_view kTimer = "community.evidence_due";
constexpr std::string_view kSilence = "The merchant gave no answer in time.";

Dispute dispute_from(const storage::Row& row) {
  return {.id = row.id<DisputeId>(0),
          .refund = row.id<RefundId>(1),
          .order = row.id<OrderId>(2),
          .merchant = row.id<MerchantId>(3),
          .person = row.id<PersonId>(4),
          .key = row.id<KeyId>(5),
          .state = static_cast<DisputeState>(row.integer(6)),
          .merchant_spoke = row.flag(7),
          .due = row.instant(8),
          .version = row.integer(9)};
}

void store(storage::Tx& tx, Dispute& d) {
  const auto changed =
      tx.exec(kChange, {d.id.shard(), d.id, d.version, d.state, d.merchant_spoke, d.due});
  if (changed != 1) throw storage::GuardFailed(kChange.name);
  ++d.version;
  storage::publish(
      tx, d.id.value, d.version,
      events::DisputeChanged{d.id, d.refund, d.order, d.merchant, d.person,
                             boost::describe::enum_to_string(d.state, "unknown"), d.due.us});
}

}  // namespace

void Disputes::wire() {
  parts_.store.timers().handle(std::string(kTimer),
                               [this](storage::Tx& tx, const storage::Timer& timer) {
                                 evidence_due(tx, DisputeId{timer.ref});
                               });
  parts_.store.outbox().once(
      "community.disputes", {std::string(events::RefundChanged::kType)}, parts_.store.main(),
      [this](storage::Tx& tx, std::span<const storage::StoredEvent> told) {
        for (const auto& event : told) {
          const auto changed = read_json<events::RefundChanged>(event.payload);
          FONDACO_CHECK(changed.ok());
          follow(tx, {changed->refund, changed->order, changed->state == "arbitration",
                      event.occurred_at});
        }
      });
}

void Disputes::follow(storage::Tx& tx, const RefundStep& step) {
  const auto [refund, order_id, in_arbitration, at] = step;
  auto d = dispute_of(tx, refund);
  if (!d && !in_arbitration) return;
  if (d) {
    // A refund that left arbitration was decided, or the two have agreed.
    if (!in_arbitration && d->state != DisputeState::decided) {
      d->state = DisputeState::decided;
      d->due = {};
      store(tx, *d);
    }
    return;
  }
  const auto order = orders::find_order(tx, order_id);
  FONDACO_CHECK(order.has_value());
  const auto id = tx.next_id<DisputeId>(order_id.shard());
  const Instant due = at + kEvidenceTime;
  tx.exec(kInsert,
          {id.shard(), id, refund, order_id, order->merchant, order->person, order->key, due});
  tx.schedule(kTimer, due, id.value);
  storage::publish(tx, id.value, 1,
                   events::DisputeChanged{id, refund, order_id, order->merchant, order->person,
                                          "evidence", due.us});
}

void Disputes::evidence_due(storage::Tx& tx, DisputeId id) {
  auto d = find_dispute(tx, id);
  if (!d || d->state != DisputeState::evidence) return;
  if (!d->merchant_spoke) {
    std::string sealed;
    if (parts_.keyring.exists(d->key)) sealed = parts_.keyring.seal(d->key, kSilence);
    // Should orders refuse, somebody has to look at it: it then waits for the platform.
    if (parts_.court(tx, {d->refund, true, std::nullopt, std::move(sealed)})) {
      d->state = DisputeState::decided;
      d->due = {};
      store(tx, *d);
      return;
    }
  }
  d->state = DisputeState::waiting;
  d->due = tx.now() + kDecisionTime;
  store(tx, *d);
}

Result<Statement, DisputeRefusal> Disputes::say(storage::Tx& tx, DisputeId id, Side side,
                                                PersonId author, std::string_view text) {
  auto d = find_dispute(tx, id);
  if (!d) return Refused{DisputeRefusal::unknown_dispute};
  if (d->state != DisputeState::evidence || !parts_.keyring.exists(d->key)) {
    return Refused{DisputeRefusal::evidence_closed};
  }
  if (trim(text).empty()) return Refused{DisputeRefusal::empty_text};
  if (text.size() > kMostText) return Refused{DisputeRefusal::text_too_long};
  if (tx.scalar(kCount, {id.shard(), id}).value_or(0) >= kMostStatements) {
    return Refused{DisputeRefusal::too_many_statements};
  }
  const auto statement = tx.next_id<StatementId>(id.shard());
  const std::string sealed = parts_.keyring.seal(d->key, text);
  tx.exec(kSay, {statement.shard(), statement, id, side, author, storage::Blob{sealed}});
  if (side == Side::merchant) d->merchant_spoke = true;
  store(tx, *d);
  return Statement{statement, side, std::string(text)};
}

Result<Dispute, DisputeRefusal> Disputes::decide(storage::Tx& tx, DisputeId id, bool granted,
                                                 std::optional<std::int64_t> amount,
                                                 std::string_view text) {
  auto d = find_dispute(tx, id);
  if (!d) return Refused{DisputeRefusal::unknown_dispute};
  if (d->state == DisputeState::decided) return Refused{DisputeRefusal::not_open};
  if (text.size() > kMostText) return Refused{DisputeRefusal::text_too_long};
  std::string sealed;
  if (!text.empty() && parts_.keyring.exists(d->key)) sealed = parts_.keyring.seal(d->key, text);
  if (!parts_.court(tx, {d->refund, granted, amount, std::move(sealed)})) {
    return Refused{DisputeRefusal::bad_amount};
  }
  d->state = DisputeState::decided;
  d->due = {};
  store(tx, *d);
  return *d;
}

std::vector<Statement> Disputes::statements(storage::Read& read, const Dispute& d) const {
  return read.all(kSaid, {d.id.shard(), d.id}, [&](const storage::Row& row) {
    return Statement{row.id<StatementId>(0), static_cast<Side>(row.integer(1)),
                     parts_.keyring.open(d.key, row.blob(2))};
  });
}

std::optional<Dispute> find_dispute(storage::Read& read, DisputeId id) {
  return read.first(kFind, {id.shard(), id}, dispute_from);
}

std::optional<Dispute> dispute_of(storage::Read& read, RefundId refund) {
  return read.first(kOfRefund, {refund.shard(), refund}, dispute_from);
}

std::vector<Dispute> open_disputes(storage::Read& read, DisputeId after, int limit) {
  return read.all(kOpen, {after, limit}, dispute_from);
}

std::vector<Dispute> disputes_of_merchant(storage::Read& read, MerchantId merchant,
                                          DisputeId before, int limit) {
  const std::int64_t until = before ? before.value : INT64_MAX;
  return read.all(kOfMerchant, {merchant, until, limit}, dispute_from);
}

}  // namespace fondaco::community
