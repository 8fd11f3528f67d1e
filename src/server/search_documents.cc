#include "search_documents.h"

#include <fondaco/base/text.h>
#include <fondaco/catalog/html.h>
#include <fondaco/inventory.h>

#include <algorithm>
#include <set>
#include <unordered_set>

namespace fondaco::server {
namespace {

using matching::SearchDocument;

/// "Red" of "Clothes > Shirts > Red".
std::string last_step(std::string_view path) {
  const auto at = path.rfind('>');
  return std::string(trim(at == std::string_view::npos ? path : path.substr(at + 1)));
}

void add_texts(const catalog::Product& product, SearchDocument& out) {
  out.titles["en"] = product.title;
  out.description = catalog::text_of_html(product.description);
  for (const auto& [locale, translation] : product.translations) {
    if (!translation.title.empty()) out.titles[locale] = translation.title;
    if (translation.description.empty()) continue;
    out.description += '\n';
    out.description += catalog::text_of_html(translation.description);
  }
}

void add_attributes(const catalog::Product& product, SearchDocument& out) {
  std::set<std::pair<std::string, std::string>> seen;
  for (const auto& [name, value] : product.attributes) seen.emplace(name, value);
  for (const auto& variant : product.variants) {
    for (std::size_t i = 0; i < product.options.size() && i < variant.values.size(); ++i) {
      if (!variant.values[i].empty()) seen.emplace(product.options[i], variant.values[i]);
    }
  }
  for (const auto& [name, value] : seen) out.attributes.push_back({name, value});
}

void add_codes(const catalog::Product& product, SearchDocument& out) {
  for (const auto& variant : product.variants) {
    if (!variant.sku.empty()) out.skus.push_back(variant.sku);
    if (!variant.barcode.empty()) out.gtins.push_back(variant.barcode);
  }
}

void add_price(Money price, std::vector<Money>& lowest) {
  const auto found = std::find_if(lowest.begin(), lowest.end(),
                                  [&](const Money& m) { return m.currency == price.currency; });
  if (found == lowest.end()) {
    lowest.push_back(price);
  } else if (price.minor < found->minor) {
    *found = price;
  }
}

}  // namespace

void SearchDocuments::load_categories(storage::Read& read) {
  paths_.clear();
  for (const auto& category : catalog::categories(read)) {  // Parents come before children.
    std::vector<matching::CategoryStep> path;
    if (const auto parent = paths_.find(category.parent); parent != paths_.end()) {
      path = parent->second;
    }
    matching::CategoryStep step{category.id, slugify(category.name()), {}};
    step.names["en"] = std::string(category.name());
    if (!category.path_zh.empty()) step.names["zh"] = last_step(category.path_zh);
    path.push_back(std::move(step));
    paths_.emplace(category.id, std::move(path));
  }
}

const std::vector<matching::CategoryStep>& SearchDocuments::path_of(storage::Read& read,
                                                                    CategoryId category) {
  static const std::vector<matching::CategoryStep> kNone;
  if (!category) return kNone;
  const auto found = paths_.find(category);
  if (found != paths_.end()) return found->second;
  load_categories(read);
  const auto& path = paths_[category];  // Remembered as empty when it is gone.
  return path;
}

/// False when nobody sells it now.
bool SearchDocuments::add_offers(storage::Read& read, const catalog::Product& product,
                                 const Offers& offers, SearchDocument& out) {
  for (const auto& variant : product.variants) {
    const auto found = offers.find(variant.id);
    if (found == offers.end()) continue;
    for (const auto& offer : found->second) {
      if (offer.state != marketplace::OfferState::active) continue;
      const auto merchant = offers_.merchant(read, offer.merchant);
      if (!merchant || merchant->state != marketplace::MerchantState::active) continue;
      if (std::find(out.merchants.begin(), out.merchants.end(), offer.merchant) ==
          out.merchants.end()) {
        out.merchants.push_back(offer.merchant);
      }
      add_price(offer.price, out.prices);
      for (const Money price : marketplace::price_list(read, offer.id)) {
        add_price(price, out.prices);
      }
    }
  }
  return !out.merchants.empty();
}

std::vector<SearchDocument> SearchDocuments::make(storage::Read& read,
                                                  std::span<const catalog::Product> products) {
  std::vector<VariantId> variants;
  for (const auto& product : products) {
    if (product.status != catalog::Status::active) continue;
    for (const auto& variant : product.variants) variants.push_back(variant.id);
  }
  Offers offers;
  for (auto& offer : marketplace::offers_of(read, variants)) {
    offers[offer.variant].push_back(std::move(offer));
  }
  std::unordered_set<VariantId> in_stock;
  for (const auto& level : inventory::levels_of(read, variants)) {
    if (level.oversell || level.available > 0) in_stock.insert(level.variant);
  }
  std::vector<SearchDocument> out;
  for (const auto& product : products) {
    if (product.status != catalog::Status::active) continue;
    SearchDocument document;
    document.product = product.id;
    if (!add_offers(read, product, offers, document)) continue;
    add_texts(product, document);
    add_attributes(product, document);
    add_codes(product, document);
    document.brand = product.brand_id;
    document.brand_name = product.brand;
    document.category_path = path_of(read, product.category_id);
    document.tags = product.tags;
    document.created = product.updated_at;
    document.in_stock =
        std::any_of(product.variants.begin(), product.variants.end(),
                    [&](const catalog::Variant& v) { return in_stock.contains(v.id); });
    out.push_back(std::move(document));
  }
  return out;
}

}  // namespace fondaco::server
