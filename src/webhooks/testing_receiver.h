// For the tests of this module: a receiver on a loopback port that answers as it is told, and a
// store with endpoints. Private.
#pragma once

#include <fondaco/base/json.h>
#include <fondaco/base/text.h>
#include <fondaco/shoppers.h>
#include <fondaco/storage/testing.h>
#include <fondaco/webhooks.h>
#include <fondaco/webhooks/deliverer.h>
#include <fondaco/webhooks/sign.h>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace fondaco::webhooks {

/// Keeps what it was sent. Answers 200, or what was put into `answers`, one after the other.
class Receiver {
 public:
  struct Got {
    std::map<std::string, std::string> headers;  // Names in lower case.
    std::string body;
  };
  struct Reply {
    int status = 200;
    std::string body = "thanks";
    std::chrono::milliseconds late{0};
    std::string header = {};
  };

  Receiver() {
    socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(socket_, 64), 0);
    socklen_t size = sizeof address;
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { loop(); });
  }
  ~Receiver() {
    stopping_ = true;
    ::shutdown(socket_, SHUT_RDWR);
    thread_.join();
    ::close(socket_);
  }
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  std::string url(std::string_view path = "/hooks") const {
    return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
  }
  void answer(Reply reply) {
    const std::scoped_lock lock(mutex_);
    replies_.push_back(std::move(reply));
  }
  std::vector<Got> got() {
    const std::scoped_lock lock(mutex_);
    return got_;
  }

 private:
  void loop() {
    while (!stopping_) {
      const int peer = ::accept(socket_, nullptr, nullptr);
      if (peer < 0) continue;
      serve(peer);
      ::close(peer);
    }
  }
  void serve(int peer) {
    std::string in;
    std::size_t head = 0;
    std::size_t length = 0;
    char buffer[4096];
    Got got;
    for (;;) {
      if (head == 0 && (head = in.find("\r\n\r\n")) != in.npos) {
        head += 4;
        got.headers = headers_of(in.substr(0, head));
        length = static_cast<std::size_t>(parse_int(got.headers["content-length"]).value_or(0));
      } else if (head == in.npos) {
        head = 0;
      }
      if (head != 0 && in.size() >= head + length) break;
      const ssize_t n = ::recv(peer, buffer, sizeof buffer, 0);
      if (n <= 0) return;
      in.append(buffer, static_cast<std::size_t>(n));
    }
    got.body = in.substr(head, length);
    const Reply reply = next(std::move(got));
    std::this_thread::sleep_for(reply.late);
    const std::string out = "HTTP/1.1 " + std::to_string(reply.status) + " Told\r\n" +
                            reply.header + "Content-Length: " + std::to_string(reply.body.size()) +
                            "\r\nConnection: close\r\n\r\n" + reply.body;
    std::size_t at = 0;
    while (at < out.size()) {
      const ssize_t n = ::send(peer, out.data() + at, out.size() - at, MSG_NOSIGNAL);
      if (n <= 0) return;
      at += static_cast<std::size_t>(n);
    }
  }
  static std::map<std::string, std::string> headers_of(const std::string& head) {
    std::map<std::string, std::string> out;
    for (const auto line : split(head, '\n')) {
      const auto colon = line.find(':');
      if (colon == line.npos) continue;
      out[to_lower_ascii(line.substr(0, colon))] = std::string(trim(line.substr(colon + 1)));
    }
    return out;
  }
  Reply next(Got got) {
    const std::scoped_lock lock(mutex_);
    got_.push_back(std::move(got));
    if (replies_.empty()) return {};
    Reply reply = std::move(replies_.front());
    replies_.pop_front();
    return reply;
  }

  int socket_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::vector<Got> got_;
  std::deque<Reply> replies_;
  std::thread thread_;
};

inline const MerchantId kBikes{0x100000};
inline const MerchantId kBooks{0x200000};

/// An event of a merchant, as another module would publish it.
struct Happened {
  static constexpr std::string_view kType = "order.placed";
  static constexpr int kVersion = 1;
  MerchantId merchant;
  std::int64_t total = 0;
  std::string contact;
};
BOOST_DESCRIBE_STRUCT(Happened, (), (merchant, total, contact))

class WebhooksTest : public testing::TestWithParam<storage::Engine> {
 protected:
  explicit WebhooksTest(std::vector<storage::Migration> more = {})
      : store_(GetParam(),
               storage::join({storage::migrations(), shoppers::migrations(), migrations(), more})),
        keyring_(std::make_unique<shoppers::Keyring>(*store_)) {}

  template <class F>
  auto write(F&& f) {
    return store_->main().write(std::forward<F>(f));
  }
  storage::ReadLease read() { return store_->main().read(); }

  NewEndpoint wanted(std::string url, MerchantId merchant = kBikes,
                     std::vector<std::string> types = {}) {
    SecureRandom random;
    secret_ = new_secret(random);
    return {merchant, std::move(url), std::move(types), "", keyring_->seal_new(secret_), true};
  }
  Endpoint endpoint(const NewEndpoint& e) {
    return *write([&](storage::Tx& tx) { return create_endpoint(tx, e); });
  }
  /// As the outbox would: the event is written, then told to the module.
  void happens(std::int64_t entity, MerchantId merchant = kBikes,
               std::string type = "order.placed") {
    write([&](storage::Tx& tx) {
      tx.publish({type, 1, entity, ++version_, json_of(Happened{merchant, 1990, "c2VhbGVk"})});
    });
    tell();
  }
  void tell() {
    auto events = store_->outbox().after(store_->outbox().node(), told_, 1000);
    if (!events.empty()) told_ = events.back().seq;
    write([&](storage::Tx& tx) { fan_out(tx, events); });
  }
  Deliverer::Parts parts(Duration time_out = seconds(2)) {
    return {.store = *store_,
            .keyring = *keyring_,
            .private_addresses = [this] { return private_; },
            .user_agent = "test",
            .time_out = time_out};
  }
  std::vector<Delivery> log(WebhookId id) { return deliveries_of(*read(), id, {}, 100); }
  void expect_sound() {
    storage::Findings findings;
    verify(*read(), findings);
    EXPECT_TRUE(findings.differences.empty());
  }

  storage::TestStore store_;
  std::unique_ptr<shoppers::Keyring> keyring_;
  std::string secret_;
  std::int64_t version_ = 0;
  std::int64_t told_ = 0;
  bool private_ = true;
};

/// The value of `"name":"…"` in JSON.
inline std::string member(std::string_view json, const std::string& name) {
  const std::string mark = "\"" + name + "\":\"";
  const auto at = json.find(mark);
  if (at == json.npos) return {};
  const auto start = at + mark.size();
  return std::string(json.substr(start, json.find('"', start) - start));
}

}  // namespace fondaco::webhooks
