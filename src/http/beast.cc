// The one translation unit with Boost.Asio and Beast, and with coroutines.
//
// One io_context, one SO_REUSEPORT acceptor and one thread each: nothing is shared on the way of a
// read. Time limits are swept by one timer per thread, which costs a request nothing and leaves
// the socket open for the 408 that explains.
//
// GCC 12.2 destroys temporaries of a co_await expression too early: arguments are named first.
#include "parser.h"
#include "stream.h"
#include "transport.h"
#include "wire.h"

#include <fondaco/base/log.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <array>
#include <condition_variable>
#include <thread>
#include <unordered_set>

namespace fondaco::http {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<tcp, Executor>;
using Tls = asio::ssl::stream<Socket>;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;
using SteadyClock = std::chrono::steady_clock;
using Timer = asio::basic_waitable_timer<SteadyClock, asio::wait_traits<SteadyClock>, Executor>;
using Token = asio::use_awaitable_t<Executor>;
using error_code = boost::system::error_code;
constexpr Token kToken;
constexpr auto kAwait = asio::as_tuple(kToken);
template <class T>
using Awaitable = asio::awaitable<T, Executor>;

constexpr std::size_t kReadChunk = 16 * 1024;
constexpr std::size_t kOneWriteMax = 4 * 1024;  // Larger bodies are not copied behind the head.
constexpr std::size_t kTlsOneWriteMax = 256 * 1024;  // There a second buffer is a second record.
constexpr int kLingerReads = 64;

std::chrono::microseconds chrono_of(Duration d) { return std::chrono::microseconds(d.us); }

/// Wake-ups from other threads: one post for all that come before the HTTP thread looks.
class Mailbox final : public Waker, public std::enable_shared_from_this<Mailbox> {
 public:
  explicit Mailbox(asio::io_context& io) : io_(&io) {}
  void wake(std::shared_ptr<Wakeable> whom) override {
    const std::lock_guard lock(mutex_);
    if (!io_) return;
    waiting_.push_back(std::move(whom));
    if (waiting_.size() == 1) {
      asio::post(*io_, [self = shared_from_this()] { self->deliver(); });
    }
  }
  void close() {
    const std::lock_guard lock(mutex_);
    io_ = nullptr;
    waiting_.clear();
  }

 private:
  void deliver() {
    std::vector<std::shared_ptr<Wakeable>> all;
    {
      const std::lock_guard lock(mutex_);
      all.swap(waiting_);
    }
    for (const auto& w : all) {
      if (w->on_wake) w->on_wake();
    }
  }
  std::mutex mutex_;
  asio::io_context* io_;
  std::vector<std::shared_ptr<Wakeable>> waiting_;
};

enum class Phase { idle, reading, busy, writing, streaming };

class Loop;

/// One connection, plain or TLS.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  explicit Connection(Loop& l);
  virtual ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  virtual Socket& socket() = 0;

  void enter(Phase p, Duration limit) {
    phase = p;
    deadline = SteadyClock::now() + chrono_of(limit);
  }
  /// Ends what it waits for; the coroutine decides what that means.
  void cancel() {
    error_code ignored;
    socket().cancel(ignored);
  }
  void cut() {
    error_code ignored;
    socket().close(ignored);
  }

  Loop& loop;
  Phase phase = Phase::idle;
  SteadyClock::time_point deadline;
  bool expired = false;
  std::string remote;
  bool secure = false;
  boost::beast::flat_buffer buffer;
  std::string out;
  std::function<void()> resume;  // The coroutine that waits for its answer.
  std::weak_ptr<StreamImpl> events;
};

template <class Stream>
class ConnectionOf final : public Connection {
 public:
  template <class... A>
  ConnectionOf(Loop& l, A&&... a) : Connection(l), stream(std::forward<A>(a)...) {}
  Socket& socket() override {
    if constexpr (std::is_same_v<Stream, Tls>) {
      return stream.next_layer();
    } else {
      return stream;
    }
  }
  Stream stream;
};

struct Shared {
  const ServerConfig& config;
  Dispatcher& dispatcher;
  Listen listen;
  std::unique_ptr<asio::ssl::context> tls;
  std::atomic<std::int64_t> connections{0};
};

