// Randomness as an argument: secure in the product, seeded in tests. Depends on nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace fondaco {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(void* out, std::size_t size) = 0;
  std::string bytes(std::size_t n);
  std::uint64_t number();
  /// Uniform in [0, below); below > 0.
  std::uint64_t below(std::uint64_t below);
};

/// From the kernel; for tokens and keys. Thread-safe.
class SecureRandom final : public Random {
 public:
  void fill(void* out, std::size_t size) override;
};

/// The same numbers for the same seed (xoshiro256**). Not for secrets; one thread.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed);
  void fill(void* out, std::size_t size) override;

 private:
  std::uint64_t step();
  std::uint64_t s_[4];
};

}  // namespace fondaco
