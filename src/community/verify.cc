#include <fondaco/community.h>

namespace fondaco::community {
namespace {

constexpr storage::Sql kConversations{"community.verify_conversations", R"sql(
  SELECT COUNT(*) FROM community_conversation)sql"};
constexpr storage::Sql kReviews{"community.verify_reviews", R"sql(
  SELECT COUNT(*) FROM community_review)sql"};

constexpr storage::Sql kMessages{"community.verify_messages", R"sql(
  SELECT c.id, c.messages, COUNT(m.id)
    FROM community_conversation c
    LEFT JOIN community_message m ON m.conversation_id = c.id AND m.shard = c.shard
   GROUP BY c.shard, c.id, c.messages HAVING COUNT(m.id) <> c.messages)sql"};

// Every product that has a score or a published review, with both counts, star by star.
constexpr storage::Sql kScores{"community.verify_scores", R"sql(
  SELECT s.id, s.one * 1 + s.two * 2 + s.three * 3 + s.four * 4 + s.five * 5,
         CAST(COALESCE(SUM(r.stars), 0) AS BIGINT)
    FROM community_score s
    LEFT JOIN community_review r ON r.product_id = s.id AND r.shard = s.shard AND r.state = 1
   GROUP BY s.shard, s.id, s.one, s.two, s.three, s.four, s.five
  HAVING CAST(COALESCE(SUM(r.stars), 0) AS BIGINT)
           <> s.one + s.two * 2 + s.three * 3 + s.four * 4 + s.five * 5
      OR COUNT(r.id) <> s.one + s.two + s.three + s.four + s.five)sql"};

constexpr storage::Sql kUncounted{"community.verify_uncounted", R"sql(
  SELECT r.product_id, 0, COUNT(*) FROM community_review r
    LEFT JOIN community_score s ON s.id = r.product_id AND s.shard = r.shard
   WHERE s.id IS NULL AND r.state = 1 GROUP BY r.product_id)sql"};

constexpr storage::Sql kAnswers{"community.verify_answers", R"sql(
  SELECT q.id, q.answers, COUNT(a.id)
    FROM community_question q
    LEFT JOIN community_answer a ON a.question_id = q.id AND a.shard = q.shard AND a.state = 1
   GROUP BY q.shard, q.id, q.answers HAVING COUNT(a.id) <> q.answers)sql"};

}  // namespace

void verify(storage::Read& read, storage::Findings& findings) {
  findings.checked["conversations"] += read.scalar(kConversations, {}).value_or(0);
  findings.checked["reviews"] += read.scalar(kReviews, {}).value_or(0);
  const auto differ = [&](const storage::Sql& sql, const char* what, const auto& name) {
    read.each(sql, {}, [&](const storage::Row& row) {
      findings.differences.push_back({what, name(row.integer(0)), row.integer(2), row.integer(1)});
    });
  };
  const auto product = [](std::int64_t id) { return to_text(ProductId{id}); };
  differ(kMessages, "messages of conversation",
         [](std::int64_t id) { return to_text(ConversationId{id}); });
  differ(kScores, "stars of product", product);
  differ(kUncounted, "reviews without a score", product);
  differ(kAnswers, "answers of question", [](std::int64_t id) { return to_text(QuestionId{id}); });
}

}  // namespace fondaco::community
