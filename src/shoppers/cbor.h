// A short reader of CBOR (RFC 8949) for what authenticators send: definite lengths, no floats,
// no tags. Private. Depends on nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace fondaco::shoppers {

struct Cbor {
  enum class Kind { integer, bytes, text, array, map, boolean, null };
  Kind kind = Kind::null;
  std::int64_t integer = 0;
  bool flag = false;
  std::string_view bytes;   // Of bytes and text; points into what was read.
  std::vector<Cbor> items;  // Of a map: key, value, key, value.

  /// Value of a map's member by an integer or text key; null when there is none.
  const Cbor* find(std::int64_t key) const;
  const Cbor* find(std::string_view key) const;
};

/// Reads one item from the front of `rest` and moves it on. Nothing when the text is cut off,
/// nested deeper than 8, or uses what is named above; never reads past the end, and never
/// reserves more than the text could hold.
std::optional<Cbor> read_cbor(std::string_view& rest);

}  // namespace fondaco::shoppers
