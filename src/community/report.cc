#include <fondaco/community.h>
#include <fondaco/events/community.h>
#include <fondaco/storage/publish.h>

#include "hide.h"

namespace fondaco::community {
namespace {

constexpr storage::Sql kInsert{"community.report_insert", R"sql(
  INSERT INTO community_report (shard, id, about, subject_id, person_id, reason, state)
  VALUES ($1, $2, $3, $4, $5, $6, 1) ON CONFLICT DO NOTHING)sql"};

constexpr storage::Sql kFind{"community.report_find", R"sql(
  SELECT id, about, subject_id, person_id, reason, state
    FROM community_report WHERE shard = $1 AND id = $2)sql"};

constexpr storage::Sql kOpen{"community.reports_open", R"sql(
  SELECT id, about, subject_id, person_id, reason, state
    FROM community_report WHERE state = 1 AND id > $1 ORDER BY id LIMIT $2)sql"};

constexpr storage::Sql kDecide{"community.report_decide", R"sql(
  UPDATE community_report SET state = $3 WHERE shard = $1 AND subject_id = $2 AND state = 1)sql"};

constexpr storage::Sql kDecideOne{"community.report_decide_one", R"sql(
  UPDATE community_report SET state = $3 WHERE shard = $1 AND id = $2 AND state = 1)sql"};

constexpr storage::Sql kMessageThere{"community.report_message", R"sql(
  SELECT c.id FROM community_message m
    JOIN community_conversation c ON c.id = m.conversation_id AND c.shard = m.shard
   WHERE m.shard = $1 AND m.id = $2 AND c.person_id = $3)sql"};
constexpr storage::Sql kReviewThere{"community.report_review", R"sql(
  SELECT id FROM community_review WHERE shard = $1 AND id = $2 AND state = 1)sql"};
constexpr storage::Sql kQuestionThere{"community.report_question", R"sql(
  SELECT id FROM community_question WHERE shard = $1 AND id = $2 AND state = 1)sql"};
constexpr storage::Sql kAnswerThere{"community.report_answer", R"sql(
  SELECT id FROM community_answer WHERE shard = $1 AND id = $2 AND state = 1)sql"};

Report report_from(const storage::Row& row) {
  return {.id = row.id<ReportId>(0),
          .about = static_cast<Subject>(row.integer(1)),
          .subject = row.integer(2),
          .person = row.id<PersonId>(3),
          .reason = static_cast<Reason>(row.integer(4)),
          .state = static_cast<ReportState>(row.integer(5))};
}

/// Whether the person can see it and so report it.
bool is_there(storage::Read& read, Subject about, std::int64_t id, PersonId person) {
  const auto shard = static_cast<std::int64_t>(shard_of(id));
  switch (about) {
    case Subject::message:
      return read.scalar(kMessageThere, {shard, id, person}).has_value();
    case Subject::review:
      return read.scalar(kReviewThere, {shard, id}).has_value();
    case Subject::question:
      return read.scalar(kQuestionThere, {shard, id}).has_value();
    case Subject::answer:
      return read.scalar(kAnswerThere, {shard, id}).has_value();
  }
  return false;
}

void remove_subject(storage::Tx& tx, const Report& report) {
  switch (report.about) {
    case Subject::message:
      return;  // Evidence of both sides; the operator blocks or suspends instead.
    case Subject::review:
      hide_review(tx, ReviewId{report.subject});
      return;
    case Subject::question:
      hide_question(tx, QuestionId{report.subject});
      return;
    case Subject::answer:
      hide_answer(tx, AnswerId{report.subject});
      return;
  }
}

std::string_view name_of(Subject about) {
  return boost::describe::enum_to_string(about, "unknown");
}

}  // namespace

Result<Report, Refusal> report(storage::Tx& tx, Subject about, std::int64_t subject,
                               PersonId person, Reason reason) {
  if (!is_there(tx, about, subject, person)) return Refused{Refusal::unknown_subject};
  const auto id = tx.next_id<ReportId>(shard_of(subject));
  if (tx.exec(kInsert, {id.shard(), id, about, subject, person, reason}) == 0) {
    return Refused{Refusal::already_reported};
  }
  storage::publish(tx, id.value, 1,
                   events::Reported{id, std::string(name_of(about)),
                                    boost::describe::enum_to_string(reason, "unknown")});
  return Report{id, about, subject, person, reason, ReportState::open};
}

std::vector<Report> open_reports(storage::Read& read, ReportId after, int limit) {
  return read.all(kOpen, {after, limit}, report_from);
}

Result<Report, Refusal> decide(storage::Tx& tx, ReportId id, bool remove) {
  auto found = tx.first(kFind, {id.shard(), id}, report_from);
  if (!found) return Refused{Refusal::unknown_report};
  if (found->state != ReportState::open) return Refused{Refusal::already_decided};
  found->state = remove ? ReportState::removed : ReportState::dismissed;
  if (remove) {
    remove_subject(tx, *found);
    tx.exec(kDecide, {id.shard(), found->subject, found->state});
  } else {
    tx.exec(kDecideOne, {id.shard(), id, found->state});
  }
  storage::publish(tx, id.value, 2,
                   events::ReportDecided{id, std::string(name_of(found->about)), remove});
  return *found;
}

}  // namespace fondaco::community
