// Answers of writes that are given again for the same Idempotency-Key. Depends on call.h.
//
// The row is written in the transaction of the write, by requests that changed something only.
// Its answer is sealed under a key made from actor and Idempotency-Key, which are not stored: an
// address or a cart's secret in an answer stays unreadable in files, logs and backups.
#pragma once

#include <fondaco/http/router.h>

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace fondaco::http {

/// What one keyed request is known by.
struct Keyed {
  std::int64_t id = 0;      // Row; from a hash over actor, method, path and key.
  std::string fingerprint;  // 32 bytes over all of that and the body.
  std::string seal;         // 32 bytes, from actor and key.
};

Keyed keyed(const Request& request, const Principal& who, const std::string& key);

/// The stored answer; 422 when the key was used with another body; nothing when it is new.
std::optional<Response> stored_answer(storage::Read& read, const Keyed& k, Instant now);
/// Writes the answer's row. False when another process was quicker: the caller then refuses.
bool store_answer(storage::Tx& tx, const Keyed& k, const Response& answer);

/// The keys that are being worked on by this process.
class InFlight {
 public:
  /// Nothing, and the key is ours until leave(); else 409 or 422.
  std::optional<Response> enter(const Keyed& k);
  void leave(const Keyed& k);

 private:
  std::mutex mutex_;
  std::unordered_map<std::int64_t, std::string> fingerprints_;
};

}  // namespace fondaco::http
