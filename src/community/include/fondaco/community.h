// Community: what people say to each other about products and orders. Messages between buyer and
// merchant, reviews of what was bought, questions and answers, reports of what should not stand.
// Depends on base, storage, catalog, orders, shoppers.
//
// What a person wrote lies sealed under that person's key: erasing the person takes the words
// with it, counts stay. Invariants: one conversation for each (buyer, merchant, product, order);
// one review for each (person, product), only after a purchase; a score is the count of the
// published reviews; whoever is blocked cannot write.
#pragma once

#include <fondaco/base/ids.h>
#include <fondaco/base/result.h>
#include <fondaco/shoppers/keyring.h>
#include <fondaco/storage/blobs.h>
#include <fondaco/storage/findings.h>
#include <fondaco/storage/migration.h>
#include <fondaco/storage/tx.h>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fondaco::community {

inline constexpr std::size_t kMostText = 2'000;       // Bytes of a message, question or answer.
inline constexpr std::size_t kMostReview = 5'000;     // Bytes of a review's text.
inline constexpr std::size_t kMostPictures = 4;       // Of one message.
inline constexpr std::size_t kMostPicture = 1 << 20;  // Bytes of one.
inline constexpr std::int64_t kMostMessages = 1'000;  // Of one conversation.
inline constexpr Duration kReviewChange = days(30);   // Then a review stays as it is.

enum class Refusal {
  unknown_conversation,  // Also when it is somebody else's.
  unknown_product,
  unknown_order,
  wrong_merchant,  // The product or order is another merchant's.
  blocked,
  empty_text,
  text_too_long,
  too_many_pictures,
  unknown_picture,
  bad_picture,  // No PNG, JPEG, WebP or GIF, or larger than kMostPicture.
  too_many_messages,
  not_bought,
  bad_stars,
  unknown_review,
  too_late,  // To change a review.
  unknown_question,
  unknown_subject,
  already_reported,
  unknown_report,
  already_decided,
  unknown_quick_answer,
  too_many,  // Quick answers of a merchant: 100; answers to a question: 200.
};

// ---- conversations

/// Stored as numbers: a released number keeps its meaning.
enum class Side { buyer = 1, merchant = 2 };
BOOST_DESCRIBE_ENUM(Side, buyer, merchant)

struct Conversation {
  ConversationId id;
  MerchantId merchant;
  PersonId person;  // The buyer.
  KeyId key;        // Of the buyer, under which all of it is sealed.
  ProductId product;
  OrderId order;
  std::int64_t blocked_by = 0;  // Bits of Side: 1 the buyer, 2 the merchant.
  std::int64_t messages = 0;
  MessageId last_message;
  MessageId read_by_buyer;
  MessageId read_by_merchant;
  std::int64_t version = 1;
  bool blocked(Side by) const { return (blocked_by & static_cast<std::int64_t>(by)) != 0; }
};

struct Message {
  MessageId id;  // Tells the time too.
  ConversationId conversation;
  Side sender = Side::buyer;
  PersonId author;
  std::optional<std::string> text;  // Nothing once the buyer was erased.
  std::vector<PictureId> pictures;
};

/// Who writes: the buyer himself, or somebody who may speak for the merchant.
struct Speaker {
  Side side = Side::buyer;
  PersonId person;
  MerchantId merchant;  // Of Side::merchant.
};

struct Opening {
  MerchantId merchant;
  PersonId person;
  KeyId key;
  ProductId product;  // 0: about none.
  OrderId order;
};
/// The conversation about that, opened when there is none. The product and the order must be the
/// merchant's, the order the buyer's. Refuses unknown_product, unknown_order, wrong_merchant.
Result<Conversation, Refusal> open_conversation(storage::Tx& tx, const Opening& opening);

/// Refuses unknown_conversation unless the speaker is one of the two.
Result<Conversation, Refusal> find_conversation(storage::Read& read, ConversationId id,
                                                const Speaker& who);
/// The one about an order, if they have talked about it.
std::optional<Conversation> conversation_about(storage::Read& read, PersonId person,
                                               MerchantId merchant, OrderId order);
/// Those of the buyer, or of the merchant, newest words first, before the message `before` (0:
/// the newest); `unread` only those with something the speaker has not read.
std::vector<Conversation> conversations_of(storage::Read& read, const Speaker& who,
                                           MessageId before, bool unread, int limit);

