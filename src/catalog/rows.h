// How products lie in their rows. Private to catalog. Depends on catalog.h.
#pragma once

#include <fondaco/catalog.h>

#include <string>
#include <string_view>
#include <vector>

namespace fondaco::catalog {

// Lists and maps as JSON text; an empty one is the empty text, so that most columns cost a byte.
std::string pack_list(const std::vector<std::string>& list);
std::string pack_media(const std::vector<Image>& media);
std::string pack_map(const std::map<std::string, std::string>& map);
std::string pack_translations(const std::map<std::string, Translation>& translations);
std::vector<std::string> unpack_list(std::string_view text);
std::vector<Image> unpack_media(std::string_view text);
std::map<std::string, std::string> unpack_map(std::string_view text);
std::map<std::string, Translation> unpack_translations(std::string_view text);

/// A variant's picture is mostly one of the product's: then only its number is kept.
std::string pack_image(const std::string& image, const std::vector<Image>& media);
std::string unpack_image(std::string_view text, const std::vector<Image>& media);

/// The products of these ids in no particular order, variants included.
std::vector<Product> load_products(storage::Read& read, std::span<const ProductId> ids);

/// Which of these handles a merchant has.
std::map<std::string, ProductId> ids_by_handle(storage::Read& read, MerchantId owner,
                                               std::span<const std::string_view> handles);

}  // namespace fondaco::catalog
