#include "numbers.h"

namespace fondaco::orders {
namespace {

constexpr storage::Sql kRaise{"orders.number_raise", R"sql(
  UPDATE orders_number SET next = next + 1 WHERE id = $1)sql"};
constexpr storage::Sql kBegin{"orders.number_begin", R"sql(
  INSERT INTO orders_number (id, next) VALUES ($1, 1) ON CONFLICT (id) DO NOTHING)sql"};
constexpr storage::Sql kNext{"orders.number_next", R"sql(
  SELECT next - 1 FROM orders_number WHERE id = $1)sql"};

}  // namespace

std::int64_t next_number(storage::Tx& tx, std::int64_t sequence) {
  if (tx.exec(kRaise, {sequence}) == 0) {
    tx.exec(kBegin, {sequence});
    tx.exec(kRaise, {sequence});
  }
  return *tx.scalar(kNext, {sequence});
}

}  // namespace fondaco::orders
