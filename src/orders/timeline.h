// The derived list of what happened to an order. Private to orders.
#pragma once

#include <fondaco/storage/store.h>

namespace fondaco::orders {

void subscribe_timeline(storage::Store& store);

}  // namespace fondaco::orders
