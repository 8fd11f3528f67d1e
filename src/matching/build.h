// Makes segments: from documents, or from older segments. Depends on segment.h and values.h.
#pragma once

#include "segment.h"
#include "values.h"

#include <fondaco/matching.h>

#include <span>

namespace fondaco::matching {

/// All live. Of two documents with one id the later counts.
View build_view(std::span<const SearchDocument> documents, Values& values);

/// What is live in the views; they must not share a live id.
View merge_views(std::span<const View> views);

}  // namespace fondaco::matching
