#include "fetch_images.h"

#include "fetch_child.h"

#include <fondaco/base/json.h>
#include <fondaco/base/log.h>
#include <fondaco/catalog/images.h>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>

extern char** environ;

namespace fondaco::server {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kKind = "images.fetch";
constexpr int kProductsAtOnce = 20;

struct Payload {
  MerchantId merchant;
};
BOOST_DESCRIBE_STRUCT(Payload, (), (merchant))

struct Counts {
  std::int64_t fetched = 0;
  std::int64_t refused = 0;
  std::int64_t left = 0;
};
BOOST_DESCRIBE_STRUCT(Counts, (), (fetched, refused, left))

/// A directory that goes away with what the child has left in it.
class Scratch {
 public:
  explicit Scratch(const std::string& data) {
    fs::create_directories(data);
    std::string pattern = data + "/fetch-XXXXXX";
    if (!::mkdtemp(pattern.data())) throw Fault("cannot make a directory below " + data);
    path = pattern;
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  std::string path;
};

/// `worker --fetch DIR` with the addresses as its input. Killed when it is left early.
class Child {
 public:
  Child(const std::string& directory, const std::vector<std::string>& addresses) {
    const std::string list = directory + "/list";
    std::ofstream out(list);
    for (const auto& a : addresses) out << a << '\n';
    out.close();
    int answers[2];
    if (!out || ::pipe2(answers, O_CLOEXEC) != 0) throw Fault("cannot begin to fetch");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, list.c_str(), O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, answers[1], 1);
    std::string arguments[] = {"fondaco", "worker", "--fetch", directory};
    char* given[] = {arguments[0].data(), arguments[1].data(), arguments[2].data(),
                     arguments[3].data(), nullptr};
    const int error = ::posix_spawn(&pid_, "/proc/self/exe", &actions, nullptr, given, environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(answers[1]);
    answers_ = ::fdopen(answers[0], "r");
    if (error != 0 || !answers_) throw Fault("cannot start the worker");
  }
  ~Child() {
    if (answers_) std::fclose(answers_);
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// False when the child has ended.
  bool next(std::string& line) {
    line.clear();
    for (int c = std::fgetc(answers_); c != EOF; c = std::fgetc(answers_)) {
      if (c == '\n') return true;
      line += static_cast<char>(c);
    }
    return false;
  }

 private:
  pid_t pid_ = -1;
  std::FILE* answers_ = nullptr;
};

class Fetcher {
 public:
  Fetcher(storage::Store& store, storage::Blobs& blobs, storage::JobContext& job,
          MerchantId merchant)
      : store_(store), blobs_(blobs), job_(job), merchant_(merchant) {}

  Counts run() {
    for (catalog::ImageWalk walk; !walk.ended;) {
      std::vector<std::string> addresses;
      {
        auto read = store_.main().read();
        addresses = catalog::images_to_fetch(read, merchant_, walk, kProductsAtOnce);
      }
      if (!addresses.empty()) fetch_some(addresses);
    }
    return counts_;
  }

 private:
  void fetch_some(const std::vector<std::string>& addresses) {
    const Scratch scratch(store_.config().data_dir + "/tmp");
    Child child(scratch.path, addresses);
    std::string line;
    for (std::size_t n = 0; n < addresses.size(); ++n) {
      job_.check();
      // A child that died over one picture gives that one up for now; the rest come next time.
      if (!child.next(line)) line = "later the worker ended";
      take(addresses[n], scratch.path + "/" + std::to_string(n), line);
      job_.progress(counts_.fetched + counts_.refused + counts_.left, 0);
    }
  }

  void take(const std::string& address, const std::string& path, const std::string& line) {
    if (line == "ok") return keep(address, path);
    const auto space = line.find(' ');
    const auto why = space == std::string::npos ? line : line.substr(space + 1);
    const bool last = job_.job().attempts >= job_.job().attempts_max;
    if (!line.starts_with("gone ") && !last) {
      ++counts_.left;
      return;
    }
    refuse(address, why);
  }

  void keep(const std::string& address, const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    const auto type = storage::sniff(bytes);
    using storage::BlobType;
    const bool picture = type.ok() && (*type == BlobType::png || *type == BlobType::jpeg ||
                                       *type == BlobType::webp || *type == BlobType::gif);
    if (!picture) return refuse(address, "is no PNG, JPEG, WebP or GIF");
    const auto blob = blobs_.put(bytes);
    if (!blob.ok()) return refuse(address, "cannot be kept");
    store_.main().write([&](storage::Tx& tx) {
      tx.act_as("import");
      catalog::record_fetched_image(tx, blobs_, merchant_, address, *blob);
    });
    ++counts_.fetched;
  }

  void refuse(const std::string& address, const std::string& why) {
    store_.main().write([&](storage::Tx& tx) {
      tx.act_as("import");
      catalog::record_refused_image(tx, merchant_, address, why);
    });
    ++counts_.refused;
  }

  storage::Store& store_;
  storage::Blobs& blobs_;
  storage::JobContext& job_;
  const MerchantId merchant_;
  Counts counts_;
};

void run_job(storage::Store& store, storage::Blobs& blobs, storage::JobContext& job) {
  const auto payload = read_json<Payload>(job.job().payload);
  if (!payload.ok()) throw storage::JobRefused("the payload names no merchant");
  const auto counts = Fetcher(store, blobs, job, payload->merchant).run();
  job.result(json_of(counts));
  log::info("images", "fetched",
            {{"fetched", counts.fetched}, {"refused", counts.refused}, {"left", counts.left}});
  if (counts.left > 0) {
    throw Fault(std::to_string(counts.left) + " pictures could not be fetched yet");
  }
}

}  // namespace

storage::JobKind fetch_images_job(storage::Store& store, storage::Blobs& blobs) {
  storage::JobKind kind;
  kind.name = kKind;
  kind.run = [&store, &blobs](storage::JobContext& job) { run_job(store, blobs, job); };
  kind.pause = seconds(30);
  return kind;
}

JobId enqueue_fetch_images(storage::Tx& tx, MerchantId merchant) {
  storage::NewJob job;
  job.kind = kKind;
  job.payload = json_of(Payload{merchant});
  return storage::enqueue(tx, job);
}

}  // namespace fondaco::server
