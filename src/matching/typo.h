// Words of a segment that are a few slips of the hand away from a typed one. Depends on: segment.h.
#pragma once

#include "segment.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace fondaco::matching {

struct TypoQuery {
  std::string_view word;  // Folded; letters only.
  int errors = 1;         // Letter missing, too much, wrong, or two neighbours swapped. With
                          // two of them the first letter must be right.
  bool prefix = false;    // The word's beginning is enough.
};

/// Word numbers, ascending, no two alike; the word itself among them when it is there. Walks the
/// sorted words like a tree and looks at `steps_max` branches at most, so it may miss some.
std::vector<std::uint32_t> find_typos(const Segment& segment, const TypoQuery& query,
                                      int steps_max = 5'000);

}  // namespace fondaco::matching
