#include "api.h"

#include <fondaco/base/json.h>
#include <fondaco/http/router.h>
#include <fondaco/storage/jobs.h>

namespace fondaco::server {
namespace {

using http::Context;
using http::Idempotency;
using http::Method;
using http::Owner;
using http::Rate;
using http::Response;

struct JobOut {
  JobId id;
  std::string kind;
  std::string queue;
  std::string state;
  std::int64_t done = 0;
  std::int64_t total = 0;
  std::int64_t attempts = 0;
  std::int64_t attempts_max = 0;
  std::string error;
  std::optional<JsonText> result;
  Instant run_at;
  Instant created_at;
  Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(JobOut, (),
                      (id, kind, queue, state, done, total, attempts, attempts_max, error, result,
                       run_at, created_at, updated_at))

struct SettingOut {
  std::string name;
  std::string type;
  std::string value;
  std::string fallback;
  std::string description;
  bool overridden = false;
  std::int64_t version = 0;
};
BOOST_DESCRIBE_STRUCT(SettingOut, (),
                      (name, type, value, fallback, description, overridden, version))

struct SettingIn {
  std::optional<std::string> value;  // Missing or null: back to the fallback.
};
BOOST_DESCRIBE_STRUCT(SettingIn, (), (value))

JobOut shown(const storage::Job& j) {
  JobOut out{j.id,        j.kind,  j.queue,    std::string(storage::name_of(j.state)),
             j.done,      j.total, j.attempts, j.attempts_max,
             j.error,     {},      j.run_at,   j.created_at,
             j.updated_at};
  if (!j.result.empty()) out.result = JsonText{j.result};
  return out;
}

SettingOut shown(const storage::SettingValue& s) {
  return {s.spec.name,
          std::string(storage::name_of(s.spec.type)),
          s.value,
          s.spec.fallback,
          s.spec.description,
          s.overridden,
          s.version};
}

Response refused(storage::JobRefusal why) {
  switch (why) {
    case storage::JobRefusal::unknown_job:
      return http::problem(404, "unknown_job", "there is no such job");
    case storage::JobRefusal::already_ended:
      return http::problem(409, "already_ended", "the job has ended");
    case storage::JobRefusal::not_ended:
      return http::problem(409, "not_ended", "the job has not failed and was not cancelled");
  }
  return http::problem(500, "internal", "");
}

Response refused(storage::SettingRefusal why) {
  switch (why) {
    case storage::SettingRefusal::unknown_setting:
      return http::problem(404, "unknown_setting", "no setting has this name");
    case storage::SettingRefusal::wrong_type:
      return http::problem(422, "wrong_type", "the value is not of the setting's type");
    case storage::SettingRefusal::out_of_range:
      return http::problem(422, "out_of_range", "the value is outside of what is allowed");
    case storage::SettingRefusal::stale_version:
      return http::problem(412, "stale_version", "somebody else changed it since it was read");
  }
  return http::problem(500, "internal", "");
}

Response jobs(Context& c) {
  const auto page = http::page_of(c);
  if (!page) return page.refusal();
  JobId before;
  if (page->starting_after) {
    const auto id = id_from_text<JobId>(*page->starting_after);
    if (!id) return http::problem(400, "invalid_parameter", "starting_after is no job_… id");
    before = *id;
  }
  auto found = storage::list_jobs(c.read(), before, page->limit + 1);
  const bool more = std::cmp_greater(found.size(), page->limit);
  if (more) found.pop_back();
  std::string items;
  for (const auto& job : found) {
    if (!items.empty()) items += ',';
    items += json_of(shown(job));
  }
  return http::json(http::list_json(items, more));
}

Response one_job(Context& c) {
  const auto id = c.id_param<JobId>("id");
  const auto job = id ? storage::find_job(c.read(), *id) : std::nullopt;
  if (!job) return refused(storage::JobRefusal::unknown_job);
  return http::json(json_of(shown(*job)));
}

template <class Act>
http::WritePlan act_on_job(Context& c, Act act) {
  const auto id = c.id_param<JobId>("id");
  if (!id) return refused(storage::JobRefusal::unknown_job);
  return [id = *id, act](storage::Tx& tx) {
    const auto done = act(tx, id);
    if (!done.ok()) return refused(done.refusal());
    return http::json(json_of(shown(*storage::find_job(tx, id))));
  };
}

http::WritePlan put_setting(Context& c, storage::Settings& settings) {
  auto body = http::body_as<SettingIn>(c);
  if (!body) return body.refusal();
  const std::string name(c.param("name"));
  const auto known = settings.find(name);
  if (!known) return refused(storage::SettingRefusal::unknown_setting);
  std::optional<std::int64_t> version;
  if (!c.request().header("If-Match").empty()) {
    if (auto r = http::check_if_match(c, known->version)) return *r;
    version = known->version;
  }
  return [&settings, name, version, value = std::move(body->value)](storage::Tx& tx) {
    const auto done = settings.set(tx, name, value, version);
    if (!done) return refused(done.refusal());
    auto now = *settings.find(name);
    now.value = value.value_or(now.spec.fallback);
    now.overridden = now.value != now.spec.fallback;
    now.version = *done;
    return http::json(json_of(shown(now))).with("ETag", http::etag_of(now.version));
  };
}

http::Route route_of(Method method, std::string path, http::Access access, std::string summary,
                     http::Schema response) {
  http::Route route;
  route.method = method;
  route.path = std::move(path);
  route.access = access;
  route.summary = std::move(summary);
  route.request = http::Schema::none();
  route.response = std::move(response);
  return route;
}

void mount_jobs(http::Router& router) {
  constexpr http::Access kRead{"jobs.read", Owner::operators, Rate::read, Idempotency::safe};
  constexpr http::Access kWrite{"jobs.write", Owner::operators, Rate::write, Idempotency::natural};
  auto list = route_of(Method::get, "/api/v1/jobs", kRead, "Jobs, newest first",
                       http::list_schema_of<JobOut>());
  list.refusals = {"invalid_parameter"};
  list.query = {{"limit", "1 to 100", "integer"}, {"starting_after", "A job's id"}};
  router.read(std::move(list), jobs);
  auto one = route_of(Method::get, "/api/v1/jobs/{id}", kRead, "A job and how far it is",
                      http::schema_of<JobOut>());
  one.refusals = {"unknown_job"};
  router.read(std::move(one), one_job);
  auto cancel = route_of(Method::post, "/api/v1/jobs/{id}/cancel", kWrite,
                         "Ends a job as soon as its handler looks", http::schema_of<JobOut>());
  cancel.refusals = {"unknown_job", "already_ended"};
  router.write(std::move(cancel), [](Context& c) { return act_on_job(c, storage::cancel_job); });
  auto retry = route_of(Method::post, "/api/v1/jobs/{id}/retry", kWrite,
                        "Begins a failed or cancelled job again", http::schema_of<JobOut>());
  retry.refusals = {"unknown_job", "not_ended"};
  router.write(std::move(retry), [](Context& c) { return act_on_job(c, storage::retry_job); });
}

}  // namespace

void mount_operations(http::Router& router, OperationServices services) {
  mount_jobs(router);
  constexpr http::Access kRead{"settings.read", Owner::operators, Rate::read, Idempotency::safe};
  constexpr http::Access kWrite{"settings.write", Owner::operators, Rate::write,
                                Idempotency::natural};
  storage::Settings& settings = services.settings;
  router.read(route_of(Method::get, "/api/v1/settings", kRead, "All settings with their values",
                       http::list_schema_of<SettingOut>()),
              [&settings](Context&) {
                std::string items;
                for (const auto& s : settings.all()) {
                  if (!items.empty()) items += ',';
                  items += json_of(shown(s));
                }
                return http::json(http::list_json(items, false));
              });
  auto one = route_of(Method::get, "/api/v1/settings/{name}", kRead, "One setting",
                      http::schema_of<SettingOut>());
  one.refusals = {"unknown_setting"};
  router.read(std::move(one), [&settings](Context& c) {
    const auto found = settings.find(c.param("name"));
    if (!found) return refused(storage::SettingRefusal::unknown_setting);
    return http::json(json_of(shown(*found))).with("ETag", http::etag_of(found->version));
  });
  auto put = route_of(Method::put, "/api/v1/settings/{name}", kWrite,
                      "Sets a setting, live at once; null goes back to its declared value",
                      http::schema_of<SettingOut>());
  put.request = http::schema_of<SettingIn>();
  put.refusals = {"unknown_setting", "wrong_type", "out_of_range", "stale_version"};
  router.write(std::move(put), [&settings](Context& c) { return put_setting(c, settings); });
}

}  // namespace fondaco::server
