// Blobs: files named by their SHA-256 in data_dir/blobs/aa/bb…, never changed. Depends on store.h.
// First the file is on the disk (file and directory synced), then a row may refer to it; a file
// that nobody refers to is deleted after a grace time.
#pragma once

#include <fondaco/base/result.h>
#include <fondaco/storage/store.h>

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace fondaco::storage {

enum class BlobType { png, jpeg, webp, gif, pdf, glb, csv, text };
std::string_view name_of(BlobType type);
std::string_view media_type_of(BlobType type);  // "image/png"

enum class BlobRefusal {
  empty,
  too_large,
  svg,           // May hold scripts.
  unknown_type,  // None of BlobType by its first bytes.
};

/// What the bytes are, whatever their name says. Refuses svg, unknown_type, empty.
Result<BlobType, BlobRefusal> sniff(std::string_view bytes);

struct BlobInfo {
  std::string sha256;  // 64 hex digits.
  BlobType type = BlobType::text;
  std::int64_t size = 0;
};

/// Thread-safe.
class Blobs {
 public:
  static constexpr std::int64_t kMostBytes = 32LL << 20;

  explicit Blobs(Store& store, std::int64_t most_bytes = kMostBytes);

  /// Durable when it returns; the same bytes again cost no write. Refuses empty, too_large, svg,
  /// unknown_type. Not inside a transaction.
  Result<BlobInfo, BlobRefusal> put(std::string_view bytes);
  /// `holder` ("catalog.media") and ref say who needs it. Saying it twice is saying it once. A
  /// blob that was not put is a bug.
  void refer(Tx& tx, const BlobInfo& blob, std::string_view holder, std::int64_t ref);
  /// Returns false when there was no such reference.
  bool release(Tx& tx, std::string_view sha256, std::string_view holder, std::int64_t ref);
  /// Nothing when nobody refers to it.
  std::optional<BlobInfo> find(Read& read, std::string_view sha256) const;

  /// The bytes; nothing when there is no such file. Throws Fault when they are not what the name
  /// says.
  std::optional<std::string> get(std::string_view sha256) const;
  std::string path_of(std::string_view sha256) const;

  struct Collected {
    std::int64_t files = 0;
    std::int64_t bytes = 0;
    std::int64_t kept = 0;
  };
  /// Deletes files that nobody refers to and that were last put before now - grace, and what a
  /// killed process has left half written. Time is the machine's: files carry its stamps.
  Collected collect(Duration grace);

 private:
  void write_file(const std::string& path, std::string_view bytes);

  Store& store_;
  const std::string dir_;
  const std::int64_t most_bytes_;
  std::mutex mutex_;  // put() and collect() exclude each other.
};

/// The SHA-256 of a file as hex. Fault when it cannot be read.
std::string sha256_of_file(const std::string& path);
std::string sha256_of(std::string_view bytes);

}  // namespace fondaco::storage
