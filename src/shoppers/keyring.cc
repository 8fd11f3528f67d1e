#include "secrets.h"

#include <fondaco/base/log.h>
#include <fondaco/base/text.h>
#include <fondaco/shoppers/keyring.h>

#include <sodium.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace fondaco::shoppers {
namespace {

constexpr storage::Sql kAddKey{"shoppers.add_key.batch", R"sql(
  INSERT INTO shoppers_key (shard, id, secret, made_at) VALUES ($1, $2, $3, $4))sql",
                               R"sql(
  INSERT INTO shoppers_key (shard, id, secret, made_at)
  SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::bigint[]))sql"};

constexpr storage::Sql kSecret{"shoppers.key_secret", R"sql(
  SELECT secret FROM shoppers_key WHERE shard = $1 AND id = $2)sql"};

constexpr storage::Sql kExists{"shoppers.key_exists", R"sql(
  SELECT 1 FROM shoppers_key WHERE shard = $1 AND id = $2)sql"};

// The last key of a batch is always in the last shard, so that this is one look-up by key.
constexpr storage::Sql kNewest{"shoppers.newest_key", R"sql(
  SELECT id FROM shoppers_key WHERE shard = 255 ORDER BY id DESC LIMIT 1)sql"};

// Deleting alone would leave the bytes on a free page of the file.
constexpr storage::Sql kOverwrite{"shoppers.overwrite_key", R"sql(
  UPDATE shoppers_key SET secret = $3 WHERE shard = $1 AND id = $2)sql"};

constexpr storage::Sql kDestroy{"shoppers.destroy_key", R"sql(
  DELETE FROM shoppers_key WHERE shard = $1 AND id = $2)sql"};

constexpr storage::Sql kPepper{"shoppers.pepper", R"sql(
  SELECT secret FROM shoppers_pepper WHERE id = 1)sql"};

constexpr storage::Sql kMakePepper{"shoppers.make_pepper", R"sql(
  INSERT INTO shoppers_pepper (id, secret) VALUES (1, $1) ON CONFLICT (id) DO NOTHING)sql"};

constexpr std::size_t kKeySize = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
constexpr std::size_t kNonceSize = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagSize = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr char kFormat = 1;
constexpr std::size_t kHead = 1 + kNonceSize;
constexpr std::size_t kShards = 256;
constexpr auto kWaitMax = std::chrono::seconds(5);

using Secret = std::array<unsigned char, kKeySize>;

unsigned char* bytes_of(std::string& s) { return reinterpret_cast<unsigned char*>(s.data()); }
const unsigned char* bytes_of(std::string_view s) {
  return reinterpret_cast<const unsigned char*>(s.data());
}

Secret secret_from(std::string_view bytes) {
  if (bytes.size() != kKeySize) {
    throw Fault("a sealing key has " + std::to_string(bytes.size()) + " bytes, should have " +
                std::to_string(kKeySize));
  }
  Secret out;
  std::memcpy(out.data(), bytes.data(), kKeySize);
  return out;
}

/// Opened keys, oldest out first. One of several, so that threads seldom meet.
class CacheShard {
 public:
  std::optional<Secret> find(KeyId key) {
    const std::lock_guard lock(mutex_);
    const auto found = secrets_.find(key);
    if (found == secrets_.end()) return std::nullopt;
    return found->second;
  }
  std::uint64_t generation() {
    const std::lock_guard lock(mutex_);
    return generation_;
  }
  void put(KeyId key, const Secret& secret, std::size_t limit) {
    const std::lock_guard lock(mutex_);
    put_locked(key, secret, limit);
  }
  /// Refused when something was forgotten since `generation`: it may have been this very key.
  void put_read(KeyId key, const Secret& secret, std::size_t limit, std::uint64_t generation) {
    const std::lock_guard lock(mutex_);
    if (generation == generation_) put_locked(key, secret, limit);
  }
  void forget(KeyId key) {
    const std::lock_guard lock(mutex_);
    ++generation_;
    const auto found = secrets_.find(key);
    if (found == secrets_.end()) return;
    sodium_memzero(found->second.data(), found->second.size());
    secrets_.erase(found);
  }

 private:
  void put_locked(KeyId key, const Secret& secret, std::size_t limit) {
    if (!secrets_.emplace(key, secret).second) return;
    order_.push_back(key);
    while (order_.size() > limit) {
      const auto old = secrets_.find(order_.front());
      if (old != secrets_.end()) {
        sodium_memzero(old->second.data(), old->second.size());
        secrets_.erase(old);
      }
      order_.pop_front();
    }
  }

