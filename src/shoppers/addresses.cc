#include "rows.h"

#include <fondaco/base/json.h>
#include <fondaco/base/text.h>

#include <algorithm>

namespace fondaco::shoppers {
namespace {

constexpr storage::Sql kAdd{"shoppers.add_address", R"sql(
  INSERT INTO shoppers_address (shard, id, person_id, sealed, created_at)
  VALUES ($1, $2, $3, $4, $5))sql"};

constexpr storage::Sql kCount{"shoppers.count_addresses", R"sql(
  SELECT COUNT(*) FROM shoppers_address WHERE shard = $1 AND person_id = $2)sql"};

constexpr storage::Sql kAddresses{"shoppers.addresses", R"sql(
  SELECT id, sealed FROM shoppers_address WHERE shard = $1 AND person_id = $2
   ORDER BY id DESC)sql"};

constexpr storage::Sql kRemove{"shoppers.remove_address", R"sql(
  DELETE FROM shoppers_address WHERE shard = $1 AND id = $2 AND person_id = $3)sql"};

constexpr std::int64_t kAddressesMax = 50;
constexpr std::size_t kPartMax = 200;

bool fits(std::string_view part) { return characters(part) <= kPartMax; }
bool given(std::string_view part) { return !trim(part).empty() && fits(part); }
bool fits_if(const std::optional<std::string>& part) { return !part || fits(*part); }

bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }

}  // namespace

Result<Unit, Refusal> check_address(const Address& a) {
  const bool country =
      a.country.size() == 2 && std::all_of(a.country.begin(), a.country.end(), is_capital);
  const bool whole = given(a.name) && given(a.line1) && given(a.city) && country;
  const bool small =
      fits_if(a.line2) && fits_if(a.region) && fits_if(a.postcode) && fits_if(a.telephone);
  if (!whole || !small) return Refused{Refusal::address_incomplete};
  return Unit{};
}

std::string address_text(const Address& address) { return json_of(address); }

Address address_from_text(std::string_view text) {
  auto read = read_json<Address>(text);
  if (!read.ok()) throw Fault("a stored address is broken at " + read.refusal().pointer);
  return std::move(*read);
}

std::vector<SavedAddress> addresses_of(storage::Read& read, Keyring& keyring, PersonId person) {
  const auto row = active_row(read, person);
  std::vector<SavedAddress> out;
  if (!row) return out;
  read.each(kAddresses, {person.shard(), person}, [&](const storage::Row& r) {
    const auto text = keyring.open(row->key, r.blob(1));
    if (text) out.push_back({r.id<AddressId>(0), address_from_text(*text)});
  });
  return out;
}

Result<AddressId, Refusal> add_address(storage::Tx& tx, Keyring& keyring, PersonId person,
                                       const Address& address) {
  const auto checked = check_address(address);
  if (!checked.ok()) return Refused{checked.refusal()};
  const auto row = active_row(tx, person);
  if (!row) return Refused{Refusal::unknown_person};
  if (tx.scalar(kCount, {person.shard(), person}).value_or(0) >= kAddressesMax) {
    return Refused{Refusal::too_many};
  }
  const auto id = tx.next_id<AddressId>(person.shard());
  const std::string sealed = keyring.seal(row->key, address_text(address));
  tx.exec(kAdd, {id.shard(), id, person, storage::Blob{sealed}, tx.now()});
  return id;
}

Result<Unit, Refusal> remove_address(storage::Tx& tx, PersonId person, AddressId id) {
  if (tx.exec(kRemove, {id.shard(), id, person}) == 0) return Refused{Refusal::unknown_address};
  return Unit{};
}

}  // namespace fondaco::shoppers
