#include <fondaco/base/check.h>
#include <fondaco/base/text.h>
#include <fondaco/catalog.h>
#include <fondaco/community.h>
#include <fondaco/events/community.h>
#include <fondaco/storage/publish.h>

#include "hide.h"

#include <algorithm>

namespace fondaco::community {
namespace {

constexpr storage::Sql kInsert{"community.question_insert", R"sql(
  INSERT INTO community_question (shard, id, product_id, merchant_id, person_id, key_id, text,
    state, answers)
  VALUES ($1, $2, $3, $4, $5, $6, $7, 1, 0))sql"};

constexpr storage::Sql kFind{"community.question_find", R"sql(
  SELECT id, product_id, merchant_id, person_id, key_id, text, state, answers
    FROM community_question WHERE shard = $1 AND id = $2)sql"};

constexpr storage::Sql kOfProduct{"community.questions_of_product", R"sql(
  SELECT id, product_id, merchant_id, person_id, key_id, text, state, answers
    FROM community_question
   WHERE shard = $1 AND product_id = $2 AND id < $3 AND state = 1 ORDER BY id DESC LIMIT $4)sql"};

constexpr storage::Sql kOfMerchant{"community.questions_of_merchant", R"sql(
  SELECT id, product_id, merchant_id, person_id, key_id, text, state, answers
    FROM community_question
   WHERE shard = $1 AND merchant_id = $2 AND id < $3 AND state = 1 ORDER BY id DESC LIMIT $4)sql"};

constexpr storage::Sql kCount{"community.question_count", R"sql(
  UPDATE community_question SET answers = answers + $3 WHERE shard = $1 AND id = $2)sql"};

constexpr storage::Sql kState{"community.question_state", R"sql(
  UPDATE community_question SET state = $3 WHERE shard = $1 AND id = $2)sql"};

constexpr storage::Sql kInsertAnswer{"community.answer_insert", R"sql(
  INSERT INTO community_answer (shard, id, question_id, person_id, key_id, text, said, state)
  VALUES ($1, $2, $3, $4, $5, $6, $7, 1))sql"};

constexpr storage::Sql kAnswers{"community.answers_of", R"sql(
  SELECT id, key_id, text, said FROM community_answer
   WHERE shard = $1 AND question_id = $2 AND state = 1 ORDER BY id)sql"};

constexpr storage::Sql kAnswer{"community.answer_find", R"sql(
  SELECT question_id, state FROM community_answer WHERE shard = $1 AND id = $2)sql"};

constexpr storage::Sql kAnswerState{"community.answer_state", R"sql(
  UPDATE community_answer SET state = $3 WHERE shard = $1 AND id = $2)sql"};

constexpr std::int64_t kMostAnswers = 200;
constexpr std::size_t kShownAnswers = 10;

std::optional<Refusal> why_not(std::string_view text) {
  if (trim(text).empty()) return Refusal::empty_text;
  if (text.size() > kMostText) return Refusal::text_too_long;
  return std::nullopt;
}

auto question_from(shoppers::Keyring& keyring) {
  return [&keyring](const storage::Row& row) {
    Question q;
    q.id = row.id<QuestionId>(0);
    q.product = row.id<ProductId>(1);
    q.merchant = row.id<MerchantId>(2);
    q.person = row.id<PersonId>(3);
    q.text = keyring.open(row.id<KeyId>(4), row.blob(5));
    q.state = static_cast<State>(row.integer(6));
    q.answers = row.integer(7);
    return q;
  };
}

void add_answers(storage::Read& read, shoppers::Keyring& keyring, Question& q) {
  if (q.answers == 0) return;
  read.each(kAnswers, {q.id.shard(), q.id}, [&](const storage::Row& row) {
    const auto key = row.id<KeyId>(1);
    q.best.push_back({.id = row.id<AnswerId>(0),
                      .by_merchant = !key,
                      .text = key ? keyring.open(key, row.blob(2)) : row.str(3)});
  });
  std::stable_partition(q.best.begin(), q.best.end(),
                        [](const Answer& a) { return a.by_merchant; });
  if (q.best.size() > kShownAnswers) q.best.resize(kShownAnswers);
}

std::vector<Question> with_answers(storage::Read& read, shoppers::Keyring& keyring,
                                   std::vector<Question> questions) {
  for (Question& q : questions) add_answers(read, keyring, q);
  return questions;
}

}  // namespace

Result<Question, Refusal> ask(storage::Tx& tx, shoppers::Keyring& keyring, ProductId product,
                              PersonId person, KeyId key, std::string_view text) {
  if (const auto refusal = why_not(text)) return Refused{*refusal};
  const auto about = catalog::product(tx, product);
  if (!about) return Refused{Refusal::unknown_product};
  const auto id = tx.next_id<QuestionId>(product.shard());
  const std::string sealed = keyring.seal(key, text);
  tx.exec(kInsert, {id.shard(), id, product, about->owner, person, key, storage::Blob{sealed}});
  storage::publish(tx, id.value, 1, events::QuestionAsked{id, product, about->owner, person});
  return *find_question(tx, keyring, id);
}

Result<Question, Refusal> answer(storage::Tx& tx, shoppers::Keyring& keyring, const NewAnswer& a) {
  const auto q = find_question(tx, keyring, a.question);
  if (!q || q->state != State::published || (a.merchant && a.merchant != q->merchant)) {
    return Refused{Refusal::unknown_question};
  }
  if (!a.merchant && !a.has_bought) return Refused{Refusal::not_bought};
  if (const auto refusal = why_not(a.text)) return Refused{*refusal};
  if (q->answers >= kMostAnswers) return Refused{Refusal::too_many};
  const auto id = tx.next_id<AnswerId>(a.question.shard());
  const KeyId key = a.merchant ? KeyId{} : a.key;
  const std::string sealed = a.merchant ? std::string() : keyring.seal(a.key, a.text);
  tx.exec(kInsertAnswer, {id.shard(), id, a.question, a.person, key, storage::Blob{sealed},
                          a.merchant ? std::string_view(a.text) : std::string_view()});
  tx.exec(kCount, {a.question.shard(), a.question, 1});
  storage::publish(tx, a.question.value, q->answers + 2,
                   events::QuestionAnswered{q->id, id, q->product, q->merchant, q->person,
                                            static_cast<bool>(a.merchant)});
  return *find_question(tx, keyring, a.question);
}

std::vector<Question> questions_of(storage::Read& read, shoppers::Keyring& keyring,
                                   ProductId product, QuestionId before, int limit) {
  const std::int64_t until = before ? before.value : INT64_MAX;
  return with_answers(
      read, keyring,
      read.all(kOfProduct, {product.shard(), product, until, limit}, question_from(keyring)));
}

std::vector<Question> questions_of_merchant(storage::Read& read, shoppers::Keyring& keyring,
                                            MerchantId merchant, QuestionId before, int limit) {
  const std::int64_t until = before ? before.value : INT64_MAX;
  return with_answers(
      read, keyring,
      read.all(kOfMerchant, {merchant.shard(), merchant, until, limit}, question_from(keyring)));
}

std::optional<Question> find_question(storage::Read& read, shoppers::Keyring& keyring,
                                      QuestionId id) {
  auto found = read.first(kFind, {id.shard(), id}, question_from(keyring));
  if (found) add_answers(read, keyring, *found);
  return found;
}

bool hide_question(storage::Tx& tx, QuestionId id) {
  return tx.exec(kState, {id.shard(), id, State::hidden}) == 1;
}

bool hide_answer(storage::Tx& tx, AnswerId id) {
  struct Found {
    QuestionId question;
    State state;
  };
  const auto found = tx.first(kAnswer, {id.shard(), id}, [](const storage::Row& row) {
    return Found{row.id<QuestionId>(0), static_cast<State>(row.integer(1))};
  });
  if (!found) return false;
  if (found->state == State::hidden) return true;
  tx.exec(kAnswerState, {id.shard(), id, State::hidden});
  tx.exec(kCount, {found->question.shard(), found->question, -1});
  return true;
}

}  // namespace fondaco::community
