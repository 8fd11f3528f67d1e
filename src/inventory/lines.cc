#include "lines.h"

#include <algorithm>

namespace fondaco::inventory {

std::string pack_lines(std::span<const Taking> lines) {
  std::string out;
  out.reserve(lines.size() * 28);
  const auto number = [&](std::int64_t n, char then) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, n).ptr;
    out.append(digits, end);
    out += then;
  };
  for (const Taking& line : lines) {
    number(line.stock.value, ':');
    number(line.on_hand_delta, ':');
    number(line.reserved_delta, ';');
  }
  return out;
}

std::vector<Taking> summed(std::span<const Taking> takings) {
  std::vector<Taking> out(takings.begin(), takings.end());
  std::stable_sort(out.begin(), out.end(),
                   [](const Taking& a, const Taking& b) { return a.stock < b.stock; });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < out.size();) {
    Taking sum = out[i++];
    for (; i < out.size() && out[i].stock == sum.stock; ++i) {
      sum.on_hand_delta += out[i].on_hand_delta;
      sum.reserved_delta += out[i].reserved_delta;
    }
    if (sum.on_hand_delta != 0 || sum.reserved_delta != 0) out[kept++] = sum;
  }
  out.resize(kept);
  return out;
}

}  // namespace fondaco::inventory
