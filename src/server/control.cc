#include "control.h"

#include <fondaco/base/json.h>
#include <fondaco/base/log.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace fondaco::server {
namespace {

constexpr std::size_t kMostBytes = 256 * 1024;

struct Wanted {
  std::string directory;
  std::vector<std::string> arguments;
};
BOOST_DESCRIBE_STRUCT(Wanted, (), (directory, arguments))

struct Answer {
  int exit = 0;
};
BOOST_DESCRIBE_STRUCT(Answer, (), (exit))

/// A socket's address is at most 107 bytes; a longer path goes by the directory's descriptor.
class Address {
 public:
  explicit Address(const std::string& data) {
    std::string path = data + "/control.sock";
    if (path.size() >= sizeof(address_.sun_path)) {
      directory_ = ::open(data.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
      path = "/proc/self/fd/" + std::to_string(directory_) + "/control.sock";
    }
    address_.sun_family = AF_UNIX;
    std::memcpy(address_.sun_path, path.c_str(), path.size() + 1);
  }
  ~Address() {
    if (directory_ >= 0) ::close(directory_);
  }
  Address(const Address&) = delete;
  Address& operator=(const Address&) = delete;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address_); }
  static socklen_t size() { return sizeof(sockaddr_un); }

 private:
  sockaddr_un address_{};
  int directory_ = -1;
};

/// The three streams go with the first byte of the message; a zero byte ends it.
bool send_wanted(int connection, const std::string& message, const Console::Streams& streams) {
  const std::array<int, 3> handles = {streams.in, streams.out, streams.err};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(handles))> space{};
  std::string text = message;
  text += '\0';
  iovec part{text.data(), 1};
  msghdr head{};
  head.msg_iov = &part;
  head.msg_iovlen = 1;
  head.msg_control = space.data();
  head.msg_controllen = space.size();
  cmsghdr* c = CMSG_FIRSTHDR(&head);
  c->cmsg_level = SOL_SOCKET;
  c->cmsg_type = SCM_RIGHTS;
  c->cmsg_len = CMSG_LEN(sizeof(handles));
  std::memcpy(CMSG_DATA(c), handles.data(), sizeof(handles));
  if (::sendmsg(connection, &head, MSG_NOSIGNAL) != 1) return false;
  std::string_view rest(text);
  rest.remove_prefix(1);
  while (!rest.empty()) {
    const ssize_t n = ::send(connection, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

struct Received {
  std::string text;
  std::array<int, 3> handles = {-1, -1, -1};
  ~Received() {
    for (const int h : handles) {
      if (h >= 0) ::close(h);
    }
  }
};

void keep_handles(msghdr& head, Received& out) {
  for (cmsghdr* c = CMSG_FIRSTHDR(&head); c != nullptr; c = CMSG_NXTHDR(&head, c)) {
    if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
        c->cmsg_len == CMSG_LEN(sizeof(out.handles))) {
      std::memcpy(out.handles.data(), CMSG_DATA(c), sizeof(out.handles));
    }
  }
}

/// False when the peer sent no whole message.
bool receive(int connection, Received& out) {
  std::array<char, 4096> buffer{};
  while (out.text.size() < kMostBytes) {
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(out.handles))> space{};
    iovec part{buffer.data(), buffer.size()};
    msghdr head{};
    head.msg_iov = &part;
    head.msg_iovlen = 1;
    head.msg_control = space.data();
    head.msg_controllen = space.size();
    const ssize_t n = ::recvmsg(connection, &head, MSG_CMSG_CLOEXEC);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    keep_handles(head, out);
    out.text.append(buffer.data(), static_cast<std::size_t>(n));
    if (out.text.back() != '\0') continue;
    out.text.pop_back();
    return true;
  }
  return false;
}

std::string receive_line(int connection) {
  std::string out;
  char c = 0;
  for (;;) {
    const ssize_t n = ::recv(connection, &c, 1, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0 || c == '\n') return out;
    out += c;
  }
}

