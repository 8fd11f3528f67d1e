// Where an order's money goes after payment: release to the merchant, back to the buyer. Private
// to orders. Nothing else posts out of escrow.
#pragma once

#include "life.h"
#include "settle.h"

#include <optional>
#include <vector>

namespace fondaco::orders {

/// Releases these parts (indexes into life.parts), and the shipping with the last line: escrow →
/// merchant_payable, commission_revenue, payment_fee_revenue. Changes `life`, which the caller
/// saves. Publishes order.released.
void release_parts(storage::Tx& tx, const SettleParts& parts, const Order& order, Life& life,
                   std::vector<std::size_t> which, std::string_view by);

/// Pays a refund's lines and shipping back: out of escrow, or from the merchant's payable (which
/// may go below zero) where the money had been released, with what the platform took of it.
/// Changes `life` and refund.payout; the caller saves both. What a provider must be asked after
/// the commit is returned.
std::optional<payments::Operation> pay_back(storage::Tx& tx, const SettleParts& parts,
                                            const Group& group, const Order& order, Life& life,
                                            Refund& refund);

/// A refund row of all that is left of an order, a success at once. Not inserted.
Refund whole_refund(storage::Tx& tx, const Order& order, const Life& life, RefundReason reason);

/// Asks for the money of a refund row: of a wallet payment it is done at once, a provider is asked
/// after the commit. Posts nothing.
std::optional<payments::Operation> ask_payout(storage::Tx& tx, const Group& group,
                                              const Order& order, Refund& refund, bool wallet);

/// What the provider said of a payout: books it, or notes the failure and when to ask again.
void payout_answered(storage::Tx& tx, const SettleParts& parts, Refund& refund, bool done);

/// A failed payout is asked for again; the caller sends the operation after the commit.
payments::Operation ask_provider_again(storage::Tx& tx, Refund& refund);
/// A failed payout goes into the buyer's wallet instead.
void pay_into_wallet(storage::Tx& tx, const SettleParts& parts, Refund& refund);

inline constexpr std::string_view kPayoutTimer = "orders.payout_again";
inline constexpr std::int64_t kMostPayoutTries = 5;

}  // namespace fondaco::orders
