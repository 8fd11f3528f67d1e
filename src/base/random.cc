#include <fondaco/base/check.h>
#include <fondaco/base/random.h>

#include <sys/random.h>

#include <cstring>

namespace fondaco {
namespace {

std::uint64_t rotate_left(std::uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

/// SplitMix64: spreads a small seed over the whole state.
std::uint64_t split_mix(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9e3779b97f4a7c15ULL);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

}  // namespace

std::string Random::bytes(std::size_t n) {
  std::string out(n, '\0');
  fill(out.data(), n);
  return out;
}

std::uint64_t Random::number() {
  std::uint64_t n = 0;
  fill(&n, sizeof n);
  return n;
}

std::uint64_t Random::below(std::uint64_t below) {
  FONDACO_CHECK(below > 0);
  // Refuses the uneven tail, so that every value is equally likely.
  const std::uint64_t limit = UINT64_MAX - UINT64_MAX % below;
  std::uint64_t n = number();
  while (n >= limit) n = number();
  return n % below;
}

void SecureRandom::fill(void* out, std::size_t size) {
  auto* p = static_cast<unsigned char*>(out);
  while (size > 0) {
    const ssize_t n = ::getrandom(p, size, 0);
    if (n < 0) throw Fault("the kernel gave no random bytes");
    p += n;
    size -= static_cast<std::size_t>(n);
  }
}

SeededRandom::SeededRandom(std::uint64_t seed) {
  for (auto& s : s_) s = split_mix(seed);
}

std::uint64_t SeededRandom::step() {
  const std::uint64_t result = rotate_left(s_[1] * 5, 7) * 9;
  const std::uint64_t t = s_[1] << 17;
  s_[2] ^= s_[0];
  s_[3] ^= s_[1];
  s_[1] ^= s_[2];
  s_[0] ^= s_[3];
  s_[2] ^= t;
  s_[3] = rotate_left(s_[3], 45);
  return result;
}

void SeededRandom::fill(void* out, std::size_t size) {
  auto* p = static_cast<unsigned char*>(out);
  while (size > 0) {
    const std::uint64_t n = step();
    const std::size_t part = size < sizeof n ? size : sizeof n;
    std::memcpy(p, &n, part);
    p += part;
    size -= part;
  }
}

}  // namespace fondaco
