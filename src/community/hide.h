// What reports may do to what they are about. Private to community.
#pragma once

#include <fondaco/community.h>

namespace fondaco::community {

/// False when there is no such thing. Hiding twice is hiding once.
bool hide_review(storage::Tx& tx, ReviewId id);
bool hide_question(storage::Tx& tx, QuestionId id);
bool hide_answer(storage::Tx& tx, AnswerId id);

}  // namespace fondaco::community
