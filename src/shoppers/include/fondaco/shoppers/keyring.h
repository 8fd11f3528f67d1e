// Keyring: the keys under which personal data is sealed, and the keyed hashes by which people
// are found. Depends on: base, storage.
//
// Every sealed thing has its own key (a person; a guest order). Keys are made ahead in batches
// and are durable before they are handed out, so that sealing writes nothing. Whoever destroys
// a key destroys everything sealed under it: rows, replicas, logs and old backups.
#pragma once

#include <fondaco/base/ids.h>
#include <fondaco/storage/store.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace fondaco::shoppers {

/// Something sealed under a key of its own. Both parts are stored beside each other.
struct SealedFor {
  KeyId key;
  std::string bytes;
};

/// All members are thread-safe. A sealed text is 41 bytes longer than what is in it.
class Keyring {
 public:
  struct Options {
    Random* random = nullptr;  // Thread-safe; null: the kernel's.
    int batch = 256;           // Keys made in one write; one for each shard.
    int pool_max = 8192;       // Ready keys held in memory at most.
    int cache_max = 32768;     // Opened keys held in memory at most.
  };
  /// Reads the pepper (makes it in a new installation) and the first batch of keys. Blocks.
  explicit Keyring(storage::Store& store);
  Keyring(storage::Store& store, Options options);
  ~Keyring();

  /// A durable key that nobody has had before. Keys left over at a restart are never given out.
  /// Waits when the pool is empty (about 2 ms), so: not from a writer's thread. Throws Fault when
  /// the keys database makes none within 5 s.
  KeyId take();

  /// XChaCha20-Poly1305 with a random nonce, bound to the key's id. 1-2 µs for a hot key. The key
  /// must exist: sealing for an erased person is a bug of the caller, reported as Fault.
  std::string seal(KeyId key, std::string_view plaintext);
  /// take() and seal() in one: for a guest's order, which has no person row.
  SealedFor seal_new(std::string_view plaintext);
  /// Nothing when the key is destroyed. Throws Fault when the bytes were tampered with.
  std::optional<std::string> open(KeyId key, std::string_view sealed);

  /// Part of `keys`, a transaction of store.keys(). Overwrites the secret before it deletes it.
  /// Unknown keys are fine: destroying twice is destroying.
  void destroy(storage::Tx& keys, KeyId key);
  /// Drops a key that another process destroyed from this one's cache.
  void forget(KeyId key);
  bool exists(KeyId key);

  /// Keyed BLAKE2b of a trimmed, lower-cased text (an e-mail address), 43 characters. The same
  /// in every process of an installation and worth nothing outside of it.
  std::string lookup_hash(std::string_view text) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace fondaco::shoppers
