#include "payout_rows.h"

#include <fondaco/base/json.h>
#include <fondaco/events/settlement.h>
#include <fondaco/storage/publish.h>

#include <unordered_map>

namespace fondaco::orders {
namespace {

constexpr storage::Sql kPlanInsert{"orders.plan_insert", R"sql(
  INSERT INTO orders_payout_plan
    (id, shard, schedule, on_day, minimum, reserve_bp, reserve_days, held, hold_reason, hold_until,
     last_day, key_id, bank, bank_shown, vat_id, version)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1))sql"};
constexpr storage::Sql kPlanUpdate{"orders.plan_update", R"sql(
  UPDATE orders_payout_plan
     SET schedule = $3, on_day = $4, minimum = $5, reserve_bp = $6, reserve_days = $7, held = $8,
         hold_reason = $9, hold_until = $10, last_day = $11, key_id = $12, bank = $13,
         bank_shown = $14, vat_id = $15, version = version + 1
   WHERE id = $1 AND shard = $2)sql"};
constexpr storage::Sql kPlansAfter{"orders.plans_after", R"sql(
  SELECT id, schedule, on_day, minimum, reserve_bp, reserve_days, held, hold_reason, hold_until,
         last_day, key_id, bank, bank_shown, vat_id, version
    FROM orders_payout_plan WHERE id > $1 ORDER BY id LIMIT $2)sql"};
constexpr storage::Sql kPlans{"orders.plans.batch", R"sql(
  SELECT id, schedule, on_day, minimum, reserve_bp, reserve_days, held, hold_reason, hold_until,
         last_day, key_id, bank, bank_shown, vat_id, version
    FROM orders_payout_plan WHERE shard = $1 AND id = $2)sql",
                              R"sql(
  SELECT p.id, p.schedule, p.on_day, p.minimum, p.reserve_bp, p.reserve_days, p.held,
         p.hold_reason, p.hold_until, p.last_day, p.key_id, p.bank, p.bank_shown,
         p.vat_id, p.version
    FROM unnest($1::bigint[], $2::bigint[]) AS k (shard, id)
    JOIN orders_payout_plan p ON p.shard = k.shard AND p.id = k.id)sql"};
constexpr storage::Sql kLookedAt{"orders.plan_looked_at.batch", R"sql(
  UPDATE orders_payout_plan SET last_day = $3 WHERE shard = $1 AND id = $2)sql",
                                 R"sql(
  UPDATE orders_payout_plan AS p SET last_day = c.day
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS c (shard, id, day)
   WHERE p.shard = c.shard AND p.id = c.id)sql"};

constexpr storage::Sql kInsert{"orders.payout_insert", R"sql(
  INSERT INTO orders_payout
    (id, shard, merchant_id, currency, amount, state, rail, bank_shown, key_id, bank, attempts,
     next_at, rail_ref, code, file_id, created_at, ended_at, version)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18))sql"};
constexpr storage::Sql kUpdate{"orders.payout_update", R"sql(
  UPDATE orders_payout
     SET state = $4, attempts = $5, next_at = $6, rail_ref = $7, code = $8, file_id = $9,
         ended_at = $10, version = version + 1
   WHERE id = $1 AND shard = $2 AND version = $3)sql"};
constexpr storage::Sql kOne{"orders.payout_one", R"sql(
  SELECT id, merchant_id, currency, amount, state, rail, bank_shown, key_id, bank, attempts,
         next_at, rail_ref, code, file_id, created_at, ended_at, version
    FROM orders_payout WHERE id = $1 AND shard = $2)sql"};
constexpr storage::Sql kOfMerchant{"orders.payouts_of_merchant", R"sql(
  SELECT id, merchant_id, currency, amount, state, rail, bank_shown, key_id, bank, attempts,
         next_at, rail_ref, code, file_id, created_at, ended_at, version
    FROM orders_payout WHERE merchant_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3)sql"};
constexpr storage::Sql kNewest{"orders.payouts_newest", R"sql(
  SELECT id, merchant_id, currency, amount, state, rail, bank_shown, key_id, bank, attempts,
         next_at, rail_ref, code, file_id, created_at, ended_at, version
    FROM orders_payout WHERE id < $1 ORDER BY id DESC LIMIT $2)sql"};
constexpr storage::Sql kOfState{"orders.payouts_of_state", R"sql(
  SELECT id, merchant_id, currency, amount, state, rail, bank_shown, key_id, bank, attempts,
         next_at, rail_ref, code, file_id, created_at, ended_at, version
    FROM orders_payout WHERE state = $1 AND id < $2 ORDER BY id DESC LIMIT $3)sql"};
constexpr storage::Sql kToSend{"orders.payouts_to_send", R"sql(
  SELECT id, merchant_id, currency, amount, state, rail, bank_shown, key_id, bank, attempts,
         next_at, rail_ref, code, file_id, created_at, ended_at, version
    FROM orders_payout WHERE state IN (1, 2, 5) AND next_at <= $1 ORDER BY id LIMIT $2)sql"};
constexpr storage::Sql kOfFile{"orders.payouts_of_file", R"sql(
  SELECT id, merchant_id, currency, amount, state, rail, bank_shown, key_id, bank, attempts,
         next_at, rail_ref, code, file_id, created_at, ended_at, version
    FROM orders_payout WHERE file_id = $1 ORDER BY id)sql"};

PayoutPlan plan_row(const storage::Row& row) {
  PayoutPlan p;
  p.merchant = row.id<MerchantId>(0);
  p.schedule = static_cast<PayoutSchedule>(row.integer(1));
  p.on_day = row.integer(2);
  p.minimum = row.integer(3);
  p.reserve_bp = row.integer(4);
  p.reserve_days = row.integer(5);
  p.held = row.flag(6);
  p.hold_reason = row.str(7);
  p.hold_until = row.instant(8);
  p.last_day = row.integer(9);
  p.key = row.id<KeyId>(10);
  p.bank = std::string(row.blob(11));
  p.bank_shown = row.str(12);
  p.vat_id = row.str(13);
  p.version = row.integer(14);
  return p;
}

