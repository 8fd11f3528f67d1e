// Signatures of Standard Webhooks 1.0. Depends on base.
#pragma once

#include <fondaco/base/random.h>
#include <fondaco/base/time.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fondaco::webhooks {

/// "whsec_" and 32 random bytes as base 64.
std::string new_secret(Random& random);
/// Nothing unless it is whsec_ and 24 to 64 bytes in base 64.
std::optional<std::string> key_of(std::string_view secret);

struct Signed {
  std::string id;         // webhook-id
  std::string timestamp;  // webhook-timestamp, seconds
  std::string signature;  // webhook-signature, "v1,… v1,…": one for each secret
};
/// Every secret must be one of ours: another one is a bug.
Signed sign(const std::vector<std::string>& secrets, std::string_view id, Instant at,
            std::string_view body);

}  // namespace fondaco::webhooks
