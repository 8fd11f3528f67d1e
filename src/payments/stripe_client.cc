#include "stripe_client.h"

#include <fondaco/base/log.h>

#include <curl/curl.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <thread>

namespace fondaco::payments {
namespace {

constexpr std::size_t kMostBody = 4 << 20;

struct Curl {
  Curl() : handle(curl_easy_init()) { FONDACO_CHECK(handle != nullptr); }
  ~Curl() {
    curl_slist_free_all(headers);
    curl_easy_cleanup(handle);
  }
  Curl(const Curl&) = delete;
  Curl& operator=(const Curl&) = delete;
  void header(const std::string& line) { headers = curl_slist_append(headers, line.c_str()); }
  CURL* handle;
  curl_slist* headers = nullptr;
};

std::size_t take(char* data, std::size_t size, std::size_t count, void* out) {
  auto* body = static_cast<std::string*>(out);
  if (body->size() + size * count > kMostBody) return 0;
  body->append(data, size * count);
  return size * count;
}

std::string escaped(CURL* handle, const std::string& text) {
  const std::unique_ptr<char, decltype(&curl_free)> out(
      curl_easy_escape(handle, text.data(), static_cast<int>(text.size())), curl_free);
  return out.get();
}

std::string encode(const Form& form) {
  const Curl curl;
  std::string out;
  for (const auto& [name, value] : form) {
    out +=
        (out.empty() ? "" : "&") + escaped(curl.handle, name) + "=" + escaped(curl.handle, value);
  }
  return out;
}

/// 409: another request with this key is under way.
bool is_passing(int status) {
  return status == 0 || status == 409 || status == 429 || status >= 500;
}

}  // namespace

std::string text_at(const boost::json::object& from, std::initializer_list<std::string_view> path) {
  const boost::json::object* at = &from;
  const boost::json::value* found = nullptr;
  for (const std::string_view name : path) {
    if (!at) return {};
    found = at->if_contains(name);
    if (!found) return {};
    at = found->if_object();
  }
  const auto* text = found ? found->if_string() : nullptr;
  return text ? std::string(*text) : std::string();
}

std::int64_t number_at(const boost::json::object& from, std::string_view name) {
  const auto* found = from.if_contains(name);
  const auto* number = found ? found->if_int64() : nullptr;
  return number ? *number : 0;
}

StripeClient::StripeClient(StripeConfig config) : config_(std::move(config)) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

StripeAnswer StripeClient::once(const std::string& path, const std::string* form,
                                const std::string& key) {
  Curl curl;
  std::string body;
  const std::string url = config_.base_url + path;
  const auto milliseconds_left = static_cast<long>(config_.timeout.us / 1000);
  curl.header("Authorization: Bearer " + config_.secret_key);
  curl.header("Stripe-Version: " + std::string(kStripeVersion));
  if (!key.empty()) curl.header("Idempotency-Key: " + key);
  curl_easy_setopt(curl.handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.handle, CURLOPT_HTTPHEADER, curl.headers);
  curl_easy_setopt(curl.handle, CURLOPT_WRITEFUNCTION, &take);
  curl_easy_setopt(curl.handle, CURLOPT_WRITEDATA, &body);
  curl_easy_setopt(curl.handle, CURLOPT_TIMEOUT_MS, milliseconds_left);
  curl_easy_setopt(curl.handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.handle, CURLOPT_PROTOCOLS_STR, "https,http");
  if (form) {
    curl_easy_setopt(curl.handle, CURLOPT_POSTFIELDS, form->c_str());
    curl_easy_setopt(curl.handle, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(form->size()));
  }
  const CURLcode code = curl_easy_perform(curl.handle);
  StripeAnswer answer;
  if (code != CURLE_OK) {
    log::warn("payments", "stripe gave no answer", {{"why", curl_easy_strerror(code)}});
    return answer;
  }
  long status = 0;
  curl_easy_getinfo(curl.handle, CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  boost::system::error_code error;
  auto parsed = boost::json::parse(body, error);
  if (!error && parsed.is_object()) answer.body = std::move(parsed.get_object());
  if (answer.good() && answer.body.empty()) answer.status = 0;  // Half an answer is none.
  return answer;
}

StripeAnswer StripeClient::patient(const std::string& path, const std::string* form,
                                   const std::string& key) {
  Duration pause = config_.pause;
  for (int attempt = 1;; ++attempt) {
    StripeAnswer answer = once(path, form, key);
    if (!is_passing(answer.status) || attempt >= config_.attempts) return answer;
    std::this_thread::sleep_for(std::chrono::microseconds(pause.us));
    pause = pause * 4;
  }
}

StripeAnswer StripeClient::post(const std::string& path, const Form& form, const std::string& key) {
  const std::string body = encode(form);
  return patient(path, &body, key);
}

StripeAnswer StripeClient::get(const std::string& path) { return patient(path, nullptr, {}); }

}  // namespace fondaco::payments