  std::mutex mutex_;
  std::uint64_t generation_ = 0;
  std::unordered_map<KeyId, Secret> secrets_;
  std::deque<KeyId> order_;
};

struct Made {
  KeyId id;
  Secret secret;
};

}  // namespace

struct Keyring::State : std::enable_shared_from_this<Keyring::State> {
  State(storage::Store& s, Options o)
      : store(s), options(o), random(o.random ? *o.random : own_random) {}

  storage::Store& store;
  const Options options;
  SecureRandom own_random;
  Random& random;
  std::string pepper;

  std::mutex mutex;
  std::condition_variable filled;
  std::deque<Made> pool;
  std::size_t wanted = 0;  // Ready keys aimed at; doubles when the pool has run dry.
  bool refilling = false;
  bool closed = false;

  std::array<CacheShard, 16> cache;

  CacheShard& shard_for(KeyId key) { return cache[std::hash<KeyId>{}(key) >> 60]; }
  std::size_t shard_limit() const {
    return static_cast<std::size_t>(options.cache_max) / cache.size();
  }

  void load_pepper();
  /// No key gets an id that was given before the clock stepped back.
  void raise_ids();
  /// Starts a write of new keys; `mutex` is held.
  void refill_locked();
  void make(storage::Tx& tx, std::vector<Made>& made, std::size_t count);
  void finished(std::vector<Made> made, bool good);
  std::optional<Secret> secret_of(KeyId key);
};

void Keyring::State::load_pepper() {
  const auto find = [](storage::Read& read) {
    return read.first(kPepper, {}, [](const storage::Row& r) { return std::string(r.blob(0)); });
  };
  auto lease = store.keys().read();
  if (auto found = find(*lease)) {
    pepper = std::move(*found);
  } else {
    const std::string fresh = random.bytes(32);
    // Another process may be first: what is stored counts.
    pepper = store.keys().write([&](storage::Tx& tx) {
      tx.exec(kMakePepper, {storage::Blob{fresh}});
      return find(tx).value();
    });
  }
  if (pepper.size() != 32) {
    throw Fault("the pepper has " + std::to_string(pepper.size()) + " bytes, should have 32");
  }
}

void Keyring::State::raise_ids() {
  auto lease = store.keys().read();
  if (const auto newest = (*lease).scalar(kNewest, {})) store.ids().raise_to(*newest);
}

void Keyring::State::make(storage::Tx& tx, std::vector<Made>& made, std::size_t count) {
  made.clear();
  const auto write = tx.batch(kAddKey);
  for (std::size_t i = 0; i < count; ++i) {
    Made& m = made.emplace_back();
    m.id = tx.next_id<KeyId>(static_cast<std::int64_t>(i % kShards));
    random.fill(m.secret.data(), m.secret.size());
    const std::string_view bytes(reinterpret_cast<const char*>(m.secret.data()), kKeySize);
    write->add({m.id.shard(), m.id, storage::Blob{bytes}, tx.now()});
  }
  write->finish();
}

void Keyring::State::refill_locked() {
  if (refilling || closed || pool.size() * 2 > wanted) return;
  refilling = true;
  const auto batch = static_cast<std::size_t>(options.batch);
  const std::size_t missing = std::max(batch, wanted - pool.size());
  const std::size_t count = (missing + kShards - 1) / kShards * kShards;
  auto made = std::make_shared<std::vector<Made>>();
  auto self = shared_from_this();
  store.keys().writer().submit(
      [self, made, count](storage::Tx& tx) { self->make(tx, *made, count); },
      [self, made](std::exception_ptr wrong) { self->finished(std::move(*made), !wrong); });
}

void Keyring::State::finished(std::vector<Made> made, bool good) {
  const std::lock_guard lock(mutex);
  refilling = false;
  if (good) {
    pool.insert(pool.end(), made.begin(), made.end());
  } else {
    log::error("shoppers", "no sealing keys could be made");
  }
  filled.notify_all();
}

std::optional<Secret> Keyring::State::secret_of(KeyId key) {
  CacheShard& hot = shard_for(key);
  if (auto found = hot.find(key)) return found;
  const std::uint64_t generation = hot.generation();
  auto lease = store.keys().read();
  const auto found = (*lease).first(kSecret, {key.shard(), key},
                                    [](const storage::Row& r) { return secret_from(r.blob(0)); });
  if (found) hot.put_read(key, *found, shard_limit(), generation);
  return found;
}

