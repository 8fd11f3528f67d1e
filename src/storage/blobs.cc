#include "files.h"

#include <fondaco/base/text.h>
#include <fondaco/storage/blobs.h>

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <fstream>

namespace fondaco::storage {

namespace fs = std::filesystem;

namespace {

constexpr Sql kRefer{"storage.blob_refer", R"sql(
  INSERT INTO storage_blob (sha256, holder, ref, type, size, at) VALUES ($1, $2, $3, $4, $5, $6)
  ON CONFLICT (sha256, holder, ref) DO NOTHING)sql"};
constexpr Sql kRelease{"storage.blob_release", R"sql(
  DELETE FROM storage_blob WHERE sha256 = $1 AND holder = $2 AND ref = $3)sql"};
constexpr Sql kFind{"storage.blob_find", R"sql(
  SELECT type, size FROM storage_blob WHERE sha256 = $1 LIMIT 1)sql"};
constexpr Sql kReferred{"storage.blob_referred", R"sql(
  SELECT 1 FROM storage_blob WHERE sha256 = $1 LIMIT 1)sql"};

constexpr std::array kTypes = {BlobType::png, BlobType::jpeg, BlobType::webp, BlobType::gif,
                               BlobType::pdf, BlobType::glb,  BlobType::csv,  BlobType::text};

bool is_sha256(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool looks_like_svg(std::string_view bytes) {
  const std::string head = to_lower_ascii(bytes.substr(0, 4096));
  return head.find("<svg") != std::string::npos;
}

bool looks_like_text(std::string_view bytes) {
  return bytes.find('\0') == std::string_view::npos && is_utf8(bytes);
}

/// A first line with a separator, and another line with as many of them.
bool looks_like_csv(std::string_view bytes) {
  const auto line_end = bytes.find('\n');
  if (line_end == std::string_view::npos) return false;
  const auto first = bytes.substr(0, line_end);
  return first.find(',') != std::string_view::npos || first.find(';') != std::string_view::npos ||
         first.find('\t') != std::string_view::npos;
}

class Sha256 {
 public:
  Sha256() { crypto_hash_sha256_init(&state_); }
  void add(std::string_view bytes) {
    crypto_hash_sha256_update(&state_, reinterpret_cast<const unsigned char*>(bytes.data()),
                              bytes.size());
  }
  std::string hex() {
    std::array<unsigned char, crypto_hash_sha256_BYTES> out{};
    crypto_hash_sha256_final(&state_, out.data());
    return to_hex({reinterpret_cast<const char*>(out.data()), out.size()});
  }

 private:
  crypto_hash_sha256_state state_;
};

}  // namespace

std::string sha256_of(std::string_view bytes) {
  Sha256 hash;
  hash.add(bytes);
  return hash.hex();
}

std::string sha256_of_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw Fault("cannot read " + path);
  Sha256 hash;
  std::vector<char> buffer(1 << 16);
  while (in.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || in.gcount() > 0) {
    hash.add({buffer.data(), static_cast<std::size_t>(in.gcount())});
  }
  if (in.bad()) throw Fault("cannot read " + path);
  return hash.hex();
}

std::string_view name_of(BlobType type) {
  switch (type) {
    case BlobType::png:
      return "png";
    case BlobType::jpeg:
      return "jpeg";
    case BlobType::webp:
      return "webp";
    case BlobType::gif:
      return "gif";
    case BlobType::pdf:
      return "pdf";
    case BlobType::glb:
      return "glb";
    case BlobType::csv:
      return "csv";
    case BlobType::text:
      return "text";
  }
  return "text";
}

std::string_view media_type_of(BlobType type) {
  switch (type) {
    case BlobType::png:
      return "image/png";
    case BlobType::jpeg:
      return "image/jpeg";
    case BlobType::webp:
      return "image/webp";
    case BlobType::gif:
      return "image/gif";
    case BlobType::pdf:
      return "application/pdf";
    case BlobType::glb:
      return "model/gltf-binary";
    case BlobType::csv:
      return "text/csv; charset=utf-8";
    case BlobType::text:
      return "text/plain; charset=utf-8";
  }
  return "text/plain; charset=utf-8";
}

Result<BlobType, BlobRefusal> sniff(std::string_view bytes) {
  using namespace std::string_view_literals;
  if (bytes.empty()) return Refused{BlobRefusal::empty};
  if (bytes.starts_with("\x89PNG\r\n\x1a\n"sv)) return BlobType::png;
  if (bytes.starts_with("\xff\xd8\xff"sv)) return BlobType::jpeg;
  if (bytes.starts_with("GIF87a"sv) || bytes.starts_with("GIF89a"sv)) return BlobType::gif;
  if (bytes.starts_with("RIFF"sv) && bytes.size() >= 12 && bytes.substr(8, 4) == "WEBP"sv) {
    return BlobType::webp;
  }
  if (bytes.starts_with("%PDF-"sv)) return BlobType::pdf;
  if (bytes.starts_with("glTF\x02\0\0\0"sv)) return BlobType::glb;
  if (looks_like_svg(bytes)) return Refused{BlobRefusal::svg};
  if (!looks_like_text(bytes)) return Refused{BlobRefusal::unknown_type};
  const auto head = trim(bytes.substr(0, 512));
  if (head.starts_with('<')) return Refused{BlobRefusal::unknown_type};  // HTML, XML.
  return looks_like_csv(bytes) ? BlobType::csv : BlobType::text;
}

Blobs::Blobs(Store& store, std::int64_t most_bytes)
    : store_(store), dir_(store.config().data_dir + "/blobs"), most_bytes_(most_bytes) {}

std::string Blobs::path_of(std::string_view sha256) const {
  FONDACO_CHECK(is_sha256(sha256));
  return dir_ + "/" + std::string(sha256.substr(0, 2)) + "/" + std::string(sha256.substr(2));
}

void Blobs::write_file(const std::string& path, std::string_view bytes) {
  const fs::path parent = fs::path(path).parent_path();
  if (fs::create_directories(parent)) {  // The new names must survive, too.
    sync_directory(dir_);
    sync_directory(store_.config().data_dir);
  }
  write_durably(path, bytes);
}

Result<BlobInfo, BlobRefusal> Blobs::put(std::string_view bytes) {
  if (std::cmp_greater(bytes.size(), most_bytes_)) return Refused{BlobRefusal::too_large};
  const auto type = sniff(bytes);
  if (!type) return Refused{type.refusal()};
  BlobInfo info{sha256_of(bytes), *type, static_cast<std::int64_t>(bytes.size())};
  const std::string path = path_of(info.sha256);
  const std::scoped_lock lock(mutex_);
  std::error_code missing;
  const auto size = fs::file_size(path, missing);
  if (!missing && size == bytes.size()) {
    // Its grace time begins again, so that collect() leaves it to us.
    if (::utimensat(AT_FDCWD, path.c_str(), nullptr, 0) != 0) throw Fault("cannot touch " + path);
    return info;
  }
  write_file(path, bytes);
  return info;
}

void Blobs::refer(Tx& tx, const BlobInfo& blob, std::string_view holder, std::int64_t ref) {
  FONDACO_CHECK(fs::exists(path_of(blob.sha256)));
  tx.exec(kRefer, {blob.sha256, holder, ref, name_of(blob.type), blob.size, tx.now()});
}

bool Blobs::release(Tx& tx, std::string_view sha256, std::string_view holder, std::int64_t ref) {
  return tx.exec(kRelease, {sha256, holder, ref}) == 1;
}

std::optional<BlobInfo> Blobs::find(Read& read, std::string_view sha256) const {
  return read.first(kFind, {sha256}, [&](const Row& row) {
    BlobInfo info{std::string(sha256), BlobType::text, row.integer(1)};
    for (const auto type : kTypes) {
      if (name_of(type) == row.text(0)) info.type = type;
    }
    return info;
  });
}

std::optional<std::string> Blobs::get(std::string_view sha256) const {
  if (!is_sha256(sha256)) return std::nullopt;
  std::ifstream in(path_of(sha256), std::ios::binary);
  if (!in) return std::nullopt;
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  if (in.bad()) throw Fault("cannot read the blob " + std::string(sha256));
  const std::string found = sha256_of(bytes);
  if (found != sha256) {
    throw Fault("the blob " + std::string(sha256) + " holds bytes of " + found);
  }
  return bytes;
}

Blobs::Collected Blobs::collect(Duration grace) {
  Collected out;
  if (!fs::exists(dir_)) return out;
  const std::int64_t before_s = (SystemClock().now() - grace).us / 1'000'000;
  for (const auto& entry : fs::recursive_directory_iterator(dir_)) {
    if (!entry.is_regular_file()) continue;
    const std::string path = entry.path().string();
    const std::string sha =
        entry.path().parent_path().filename().string() + entry.path().filename().string();
    const std::scoped_lock lock(mutex_);
    struct stat info{};
    if (::stat(path.c_str(), &info) != 0) continue;
    bool keep = info.st_mtim.tv_sec >= before_s;
    if (!keep && is_sha256(sha)) keep = store_.main().read()->scalar(kReferred, {sha}).has_value();
    if (keep) {
      ++out.kept;
    } else if (::unlink(path.c_str()) == 0) {
      ++out.files;
      out.bytes += info.st_size;
    }
  }
  return out;
}

}  // namespace fondaco::storage
