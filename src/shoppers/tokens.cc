#include "rights.h"
#include "rows.h"
#include "secret_text.h"

#include <fondaco/events/shoppers.h>
#include <fondaco/storage/publish.h>

#include <algorithm>

namespace fondaco::shoppers {
namespace {

constexpr storage::Sql kAdd{"shoppers.add_token", R"sql(
  INSERT INTO shoppers_token
    (shard, id, person_id, token_hash, prefix, scopes, label, created_at, expires_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9))sql"};

constexpr storage::Sql kCount{"shoppers.count_tokens", R"sql(
  SELECT COUNT(*) FROM shoppers_token WHERE shard = $1 AND person_id = $2)sql"};

constexpr storage::Sql kTokens{"shoppers.tokens", R"sql(
  SELECT id, prefix, label, scopes, created_at, expires_at FROM shoppers_token
   WHERE shard = $1 AND person_id = $2 ORDER BY id DESC)sql"};

constexpr storage::Sql kRevoke{"shoppers.revoke_token", R"sql(
  DELETE FROM shoppers_token WHERE shard = $1 AND id = $2 AND person_id = $3)sql"};

constexpr std::int64_t kTokensMax = 50;
constexpr std::size_t kLabelMax = 60;

bool is_self_scope(std::string_view scope) {
  const auto all = self_scopes();
  return std::find(all.begin(), all.end(), scope) != all.end();
}

/// A scope is held when some grant has it, for whichever merchant: the grant says which.
bool held_anywhere(const std::vector<Permission>& held, std::string_view scope) {
  return std::any_of(held.begin(), held.end(),
                     [&](const Permission& p) { return p.name == "*" || p.name == scope; });
}

std::optional<Refusal> check_scopes(storage::Read& read, const NewToken& t) {
  if (t.scopes.empty() || t.scopes.size() > known_permissions().size()) {
    return Refusal::scope_unknown;
  }
  for (const auto& scope : t.scopes) {
    const bool known = scope == "*" || is_self_scope(scope) || is_known_permission(scope);
    if (!known) return Refusal::scope_unknown;
  }
  const auto held = permissions_of(read, t.person);
  for (const auto& scope : t.scopes) {
    // "*" is all that the person may, now and later; the grants decide what that is.
    if (scope == "*" || is_self_scope(scope)) continue;
    if (!held_anywhere(held, scope)) return Refusal::scope_not_held;
  }
  return std::nullopt;
}

}  // namespace

Result<CreatedToken, Refusal> create_token(storage::Tx& tx, Keyring& keyring, const NewToken& t) {
  const auto person = active_row(tx, t.person);
  if (!person) return Refused{Refusal::unknown_person};
  if (characters(t.label) > kLabelMax) return Refused{Refusal::label_too_long};
  if (const auto refusal = check_scopes(tx, t)) return Refused{*refusal};
  if (t.expires_at && *t.expires_at <= tx.now()) return Refused{Refusal::expiry_past};
  if (tx.scalar(kCount, {t.person.shard(), t.person}).value_or(0) >= kTokensMax) {
    return Refused{Refusal::too_many};
  }
  CreatedToken out;
  out.id = tx.next_id<TokenId>(t.person.shard());
  out.token = new_secret(out.id, tx.random());
  out.prefix = out.token.substr(0, out.token.find('.') + 5);
  const std::string label = t.label.empty() ? "" : keyring.seal(person->key, t.label);
  tx.exec(kAdd, {out.id.shard(), out.id, t.person, blake2b(out.token), out.prefix, joined(t.scopes),
                 storage::Blob{label}, tx.now(), t.expires_at});
  storage::publish(tx, out.id.value, 1, events::TokenCreated{out.id, t.person, t.scopes});
  return out;
}

std::vector<TokenRow> tokens_of(storage::Read& read, Keyring& keyring, PersonId person) {
  const auto row = active_row(read, person);
  if (!row) return {};
  return read.all(kTokens, {person.shard(), person}, [&](const storage::Row& r) {
    TokenRow t{r.id<TokenId>(0), r.str(1),     open_label(keyring, row->key, r.blob(2)),
               words(r.text(3)), r.instant(4), {}};
    if (const auto expiry = r.maybe_integer(5)) t.expires_at = Instant{*expiry};
    return t;
  });
}

Result<Unit, Refusal> revoke_token(storage::Tx& tx, PersonId person, TokenId id) {
  if (tx.exec(kRevoke, {id.shard(), id, person}) == 0) return Refused{Refusal::unknown_token};
  storage::publish(tx, id.value, 2, events::TokenRevoked{id, person});
  return Unit{};
}

}  // namespace fondaco::shoppers
