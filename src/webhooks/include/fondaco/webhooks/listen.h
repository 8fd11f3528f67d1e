// The client of `webhook listen`: reads the event stream of a server and posts each event to a
// URL, signed as a delivery is. Depends on base.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace fondaco::webhooks {

/// Takes a text/event-stream apart as its bytes come.
class StreamReader {
 public:
  struct Event {
    std::string id;
    std::string type;
    std::string data;
  };
  using Each = std::function<bool(const Event&)>;
  /// False as soon as `each` says so.
  bool feed(std::string_view bytes, const Each& each);

 private:
  bool line(std::string_view text, const Each& each);
  std::string rest_;
  Event event_;
};

struct Listen {
  std::string url;  // Of the stream.
  std::string token;
  std::string forward_to;
  std::string secret;
  std::string last_event_id;
  std::string user_agent;
  std::int64_t stop_after = 0;  // Events; 0: never.
};
/// Once for every event that was passed on; `status` 0 with `error` when nobody answered.
using Passed =
    std::function<void(const StreamReader::Event& event, int status, const std::string& error)>;
/// Reads until the stream ends, and again from where it was, until stop_after. Returns an empty
/// text when done, else why the stream was refused ("401", "could not connect").
std::string listen(Listen what, const Passed& passed);

}  // namespace fondaco::webhooks
