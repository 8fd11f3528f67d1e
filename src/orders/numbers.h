// Numbers without gaps. Private to orders.
#pragma once

#include <fondaco/storage/tx.h>

namespace fondaco::orders {

/// The next one of a sequence, from 1. Its row is locked until the commit: who comes next waits,
/// and who rolls back gives the number back.
std::int64_t next_number(storage::Tx& tx, std::int64_t sequence);

}  // namespace fondaco::orders
