#include "testing.h"

namespace fondaco::community {
namespace {

class QuestionTest : public CommunityTest {
 protected:
  Result<Question, Refusal> put(std::string_view text, ProductId product) {
    return write(
        [&](storage::Tx& tx) { return ask(tx, keyring(), product, anna_, key(anna_), text); });
  }
  Result<Question, Refusal> reply(const NewAnswer& a) {
    return write([&](storage::Tx& tx) { return answer(tx, keyring(), a); });
  }
  NewAnswer by_owner(QuestionId q, std::string text) {
    return {q, bert_, key(bert_), {}, true, std::move(text)};
  }
};

// Owners and the merchant answer; the merchant stands first, and the words are for everybody.
TEST_P(QuestionTest, IsAnsweredByOwnersAndMerchant) {
  const auto q = put("How heavy is it?", bike_);
  ASSERT_TRUE(q.ok());
  ASSERT_TRUE(reply(by_owner(q->id, "About 12 kg")).ok());
  const auto both = reply({q->id, bert_, {}, kBikes, false, "11.8 kg without pedals"});
  ASSERT_TRUE(both.ok());
  EXPECT_EQ(both->answers, 2);
  ASSERT_EQ(both->best.size(), 2U);
  EXPECT_TRUE(both->best[0].by_merchant);
  EXPECT_EQ(both->best[1].text, "About 12 kg");
  auto read = store_->main().read();
  EXPECT_EQ(questions_of(read, keyring(), bike_, {}, 10).size(), 1U);
  EXPECT_EQ(questions_of_merchant(read, keyring(), kBikes, {}, 10).size(), 1U);
  EXPECT_TRUE(questions_of(read, keyring(), book_, {}, 10).empty());
  EXPECT_TRUE(verified().differences.empty());
}

// Each refusal of a question and of an answer.
TEST_P(QuestionTest, Refuses) {
  EXPECT_EQ(put(" ", bike_).refusal(), Refusal::empty_text);
  EXPECT_EQ(put(std::string(kMostText + 1, 'a'), bike_).refusal(), Refusal::text_too_long);
  EXPECT_EQ(put("x", ProductId{77}).refusal(), Refusal::unknown_product);
  const auto q = put("How heavy is it?", bike_);
  auto a = by_owner(q->id, "x");
  a.has_bought = false;
  EXPECT_EQ(reply(a).refusal(), Refusal::not_bought);
  EXPECT_EQ(reply({q->id, bert_, {}, kBooks, false, "x"}).refusal(), Refusal::unknown_question);
  EXPECT_EQ(reply(by_owner(QuestionId{77}, "x")).refusal(), Refusal::unknown_question);
  EXPECT_EQ(reply(by_owner(q->id, "")).refusal(), Refusal::empty_text);
  EXPECT_EQ(reply(by_owner(q->id, std::string(kMostText + 1, 'a'))).refusal(),
            Refusal::text_too_long);
  for (int i = 0; i < 200; ++i) EXPECT_TRUE(reply(by_owner(q->id, "x")).ok());
  EXPECT_EQ(reply(by_owner(q->id, "x")).refusal(), Refusal::too_many);
}

// A hidden answer is not shown or counted; a hidden question takes no more answers.
TEST_P(QuestionTest, IsHiddenAfterAReport) {
  const auto q = put("How heavy is it?", bike_);
  const auto answered = reply(by_owner(q->id, "buy elsewhere"));
  const auto remove = [&](Subject about, std::int64_t subject) {
    return write([&](storage::Tx& tx) {
      const auto made = report(tx, about, subject, anna_, Reason::spam);
      return decide(tx, made->id, true).ok();
    });
  };
  EXPECT_TRUE(remove(Subject::answer, answered->best[0].id.value));
  {
    auto read = store_->main().read();
    EXPECT_EQ(find_question(read, keyring(), q->id)->answers, 0);
  }
  EXPECT_TRUE(remove(Subject::question, q->id.value));
  EXPECT_EQ(reply(by_owner(q->id, "x")).refusal(), Refusal::unknown_question);
  EXPECT_TRUE(verified().differences.empty());
}

// A report that is dismissed leaves things as they are, and closes only itself.
TEST_P(QuestionTest, StaysWhenAReportIsDismissed) {
  const auto q = put("How heavy is it?", bike_);
  const auto made = [&](PersonId person) {
    return write([&](storage::Tx& tx) {
      return report(tx, Subject::question, q->id.value, person, Reason::other)->id;
    });
  };
  const ReportId first = made(anna_);
  made(bert_);
  write([&](storage::Tx& tx) { EXPECT_TRUE(decide(tx, first, false).ok()); });
  auto read = store_->main().read();
  EXPECT_EQ(open_reports(read, {}, 10).size(), 1U);
  EXPECT_EQ(questions_of(read, keyring(), bike_, {}, 10).size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Engines, QuestionTest, testing::ValuesIn(storage::test_engines()),
                         [](const auto& engine) { return storage::engine_name(engine.param); });

}  // namespace
}  // namespace fondaco::community
