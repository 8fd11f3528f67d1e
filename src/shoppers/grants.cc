#include "rights.h"
#include "rows.h"

#include <fondaco/base/text.h>
#include <fondaco/events/shoppers.h>
#include <fondaco/storage/publish.h>

#include <algorithm>

namespace fondaco::shoppers {
namespace {

constexpr storage::Sql kAddRole{"shoppers.add_role", R"sql(
  INSERT INTO shoppers_role (id, merchant_id, name, permissions, created_at)
  VALUES ($1, $2, $3, $4, $5))sql"};

constexpr storage::Sql kRole{"shoppers.role", R"sql(
  SELECT id, merchant_id, name, permissions FROM shoppers_role WHERE id = $1)sql"};

constexpr storage::Sql kRoles{"shoppers.roles", R"sql(
  SELECT id, merchant_id, name, permissions FROM shoppers_role
   WHERE merchant_id = $1 ORDER BY id)sql"};

constexpr storage::Sql kCountRoles{"shoppers.count_roles", R"sql(
  SELECT COUNT(*) FROM shoppers_role WHERE merchant_id = $1)sql"};

constexpr storage::Sql kGrant{"shoppers.grant", R"sql(
  INSERT INTO shoppers_grant
    (shard, id, person_id, role, role_id, merchant_id, place_id, granted_at, granted_by)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9))sql"};

constexpr storage::Sql kCountGrants{"shoppers.count_grants", R"sql(
  SELECT COUNT(*) FROM shoppers_grant WHERE shard = $1 AND person_id = $2)sql"};

constexpr storage::Sql kGrantById{"shoppers.grant_by_id", R"sql(
  SELECT id, person_id, role, role_id, merchant_id, place_id, granted_at FROM shoppers_grant
   WHERE shard = $1 AND id = $2)sql"};

constexpr storage::Sql kGrantsOf{"shoppers.grants_of", R"sql(
  SELECT id, person_id, role, role_id, merchant_id, place_id, granted_at FROM shoppers_grant
   WHERE shard = $1 AND person_id = $2 ORDER BY id)sql"};

constexpr storage::Sql kGrantsOfMerchant{"shoppers.grants_of_merchant", R"sql(
  SELECT id, person_id, role, role_id, merchant_id, place_id, granted_at FROM shoppers_grant
   WHERE merchant_id = $1 ORDER BY id LIMIT 1000)sql"};

constexpr storage::Sql kOwners{"shoppers.owners", R"sql(
  SELECT COUNT(*) FROM shoppers_grant
   WHERE merchant_id = $1 AND role = 'owner' AND place_id = 0)sql"};

constexpr storage::Sql kWithdraw{"shoppers.withdraw_grant", R"sql(
  DELETE FROM shoppers_grant WHERE shard = $1 AND id = $2)sql"};

constexpr storage::Sql kResolved{"shoppers.permissions", R"sql(
  SELECT g.role, g.merchant_id, g.place_id, COALESCE(r.permissions, '')
    FROM shoppers_grant g LEFT JOIN shoppers_role r ON r.id = g.role_id
   WHERE g.shard = $1 AND g.person_id = $2)sql"};

constexpr std::int64_t kRolesMax = 100;
constexpr std::int64_t kGrantsMax = 100;
constexpr std::size_t kNameMax = 60;

CustomRole role_of(const storage::Row& r) {
  return {r.id<RoleId>(0), r.id<MerchantId>(1), r.str(2), words(r.text(3))};
}

struct StoredGrant {
  GrantRow row;
  RoleId custom;
};

StoredGrant stored_of(const storage::Row& r) {
  StoredGrant g;
  g.custom = r.id<RoleId>(3);
  g.row = {r.id<GrantId>(0),    r.id<PersonId>(1), g.custom ? to_text(g.custom) : r.str(2),
           r.id<MerchantId>(4), r.id<PlaceId>(5),  r.instant(6)};
  return g;
}

GrantRow grant_of(const storage::Row& r) { return stored_of(r).row; }

/// What a role means, whether ready or custom.
struct Meaning {
  std::string ready;
  RoleId custom;
  bool of_operator = false;
  MerchantId merchant;  // Of a custom role.
  std::vector<std::string> permissions;
};

std::optional<Meaning> meaning_of(storage::Read& read, std::string_view role) {
  if (const auto* ready = ready_role(role)) {
    Meaning m{std::string(role), {}, ready->of_operator, {}, {}};
    m.permissions.assign(ready->permissions.begin(), ready->permissions.end());
    return m;
  }
  const auto id = id_from_text<RoleId>(role);
  if (!id) return std::nullopt;
  const auto custom = read.first(kRole, {*id}, role_of);
  if (!custom) return std::nullopt;
  return Meaning{"", *id, !custom->merchant, custom->merchant, custom->permissions};
}

bool holds_all(Held held, const std::vector<std::string>& permissions, MerchantId merchant,
               PlaceId place) {
  return std::all_of(permissions.begin(), permissions.end(),
                     [&](const std::string& p) { return holds(held, p, merchant, place); });
}

void publish_grant(storage::Tx& tx, const GrantRow& g, bool given) {
  const std::int64_t version = bump_version(tx, g.person);
  storage::publish(tx, g.person.value, version,
                   events::GrantsChanged{g.person, g.id, g.role, g.merchant, g.place, given});
}

}  // namespace

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> out;
  for (const auto word : split(text, ' ')) {
    if (!word.empty()) out.emplace_back(word);
  }
  return out;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