Payout payout_row(const storage::Row& row) {
  Payout p;
  p.id = row.id<PayoutId>(0);
  p.merchant = row.id<MerchantId>(1);
  p.amount = {row.integer(3), row.currency(2)};
  p.state = static_cast<PayoutStatus>(row.integer(4));
  p.rail = row.str(5);
  p.bank_shown = row.str(6);
  p.key = row.id<KeyId>(7);
  p.bank = std::string(row.blob(8));
  p.attempts = row.integer(9);
  p.next_at = row.instant(10);
  p.rail_ref = row.str(11);
  p.code = row.str(12);
  p.file = row.integer(13);
  p.created_at = row.instant(14);
  p.ended_at = row.instant(15);
  p.version = row.integer(16);
  return p;
}

PayoutPlan default_plan(MerchantId merchant) {
  PayoutPlan p;
  p.merchant = merchant;
  return p;
}

}  // namespace

PayoutPlan payout_plan(storage::Read& read, MerchantId merchant) {
  return load_plans(read, {&merchant, 1}).front();
}

std::vector<PayoutPlan> plans_after(storage::Read& read, MerchantId after, int limit) {
  return read.all(kPlansAfter, {after, limit}, plan_row);
}

std::vector<PayoutPlan> load_plans(storage::Read& read, std::span<const MerchantId> merchants) {
  std::unordered_map<MerchantId, PayoutPlan> found;
  const auto lookup = read.lookup(kPlans);
  for (const MerchantId id : merchants) {
    if (found.emplace(id, default_plan(id)).second) lookup->add({id.shard(), id});
  }
  lookup->run([&](const storage::Row& row) { found[row.id<MerchantId>(0)] = plan_row(row); });
  std::vector<PayoutPlan> out;
  for (const MerchantId id : merchants) out.push_back(found.at(id));
  return out;
}

void write_plan(storage::Tx& tx, const PayoutPlan& p) {
  const storage::Args args{p.merchant,
                           p.merchant.shard(),
                           p.schedule,
                           p.on_day,
                           p.minimum,
                           p.reserve_bp,
                           p.reserve_days,
                           p.held ? 1 : 0,
                           p.hold_reason,
                           p.hold_until,
                           p.last_day,
                           p.key,
                           storage::Blob{p.bank},
                           p.bank_shown,
                           p.vat_id};
  if (tx.exec(kPlanUpdate, args) == 0) tx.exec(kPlanInsert, args);
}

void mark_looked_at(storage::Tx& tx, std::span<const PayoutPlan> plans, std::int64_t day) {
  const auto batch = tx.batch(kLookedAt);
  for (const PayoutPlan& p : plans) batch->add({p.merchant.shard(), p.merchant, day});
  batch->finish();
}

void insert_payout(storage::Tx& tx, const Payout& p) {
  tx.exec(kInsert, {p.id, p.id.shard(), p.merchant, p.amount.currency, p.amount.minor, p.state,
                    p.rail, p.bank_shown, p.key, storage::Blob{p.bank}, p.attempts, p.next_at,
                    p.rail_ref, p.code, p.file, p.created_at, p.ended_at, p.version});
}

bool update_payout(storage::Tx& tx, Payout& p) {
  const std::int64_t rows = tx.exec(kUpdate, {p.id, p.id.shard(), p.version, p.state, p.attempts,
                                              p.next_at, p.rail_ref, p.code, p.file, p.ended_at});
  if (rows == 1) ++p.version;
  return rows == 1;
}

std::optional<Payout> find_payout(storage::Read& read, PayoutId id) {
  return read.first(kOne, {id, id.shard()}, payout_row);
}

std::vector<Payout> payouts_of(storage::Read& read, MerchantId merchant, PayoutId before,
                               int limit) {
  const std::int64_t end = before ? before.value : INT64_MAX;
  return read.all(kOfMerchant, {merchant, end, limit}, payout_row);
}

std::vector<Payout> list_payouts(storage::Read& read, std::optional<PayoutStatus> only,
                                 PayoutId before, int limit) {
  const std::int64_t end = before ? before.value : INT64_MAX;
  if (!only) return read.all(kNewest, {end, limit}, payout_row);
  return read.all(kOfState, {*only, end, limit}, payout_row);
}

std::vector<Payout> payouts_to_send(storage::Read& read, Instant now, int limit) {
  return read.all(kToSend, {now, limit}, payout_row);
}

std::vector<Payout> payouts_of_file(storage::Read& read, std::int64_t file) {
  return read.all(kOfFile, {file}, payout_row);
}

void move_money(storage::Tx& tx, ledger::AccountBook& book, const Payout& payout,
                const ledger::AccountRef& from, const ledger::AccountRef& to) {
  const std::int64_t x = payout.amount.minor;
  const ledger::Journal j{tx.next_id<JournalId>(payout.id.shard()),
                          ledger::Kind::payout,
                          payout.id.value,
                          payout.amount.currency,
                          {{book.resolve(tx, from), -x}, {book.resolve(tx, to), x}}};
  ledger::post(tx, {&j, 1});
}

void publish_payout(storage::Tx& tx, const Payout& p) {
  storage::publish(
      tx, p.id.value, p.version,
      events::PayoutChanged{p.id, p.merchant, p.amount,
                            boost::describe::enum_to_string(p.state, "unknown"), p.code});
}

}  // namespace fondaco::orders
