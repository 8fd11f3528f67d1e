// The batch that places orders. Private to orders.
#pragma once

#include "line_book.h"

#include <fondaco/orders/checkout.h>
#include <fondaco/storage/writer.h>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace fondaco::orders {

/// One merchant's part of a basket: names are resolved, prices are not.
struct Draft {
  std::shared_ptr<const marketplace::MerchantInfo> merchant;
  std::vector<std::shared_ptr<const LineInfo>> infos;
  std::vector<std::int64_t> quantities;  // As many as infos.
  std::vector<bool> stays;         // As many as infos: the buyer knows that it does not go back.
  ShippingBook::Zones zones = {};  // Null: the default rates.
};

/// A basket on its way through the writer.
struct PlaceItem {
  Purchase purchase;
  std::vector<Draft> drafts;
  std::vector<PromotionCandidate> promotions;
  bool tax_exempt = false;
  bool had_orders = false;  // Asked only when a promotion cares.
  KeyId key;
  std::string sealed;  // Contact.
  std::string key_hash;
  std::string body_hash;
  std::optional<Outcome> outcome;
  std::function<void(Outcome)> done;
};

struct Promoting;  // promote.h

/// Prices of the drafts from rows that were just read. One Order per draft, ids and states empty.
/// `promoting`: nothing where no promotion comes into question.
Result<Quote, Refusing> price_drafts(
    const Purchase& purchase, const std::vector<Draft>& drafts,
    const std::unordered_map<OfferId, marketplace::OfferRow>& offers,
    const marketplace::FeeBook& fees, Instant now, bool tax_exempt, const Promoting* promoting);

/// Whether each merchant delivers there at all, by the methods that were named.
std::optional<Refusing> check_shipping(const Purchase& purchase, const std::vector<Draft>& drafts);

/// Decides basket by basket in order of arrival, in memory; then writes what was accepted, one
/// statement a table.
class PlaceBatch final : public storage::BatchCommand {
 public:
  PlaceBatch(inventory::Availability& availability, ledger::AccountBook& accounts,
             const marketplace::FeeBook& fees, PurchaseGate* gate)
      : availability_(availability), accounts_(accounts), fees_(fees), gate_(gate) {}
  std::string_view name() const override { return "orders.place"; }
  void run(storage::Tx& tx, std::span<void* const> items) override;

 private:
  inventory::Availability& availability_;
  ledger::AccountBook& accounts_;
  const marketplace::FeeBook& fees_;
  PurchaseGate* gate_;
};

}  // namespace fondaco::orders