bool is_same_user(int connection) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == ::geteuid() || peer.uid == 0;
}

}  // namespace

std::optional<int> forward(const std::string& data, const std::vector<std::string>& arguments,
                           Console& console) {
  if (!std::filesystem::exists(data + "/control.sock")) return std::nullopt;
  const int connection = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connection < 0) throw Fault("no socket");
  const Address address(data);
  if (::connect(connection, address.get(), Address::size()) != 0) {
    ::close(connection);  // The server died and left its socket behind.
    return std::nullopt;
  }
  const std::string message = json_of(Wanted{console.path("."), arguments});
  const bool sent = send_wanted(connection, message, console.streams());
  const std::string line = sent ? receive_line(connection) : std::string();
  ::close(connection);
  const auto answer = read_json<Answer>(line);
  if (answer) return answer->exit;
  return console.fail(kBroken, "server_lost", "the server ended before the command had");
}

Control::Control(const std::string& data, Handler handler)
    : path_(data + "/control.sock"), handler_(std::move(handler)) {
  ::unlink(path_.c_str());  // Of a server that was killed: we hold the directory's lock.
  listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const Address address(data);
  const mode_t before = ::umask(0177);
  const bool bound = listener_ >= 0 && ::bind(listener_, address.get(), Address::size()) == 0;
  ::umask(before);
  if (!bound || ::listen(listener_, 16) != 0 || ::pipe2(wake_, O_CLOEXEC) != 0) {
    throw Fault("cannot listen on " + path_ + ": " + std::strerror(errno));
  }
  thread_ = std::thread([this] { accept_loop(); });
}

Control::~Control() { stop(); }

void Control::stop() {
  if (stopping_.exchange(true)) return;
  const char bye = 0;
  if (::write(wake_[1], &bye, 1) != 1) log::warn("control", "the listener was not woken");
  thread_.join();
  ::unlink(path_.c_str());
  std::map<int, std::thread> running;
  {
    const std::scoped_lock lock(mutex_);
    running.swap(running_);
  }
  for (auto& [connection, thread] : running) thread.join();
  for (auto& thread : ended_) thread.join();
  ::close(listener_);
  ::close(wake_[0]);
  ::close(wake_[1]);
}

void Control::accept_loop() {
  std::array<pollfd, 2> watched = {pollfd{listener_, POLLIN, 0}, pollfd{wake_[0], POLLIN, 0}};
  while (!stopping_) {
    if (::poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR) return;
    if (stopping_) return;
    const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) continue;
    const std::scoped_lock lock(mutex_);
    for (auto& thread : ended_) thread.join();
    ended_.clear();
    if (running_.size() >= kMostAtOnce || !is_same_user(connection)) {
      ::close(connection);
      continue;
    }
    running_.emplace(connection, std::thread([this, connection] { serve(connection); }));
  }
}

void Control::serve(int connection) {
  try {
    Received received;
    if (receive(connection, received) && received.handles[2] >= 0) {
      const auto wanted = read_json<Wanted>(received.text);
      if (wanted) {
        Console console({received.handles[0], received.handles[1], received.handles[2]},
                        wanted->directory);
        const std::string line = json_of(Answer{handler_(wanted->arguments, console)}) + "\n";
        if (::send(connection, line.data(), line.size(), MSG_NOSIGNAL) < 0) {
          log::info("control", "the client left before its command had ended");
        }
      }
    }
  } catch (const std::exception& e) {
    log::error("control", "a command broke", {{"why", e.what()}});
  }
  const std::scoped_lock lock(mutex_);
  ::close(connection);
  const auto mine = running_.find(connection);
  if (mine == running_.end()) return;  // stop() has taken it and joins it.
  ended_.push_back(std::move(mine->second));
  running_.erase(mine);
}

}  // namespace fondaco::server
