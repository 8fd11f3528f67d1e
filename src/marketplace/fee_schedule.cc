#include <fondaco/base/json.h>
#include <fondaco/base/text.h>
#include <fondaco/events/marketplace.h>
#include <fondaco/marketplace/fees.h>
#include <fondaco/storage/publish.h>

#include <algorithm>
#include <set>

namespace fondaco::marketplace {
namespace {

constexpr storage::Sql kInsert{"marketplace.insert_fees", R"sql(
  INSERT INTO marketplace_fee_schedule
    (id, state, currency, valid_from, created_at, rates, version)
  VALUES ($1, 1, $2, 0, $3, $4, 1))sql"};

constexpr storage::Sql kUpdate{"marketplace.update_fees", R"sql(
  UPDATE marketplace_fee_schedule
     SET state = $3, currency = $4, valid_from = $5, rates = $6, version = version + 1
   WHERE id = $1 AND version = $2)sql"};

constexpr storage::Sql kFind{"marketplace.find_fees", R"sql(
  SELECT id, state, valid_from, created_at, rates, version FROM marketplace_fee_schedule
   WHERE id = $1)sql"};

constexpr storage::Sql kList{"marketplace.list_fees", R"sql(
  SELECT id, state, valid_from, created_at, rates, version FROM marketplace_fee_schedule
   ORDER BY state DESC, valid_from, id LIMIT 10000)sql"};

constexpr storage::Sql kInForce{"marketplace.fees_in_force", R"sql(
  SELECT id, state, valid_from, created_at, rates, version FROM marketplace_fee_schedule
   WHERE currency = $1 AND state = 2 AND valid_from <= $2
   ORDER BY valid_from DESC LIMIT 1)sql"};

constexpr storage::Sql kOfDay{"marketplace.fees_of_day", R"sql(
  SELECT id FROM marketplace_fee_schedule
   WHERE currency = $1 AND valid_from = $2 AND state = 2)sql"};

constexpr std::size_t kNameBytes = 200;
constexpr std::size_t kRatesMost = 1'000;
constexpr std::int64_t kAmountMost = 10'000'000'000'000;

FeeSchedule schedule_from(const storage::Row& row) {
  auto table = read_json<FeeTable>(row.text(4));
  if (!table.ok()) {
    throw Fault("fee schedule " + to_text(row.id<FeeScheduleId>(0)) + ": " +
                table.refusal().pointer + " " + table.refusal().message);
  }
  return {.id = row.id<FeeScheduleId>(0),
          .state = static_cast<FeeState>(row.integer(1)),
          .valid_from = row.instant(2),
          .created_at = row.instant(3),
          .table = std::move(*table),
          .version = row.integer(5)};
}

bool is_share(std::int64_t bp) { return bp >= 0 && bp <= 10'000; }
bool is_amount(std::int64_t minor) { return minor >= 0 && minor <= kAmountMost; }

bool good(const FeeRate& rate) {
  if (!is_share(rate.commission_bp) || !is_amount(rate.annual_fee)) return false;
  const RebateTier* below = nullptr;
  for (const RebateTier& tier : rate.rebates) {
    if (!is_amount(tier.sales) || !is_share(tier.share_bp)) return false;
    if (below && (tier.sales <= below->sales || tier.share_bp <= below->share_bp)) return false;
    below = &tier;
  }
  return rate.rebates.size() <= 20;
}

std::optional<FeeRefusal> why_not(const FeeTable& table) {
  if (trim(table.name).empty() || table.name.size() > kNameBytes || !is_utf8(table.name)) {
    return FeeRefusal::bad_name;
  }
  if (!is_share(table.payment_fee_bp)) return FeeRefusal::bad_rate;
  if (table.rates.size() > kRatesMost || table.deposits.size() > 100) {
    return FeeRefusal::too_many_rates;
  }
  std::set<std::pair<std::int64_t, int>> seen;
  int base = 0;
  for (const FeeRate& rate : table.rates) {
    if (!good(rate)) return FeeRefusal::bad_rate;
    if (!rate.category && !rate.kind) ++base;
    const auto key = std::pair(rate.category.value_or(CategoryId{}).value,
                               rate.kind ? static_cast<int>(*rate.kind) : -1);
    if (!seen.insert(key).second && base < 2) return FeeRefusal::double_rate;
  }
  if (base != 1) return FeeRefusal::no_base_rate;
  const auto bad = [](const DepositRate& d) { return !is_amount(d.amount); };
  if (std::any_of(table.deposits.begin(), table.deposits.end(), bad)) return FeeRefusal::bad_rate;
  return std::nullopt;
}

void tell(storage::Tx& tx, const FeeSchedule& s) {
  const events::FeeScheduleChanged event{s.id, boost::describe::enum_to_string(s.state, "unknown"),
                                         s.table.name, std::string(s.table.currency.code()),
                                         s.valid_from.us};
  storage::publish(tx, s.id.value, s.version, event);
}

/// The schedule as the caller knows it, with the day on which it is or will be in force.
Result<FeeSchedule, FeeRefusal> known(storage::Read& read, FeeScheduleId id, std::int64_t version) {
  auto stored = find_fees(read, id);
  if (!stored) return Refused{FeeRefusal::unknown_schedule};
  if (stored->version != version) return Refused{FeeRefusal::stale_version};
  return std::move(*stored);
}

Result<FeeSchedule, FeeRefusal> store(storage::Tx& tx, FeeSchedule s) {
  const auto changed = tx.exec(
      kUpdate, {s.id, s.version, s.state, s.table.currency, s.valid_from, json_of(s.table)});
  if (changed == 0) return Refused{FeeRefusal::stale_version};
  ++s.version;
  tell(tx, s);
  return s;
}

}  // namespace

Result<FeeSchedule, FeeRefusal> draft_fees(storage::Tx& tx, const FeeTable& table) {
  if (const auto refusal = why_not(table)) return Refused{*refusal};
  const FeeSchedule s{.id = tx.next_id<FeeScheduleId>(),
                      .state = FeeState::draft,
                      .valid_from = {},
                      .created_at = tx.now(),
                      .table = table,
                      .version = 1};
  tx.exec(kInsert, {s.id, table.currency, s.created_at, json_of(table)});
  tell(tx, s);
  return s;
}

Result<FeeSchedule, FeeRefusal> change_fees(storage::Tx& tx, FeeScheduleId id,
                                            const FeeTable& table, std::int64_t version) {
  auto s = known(tx, id, version);
  if (!s.ok()) return s;
  if (s->state != FeeState::draft) return Refused{FeeRefusal::published};
  if (const auto refusal = why_not(table)) return Refused{*refusal};
  if (s->table == table) return s;
  s->table = table;
  return store(tx, std::move(*s));
}

Result<FeeSchedule, FeeRefusal> publish_fees(storage::Tx& tx, FeeScheduleId id, Instant day,
                                             std::int64_t version) {
  auto s = known(tx, id, version);
  if (!s.ok()) return s;
  if (s->state != FeeState::draft) return Refused{FeeRefusal::published};
  if (day.us % days(1).us != 0) return Refused{FeeRefusal::not_a_day};
  if (day <= tx.now()) return Refused{FeeRefusal::not_future};
  if (tx.scalar(kOfDay, {s->table.currency, day})) return Refused{FeeRefusal::day_taken};
  s->state = FeeState::published;
  s->valid_from = day;
  return store(tx, std::move(*s));
}

Result<FeeSchedule, FeeRefusal> withdraw_fees(storage::Tx& tx, FeeScheduleId id,
                                              std::int64_t version) {
  auto s = known(tx, id, version);
  if (!s.ok()) return s;
  if (s->state == FeeState::draft) return s;
  if (s->valid_from <= tx.now()) return Refused{FeeRefusal::in_force};
  s->state = FeeState::draft;
  s->valid_from = {};
  return store(tx, std::move(*s));
}

std::optional<FeeSchedule> find_fees(storage::Read& read, FeeScheduleId id) {
  return read.first(kFind, {id}, schedule_from);
}

std::vector<FeeSchedule> list_fees(storage::Read& read) {
  return read.all(kList, {}, schedule_from);
}

std::optional<FeeSchedule> fees_in_force(storage::Read& read, Currency currency, Instant when) {
  return read.first(kInForce, {currency, when}, schedule_from);
}

}  // namespace fondaco::marketplace
