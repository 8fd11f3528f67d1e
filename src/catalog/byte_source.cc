#include <fondaco/base/check.h>
#include <fondaco/catalog/csv.h>

#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace fondaco::catalog {
namespace {

// zlib's gz functions read plain files as they are, so one class serves both kinds.
class FileSource final : public ByteSource {
 public:
  explicit FileSource(const std::string& path) {
    file_ = path == "-" ? gzdopen(dup(STDIN_FILENO), "rb") : gzopen(path.c_str(), "rb");
    if (!file_) throw Fault("cannot open " + path + ": " + std::strerror(errno));
    gzbuffer(file_, 1 << 18);
    struct stat info{};
    if (path != "-" && stat(path.c_str(), &info) == 0) {
      if (S_ISDIR(info.st_mode)) {
        gzclose(file_);
        throw Fault("cannot read " + path + ": it is a directory");
      }
      if (S_ISREG(info.st_mode)) total_ = info.st_size;
    }
  }
  ~FileSource() override { gzclose(file_); }
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  std::size_t read(char* out, std::size_t size) override {
    if (!damage_.empty()) return 0;
    const int got = gzread(file_, out, static_cast<unsigned>(std::min<std::size_t>(size, 1 << 20)));
    if (got > 0) return static_cast<std::size_t>(got);
    int code = Z_OK;
    const char* text = gzerror(file_, &code);
    if (code == Z_ERRNO) throw Fault(std::string("cannot read: ") + std::strerror(errno));
    if (code == Z_BUF_ERROR) damage_ = "the compressed data is cut off";
    if (code == Z_DATA_ERROR) damage_ = std::string("the compressed data is damaged: ") + text;
    return 0;
  }
  std::int64_t consumed() const override { return gzoffset(file_); }
  std::int64_t total() const override { return total_; }
  std::string_view damage() const override { return damage_; }

 private:
  gzFile file_ = nullptr;
  std::int64_t total_ = -1;
  std::string damage_;
};

class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::string_view bytes) : bytes_(bytes) {}
  std::size_t read(char* out, std::size_t size) override {
    const auto n = std::min(size, bytes_.size() - at_);
    std::memcpy(out, bytes_.data() + at_, n);
    at_ += n;
    return n;
  }
  std::int64_t consumed() const override { return static_cast<std::int64_t>(at_); }
  std::int64_t total() const override { return static_cast<std::int64_t>(bytes_.size()); }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
};

}  // namespace

std::unique_ptr<ByteSource> open_source(const std::string& path) {
  return std::make_unique<FileSource>(path);
}

std::unique_ptr<ByteSource> memory_source(std::string_view bytes) {
  return std::make_unique<MemorySource>(bytes);
}

}  // namespace fondaco::catalog
