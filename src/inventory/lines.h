// The packed lines of a movement row: "stock:on_hand_delta:reserved_delta;…". Private.
#pragma once

#include <fondaco/inventory.h>

#include <charconv>
#include <string>
#include <string_view>

namespace fondaco::inventory {

std::string pack_lines(std::span<const Taking> lines);

/// Calls each(Taking) in order; false when the text is no such list (what came before was called).
template <class F>
bool each_line(std::string_view text, F&& each) {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    std::int64_t numbers[3];
    for (int i = 0; i < 3; ++i) {
      const auto [next, error] = std::from_chars(at, end, numbers[i]);
      if (error != std::errc{} || next == end || *next != (i < 2 ? ':' : ';')) return false;
      at = next + 1;
    }
    each(Taking{StockId{numbers[0]}, numbers[1], numbers[2]});
  }
  return true;
}

/// Sums per stock row, sorted by id; rows that come to nothing are left out.
std::vector<Taking> summed(std::span<const Taking> takings);

/// Stamps, records and tells what an ordinary use case has done. `after` are the rows as they are
/// now, in the order of `lines`.
MovementId settle(storage::Tx& tx, Reason reason, std::int64_t ref, std::vector<Taking> lines,
                  std::span<const StockLevel> after);

/// One guarded UPDATE of one row; the row after it, or nothing when it is unknown or the guard
/// refused.
std::optional<StockLevel> move_one(storage::Tx& tx, const Taking& taking);

StockLevel level_of(const storage::Row& row);

}  // namespace fondaco::inventory
