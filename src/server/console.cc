#include "console.h"

#include <fondaco/base/json_write.h>
#include <fondaco/base/time.h>

#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>

namespace fondaco::server {

void Console::write(int handle, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(handle, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return;  // Nobody reads any more; the command still ends in order.
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

void Console::say(std::string_view line) {
  end_progress();
  const std::scoped_lock lock(mutex_);
  write(json_ ? streams_.err : streams_.out, std::string(line) + "\n");
}

void Console::note(std::string_view line) {
  end_progress();
  const std::scoped_lock lock(mutex_);
  write(streams_.err, std::string(line) + "\n");
}

void Console::result(std::string_view json) {
  end_progress();
  const std::scoped_lock lock(mutex_);
  if (json_) write(streams_.out, std::string(json) + "\n");
}

void Console::write_out(std::string_view bytes) {
  const std::scoped_lock lock(mutex_);
  write(streams_.out, bytes);
}

int Console::fail(Exit code, std::string_view name, std::string_view message) {
  note("fondaco: " + std::string(message));
  std::string out;
  JsonWriter w(out);
  w.begin_object().key("error").begin_object();
  w.member("code", std::string(name)).member("message", std::string(message));
  w.end_object().end_object();
  result(out);
  return code;
}

void Console::progress(std::string_view line) {
  const std::scoped_lock lock(mutex_);
  const std::int64_t now = SystemClock().now().us;
  const bool terminal = ::isatty(streams_.err) == 1;
  if (now - progress_at_us_ < (terminal ? 100'000 : 5'000'000)) return;
  progress_at_us_ = now;
  drawn_ = terminal;
  write(streams_.err, terminal ? "\r\x1b[K" + std::string(line) : std::string(line) + "\n");
}

void Console::end_progress() {
  const std::scoped_lock lock(mutex_);
  if (drawn_) write(streams_.err, "\r\x1b[K");
  drawn_ = false;
}

std::string Console::path(const std::string& given) const {
  return (std::filesystem::path(directory_) / given).lexically_normal().string();
}

std::string Console::read_in(std::size_t most) const {
  std::string out;
  std::array<char, 4096> buffer{};
  while (out.size() <= most) {
    const ssize_t n = ::read(streams_.in, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    out.append(buffer.data(), static_cast<std::size_t>(n));
  }
  return out;
}

}  // namespace fondaco::server
