#include "import_stock.h"

#include <fondaco/base/text.h>
#include <fondaco/catalog.h>

#include <algorithm>
#include <array>
#include <set>

namespace fondaco::server {
namespace {

constexpr int kPage = 200;

constexpr std::pair<inventory::PlaceKind, std::string_view> kKinds[] = {
    {inventory::PlaceKind::warehouse, "warehouse"},
    {inventory::PlaceKind::store, "store"},
    {inventory::PlaceKind::pickup_point, "pickup_point"},
    {inventory::PlaceKind::locker, "locker"},
    {inventory::PlaceKind::in_transit, "in_transit"}};

std::vector<inventory::Place> all_places(storage::Read& read, MerchantId merchant) {
  std::vector<inventory::Place> out;
  for (;;) {
    auto page =
        inventory::places_of(read, merchant, out.empty() ? PlaceId{} : out.back().id, kPage);
    if (page.empty()) return out;
    out.insert(out.end(), page.begin(), page.end());
  }
}

constexpr std::string_view kSku[] = {"sku", "variant sku"};
constexpr std::string_view kPlace[] = {"place", "location"};
constexpr std::string_view kOnHand[] = {"on hand", "on hand (new)", "on hand (current)",
                                        "available", "quantity"};
constexpr std::string_view kHandle[] = {"handle", "url handle"};

}  // namespace

std::string place_kind_name(inventory::PlaceKind kind) {
  for (const auto& [k, name] : kKinds) {
    if (k == kind) return std::string(name);
  }
  return "warehouse";
}

std::optional<inventory::PlaceKind> place_kind_named(std::string_view name) {
  for (const auto& [kind, n] : kKinds) {
    if (n == name) return kind;
  }
  return std::nullopt;
}

std::string StockTaker::lacks(const catalog::TableHeader& header) {
  header_ = header;
  if (!header.has_any(kSku) && !header.has_any(kHandle)) {
    return "there is neither a column \"sku\" nor \"handle\"";
  }
  if (!header.has_any(kPlace)) return "there is no column \"place\"";
  if (!header.has_any(kOnHand)) return "there is no column \"on hand\"";
  return {};
}

Result<VariantId, std::string> StockTaker::variant(storage::Tx& tx,
                                                   std::span<const std::string_view> cells) const {
  if (const auto handle = header_.any(cells, kHandle); !handle.empty()) {
    const auto id = catalog::product_by_handle(tx, options_.merchant, handle);
    const auto product = id ? catalog::product(tx, *id) : std::nullopt;
    if (!product) return Refused{"there is no product \"" + handle + "\""};
    std::array<std::string, catalog::kMaxOptions> values;
    if (!product->options.empty()) {
      values = {header_.any(cells, {"option1 value"}), header_.any(cells, {"option2 value"}),
                header_.any(cells, {"option3 value"})};
    }
    for (const auto& v : product->variants) {
      if (v.values == values) return v.id;
    }
    if (header_.any(cells, kSku).empty()) {
      return Refused{"product \"" + handle + "\" has no variant with these option values"};
    }
  }
  const auto sku = header_.any(cells, kSku);
  if (sku.empty()) return Refused{std::string("the SKU is missing")};
  const auto found = catalog::variants_by_sku(tx, options_.merchant, sku);
  if (found.size() == 1) return found.front().variant;
  return Refused{found.empty() ? "there is no SKU \"" + sku + "\""
                               : "SKU \"" + sku + "\" is of " + std::to_string(found.size()) +
                                     " variants: name the handle and its options"};
}

Result<PlaceId, std::string> StockTaker::place(storage::Tx& tx, const std::string& name,
                                               const std::string& kind, bool& created) {
  if (name.empty()) return Refused{std::string("the place is missing")};
  if (places_.empty()) {
    for (const auto& p : all_places(tx, options_.merchant)) places_.emplace(p.name, p.id);
  }
  if (const auto found = places_.find(name); found != places_.end()) return found->second;
  if (!options_.create_places) {
    return Refused{"there is no place \"" + name + "\" (--create-places makes it)"};
  }
  const auto wanted = place_kind_named(kind.empty() ? "warehouse" : kind);
  if (!wanted) return Refused{"\"" + kind + "\" is no kind of place"};
  if (name.size() > 200 || !is_utf8(name))
    return Refused{std::string("the place's name is too long")};
  const auto made = inventory::create_place(tx, {options_.merchant, *wanted, name});
  if (!made) return Refused{std::string("the merchant has too many places")};
  created = true;
  places_.emplace(name, *made);
  return *made;
}

RowOutcome StockTaker::take(storage::Tx& tx, const std::vector<TableRow>& rows) {
  const auto cells = rows.front().cells();
  const auto number = header_.any(cells, kOnHand);
  if (number.empty() || iequals_ascii(number, "not stocked")) return {};
  const auto units = parse_int(number);
  if (!units || *units < 0 || *units > inventory::kMostUnits) {
    return RowOutcome::refuse("on hand", "\"" + number.substr(0, 80) + "\" is no number of units");
  }
  const auto of = variant(tx, cells);
  if (!of) return RowOutcome::refuse("sku", of.refusal());
  bool created = false;
  const auto at =
      place(tx, header_.any(cells, kPlace), header_.any(cells, {"place kind"}), created);
  if (!at) return RowOutcome::refuse("place", at.refusal());
  const inventory::StockSetting setting{*of, *at, *units, std::nullopt, std::nullopt};
  const auto done =
      inventory::set_stock(tx, {&setting, 1}, inventory::Reason::imported, 0, &counters_);
  RowOutcome out;
  if (created) out.more["places_created"] = 1;
  switch (done.front()) {
    case inventory::Setting::created:
      out.done = RowOutcome::Done::created;
      return out;
    case inventory::Setting::updated:
      out.done = RowOutcome::Done::updated;
      return out;
    case inventory::Setting::unchanged:
      return out;
    case inventory::Setting::below_reserved:
      break;
  }
  const auto level = inventory::find(tx, *of, *at);
  return RowOutcome::refuse("on hand", "is " + number + ", but " +
                                           std::to_string(level ? level->reserved : 0) +
                                           " units are promised");
}

std::int64_t export_stock(storage::Read& read, MerchantId merchant,
                          const std::function<void(std::string_view)>& write) {
  std::string out;
  std::int64_t rows = 0;
  const std::string head[] = {"handle", "option1 value", "option2 value", "option3 value",
                              "sku",    "place",         "place kind",    "on hand"};
  catalog::append_csv_row(out, head);
  std::map<PlaceId, inventory::Place> places;
  for (auto& p : all_places(read, merchant)) places.emplace(p.id, p);
  catalog::Listing listing;
  listing.owner = merchant;
  listing.limit = kPage;
  for (;;) {
    const auto ids = catalog::list_products(read, listing);
    if (ids.empty()) break;
    listing.after = ids.back();
    for (const auto& p : catalog::products(read, ids)) {
      std::vector<VariantId> variants;
      for (const auto& v : p.variants) variants.push_back(v.id);
      const auto levels = inventory::levels_of(read, variants);
      for (std::size_t i = 0; i < p.variants.size(); ++i) {
        const auto& v = p.variants[i];
        std::map<std::string, const inventory::StockLevel*> sorted;
        for (const auto& level : levels[i].levels) {
          if (const auto at = places.find(level.place); at != places.end()) {
            sorted.emplace(at->second.name, &level);
          }
        }
        for (const auto& [name, level] : sorted) {
          const std::string row[] = {catalog::formula_guard(p.handle),
                                     catalog::formula_guard(v.values[0]),
                                     catalog::formula_guard(v.values[1]),
                                     catalog::formula_guard(v.values[2]),
                                     catalog::formula_guard(v.sku),
                                     catalog::formula_guard(name),
                                     place_kind_name(places.at(level->place).kind),
                                     std::to_string(std::max<std::int64_t>(level->on_hand, 0))};
          catalog::append_csv_row(out, row);
          ++rows;
        }
      }
    }
    write(out);
    out.clear();
  }
  if (!out.empty()) write(out);
  return rows;
}

}  // namespace fondaco::server
