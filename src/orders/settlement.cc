#include "payout_rows.h"

#include <fondaco/base/json.h>
#include <fondaco/base/log.h>
#include <fondaco/events/orders.h>
#include <fondaco/events/settlement.h>
#include <fondaco/ledger/seller.h>
#include <fondaco/marketplace.h>
#include <fondaco/orders/settlement.h>
#include <fondaco/storage/publish.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace fondaco::orders {

/// In settlement_reserve.cc.
void wire_reserves(storage::Store& store, ledger::AccountBook& book);

namespace {

using ledger::AccountKind;

constexpr storage::Sql kRates{"orders.commission_tax.batch", R"sql(
  SELECT id, basis_points FROM orders_commission_tax WHERE shard = $1 AND id = $2)sql",
                              R"sql(
  SELECT t.id, t.basis_points FROM unnest($1::bigint[], $2::bigint[]) AS k (shard, id)
    JOIN orders_commission_tax t ON t.shard = k.shard AND t.id = k.id)sql"};
constexpr storage::Sql kInsertRate{"orders.commission_tax_insert.batch", R"sql(
  INSERT INTO orders_commission_tax (id, shard, merchant_id, basis_points, reverse_charge)
  VALUES ($1, $2, $3, $4, $5))sql",
                                   R"sql(
  INSERT INTO orders_commission_tax (id, shard, merchant_id, basis_points, reverse_charge)
  SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[]))sql"};
constexpr storage::Sql kAfter{"orders.commission_tax_after.batch", R"sql(
  SELECT id, shard, basis_points FROM orders_commission_tax WHERE id > $2 AND $1 >= 0
   ORDER BY id LIMIT 1000)sql",
                              R"sql(
  SELECT id, shard, basis_points FROM orders_commission_tax WHERE (shard, id) > ($1, $2)
   ORDER BY shard, id LIMIT 1000)sql"};

std::int64_t tax_of(const ledger::RefTotals& t, std::int64_t basis_points) {
  return share({t.commission + t.payment_fee, t.currency}, basis_points, Round::half_up).minor;
}

/// Orders told of in these events, with their merchants, and what was released to whom.
struct Told {
  std::map<OrderId, MerchantId> orders;
  std::vector<Released> released;
};

Told told_by(std::span<const storage::StoredEvent> stored) {
  Told out;
  const auto broken = [](const storage::StoredEvent& e) {
    log::error("orders", "an event is not understood", {{"type", e.type}, {"seq", e.seq}});
  };
  for (const storage::StoredEvent& e : stored) {
    if (e.type == events::OrderReleased::kType) {
      const auto r = read_json<events::OrderReleased>(e.payload);
      if (!r.ok()) {
        broken(e);
        continue;
      }
      out.orders.emplace(r->order, r->merchant);
      out.released.push_back({r->merchant, r->to_merchant});
    } else if (e.type == events::RefundChanged::kType) {
      const auto r = read_json<events::RefundChanged>(e.payload);
      if (r.ok()) out.orders.emplace(r->order, r->merchant);
      if (!r.ok()) broken(e);
    }
  }
  return out;
}

/// Decides the rates of orders that have none yet, from what is true of their merchants now.
class Rates {
 public:
  Rates(storage::Tx& tx, const SettlementParts& parts) : tx_(tx), parts_(parts) {}

  void load(const Told& told) {
    const auto lookup = tx_.lookup(kRates);
    for (const auto& [order, merchant] : told.orders) lookup->add({order.shard(), order});
    lookup->run([&](const storage::Row& row) { known_[row.id<OrderId>(0)] = row.integer(1); });
    std::vector<std::pair<OrderId, MerchantId>> fresh;
    std::set<MerchantId> merchants;
    for (const auto& [order, merchant] : told.orders) {
      if (known_.contains(order)) continue;
      fresh.emplace_back(order, merchant);
      merchants.insert(merchant);
    }
    if (fresh.empty()) return;
    const auto taxes = of_merchants({merchants.begin(), merchants.end()});
    const auto insert = tx_.batch(kInsertRate);
    for (const auto& [order, merchant] : fresh) {
      const CommissionTax& tax = taxes.at(merchant);
      known_[order] = tax.basis_points;
      insert->add({order, order.shard(), merchant, tax.basis_points, tax.reverse_charge ? 1 : 0});
    }
    insert->finish();
  }
  std::int64_t of(OrderId order) const { return known_.at(order); }

