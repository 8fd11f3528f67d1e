// Dated fee tables: what the platform takes of a sale and of a year. Depends on marketplace.h.
// Invariants: a schedule is in force from its day until the next one of its currency; one that is
// in force never changes, so an order that names it can always be explained; a merchant with an
// agreement (Merchant::agreed) pays its own flat rate and no schedule counts for it.
#pragma once

#include <fondaco/marketplace.h>
#include <fondaco/marketplace/offer_book.h>

#include <boost/describe/class.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace fondaco::marketplace {

/// Proof of a brand: a registered mark, or one that is applied for (R and TM).
enum class Mark { none, registered, applied };
BOOST_DESCRIBE_ENUM(Mark, none, registered, applied)

/// From `sales` of a year on, `share_bp` of the annual fee goes back.
struct RebateTier {
  std::int64_t sales = 0;  // Minor units of the schedule's currency.
  std::int64_t share_bp = 0;
  friend bool operator==(const RebateTier&, const RebateTier&) = default;
};
BOOST_DESCRIBE_STRUCT(RebateTier, (), (sales, share_bp))

struct FeeRate {
  std::optional<CategoryId> category = {};  // Top category; nothing: every other one.
  std::optional<MerchantKind> kind = {};    // Nothing: every other store type.
  std::int64_t commission_bp = 0;
  std::int64_t annual_fee = 0;  // Minor units.
  std::vector<RebateTier> rebates = {};
  friend bool operator==(const FeeRate&, const FeeRate&) = default;
};
BOOST_DESCRIBE_STRUCT(FeeRate, (), (category, kind, commission_bp, annual_fee, rebates))

/// Frozen by a merchant before it sells. The largest row that fits counts; none fits: nothing.
struct DepositRate {
  MerchantKind kind = MerchantKind::specialist;
  std::optional<Mark> mark = {};  // Nothing: whatever mark.
  std::int64_t amount = 0;        // Minor units.
  friend bool operator==(const DepositRate&, const DepositRate&) = default;
};
BOOST_DESCRIBE_STRUCT(DepositRate, (), (kind, mark, amount))

struct FeeTable {
  std::string name;  // 1 to 200 bytes.
  Currency currency;
  std::int64_t payment_fee_bp = 0;  // Of what the buyer pays, shipping and tax included.
  std::vector<FeeRate> rates;       // At most 1,000; exactly one is for every other case.
  std::vector<DepositRate> deposits;
  friend bool operator==(const FeeTable&, const FeeTable&) = default;
};
BOOST_DESCRIBE_STRUCT(FeeTable, (), (name, currency, payment_fee_bp, rates, deposits))

/// Stored as numbers: a released number keeps its meaning.
enum class FeeState { draft = 1, published = 2 };
BOOST_DESCRIBE_ENUM(FeeState, draft, published)

struct FeeSchedule {
  FeeScheduleId id;
  FeeState state = FeeState::draft;
  Instant valid_from;  // 0 of a draft.
  Instant created_at;
  FeeTable table;
  std::int64_t version = 1;
};

enum class FeeRefusal {
  unknown_schedule,
  bad_name,
  bad_rate,      // A share outside 0 to 10,000, an amount outside 0 to 10^13, tiers not rising.
  no_base_rate,  // None, or more than one, for every other category and store type.
  double_rate,   // The same category and store type twice.
  too_many_rates,
  published,   // Only drafts change.
  in_force,    // What is in force stays.
  not_a_day,   // Not the beginning of a day (UTC).
  not_future,  // The day has begun.
  day_taken,   // Another schedule of the currency begins then.
  stale_version,
};

/// Each publishes FeeScheduleChanged. `version`: the one the caller has read.
Result<FeeSchedule, FeeRefusal> draft_fees(storage::Tx& tx, const FeeTable& table);
Result<FeeSchedule, FeeRefusal> change_fees(storage::Tx& tx, FeeScheduleId id,
                                            const FeeTable& table, std::int64_t version);
/// In force from `day` on, which has to be in the future.
Result<FeeSchedule, FeeRefusal> publish_fees(storage::Tx& tx, FeeScheduleId id, Instant day,
                                             std::int64_t version);
/// Back to a draft, as long as it is not in force.
Result<FeeSchedule, FeeRefusal> withdraw_fees(storage::Tx& tx, FeeScheduleId id,
                                              std::int64_t version);
std::optional<FeeSchedule> find_fees(storage::Read& read, FeeScheduleId id);
/// All of them, published ones by currency and day, drafts last.
std::vector<FeeSchedule> list_fees(storage::Read& read);
/// The published schedule of the currency that is in force at `when`.
std::optional<FeeSchedule> fees_in_force(storage::Read& read, Currency currency, Instant when);

/// What one sale costs the merchant.
struct Fees {
  std::int64_t commission_bp = 0;
  std::int64_t payment_fee_bp = 0;
  FeeScheduleId schedule;  // 0: the merchant's flat rate.
};
/// The row that counts: category and store type, category, store type, every other case.
const FeeRate& rate_of(const FeeTable& table, CategoryId category, MerchantKind kind);
Fees fees_by(const FeeSchedule& schedule, CategoryId category, MerchantKind kind);
/// What a merchant of that type freezes; 0 when no row fits.
std::int64_t deposit_due(const FeeTable& table, MerchantKind kind, Mark mark);

/// Published schedules in memory, for checkout. Thread-safe. Loaded at start, again by each event
/// of any process; a schedule begins in the future, so that nobody can have an older view of what
/// is in force. Cost of fees_for(): a lock, a few comparisons.
class FeeBook {
 public:
  explicit FeeBook(storage::Database& main) : main_(main) {}
  void load();
  static std::vector<std::string> types();
  void on_events() { load(); }

  /// Without a schedule in force for the merchant's currency its own flat rate counts.
  Fees fees_for(const MerchantInfo& merchant, CategoryId category, Instant when) const;

 private:
  using List = std::vector<FeeSchedule>;  // Published, by currency and day.

  storage::Database& main_;
  mutable std::mutex mutex_;
  std::shared_ptr<const List> list_ = std::make_shared<const List>();
};

}  // namespace fondaco::marketplace