/// Publishes community.message_sent. Refuses unknown_conversation, blocked, empty_text,
/// text_too_long, too_many_pictures, unknown_picture, too_many_messages.
Result<Message, Refusal> send(storage::Tx& tx, shoppers::Keyring& keyring, ConversationId id,
                              const Speaker& who, std::string_view text,
                              const std::vector<PictureId>& pictures);
/// Oldest first, after `after`.
std::vector<Message> messages_of(storage::Read& read, shoppers::Keyring& keyring,
                                 const Conversation& conversation, MessageId after, int limit);

struct Picture {
  PictureId id;
  storage::BlobType type = storage::BlobType::png;
  std::string bytes;
};
/// Refuses unknown_conversation, blocked, bad_picture.
Result<PictureId, Refusal> add_picture(storage::Tx& tx, shoppers::Keyring& keyring,
                                       ConversationId id, const Speaker& who,
                                       std::string_view bytes);
/// Refuses unknown_conversation, unknown_picture (also once the buyer was erased).
Result<Picture, Refusal> find_picture(storage::Read& read, shoppers::Keyring& keyring,
                                      ConversationId id, const Speaker& who, PictureId picture);

/// Whoever blocks gets no more words from the other side.
Result<Conversation, Refusal> block(storage::Tx& tx, ConversationId id, const Speaker& who,
                                    bool blocked);
/// Never goes back.
Result<Conversation, Refusal> mark_read(storage::Tx& tx, ConversationId id, const Speaker& who,
                                        MessageId up_to);

/// Mail addresses, telephone numbers and addresses of other places become "•••", so that nobody is
/// led away from escrow before anything was paid. Words and sizes ("2 x 4000 mAh") stay.
std::string mask_contacts(std::string_view text);

struct QuickAnswer {
  QuickAnswerId id;
  std::string title;
  std::string text;
};
std::vector<QuickAnswer> quick_answers(storage::Read& read, MerchantId merchant);
/// Refuses empty_text, text_too_long, too_many.
Result<QuickAnswer, Refusal> add_quick_answer(storage::Tx& tx, MerchantId merchant,
                                              std::string_view title, std::string_view text);
Result<Unit, Refusal> remove_quick_answer(storage::Tx& tx, MerchantId merchant, QuickAnswerId id);

// ---- what was bought

/// The newest order of the person that was paid for, not given back, and holds the product; looks
/// at the newest 200 orders.
std::optional<OrderId> purchase_of(storage::Read& main, storage::Read& derived, PersonId person,
                                   ProductId product);
/// Whether the person has ever paid that merchant; looks at the newest 200 orders.
bool has_paid(storage::Read& main, storage::Read& derived, PersonId person, MerchantId merchant);

// ---- reviews

enum class State { published = 1, hidden = 2, withdrawn = 3 };
BOOST_DESCRIBE_ENUM(State, published, hidden, withdrawn)

/// As it is sealed.
struct ReviewContent {
  std::string name;  // As the author wants to be called; may be empty.
  std::string title;
  std::string text;
};
BOOST_DESCRIBE_STRUCT(ReviewContent, (), (name, title, text))

struct Review {
  ReviewId id;
  ProductId product;
  MerchantId merchant;
  PersonId person;
  OrderId order;  // That proves the purchase.
  std::int64_t stars = 0;
  std::optional<ReviewContent> content;  // Nothing once the author was erased.
  std::string locale;
  State state = State::published;
  std::string reply;  // Of the merchant; empty without.
  Instant replied_at;
  Instant written_at;
  std::int64_t version = 1;
};

struct NewReview {
  ProductId product;
  PersonId person;
  KeyId key;
  OrderId order;  // purchase_of(); 0 is refused as not_bought.
  std::int64_t stars = 0;
  ReviewContent content;
  std::string locale = "en";
};
/// A second one of the same person replaces the first for kReviewChange. Publishes
/// community.review_written. Refuses not_bought, bad_stars, text_too_long, unknown_product,
/// too_late.
Result<Review, Refusal> write_review(storage::Tx& tx, shoppers::Keyring& keyring,
                                     const NewReview& review);
