// Helpers about permissions, private to shoppers.
#pragma once

#include <fondaco/shoppers/access.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fondaco::shoppers {

/// Lists of permissions lie in one column, with blanks between.
std::vector<std::string> words(std::string_view text);
std::string joined(const std::vector<std::string>& words);
bool is_known_permission(std::string_view name);
/// Why a role may not be given there by who holds that, whoever gets it.
std::optional<Refusal> why_not_granted(storage::Read& read, const NewGrant& grant, Held held);
bool holds(Held held, std::string_view permission, MerchantId merchant, PlaceId place);

}  // namespace fondaco::shoppers