class Loop {
 public:
  explicit Loop(Shared& s)
      : shared(s), io(1), mailbox(std::make_shared<Mailbox>(io)), acceptor(io), sweep(io) {}
  ~Loop();
  void bind(const tcp::endpoint& at, bool shared_port);
  void run();
  void begin_drain();

  Shared& shared;
  std::unordered_set<Connection*> connections;
  std::string date;
  bool draining = false;
  asio::io_context io;
  std::shared_ptr<Mailbox> mailbox;
  Acceptor acceptor;
  Timer sweep;
};

Connection::Connection(Loop& l) : loop(l), buffer(l.shared.config.header_limit + 256 * 1024) {
  loop.connections.insert(this);
  loop.shared.connections.fetch_add(1, std::memory_order_relaxed);
}

Connection::~Connection() {
  loop.connections.erase(this);
  loop.shared.connections.fetch_sub(1, std::memory_order_relaxed);
}

/// Suspends until the mailbox brings the answer; runs on the HTTP thread only, and so does the
/// mailbox: nothing can come between.
Awaitable<void> until_answered(Connection& c) {
  auto keep = [&c](auto handler) {
    auto kept = std::make_shared<decltype(handler)>(std::move(handler));
    c.resume = [kept] { std::move (*kept)(); };
  };
  return asio::async_initiate<const Token, void()>(std::move(keep), kToken);
}

/// What became of reading a request: a request, a peer that is gone, or the refusing status.
using Outcome = int;
constexpr Outcome kRequest = 0;
constexpr Outcome kGone = -1;

Outcome outcome_of(const error_code& ec) {
  if (ec == bhttp::error::header_limit || ec == bhttp::error::buffer_overflow) return 431;
  if (ec == bhttp::error::body_limit) return 413;
  if (ec == bhttp::error::bad_version) return 505;
  return 400;
}

/// Reads until the header, or the whole message, is there.
template <class C>
Awaitable<Outcome> feed(C& c, Parser& parser, bool whole) {
  for (;;) {
    if (whole ? parser.is_done() : parser.is_header_done()) co_return kRequest;
    if (c.buffer.size() > 0) {
      error_code ec;
      c.buffer.consume(parser.put(c.buffer.data(), ec));
      if (ec && ec != bhttp::error::need_more) co_return outcome_of(ec);
      if (!ec) continue;
    }
    if (c.buffer.size() >= c.buffer.max_size()) co_return whole ? 400 : 431;
    const auto room = c.buffer.prepare(std::min(kReadChunk, c.buffer.max_size() - c.buffer.size()));
    const auto [ec, n] = co_await c.stream.async_read_some(room, kAwait);
    if (ec) {
      const bool begun = c.phase == Phase::reading;
      co_return c.expired&& begun ? 408 : kGone;
    }
    c.buffer.commit(n);
    if (c.phase == Phase::idle) c.enter(Phase::reading, c.loop.shared.config.read_timeout);
  }
}

template <class C>
Awaitable<bool> write_all(C& c, std::string_view extra) {
  c.enter(c.phase == Phase::streaming ? Phase::streaming : Phase::writing,
          c.loop.shared.config.read_timeout);
  const std::array<asio::const_buffer, 2> both = {asio::buffer(c.out),
                                                  asio::buffer(extra.data(), extra.size())};
  const auto [ec, n] = co_await asio::async_write(c.stream, both, kAwait);
  c.out.clear();
  if (c.out.capacity() > kTlsOneWriteMax) c.out.shrink_to_fit();
  co_return !ec;
}

