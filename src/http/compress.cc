#include "compress.h"

#include <fondaco/base/check.h>
#include <fondaco/base/text.h>

#include <brotli/encode.h>
#include <zlib.h>

#include <algorithm>

namespace fondaco::http {
namespace {

constexpr int kBrotliQuality = 4;
constexpr int kBrotliWindow = 18;
constexpr int kGzipLevel = 4;

std::string brotli(std::string_view body) {
  std::size_t size = BrotliEncoderMaxCompressedSize(body.size());
  std::string out(size, '\0');
  const auto good =
      BrotliEncoderCompress(kBrotliQuality, kBrotliWindow, BROTLI_MODE_TEXT, body.size(),
                            reinterpret_cast<const std::uint8_t*>(body.data()), &size,
                            reinterpret_cast<std::uint8_t*>(out.data()));
  if (good != BROTLI_TRUE) throw Fault("brotli could not compress a body");
  out.resize(size);
  return out;
}

std::string gzip(std::string_view body) {
  z_stream z{};
  if (deflateInit2(&z, kGzipLevel, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw Fault("zlib could not start");
  }
  std::string out(deflateBound(&z, static_cast<uLong>(body.size())), '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
  z.avail_in = static_cast<uInt>(body.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  const int ended = deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  if (ended != Z_STREAM_END) throw Fault("zlib could not compress a body");
  return out;
}

/// "br;q=0" says no.
bool is_refused(std::string_view parameters) {
  const auto q = parameters.find("q=");
  if (q == parameters.npos) return false;
  const auto value = trim(parameters.substr(q + 2));
  return value.starts_with("0") && value.find_first_not_of("0.") == value.npos;
}

}  // namespace

Coding accepted_coding(std::string_view header) {
  bool gzip_ok = false;
  while (!header.empty()) {
    const auto item = header.substr(0, header.find(','));
    header.remove_prefix(std::min(header.size(), item.size() + 1));
    const auto semicolon = item.find(';');
    const auto name = trim(item.substr(0, semicolon));
    if (semicolon != item.npos && is_refused(item.substr(semicolon))) continue;
    if (iequals_ascii(name, "br")) return Coding::brotli;
    gzip_ok = gzip_ok || iequals_ascii(name, "gzip");
  }
  return gzip_ok ? Coding::gzip : Coding::identity;
}

bool is_compressible(std::string_view content_type) {
  const auto media = trim(content_type.substr(0, content_type.find(';')));
  if (media.starts_with("text/")) return media != "text/event-stream";
  if (media.ends_with("+json") || media.ends_with("+xml")) return true;
  return media == "application/json" || media == "application/javascript" ||
         media == "application/xml" || media == "model/gltf-binary";
}

std::string compressed(std::string_view body, Coding coding) {
  FONDACO_CHECK(coding != Coding::identity);
  return coding == Coding::brotli ? brotli(body) : gzip(body);
}

std::shared_ptr<const std::string> CompressedCache::get(
    const std::shared_ptr<const std::string>& body, Coding coding) {
  // Strings are aligned to 8 bytes: the lowest bit is free to tell the codings apart.
  const std::uintptr_t low = coding == Coding::gzip ? 1 : 0;
  const auto key = reinterpret_cast<std::uintptr_t>(body.get()) | low;
  {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(key);
    // The address may have been used again for another body since.
    if (found != entries_.end() && found->second.of.lock() == body) return found->second.form;
  }
  auto form = std::make_shared<const std::string>(compressed(*body, coding));
  const std::lock_guard lock(mutex_);
  if (bytes_ + form->size() > kBytesMax || entries_.size() >= 4096) make_room();
  auto& entry = entries_[key];
  if (entry.form) bytes_ -= entry.form->size();
  bytes_ += form->size();
  entry = {body, form};
  return form;
}

void CompressedCache::make_room() {
  std::erase_if(entries_, [&](const auto& e) {
    if (!e.second.of.expired()) return false;
    bytes_ -= e.second.form->size();
    return true;
  });
  if (bytes_ > kBytesMax / 2 || entries_.size() >= 4096) {
    entries_.clear();
    bytes_ = 0;
  }
}

}  // namespace fondaco::http
