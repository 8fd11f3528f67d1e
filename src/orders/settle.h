// What providers say about payments, as orders' use case. Private to orders.
#pragma once

#include <fondaco/orders/checkout.h>
#include <fondaco/storage/writer.h>

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fondaco::orders {

/// What a settlement left to be done outside of the transaction.
struct Refunds {
  std::vector<payments::Operation> operations;
};

struct SettleParts {
  inventory::Availability& availability;
  ledger::AccountBook& accounts;
};

/// Captured → paid, failed → cancelled, money for a group that was given up → refund. Stands
/// repetitions and any order. Batch look-ups and writes for all events of the call.
void settle(storage::Tx& tx, const SettleParts& parts,
            std::span<const payments::ProviderEvent> events, Refunds& refunds);

/// Gives back what an order that is not paid holds; with `state` cancelled or expired.
void give_up(storage::Tx& tx, const SettleParts& parts, const Group& group,
             std::span<const Order> orders, OrderState state, std::string_view reason);

/// Escrow back to where it came from, stock back to the shelf; the group is paid.
/// `refund`: ask the provider afterwards; nothing for a wallet.
std::optional<payments::Operation> refund_order(storage::Tx& tx, const SettleParts& parts,
                                                const Group& group, const Order& order,
                                                std::string_view reason);

/// The answer of a provider to a charge, written by the batch below.
struct SettleItem {
  std::vector<payments::ProviderEvent> events;
};

class SettleBatch final : public storage::BatchCommand {
 public:
  SettleBatch(SettleParts parts, std::function<void(Refunds)> after)
      : parts_(parts), after_(std::move(after)) {}
  std::string_view name() const override { return "orders.settle"; }
  void run(storage::Tx& tx, std::span<void* const> items) override;

 private:
  SettleParts parts_;
  std::function<void(Refunds)> after_;
};

}  // namespace fondaco::orders
