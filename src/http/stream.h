// One event stream between its sender (any thread) and its HTTP thread. Depends on call.h.
#pragma once

#include "call.h"

#include <mutex>
#include <string>

namespace fondaco::http {

class StreamImpl final : public Stream,
                         public Wakeable,
                         public std::enable_shared_from_this<StreamImpl> {
 public:
  static constexpr std::size_t kBufferMax = 256 * 1024;

  explicit StreamImpl(std::shared_ptr<Waker> waker) : waker_(std::move(waker)) {}
  bool send(std::string_view id, std::string_view event, std::string_view data) override;
  bool closed() const override;
  void close() override;

  /// What waits to be written; empty when nothing does. HTTP thread.
  std::string take();

 private:
  std::shared_ptr<Waker> waker_;
  mutable std::mutex mutex_;
  std::string buffer_;
  bool closed_ = false;
};

}  // namespace fondaco::http
