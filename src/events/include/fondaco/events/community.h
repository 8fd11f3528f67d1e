// What community tells the house. Depends on base ids. Additive only; no words of anybody.
#pragma once

#include <fondaco/base/ids.h>

#include <boost/describe.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace fondaco::events {

/// Entity is the conversation, entity_version its count of messages.
struct MessageSent {
  static constexpr std::string_view kType = "community.message_sent";
  static constexpr int kVersion = 1;
  ConversationId conversation;
  MessageId message;
  MerchantId merchant;
  PersonId person;     // The buyer.
  std::string sender;  // "buyer" or "merchant".
  ProductId product;   // 0: about none.
  OrderId order;
};
BOOST_DESCRIBE_STRUCT(MessageSent, (),
                      (conversation, message, merchant, person, sender, product, order))

/// A review is new, changed, hidden or withdrawn; the score is the product's after it.
struct ReviewWritten {
  static constexpr std::string_view kType = "community.review_written";
  static constexpr int kVersion = 1;
  ReviewId review;
  ProductId product;
  MerchantId merchant;
  std::int64_t stars = 0;
  std::string state;  // published, hidden, withdrawn.
  std::int64_t count = 0;
  std::int64_t score_hundredths = 0;
};
BOOST_DESCRIBE_STRUCT(ReviewWritten, (),
                      (review, product, merchant, stars, state, count, score_hundredths))

struct QuestionAsked {
  static constexpr std::string_view kType = "community.question_asked";
  static constexpr int kVersion = 1;
  QuestionId question;
  ProductId product;
  MerchantId merchant;
  PersonId person;
};
BOOST_DESCRIBE_STRUCT(QuestionAsked, (), (question, product, merchant, person))

/// Entity is the question.
struct QuestionAnswered {
  static constexpr std::string_view kType = "community.question_answered";
  static constexpr int kVersion = 1;
  QuestionId question;
  AnswerId answer;
  ProductId product;
  MerchantId merchant;
  PersonId person;  // Who had asked.
  bool by_merchant = false;
};
BOOST_DESCRIBE_STRUCT(QuestionAnswered, (),
                      (question, answer, product, merchant, person, by_merchant))

/// Somebody finds that something should not stand there. Entity is the report.
struct Reported {
  static constexpr std::string_view kType = "community.reported";
  static constexpr int kVersion = 1;
  ReportId report;
  std::string about;   // message, review, question, answer.
  std::string reason;  // spam, insult, fraud, personal_data, illegal, other.
};
BOOST_DESCRIBE_STRUCT(Reported, (), (report, about, reason))

struct ReportDecided {
  static constexpr std::string_view kType = "community.report_decided";
  static constexpr int kVersion = 1;
  ReportId report;
  std::string about;
  bool removed = false;
};
BOOST_DESCRIBE_STRUCT(ReportDecided, (), (report, about, removed))

/// A dispute was opened, somebody spoke, or it was decided. Entity is the dispute.
struct DisputeChanged {
  static constexpr std::string_view kType = "community.dispute_changed";
  static constexpr int kVersion = 1;
  DisputeId dispute;
  RefundId refund;
  OrderId order;
  MerchantId merchant;
  PersonId person;       // 0: a guest.
  std::string state;     // evidence, waiting, decided.
  std::int64_t due = 0;  // µs, when the state ends; 0: it does not.
};
BOOST_DESCRIBE_STRUCT(DisputeChanged, (), (dispute, refund, order, merchant, person, state, due))

}  // namespace fondaco::events
