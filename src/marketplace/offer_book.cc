#include "name_cache.h"

#include <fondaco/base/json.h>
#include <fondaco/base/log.h>
#include <fondaco/events/marketplace.h>
#include <fondaco/marketplace/offer_book.h>

#include <array>
#include <atomic>

namespace fondaco::marketplace {
namespace {

constexpr storage::Sql kMerchant{"marketplace.book_merchant", R"sql(
  SELECT slug, name, name_zh, state, currency, commission_bp, prices_include_tax, default_place,
         kind, agreed, closed_from, closed_until, country
    FROM marketplace_merchant WHERE shard = $1 AND id = $2)sql"};

constexpr storage::Sql kSlug{"marketplace.book_slug", R"sql(
  SELECT merchant_id FROM marketplace_slug WHERE slug = $1)sql"};

constexpr storage::Sql kSku{"marketplace.book_sku", R"sql(
  SELECT id FROM marketplace_offer WHERE shard = $1 AND merchant_id = $2 AND sku = $3
   LIMIT 2)sql"};

constexpr storage::Sql kVariant{"marketplace.book_variant", R"sql(
  SELECT id FROM marketplace_offer WHERE variant_id = $1 AND merchant_id = $2 AND shard = $3
   LIMIT 1)sql"};

constexpr storage::Sql kOffer{"marketplace.book_offer", R"sql(
  SELECT merchant_id FROM marketplace_offer WHERE shard = $1 AND id = $2)sql"};

/// Longer than any snapshot of a request lives.
constexpr Duration kQuiet = seconds(5);

using Info = std::shared_ptr<const MerchantInfo>;

/// The high bits choose the stripe, so they have to be mixed as well as the low ones.
std::size_t mix(std::uint64_t h) {
  h ^= h >> 32;
  h *= 0x9e3779b97f4a7c15ULL;
  h ^= h >> 29;
  h *= 0xbf58476d1ce4e5b9ULL;
  return static_cast<std::size_t>(h ^ (h >> 32));
}

struct SkuView {
  std::int64_t merchant;
  std::uint32_t generation;
  std::string_view sku;
};
struct SkuKey {
  std::int64_t merchant;
  std::uint32_t generation;
  std::string sku;
  operator SkuView() const { return {merchant, generation, sku}; }  // NOLINT: meant to convert
};
struct SkuHash {
  using is_transparent = void;
  // Not noexcept: then the map keeps each hash beside its entry and walks a bucket without
  // touching the keys.
  std::size_t operator()(const SkuView& v) const {  // NOLINT: see above
    const auto text = static_cast<std::uint64_t>(std::hash<std::string_view>()(v.sku));
    return mix(text ^ static_cast<std::uint64_t>(v.merchant) * 31 ^ v.generation);
  }
};
struct SkuEqual {
  using is_transparent = void;
  bool operator()(const SkuView& a, const SkuView& b) const noexcept {
    return a.merchant == b.merchant && a.generation == b.generation && a.sku == b.sku;
  }
};
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view v) const {  // NOLINT: as SkuHash
    return mix(static_cast<std::uint64_t>(std::hash<std::string_view>()(v)));
  }
};
struct NumberHash {
  using is_transparent = void;
  std::size_t operator()(std::int64_t v) const noexcept {
    return mix(static_cast<std::uint64_t>(v));
  }
};

struct KnownMerchant {
  std::uint32_t generation;
  Info info;
};

}  // namespace

struct OfferBook::Impl {
  Impl(const Clock& c, Limits limits)
      : clock(c),
        slugs(limits.merchants),
        merchants(limits.merchants),
        skus(limits.skus),
        offers(limits.offers) {}

  /// Merchants share slots: forgetting one may forget a neighbour, which costs a statement.
  struct Slot {
    std::atomic<std::uint32_t> generation{0};
    std::atomic<std::int64_t> quiet_until{0};
  };
  Slot& slot(MerchantId id) { return slots[mix(static_cast<std::uint64_t>(id.value)) % kSlots]; }
  bool may_keep(const Slot& s) const { return clock.now().us >= s.quiet_until.load(); }

  static constexpr std::size_t kSlots = 1024;
  const Clock& clock;
  std::array<Slot, kSlots> slots;
  NameCache<std::string, MerchantId, TextHash, std::equal_to<>> slugs;
  NameCache<std::int64_t, KnownMerchant, NumberHash, std::equal_to<>> merchants;
  NameCache<SkuKey, OfferId, SkuHash, SkuEqual> skus;  // Offer 0: the SKU is ambiguous.
  NameCache<std::int64_t, MerchantId, NumberHash, std::equal_to<>> offers;
};

OfferBook::OfferBook(const Clock& clock, Limits limits)
    : impl_(std::make_unique<Impl>(clock, limits)) {}
OfferBook::~OfferBook() = default;

