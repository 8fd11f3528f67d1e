// Which documents match the words, and how well. Depends on: segment.h.
#pragma once

#include "segment.h"

#include <fondaco/matching.h>

#include <cstdint>
#include <string>
#include <vector>

namespace fondaco::matching {

struct Match {
  std::uint32_t document = 0;
  std::uint32_t score = 0;
};

/// Set in the score of a product whose SKU or GTIN is the whole query.
inline constexpr std::uint32_t kCodeScore = std::uint32_t{1} << 31;
/// A perfect word that one product in e has scores this; rarer ones more.
inline constexpr double kScoreUnit = 255.0 * 64 * 16;

struct Matches {
  std::vector<std::vector<Match>> by_view;  // Live documents only.
  std::vector<CorrectedWord> corrected;
  std::vector<std::string> ignored;
};

/// All words must be there. When no product has them all: misspelt words are replaced, Chinese
/// pairs fall back on their characters, then words are dropped, the unknown ones first, then
/// from the right. No word at all: every product.
Matches find_matches(const Snapshot& snapshot, const ParsedQuery& query);

}  // namespace fondaco::matching
