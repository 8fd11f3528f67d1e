// The server over a real socket, with a client of a few lines that sends what it is told to.
#include "testing_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <future>
#include <thread>

namespace fondaco::http {
namespace {

class Client {
 public:
  explicit Client(int port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(static_cast<std::uint16_t>(port));
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval patience{10, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0;
  }
  ~Client() { ::close(fd_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool connected() const { return connected_; }
  void send(std::string_view text) {
    while (!text.empty()) {
      const auto n = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (n <= 0) return;  // The peer has closed: what it said can still be read.
      text.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  /// Reads until the text is there or the peer closes.
  std::string until(std::string_view text) {
    while (in_.find(text) == in_.npos && more()) {
    }
    const auto at = in_.find(text);
    return take(at == in_.npos ? in_.size() : at + text.size());
  }
  /// One response with Content-Length.
  std::string response() {
    std::string head = until("\r\n\r\n");
    const auto at = head.find("Content-Length: ");
    if (at == head.npos) return head;
    const auto size = static_cast<std::size_t>(std::stoul(head.substr(at + 16)));
    while (in_.size() < size && more()) {
    }
    return head + take(size);
  }
  std::string rest() {
    while (more()) {
    }
    return take(in_.size());
  }

 private:
  bool more() {
    char bytes[4096];
    const auto n = ::recv(fd_, bytes, sizeof bytes, 0);
    if (n <= 0) return false;
    in_.append(bytes, static_cast<std::size_t>(n));
    return true;
  }
  std::string take(std::size_t n) {
    std::string out = in_.substr(0, n);
    in_.erase(0, n);
    return out;
  }
  int fd_;
  bool connected_ = false;
  std::string in_;
};

bool has(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

class SocketTest : public ServerTest {
 protected:
  void begin(ServerConfig config = {}) {
    open(config);
    router().read(route(Method::get, "/r/{n}", kOpenRead),
                  [](Context& c) { return json(std::string(c.param("n"))); });
    auto echo = route(Method::post, "/echo", kOpenWrite);
    echo.body_limit = 1000;
    router().write(echo, [](Context& c) -> WritePlan {
      const std::string body = c.request().body;
      return [body](storage::Tx&) { return json(body, 201); };
    });
    router().detached(route(Method::post, "/slow", kOpenWrite),
                      [this](std::shared_ptr<Context>, Reply reply) {
                        ++slow_;
                        sleeper_ = std::thread([reply] {
                          std::this_thread::sleep_for(std::chrono::milliseconds(300));
                          reply(json("\"late\""));
                        });
                      });
    router().events(route(Method::get, "/events", kOpenRead),
                    [this](Context& c, std::shared_ptr<Stream> s) {
                      s->send("41", "hello", "after " + last_event_id(c));
                      stream_ = std::move(s);
                    });
    server_->start();
  }
  void TearDown() override {
    if (sleeper_.joinable()) sleeper_.join();
    server_.reset();
  }
  int port() const { return server_->port(); }
  std::string once(std::string_view request) {
    Client c(port());
    c.send(request);
    return c.response();
  }
  std::atomic<int> slow_{0};
  std::thread sleeper_;
  std::shared_ptr<Stream> stream_;
};

// Keep-alive: several requests on one connection, reads and writes, HEAD without a body.
TEST_P(SocketTest, KeepAlive) {
  begin();
  Client c(port());
  for (int i = 0; i < 3; ++i) {
    c.send("GET /r/" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n\r\n");
    const auto r = c.response();
    EXPECT_TRUE(has(r, "HTTP/1.1 200 OK\r\n"));
    EXPECT_TRUE(r.ends_with("\r\n\r\n" + std::to_string(i)));
    EXPECT_TRUE(has(r, "\r\nDate: "));
    EXPECT_FALSE(has(r, "Connection"));
  }
  c.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n\"abc\"");
  EXPECT_TRUE(c.response().ends_with("\"abc\""));
  c.send("HEAD /r/5 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const auto head = c.rest();
  EXPECT_TRUE(has(head, "Content-Length: 1\r\n"));
  EXPECT_TRUE(has(head, "Connection: close\r\n"));
  EXPECT_TRUE(head.ends_with("\r\n\r\n"));
}

// Requests sent at once, one of them a write, are answered in their order.
TEST_P(SocketTest, Pipelining) {
  begin();
  Client c(port());
  std::string all;
  for (int i = 0; i < 20; ++i) {
    all += "GET /r/" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n\r\n";
    all += "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n" + std::to_string(10 + i);
  }
  c.send(all);
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(c.response().ends_with("\r\n\r\n" + std::to_string(i)));
    EXPECT_TRUE(c.response().ends_with("\r\n\r\n" + std::to_string(10 + i)));
  }
}

// A request may come byte by byte and in chunks.
TEST_P(SocketTest, SlowAndChunked) {
  begin();
  Client c(port());
  for (const char byte : std::string("GET /r/1 HTTP/1.1\r\nHost: x\r\n\r\n")) {
    c.send({&byte, 1});
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_TRUE(has(c.response(), "200 OK"));
  c.send(
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      "2\r\n12\r\n3;x=y\r\n345\r\n0\r\nAuthorization: Bearer nobody\r\n\r\n");
  EXPECT_TRUE(c.response().ends_with("12345"));
  c.send("GET /r/9 HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(c.response().ends_with("9"));
}

// Bodies beyond the route's limit: 413, whether the length was told or not.
TEST_P(SocketTest, BodyLimit) {
  begin();
  const std::string big(2000, 'x');
  EXPECT_TRUE(has(once("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2000\r\n\r\n" + big),
                  "HTTP/1.1 413 "));
  EXPECT_TRUE(has(once("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                       "7d0\r\n" +
                       big + "\r\n0\r\n\r\n"),
                  "HTTP/1.1 413 "));
  EXPECT_TRUE(has(once("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n"),
                  "HTTP/1.1 413 "));
}

// Headers beyond the limit, in bytes or in number: 431.
TEST_P(SocketTest, HeaderLimit) {
  begin();
  const std::string start = "GET /r/1 HTTP/1.1\r\nHost: x\r\n";
  EXPECT_TRUE(has(once(start + "A: " + std::string(20'000, 'a') + "\r\n\r\n"), " 431 "));
  std::string many = start;
  for (int i = 0; i < 150; ++i) many += "A" + std::to_string(i) + ": b\r\n";
  EXPECT_TRUE(has(once(many + "\r\n"), " 431 "));
  EXPECT_TRUE(has(once(start + "A: " + std::string(8'000, 'a') + "\r\n\r\n"), " 200 "));
}

// What is no HTTP, or could be read in two ways, is refused and the connection ends.
TEST_P(SocketTest, Malformed) {
  begin();
  for (const auto* bad : {"GET /r/1 HTTP/1.1\r\n\r\n", "nonsense\r\n\r\n",
                          "GET /r/1 HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
                          "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
                          "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                          "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
                          "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n"
                          "Content-Length: 2\r\n\r\n11",
                          "GET /r/%00 HTTP/1.1\r\nHost: x\r\n\r\n"}) {
    EXPECT_TRUE(has(once(bad), "HTTP/1.1 400 ")) << bad;
  }
  EXPECT_TRUE(has(once("BREW /r/1 HTTP/1.1\r\nHost: x\r\n\r\n"), " 501 "));
}

// A request that does not arrive in time: 408; a silent connection is closed without a word.
TEST_P(SocketTest, ReadTimeout) {
  ServerConfig config;
  config.read_timeout = milliseconds(200);
  begin(config);
  EXPECT_TRUE(has(once("GET /r/1 HTTP/1.1\r\nHo"), "HTTP/1.1 408 "));
  EXPECT_TRUE(has(once("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n1"), " 408 "));
  Client silent(port());
  EXPECT_EQ(silent.rest(), "");
}

// One connection too many is told so.
TEST_P(SocketTest, ConnectionLimit) {
  ServerConfig config;
  config.connections_max = 2;
  begin(config);
  Client one(port());
  Client two(port());
  for (auto* c : {&one, &two}) {
    c->send("GET /r/1 HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(has(c->response(), "200 OK"));
  }
  Client three(port());
  EXPECT_TRUE(has(three.response(), "HTTP/1.1 503 "));
}

// The client waits for 100 before it sends; where the answer is no anyway, it gets that at once.
TEST_P(SocketTest, ExpectContinue) {
  begin();
  Client c(port());
  c.send("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  EXPECT_EQ(c.until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  c.send("123");
  EXPECT_TRUE(c.response().ends_with("123"));
  c.send("POST /none HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  EXPECT_TRUE(has(c.response(), "HTTP/1.1 404 "));
}

// A header that a handler makes of input cannot start another header.
TEST_P(SocketTest, NoResponseSplitting) {
  open();
  router().read(route(Method::get, "/go", kOpenRead),
                [](Context& c) { return redirect(c.request().query_value("to").value_or("")); });
  server_->start();
  const auto r = once("GET /go?to=/a%0d%0aSet-Cookie:%20x=1 HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(has(r, " 303 "));
  EXPECT_TRUE(has(r, "Location: /a  Set-Cookie: x=1\r\n"));
}

// Drain: what is in flight is answered, idle connections end, new ones are not taken.
TEST_P(SocketTest, Drain) {
  begin();
  Client idle(port());
  idle.send("GET /r/1 HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(has(idle.response(), "200 OK"));
  Client busy(port());
  busy.send("POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
  while (slow_ == 0) std::this_thread::yield();
  const int was = port();
  auto drained = std::async(std::launch::async, [&] { server_->drain(); });
  const auto r = busy.response();
  EXPECT_TRUE(has(r, "200 OK"));
  EXPECT_TRUE(has(r, "Connection: close"));
  EXPECT_TRUE(r.ends_with("\"late\""));
  EXPECT_EQ(idle.rest(), "");
  EXPECT_EQ(busy.rest(), "");
  drained.get();
  EXPECT_FALSE(Client(was).connected());
  EXPECT_EQ(get("/readyz").status, 503);
}

// A server that is destroyed cuts what is open; whoever answers later does no harm.
TEST_P(SocketTest, CutWithoutDrain) {
  open();
  std::promise<Reply> kept;
  router().detached(route(Method::post, "/keep", kOpenWrite),
                    [&](std::shared_ptr<Context>, Reply reply) { kept.set_value(reply); });
  server_->start();
  Client waits(port());
  waits.send("POST /keep HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
  const auto reply = kept.get_future().get();
  Client half(port());
  half.send("GET /li");
  server_.reset();
  EXPECT_EQ(waits.rest(), "");
  reply(json("\"too late\""));
}

// Events flow, go on after the last id that was seen, and hearts beat.
TEST_P(SocketTest, Events) {
  ServerConfig config;
  config.heartbeat = milliseconds(50);
  begin(config);
  Client c(port());
  c.send("GET /events HTTP/1.1\r\nHost: x\r\nLast-Event-ID: 40\r\n\r\n");
  EXPECT_TRUE(has(c.until("\r\n\r\n"), "Content-Type: text/event-stream\r\n"));
  EXPECT_EQ(c.until("\n\n"), "id: 41\nevent: hello\ndata: after 40\n\n");
  EXPECT_EQ(c.until("\n\n"), ": heartbeat\n\n");
  std::thread other([this] { stream_->send("42", "more", "text"); });
  other.join();
  EXPECT_TRUE(has(c.until("data: text\n\n"), "id: 42\nevent: more\n"));
  stream_->close();
  c.rest();
}

// A peer that goes away is noticed, so that its sender can stop.
TEST_P(SocketTest, EventsEndWithThePeer) {
  begin();
  {
    Client c(port());
    c.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
    c.until("\n\n");
  }
  for (int i = 0; i < 500 && !stream_->closed(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_TRUE(stream_->closed());
}

// An address that is taken is a fault that names it, also by a server like this one.
TEST_P(SocketTest, AddressTaken) {
  begin();
  ServerConfig config;
  config.listen = "127.0.0.1:" + std::to_string(port());
  const auto other = Server::create(config, {*store_, doorman_});
  EXPECT_THROW(other->start(), Fault);
  EXPECT_EQ(server_->url(), "http://127.0.0.1:" + std::to_string(port()));
}

// Only the proxy that is trusted may say who asks.
TEST_P(SocketTest, TrustedProxy) {
  for (const bool trusted : {true, false}) {
    ServerConfig config;
    if (trusted) config.trusted_proxy = "127.0.0.1";
    open(config);
    router().read(route(Method::get, "/me", kOpenRead), [](Context& c) {
      return json(c.request().remote + (c.request().secure ? " tls" : ""));
    });
    server_->start();
    const auto r = once(
        "GET /me HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 1.1.1.1, 9.9.9.9\r\n"
        "X-Forwarded-Proto: https\r\n\r\n");
    EXPECT_TRUE(r.ends_with(trusted ? "9.9.9.9 tls" : "127.0.0.1")) << r;
  }
}

INSTANTIATE_TEST_SUITE_P(Engines, SocketTest, ::testing::ValuesIn(storage::test_engines()));

}  // namespace
}  // namespace fondaco::http
