// JSON of community and what its routes share. Private to the API.
#pragma once

#include <fondaco/base/json.h>
#include <fondaco/community/api.h>
#include <fondaco/http/router.h>

#include <optional>
#include <string>
#include <vector>

namespace fondaco::community {

struct ConversationOut {
  ConversationId id;
  MerchantId merchant;
  std::optional<ProductId> product;
  std::optional<OrderId> order;
  std::int64_t messages = 0;
  bool unread = false;
  bool blocked_by_buyer = false;
  bool blocked_by_merchant = false;
  std::optional<MessageId> last_message;
};
BOOST_DESCRIBE_STRUCT(ConversationOut, (),
                      (id, merchant, product, order, messages, unread, blocked_by_buyer,
                       blocked_by_merchant, last_message))

struct MessageOut {
  MessageId id;
  Side sender = Side::buyer;
  std::optional<std::string> text;  // Null once the buyer was erased.
  bool masked = false;              // Contacts in it are hidden until something was paid.
  std::vector<PictureId> pictures;
};
BOOST_DESCRIBE_STRUCT(MessageOut, (), (id, sender, text, masked, pictures))

struct OpenIn {
  std::string merchant;  // Slug or id.
  std::optional<ProductId> product;
  std::optional<OrderId> order;
};
BOOST_DESCRIBE_STRUCT(OpenIn, (), (merchant, product, order))

struct MessageIn {
  std::string text;
  std::optional<std::vector<PictureId>> pictures;
};
BOOST_DESCRIBE_STRUCT(MessageIn, (), (text, pictures))

struct BlockIn {
  bool blocked = true;
};
BOOST_DESCRIBE_STRUCT(BlockIn, (), (blocked))

struct ReadIn {
  MessageId message;
};
BOOST_DESCRIBE_STRUCT(ReadIn, (), (message))

struct PictureOut {
  PictureId id;
};
BOOST_DESCRIBE_STRUCT(PictureOut, (), (id))

struct QuickAnswerIn {
  std::string title;
  std::string text;
};
BOOST_DESCRIBE_STRUCT(QuickAnswerIn, (), (title, text))
BOOST_DESCRIBE_STRUCT(QuickAnswer, (), (id, title, text))

struct ReviewOut {
  ReviewId id;
  ProductId product;
  std::int64_t stars = 0;
  std::optional<std::string> name;  // Null once the author was erased, as title and text.
  std::optional<std::string> title;
  std::optional<std::string> text;
  std::string locale;
  bool verified_purchase = true;
  State state = State::published;
  std::optional<std::string> reply;
  std::optional<Instant> replied_at;
  Instant written_at;
};
BOOST_DESCRIBE_STRUCT(ReviewOut, (),
                      (id, product, stars, name, title, text, locale, verified_purchase, state,
                       reply, replied_at, written_at))

struct ScoreOut {
  std::int64_t count = 0;
  std::int64_t score_hundredths = 0;   // 450: four and a half stars.
  std::vector<std::int64_t> by_stars;  // Five counts, one star first.
};
BOOST_DESCRIBE_STRUCT(ScoreOut, (), (count, score_hundredths, by_stars))

struct ReviewListOut {
  ScoreOut score;
  std::vector<ReviewOut> data;
  bool has_more = false;
};
BOOST_DESCRIBE_STRUCT(ReviewListOut, (), (score, data, has_more))

struct ProductReviewIn {
  std::int64_t stars = 0;
  std::optional<std::string> name;
  std::optional<std::string> title;
  std::optional<std::string> text;
};
BOOST_DESCRIBE_STRUCT(ProductReviewIn, (), (stars, name, title, text))

struct TextIn {
  std::string text;
};
BOOST_DESCRIBE_STRUCT(TextIn, (), (text))

struct AnswerOut {
  AnswerId id;
  bool by_merchant = false;
  std::optional<std::string> text;
};
BOOST_DESCRIBE_STRUCT(AnswerOut, (), (id, by_merchant, text))

struct QuestionOut {
  QuestionId id;
  ProductId product;
  std::optional<std::string> text;
  std::int64_t answers = 0;
  std::vector<AnswerOut> best;
};
BOOST_DESCRIBE_STRUCT(QuestionOut, (), (id, product, text, answers, best))

struct ReportIn {
  std::string subject;  // A message's, review's, question's or answer's id.
  Reason reason = Reason::other;
};
BOOST_DESCRIBE_STRUCT(ReportIn, (), (subject, reason))

struct AbuseReportOut {
  ReportId id;
  Subject about = Subject::review;
  std::string subject;
  Reason reason = Reason::other;
  ReportState state = ReportState::open;
};
BOOST_DESCRIBE_STRUCT(AbuseReportOut, (), (id, about, subject, reason, state))

struct ReportDecisionIn {
  bool remove = false;
};
BOOST_DESCRIBE_STRUCT(ReportDecisionIn, (), (remove))

http::Response problem_of(Refusal refusal);

/// The person's sealing key; nothing for somebody who is erased meanwhile.
std::optional<KeyId> key_of(const Services& services, storage::Read& read, PersonId person);

/// {"data":[…],"has_more":b} of at most limit rows; one more was read to know of more.
template <class T>
http::Response list_of(std::vector<T> rows, int limit) {
  const bool more = rows.size() > static_cast<std::size_t>(limit);
  if (more) rows.pop_back();
  std::string items;
  for (const T& row : rows) items += (items.empty() ? "" : ",") + json_of(row);
  return http::json(http::list_json(items, more));
}

/// starting_after as an id; the refusal names it.
template <class I>
Result<I, http::Response> start_of(const http::Page& page) {
  if (!page.starting_after) return I{};
  const auto id = id_from_text<I>(*page.starting_after);
  if (!id) return Refused{http::invalid("/starting_after", "is no id of this list")};
  return *id;
}

http::Route route_of(http::Method method, std::string path, http::Access access,
                     std::string summary);
/// The merchant of {merchant} in the path.
std::function<std::optional<MerchantId>(http::Context&)> merchant_in_path(const Services& services);

void mount_conversations(http::Router& router, const Services& services);
void mount_disputes(http::Router& router, const Services& services);
void mount_reviews(http::Router& router, const Services& services);

inline const std::vector<http::Schema::Parameter> kPaging = {
    {"limit", "1 to 100, default 20", "integer"},
    {"starting_after", "id of the last one of the page before"}};

}  // namespace fondaco::community