Keyring::Keyring(storage::Store& store) : Keyring(store, Options{}) {}

Keyring::Keyring(storage::Store& store, Options options) {
  sodium_ready();
  FONDACO_CHECK(options.batch > 0 && options.pool_max >= options.batch && options.cache_max >= 16);
  state_ = std::make_shared<State>(store, options);
  state_->wanted = static_cast<std::size_t>(options.batch);
  state_->load_pepper();
  state_->raise_ids();
  std::unique_lock lock(state_->mutex);
  state_->refill_locked();
  state_->filled.wait(lock, [&] { return !state_->refilling; });
  if (state_->pool.empty()) throw Fault("the keys database makes no sealing keys");
}

Keyring::~Keyring() {
  std::unique_lock lock(state_->mutex);
  state_->closed = true;
  state_->filled.wait_for(lock, kWaitMax, [&] { return !state_->refilling; });
}

KeyId Keyring::take() {
  State& s = *state_;
  Made made;
  {
    std::unique_lock lock(s.mutex);
    if (s.pool.empty()) {
      s.wanted = std::min(s.wanted * 2, static_cast<std::size_t>(s.options.pool_max));
      s.refill_locked();
      const auto ready = [&] { return !s.pool.empty() || !s.refilling; };
      s.filled.wait_for(lock, kWaitMax, ready);
      if (s.pool.empty()) throw Fault("the keys database makes no sealing keys");
    }
    made = s.pool.front();
    s.pool.pop_front();
    s.refill_locked();
  }
  // Whoever takes a key seals with it at once.
  s.shard_for(made.id).put(made.id, made.secret, s.shard_limit());
  sodium_memzero(made.secret.data(), made.secret.size());
  return made.id;
}

std::string Keyring::seal(KeyId key, std::string_view plaintext) {
  const auto secret = state_->secret_of(key);
  if (!secret) throw Fault("sealing key " + to_text(key) + " is destroyed");
  std::string out(kHead + plaintext.size() + kTagSize, '\0');
  out[0] = kFormat;
  state_->random.fill(out.data() + 1, kNonceSize);
  crypto_aead_xchacha20poly1305_ietf_encrypt(
      bytes_of(out) + kHead, nullptr, bytes_of(plaintext), plaintext.size(),
      reinterpret_cast<const unsigned char*>(&key.value), sizeof key.value, nullptr,
      bytes_of(out) + 1, secret->data());
  return out;
}

SealedFor Keyring::seal_new(std::string_view plaintext) {
  const KeyId key = take();
  return {key, seal(key, plaintext)};
}

std::optional<std::string> Keyring::open(KeyId key, std::string_view sealed) {
  const auto secret = state_->secret_of(key);
  if (!secret) return std::nullopt;
  if (sealed.size() < kHead + kTagSize || sealed[0] != kFormat) {
    throw Fault("what is sealed under " + to_text(key) + " is not in format 1");
  }
  std::string out(sealed.size() - kHead - kTagSize, '\0');
  const int bad = crypto_aead_xchacha20poly1305_ietf_decrypt(
      bytes_of(out), nullptr, nullptr, bytes_of(sealed) + kHead, sealed.size() - kHead,
      reinterpret_cast<const unsigned char*>(&key.value), sizeof key.value, bytes_of(sealed) + 1,
      secret->data());
  if (bad != 0) throw Fault("what is sealed under " + to_text(key) + " was changed");
  return out;
}

void Keyring::destroy(storage::Tx& keys, KeyId key) {
  const std::string zeros(kKeySize, '\0');
  keys.exec(kOverwrite, {key.shard(), key, storage::Blob{zeros}});
  keys.exec(kDestroy, {key.shard(), key});
  auto state = state_;
  forget(key);
  // Once more: a reader may have opened it from the snapshot before this commit.
  keys.after_commit([state, key] { state->shard_for(key).forget(key); });
}

void Keyring::forget(KeyId key) { state_->shard_for(key).forget(key); }

bool Keyring::exists(KeyId key) {
  auto read = state_->store.keys().read();
  return (*read).scalar(kExists, {key.shard(), key}).has_value();
}

std::string Keyring::lookup_hash(std::string_view text) const {
  return blake2b(to_lower_ascii(trim(text)), state_->pepper);
}

}  // namespace fondaco::shoppers
