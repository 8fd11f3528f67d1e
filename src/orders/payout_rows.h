// Rows of payouts and their plans. Private to orders.
#pragma once

#include <fondaco/orders/payouts.h>

namespace fondaco::orders {

std::vector<PayoutPlan> plans_after(storage::Read& read, MerchantId after, int limit);
/// In the order asked; defaults where there is none.
std::vector<PayoutPlan> load_plans(storage::Read& read, std::span<const MerchantId> merchants);
void write_plan(storage::Tx& tx, const PayoutPlan& plan);
void mark_looked_at(storage::Tx& tx, std::span<const PayoutPlan> plans, std::int64_t day);

void insert_payout(storage::Tx& tx, const Payout& payout);
/// Writes what may change; false when the stored version is not `payout.version`. Raises it.
bool update_payout(storage::Tx& tx, Payout& payout);
/// created, failed and due, or left over as sending; oldest first.
std::vector<Payout> payouts_to_send(storage::Read& read, Instant now, int limit);
std::vector<Payout> payouts_of_file(storage::Read& read, std::int64_t file);

/// Posts x from one account to another with the payout as ref.
void move_money(storage::Tx& tx, ledger::AccountBook& book, const Payout& payout,
                const ledger::AccountRef& from, const ledger::AccountRef& to);
void publish_payout(storage::Tx& tx, const Payout& payout);

}  // namespace fondaco::orders
