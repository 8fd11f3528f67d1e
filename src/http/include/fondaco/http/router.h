// Router: what a module's api.cc mounts. Depends on message.h, rights.h, storage, schema.h.
//
// Three kinds of handler, none of which is asynchronous itself:
//   read     runs at once on an HTTP thread with a read lease and returns the response;
//   write    runs at the edge (parse, validate) and returns what the writer shall do; that part
//            runs as one use case; a status >= 400 rolls it back; Idempotency-Key handled here;
//   detached gets a callback and answers whenever it is ready, from any thread (checkout's
//            batch, payment providers, password hashing on the worker pool).
#pragma once

#include <fondaco/base/json.h>
#include <fondaco/http/message.h>
#include <fondaco/http/rights.h>
#include <fondaco/http/schema.h>
#include <fondaco/storage/store.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace fondaco::http {

/// What a handler knows of its request. Lives until the response is sent.
class Context {
 public:
  virtual ~Context() = default;
  virtual const Request& request() const = 0;
  /// Value of {name} in the route's path, decoded.
  virtual std::string_view param(std::string_view name) const = 0;
  virtual const Principal& who() const = 0;
  /// "en" or "zh": ?lang=, cookie, Accept-Language.
  virtual std::string_view locale() const = 0;
  virtual Instant now() const = 0;
  /// The read lease of this request (HTTP thread only; not inside the writer's part).
  virtual storage::Read& read() = 0;
  /// Fresh for each response: goes into the CSP header and onto script tags.
  virtual const std::string& nonce() const = 0;

  template <class I>
  std::optional<I> id_param(std::string_view name) const {
    return id_from_text<I>(param(name));
  }
};

/// limit (1..100, default 20) and starting_after of a list.
struct Page {
  int limit = 20;
  std::optional<std::string> starting_after;
};
Result<Page, Response> page_of(const Context& c);
/// ETag of a thing that counts its versions: "v12" in quotes.
std::string etag_of(std::int64_t version);
/// Nothing when If-Match names that version (or *); 428 without the header, else 412.
std::optional<Response> check_if_match(const Context& c, std::int64_t version);
/// {"data":[…],"has_more":b}
std::string list_json(std::string_view data_items_json, bool has_more);

/// What a write handler hands to the writer: refuse at the edge, or act in the transaction.
struct WritePlan {
  WritePlan(Response r) : answer(std::move(r)) {}  // NOLINT: meant to convert
  template <class F>
    requires std::is_invocable_r_v<Response, F, storage::Tx&>
  WritePlan(F f) : act(std::move(f)) {}  // NOLINT: meant to convert
  std::optional<Response> answer;
  std::function<Response(storage::Tx&)> act;
};

using ReadHandler = std::function<Response(Context&)>;
using WriteHandler = std::function<WritePlan(Context&)>;
using Reply = std::function<void(Response)>;
using DetachedHandler = std::function<void(std::shared_ptr<Context>, Reply)>;

/// One open event stream (text/event-stream). May be used from any thread, may be kept.
class Stream {
 public:
  virtual ~Stream() = default;
  /// False when the peer is gone or reads so slowly that 256 KiB wait for it; it is then closed.
  virtual bool send(std::string_view id, std::string_view event, std::string_view data) = 0;
  virtual bool closed() const = 0;
  virtual void close() = 0;
};
/// Runs once on the HTTP thread; the position to go on from is last_event_id(context).
using SseHandler = std::function<void(Context&, std::shared_ptr<Stream>)>;
/// Header Last-Event-ID, or query parameter last_event_id; empty at the first time.
std::string last_event_id(const Context& c);

/// Documentation is part of mounting: the OpenAPI document is printed from it.
struct Route {
  Method method = Method::get;
  std::string path;  // "/api/v1/orders/{id}"; "{rest*}" takes the remaining path.
  Access access;
  std::string summary;
  Schema request;  // schema_of<T>() of the body; Schema::none() without one.
  Schema response;
  int success = 200;
  std::vector<std::string> refusals = {};     // Codes of problem+json it may answer.
  std::vector<Schema::Parameter> query = {};  // Query parameters it understands.
  /// For Owner::merchant and Owner::place: whose thing the request names, read before rights are
  /// checked. Nothing: 404.
  std::function<std::optional<MerchantId>(Context&)> merchant_of = {};
  std::function<std::optional<PlaceId>(Context&)> place_of = {};
  std::size_t body_limit = 64 * 1024;
  /// False only with Owner::everyone: who() stays anonymous and no look-up is made (assets).
  bool authenticate = true;
};

/// A problem as a page for people; nothing: it is sent as it is.
using ProblemPage = std::function<std::optional<Response>(const Context&, const Response&)>;

class Router {
 public:
  virtual ~Router() = default;
  virtual void read(Route route, ReadHandler handler) = 0;
  virtual void write(Route route, WriteHandler handler) = 0;
  /// Idempotency::required and optional are for write(); a detached route says own, natural or
  /// safe, since only its use case knows which transaction is the one that counts.
  virtual void detached(Route route, DetachedHandler handler) = 0;
  /// Server-sent events: heartbeat every 15 s, ends at drain. Route::method is get.
  virtual void events(Route route, SseHandler handler) = 0;
  /// Work that must not block an HTTP thread (hashing). Bounded queue; false when it is full.
  virtual bool offload(std::function<void()> work) = 0;
  virtual std::vector<Route> routes() const = 0;
  /// Asked about each problem outside /api that goes to somebody who accepts text/html; the page
  /// gets the problem's status and headers. It must not read: there may be no lease.
  virtual void problem_pages(ProblemPage page) = 0;
};

/// Body of a request as T, or the 422 (400 for broken JSON) that says where it is wrong.
template <class T>
Result<T, Response> body_as(const Context& c) {
  auto parsed = read_json<T>(c.request().body);
  if (parsed.ok()) return std::move(parsed.value());
  const auto& e = parsed.refusal();
  return Refused{e.pointer.empty() && e.message.starts_with("is not valid JSON")
                     ? problem(400, "malformed_json", e.message)
                     : invalid(e.pointer, e.message)};
}

}  // namespace fondaco::http
