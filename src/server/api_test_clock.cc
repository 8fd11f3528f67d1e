#include "api.h"

#include <fondaco/base/json.h>
#include <fondaco/http/router.h>

namespace fondaco::server {
namespace {

constexpr std::int64_t kMostSeconds = 10LL * 366 * 86'400;

struct ClockIn {
  std::optional<std::int64_t> advance_seconds;
  std::optional<Instant> set;
};
BOOST_DESCRIBE_STRUCT(ClockIn, (), (advance_seconds, set))

struct ClockOut {
  Instant now;
};
BOOST_DESCRIBE_STRUCT(ClockOut, (), (now))

/// How far to go, or why not: ids and ledgers are ordered by time, so it never goes back.
Result<Duration, http::Response> step_of(const ClockIn& in, Instant now) {
  if (in.advance_seconds.has_value() == in.set.has_value()) {
    return Refused{http::invalid("", "expected either advance_seconds or set")};
  }
  const std::int64_t wanted_s = in.set ? (*in.set - now).us / 1'000'000 : *in.advance_seconds;
  if (wanted_s < 0 || (in.set && *in.set < now) || wanted_s > kMostSeconds) {
    return Refused{http::problem(422, "time_out_of_range",
                                 "time goes forward only, by at most ten years at once")};
  }
  return in.set ? *in.set - now : seconds(wanted_s);
}

}  // namespace

void mount_test_clock(http::Router& router, TestClockServices services) {
  http::Route route;
  route.method = http::Method::post;
  route.path = "/api/v1/test/clock";
  route.access = {"-", http::Owner::everyone, http::Rate::internal, http::Idempotency::natural};
  route.summary = "Moves time forward and fires what is due; only in a sandbox";
  route.request = http::schema_of<ClockIn>();
  route.response = http::schema_of<ClockOut>();
  route.refusals = {"time_out_of_range"};
  router.detached(std::move(route),
                  [services, &router](std::shared_ptr<http::Context> c, http::Reply reply) {
                    const auto body = http::body_as<ClockIn>(*c);
                    if (!body) return reply(body.refusal());
                    const auto step = step_of(*body, services.clock.now());
                    if (!step) return reply(step.refusal());
                    const auto move = [services, step = *step, c, reply] {
                      services.clock.advance(step);
                      services.run_due();
                      reply(http::json(json_of(ClockOut{services.clock.now()})));
                    };
                    if (!router.offload(move)) {
                      reply(http::problem(503, "busy", "too much is waiting already"));
                    }
                  });
}

}  // namespace fondaco::server
