#include "fetch_child.h"
#include "public_address.h"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <functional>
#include <map>
#include <thread>

namespace fondaco::server {
namespace {

bool is_public(const char* text) {
  sockaddr_storage out{};
  if (std::strchr(text, ':')) {
    auto& in = reinterpret_cast<sockaddr_in6&>(out);
    in.sin6_family = AF_INET6;
    EXPECT_EQ(inet_pton(AF_INET6, text, &in.sin6_addr), 1) << text;
  } else {
    auto& in = reinterpret_cast<sockaddr_in&>(out);
    in.sin_family = AF_INET;
    EXPECT_EQ(inet_pton(AF_INET, text, &in.sin_addr), 1) << text;
  }
  return is_public_address(reinterpret_cast<const sockaddr&>(out));
}

// Only what the internet routes to somebody is public: no machine of ours, no metadata service,
// no IPv4 address in an IPv6 coat.
TEST(PublicAddress, OnlyWhatIsRouted) {
  for (const char* a : {"1.1.1.1", "93.184.216.34", "172.15.0.1", "172.32.0.1", "223.255.255.1",
                        "2606:4700::1111", "2a00:1450:4001::1"}) {
    EXPECT_TRUE(is_public(a)) << a;
  }
  for (const char* a : {"0.0.0.0",
                        "10.1.2.3",
                        "100.64.0.1",
                        "127.0.0.1",
                        "169.254.169.254",
                        "172.16.0.1",
                        "172.31.255.1",
                        "192.168.1.1",
                        "198.18.0.1",
                        "203.0.113.9",
                        "224.0.0.1",
                        "255.255.255.255",
                        "::",
                        "::1",
                        "::ffff:127.0.0.1",
                        "::ffff:8.8.8.8",
                        "64:ff9b::7f00:1",
                        "fe80::1",
                        "fd00::1",
                        "ff02::1",
                        "2001:db8::1",
                        "2001::1",
                        "2002:7f00:1::1"}) {
    EXPECT_FALSE(is_public(a)) << a;
  }
}

/// Answers by path, one connection after the other, until it goes.
class Peer {
 public:
  explicit Peer(std::map<std::string, std::string> answers) : answers_(std::move(answers)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(in);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&in), size), 0);
    EXPECT_EQ(::listen(listener_, 8), 0);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&in), &size);
    port = ntohs(in.sin_port);
    thread_ = std::thread([this] { loop(); });
  }
  ~Peer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  std::string url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port) + path;
  }
  int port = 0;
  int asked = 0;

 private:
  void loop() {
    for (int c = ::accept(listener_, nullptr, nullptr); c >= 0;
         c = ::accept(listener_, nullptr, nullptr)) {
      ++asked;
      char buffer[4096];
      const auto n = ::recv(c, buffer, sizeof(buffer), 0);
      const std::string head(buffer, n > 0 ? static_cast<std::size_t>(n) : 0);
      const auto from = head.find(' ') + 1;
      const auto found = answers_.find(head.substr(from, head.find(' ', from) - from));
      const std::string answer =
          found == answers_.end() ? "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n" : found->second;
      if (answer == "sleep") std::this_thread::sleep_for(std::chrono::milliseconds(700));
      (void)::send(c, answer.data(), answer.size(), MSG_NOSIGNAL);
      ::close(c);
    }
  }
  std::map<std::string, std::string> answers_;
  int listener_ = -1;
  std::thread thread_;
};

std::string ok(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}
std::string to(const std::string& where) {
  return "HTTP/1.1 302 Found\r\nLocation: " + where + "\r\nContent-Length: 0\r\n\r\n";
}

// Each way in which fetching ends; a redirect stays with its host; without the test hook this
// machine is never even connected to.
TEST(Fetch, EndsAsItShould) {
  Peer peer({{"/a", ok("bytes")},
             {"/empty", ok("")},
             {"/large", ok(std::string(3000, 'x'))},
             {"/endless", "HTTP/1.1 200 OK\r\n\r\n" + std::string(3000, 'x')},
             {"/here", to("/a")},
             {"/there", to("http://localhost/a")},
             {"/file", to("file:///etc/passwd")},
             {"/loop", to("/loop")},
             {"/busy", "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"},
             {"/slow", "sleep"}});
  FetchLimits limits;
  limits.bytes = 2000;
  limits.milliseconds = 400;
  using Kind = Fetched::Kind;
  EXPECT_EQ(fetch(peer.url("/a"), limits).kind, Kind::gone);
  EXPECT_EQ(peer.asked, 0);
  limits.loopback_port = peer.port + 1;
  EXPECT_EQ(fetch(peer.url("/a"), limits).kind, Kind::gone);
  EXPECT_EQ(peer.asked, 0);
  limits.loopback_port = peer.port;
  const auto got = fetch(peer.url("/a"), limits);
  EXPECT_EQ(got.kind, Kind::ok);
  EXPECT_EQ(got.bytes, "bytes");
  EXPECT_EQ(fetch(peer.url("/here"), limits).bytes, "bytes");
  struct Case {
    std::string address;
    Kind kind;
    std::string_view why;
  };
  const Case cases[] = {
      {peer.url("/none"), Kind::gone, "answered 404"},
      {peer.url("/empty"), Kind::gone, "is empty"},
      {peer.url("/large"), Kind::gone, "has more than 2000 bytes"},
      {peer.url("/endless"), Kind::gone, "has more than 2000 bytes"},
      {peer.url("/there"), Kind::gone, "is redirected to another host"},
      {peer.url("/file"), Kind::gone, "is redirected to another host"},
      {peer.url("/loop"), Kind::gone, "is redirected more than 3 times"},
      {peer.url("/busy"), Kind::later, "answered 503"},
      {peer.url("/slow"), Kind::later, "took longer than 400 ms"},
      {"http://localhost:1/a", Kind::gone, "its name leads to an address that is not public"},
      {"http://[::1]:1/a", Kind::gone, "its name leads to an address that is not public"},
      {"http://169.254.169.254/", Kind::gone, "its name leads to an address that is not public"},
      {"http://0x7f000001/", Kind::gone, "its name leads to an address that is not public"},
      {"ftp://x.example/a", Kind::gone, "is no address of the web"},
      {"http://me:secret@1.1.1.1/", Kind::gone, "is no address of the web"},
      {"nonsense", Kind::gone, "is no address of the web"},
  };
  for (const auto& c : cases) {
    const auto answer = fetch(c.address, limits);
    EXPECT_EQ(answer.kind, c.kind) << c.address << ": " << answer.why;
    EXPECT_EQ(answer.why, c.why) << c.address;
  }
}

}  // namespace
}  // namespace fondaco::server
