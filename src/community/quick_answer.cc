#include <fondaco/base/text.h>
#include <fondaco/community.h>

namespace fondaco::community {
namespace {

constexpr storage::Sql kInsert{"community.quick_answer_insert", R"sql(
  INSERT INTO community_quick_answer (shard, id, merchant_id, title, text)
  VALUES ($1, $2, $3, $4, $5))sql"};

constexpr storage::Sql kList{"community.quick_answers", R"sql(
  SELECT id, title, text FROM community_quick_answer
   WHERE shard = $1 AND merchant_id = $2 ORDER BY id)sql"};

constexpr storage::Sql kDelete{"community.quick_answer_delete", R"sql(
  DELETE FROM community_quick_answer WHERE shard = $1 AND id = $2 AND merchant_id = $3)sql"};

constexpr std::size_t kMostQuickAnswers = 100;
constexpr std::size_t kMostTitle = 80;

}  // namespace

std::vector<QuickAnswer> quick_answers(storage::Read& read, MerchantId merchant) {
  return read.all(kList, {merchant.shard(), merchant}, [](const storage::Row& row) {
    return QuickAnswer{row.id<QuickAnswerId>(0), row.str(1), row.str(2)};
  });
}

Result<QuickAnswer, Refusal> add_quick_answer(storage::Tx& tx, MerchantId merchant,
                                              std::string_view title, std::string_view text) {
  if (trim(title).empty() || trim(text).empty()) return Refused{Refusal::empty_text};
  if (title.size() > kMostTitle || text.size() > kMostText) return Refused{Refusal::text_too_long};
  if (quick_answers(tx, merchant).size() >= kMostQuickAnswers) return Refused{Refusal::too_many};
  const auto id = tx.next_id<QuickAnswerId>(merchant.shard());
  tx.exec(kInsert, {id.shard(), id, merchant, title, text});
  return QuickAnswer{id, std::string(title), std::string(text)};
}

Result<Unit, Refusal> remove_quick_answer(storage::Tx& tx, MerchantId merchant, QuickAnswerId id) {
  if (tx.exec(kDelete, {id.shard(), id, merchant}) == 0) {
    return Refused{Refusal::unknown_quick_answer};
  }
  return Unit{};
}

}  // namespace fondaco::community