bool is_known_permission(std::string_view name) {
  const auto all = known_permissions();
  return std::find(all.begin(), all.end(), name) != all.end();
}

bool holds(Held held, std::string_view permission, MerchantId merchant, PlaceId place) {
  return std::any_of(held.begin(), held.end(), [&](const Permission& p) {
    const bool named = p.name == "*" || p.name == permission;
    // As in http: a right for one merchant or place is none for all of them.
    return named && (!p.merchant || p.merchant == merchant) && (!p.place || p.place == place);
  });
}

Result<RoleId, Refusal> create_role(storage::Tx& tx, const CustomRole& role, Held held) {
  const auto name = trim(role.name);
  if (name.empty() || characters(name) > kNameMax) return Refused{Refusal::label_too_long};
  if (role.permissions.empty()) return Refused{Refusal::permission_unknown};
  for (const auto& p : role.permissions) {
    if (!is_known_permission(p)) return Refused{Refusal::permission_unknown};
  }
  if (!holds_all(held, role.permissions, role.merchant, {})) {
    return Refused{Refusal::permission_not_held};
  }
  if (tx.scalar(kCountRoles, {role.merchant}).value_or(0) >= kRolesMax) {
    return Refused{Refusal::too_many};
  }
  const auto id = tx.next_id<RoleId>();
  tx.exec(kAddRole, {id, role.merchant, name, joined(role.permissions), tx.now()});
  storage::publish(tx, id.value, 1, events::RoleCreated{id, role.merchant, role.permissions});
  return id;
}

std::vector<CustomRole> roles_of(storage::Read& read, MerchantId merchant) {
  return read.all(kRoles, {merchant}, role_of);
}

std::optional<Refusal> why_not_granted(storage::Read& read, const NewGrant& grant, Held held) {
  const auto role = meaning_of(read, grant.role);
  if (!role) return Refusal::unknown_role;
  const bool here = role->of_operator ? !grant.merchant && !grant.place : grant.merchant.value != 0;
  if (!here || (role->custom && role->merchant != grant.merchant)) return Refusal::role_not_here;
  if (!holds_all(held, role->permissions, grant.merchant, grant.place)) {
    return Refusal::permission_not_held;
  }
  return std::nullopt;
}

Result<GrantId, Refusal> grant_role(storage::Tx& tx, const NewGrant& grant, Held held) {
  if (!active_row(tx, grant.person)) return Refused{Refusal::unknown_person};
  if (const auto refusal = why_not_granted(tx, grant, held)) return Refused{*refusal};
  const auto role = meaning_of(tx, grant.role);
  if (tx.scalar(kCountGrants, {grant.person.shard(), grant.person}).value_or(0) >= kGrantsMax) {
    return Refused{Refusal::too_many};
  }
  const auto id = tx.next_id<GrantId>(grant.person.shard());
  tx.exec(kGrant, {id.shard(), id, grant.person, role->ready, role->custom, grant.merchant,
                   grant.place, tx.now(), tx.actor()});
  make_staff(tx, grant.person);
  publish_grant(tx, {id, grant.person, grant.role, grant.merchant, grant.place, tx.now()}, true);
  return id;
}

Result<Unit, Refusal> withdraw_grant(storage::Tx& tx, GrantId id, MerchantId merchant, Held held) {
  const auto found = tx.first(kGrantById, {id.shard(), id}, stored_of);
  if (!found || found->row.merchant != merchant) return Refused{Refusal::unknown_grant};
  const GrantRow& g = found->row;
  const auto role = meaning_of(tx, g.role);
  if (role && !holds_all(held, role->permissions, g.merchant, g.place)) {
    return Refused{Refusal::permission_not_held};
  }
  const bool owner = g.role == "owner" && !g.place;
  if (owner && tx.scalar(kOwners, {merchant}).value_or(0) <= 1) {
    return Refused{Refusal::last_owner};
  }
  tx.exec(kWithdraw, {id.shard(), id});
  publish_grant(tx, g, false);
  return Unit{};
}

std::vector<GrantRow> grants_of(storage::Read& read, PersonId person) {
  return read.all(kGrantsOf, {person.shard(), person}, grant_of);
}

std::vector<GrantRow> grants_of_merchant(storage::Read& read, MerchantId merchant) {
  return read.all(kGrantsOfMerchant, {merchant}, grant_of);
}

std::vector<Permission> permissions_of(storage::Read& read, PersonId person) {
  std::vector<Permission> out;
  read.each(kResolved, {person.shard(), person}, [&](const storage::Row& r) {
    const auto merchant = r.id<MerchantId>(1);
    const auto place = r.id<PlaceId>(2);
    if (const auto* ready = ready_role(r.text(0))) {
      for (const auto p : ready->permissions) out.push_back({std::string(p), merchant, place});
    }
    for (auto& p : words(r.text(3))) out.push_back({std::move(p), merchant, place});
  });
  return out;
}

}  // namespace fondaco::shoppers
