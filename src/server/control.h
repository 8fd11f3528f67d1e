// The control socket: commands for an installation that a server already serves are carried out
// by it, with the client's own standard streams. Depends on console.h.
// DIR/control.sock, a Unix socket in a directory that only its owner may enter; only the same
// user (or root) is listened to.
#pragma once

#include "console.h"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace fondaco::server {

/// Sends the command to the server of that directory and waits; its exit code. Nothing when no
/// server listens there.
std::optional<int> forward(const std::string& data, const std::vector<std::string>& arguments,
                           Console& console);

class Control {
 public:
  using Handler = std::function<int(const std::vector<std::string>& arguments, Console& console)>;

  /// Listens at once. Throws Fault when it cannot.
  Control(const std::string& data, Handler handler);
  ~Control();
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;

  /// Takes no more commands and waits for those that run.
  void stop();

 private:
  static constexpr int kMostAtOnce = 8;
  void accept_loop();
  void serve(int connection);

  const std::string path_;
  const Handler handler_;
  std::atomic<bool> stopping_{false};
  int listener_ = -1;
  int wake_[2] = {-1, -1};
  std::mutex mutex_;
  std::map<int, std::thread> running_;  // By connection; guarded by mutex_.
  std::vector<std::thread> ended_;      // To be joined; guarded by mutex_.
  std::thread thread_;
};

}  // namespace fondaco::server
