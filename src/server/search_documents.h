// Makes search documents of products. Depends on the modules.
#pragma once

#include <fondaco/catalog.h>
#include <fondaco/marketplace/offer_book.h>
#include <fondaco/matching.h>

#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace fondaco::server {

/// One thread's maker; remembers category paths.
class SearchDocuments {
 public:
  explicit SearchDocuments(marketplace::OfferBook& offers) : offers_(offers) {}

  /// Documents of those that are shown: active, with an active offer of an active merchant. Cost:
  /// two batch look-ups for all, and one for each offer's price list.
  std::vector<matching::SearchDocument> make(storage::Read& read,
                                             std::span<const catalog::Product> products);

 private:
  using Offers = std::unordered_map<VariantId, std::vector<marketplace::Offer>>;
  const std::vector<matching::CategoryStep>& path_of(storage::Read& read, CategoryId category);
  void load_categories(storage::Read& read);
  bool add_offers(storage::Read& read, const catalog::Product& product, const Offers& offers,
                  matching::SearchDocument& out);

  marketplace::OfferBook& offers_;
  std::unordered_map<CategoryId, std::vector<matching::CategoryStep>> paths_;
};

}  // namespace fondaco::server
