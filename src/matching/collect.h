// From matches to an answer: filters, facets, order, page. Depends on match.h and values.h.
#pragma once

#include "match.h"
#include "segment.h"
#include "values.h"

#include <fondaco/matching.h>

namespace fondaco::matching {

/// Everything of the answer but what is known about the words.
SearchResult collect(const Snapshot& snapshot, const Values& values, const SearchQuery& query,
                     const Matches& matches);

}  // namespace fondaco::matching
