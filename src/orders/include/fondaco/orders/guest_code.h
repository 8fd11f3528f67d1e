// The code in a guest's mails that opens the order in another browser. Depends on shoppers.
#pragma once

#include <fondaco/base/ids.h>
#include <fondaco/shoppers/keyring.h>

#include <string>

namespace fondaco::orders {

inline constexpr std::size_t kGuestCodeDigits = 12;  // Guessing is limited by the route's rate.

/// Derived, never stored; worth nothing without the mail it stands in. It is typed into a form:
/// no secret is in an address.
std::string guest_code(const shoppers::Keyring& keyring, OrderGroupId group);

}  // namespace fondaco::orders
