#include <fondaco/http/server.h>

#include "openapi.h"
#include "stream.h"
#include "transport.h"

#include <fondaco/base/json_write.h>
#include <fondaco/base/product.h>
#include <fondaco/base/text.h>

#include <condition_variable>
#include <mutex>

namespace fondaco::http {
namespace {

/// Lets handle() wait without a socket.
class HandleWaker final : public Waker {
 public:
  void wake(std::shared_ptr<Wakeable>) override {
    {
      const std::lock_guard lock(mutex_);
      woken_ = true;
    }
    condition_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    condition_.wait(lock, [this] { return woken_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable condition_;
  bool woken_ = false;
};

class RouterImpl final : public Router {
 public:
  explicit RouterImpl(Dispatcher& d) : dispatcher_(d) {}
  void read(Route route, ReadHandler handler) override {
    mount(std::move(route), std::move(handler), &Mounted::read);
  }
  void write(Route route, WriteHandler handler) override {
    mount(std::move(route), std::move(handler), &Mounted::write);
  }
  void detached(Route route, DetachedHandler handler) override {
    mount(std::move(route), std::move(handler), &Mounted::detached);
  }
  void events(Route route, SseHandler handler) override {
    mount(std::move(route), std::move(handler), &Mounted::events);
  }
  bool offload(std::function<void()> work) override { return dispatcher_.offload(std::move(work)); }
  std::vector<Route> routes() const override { return dispatcher_.routes(); }
  void problem_pages(ProblemPage page) override { dispatcher_.problem_pages(std::move(page)); }

 private:
  template <class Handler>
  void mount(Route route, Handler handler, Handler Mounted::* place) {
    auto m = std::make_unique<Mounted>();
    m->route = std::move(route);
    (*m).*place = std::move(handler);
    dispatcher_.mount(std::move(m));
  }
  Dispatcher& dispatcher_;
};

constexpr Access kInternal{"-", Owner::everyone, Rate::internal, Idempotency::safe};

Route internal_route(std::string path, std::string summary, Schema response) {
  Route r;
  r.path = std::move(path);
  r.access = kInternal;
  r.summary = std::move(summary);
  r.response = std::move(response);
  r.authenticate = false;
  return r;
}

void family(std::string& out, std::string_view name, std::string_view type, std::string_view help,
            std::int64_t value) {
  const std::string full = std::string(product::kMetricPrefix) + std::string(name);
  out += "# HELP " + full + ' ' + std::string(help) + "\n# TYPE " + full + ' ';
  out += std::string(type) + '\n' + full + ' ' + std::to_string(value) + '\n';
}

class ServerImpl final : public Server {
 public:
  ServerImpl(const ServerConfig& config, Ports ports)
      : config_(config),
        listen_(parse_listen(config.listen)),
        dispatcher_(config_, ports),
        router_(dispatcher_),
        transport_(Transport::create(config_, dispatcher_)) {
    mount_internal();
  }

  Router& router() override { return router_; }
  void start() override { transport_->start(); }
  void drain() override {
    draining_ = true;
    transport_->drain();
  }
  int port() const override { return transport_->port(); }
  std::string url() const override {
    const std::string scheme = config_.certificate_file.empty() ? "http://" : "https://";
    const bool six = listen_.host.find(':') != std::string::npos;
    return scheme + (six ? '[' + listen_.host + ']' : listen_.host) + ':' + std::to_string(port());
  }
  void ready_when(std::string name, std::function<bool()> check) override {
    checks_.emplace_back(std::move(name), std::move(check));
  }
  std::string openapi() const override { return openapi_of(dispatcher_.routes()); }
  Response handle(Request request) override;

 private:
  void mount_internal();
  Response ready() const;
  Response metrics(const Request& request) const;

  const ServerConfig config_;
  const Listen listen_;
  Dispatcher dispatcher_;
  RouterImpl router_;
  std::vector<std::pair<std::string, std::function<bool()>>> checks_;
  std::atomic<bool> draining_{false};
  std::once_flag openapi_once_;
  std::shared_ptr<const std::string> openapi_;
  std::unique_ptr<Transport> transport_;  // Last: its threads end before what they use.
};

void ServerImpl::mount_internal() {
  router_.read(internal_route("/livez", "The process runs", Schema::text("application/json")),
               [](Context&) { return json(R"({"alive":true})"); });
  router_.read(
      internal_route("/readyz", "Requests can be answered", Schema::text("application/json")),
      [this](Context&) { return ready(); });
  router_.read(internal_route("/metrics", "Metrics, text format 0.0.4", Schema::text("text/plain")),
               [this](Context& c) { return metrics(c.request()); });
  router_.read(
      internal_route("/api/v1/openapi.json", "This document", Schema::text("application/json")),
      [this](Context&) {
        std::call_once(openapi_once_,
                       [this] { openapi_ = std::make_shared<const std::string>(openapi()); });
        Response r;
        r.shared_body = openapi_;
        return r;
      });
}

Response ServerImpl::ready() const {
  bool all = !draining_;
  std::string body;
  JsonWriter w(body);
  w.begin_object().key("checks").begin_object();
  const bool writes = !dispatcher_.store().main().writer().stats().poisoned;
  all = all && writes;
  w.member("serving", !draining_.load()).member("writer", writes);
  for (const auto& [name, check] : checks_) {
    const bool good = check();
    all = all && good;
    w.member(name, good);
  }
  w.end_object().member("ready", all).end_object();
  return json(std::move(body), all ? 200 : 503);
}

Response ServerImpl::metrics(const Request& request) const {
  if (!config_.metrics_token.empty() &&
      request.header("authorization") != "Bearer " + config_.metrics_token) {
    return problem(401, "unauthenticated", "metrics need their token")
        .with("WWW-Authenticate", "Bearer");
  }
  Response r;
  r.content_type = "text/plain; version=0.0.4; charset=utf-8";
  r.body = Metrics::global().text();
  dispatcher_.render_metrics(r.body);
  const auto stats = dispatcher_.store().main().writer().stats();
  family(r.body, "writer_commits_total", "counter", "Commits of the writer.", stats.commits);
  family(r.body, "writer_commands_total", "counter", "Use cases it has run.", stats.commands);
  family(r.body, "writer_one_by_one_total", "counter", "Batches repeated singly.",
         stats.one_by_one);
  family(r.body, "writer_queued", "gauge", "Use cases that wait for the writer.", stats.queued);
  family(r.body, "writer_poisoned", "gauge", "1 after a failed sync.", stats.poisoned ? 1 : 0);
  family(r.body, "http_server_connections", "gauge", "Open connections.",
         transport_->connections());
  return r;
}

Response ServerImpl::handle(Request request) {
  const auto waker = std::make_shared<HandleWaker>();
  const auto call = std::make_shared<Call>(dispatcher_.store(), waker);
  auto& q = call->request_;
  q = std::move(request);
  if (q.remote.empty()) q.remote = "127.0.0.1";
  if (q.target.empty()) q.target = q.path;
  q.loopback_listener = listen_.loopback;
  dispatcher_.prepare(*call);
  if (const auto limit = dispatcher_.body_limit(*call); q.body.size() > limit) {
    call->early_ = problem(413, "body_too_large",
                           "the body has " + std::to_string(q.body.size()) + " bytes, at most " +
                               std::to_string(limit));
  }
  dispatcher_.run(call);
  if (!call->settled_or_wait()) waker->wait();
  std::vector<Header> headers;
  const auto sink = [&](std::string_view name, std::string_view value) {
    headers.push_back({std::string(name), std::string(value)});
  };
  dispatcher_.finish(*call, sink);
  Response r = std::move(call->response());
  r.headers = std::move(headers);
  if (call->stream_) {
    r.body = call->stream_->take();
    call->stream_->close();
  }
  if (r.shared_body) r.body = *r.shared_body;
  if (q.method == Method::head) r.body.clear();
  return r;
}

}  // namespace

std::unique_ptr<Server> Server::create(const ServerConfig& config, Ports ports) {
  return std::make_unique<ServerImpl>(config, ports);
}

Listen parse_listen(const std::string& text) {
  const auto colon = text.rfind(':');
  const auto port = colon == text.npos ? std::nullopt : parse_int(text.substr(colon + 1));
  if (!port || *port < 0 || *port > 65535) {
    throw Fault("listen is \"" + text + "\" when it should be HOST:PORT");
  }
  Listen out;
  out.port = static_cast<int>(*port);
  out.host = text.substr(0, colon);
  if (out.host.starts_with('[') && out.host.ends_with(']')) {
    out.host = out.host.substr(1, out.host.size() - 2);
  }
  if (out.host == "localhost") out.host = "127.0.0.1";
  if (out.host.empty() || out.host == "*") out.host = "0.0.0.0";
  out.loopback = out.host.starts_with("127.") || out.host == "::1";
  return out;
}

}  // namespace fondaco::http
