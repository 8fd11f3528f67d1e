#include "line_book.h"

#include <fondaco/base/json.h>
#include <fondaco/events/catalog.h>
#include <fondaco/events/marketplace.h>

namespace fondaco::orders {
namespace {

std::string title_of(const catalog::VariantBrief& brief) {
  std::string options;
  for (const std::string& value : brief.values) {
    if (value.empty() || value == "Default Title") continue;
    options += options.empty() ? "" : ", ";
    options += value;
  }
  return options.empty() ? brief.title : brief.title + " (" + options + ")";
}

std::shared_ptr<const LineInfo> read_info(storage::Read& read, OfferId id) {
  const auto offer = marketplace::find_offer(read, id);
  if (!offer) return nullptr;
  const auto briefs = catalog::variant_briefs(read, {&offer->variant, 1});
  auto info = std::make_shared<LineInfo>();
  info->offer = id;
  info->variant = offer->variant;
  info->product = offer->product;
  info->stock = offer->stock;
  info->sku = offer->sku;
  info->tax_class = offer->tax_class;
  if (const auto product = catalog::product(read, offer->product)) {
    const auto returns = product->attributes.find("returns");
    if (returns != product->attributes.end()) info->returns = returns->second;
  }
  if (!briefs.empty()) {
    info->title = title_of(briefs.front());
    info->category = catalog::top_category(read, briefs.front().category);
    info->on_sale = briefs.front().status == catalog::Status::active;
    info->categories = catalog::category_line(read, briefs.front().category);
    info->weight_grams = briefs.front().weight_grams;
  }
  return info;
}

}  // namespace

std::shared_ptr<const LineInfo> LineBook::info(storage::Read& read, OfferId offer) {
  std::uint64_t epoch = 0;
  {
    const std::scoped_lock lock(mutex_);
    if (const auto found = infos_.find(offer); found != infos_.end()) return found->second;
    epoch = epoch_;
  }
  auto fresh = read_info(read, offer);
  if (!fresh) return nullptr;
  const std::scoped_lock lock(mutex_);
  if (epoch != epoch_) return fresh;  // Something changed while we read: use it, keep it not.
  if (infos_.size() >= kMost) {
    infos_.clear();
    of_product_.clear();
  }
  if (infos_.emplace(offer, fresh).second) of_product_.emplace(fresh->product, offer);
  return fresh;
}

std::vector<std::string> LineBook::types() {
  return {std::string(events::ProductChanged::kType), std::string(events::OfferChanged::kType)};
}

void LineBook::on_events(std::span<const storage::StoredEvent> stored) {
  for (const auto& e : stored) {
    if (e.type == events::ProductChanged::kType) {
      forget({e.entity});
    } else if (const auto changed = read_stored<events::OfferChanged>(e.payload); changed.ok()) {
      for (const ProductId product : changed->products) forget(product);
    }
  }
}

void LineBook::forget(ProductId product) {
  const std::scoped_lock lock(mutex_);
  ++epoch_;
  const auto [first, last] = of_product_.equal_range(product);
  for (auto it = first; it != last; ++it) infos_.erase(it->second);
  of_product_.erase(first, last);
}

}  // namespace fondaco::orders
