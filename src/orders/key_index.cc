#include "key_index.h"

#include <sodium.h>

namespace fondaco::orders {

std::string short_hash(std::string_view a, std::string_view b) {
  std::string out(16, '\0');
  crypto_generichash_state state;
  crypto_generichash_init(&state, nullptr, 0, out.size());
  const auto add = [&](std::string_view part) {
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(part.data()),
                              part.size());
  };
  add(a);
  add({"\0", 1});  // "a"+"bc" and "ab"+"c" are two things.
  add(b);
  crypto_generichash_final(&state, reinterpret_cast<unsigned char*>(out.data()), out.size());
  return out;
}

KeyIndex::Begin KeyIndex::begin(const std::string& key_hash, Known& known) {
  const std::scoped_lock lock(mutex_);
  for (const auto* generation : {&young_, &old_}) {
    if (const auto found = generation->find(key_hash); found != generation->end()) {
      known = found->second;
      return Begin::known;
    }
  }
  return in_flight_.insert(key_hash).second ? Begin::fresh : Begin::in_flight;
}

void KeyIndex::finish(const std::string& key_hash, OrderGroupId group,
                      const std::string& body_hash) {
  const std::scoped_lock lock(mutex_);
  in_flight_.erase(key_hash);
  if (!group) return;
  young_.insert_or_assign(key_hash, Known{group, body_hash});
  rotate();
}

void KeyIndex::load(std::string key_hash, Known known) {
  const std::scoped_lock lock(mutex_);
  young_.insert_or_assign(std::move(key_hash), std::move(known));
  rotate();
}

void KeyIndex::rotate() {
  if (young_.size() < kMost / 2) return;
  old_ = std::move(young_);
  young_.clear();
}

std::size_t KeyIndex::size() const {
  const std::scoped_lock lock(mutex_);
  return young_.size() + old_.size();
}

}  // namespace fondaco::orders
