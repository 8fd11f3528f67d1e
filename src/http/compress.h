// Compressed forms of bodies. Depends on nothing of the house.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace fondaco::http {

enum class Coding { identity, gzip, brotli };

/// What the header Accept-Encoding allows, brotli first.
Coding accepted_coding(std::string_view accept_encoding);
/// True for text, JSON, scripts, SVG and the like.
bool is_compressible(std::string_view content_type);
/// About 30 MB/s for brotli (quality 4), 60 MB/s for gzip (level 4).
std::string compressed(std::string_view body, Coding coding);

/// Compressed forms of bodies that live on (cached pages, assets): made once, kept while the body
/// is alive, at most 64 MB. Thread-safe; two threads may make the same form once each.
class CompressedCache {
 public:
  std::shared_ptr<const std::string> get(const std::shared_ptr<const std::string>& body,
                                         Coding coding);

 private:
  struct Entry {
    std::weak_ptr<const std::string> of;
    std::shared_ptr<const std::string> form;
  };
  void make_room();
  static constexpr std::size_t kBytesMax = 64 * 1024 * 1024;
  std::mutex mutex_;
  std::size_t bytes_ = 0;
  std::unordered_map<std::uintptr_t, Entry> entries_;
};

}  // namespace fondaco::http