/// Takes one request off the connection. Anything but kRequest ends it after the answer.
template <class C>
Awaitable<Outcome> read_request(C& c, Parser& parser, Call& call) {
  const auto& config = c.loop.shared.config;
  c.enter(c.buffer.size() > 0 ? Phase::reading : Phase::idle, config.read_timeout);
  Outcome got = co_await feed(c, parser, false);
  if (got != kRequest) co_return got;
  auto& q = call.request_;
  q.remote = c.remote;
  q.secure = c.secure;
  q.loopback_listener = c.loop.shared.listen.loopback;
  believe_proxy(q, config.trusted_proxy);
  auto& dispatcher = c.loop.shared.dispatcher;
  dispatcher.prepare(call);
  if (const int status = parser.objection(); status != 0) co_return status;
  const auto limit = dispatcher.body_limit(call);
  parser.limit_body(limit);
  const auto length = parser.content_length();
  if (length && *length > limit) co_return 413;
  if (parser.is_done()) co_return kRequest;
  if (parser.continue_expected()) {
    if (call.early_) co_return call.early_->status;  // It need not send what we refuse anyway.
    c.out = "HTTP/1.1 100 Continue\r\n\r\n";
    const std::string_view nothing;
    const bool sent = co_await write_all(c, nothing);
    if (!sent) co_return kGone;
    c.enter(Phase::reading, config.read_timeout);
  }
  parser.eager(true);
  got = co_await feed(c, parser, true);
  co_return got;
}

/// Says that nothing more comes and reads what is on its way: closing at once would reset the
/// connection and take the answer away from the peer.
template <class C>
Awaitable<void> linger(C& c) {
  error_code ignored;
  c.socket().shutdown(Socket::shutdown_send, ignored);
  c.enter(Phase::writing, seconds(2));
  c.buffer.consume(c.buffer.size());
  for (int i = 0; i < kLingerReads; ++i) {
    const auto room = c.buffer.prepare(kReadChunk);
    const auto [ec, n] = co_await c.socket().async_read_some(room, kAwait);
    if (ec) break;
  }
}

/// Notices that the peer has gone although nothing is being sent.
template <class C>
Awaitable<void> watch(std::shared_ptr<C> c, std::shared_ptr<StreamImpl> events) {
  std::array<char, 512> scratch;
  for (;;) {
    const auto room = asio::buffer(scratch);
    const auto [ec, n] = co_await c->stream.async_read_some(room, kAwait);
    if (ec) break;
  }
  events->close();
}

template <class C>
Awaitable<void> send_events(std::shared_ptr<C> c, std::shared_ptr<StreamImpl> events) {
  Timer timer(c->loop.io);
  struct Unhook {
    StreamImpl& s;
    ~Unhook() { s.on_wake = nullptr; }
  } const unhook{*events};
  events->on_wake = [&timer] { timer.cancel(); };
  c->events = events;
  c->phase = Phase::streaming;
  const std::string_view nothing;
  asio::co_spawn(c->loop.io.get_executor(), watch(c, events), asio::detached);
  if (c->loop.draining) events->close();
  for (;;) {
    c->out = events->take();
    if (c->out.empty()) {
      if (events->closed()) break;
      c->deadline = SteadyClock::time_point::max();
      timer.expires_after(chrono_of(c->loop.shared.config.heartbeat));
      const auto [ec] = co_await timer.async_wait(kAwait);
      if (!ec) c->out = ": heartbeat\n\n";
      if (ec) continue;
    }
    const bool sent = co_await write_all(*c, nothing);
    if (!sent) break;
  }
  events->close();
  c->cut();
}

template <class C>
Awaitable<bool> write_answer(C& c, const Parser& parser, Call& call, bool keep) {
  const WireOptions options{keep, parser.version(), c.loop.date};
  append_head(c.out, c.loop.shared.dispatcher, call, options);
  std::string_view body = wire_body(call);
  constexpr bool kIsTls = std::is_same_v<decltype(c.stream), Tls>;
  if (body.size() <= (kIsTls ? kTlsOneWriteMax : kOneWriteMax)) {
    c.out += body;
    body = {};
  }
  co_return co_await write_all(c, body);
}

