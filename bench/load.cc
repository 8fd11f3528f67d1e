// A closed-loop HTTP/1.1 load generator: N keep-alive connections, each sends its next request
// when its answer has come. One thread, epoll. Prints one JSON object.
//   load --port P --connections N --seconds S --requests FILE [--expect 201,409]
// FILE holds requests as "LENGTH\n" + bytes, one after the other; they are sent in order, the
// marker @@KEY@@ (36 bytes with padding) is replaced by a fresh key each time.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kMarker = "@@KEY@@-----------------------------";

struct Connection {
  int fd = -1;
  std::string out;
  std::size_t sent = 0;
  std::string in;
  Clock::time_point began;
};

struct Options {
  int port = 0;
  int connections = 64;
  double seconds = 4;
  long most = -1;  // Requests in all; -1: until the time is over.
  std::string file;
};

Options parse(int argc, char** argv) {
  Options o;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    if (name == "--port") o.port = std::atoi(argv[i + 1]);
    if (name == "--connections") o.connections = std::atoi(argv[i + 1]);
    if (name == "--seconds") o.seconds = std::atof(argv[i + 1]);
    if (name == "--most") o.most = std::atol(argv[i + 1]);
    if (name == "--requests") o.file = argv[i + 1];
  }
  return o;
}

std::vector<std::string> read_requests(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::vector<std::string> out;
  std::string length;
  while (std::getline(in, length)) {
    std::string request(std::stoul(length), '\0');
    in.read(request.data(), static_cast<std::streamsize>(request.size()));
    out.push_back(std::move(request));
  }
  return out;
}

class Load {
 public:
  Load(const Options& options, std::vector<std::string> requests)
      : options_(options), requests_(std::move(requests)), epoll_(epoll_create1(0)) {
    nonce_ = static_cast<unsigned long>(Clock::now().time_since_epoch().count());
  }

  int run() {
    std::vector<Connection> connections(static_cast<std::size_t>(options_.connections));
    for (std::size_t i = 0; i < connections.size(); ++i) {
      if (!open(connections[i], i)) return 4;
    }
    begin_ = Clock::now();
    const auto end = begin_ + std::chrono::duration<double>(options_.seconds);
    for (auto& c : connections) next(c);
    std::vector<epoll_event> events(256);
    while (Clock::now() < end && (options_.most < 0 || answered_ < options_.most)) {
      const int n = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 50);
      for (int i = 0; i < n; ++i) {
        auto& c = connections[events[static_cast<std::size_t>(i)].data.u64];
        if (!readable(c)) return 4;
      }
    }
    print();
    return 0;
  }

 private:
  bool open(Connection& c, std::size_t index) {
    c.fd = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(options_.port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(c.fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      std::perror("connect");
      return false;
    }
    const int one = 1;
    setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(c.fd, F_SETFL, O_NONBLOCK);
    epoll_event e{};
    e.events = EPOLLIN;
    e.data.u64 = index;
    return epoll_ctl(epoll_, EPOLL_CTL_ADD, c.fd, &e) == 0;
  }

  void next(Connection& c) {
    if (options_.most >= 0 && started_ >= options_.most) return;
    c.out = requests_[static_cast<std::size_t>(started_) % requests_.size()];
    ++started_;
    if (const auto at = c.out.find(kMarker); at != std::string::npos) {
      char key[40];
      std::snprintf(key, sizeof key, "%016lx-%019ld", nonce_, started_);
      std::memcpy(c.out.data() + at, key, kMarker.size());
    }
    c.began = Clock::now();
    c.sent = 0;
    while (c.sent < c.out.size()) {  // Requests are small: the socket buffer takes them whole.
      const auto n = send(c.fd, c.out.data() + c.sent, c.out.size() - c.sent, MSG_NOSIGNAL);
      if (n > 0) c.sent += static_cast<std::size_t>(n);
      if (n < 0 && errno != EAGAIN) return;
    }
  }

  bool readable(Connection& c) {
    char buffer[65536];
    const auto n = recv(c.fd, buffer, sizeof buffer, 0);
    if (n == 0 || (n < 0 && errno != EAGAIN)) {
      std::fprintf(stderr, "the server closed a connection\n");
      return false;
    }
    if (n > 0) c.in.append(buffer, static_cast<std::size_t>(n));
    const auto head = c.in.find("\r\n\r\n");
    if (head == std::string::npos) return true;
    const std::size_t length = content_length(std::string_view(c.in).substr(0, head));
    if (c.in.size() < head + 4 + length) return true;
    const int status = std::atoi(c.in.c_str() + 9);
    ++statuses_[status];
    ++answered_;
    if (statuses_[status] == 1) samples_[status] = c.in.substr(head + 4, 300);
    const auto took = std::chrono::duration<double, std::milli>(Clock::now() - c.began).count();
    latencies_.push_back(static_cast<float>(took));
    c.in.erase(0, head + 4 + length);
    next(c);
    return true;
  }

  static std::size_t content_length(std::string_view head) {
    for (const std::string_view name : {"Content-Length: ", "content-length: "}) {
      const auto at = head.find(name);
      if (at != std::string_view::npos)
        return std::strtoul(head.data() + at + name.size(), nullptr, 10);
    }
    return 0;
  }

  void print() {
    const double took = std::chrono::duration<double>(Clock::now() - begin_).count();
    std::sort(latencies_.begin(), latencies_.end());
    const auto at = [&](double q) {
      if (latencies_.empty()) return 0.0F;
      return latencies_[static_cast<std::size_t>(q * static_cast<double>(latencies_.size() - 1))];
    };
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const double cpu = static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                       static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
    std::ostringstream codes;
    for (const auto& [code, count] : statuses_) {
      codes << (codes.tellp() > 0 ? "," : "") << '"' << code << "\":" << count;
    }
    for (const auto& [code, body] : samples_) std::fprintf(stderr, "%d: %s\n", code, body.c_str());
    std::printf(
        "{\"answers\":%ld,\"seconds\":%.3f,\"per_second\":%.0f,\"p50_ms\":%.2f,"
        "\"p99_ms\":%.2f,\"max_ms\":%.2f,\"client_cpu_us\":%.1f,\"status\":{%s}}\n",
        answered_, took, static_cast<double>(answered_) / took, at(0.5), at(0.99), at(1.0),
        cpu / static_cast<double>(std::max(1L, answered_)) * 1e6, codes.str().c_str());
  }

  Options options_;
  std::vector<std::string> requests_;
  int epoll_;
  unsigned long nonce_ = 0;
  long started_ = 0;
  long answered_ = 0;
  Clock::time_point begin_;
  std::vector<float> latencies_;
  std::map<int, long> statuses_;
  std::map<int, std::string> samples_;
};

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  auto requests = read_requests(options.file);
  if (requests.empty() || options.port == 0) {
    std::fprintf(stderr, "usage: load --port P --requests FILE [--connections N] [--seconds S]\n");
    return 2;
  }
  return Load(options, std::move(requests)).run();
}
