#include "fetch_child.h"

#include "public_address.h"

#include <fondaco/base/check.h>
#include <fondaco/base/product.h>
#include <fondaco/base/text.h>

#include <curl/curl.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <iostream>
#include <memory>

namespace fondaco::server {
namespace {

constexpr int kMostRedirects = 3;

struct Attempt {
  const FetchLimits& limits;
  std::string bytes;
  bool too_large = false;
  bool not_public = false;
};

std::size_t on_bytes(char* data, std::size_t size, std::size_t count, void* context) {
  auto& a = *static_cast<Attempt*>(context);
  const std::size_t more = size * count;
  if (a.bytes.size() + more > static_cast<std::size_t>(a.limits.bytes)) {
    a.too_large = true;
    return 0;
  }
  a.bytes.append(data, more);
  return more;
}

// The last word before a connection: the socket is for exactly this address.
curl_socket_t on_socket(void* context, curlsocktype, curl_sockaddr* address) {
  auto& a = *static_cast<Attempt*>(context);
  const sockaddr& to = address->addr;
  const bool hook = a.limits.loopback_port > 0 && is_loopback_address(to) &&
                    port_of(to) == a.limits.loopback_port;
  if (!hook && !is_public_address(to)) {
    a.not_public = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

using Handle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;

struct Url {
  std::string host;
  bool ok = false;
};

Url parse(const std::string& address) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), curl_url_cleanup);
  Url out;
  if (!url || curl_url_set(url.get(), CURLUPART_URL, address.c_str(), 0) != CURLUE_OK) return out;
  char* part = nullptr;
  if (curl_url_get(url.get(), CURLUPART_USER, &part, 0) == CURLUE_OK) {
    curl_free(part);
    return out;  // Nobody signs in to fetch a picture.
  }
  if (curl_url_get(url.get(), CURLUPART_HOST, &part, 0) != CURLUE_OK) return out;
  out.host = to_lower_ascii(part);
  curl_free(part);
  out.ok = address.starts_with("http://") || address.starts_with("https://");
  return out;
}

void set_options(CURL* curl, const std::string& address, Attempt& attempt,
                 std::int64_t milliseconds) {
  const auto agent = std::string(product::kName) + "/" + std::string(product::kVersion);
  curl_easy_setopt(curl, CURLOPT_URL, address.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(milliseconds));
  curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(attempt.limits.bytes));
  curl_easy_setopt(curl, CURLOPT_USERAGENT, agent.c_str());
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &attempt);
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, on_socket);
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, &attempt);
}

Fetched gone(std::string why) { return {Fetched::Kind::gone, std::move(why), {}}; }
Fetched later(std::string why) { return {Fetched::Kind::later, std::move(why), {}}; }

std::string too_large(const FetchLimits& limits) {
  return "has more than " + std::to_string(limits.bytes) + " bytes";
}

Fetched failed(CURLcode code, const Attempt& attempt) {
  if (attempt.not_public) return gone("its name leads to an address that is not public");
  if (attempt.too_large || code == CURLE_FILESIZE_EXCEEDED) return gone(too_large(attempt.limits));
  if (code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_URL_MALFORMAT) {
    return gone("is no address of the web");
  }
  if (code == CURLE_OPERATION_TIMEDOUT) {
    return later("took longer than " + std::to_string(attempt.limits.milliseconds) + " ms");
  }
  return later(curl_easy_strerror(code));
}

Fetched answered(long status, Attempt& attempt) {
  if (status == 200) {
    if (attempt.bytes.empty()) return gone("is empty");
    return {Fetched::Kind::ok, {}, std::move(attempt.bytes)};
  }
  auto why = "answered " + std::to_string(status);
  const bool again = status >= 500 || status == 429 || status == 408;
  return again ? later(std::move(why)) : gone(std::move(why));
}

}  // namespace

Fetched fetch(const std::string& address, const FetchLimits& limits) {
  using Time = std::chrono::steady_clock;
  const auto began = Time::now();
  const Url first = parse(address);
  if (!first.ok) return gone("is no address of the web");
  std::string at = address;
  for (int redirects = 0; redirects <= kMostRedirects; ++redirects) {
    const auto passed =
        std::chrono::duration_cast<std::chrono::milliseconds>(Time::now() - began).count();
    if (passed >= limits.milliseconds) {
      return later("took longer than " + std::to_string(limits.milliseconds) + " ms");
    }
    const Handle curl(curl_easy_init(), curl_easy_cleanup);
    if (!curl) throw Fault("libcurl cannot begin");
    Attempt attempt{limits, {}, false, false};
    set_options(curl.get(), at, attempt, limits.milliseconds - passed);
    if (const auto code = curl_easy_perform(curl.get()); code != CURLE_OK) {
      return failed(code, attempt);
    }
    long status = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
    char* to = nullptr;
    curl_easy_getinfo(curl.get(), CURLINFO_REDIRECT_URL, &to);
    if (!to) return answered(status, attempt);
    const Url next = parse(to);
    if (!next.ok || next.host != first.host) return gone("is redirected to another host");
    at = to;
  }
  return gone("is redirected more than " + std::to_string(kMostRedirects) + " times");
}

int fetch_child(const std::string& directory, const FetchLimits& limits) {
  // What a hostile answer could make of this process is bounded whatever a library does.
  const rlimit memory{1ULL << 30, 1ULL << 30};
  const rlimit file{64ULL << 20, 64ULL << 20};
  setrlimit(RLIMIT_AS, &memory);
  setrlimit(RLIMIT_FSIZE, &file);
  curl_global_init(CURL_GLOBAL_DEFAULT);
  std::string address;
  for (std::int64_t n = 0; std::getline(std::cin, address); ++n) {
    const auto got = fetch(address, limits);
    if (got.kind == Fetched::Kind::ok) {
      const auto path = directory + "/" + std::to_string(n);
      const std::unique_ptr<std::FILE, int (*)(std::FILE*)> out(std::fopen(path.c_str(), "wb"),
                                                                std::fclose);
      if (!out ||
          std::fwrite(got.bytes.data(), 1, got.bytes.size(), out.get()) != got.bytes.size() ||
          std::fflush(out.get()) != 0) {
        throw Fault("cannot write " + path);
      }
      std::cout << "ok\n" << std::flush;
    } else {
      std::cout << (got.kind == Fetched::Kind::gone ? "gone " : "later ") << got.why << "\n"
                << std::flush;
    }
  }
  curl_global_cleanup();
  return 0;
}

}  // namespace fondaco::server
