// Shoppers: people, staff, rights, second factors, consent, sealed personal data.
// Depends on: base, events, storage.
//
// The parts: keyring.h, people.h, access.h, passkeys.h, privacy.h. This class holds what lives as
// long as the process and the use cases that hash passwords or touch two databases.
#pragma once

#include <fondaco/shoppers/access.h>
#include <fondaco/shoppers/passkeys.h>
#include <fondaco/shoppers/people.h>
#include <fondaco/shoppers/privacy.h>
#include <fondaco/storage/migration.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace fondaco::shoppers {

std::vector<storage::Migration> migrations();

class Throttle;

struct SignUp {
  std::string email;
  std::string password;
  std::string name;
  std::string locale = "en";
};

struct SignIn {
  std::string email;
  std::string password;
  std::optional<std::string> totp;
  std::string remote;  // Address of the peer, for the throttle only; never stored.
  std::string device;  // User-Agent, kept sealed with the session.
};

struct NewUser {
  std::string email;
  std::string password;
  std::string name;
  std::string role;     // Empty: a shopper. Else "operator", "owner", …
  MerchantId merchant;  // Resolved by the caller.
  PlaceId place;
};

/// "operator", "shopper", "merchant:SLUG" (owner) or "merchant:SLUG:role".
struct RoleSpec {
  std::string role;  // Empty: a shopper.
  std::string merchant_slug;
};
std::optional<RoleSpec> parse_role_spec(std::string_view text);

/// Thread-safe. Members marked "blocks" hash a password (about 40 ms, 19 MB) or wait for commits:
/// they run on a worker thread, never on an HTTP thread and never inside a transaction.
class Shoppers {
 public:
  struct Options {
    PasskeyConfig passkeys;
    Keyring::Options keyring;
  };
  explicit Shoppers(storage::Store& store);
  Shoppers(storage::Store& store, Options options);
  ~Shoppers();

  Keyring& keyring() { return *keyring_; }
  IdentityCache& identities() { return identities_; }
  const PasskeyConfig& passkeys() const { return options_.passkeys; }
  storage::Store& store() { return store_; }

  /// Blocks. The answer is the same whether the address is new or known; only a new one gets a
  /// person. Refuses what is wrong with the input.
  Result<Unit, Refusal> sign_up(const SignUp& wanted);
  /// Blocks. Refuses throttled, wrong_credentials, totp_needed, totp_wrong. An unknown address
  /// costs the same time as a wrong password.
  Result<OpenedSession, Refusal> sign_in(const SignIn& attempt);
  /// Blocks. With a passkey instead. Refuses as check_assertion() and use_passkey().
  Result<OpenedSession, Refusal> sign_in_with_passkey(const PasskeyAssertion& assertion,
                                                      std::string_view device);
  /// Blocks. Asks for the password of a signed-in person again. Refuses throttled,
  /// wrong_credentials.
  Result<Unit, Refusal> check_password(PersonId person, const std::string& password,
                                       std::string_view remote);
  /// Blocks. Ends all other sessions. Refuses as check_password and check_new_password.
  Result<Unit, Refusal> change_password(PersonId person, const std::string& old_password,
                                        const std::string& new_password, SessionId kept,
                                        std::string_view remote);
  /// Blocks. For operators, merchants and the command line. Refuses as sign_up, email_taken and
  /// as grant_role.
  Result<PersonId, Refusal> create_user(const NewUser& user, Held held, std::string_view actor);
  /// Blocks. Destroys everything personal; safe to repeat; a crash in the middle is finished by
  /// finish_erasures(). Refuses unknown_person.
  Result<Unit, Refusal> erase(PersonId person, std::string_view actor);
  /// Blocks. Destroys one guest order's or basket's keys, as erase() does those of a person.
  void erase_keys(const std::vector<KeyId>& keys, std::string_view actor);
  /// Blocks. At start: destroys keys that a crash left doomed. Returns how many.
  std::int64_t finish_erasures();

  /// Before Store::start(): other modules' parts of export and erasure.
  void add_export(ExportSection section) { exports_.push_back(std::move(section)); }
  void add_erase_hook(EraseHook hook) { erase_hooks_.push_back(std::move(hook)); }
  const std::vector<ExportSection>& exports() const { return exports_; }
  /// Before Store::start(): drops cached identities and keys when another process changes them.
  void subscribe();

  /// Passwords hashed or checked so far (metrics, and the test that no path skips it).
  std::int64_t hashes() const { return hashes_.load(); }

 private:
  std::string hash(const std::string& password);
  bool matches(const std::string& phc, const std::string& password);
  const std::string& decoy();
  Result<OpenedSession, Refusal> finish_sign_in(const SignIn& attempt, PersonId person,
                                                const std::string& old_phc,
                                                const std::string& new_phc);
  void destroy_keys(const std::vector<KeyId>& keys);
  void empty_key_log();

  storage::Store& store_;
  const Options options_;
  std::unique_ptr<Keyring> keyring_;
  IdentityCache identities_;
  std::unique_ptr<Throttle> throttle_;
  std::once_flag decoy_made_;
  std::string decoy_;
  std::vector<ExportSection> exports_;
  std::vector<EraseHook> erase_hooks_;
  std::atomic<std::int64_t> hashes_ = 0;
  std::atomic<bool> log_due_ = true;  // The keys' log may hold a destroyed one.
};

}  // namespace fondaco::shoppers