std::shared_ptr<const MerchantInfo> OfferBook::merchant(storage::Read& read,
                                                        std::string_view slug) {
  if (const auto id = impl_->slugs.find(slug)) return merchant(read, *id);
  const auto id = read.scalar(kSlug, {slug});
  if (!id) return nullptr;
  impl_->slugs.put(std::string(slug), MerchantId{*id});  // A slug never changes its meaning.
  return merchant(read, MerchantId{*id});
}

std::shared_ptr<const MerchantInfo> OfferBook::merchant(storage::Read& read, MerchantId id) {
  Impl::Slot& slot = impl_->slot(id);
  const auto generation = slot.generation.load();  // Before reading: a change in between shows.
  const auto known = impl_->merchants.find(id.value);
  if (known && known->generation == generation) return known->info;
  const auto found = read.first(kMerchant, {id.shard(), id}, [&](const storage::Row& row) {
    return MerchantInfo{.id = id,
                        .slug = row.str(0),
                        .name = row.str(1),
                        .name_zh = row.str(2),
                        .country = row.str(12),
                        .state = static_cast<MerchantState>(row.integer(3)),
                        .currency = row.currency(4),
                        .kind = static_cast<MerchantKind>(row.integer(8)),
                        .commission_bp = row.integer(5),
                        .agreed = row.flag(9),
                        .prices_include_tax = row.flag(6),
                        .default_place = row.id<PlaceId>(7),
                        .closed_from = row.instant(10),
                        .closed_until = row.instant(11)};
  });
  if (!found) return nullptr;
  auto info = std::make_shared<const MerchantInfo>(*found);
  if (impl_->may_keep(slot)) impl_->merchants.put(id.value, {generation, info});
  return info;
}

Result<OfferId, SkuRefusal> OfferBook::resolve(storage::Read& read, MerchantId merchant,
                                               std::string_view sku) {
  if (sku.empty()) return Refused{SkuRefusal::unknown_sku};
  Impl::Slot& slot = impl_->slot(merchant);
  const auto generation = slot.generation.load();
  auto known = impl_->skus.find(SkuView{merchant.value, generation, sku});
  if (!known) {
    int found = 0;
    OfferId offer;
    read.each(kSku, {merchant.shard(), merchant, sku}, [&](const storage::Row& row) {
      offer = ++found == 1 ? row.id<OfferId>(0) : OfferId{};
    });
    if (found == 0) return Refused{SkuRefusal::unknown_sku};
    known = offer;
    if (impl_->may_keep(slot)) {
      impl_->skus.put({merchant.value, generation, std::string(sku)}, offer);
    }
  }
  if (!*known) return Refused{SkuRefusal::ambiguous_sku};
  return *known;
}

Result<OfferId, SkuRefusal> OfferBook::resolve(storage::Read& read, MerchantId merchant,
                                               VariantId variant) {
  const auto id = read.scalar(kVariant, {variant, merchant, merchant.shard()});
  if (!id) return Refused{SkuRefusal::unknown_sku};
  return OfferId{*id};
}

std::optional<MerchantId> OfferBook::merchant_of(storage::Read& read, OfferId offer) {
  if (const auto known = impl_->offers.find(offer.value)) return known;
  const auto id = read.scalar(kOffer, {offer.shard(), offer});
  if (!id) return std::nullopt;
  impl_->offers.put(offer.value, MerchantId{*id});  // An offer never changes hands.
  return MerchantId{*id};
}

std::vector<std::string> OfferBook::types() {
  return {std::string(events::MerchantChanged::kType), std::string(events::OfferChanged::kType)};
}

void OfferBook::on_events(std::span<const storage::StoredEvent> events) {
  for (const storage::StoredEvent& e : events) {
    if (e.type == events::OfferChanged::kType) {
      const auto event = read_stored<events::OfferChanged>(e.payload);
      // Another price or stock changes no name.
      if (event.ok() && !event->listing) continue;
    }
    forget(MerchantId{e.entity});  // Both kinds of event are about the merchant.
  }
}

void OfferBook::forget_after_commit(storage::Tx& tx, MerchantId merchant) {
  tx.after_commit([this, merchant] { forget(merchant); });
}

void OfferBook::forget(MerchantId merchant) {
  Impl::Slot& slot = impl_->slot(merchant);
  // First no new entries, then none of the old ones: a reader between the two keeps nothing.
  slot.quiet_until.store((impl_->clock.now() + kQuiet).us);
  slot.generation.fetch_add(1);
}

OfferBook::Stats OfferBook::stats() const {
  Stats out;
  const auto add = [&](const auto& s) {
    out.hits += s.hits;
    out.misses += s.misses;
    out.entries += s.entries;
  };
  add(impl_->slugs.stats());
  add(impl_->merchants.stats());
  add(impl_->skus.stats());
  add(impl_->offers.stats());
  return out;
}

}  // namespace fondaco::marketplace