template <class C>
Awaitable<void> serve(std::shared_ptr<C> c) {
  auto& loop = c->loop;
  auto& dispatcher = loop.shared.dispatcher;
  const auto header_limit = loop.shared.config.header_limit;
  bool keep = true;
  while (keep && !loop.draining) {
    auto call = std::make_shared<Call>(dispatcher.store(), loop.mailbox);
    Parser parser(call->request_, header_limit);
    const Outcome got = co_await read_request(*c, parser, *call);
    if (got == kGone) co_return;
    if (got != kRequest) {
      if (call->request_.id.empty()) dispatcher.prepare(*call);  // For its id and its time.
      if (!call->early_ || call->early_->status != got) {
        call->early_ = refusal_of(got, header_limit, dispatcher.body_limit(*call));
      }
    }
    c->phase = Phase::busy;
    dispatcher.run(call);
    if (!call->settled_or_wait()) {
      call->on_wake = [weak = std::weak_ptr<Connection>(c)] {
        const auto alive = weak.lock();
        if (alive && alive->resume) std::exchange(alive->resume, nullptr)();
      };
      co_await until_answered(*c);
    }
    const auto events = call->stream_;
    keep = got == kRequest && parser.keep_alive() && !loop.draining && !events;
    const bool sent = co_await write_answer(*c, parser, *call, keep);
    if (!sent) co_return;
    if (events) {
      call.reset();
      co_await send_events(c, events);
      co_return;
    }
  }
  co_await linger(*c);
}

Awaitable<void> serve_plain(std::shared_ptr<ConnectionOf<Socket>> c) { co_await serve(c); }

Awaitable<void> serve_tls(std::shared_ptr<ConnectionOf<Tls>> c) {
  c->enter(Phase::idle, c->loop.shared.config.read_timeout);
  const auto [ec] = co_await c->stream.async_handshake(Tls::server, kAwait);
  if (!ec) co_await serve(c);
}

/// One too many: it is told so, without a place among the connections.
Awaitable<void> turn_away(Socket socket, bool tls) {
  static const std::string text = turned_away();
  if (!tls) {
    const auto all = asio::buffer(text);
    [[maybe_unused]] const auto told = co_await asio::async_write(socket, all, kAwait);
    error_code ignored;
    socket.shutdown(Socket::shutdown_both, ignored);
  }
}

void welcome(Loop& loop, Socket socket) {
  error_code ec;
  socket.set_option(tcp::no_delay(true), ec);
  auto& shared = loop.shared;
  const bool tls = shared.tls != nullptr;
  if (shared.connections.load(std::memory_order_relaxed) >= shared.config.connections_max) {
    asio::co_spawn(loop.io.get_executor(), turn_away(std::move(socket), tls), asio::detached);
    return;
  }
  const auto peer = socket.remote_endpoint(ec);
  if (ec) return;
  std::string remote = peer.address().to_string();
  if (tls) {
    auto c = std::make_shared<ConnectionOf<Tls>>(loop, std::move(socket), *shared.tls);
    c->remote = std::move(remote);
    c->secure = true;
    asio::co_spawn(loop.io.get_executor(), serve_tls(std::move(c)), asio::detached);
  } else {
    auto c = std::make_shared<ConnectionOf<Socket>>(loop, std::move(socket));
    c->remote = std::move(remote);
    asio::co_spawn(loop.io.get_executor(), serve_plain(std::move(c)), asio::detached);
  }
}

Awaitable<void> accept_all(Loop& loop) {
  Timer pause(loop.io);
  while (loop.acceptor.is_open()) {
    auto [ec, socket] = co_await loop.acceptor.async_accept(kAwait);
    if (!ec) {
      welcome(loop, std::move(socket));
    } else if (ec != asio::error::operation_aborted && loop.acceptor.is_open()) {
      // Out of file descriptors: asking again at once would only burn the processor.
      pause.expires_after(std::chrono::milliseconds(50));
      [[maybe_unused]] const auto paused = co_await pause.async_wait(kAwait);
    }
  }
}

/// Ends what has run out of time and keeps the date.
Awaitable<void> sweep_all(Loop& loop) {
  const auto quarter = chrono_of(loop.shared.config.read_timeout) / 4;
  const auto step = std::clamp<std::chrono::microseconds>(quarter, std::chrono::milliseconds(20),
                                                          std::chrono::milliseconds(500));
  const SystemClock clock;  // What the world calls now, also under a test clock.
  for (;;) {
    loop.date = http_date(clock.now());
    loop.sweep.expires_after(step);
    const auto [ec] = co_await loop.sweep.async_wait(kAwait);
    if (ec) co_return;
    const auto now = SteadyClock::now();
    for (auto* c : loop.connections) {
      if (c->phase == Phase::busy || c->deadline > now) continue;
      if (c->phase == Phase::writing || c->phase == Phase::streaming) {
        c->cut();
      } else {
        c->expired = true;
        c->cancel();
      }
    }
  }
}