 private:
  std::map<MerchantId, CommissionTax> of_merchants(const std::vector<MerchantId>& ids) {
    const TaxSide platform{parts_.settings.text(kPlatformCountry),
                           parts_.settings.text(kPlatformVat)};
    std::map<MerchantId, CommissionTax> out;
    for (const PayoutPlan& plan : load_plans(tx_, ids)) {
      const auto merchant = marketplace::find_merchant(tx_, plan.merchant);
      const TaxSide side{merchant ? merchant->country : platform.country, plan.vat_id};
      out[plan.merchant] = commission_tax(platform, side, tx_.now());
    }
    return out;
  }

  storage::Tx& tx_;
  const SettlementParts& parts_;
  std::map<OrderId, std::int64_t> known_;
};

void tax_orders(storage::Tx& tx, const SettlementParts& parts, const Told& told) {
  std::vector<std::int64_t> refs;
  for (const auto& [order, merchant] : told.orders) refs.push_back(order.value);
  const auto totals = ledger::totals_of(tx, refs);
  // A refund before release took nothing, so there is nothing to tax and no rate to fix.
  Told taken;
  for (const ledger::RefTotals& t : totals) {
    if (t.commission == 0 && t.payment_fee == 0 && t.platform_tax == 0) continue;
    taken.orders.emplace(OrderId{t.ref}, told.orders.at(OrderId{t.ref}));
  }
  if (taken.orders.empty()) return;
  Rates rates(tx, parts);
  rates.load(taken);
  std::vector<ledger::Journal> journals;
  for (const ledger::RefTotals& t : totals) {
    const OrderId order{t.ref};
    if (!taken.orders.contains(order)) continue;
    const std::int64_t more = tax_of(t, rates.of(order)) - t.platform_tax;
    if (more == 0) continue;
    const MerchantId merchant = taken.orders.at(order);
    const std::array accounts{
        ledger::AccountRef{AccountKind::merchant_payable, merchant.value, t.currency},
        ledger::AccountRef{AccountKind::tax_payable, 0, t.currency}};
    const auto ids = parts.accounts.resolve(tx, accounts);
    journals.push_back({tx.next_id<JournalId>(order.shard()),
                        ledger::Kind::adjustment,
                        t.ref,
                        t.currency,
                        {{ids[0], -more}, {ids[1], more}}});
    storage::publish(tx, t.ref, 0, events::CommissionTaxed{order, merchant, {more, t.currency}});
  }
  ledger::post(tx, journals);
}

}  // namespace

void settle_released(storage::Tx& tx, const SettlementParts& parts,
                     std::span<const storage::StoredEvent> events) {
  const Told told = told_by(events);
  if (told.orders.empty()) return;
  tx.act_as("settlement");
  tax_orders(tx, parts, told);
  set_aside(tx, parts.accounts, told.released);
}

void wire_settlement(SettlementParts parts) {
  wire_reserves(parts.store, parts.accounts);
  parts.store.outbox().once(
      "orders.settlement",
      {std::string(events::OrderReleased::kType), std::string(events::RefundChanged::kType)},
      parts.store.main(),
      [parts](storage::Tx& tx, auto events) { settle_released(tx, parts, events); });
}

void verify_commission_tax(storage::Read& read, storage::Findings& findings) {
  std::int64_t shard = 0;
  std::int64_t id = 0;
  for (;;) {
    std::map<std::int64_t, std::int64_t> rates;
    std::vector<std::int64_t> refs;
    read.each(kAfter, {shard, id}, [&](const storage::Row& row) {
      id = row.integer(0);
      shard = row.integer(1);
      rates[id] = row.integer(2);
      refs.push_back(id);
    });
    if (refs.empty()) return;
    for (const ledger::RefTotals& t : ledger::totals_of(read, refs)) {
      const std::int64_t owed = tax_of(t, rates.at(t.ref));
      if (owed == t.platform_tax) continue;
      findings.differences.push_back(
          {"tax on commission of order", to_text(OrderId{t.ref}), t.platform_tax, owed});
    }
    findings.checked["commission_taxes"] += static_cast<std::int64_t>(refs.size());
  }
}

}  // namespace fondaco::orders
