#include "chargeback_rows.h"

#include <map>

namespace fondaco::orders {
namespace {

constexpr storage::Sql kInsert{"orders.chargeback_insert", R"sql(
  INSERT INTO orders_chargeback
    (id, shard, order_id, group_id, payment_id, merchant_id, provider_ref, currency, amount, fee,
     reason, state, due, opened_at, closed_at, evidence, version)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17))sql"};
constexpr storage::Sql kUpdate{"orders.chargeback_update", R"sql(
  UPDATE orders_chargeback
     SET state = $4, due = $5, closed_at = $6, evidence = $7, version = version + 1
   WHERE id = $1 AND shard = $2 AND version = $3)sql"};
constexpr storage::Sql kOne{"orders.chargeback_one", R"sql(
  SELECT id, order_id, group_id, payment_id, merchant_id, provider_ref, currency, amount, fee,
         reason, state, due, opened_at, closed_at, evidence, version
    FROM orders_chargeback WHERE id = $1 AND shard = $2)sql"};
constexpr storage::Sql kOfPayment{"orders.chargebacks_of_payment", R"sql(
  SELECT id, order_id, group_id, payment_id, merchant_id, provider_ref, currency, amount, fee,
         reason, state, due, opened_at, closed_at, evidence, version
    FROM orders_chargeback WHERE payment_id = $1 ORDER BY id)sql"};
constexpr storage::Sql kOfMerchant{"orders.chargebacks_of_merchant", R"sql(
  SELECT id, order_id, group_id, payment_id, merchant_id, provider_ref, currency, amount, fee,
         reason, state, due, opened_at, closed_at, evidence, version
    FROM orders_chargeback WHERE merchant_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3)sql"};
constexpr storage::Sql kNewest{"orders.chargebacks_newest", R"sql(
  SELECT id, order_id, group_id, payment_id, merchant_id, provider_ref, currency, amount, fee,
         reason, state, due, opened_at, closed_at, evidence, version
    FROM orders_chargeback WHERE id < $1 ORDER BY id DESC LIMIT $2)sql"};
constexpr storage::Sql kOpen{"orders.chargebacks_open", R"sql(
  SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM orders_chargeback
   WHERE merchant_id = $1 AND currency = $2 AND state IN (1, 2))sql"};
constexpr storage::Sql kVerify{"orders.verify_chargebacks", R"sql(
  SELECT currency, CAST(SUM(CASE WHEN state IN (1, 2) THEN amount ELSE 0 END) AS BIGINT),
         CAST(COUNT(*) AS BIGINT)
    FROM orders_chargeback GROUP BY currency)sql"};
constexpr storage::Sql kEvidenceInsert{"orders.evidence_insert", R"sql(
  INSERT INTO orders_chargeback_evidence (id, shard, chargeback_id, kind, key_id, sealed, actor, at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8))sql"};
constexpr storage::Sql kEvidence{"orders.evidence_of", R"sql(
  SELECT kind, key_id, sealed, actor, at FROM orders_chargeback_evidence
   WHERE chargeback_id = $1 ORDER BY id LIMIT 100)sql"};

Chargeback row_of(const storage::Row& row) {
  Chargeback c;
  c.id = row.id<ChargebackId>(0);
  c.order = row.id<OrderId>(1);
  c.group = row.id<OrderGroupId>(2);
  c.payment = row.id<PaymentId>(3);
  c.merchant = row.id<MerchantId>(4);
  c.provider_ref = row.str(5);
  c.amount = {row.integer(7), row.currency(6)};
  c.fee = row.integer(8);
  c.reason = row.str(9);
  c.state = static_cast<ChargebackState>(row.integer(10));
  c.due = row.instant(11);
  c.opened_at = row.instant(12);
  c.closed_at = row.instant(13);
  c.evidence = row.integer(14);
  c.version = row.integer(15);
  return c;
}

}  // namespace

void insert_chargeback(storage::Tx& tx, const Chargeback& c) {
  tx.exec(kInsert, {c.id, c.id.shard(), c.order, c.group, c.payment, c.merchant, c.provider_ref,
                    c.amount.currency, c.amount.minor, c.fee, c.reason, c.state, c.due, c.opened_at,
                    c.closed_at, c.evidence, c.version});
}

void update_chargeback(storage::Tx& tx, Chargeback& c) {
  const std::int64_t rows =
      tx.exec(kUpdate, {c.id, c.id.shard(), c.version, c.state, c.due, c.closed_at, c.evidence});
  FONDACO_CHECK(rows == 1);
  ++c.version;
}

std::vector<Chargeback> chargebacks_of_payment(storage::Read& read, PaymentId payment) {
  return read.all(kOfPayment, {payment}, row_of);
}

void insert_evidence(storage::Tx& tx, const Chargeback& c, const NewEvidence& e) {
  const std::int64_t id = tx.next_id<ChargebackId>(c.id.shard()).value;
  tx.exec(kEvidenceInsert,
          {id, c.id.shard(), c.id, e.kind, e.key, storage::Blob{e.sealed}, tx.actor(), tx.now()});
}

std::optional<Chargeback> find_chargeback(storage::Read& read, ChargebackId id) {
  return read.first(kOne, {id, id.shard()}, row_of);
}

std::vector<Chargeback> chargebacks_of(storage::Read& read, MerchantId merchant,
                                       ChargebackId before, int limit) {
  return read.all(kOfMerchant, {merchant, before ? before.value : INT64_MAX, limit}, row_of);
}

std::vector<Chargeback> list_chargebacks(storage::Read& read, ChargebackId before, int limit) {
  return read.all(kNewest, {before ? before.value : INT64_MAX, limit}, row_of);
}

std::int64_t open_chargebacks(storage::Read& read, MerchantId merchant, Currency currency) {
  return read.scalar(kOpen, {merchant, currency}).value_or(0);
}

std::vector<Evidence> evidence_of(storage::Read& read, ChargebackId id) {
  return read.all(kEvidence, {id}, [](const storage::Row& row) {
    return Evidence{row.str(0), row.id<KeyId>(1), std::string(row.blob(2)), row.str(3),
                    row.instant(4)};
  });
}

void verify_chargebacks(storage::Read& read, storage::Findings& findings) {
  std::map<Currency, std::int64_t> open;
  read.each(kVerify, {}, [&](const storage::Row& row) {
    open[row.currency(0)] = row.integer(1);
    findings.checked["chargebacks"] += row.integer(2);
  });
  const auto accounts = ledger::accounts_of(read, ledger::AccountKind::chargeback_receivable, 0);
  for (const auto& a : accounts) {
    if (a.balance != -open[a.ref.currency]) {
      findings.differences.push_back({"open chargebacks", std::string(a.ref.currency.code()),
                                      a.balance, -open[a.ref.currency]});
    }
    open.erase(a.ref.currency);
  }
  for (const auto& [currency, amount] : open) {
    if (amount == 0) continue;
    findings.differences.push_back({"open chargebacks", std::string(currency.code()), 0, -amount});
  }
}

}  // namespace fondaco::orders
