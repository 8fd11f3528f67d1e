#include "secret_text.h"

#include <fondaco/shoppers/access.h>

#include <deque>
#include <mutex>
#include <unordered_map>

namespace fondaco::shoppers {
namespace {

// A person that is erased has no sessions; the state is asked all the same, since a right that
// hangs on one DELETE is a right that hangs on a thread.
constexpr storage::Sql kSession{"shoppers.identify_session", R"sql(
  SELECT s.token_hash, s.person_id, s.staff, s.seen_at, s.expires_at, p.staff
    FROM shoppers_session s
    JOIN shoppers_person p ON p.shard = s.shard AND p.id = s.person_id
   WHERE s.shard = $1 AND s.id = $2 AND p.state = 1)sql"};

constexpr storage::Sql kToken{"shoppers.identify_token", R"sql(
  SELECT t.token_hash, t.person_id, t.scopes, t.expires_at, p.staff
    FROM shoppers_token t
    JOIN shoppers_person p ON p.shard = t.shard AND p.id = t.person_id
   WHERE t.shard = $1 AND t.id = $2 AND p.state = 1)sql"};

constexpr std::size_t kShards = 16;
constexpr std::size_t kEntriesPerShard = 4096;

std::optional<Identity> identify_session(storage::Read& read, std::string_view secret, SessionId id,
                                         Instant now) {
  const std::string hash = blake2b(secret);
  bool right = false;
  auto found = read.first(kSession, {id.shard(), id}, [&](const storage::Row& r) {
    Identity i;
    right = equal_in_constant_time(r.text(0), hash);
    i.person = r.id<PersonId>(1);
    i.session = id;
    // A shopper's session opened before the person became staff does not carry staff rights.
    i.staff = r.flag(2) && r.flag(5);
    i.seen_at = r.instant(3);
    i.expires_at = r.instant(4);
    return i;
  });
  if (!found || !right || *found->expires_at <= now) return std::nullopt;
  found->csrf = csrf_of(secret);
  return found;
}

std::optional<Identity> identify_token(storage::Read& read, std::string_view secret, TokenId id,
                                       Instant now) {
  const std::string hash = blake2b(secret);
  bool right = false;
  auto found = read.first(kToken, {id.shard(), id}, [&](const storage::Row& r) {
    Identity i;
    right = equal_in_constant_time(r.text(0), hash);
    i.person = r.id<PersonId>(1);
    i.token = id;
    i.staff = r.flag(4);
    for (const auto scope : split(r.text(2), ' ')) {
      if (!scope.empty()) i.scopes.emplace_back(scope);
    }
    if (const auto expiry = r.maybe_integer(3)) i.expires_at = Instant{*expiry};
    return i;
  });
  if (!found || !right || found->scopes.empty()) return std::nullopt;
  if (found->expires_at && *found->expires_at <= now) return std::nullopt;
  return found;
}

}  // namespace

std::optional<Identity> identify(storage::Read& read, std::string_view secret, Instant now) {
  std::optional<Identity> found;
  if (const auto session = id_of_secret<SessionId>(secret)) {
    found = identify_session(read, secret, *session, now);
  } else if (const auto token = id_of_secret<TokenId>(secret)) {
    found = identify_token(read, secret, *token, now);
  }
  if (found && found->staff) found->permissions = permissions_of(read, found->person);
  return found;
}

struct IdentityCache::Shard {
  std::mutex mutex;
  std::unordered_map<std::string, std::shared_ptr<Entry>> entries;  // By hash, never by secret.
  std::deque<std::string> order;
};

IdentityCache::IdentityCache() : shards_(std::make_unique<Shard[]>(kShards)) {}
IdentityCache::~IdentityCache() = default;

namespace {

std::size_t shard_number(const std::string& hash) {
  return static_cast<unsigned char>(hash[0]) % kShards;
}

}  // namespace

std::shared_ptr<IdentityCache::Entry> IdentityCache::find(std::string_view secret, Instant now) {
  const std::string hash = blake2b(secret);
  Shard& shard = shards_[shard_number(hash)];
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.entries.find(hash);
  if (found == shard.entries.end()) return nullptr;
  const Entry& e = *found->second;
  const bool fresh = now >= e.loaded_at && now < e.loaded_at + kAge;
  const bool open = !e.identity->expires_at || now < *e.identity->expires_at;
  return fresh && open ? found->second : nullptr;
}

std::uint64_t IdentityCache::generation() const { return generation_.load(); }

std::shared_ptr<IdentityCache::Entry> IdentityCache::put(std::string_view secret, Identity identity,
                                                         Instant now, std::uint64_t generation) {
  auto entry = std::make_shared<Entry>();
  entry->identity = std::make_shared<const Identity>(std::move(identity));
  entry->loaded_at = now;
  std::string hash = blake2b(secret);
  Shard& shard = shards_[shard_number(hash)];
  const std::lock_guard lock(shard.mutex);
  // What was read before a change must not be kept after it.
  if (generation != generation_.load()) return entry;
  const auto [place, added] = shard.entries.insert_or_assign(hash, entry);
  if (!added) return entry;
  shard.order.push_back(std::move(hash));
  if (shard.order.size() > kEntriesPerShard) {
    shard.entries.erase(shard.order.front());
    shard.order.pop_front();
  }
  return entry;
}

void IdentityCache::drop_person(PersonId person) {
  ++generation_;
  for (std::size_t i = 0; i < kShards; ++i) {
    const std::lock_guard lock(shards_[i].mutex);
    // The place in `order` stays: it is short and goes when its turn comes.
    for (auto& [hash, entry] : shards_[i].entries) {
      if (entry->identity->person == person) entry->loaded_at = Instant{INT64_MIN / 2};
    }
  }
}

void IdentityCache::drop_all() {
  ++generation_;
  for (std::size_t i = 0; i < kShards; ++i) {
    const std::lock_guard lock(shards_[i].mutex);
    shards_[i].entries.clear();
    shards_[i].order.clear();
  }
}

}  // namespace fondaco::shoppers
