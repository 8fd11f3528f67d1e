// A bounded pool for work that must not block an HTTP thread. Depends on nothing.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace fondaco::http {

class Workers {
 public:
  Workers(int threads, std::size_t queue_max);
  ~Workers();  // Finishes what is queued.
  /// False when the queue is full or the pool is closing.
  bool offer(std::function<void()> work);

 private:
  void loop();
  const std::size_t queue_max_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_;
  bool closing_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace fondaco::http
