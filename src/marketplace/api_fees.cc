#include "api_parts.h"

#include <fondaco/marketplace/fees.h>

namespace fondaco::marketplace {
namespace {

using http::Context;
using http::Idempotency;
using http::Method;
using http::Owner;
using http::Rate;
using http::Response;
using http::Schema;

struct FeeScheduleOut {
  FeeScheduleId id;
  FeeState state = FeeState::draft;
  std::optional<std::string> valid_from;  // A day, "2027-01-01"; nothing of a draft.
  Instant created_at;
  FeeTable table;
};
BOOST_DESCRIBE_STRUCT(FeeScheduleOut, (), (id, state, valid_from, created_at, table))

struct FeePublishing {
  std::string valid_from;
};
BOOST_DESCRIBE_STRUCT(FeePublishing, (), (valid_from))

Response refused(FeeRefusal refusal) {
  switch (refusal) {
    case FeeRefusal::unknown_schedule:
      return http::problem(404, "unknown_fee_schedule", "there is no such fee schedule");
    case FeeRefusal::bad_name:
      return http::invalid("/name", "has to be 1 to 200 bytes of UTF-8");
    case FeeRefusal::bad_rate:
      return http::invalid("/rates",
                           "shares are 0 to 10000, amounts 0 to 10000000000000, tiers rise");
    case FeeRefusal::no_base_rate:
      return http::invalid("/rates", "need exactly one rate without category and kind");
    case FeeRefusal::double_rate:
      return http::invalid("/rates", "name a category and kind twice");
    case FeeRefusal::too_many_rates:
      return http::invalid("/rates", "at most 1000 rates and 100 deposits");
    case FeeRefusal::published:
      return http::problem(409, "fees_published", "only a draft changes");
    case FeeRefusal::in_force:
      return http::problem(409, "fees_in_force", "what is in force stays as it is");
    case FeeRefusal::not_a_day:
      return http::invalid("/valid_from", "has to be a day like 2027-01-01");
    case FeeRefusal::not_future:
      return http::invalid("/valid_from", "has to be a day after today");
    case FeeRefusal::day_taken:
      return http::problem(409, "day_taken", "another schedule of the currency begins that day");
    case FeeRefusal::stale_version:
      return http::problem(412, "stale_version", "somebody else changed the schedule meanwhile");
  }
  return http::problem(500, "internal", "unnamed refusal");
}

FeeScheduleOut shown(const FeeSchedule& s) {
  return {.id = s.id,
          .state = s.state,
          .valid_from = s.state == FeeState::published ? std::optional(format_date(s.valid_from))
                                                       : std::nullopt,
          .created_at = s.created_at,
          .table = s.table};
}

/// Everybody may know what selling here costs; what is only planned is the operators'.
Response list_schedules(Context& c) {
  const bool all = c.who().may("marketplace.read");
  std::vector<FeeSchedule> seen;
  for (FeeSchedule& s : list_fees(c.read())) {
    if (all || s.state == FeeState::published) seen.push_back(std::move(s));
  }
  const auto limit = static_cast<int>(seen.size());
  return list(std::move(seen), limit, shown);
}

Response one_schedule(Context& c) {
  const auto id = c.id_param<FeeScheduleId>("id");
  const auto s = id ? find_fees(c.read(), *id) : std::nullopt;
  if (!s || (s->state == FeeState::draft && !c.who().may("marketplace.read"))) {
    return refused(FeeRefusal::unknown_schedule);
  }
  return answer(shown(*s), s->version);
}

http::WritePlan create(Context& c) {
  auto body = http::body_as<FeeTable>(c);
  if (!body.ok()) return body.refusal();
  return [table = std::move(*body)](storage::Tx& tx) {
    const auto made = draft_fees(tx, table);
    if (!made.ok()) return refused(made.refusal());
    return answer(shown(*made), made->version, 201);
  };
}

/// What the writer does to the schedule in the path, once the caller has shown its version.
template <class F>
http::WritePlan change(Context& c, F act) {
  const auto id = c.id_param<FeeScheduleId>("id");
  if (!id) return refused(FeeRefusal::unknown_schedule);
  return [&c, id = *id, act = std::move(act)](storage::Tx& tx) {
    const auto stored = find_fees(tx, id);
    if (!stored) return refused(FeeRefusal::unknown_schedule);
    if (auto stale = http::check_if_match(c, stored->version)) return *std::move(stale);
    const Result<FeeSchedule, FeeRefusal> done = act(tx, *stored);
    if (!done.ok()) return refused(done.refusal());
    return answer(shown(*done), done->version);
  };
}

http::WritePlan put(Context& c) {
  auto body = http::body_as<FeeTable>(c);
  if (!body.ok()) return body.refusal();
  return change(c, [table = std::move(*body)](storage::Tx& tx, const FeeSchedule& s) {
    return change_fees(tx, s.id, table, s.version);
  });
}

/// Who waits for the answer finds the schedule in this process's memory.
void load_after_commit(storage::Tx& tx, FeeBook& fees) {
  tx.after_commit([&fees] { fees.load(); });
}

http::WritePlan publish(Context& c, FeeBook& fees) {
  auto body = http::body_as<FeePublishing>(c);
  if (!body.ok()) return body.refusal();
  const auto day = parse_rfc3339(body->valid_from + "T00:00:00Z");
  if (!day) return refused(FeeRefusal::not_a_day);
  return change(c, [&fees, day = *day](storage::Tx& tx, const FeeSchedule& s) {
    load_after_commit(tx, fees);
    return publish_fees(tx, s.id, day, s.version);
  });
}

http::WritePlan withdraw(Context& c, FeeBook& fees) {
  return change(c, [&fees](storage::Tx& tx, const FeeSchedule& s) {
    load_after_commit(tx, fees);
    return withdraw_fees(tx, s.id, s.version);
  });
}

void mount_reading(http::Router& router) {
  router.read({.method = Method::get,
               .path = "/api/v1/fee-schedules",
               .access = {"-", Owner::everyone, Rate::read, Idempotency::safe},
               .summary = "What the platform takes: schedules by day; drafts for operators",
               .request = Schema::none(),
               .response = http::list_schema_of<FeeScheduleOut>()},
              list_schedules);
  router.read({.method = Method::get,
               .path = "/api/v1/fee-schedules/{id}",
               .access = {"-", Owner::everyone, Rate::read, Idempotency::safe},
               .summary = "One fee schedule",
               .request = Schema::none(),
               .response = http::schema_of<FeeScheduleOut>(),
               .refusals = {"unknown_fee_schedule"}},
              one_schedule);
}

}  // namespace

void mount_fees(http::Router& router, FeeBook& fees) {
  mount_reading(router);
  const http::Access write{"marketplace.write", Owner::operators, Rate::write,
                           Idempotency::optional};
  const http::Access again{"marketplace.write", Owner::operators, Rate::write,
                           Idempotency::natural};
  router.write({.method = Method::post,
                .path = "/api/v1/fee-schedules",
                .access = write,
                .summary = "Draft a fee schedule",
                .request = http::schema_of<FeeTable>(),
                .response = http::schema_of<FeeScheduleOut>(),
                .success = 201,
                .refusals = {"invalid_request"}},
               create);
  router.write(
      {.method = Method::put,
       .path = "/api/v1/fee-schedules/{id}",
       .access = again,
       .summary = "Change a draft",
       .request = http::schema_of<FeeTable>(),
       .response = http::schema_of<FeeScheduleOut>(),
       .refusals = {"unknown_fee_schedule", "fees_published", "stale_version", "invalid_request"}},
      put);
  router.write({.method = Method::post,
                .path = "/api/v1/fee-schedules/{id}/publication",
                .access = write,
                .summary = "Put a draft in force from a future day on",
                .request = http::schema_of<FeePublishing>(),
                .response = http::schema_of<FeeScheduleOut>(),
                .refusals = {"unknown_fee_schedule", "fees_published", "day_taken", "stale_version",
                             "invalid_request"}},
               [&fees](Context& c) { return publish(c, fees); });
  router.write({.method = Method::del,
                .path = "/api/v1/fee-schedules/{id}/publication",
                .access = again,
                .summary = "Make it a draft again, as long as it is not in force",
                .request = Schema::none(),
                .response = http::schema_of<FeeScheduleOut>(),
                .refusals = {"unknown_fee_schedule", "fees_in_force", "stale_version"}},
               [&fees](Context& c) { return withdraw(c, fees); });
}

}  // namespace fondaco::marketplace
