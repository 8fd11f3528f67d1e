// The ports of catalog's import and export: prices go to marketplace, units to inventory.
// Depends on catalog, inventory, marketplace.
#pragma once

#include <fondaco/catalog/export.h>
#include <fondaco/catalog/import.h>
#include <fondaco/inventory.h>
#include <fondaco/marketplace.h>

#include <atomic>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace fondaco::server {

/// Offers and stock of one merchant at one place. Used by one import at a time.
class ImportSink final : public catalog::ImportSink {
 public:
  ImportSink(MerchantId merchant, PlaceId place, inventory::Availability& counters)
      : merchant_(merchant), place_(place), counters_(counters) {}

  std::vector<catalog::ImportChange> apply(
      storage::Tx& tx, std::span<const catalog::ImportedVariant> variants) override;

 private:
  using Levels = std::unordered_map<VariantId, inventory::StockLevel>;
  using Changes = std::vector<catalog::ImportChange>;
  Levels levels(storage::Tx& tx, std::span<const catalog::ImportedVariant> variants);
  void set_stock(storage::Tx& tx, std::span<const catalog::ImportedVariant> variants,
                 Levels& levels, Changes& changes);
  void set_offers(storage::Tx& tx, std::span<const catalog::ImportedVariant> variants,
                  const Levels& levels, Changes& changes);

  const MerchantId merchant_;
  const PlaceId place_;
  inventory::Availability& counters_;
};

/// Own price, further currencies, and the units at the one place into which an import of the file
/// would count them (those of other places: `export stock`).
class ExportSource final : public catalog::ExportSource {
 public:
  explicit ExportSource(std::optional<PlaceId> place) : place_(place) {}
  std::vector<catalog::ExportedOffer> offers(storage::Read& read, MerchantId owner,
                                             std::span<const VariantId> variants) override;

 private:
  const std::optional<PlaceId> place_;
};

/// The merchant's default place, else its first warehouse.
std::optional<PlaceId> import_place(storage::Read& read, const marketplace::Merchant& merchant);
/// The merchant's default place, else its first warehouse, else a new one, which becomes the
/// default.
PlaceId place_for_import(storage::Tx& tx, const marketplace::Merchant& merchant);

}  // namespace fondaco::server
