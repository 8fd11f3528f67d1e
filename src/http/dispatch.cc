#include "dispatch.h"

#include "gate.h"
#include "stream.h"

#include <fondaco/base/check.h>
#include <fondaco/base/log.h>
#include <fondaco/base/product.h>
#include <fondaco/base/random.h>
#include <fondaco/base/text.h>

#include <charconv>

namespace fondaco::http {
namespace {

constexpr int kWorkerThreads = 2;
constexpr std::size_t kWorkerQueue = 256;
constexpr std::size_t kBodyLimitUnrouted = 64 * 1024;

std::int64_t steady_us(std::chrono::steady_clock::time_point t) {
  return std::chrono::duration_cast<std::chrono::microseconds>(t.time_since_epoch()).count();
}

bool is_write(Method m) { return m != Method::get && m != Method::head && m != Method::options; }

[[noreturn]] void refuse_route(const Route& r, std::string_view why) {
  throw Bug(std::string(name_of(r.method)) + " " + r.path + " " + std::string(why));
}

void check_owner(const Route& r) {
  const auto& a = r.access;
  if (a.scope.empty()) refuse_route(r, "has no scope");
  if (a.scope == "-" && a.owner != Owner::everyone && a.owner != Owner::self) {
    refuse_route(r, "has scope - but an owner");
  }
  const bool merchant = a.owner == Owner::merchant || a.owner == Owner::place;
  if (merchant && !r.merchant_of) refuse_route(r, "has no merchant_of");
  if (a.owner == Owner::place && !r.place_of) refuse_route(r, "has no place_of");
  if (!r.authenticate && a.owner != Owner::everyone) refuse_route(r, "has an owner to know");
}

void check_kind(const Mounted& m) {
  const auto& r = m.route;
  const auto key = r.access.idempotency;
  const bool keyed_here = key == Idempotency::optional || key == Idempotency::required;
  if (m.read || m.events) {
    if (is_write(r.method)) refuse_route(r, "reads with a method that writes");
    if (key != Idempotency::safe) refuse_route(r, "reads but is not safe");
  } else if (m.write) {
    if (!is_write(r.method)) refuse_route(r, "writes with a method that reads");
    if (key == Idempotency::safe) refuse_route(r, "writes but is called safe");
  } else if (keyed_here) {
    refuse_route(r, "is detached: its use case looks the key up (Idempotency::own)");
  }
  if (r.summary.empty()) refuse_route(r, "has no summary");
}

Response too_many(const RateVerdict& v) {
  const auto wait = std::to_string(v.reset_s);
  return problem(429, "rate_limited", "try again in " + wait + " s").with("Retry-After", wait);
}

Response missing_key() {
  return problem(400, "idempotency_key_missing", "this needs the header Idempotency-Key");
}

Response malformed_key() {
  return problem(400, "idempotency_key_invalid",
                 "Idempotency-Key has at most 255 printable characters");
}

}  // namespace

Response broken(std::exception_ptr what, std::string_view request_id) {
  try {
    std::rethrow_exception(what);
  } catch (const Fault& e) {
    log::error("http", "fault", {{"id", request_id}, {"what", e.what()}});
    return problem(503, "unavailable", "the request could not be carried out, try again later")
        .with("Retry-After", "5");
  } catch (const std::exception& e) {
    log::error("http", "bug", {{"id", request_id}, {"what", e.what()}});
  }
  return problem(500, "internal_error", "something is wrong on our side");
}

Dispatcher::Dispatcher(const ServerConfig& config, Server::Ports ports)
    : config_(config),
      ports_(ports),
      limiter_(config),
      counter_(SecureRandom().number() >> 40),
      id_prefix_(to_hex(SecureRandom().bytes(5)) + '-'),
      workers_(kWorkerThreads, kWorkerQueue) {}

void Dispatcher::mount(std::unique_ptr<Mounted> mounted) {
  check_owner(mounted->route);
  check_kind(*mounted);
  mounted->params = param_names(mounted->route.path);
  tree_.add(*mounted);
  mounted_.push_back(std::move(mounted));
}

std::vector<Route> Dispatcher::routes() const {
  std::vector<Route> out;
  for (const auto& m : mounted_) out.push_back(m->route);
  return out;
}

void Dispatcher::prepare(Call& call) {
  auto& q = call.request_;
  call.began_ = std::chrono::steady_clock::now();
  if (q.id.empty()) {
    char digits[16];
    const auto n = counter_.fetch_add(1, std::memory_order_relaxed);
    const auto end = std::to_chars(digits, digits + sizeof digits, n, 16).ptr;
    q.id.reserve(id_prefix_.size() + 8);
    q.id = id_prefix_;
    q.id.append(digits, end);
  }
  if (q.path.empty()) {
    const std::string target = q.target;  // Assigned to while it is read.
    if (!parse_target(target, q)) {
      call.early_ = problem(400, "malformed_target", "the request's target is malformed");
      return;
    }
  }
  call.match_ = tree_.find(q.method, q.path);
  if (call.match_.mounted) return;
  const auto methods = call.match_.methods;
  if (methods == 0 && q.path != "*") {
    call.early_ = problem(404, "not_found", "there is nothing at this path");
  } else if (q.method == Method::options) {
    call.early_ = no_content().with("Allow", allow_of(methods));
  } else {
    call.early_ = problem(405, "method_not_allowed", "this path has other methods")
                      .with("Allow", allow_of(methods));
  }
}

std::size_t Dispatcher::body_limit(const Call& call) const {
  return call.match_.mounted ? call.match_.mounted->route.body_limit : kBodyLimitUnrouted;
}

void Dispatcher::run(const std::shared_ptr<Call>& call) {
  active_.fetch_add(1, std::memory_order_relaxed);
  if (call->early_) {
    call->answer(std::move(*call->early_));
    return;
  }
  call->now_ = ports_.store.clock().now();
  call->enter();
  try {
    handle(call);
  } catch (...) {  // The one place of a request: whatever broke, it gets an answer.
    call->answer(broken(std::current_exception(), call->request().id));
  }
  call->leave();
}

bool Dispatcher::authenticate(Call& call) {
  const auto& q = call.request();
  const auto& route = call.match_.mounted->route;
  // Without a credential there is nothing to look up, and no read lease is taken.
  const bool presented = !q.header("authorization").empty() || !q.header("cookie").empty();
  if (!route.authenticate || !presented) return true;
  auto who = ports_.authenticator.authenticate(q, call.read());
  if (!who) {
    // Guessing tokens uses up what the guesser's address may ask.
    call.rate_ = limiter_.take(Rate::read, {}, q.remote, steady_us(call.began_));
    if (!call.rate_.allowed) {
      call.answer(too_many(call.rate_));
      return false;
    }
    call.answer(problem(401, "unauthenticated", "the token or session is not valid")
                    .with("WWW-Authenticate", R"(Bearer error="invalid_token")"));
    return false;
  }
  call.who_ = std::move(*who);
  return true;
}

bool Dispatcher::admit(Call& call) {
  const auto& access = call.match_.mounted->route.access;
  call.rate_ =
      limiter_.take(access.rate, call.who(), call.request().remote, steady_us(call.began_));
  if (!call.rate_.allowed) {
    call.answer(too_many(call.rate_));
    return false;
  }
  auto refusal = check_access(call);
  if (!refusal) refusal = check_csrf(call);
  if (refusal) call.answer(std::move(*refusal));
  return !refusal;
}

/// Modules below marketplace know merchants by id only; people know them by their slug.
void Dispatcher::name_merchant(Call& call) {
  if (!ports_.merchant_named) return;
  const auto& names = call.match_.mounted->params;
  for (std::size_t i = 0; i < names.size() && i < call.match_.count; ++i) {
    if (names[i] != "merchant" || id_from_text<MerchantId>(call.match_.values[i])) continue;
    const auto id = ports_.merchant_named(call.read(), call.match_.values[i]);
    if (!id) return;
    call.merchant_ = to_text(*id);
    call.match_.values[i] = call.merchant_;
  }
}

void Dispatcher::handle(const std::shared_ptr<Call>& call) {
  name_merchant(*call);
  if (!authenticate(*call) || !admit(*call)) return;
  const auto& m = *call->match_.mounted;
  if (m.read) {
    call->answer(m.read(*call));
  } else if (m.write) {
    run_write(call);
  } else if (m.detached) {
    if (m.route.access.idempotency == Idempotency::own) {
      const auto key = idempotency_key(call->request());
      if (!key) return call->answer(malformed_key());
      if (key->empty()) return call->answer(missing_key());
    }
    m.detached(call, reply_of(call));
  } else {
    run_events(call);
  }
}

void Dispatcher::run_write(const std::shared_ptr<Call>& call) {
  const auto& m = *call->match_.mounted;
  const auto need = m.route.access.idempotency;
  std::optional<Keyed> k;
  if (need != Idempotency::natural) {
    const auto key = idempotency_key(call->request());
    if (!key) return call->answer(malformed_key());
    if (key->empty() && need != Idempotency::optional) return call->answer(missing_key());
    if (!key->empty() && need != Idempotency::own) k = keyed(call->request(), call->who(), *key);
  }
  if (k) {
    if (auto busy = in_flight_->enter(*k)) return call->answer(std::move(*busy));
    // From here on the key is ours: whoever had it before has committed.
  }
  try {
    std::optional<Response> answer;
    if (k) answer = stored_answer(call->read(), *k, call->now());
    if (!answer) {
      WritePlan plan = m.write(*call);
      if (!plan.answer) {
        call->give_lease_back();  // The writer may take its time; others want to read.
        submit(call, std::move(plan.act), std::move(k));
        return;
      }
      answer = std::move(plan.answer);
    }
    if (k) in_flight_->leave(*k);
    call->answer(std::move(*answer));
  } catch (...) {  // The key must not stay taken; run() answers.
    if (k) in_flight_->leave(*k);
    throw;
  }
}

void Dispatcher::submit(const std::shared_ptr<Call>& call,
                        std::function<Response(storage::Tx&)> act, std::optional<Keyed> key) {
  struct Work {
    std::shared_ptr<Call> call;
    std::function<Response(storage::Tx&)> act;
    std::optional<Keyed> key;
    Response answer;
  };
  auto work = std::make_shared<Work>();
  work->call = call;
  work->act = std::move(act);
  work->key = std::move(key);
  const auto command = [work](storage::Tx& tx) {
    tx.act_as(work->call->who().actor(), work->call->request().id);
    if (work->key) {
      // Another process may have committed this key since the HTTP thread has looked.
      if (auto known = stored_answer(tx, *work->key, tx.now())) {
        work->answer = std::move(*known);
        return;
      }
    }
    work->answer = work->act(tx);
    if (work->answer.status >= 400) tx.refuse();
    if (work->key && !tx.refused() && !store_answer(tx, *work->key, work->answer)) {
      tx.refuse();
      work->answer = problem(409, "idempotency_in_flight", "a request with this key has just won")
                         .with("Retry-After", "1");
    }
  };
  const auto done = [keys = in_flight_, work](std::exception_ptr error) {
    if (work->key) keys->leave(*work->key);
    work->call->answer(error ? broken(error, work->call->request().id) : std::move(work->answer));
  };
  ports_.store.main().writer().submit(command, done);
}

void Dispatcher::run_events(const std::shared_ptr<Call>& call) {
  call->stream_ = std::make_shared<StreamImpl>(call->waker());
  call->match_.mounted->events(*call, call->stream_);
  Response r;
  r.content_type = "text/event-stream";
  r.with("Cache-Control", "no-store").with("X-Accel-Buffering", "no");
  call->answer(std::move(r));
}

void Dispatcher::show_as_page(const Call& call, Response& r) const {
  const auto& q = call.request();
  if (!problem_page_ || r.content_type != "application/problem+json" ||
      q.path.starts_with("/api/") || q.header("accept").find("text/html") == std::string::npos) {
    return;
  }
  auto page = problem_page_(call, r);
  if (!page) return;
  page->status = r.status;
  page->headers.insert(page->headers.end(), r.headers.begin(), r.headers.end());
  r = std::move(*page);
}

void Dispatcher::finish(Call& call, HeaderSink sink) {
  Response& r = call.response();
  try {
    show_as_page(call, r);
    http::finish(call, cache_, sink);
  } catch (const std::exception& e) {
    // Headers may be out already; the body of a broken answer must not follow them.
    log::error("http", "answer could not be finished",
               {{"id", call.request().id}, {"what", e.what()}});
    r = Response{};
    r.status = 500;
  }
  const auto us = steady_us(std::chrono::steady_clock::now()) - steady_us(call.began_);
  active_.fetch_sub(1, std::memory_order_relaxed);
  const auto* m = call.match_.mounted;
  (m ? m->stats : unrouted_).observe(r.status, us);
  log_answer(call, r, us);
}

void Dispatcher::log_answer(const Call& call, const Response& r, std::int64_t us) const {
  const auto& q = call.request();
  const bool loud = r.status >= 500 || is_write(q.method);
  // The pattern, never the path or the query: those may hold what people typed.
  const auto* m = call.match_.mounted;
  log::write(loud ? log::Level::info : log::Level::debug, "http", "request",
             {{"id", q.id},
              {"method", name_of(q.method)},
              {"route", m ? std::string_view(m->route.path) : "none"},
              {"status", r.status},
              {"ms", us / 1000}});
}

void Dispatcher::render_metrics(std::string& out) const {
  const std::string prefix(product::kMetricPrefix);
  const std::string name = prefix + "http_server_request_duration_seconds";
  out += "# HELP " + name + " From the header read to the answer ready.\n";
  out += "# TYPE " + name + " histogram\n";
  for (const auto& m : mounted_) {
    m->stats.render(
        out, name,
        "method=\"" + std::string(name_of(m->route.method)) + "\",route=\"" + m->route.path + '"');
  }
  unrouted_.render(out, name, R"(method="other",route="none")");
  const std::string active = prefix + "http_server_active_requests";
  out += "# HELP " + active + " Requests that wait for their answer.\n# TYPE " + active +
         " gauge\n" + active + ' ' + std::to_string(active_.load()) + '\n';
}

}  // namespace fondaco::http
