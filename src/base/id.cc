#include <fondaco/base/check.h>
#include <fondaco/base/id.h>

namespace fondaco {
namespace {

constexpr std::string_view kDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";  // Crockford base 32.
constexpr std::size_t kLength = 13;                                       // 65 bits hold 63.
constexpr std::int64_t kEpochMs = 1'577'836'800'000;                      // 2020-01-01.
constexpr std::int64_t kSequences = 1 << 10;

int digit_of(char c) {
  if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  const auto at = kDigits.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

}  // namespace

std::string format_id(std::string_view prefix, std::int64_t value) {
  std::string out(prefix.size() + 1 + kLength, '_');
  prefix.copy(out.data(), prefix.size());
  auto rest = static_cast<std::uint64_t>(value);
  for (std::size_t i = out.size(); i-- > prefix.size() + 1; rest >>= 5) out[i] = kDigits[rest & 31];
  return out;
}

std::optional<std::int64_t> parse_id(std::string_view prefix, std::string_view text) {
  if (text.size() != prefix.size() + 1 + kLength || text.substr(0, prefix.size()) != prefix ||
      text[prefix.size()] != '_') {
    return std::nullopt;
  }
  std::uint64_t value = 0;
  for (const char c : text.substr(prefix.size() + 1)) {
    const int d = digit_of(c);
    if (d < 0 || value >> 59 != 0) return std::nullopt;
    value = value << 5 | static_cast<std::uint64_t>(d);
  }
  if (value >> 63 != 0) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

IdSource::IdSource(const Clock& clock, int node) : clock_(clock), node_(node) {
  FONDACO_CHECK(node >= 0 && node < 16);
}

std::int64_t IdSource::next_value(Shard shard) {
  const std::int64_t ms = clock_.now().us / 1000 - kEpochMs;
  const std::scoped_lock lock(mutex_);
  if (ms > last_ms_) {
    last_ms_ = ms;
    sequence_ = 0;
  } else if (++sequence_ == kSequences) {
    ++last_ms_;
    sequence_ = 0;
  }
  return last_ms_ << 22 | std::int64_t{shard} << 14 | std::int64_t{node_} << 10 | sequence_;
}

void IdSource::raise_to(std::int64_t id) {
  const std::scoped_lock lock(mutex_);
  if (const std::int64_t ms = id >> 22; ms >= last_ms_) {
    last_ms_ = ms + 1;
    sequence_ = 0;
  }
}

}  // namespace fondaco
