#include "testing.h"

namespace fondaco::community {
namespace {

class ReviewTest : public CommunityTest {
 protected:
  NewReview wanted(PersonId person, std::int64_t stars) {
    NewReview r;
    r.product = bike_;
    r.person = person;
    r.key = key(person);
    r.order = OrderId{99};  // The purchase was looked up by the caller.
    r.stars = stars;
    r.content = {"A.", "Rides well", "Two years and no puncture."};
    return r;
  }
  Result<Review, Refusal> put(const NewReview& r) {
    return write([&](storage::Tx& tx) { return write_review(tx, keyring(), r); });
  }
  Score score() {
    auto read = store_->main().read();
    return score_of(read, bike_);
  }
  std::vector<Review> shown(std::int64_t stars = 0) {
    auto read = store_->main().read();
    return reviews_of(read, keyring(), bike_, stars, {}, 10);
  }
};

// A review counts once for a person; changing it moves the score instead of adding to it.
TEST_P(ReviewTest, OneOfEachPerson) {
  ASSERT_TRUE(put(wanted(anna_, 5)).ok());
  ASSERT_TRUE(put(wanted(bert_, 4)).ok());
  EXPECT_EQ(score().count(), 2);
  EXPECT_EQ(score().hundredths(), 450);
  ASSERT_TRUE(put(wanted(anna_, 1)).ok());
  EXPECT_EQ(score().count(), 2);
  EXPECT_EQ(score().hundredths(), 250);
  EXPECT_EQ(shown().size(), 2U);
  EXPECT_EQ(shown(4)[0].content->title, "Rides well");
  EXPECT_EQ(events("community.review_written").size(), 3U);
  EXPECT_TRUE(verified().differences.empty());
}

// A mean is rounded half up to hundredths of a star: 5, 4, 4 are 4.33.
TEST_P(ReviewTest, RoundsTheMean) {
  Score s;
  EXPECT_EQ(s.hundredths(), 0);
  s.by_stars = {0, 0, 0, 2, 1};
  EXPECT_EQ(s.hundredths(), 433);
  s.by_stars = {0, 0, 0, 1, 2};
  EXPECT_EQ(s.hundredths(), 467);
}

// Each refusal of a review.
TEST_P(ReviewTest, RefusesWhoHasNotBoughtAndWhatIsNone) {
  auto r = wanted(anna_, 5);
  r.order = {};
  EXPECT_EQ(put(r).refusal(), Refusal::not_bought);
  EXPECT_EQ(put(wanted(anna_, 6)).refusal(), Refusal::bad_stars);
  EXPECT_EQ(put(wanted(anna_, 0)).refusal(), Refusal::bad_stars);
  r = wanted(anna_, 5);
  r.content.text = std::string(kMostReview + 1, 'a');
  EXPECT_EQ(put(r).refusal(), Refusal::text_too_long);
  r = wanted(anna_, 5);
  r.product = ProductId{77};
  EXPECT_EQ(put(r).refusal(), Refusal::unknown_product);
  EXPECT_EQ(score().count(), 0);
}

// After thirty days a review stays as it is.
TEST_P(ReviewTest, StaysAfterThirtyDays) {
  ASSERT_TRUE(put(wanted(anna_, 5)).ok());
  store_.clock().advance(days(31));
  EXPECT_EQ(put(wanted(anna_, 1)).refusal(), Refusal::too_late);
}

// The author takes it back, nobody else does; what was withdrawn does not count.
TEST_P(ReviewTest, IsWithdrawnByItsAuthor) {
  const auto r = put(wanted(anna_, 5));
  const auto withdraw = [&](PersonId person) {
    return write([&](storage::Tx& tx) { return withdraw_review(tx, r->id, person); });
  };
  EXPECT_EQ(withdraw(bert_).refusal(), Refusal::unknown_review);
  EXPECT_TRUE(withdraw(anna_).ok());
  EXPECT_TRUE(withdraw(anna_).ok());
  EXPECT_EQ(score().count(), 0);
  EXPECT_TRUE(shown().empty());
  EXPECT_TRUE(put(wanted(anna_, 4)).ok());
  EXPECT_EQ(score().count(), 1);
}

// The merchant whose product it is replies, and takes the reply back; others do not.
TEST_P(ReviewTest, IsRepliedToByItsMerchant) {
  const auto r = put(wanted(anna_, 2));
  const auto reply = [&](MerchantId merchant, std::string_view text) {
    return write(
        [&](storage::Tx& tx) { return reply_to_review(tx, keyring(), r->id, merchant, text); });
  };
  EXPECT_EQ(reply(kBooks, "no").refusal(), Refusal::unknown_review);
  EXPECT_EQ(reply(kBikes, std::string(kMostText + 1, 'a')).refusal(), Refusal::text_too_long);
  EXPECT_EQ(reply(kBikes, " We are sorry. ")->reply, "We are sorry.");
  EXPECT_EQ(reply(kBikes, "")->reply, "");
}

// The words go with their author, the stars stay counted.
TEST_P(ReviewTest, ErasureTakesTheWords) {
  ASSERT_TRUE(put(wanted(anna_, 5)).ok());
  erase(anna_);
  EXPECT_FALSE(shown()[0].content.has_value());
  EXPECT_EQ(score().count(), 1);
}

// An operator hides a reported review; it does not come back, and nobody reports twice.
TEST_P(ReviewTest, IsHiddenAfterAReport) {
  const auto r = put(wanted(anna_, 1));
  const auto report_by = [&](PersonId person, std::int64_t subject) {
    return write([&](storage::Tx& tx) {
      return report(tx, Subject::review, subject, person, Reason::fraud);
    });
  };
  EXPECT_EQ(report_by(bert_, 77).refusal(), Refusal::unknown_subject);
  const auto made = report_by(bert_, r->id.value);
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(report_by(bert_, r->id.value).refusal(), Refusal::already_reported);
  const auto other = report_by(anna_, r->id.value);
  const auto done = [&](ReportId id) {
    return write([&](storage::Tx& tx) { return decide(tx, id, true); });
  };
  EXPECT_EQ(done(ReportId{77}).refusal(), Refusal::unknown_report);
  EXPECT_EQ(done(made->id)->state, ReportState::removed);
  EXPECT_EQ(done(made->id).refusal(), Refusal::already_decided);
  EXPECT_EQ(done(other->id).refusal(), Refusal::already_decided);
  EXPECT_TRUE(shown().empty());
  EXPECT_EQ(put(wanted(anna_, 1)).refusal(), Refusal::too_late);
  EXPECT_TRUE(verified().differences.empty());
}

// verify() finds a score that does not count the reviews.
TEST_P(ReviewTest, VerifyFindsAWrongScore) {
  static constexpr storage::Sql kBreak{"community.test_break", R"sql(
    UPDATE community_score SET five = five + 1 WHERE shard = $1 AND id = $2)sql"};
  ASSERT_TRUE(put(wanted(anna_, 5)).ok());
  write([&](storage::Tx& tx) { tx.exec(kBreak, {bike_.shard(), bike_}); });
  ASSERT_EQ(verified().differences.size(), 1U);
  EXPECT_EQ(verified().differences[0].what, "stars of product");
}

INSTANTIATE_TEST_SUITE_P(Engines, ReviewTest, testing::ValuesIn(storage::test_engines()),
                         [](const auto& engine) { return storage::engine_name(engine.param); });

}  // namespace
}  // namespace fondaco::community
