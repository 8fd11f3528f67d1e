// `import stock`: units per place. Depends on import_table.h, catalog, inventory, marketplace.
#pragma once

#include "import_table.h"

#include <fondaco/inventory.h>
#include <fondaco/marketplace.h>

#include <functional>
#include <map>
#include <string>

namespace fondaco::server {

/// Columns: sku, or handle and option1..3 value (Shopify's inventory CSV has both); place
/// (Location); on hand (On hand (new), On hand (current), Available, Quantity). What Shopify calls
/// "not stocked" is passed over.
class StockTaker final : public TableTaker {
 public:
  struct Options {
    MerchantId merchant;
    bool create_places = false;
  };
  StockTaker(Options options, inventory::Availability& counters)
      : options_(options), counters_(counters) {}

  std::string lacks(const catalog::TableHeader& header) override;
  RowOutcome take(storage::Tx& tx, const std::vector<TableRow>& rows) override;
  void committed() override { places_.clear(); }
  std::vector<std::string> counted() const override { return {"places_created"}; }

 private:
  Result<VariantId, std::string> variant(storage::Tx& tx,
                                         std::span<const std::string_view> cells) const;
  Result<PlaceId, std::string> place(storage::Tx& tx, const std::string& name,
                                     const std::string& kind, bool& created);

  const Options options_;
  inventory::Availability& counters_;
  catalog::TableHeader header_;
  std::map<std::string, PlaceId> places_;  // Of this batch: a dry run rolls new ones back.
};

std::string place_kind_name(inventory::PlaceKind kind);
std::optional<inventory::PlaceKind> place_kind_named(std::string_view name);

/// The same table of all places of a merchant: handle, options, sku, place, place kind, on hand.
/// Returns the rows.
std::int64_t export_stock(storage::Read& read, MerchantId merchant,
                          const std::function<void(std::string_view)>& write);

}  // namespace fondaco::server
