#include "cbor.h"

#include <cstddef>

namespace fondaco::shoppers {
namespace {

constexpr int kDepthMax = 8;

unsigned char take(std::string_view& rest) {
  const auto byte = static_cast<unsigned char>(rest.front());
  rest.remove_prefix(1);
  return byte;
}

/// The number that follows a head byte.
std::optional<std::uint64_t> argument(std::string_view& rest, unsigned short_form) {
  if (short_form < 24) return short_form;
  if (short_form > 27) return std::nullopt;  // Reserved, or of indefinite length.
  const std::size_t size = std::size_t{1} << (short_form - 24);
  if (rest.size() < size) return std::nullopt;
  std::uint64_t n = 0;
  for (std::size_t i = 0; i < size; ++i) n = n << 8 | take(rest);
  return n;
}

std::optional<Cbor> read_item(std::string_view& rest, int depth);

std::optional<Cbor> read_items(std::string_view& rest, std::uint64_t count, Cbor::Kind kind,
                               int depth) {
  // Every item needs a byte at least: a lying length is found out before memory is asked for.
  if (count > rest.size()) return std::nullopt;
  Cbor out;
  out.kind = kind;
  const std::uint64_t items = kind == Cbor::Kind::map ? count * 2 : count;
  for (std::uint64_t i = 0; i < items; ++i) {
    auto item = read_item(rest, depth + 1);
    if (!item) return std::nullopt;
    out.items.push_back(std::move(*item));
  }
  return out;
}

std::optional<Cbor> read_simple(unsigned value) {
  Cbor out;
  if (value == 22) return out;
  if (value != 20 && value != 21) return std::nullopt;
  out.kind = Cbor::Kind::boolean;
  out.flag = value == 21;
  return out;
}

std::optional<Cbor> read_item(std::string_view& rest, int depth) {
  if (depth > kDepthMax || rest.empty()) return std::nullopt;
  const unsigned head = take(rest);
  const unsigned major = head >> 5;
  if (major == 7) return read_simple(head & 31);
  const auto n = argument(rest, head & 31);
  if (!n) return std::nullopt;
  Cbor out;
  switch (major) {
    case 0:
    case 1:
      if (*n > INT64_MAX) return std::nullopt;
      out.kind = Cbor::Kind::integer;
      out.integer = static_cast<std::int64_t>(*n);
      if (major == 1) out.integer = -1 - out.integer;
      return out;
    case 2:
    case 3:
      if (*n > rest.size()) return std::nullopt;
      out.kind = major == 2 ? Cbor::Kind::bytes : Cbor::Kind::text;
      out.bytes = rest.substr(0, static_cast<std::size_t>(*n));
      rest.remove_prefix(static_cast<std::size_t>(*n));
      return out;
    case 4:
      return read_items(rest, *n, Cbor::Kind::array, depth);
    case 5:
      return read_items(rest, *n, Cbor::Kind::map, depth);
    default:
      return std::nullopt;
  }
}

}  // namespace

const Cbor* Cbor::find(std::int64_t key) const {
  if (kind != Kind::map) return nullptr;
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
    if (items[i].kind == Kind::integer && items[i].integer == key) return &items[i + 1];
  }
  return nullptr;
}

const Cbor* Cbor::find(std::string_view key) const {
  if (kind != Kind::map) return nullptr;
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
    if (items[i].kind == Kind::text && items[i].bytes == key) return &items[i + 1];
  }
  return nullptr;
}

std::optional<Cbor> read_cbor(std::string_view& rest) { return read_item(rest, 0); }

}  // namespace fondaco::shoppers
