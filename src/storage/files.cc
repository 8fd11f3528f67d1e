#include "files.h"

#include <fondaco/base/check.h>

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>

namespace fondaco::storage {
namespace {

[[noreturn]] void fail(const std::string& what, const std::string& path) {
  throw Fault(what + " " + path + ": " + std::strerror(errno));
}

class File {
 public:
  File(const std::string& path, int flags, mode_t mode = 0600)
      : handle_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {
    if (handle_ < 0) fail("cannot open", path);
  }
  ~File() { ::close(handle_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const { return handle_; }

 private:
  int handle_;
};

void write_all(int handle, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(handle, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("cannot write", path);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

}  // namespace

void sync_file(const std::string& path) {
  const File file(path, O_RDONLY);
  if (::fsync(file.get()) != 0) fail("cannot sync", path);
}

void sync_directory(const std::string& path) {
  const File dir(path, O_RDONLY | O_DIRECTORY);
  if (::fsync(dir.get()) != 0) fail("cannot sync", path);
}

void write_durably(const std::string& path, std::string_view bytes) {
  static std::atomic<unsigned> count{0};
  const std::string beside =
      path + ".part-" + std::to_string(::getpid()) + "-" + std::to_string(++count);
  try {
    const File file(beside, O_WRONLY | O_CREAT | O_TRUNC);
    write_all(file.get(), bytes, beside);
    if (::fsync(file.get()) != 0) fail("cannot sync", beside);
    if (::rename(beside.c_str(), path.c_str()) != 0) fail("cannot rename", beside);
  } catch (...) {
    ::unlink(beside.c_str());
    throw;
  }
  sync_directory(std::filesystem::path(path).parent_path().string());
}

}  // namespace fondaco::storage