Loop::~Loop() {
  mailbox->close();
  // A coroutine that waits for its answer is held by its own connection: untie the knot.
  std::vector<std::shared_ptr<Connection>> all;
  for (auto* c : connections) all.push_back(c->shared_from_this());
  for (const auto& c : all) std::exchange(c->resume, nullptr) = nullptr;
}

void Loop::bind(const tcp::endpoint& at, bool shared_port) {
  acceptor.open(at.protocol());
  acceptor.set_option(Acceptor::reuse_address(true));
  if (shared_port) {
    const int one = 1;
    ::setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
  }
  acceptor.bind(at);
  acceptor.listen(4096);
}

void Loop::run() {
  date = http_date(SystemClock().now());
  asio::co_spawn(io.get_executor(), accept_all(*this), asio::detached);
  asio::co_spawn(io.get_executor(), sweep_all(*this), asio::detached);
  io.run();
}

void Loop::begin_drain() {
  draining = true;
  error_code ignored;
  acceptor.close(ignored);
  std::vector<std::shared_ptr<StreamImpl>> streams;
  for (auto* c : connections) {
    if (c->phase == Phase::idle) c->cancel();
    if (auto s = c->events.lock()) streams.push_back(std::move(s));
  }
  for (const auto& s : streams) s->close();
}

class BeastTransport final : public Transport {
 public:
  BeastTransport(const ServerConfig& config, Dispatcher& dispatcher)
      : shared_{config, dispatcher, parse_listen(config.listen), nullptr} {}
  ~BeastTransport() override { cut(); }
  void start() override;
  void drain() override;
  int port() const override { return port_; }
  std::int64_t connections() const override { return shared_.connections.load(); }

 private:
  void load_certificate();
  void cut();
  Shared shared_;
  int port_ = 0;
  std::vector<std::unique_ptr<Loop>> loops_;
  std::vector<std::thread> threads_;
};

void BeastTransport::load_certificate() {
  const auto& config = shared_.config;
  if (config.certificate_file.empty()) return;
  auto tls = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
  tls->set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
  tls->use_certificate_chain_file(config.certificate_file);
  tls->use_private_key_file(config.key_file, asio::ssl::context::pem);
  shared_.tls = std::move(tls);
}

void BeastTransport::start() {
  try {
    load_certificate();
    tcp::endpoint at(asio::ip::make_address(shared_.listen.host),
                     static_cast<unsigned short>(shared_.listen.port));
    {
      // Without SO_REUSEPORT, so that two servers on one address do not share it by mistake.
      Loop probe(shared_);
      probe.bind(at, false);
      at = probe.acceptor.local_endpoint();
    }
    int count = shared_.config.threads;
    if (count <= 0) count = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    for (int i = 0; i < count; ++i) {
      loops_.push_back(std::make_unique<Loop>(shared_));
      loops_.back()->bind(at, true);
    }
    port_ = at.port();
  } catch (const boost::system::system_error& e) {
    loops_.clear();
    throw Fault("cannot serve on " + shared_.config.listen + ": " + e.what());
  }
  for (auto& loop : loops_) threads_.emplace_back([l = loop.get()] { l->run(); });
}

void BeastTransport::drain() {
  for (auto& loop : loops_) {
    asio::post(loop->io, [l = loop.get()] { l->begin_drain(); });
  }
  const auto until = SteadyClock::now() + chrono_of(shared_.config.drain_timeout);
  while (connections() > 0 && SteadyClock::now() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  if (const auto left = connections(); left > 0) {
    log::warn("http", "connections cut at the end of the drain", {{"connections", left}});
  }
  cut();
}

void BeastTransport::cut() {
  for (auto& loop : loops_) loop->io.stop();
  for (auto& t : threads_) t.join();
  threads_.clear();
  loops_.clear();
}

}  // namespace

std::unique_ptr<Transport> Transport::create(const ServerConfig& config, Dispatcher& dispatcher) {
  return std::make_unique<BeastTransport>(config, dispatcher);
}

}  // namespace fondaco::http
