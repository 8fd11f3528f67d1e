#include "postings.h"

#include <algorithm>

namespace fondaco::ledger {

std::string pack_postings(std::span<const Posting> postings) {
  std::string out;
  out.reserve(postings.size() * 28);
  const auto number = [&](std::int64_t n, char then) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, n).ptr;
    out.append(digits, end);
    out += then;
  };
  for (const Posting& p : postings) {
    if (p.minor == 0) continue;
    number(p.account.value, ':');
    number(p.minor, ';');
  }
  return out;
}

std::int64_t checked_sum(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  FONDACO_CHECK(!__builtin_add_overflow(a, b, &sum));
  return sum;
}

std::vector<Posting> summed(std::span<const Posting> postings) {
  std::vector<Posting> out(postings.begin(), postings.end());
  std::stable_sort(out.begin(), out.end(),
                   [](const Posting& a, const Posting& b) { return a.account < b.account; });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < out.size();) {
    Posting sum = out[i++];
    for (; i < out.size() && out[i].account == sum.account; ++i) {
      sum.minor = checked_sum(sum.minor, out[i].minor);
    }
    if (sum.minor != 0) out[kept++] = sum;
  }
  out.resize(kept);
  return out;
}

}  // namespace fondaco::ledger
