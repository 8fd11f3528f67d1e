#include "testing.h"

namespace fondaco::community {
namespace {

class ConversationTest : public CommunityTest {
 protected:
  Result<Conversation, Refusal> open(PersonId person, MerchantId merchant, ProductId product,
                                     OrderId order = {}) {
    return write([&](storage::Tx& tx) {
      return open_conversation(tx, {merchant, person, key(person), product, order});
    });
  }
  Result<Message, Refusal> say(ConversationId id, const Speaker& who, std::string_view text,
                               const std::vector<PictureId>& pictures = {}) {
    return write([&](storage::Tx& tx) { return send(tx, keyring(), id, who, text, pictures); });
  }
  Result<PictureId, Refusal> picture(ConversationId id, const Speaker& who,
                                     std::string_view bytes) {
    return write([&](storage::Tx& tx) { return add_picture(tx, keyring(), id, who, bytes); });
  }
  std::vector<Message> all(const Conversation& c) {
    auto read = store_->main().read();
    return messages_of(read, keyring(), c, {}, 100);
  }
  std::vector<Conversation> list(const Speaker& who, bool unread) {
    auto read = store_->main().read();
    return conversations_of(read, who, {}, unread, 10);
  }

  const Speaker annas_{Side::buyer, anna_, {}};
  const Speaker shop_{Side::merchant, bert_, kBikes};
};

constexpr std::string_view kPng = "\x89PNG\r\n\x1a\n0123456789";

// The same thing talked about is the same conversation; both read all of it, in order.
TEST_P(ConversationTest, OneForEachThingAndBothReadIt) {
  const auto first = open(anna_, kBikes, bike_);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(open(anna_, kBikes, bike_)->id, first->id);
  EXPECT_NE(open(anna_, kBikes, {})->id, first->id);
  EXPECT_NE(open(bert_, kBikes, bike_)->id, first->id);
  ASSERT_TRUE(say(first->id, annas_, "Does it fit me?").ok());
  ASSERT_TRUE(say(first->id, shop_, "How tall are you?").ok());
  const auto words = all(*first);
  ASSERT_EQ(words.size(), 2U);
  EXPECT_EQ(words[0].text, "Does it fit me?");
  EXPECT_EQ(words[1].sender, Side::merchant);
  EXPECT_EQ(events("community.message_sent").size(), 2U);
  EXPECT_TRUE(verified().differences.empty());
}

// What is talked about has to be the merchant's, and the order the buyer's own.
TEST_P(ConversationTest, IsAboutThingsOfTheMerchant) {
  EXPECT_EQ(open(anna_, kBikes, book_).refusal(), Refusal::wrong_merchant);
  EXPECT_EQ(open(anna_, kBikes, ProductId{77}).refusal(), Refusal::unknown_product);
  EXPECT_EQ(open(anna_, kBikes, {}, OrderId{77}).refusal(), Refusal::unknown_order);
}

// Nobody else reads or writes, whatever he knows of the id.
TEST_P(ConversationTest, IsForItsTwoOnly) {
  const auto c = open(anna_, kBikes, bike_);
  const Speaker other_buyer{Side::buyer, bert_, {}};
  const Speaker other_shop{Side::merchant, bert_, kBooks};
  for (const Speaker& stranger : {other_buyer, other_shop}) {
    EXPECT_EQ(say(c->id, stranger, "hello").refusal(), Refusal::unknown_conversation);
    EXPECT_EQ(picture(c->id, stranger, kPng).refusal(), Refusal::unknown_conversation);
    auto read = store_->main().read();
    EXPECT_EQ(find_conversation(read, c->id, stranger).refusal(), Refusal::unknown_conversation);
  }
}

// Each limit of a message has its refusal, and a refused one leaves nothing behind.
TEST_P(ConversationTest, RefusesWhatIsNoMessage) {
  const auto c = open(anna_, kBikes, bike_);
  EXPECT_EQ(say(c->id, annas_, "  ").refusal(), Refusal::empty_text);
  EXPECT_EQ(say(c->id, annas_, std::string(kMostText + 1, 'a')).refusal(), Refusal::text_too_long);
  EXPECT_EQ(say(c->id, annas_, "x", {PictureId{5}}).refusal(), Refusal::unknown_picture);
  EXPECT_EQ(say(c->id, annas_, "x", std::vector<PictureId>(5)).refusal(),
            Refusal::too_many_pictures);
  EXPECT_EQ(picture(c->id, annas_, "<svg/>").refusal(), Refusal::bad_picture);
  EXPECT_EQ(picture(c->id, annas_, "%PDF-1.7 no picture").refusal(), Refusal::bad_picture);
  EXPECT_TRUE(all(*c).empty());
}

// Pictures are sealed with the words: both sides see them, and after erasure nobody does.
TEST_P(ConversationTest, ErasureTakesWordsAndPictures) {
  const auto c = open(anna_, kBikes, bike_);
  const auto shown = picture(c->id, annas_, kPng);
  ASSERT_TRUE(shown.ok());
  ASSERT_TRUE(say(c->id, annas_, "", {*shown}).ok());
  {
    auto read = store_->main().read();
    EXPECT_EQ(find_picture(read, keyring(), c->id, shop_, *shown)->bytes, kPng);
  }
  erase(anna_);
  EXPECT_FALSE(all(*c)[0].text.has_value());
  auto read = store_->main().read();
  EXPECT_EQ(find_picture(read, keyring(), c->id, shop_, *shown).refusal(),
            Refusal::unknown_picture);
  EXPECT_EQ(say(c->id, shop_, "are you there?").refusal(), Refusal::blocked);
}

// Who blocks is left in peace until he lets the other speak again.
TEST_P(ConversationTest, BlockingEndsItForBoth) {
  const auto c = open(anna_, kBikes, bike_);
  const auto set = [&](const Speaker& who, bool blocked) {
    return write([&](storage::Tx& tx) { return block(tx, c->id, who, blocked); });
  };
  EXPECT_TRUE(set(annas_, true)->blocked(Side::buyer));
  EXPECT_TRUE(set(annas_, true)->blocked(Side::buyer));
  EXPECT_EQ(say(c->id, shop_, "offer!").refusal(), Refusal::blocked);
  EXPECT_EQ(picture(c->id, shop_, kPng).refusal(), Refusal::blocked);
  EXPECT_FALSE(set(annas_, false)->blocked(Side::buyer));
  EXPECT_TRUE(say(c->id, shop_, "thank you").ok());
}

// Unread is what the other side said after one's own mark; marks never go back.
TEST_P(ConversationTest, CountsWhatIsUnread) {
  const auto c = open(anna_, kBikes, bike_);
  const auto hello = say(c->id, annas_, "hello");
  EXPECT_EQ(list(shop_, true).size(), 1U);
  EXPECT_TRUE(list(annas_, true).empty());
  const auto mark = [&](MessageId id) {
    return write([&](storage::Tx& tx) { return mark_read(tx, c->id, shop_, id); });
  };
  EXPECT_EQ(mark(hello->id)->read_by_merchant, hello->id);
  EXPECT_TRUE(list(shop_, true).empty());
  EXPECT_EQ(mark(MessageId{1})->read_by_merchant, hello->id);
  EXPECT_EQ(mark(MessageId{INT64_MAX})->read_by_merchant, hello->id);
  EXPECT_EQ(list(shop_, false).size(), 1U);
}

// A merchant's ready texts are his own and limited.
TEST_P(ConversationTest, KeepsQuickAnswers) {
  const auto add = [&](std::string_view title, std::string_view text) {
    return write([&](storage::Tx& tx) { return add_quick_answer(tx, kBikes, title, text); });
  };
  const auto added = add("Size", "Please tell us your height.");
  ASSERT_TRUE(added.ok());
  EXPECT_EQ(add("", "x").refusal(), Refusal::empty_text);
  EXPECT_EQ(add("t", std::string(kMostText + 1, 'a')).refusal(), Refusal::text_too_long);
  const auto remove = [&](MerchantId merchant) {
    return write([&](storage::Tx& tx) { return remove_quick_answer(tx, merchant, added->id); });
  };
  EXPECT_EQ(remove(kBooks).refusal(), Refusal::unknown_quick_answer);
  EXPECT_TRUE(remove(kBikes).ok());
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(add("t", "x").ok());
  EXPECT_EQ(add("t", "x").refusal(), Refusal::too_many);
}

INSTANTIATE_TEST_SUITE_P(Engines, ConversationTest, testing::ValuesIn(storage::test_engines()),
                         [](const auto& engine) { return storage::engine_name(engine.param); });

}  // namespace
}  // namespace fondaco::community
