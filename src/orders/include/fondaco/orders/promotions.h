// Promotions: what takes something off a price, for whom, when, and who pays for it.
// Depends on orders.h.
//
// Of several that cannot be combined the one that is best for the customer is taken; they combine
// only where each allows the other's kind, and a line never gets more than one product discount.
// Invariant: `uses` is the number of baskets with an order that has the promotion and was not given
// up; it never exceeds `most_uses` (one guarded UPDATE in the transaction of the order).
#pragma once

#include <fondaco/orders.h>
#include <fondaco/storage/outbox.h>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace fondaco::orders {

/// Stored by name.
enum class PromotionKind { percentage, amount, buy_x_get_y, free_shipping };
BOOST_DESCRIBE_ENUM(PromotionKind, percentage, amount, buy_x_get_y, free_shipping)

/// Off what: matching lines, everything that was bought, or the freight.
enum class PromotionTarget { products, order, shipping };
BOOST_DESCRIBE_ENUM(PromotionTarget, products, order, shipping)

/// Stored as numbers. An ended one stays ended.
enum class PromotionState { active = 1, paused = 2, ended = 3 };
BOOST_DESCRIBE_ENUM(PromotionState, active, paused, ended)

/// Lists that are empty mean everything. Amounts hold for their currency only: in a currency that
/// is not named the promotion does not apply.
struct PromotionTerms {
  PromotionKind kind = PromotionKind::percentage;
  PromotionTarget target = PromotionTarget::order;
  std::int64_t percent_bp = 0;  // percentage; of buy_x_get_y: off what is got, 10,000 is free.
  std::vector<Money> amounts;   // Of kind amount.
  bool each_unit = false;       // An amount off each matching unit, else once.
  std::int64_t buy_units = 0;   // buy_x_get_y: so many of `products`/`categories` …
  std::int64_t get_units = 0;   // … make so many of the `get_` ones (or the same) cheaper.
  std::int64_t most_times = 0;  // How often within a basket; 0: as often as it fits.
  std::vector<Money> minimum;   // Of the matching lines' worth before any discount.
  std::int64_t minimum_units = 0;
  std::vector<ProductId> products;
  std::vector<CategoryId> categories;  // What lies below is included.
  std::vector<ProductId> get_products;
  std::vector<CategoryId> get_categories;
  std::vector<MerchantId> merchants;   // The platform's own: only these.
  std::vector<std::string> countries;  // Of the destination.
  bool first_order = false;            // Of the person; needs a sign-in.
  bool with_products = false;          // May be combined with product discounts …
  bool with_order = false;             // … order discounts …
  bool with_shipping = false;          // … and shipping discounts that allow it too.
  friend bool operator==(const PromotionTerms&, const PromotionTerms&) = default;
};
BOOST_DESCRIBE_STRUCT(PromotionTerms, (),
                      (kind, target, percent_bp, amounts, each_unit, buy_units, get_units,
                       most_times, minimum, minimum_units, products, categories, get_products,
                       get_categories, merchants, countries, first_order, with_products, with_order,
                       with_shipping))

struct Promotion {
  PromotionId id;
  MerchantId merchant;  // Who pays; 0: the platform.
  std::string code;     // As shoppers write it, capitals; empty: automatic.
  std::string title;
  std::string title_zh;
  PromotionState state = PromotionState::active;
  Instant starts_at;
  std::optional<Instant> ends_at;
  std::int64_t most_uses = 0;        // 0: no limit.
  std::int64_t most_per_person = 0;  // 0: no limit; a limit needs a sign-in.
  PromotionTerms terms;
  std::int64_t uses = 0;  // As of reading.
  std::int64_t version = 1;

  bool by_platform() const { return !merchant; }
  /// Whether it cares who buys.
  bool personal() const { return most_per_person > 0 || terms.first_order; }
};

