// OfferBook: what names mean (shop slug, SKU), kept in memory. Depends on marketplace.h.
// Never the source of a price, a state of an offer or of stock: load() is, inside the writer.
#pragma once

#include <fondaco/base/time.h>
#include <fondaco/marketplace.h>
#include <fondaco/storage/outbox.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace fondaco::marketplace {

/// What a checkout needs of a merchant.
struct MerchantInfo {
  MerchantId id;
  std::string slug;
  std::string name;
  std::string name_zh;
  std::string country;  // Where it is taxed.
  MerchantState state = MerchantState::pending;
  Currency currency;
  MerchantKind kind = MerchantKind::specialist;
  std::int64_t commission_bp = 0;
  bool agreed = true;  // The commission is its own, no fee schedule counts (fees.h).
  bool prices_include_tax = true;
  PlaceId default_place;
  Instant closed_from;
  Instant closed_until;
  /// Whether it sells at that moment: it is active, and not on holiday.
  bool sells(Instant now) const {
    return state == MerchantState::active && (now < closed_from || closed_until <= now);
  }
  std::int64_t shard() const { return id.shard(); }
};

enum class SkuRefusal { unknown_sku, ambiguous_sku };

/// Bounded and thread-safe. Filled by the caller's Read on a miss; unknown names are not kept, so
/// that a new shop or SKU shows at once. A merchant's entries are forgotten by events of any
/// process and by forget_after_commit() of the own one, and are not filled again for five seconds,
/// so that a reader with an older snapshot cannot bring an old meaning back.
/// Cost when warm: one or two hash look-ups under a striped lock, about 0.1 µs; a miss costs one
/// statement.
class OfferBook {
 public:
  struct Limits {
    std::size_t merchants = 20'000;
    std::size_t skus = 400'000;    // About 120 bytes each.
    std::size_t offers = 400'000;  // About 40 bytes each.
  };
  explicit OfferBook(const Clock& clock) : OfferBook(clock, Limits()) {}
  OfferBook(const Clock& clock, Limits limits);
  ~OfferBook();
  OfferBook(const OfferBook&) = delete;
  OfferBook& operator=(const OfferBook&) = delete;

  /// Null when there is none. The state may be milliseconds old.
  std::shared_ptr<const MerchantInfo> merchant(storage::Read& read, std::string_view slug);
  std::shared_ptr<const MerchantInfo> merchant(storage::Read& read, MerchantId id);
  /// Which offer a merchant's SKU means; refuses when it means none or several.
  Result<OfferId, SkuRefusal> resolve(storage::Read& read, MerchantId merchant,
                                      std::string_view sku);
  /// The merchant's offer of a variant (a cart line may name `variant` instead of an SKU). Asks
  /// the database each time.
  Result<OfferId, SkuRefusal> resolve(storage::Read& read, MerchantId merchant, VariantId variant);
  std::optional<MerchantId> merchant_of(storage::Read& read, OfferId offer);

  /// Event types of the subscription: outbox.every_process("offer_book", types(), handler).
  static std::vector<std::string> types();
  void on_events(std::span<const storage::StoredEvent> events);
  /// Read your own writes: after the commit of `tx` this process asks the database again.
  void forget_after_commit(storage::Tx& tx, MerchantId merchant);
  void forget(MerchantId merchant);

  struct Stats {
    std::int64_t hits = 0;
    std::int64_t misses = 0;
    std::size_t entries = 0;
  };
  Stats stats() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fondaco::marketplace