Result<Unit, Refusal> withdraw_review(storage::Tx& tx, ReviewId id, PersonId person);
/// An empty reply takes it back. Refuses unknown_review, text_too_long.
Result<Review, Refusal> reply_to_review(storage::Tx& tx, shoppers::Keyring& keyring, ReviewId id,
                                        MerchantId merchant, std::string_view reply);
/// Published ones, newest first, before `before`; `stars` 1 to 5 or 0 for all.
std::vector<Review> reviews_of(storage::Read& read, shoppers::Keyring& keyring, ProductId product,
                               std::int64_t stars, ReviewId before, int limit);
std::vector<Review> reviews_of_merchant(storage::Read& read, shoppers::Keyring& keyring,
                                        MerchantId merchant, ReviewId before, int limit);

struct Score {
  std::array<std::int64_t, 5> by_stars{};  // [0]: one star.
  std::int64_t count() const;
  /// Mean in hundredths of a star, half up; 0 without reviews.
  std::int64_t hundredths() const;
};
Score score_of(storage::Read& read, ProductId product);

// ---- questions

struct Answer {
  AnswerId id;
  bool by_merchant = false;         // Else by somebody who has bought it.
  std::optional<std::string> text;  // Nothing once the author was erased.
};
struct Question {
  QuestionId id;
  ProductId product;
  MerchantId merchant;
  PersonId person;
  std::optional<std::string> text;
  State state = State::published;
  std::int64_t answers = 0;
  std::vector<Answer> best;  // The merchant's first, then the oldest; at most 10.
};
/// Publishes community.question_asked. Refuses unknown_product, empty_text, text_too_long.
Result<Question, Refusal> ask(storage::Tx& tx, shoppers::Keyring& keyring, ProductId product,
                              PersonId person, KeyId key, std::string_view text);
struct NewAnswer {
  QuestionId question;
  PersonId person;
  KeyId key;            // Of the person, where an owner answers.
  MerchantId merchant;  // Where somebody answers for the merchant; 0: an owner.
  bool has_bought = false;
  std::string text;
};
/// Refuses unknown_question (also another merchant's), not_bought, empty_text, text_too_long,
/// too_many.
Result<Question, Refusal> answer(storage::Tx& tx, shoppers::Keyring& keyring,
                                 const NewAnswer& answer);
/// Published ones, newest first, before `before`.
std::vector<Question> questions_of(storage::Read& read, shoppers::Keyring& keyring,
                                   ProductId product, QuestionId before, int limit);
std::vector<Question> questions_of_merchant(storage::Read& read, shoppers::Keyring& keyring,
                                            MerchantId merchant, QuestionId before, int limit);
std::optional<Question> find_question(storage::Read& read, shoppers::Keyring& keyring,
                                      QuestionId id);

// ---- reports

enum class Subject { message = 1, review = 2, question = 3, answer = 4 };
BOOST_DESCRIBE_ENUM(Subject, message, review, question, answer)
enum class Reason { spam = 1, insult = 2, fraud = 3, personal_data = 4, illegal = 5, other = 6 };
BOOST_DESCRIBE_ENUM(Reason, spam, insult, fraud, personal_data, illegal, other)
enum class ReportState { open = 1, dismissed = 2, removed = 3 };
BOOST_DESCRIBE_ENUM(ReportState, open, dismissed, removed)

struct Report {
  ReportId id;
  Subject about = Subject::review;
  std::int64_t subject = 0;
  PersonId person;
  Reason reason = Reason::other;
  ReportState state = ReportState::open;
};
/// One of each person for each thing. A message can only be reported by the two who see it.
/// Publishes community.reported. Refuses unknown_subject, already_reported.
Result<Report, Refusal> report(storage::Tx& tx, Subject about, std::int64_t subject,
                               PersonId person, Reason reason);
std::vector<Report> open_reports(storage::Read& read, ReportId after, int limit);
/// removed hides a review, question or answer (a message stays: it is evidence of both sides) and
/// closes every other report of the same thing. Refuses unknown_report, already_decided.
Result<Report, Refusal> decide(storage::Tx& tx, ReportId id, bool remove);

/// Counts "conversations" and "reviews"; scores and counters that do not agree are differences.
void verify(storage::Read& read, storage::Findings& findings);

std::vector<storage::Migration> migrations();

}  // namespace fondaco::community