/// Why a promotion takes nothing off. The order is the order in which it is asked.
enum class PromotionReason {
  applied,
  unknown_promotion,
  not_started,
  expired,
  used_up,
  sign_in_needed,  // It counts uses of persons.
  used_by_you,     // As often as one person may.
  first_order_only,
  currency_not_covered,
  not_in_country,
  no_matching_product,
  minimum_not_reached,
  not_combinable,  // Something better for the customer is taken instead.
  no_effect,       // Nothing is left that it could take something off.
};
BOOST_DESCRIBE_ENUM(PromotionReason, applied, unknown_promotion, not_started, expired, used_up,
                    sign_in_needed, used_by_you, first_order_only, currency_not_covered,
                    not_in_country, no_matching_product, minimum_not_reached, not_combinable,
                    no_effect)

/// What became of a promotion that was named or would apply by itself.
struct PromotionVerdict {
  std::optional<PromotionId> promotion;
  std::string code;  // Empty: automatic.
  std::string title;
  std::string title_zh;
  PromotionReason reason = PromotionReason::applied;
  std::int64_t discount = 0;  // Taken off lines, minor units of the basket's currency.
  std::int64_t shipping = 0;  // Taken off freight.
  std::int64_t missing = 0;   // Of the minimum, where that is the reason:
  bool by_amount = false;     // minor units, else pieces.
};

enum class PromotionRefusal {
  unknown_promotion,
  bad_code,    // Not 2 to 64 of A-Z, 0-9, '-' and '_'.
  code_taken,  // The owner has another promotion with it.
  bad_title,   // Not 1 to 200 bytes of UTF-8.
  bad_dates,   // Ends before it starts.
  bad_terms,   // A number out of range, or what this kind needs is missing.
  bad_limit,   // Negative.
  ended,       // An ended one does not change any more.
  stale_version,
};

/// `wanted.id`, `uses` and `version` are filled in. Publishes PromotionChanged.
Result<Promotion, PromotionRefusal> create_promotion(storage::Tx& tx, Promotion wanted);
/// Replaces everything but owner and code. Publishes PromotionChanged.
Result<Promotion, PromotionRefusal> update_promotion(storage::Tx& tx, const Promotion& wanted,
                                                     std::int64_t version);
std::optional<Promotion> find_promotion(storage::Read& read, PromotionId id);
/// In order of id after `after`, at most `limit`; merchant 0: the platform's.
std::vector<Promotion> promotions_of(storage::Read& read, MerchantId merchant, PromotionId after,
                                     int limit);
/// Capitals without spaces around: how codes are compared.
std::string promotion_code(std::string_view written);

using SharedPromotion = std::shared_ptr<const Promotion>;

/// A promotion that might apply to a basket.
struct PromotionCandidate {
  SharedPromotion promotion;  // Null: nothing of that name is known.
  std::string code;           // As it was named; empty: automatic.
};

/// All promotions that are not long over, in memory: a basket that none concerns asks nobody.
/// Thread-safe. Never the source of a use counter.
class PromotionBook {
 public:
  /// Reads all; before anything else.
  void load(storage::Read& read, Instant now);
  /// True while there is none at all. Cost: one atomic load.
  bool empty() const { return size_.load(std::memory_order_relaxed) == 0; }
  /// Automatic ones of the platform and of these merchants, and those behind the codes.
  std::vector<PromotionCandidate> candidates(std::span<const MerchantId> merchants,
                                             std::span<const std::string> codes) const;
  void put(Promotion promotion);
  void forget(PromotionId id);

  static std::vector<std::string> types();
  void on_events(storage::Read& read, std::span<const storage::StoredEvent> events);

 private:
  void remove(PromotionId id);

  mutable std::mutex mutex_;
  std::atomic<std::size_t> size_{0};
  std::unordered_map<PromotionId, SharedPromotion> all_;
  std::unordered_map<MerchantId, std::vector<SharedPromotion>> automatic_;
  std::unordered_multimap<std::string, SharedPromotion> by_code_;
};

}  // namespace fondaco::orders
