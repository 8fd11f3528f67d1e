#include "curl_easy.h"

#include <fondaco/webhooks/post.h>

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

namespace fondaco::webhooks {
namespace {

constexpr std::size_t kReadMost = 64 * 1024;
constexpr std::size_t kKeepMost = 1'024;

struct Call {
  const Post& what;
  Answer answer;
  std::size_t read = 0;
  bool refused_address = false;
  bool too_long = false;
};

std::size_t on_body(char* data, std::size_t, std::size_t size, void* user) {
  auto& call = *static_cast<Call*>(user);
  call.read += size;
  const std::size_t room = kKeepMost - std::min(kKeepMost, call.answer.body.size());
  call.answer.body.append(data, std::min(size, room));
  call.too_long = call.read > kReadMost;
  return call.too_long ? 0 : size;  // The status is known: the rest is of no use.
}

/// Asked with the address that is about to be connected to: a name that resolves to another one
/// a moment later does not get past it.
curl_socket_t on_socket(void* user, curlsocktype, curl_sockaddr* address) {
  auto& call = *static_cast<Call*>(user);
  if (!call.what.private_addresses && !is_public(address->addr)) {
    call.refused_address = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto& call = *static_cast<Call*>(user);
  return call.what.stop && *call.what.stop ? 1 : 0;
}

std::string reason_of(CURLcode code) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return "timed out";
    case CURLE_COULDNT_RESOLVE_HOST:
      return "could not resolve the host";
    case CURLE_COULDNT_CONNECT:
      return "could not connect";
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
      return "the connection broke";
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
      return "TLS failed";
    default:
      return curl_easy_strerror(code);
  }
}

}  // namespace

Answer post(const Post& what) {
  Call call{what, {}};
  CurlEasy curl;
  curl.set(CURLOPT_URL, what.url.c_str());
  curl.set(CURLOPT_PROTOCOLS_STR, what.private_addresses ? "https,http" : "https");
  curl.set(CURLOPT_POST, 1L);
  curl.set(CURLOPT_POSTFIELDS, what.body.data());
  curl.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(what.body.size()));
  curl.set(CURLOPT_TIMEOUT_MS, static_cast<long>(what.time_out.us / 1'000));
  curl.set(CURLOPT_WRITEFUNCTION, on_body);
  curl.set(CURLOPT_WRITEDATA, &call);
  curl.set(CURLOPT_OPENSOCKETFUNCTION, on_socket);
  curl.set(CURLOPT_OPENSOCKETDATA, &call);
  curl.set(CURLOPT_XFERINFOFUNCTION, on_progress);
  curl.set(CURLOPT_XFERINFODATA, &call);
  for (const auto& [name, value] : what.headers) curl.add_header(name + ": " + value);
  curl.add_header("Expect:");
  const auto begin = std::chrono::steady_clock::now();
  const CURLcode code = curl.perform();
  const auto took = std::chrono::steady_clock::now() - begin;
  Answer& answer = call.answer;
  answer.latency.us = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
  if (code == CURLE_OK || call.too_long) {
    answer.status = curl.status();
  } else if (code == CURLE_ABORTED_BY_CALLBACK) {
    answer.stopped = true;
  } else {
    answer.error = call.refused_address ? "address not allowed" : reason_of(code);
  }
  return std::move(answer);
}

}  // namespace fondaco::webhooks
