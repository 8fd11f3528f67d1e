// A set of texts seen, kept as 48 bits each: what an import remembers of a file that does not fit
// into memory. Private to catalog. One in 2^48 / size is wrongly taken for seen.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

namespace fondaco::catalog {

class Fingerprints {
 public:
  Fingerprints() : buckets_(1 << 16) {}
  /// False when it was there already.
  bool insert(std::string_view text) {
    const auto hash = hash_of(text);
    auto& bucket = buckets_[hash & 0xffff];
    const auto rest = static_cast<std::uint32_t>(hash >> 16);
    if (std::find(bucket.begin(), bucket.end(), rest) != bucket.end()) return false;
    if (bucket.size() == bucket.capacity()) bucket.reserve(bucket.size() + bucket.size() / 8 + 4);
    bucket.push_back(rest);
    return true;
  }
  bool contains(std::string_view text) const {
    const auto hash = hash_of(text);
    const auto& bucket = buckets_[hash & 0xffff];
    return std::find(bucket.begin(), bucket.end(), static_cast<std::uint32_t>(hash >> 16)) !=
           bucket.end();
  }

 private:
  // FNV-1a with a final mix, so that all bits of the 48 depend on all of the text.
  static std::uint64_t hash_of(std::string_view text) {
    std::uint64_t h = 0xcbf29ce484222325ULL;
    for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    h ^= h >> 32;
    h *= 0xd6e8feb86659fd93ULL;
    h ^= h >> 32;
    return h;
  }
  std::vector<std::vector<std::uint32_t>> buckets_;
};

}  // namespace fondaco::catalog
