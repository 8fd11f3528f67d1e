// The packed postings of a journal row: "account:amount;…". Private.
#pragma once

#include <fondaco/ledger.h>

#include <charconv>
#include <string>
#include <string_view>

namespace fondaco::ledger {

std::string pack_postings(std::span<const Posting> postings);

/// Calls each(Posting) in order; false when the text is no such list.
template <class F>
bool each_posting(std::string_view text, F&& each) {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    std::int64_t numbers[2];
    for (int i = 0; i < 2; ++i) {
      const auto [next, error] = std::from_chars(at, end, numbers[i]);
      if (error != std::errc{} || next == end || *next != (i == 0 ? ':' : ';')) return false;
      at = next + 1;
    }
    each(Posting{AccountId{numbers[0]}, numbers[1]});
  }
  return true;
}

/// Overflow is a bug: amounts are limited where they come in.
std::int64_t checked_sum(std::int64_t a, std::int64_t b);

/// Sums per account, sorted by id; accounts that come to nothing are left out.
std::vector<Posting> summed(std::span<const Posting> postings);

}  // namespace fondaco::ledger
