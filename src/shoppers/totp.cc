#include "rows.h"
#include "secrets.h"

#include <fondaco/base/product.h>
#include <fondaco/base/text.h>
#include <fondaco/events/shoppers.h>
#include <fondaco/shoppers/access.h>
#include <fondaco/storage/publish.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <cstdio>

namespace fondaco::shoppers {
namespace {

constexpr storage::Sql kTotp{"shoppers.totp", R"sql(
  SELECT secret, confirmed_at, last_step FROM shoppers_totp WHERE shard = $1 AND id = $2)sql"};

constexpr storage::Sql kBegin{"shoppers.begin_totp", R"sql(
  INSERT INTO shoppers_totp (shard, id, secret, confirmed_at, last_step)
  VALUES ($1, $2, $3, 0, 0))sql"};

// The guard is what makes a step count once, also for two sign-ins at one instant.
constexpr storage::Sql kUse{"shoppers.use_totp", R"sql(
  UPDATE shoppers_totp SET last_step = $3 WHERE shard = $1 AND id = $2 AND last_step < $3)sql"};

constexpr storage::Sql kConfirm{"shoppers.confirm_totp", R"sql(
  UPDATE shoppers_totp SET confirmed_at = $3 WHERE shard = $1 AND id = $2)sql"};

constexpr storage::Sql kRemove{"shoppers.remove_totp", R"sql(
  DELETE FROM shoppers_totp WHERE shard = $1 AND id = $2)sql"};

constexpr std::int64_t kStepSeconds = 30;
constexpr std::size_t kSecretSize = 20;  // 160 bits, as RFC 4226 recommends.

struct Stored {
  std::string secret;  // Sealed.
  bool confirmed = false;
  std::int64_t last_step = 0;
};

std::optional<Stored> stored_totp(storage::Read& read, PersonId person) {
  return read.first(kTotp, {person.shard(), person}, [](const storage::Row& r) {
    return Stored{std::string(r.blob(0)), r.integer(1) != 0, r.integer(2)};
  });
}

void changed(storage::Tx& tx, PersonId person) {
  const std::int64_t version = bump_version(tx, person);
  storage::publish(tx, person.value, version, events::PersonChanged{person, "totp"});
}

/// Finds the step of a code among the three valid ones and uses it up.
bool take_step(storage::Tx& tx, PersonId person, std::string_view secret, std::string_view code) {
  const std::int64_t now = tx.now().us / seconds(kStepSeconds).us;
  std::int64_t matching = 0;
  for (std::int64_t step = now - 1; step <= now + 1; ++step) {
    if (equal_in_constant_time(totp_code(secret, step), code)) matching = step;
  }
  return matching != 0 && tx.exec(kUse, {person.shard(), person, matching}) == 1;
}

Result<Unit, Refusal> check_code(storage::Tx& tx, Keyring& keyring, PersonId person,
                                 std::string_view code, bool confirmed) {
  const auto row = active_row(tx, person);
  const auto stored = row ? stored_totp(tx, person) : std::nullopt;
  if (!stored || stored->confirmed != confirmed) return Refused{Refusal::totp_not_begun};
  const auto secret = keyring.open(row->key, stored->secret);
  if (!secret || !take_step(tx, person, *secret, code)) return Refused{Refusal::totp_wrong};
  return Unit{};
}

}  // namespace

std::string totp_code(std::string_view secret, std::int64_t step) {
  unsigned char counter[8];
  for (int i = 0; i < 8; ++i) counter[i] = static_cast<unsigned char>(step >> (56 - 8 * i));
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()), counter, sizeof counter, mac,
       &size);
  FONDACO_CHECK(size == 20);
  const std::size_t at = mac[19] & 0x0f;
  const std::uint32_t number = (std::uint32_t{mac[at]} & 0x7f) << 24 |
                               std::uint32_t{mac[at + 1]} << 16 | std::uint32_t{mac[at + 2]} << 8 |
                               std::uint32_t{mac[at + 3]};
  const std::string digits = std::to_string(number % 1'000'000);
  return std::string(6 - digits.size(), '0') + digits;
}

Result<BegunTotp, Refusal> begin_totp(storage::Tx& tx, Keyring& keyring, PersonId person) {
  const auto row = active_row(tx, person);
  if (!row) return Refused{Refusal::unknown_person};
  const auto old = stored_totp(tx, person);
  if (old && old->confirmed) return Refused{Refusal::totp_active};
  tx.exec(kRemove, {person.shard(), person});
  const std::string secret = tx.random().bytes(kSecretSize);
  const std::string sealed = keyring.seal(row->key, secret);
  tx.exec(kBegin, {person.shard(), person, storage::Blob{sealed}});
  BegunTotp out;
  out.secret = to_base32(secret);
  const std::string issuer(product::kName);
  out.uri = "otpauth://totp/" + issuer + ":" + to_text(person) + "?secret=" + out.secret +
            "&issuer=" + issuer + "&algorithm=SHA1&digits=6&period=30";
  return out;
}

Result<Unit, Refusal> confirm_totp(storage::Tx& tx, Keyring& keyring, PersonId person,
                                   std::string_view code) {
  const auto checked = check_code(tx, keyring, person, code, false);
  if (!checked.ok()) return Refused{checked.refusal()};
  tx.exec(kConfirm, {person.shard(), person, tx.now()});
  changed(tx, person);
  return Unit{};
}

bool has_totp(storage::Read& read, PersonId person) {
  const auto stored = stored_totp(read, person);
  return stored && stored->confirmed;
}

Result<Unit, Refusal> use_totp(storage::Tx& tx, Keyring& keyring, PersonId person,
                               std::string_view code) {
  return check_code(tx, keyring, person, code, true);
}

void remove_totp(storage::Tx& tx, PersonId person) {
  if (tx.exec(kRemove, {person.shard(), person}) > 0) changed(tx, person);
}

}  // namespace fondaco::shoppers
