// Texts that stand for a row: "<id>.<43 random characters>". Private. Depends on secrets.h.
#pragma once

#include "secrets.h"

#include <fondaco/base/ids.h>
#include <fondaco/base/random.h>
#include <fondaco/base/text.h>

#include <optional>
#include <string>
#include <string_view>

namespace fondaco::shoppers {

template <class I>
std::string new_secret(I id, Random& random) {
  return to_text(id) + "." + to_base64url(random.bytes(32));
}

/// The row that a secret names; whether it is the right secret, its stored hash says.
template <class I>
std::optional<I> id_of_secret(std::string_view secret) {
  if (secret.size() > 128) return std::nullopt;
  const auto dot = secret.find('.');
  if (dot == secret.npos) return std::nullopt;
  return id_from_text<I>(secret.substr(0, dot));
}

}  // namespace fondaco::shoppers
