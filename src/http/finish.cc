#include "finish.h"

#include <fondaco/base/text.h>

#include <cstring>

namespace fondaco::http {
namespace {

constexpr std::size_t kCompressFrom = 1024;
constexpr std::size_t kCompressTo = 8 * 1024 * 1024;
constexpr std::string_view kPolicyHead =
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'; script-src 'self'";

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint64_t word_at(const char* p) {
  std::uint64_t w;
  std::memcpy(&w, p, sizeof w);
  return w;
}

const std::string* own_header(const Response& r, std::string_view name) {
  for (const auto& h : r.headers) {
    if (iequals_ascii(h.name, name)) return &h.value;
  }
  return nullptr;
}

std::string_view body_of(const Response& r) {
  return r.shared_body ? std::string_view(*r.shared_body) : std::string_view(r.body);
}

std::string_view without_coding(std::string_view tag) {
  if (tag.ends_with("-br\"") || tag.ends_with("-gz\"")) return tag.substr(0, tag.size() - 4);
  if (tag.ends_with('"')) tag.remove_suffix(1);
  return tag;
}

/// If-None-Match compares weakly, and a compressed form is the same thing.
bool names_tag(std::string_view header, std::string_view tag) {
  if (trim(header) == "*") return true;
  while (!header.empty()) {
    const auto item = header.substr(0, header.find(','));
    header.remove_prefix(std::min(header.size(), item.size() + 1));
    auto one = trim(item);
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (without_coding(one) == without_coding(tag)) return true;
  }
  return false;
}

bool is_html(const Response& r) { return r.content_type.starts_with("text/html"); }

/// The tag of this answer, or nothing where it has none.
std::string tag_for(const Call& call, const Response& r) {
  const auto method = call.request().method;
  if ((method != Method::get && method != Method::head) || r.status != 200) return {};
  if (const auto* own = own_header(r, "etag")) return *own;
  // A page with a nonce differs each time: no tag would ever be met again.
  const bool taggable = r.content_type == "application/json" || (is_html(r) && !call.nonce_used());
  const auto body = body_of(r);
  return taggable && !body.empty() ? entity_tag(body) : std::string();
}

Coding compress_body(const Call& call, CompressedCache& cache, Response& r) {
  const auto body = body_of(r);
  if (body.size() <= kCompressFrom || body.size() > kCompressTo) return Coding::identity;
  const auto coding = accepted_coding(call.request().header("accept-encoding"));
  if (coding == Coding::identity) return coding;
  if (r.shared_body) {
    auto form = cache.get(r.shared_body, coding);
    if (form->size() >= body.size()) return Coding::identity;
    r.shared_body = std::move(form);
    return coding;
  }
  std::string form = compressed(body, coding);
  if (form.size() >= body.size()) return Coding::identity;
  r.body = std::move(form);
  return coding;
}

void page_headers(const Call& call, const Response& r, HeaderSink sink) {
  if (own_header(r, "content-security-policy")) return;
  std::string policy(kPolicyHead);
  if (call.nonce_used()) policy += " 'nonce-" + call.nonce() + "'";
  sink("Content-Security-Policy", policy);
}

void cache_header(const Call& call, const Response& r, HeaderSink sink) {
  if (own_header(r, "cache-control")) return;
  const auto& who = call.who();
  const bool private_answer =
      who.person || who.by_cookie || r.status >= 400 ||
      !(call.request().method == Method::get || call.request().method == Method::head);
  sink("Cache-Control", private_answer ? "no-store" : "no-cache");
}

}  // namespace

std::string entity_tag(std::string_view body) {
  constexpr std::uint64_t kA = 0x9e3779b97f4a7c15ULL;
  constexpr std::uint64_t kB = 0xd6e8feb86659fd93ULL;
  constexpr std::size_t kStep = 32;
  // Two lanes that do not wait for each other; each sees every other 16 bytes.
  std::uint64_t high = body.size() ^ kA;
  std::uint64_t low = body.size() ^ kB;
  const auto take = [&](const char* p) {
    high = mix(high ^ word_at(p), word_at(p + 8) ^ kA);
    low = mix(low ^ word_at(p + 16), word_at(p + 24) ^ kB);
  };
  const char* p = body.data();
  std::size_t left = body.size();
  for (; left >= kStep; left -= kStep, p += kStep) take(p);
  char tail[kStep] = {};
  if (left > 0) std::memcpy(tail, p, left);
  take(tail);
  low = mix(low ^ high, kB);
  high = mix(high ^ low, kA);
  std::string out = "\"";
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const auto w : {high, low}) {
    for (int shift = 60; shift >= 0; shift -= 4) out += kDigits[w >> shift & 15U];
  }
  out += '"';
  return out;
}

void finish(Call& call, CompressedCache& cache, HeaderSink sink) {
  Response& r = call.response();
  const Request& q = call.request();
  std::string tag = tag_for(call, r);
  const auto known = q.header("if-none-match");
  const bool same = !tag.empty() && !known.empty() && names_tag(known, tag);
  const bool compressible = is_compressible(r.content_type) && !own_header(r, "content-encoding");
  Coding coding = Coding::identity;
  if (same) {
    r.status = 304;
    r.body.clear();
    r.shared_body.reset();
  } else if (compressible) {
    coding = compress_body(call, cache, r);
  }
  if (!r.content_type.empty() && r.status != 304) sink("Content-Type", r.content_type);
  if (coding != Coding::identity) {
    const bool br = coding == Coding::brotli;
    sink("Content-Encoding", br ? "br" : "gzip");
    if (!tag.empty()) tag.insert(tag.size() - 1, br ? "-br" : "-gz");
  }
  if (!tag.empty()) sink("ETag", tag);
  if (compressible && !own_header(r, "vary")) {
    sink("Vary", is_html(r) ? "Accept-Encoding, Accept-Language, Cookie" : "Accept-Encoding");
  }
  for (const auto& h : r.headers) {
    if (!iequals_ascii(h.name, "etag")) sink(h.name, h.value);
  }
  cache_header(call, r, sink);
  sink("X-Content-Type-Options", "nosniff");
  sink("Referrer-Policy", "strict-origin-when-cross-origin");
  if (is_html(r)) page_headers(call, r, sink);
  if (q.secure) sink("Strict-Transport-Security", "max-age=31536000");
  if (call.rate_.limited) {
    sink("RateLimit-Policy", policy_header(call.rate_));
    sink("RateLimit", limit_header(call.rate_));
  }
  sink("X-Request-Id", q.id);
}

}  // namespace fondaco::http
