#include <fondaco/orders/guest_code.h>
#include <fondaco/shoppers/codes.h>

namespace fondaco::orders {

std::string guest_code(const shoppers::Keyring& keyring, OrderGroupId group) {
  return shoppers::keyed_digits(keyring, "order mail " + to_text(group), kGuestCodeDigits);
}

}  // namespace fondaco::orders
