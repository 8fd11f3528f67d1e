#include "stream.h"

#include <fondaco/base/check.h>

namespace fondaco::http {
namespace {

std::string event_text(std::string_view id, std::string_view event, std::string_view data) {
  // A line break in a name would let data pass for fields of the stream.
  FONDACO_CHECK(id.find_first_of("\r\n") == id.npos && event.find_first_of("\r\n") == event.npos);
  std::string out;
  if (!id.empty()) out.append("id: ").append(id).append("\n");
  if (!event.empty()) out.append("event: ").append(event).append("\n");
  for (;;) {
    const auto end = data.find_first_of("\r\n");
    out.append("data: ").append(data.substr(0, end)).append("\n");
    if (end == data.npos) break;
    data.remove_prefix(data.substr(end).starts_with("\r\n") ? end + 2 : end + 1);
  }
  out += '\n';
  return out;
}

}  // namespace

bool StreamImpl::send(std::string_view id, std::string_view event, std::string_view data) {
  const std::string text = event_text(id, event, data);
  bool open = true;
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    wake = buffer_.empty();
    if (buffer_.size() + text.size() > kBufferMax) {
      // It reads too slowly: let it come back with the last id that it has seen.
      closed_ = true;
      open = false;
      wake = true;
    } else {
      buffer_ += text;
    }
  }
  if (wake && waker_) waker_->wake(shared_from_this());
  return open;
}

bool StreamImpl::closed() const {
  const std::lock_guard lock(mutex_);
  return closed_;
}

void StreamImpl::close() {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    closed_ = true;
  }
  if (waker_) waker_->wake(shared_from_this());
}

std::string StreamImpl::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(buffer_, {});
}

}  // namespace fondaco::http
