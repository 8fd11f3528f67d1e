// What orders add to "everything about you" and to erasure. Depends on orders.h and shoppers.
#pragma once

#include <fondaco/base/result.h>
#include <fondaco/orders.h>
#include <fondaco/shoppers/keyring.h>
#include <fondaco/shoppers/privacy.h>
#include <fondaco/storage/store.h>

namespace fondaco::orders {

/// The person's orders, newest first, each with its lines and where it went.
shoppers::ExportSection export_section(storage::Store& store, shoppers::Keyring& keyring);
/// What the person bought in shops that moved in here, newest first.
shoppers::ExportSection past_export_section(shoppers::Keyring& keyring);
/// Baskets go, and what was sealed with them; orders stay as the books need them, but what is
/// sealed in them is under the person's key and goes with that.
shoppers::EraseHook erase_hook();

enum class ErasureRefusal {
  unknown_order,
  of_an_account,  // Goes with the account: DELETE /api/v1/me.
  order_open,     // The address is still needed: cancel it or wait until it is over.
};
/// The key of a guest's checkout, for Shoppers::erase_keys(). One checkout has one key, its basket
/// included.
Result<KeyId, ErasureRefusal> erasable_key(storage::Read& read, OrderId order);

}  // namespace fondaco::orders
