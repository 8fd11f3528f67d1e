#include "testing_receiver.h"

#include <fondaco/webhooks/listen.h>
#include <fondaco/webhooks/post.h>

namespace fondaco::webhooks {
namespace {

bool open_to_all(const char* text) {
  sockaddr_storage address{};
  auto* four = reinterpret_cast<sockaddr_in*>(&address);
  auto* six = reinterpret_cast<sockaddr_in6*>(&address);
  if (::inet_pton(AF_INET, text, &four->sin_addr) == 1) {
    address.ss_family = AF_INET;
  } else {
    EXPECT_EQ(::inet_pton(AF_INET6, text, &six->sin6_addr), 1) << text;
    address.ss_family = AF_INET6;
  }
  return is_public(reinterpret_cast<const sockaddr&>(address));
}

// Addresses of the own machine, house and network are not public, however they are written.
TEST(PublicAddress, KnowsTheClosedNetworks) {
  for (const char* closed : {"0.0.0.0",
                             "10.1.2.3",
                             "100.64.0.1",
                             "127.0.0.1",
                             "127.255.0.1",
                             "169.254.169.254",
                             "172.16.0.1",
                             "172.31.255.255",
                             "192.168.1.1",
                             "198.18.0.1",
                             "192.0.2.1",
                             "203.0.113.9",
                             "224.0.0.1",
                             "255.255.255.255",
                             "::",
                             "::1",
                             "fe80::1",
                             "fc00::1",
                             "fd12::1",
                             "ff02::1",
                             "::ffff:127.0.0.1",
                             "::ffff:10.0.0.1",
                             "64:ff9b::7f00:1",
                             "2002:7f00:1::",
                             "2001:db8::1",
                             "2001::1"}) {
    EXPECT_FALSE(open_to_all(closed)) << closed;
  }
  for (const char* open : {"1.1.1.1", "172.15.0.1", "172.32.0.1", "100.128.0.1", "11.0.0.1",
                           "::ffff:1.1.1.1", "2606:4700::1111", "2a00:1450::1"}) {
    EXPECT_TRUE(open_to_all(open)) << open;
  }
}

// A webhook's address has a host and https, no user and no fragment; http only where allowed.
TEST(Target, IsAUrlWithAHost) {
  EXPECT_TRUE(is_target("https://shop.example/hooks?a=1", false));
  EXPECT_TRUE(is_target("http://127.0.0.1:3000/", true));
  for (const char* bad : {"", "shop.example", "http://shop.example/", "ftp://shop.example/",
                          "https://user@shop.example/", "https://u:p@shop.example/", "https://",
                          "https://shop.example/#top", "file:///etc/passwd"}) {
    EXPECT_FALSE(is_target(bad, false)) << bad;
  }
  EXPECT_FALSE(is_target("https://a.example/" + std::string(2'000, 'x'), false));
}

// An address that is not public is not connected to, also when a name resolves to it.
TEST(Post, RefusesPrivateAddresses) {
  Receiver receiver;
  EXPECT_EQ(post({.url = "https://127.0.0.1:9/", .body = "{}"}).error, "address not allowed");
  EXPECT_EQ(post({.url = "https://localhost:9/", .body = "{}"}).error, "address not allowed");
  EXPECT_EQ(post({.url = "https://[::1]:9/", .body = "{}"}).error, "address not allowed");
  EXPECT_EQ(post({.url = receiver.url(), .body = "{}", .private_addresses = true}).status, 200);
  EXPECT_EQ(receiver.got().size(), 1u);
}

// A redirect is an answer like any other, a slow receiver is given up, a talkative one cut short.
TEST(Post, DoesNotFollowWaitOrListenLong) {
  Receiver receiver;
  receiver.answer({302, "", {}, "Location: " + receiver.url("/elsewhere") + "\r\n"});
  receiver.answer({200, std::string(300'000, 'x'), {}});
  receiver.answer({200, "late", std::chrono::milliseconds(700)});
  Post what{.url = receiver.url(),
            .body = "{}",
            .time_out = milliseconds(300),
            .private_addresses = true};
  EXPECT_EQ(post(what).status, 302);
  const auto talkative = post(what);
  EXPECT_EQ(talkative.status, 200);
  EXPECT_EQ(talkative.body.size(), 1'024u);
  const auto slow = post(what);
  EXPECT_EQ(slow.status, 0);
  EXPECT_EQ(slow.error, "timed out");
  EXPECT_EQ(receiver.got().size(), 3u);
}

// An event stream is read whatever pieces it comes in.
TEST(StreamReader, PutsPiecesTogether) {
  const std::string text =
      ": hello\n\nid: 0-7\nevent: order.placed\ndata: {\"a\":\ndata: 1}\n\nid: 0-8\r\ndata: "
      "x\r\n\r\n";
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    StreamReader reader;
    std::vector<StreamReader::Event> got;
    for (std::size_t at = 0; at < text.size(); at += piece) {
      EXPECT_TRUE(reader.feed(std::string_view(text).substr(at, piece), [&](const auto& e) {
        got.push_back(e);
        return true;
      }));
    }
    ASSERT_EQ(got.size(), 2u) << piece;
    EXPECT_EQ(got[0].id, "0-7");
    EXPECT_EQ(got[0].type, "order.placed");
    EXPECT_EQ(got[0].data, "{\"a\":\n1}");
    EXPECT_EQ(got[1].data, "x");
  }
}

}  // namespace
}  // namespace fondaco::webhooks
