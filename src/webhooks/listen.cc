#include "curl_easy.h"

#include <fondaco/base/time.h>
#include <fondaco/webhooks/listen.h>
#include <fondaco/webhooks/post.h>
#include <fondaco/webhooks/sign.h>

#include <chrono>
#include <optional>
#include <thread>

namespace fondaco::webhooks {
namespace {

constexpr std::size_t kMostLine = 1 << 20;

struct Reading {
  Listen& what;
  const Passed& passed;
  StreamReader reader;
  std::int64_t count = 0;
  bool done = false;
};

void pass_on(Reading& r, const StreamReader::Event& event) {
  const Signed s = sign({r.what.secret}, event.id, SystemClock().now(), event.data);
  const Answer answer =
      post({.url = r.what.forward_to,
            .body = event.data,
            .headers = {{"Content-Type", "application/cloudevents+json; charset=utf-8"},
                        {"User-Agent", r.what.user_agent},
                        {"webhook-id", s.id},
                        {"webhook-timestamp", s.timestamp},
                        {"webhook-signature", s.signature}},
            .private_addresses = true});
  r.what.last_event_id = event.id;
  r.passed(event, answer.status, answer.error);
}

std::size_t on_bytes(char* data, std::size_t, std::size_t size, void* user) {
  auto& r = *static_cast<Reading*>(user);
  const bool on = r.reader.feed({data, size}, [&](const StreamReader::Event& event) {
    pass_on(r, event);
    r.done = r.what.stop_after > 0 && ++r.count >= r.what.stop_after;
    return !r.done;
  });
  return on ? size : 0;
}

/// Reads one connection until it ends. Why not, when it was refused for good.
std::optional<std::string> read_once(Reading& r) {
  CurlEasy curl;
  r.reader = {};
  curl.set(CURLOPT_URL, r.what.url.c_str());
  curl.set(CURLOPT_PROTOCOLS_STR, "https,http");
  curl.set(CURLOPT_WRITEFUNCTION, on_bytes);
  curl.set(CURLOPT_WRITEDATA, &r);
  curl.set(CURLOPT_FAILONERROR, 1L);
  curl.set(CURLOPT_CONNECTTIMEOUT, 10L);
  curl.set(CURLOPT_LOW_SPEED_LIMIT, 1L);  // The heart beats every 15 s.
  curl.set(CURLOPT_LOW_SPEED_TIME, 60L);
  curl.add_header("Authorization: Bearer " + r.what.token);
  curl.add_header("Accept: text/event-stream");
  if (!r.what.last_event_id.empty()) curl.add_header("Last-Event-ID: " + r.what.last_event_id);
  const CURLcode code = curl.perform();
  if (code == CURLE_HTTP_RETURNED_ERROR && curl.status() < 500) {
    return std::to_string(curl.status());
  }
  return std::nullopt;
}

}  // namespace

bool StreamReader::feed(std::string_view bytes, const Each& each) {
  rest_.append(bytes);
  std::size_t start = 0;
  for (;;) {
    const auto end = rest_.find('\n', start);
    if (end == rest_.npos) break;
    std::string_view text(rest_.data() + start, end - start);
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (!line(text, each)) return false;
    start = end + 1;
  }
  rest_.erase(0, start);
  return rest_.size() <= kMostLine;
}

bool StreamReader::line(std::string_view text, const Each& each) {
  if (text.empty()) {
    Event event = std::exchange(event_, {});
    return event.data.empty() || each(event);
  }
  const auto colon = text.find(':');
  const auto name = text.substr(0, colon);
  auto value = colon == text.npos ? std::string_view{} : text.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (name == "id") event_.id = value;
  if (name == "event") event_.type = value;
  if (name == "data") event_.data += (event_.data.empty() ? "" : "\n") + std::string(value);
  return true;
}

std::string listen(Listen what, const Passed& passed) {
  Reading reading{what, passed, {}};
  while (!reading.done) {
    if (auto why = read_once(reading)) return std::move(*why);
    if (!reading.done) std::this_thread::sleep_for(std::chrono::seconds(1));
  }
  return {};
}

}  // namespace fondaco::webhooks
