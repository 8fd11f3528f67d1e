// 64-bit ids made in the program, each kind its own type. Depends on time.h.
// Layout (high to low): 41 bits milliseconds since 2020, 8 bits shard, 4 bits node, 10 bits
// sequence. An id alone tells where its row lives; a later id of one node is a larger number.
#pragma once

#include <fondaco/base/time.h>

#include <compare>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace fondaco {

using Shard = std::uint8_t;

constexpr Shard shard_of(std::int64_t id) { return static_cast<Shard>((id >> 14) & 0xff); }

/// A row number that cannot be mistaken for another kind; Tag::prefix is its name in JSON.
template <class Tag>
struct Id {
  std::int64_t value = 0;
  friend constexpr auto operator<=>(Id, Id) = default;
  /// The number that goes into the column `shard` of a distributed table.
  constexpr std::int64_t shard() const { return shard_of(value); }
  constexpr explicit operator bool() const { return value != 0; }
};

/// "ord_0CV3N4W8K2QG0": prefix, underscore, 13 digits of Crockford base 32.
std::string format_id(std::string_view prefix, std::int64_t value);
/// Nothing unless the text is exactly such an id with that prefix (case of digits ignored).
std::optional<std::int64_t> parse_id(std::string_view prefix, std::string_view text);

template <class Tag>
std::string to_text(Id<Tag> id) {
  return format_id(Tag::prefix, id.value);
}
template <class I>
std::optional<I> id_from_text(std::string_view text);

/// Makes ids; each is larger than the last one given, also when the clock steps back.
/// Thread-safe. At most 1,024 a millisecond; beyond that it runs ahead of the clock.
class IdSource {
 public:
  IdSource(const Clock& clock, int node);
  template <class I>
  I next(std::int64_t shard) {
    return I{next_value(static_cast<Shard>(shard))};
  }
  std::int64_t next_value(Shard shard);
  /// Never gives an id made before `id` again: called at start with the largest one stored.
  void raise_to(std::int64_t id);
  int node() const { return node_; }

 private:
  const Clock& clock_;
  const int node_;
  std::mutex mutex_;
  std::int64_t last_ms_ = 0;
  std::int64_t sequence_ = 0;
};

namespace detail {
template <class T>
struct IdTag;
template <class Tag>
struct IdTag<Id<Tag>> {
  using type = Tag;
};
}  // namespace detail

template <class I>
std::optional<I> id_from_text(std::string_view text) {
  const auto value = parse_id(detail::IdTag<I>::type::prefix, text);
  if (!value) return std::nullopt;
  return I{*value};
}

}  // namespace fondaco

template <class Tag>
struct std::hash<fondaco::Id<Tag>> {
  std::size_t operator()(fondaco::Id<Tag> id) const noexcept {
    return static_cast<std::size_t>(static_cast<std::uint64_t>(id.value) * 0x9e3779b97f4a7c15ULL);
  }
};
